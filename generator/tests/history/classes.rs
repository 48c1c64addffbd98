//! The history of Durable Object classes, and the rate limits' numbers.

use std::fs;

use generator::{
    diagnostic::Code,
    lock::{ClassStep, Rename},
};

use crate::project::{Project, SMALL};

fn made(tag: &str, class: &str) -> ClassStep {
    ClassStep { tag: tag.to_owned(), new_sqlite_classes: vec![class.to_owned()], ..ClassStep::default() }
}

fn deleted(tag: &str, class: &str) -> ClassStep {
    ClassStep { tag: tag.to_owned(), deleted_classes: vec![class.to_owned()], ..ClassStep::default() }
}

/// The small spec with its class written otherwise.
fn class(text: &str) -> String {
    assert_eq!(SMALL.matches(r#"class = "Sync""#).count(), 1);
    SMALL.replace(r#"class = "Sync""#, text)
}

/// `spec` with a further class, bound as `OTHER`.
fn and_other(spec: &str, text: &str) -> String {
    format!("{spec}\n[bindings.OTHER]\ntype = \"durable_object\"\ndescription = \"Tried out.\"\n{text}\n")
}

#[test]
fn a_declared_rename_takes_the_objects_along() {
    let project = Project::new();
    let spec = class("class = \"Relay\"\nrenamed_from = \"Sync\"");
    project.generate(&spec, &[]).unwrap();
    let rename = Rename { from: "Sync".to_owned(), to: "Relay".to_owned() };
    let renamed = ClassStep { tag: "v2".to_owned(), renamed_classes: vec![rename], ..ClassStep::default() };
    assert_eq!(project.steps(), [made("v1", "Sync"), renamed.clone()]);

    // What was done may stay in the spec, and may go.
    project.generate(&spec, &[]).unwrap();
    project.generate(&class("class = \"Relay\""), &[]).unwrap();
    assert_eq!(project.steps(), [made("v1", "Sync"), renamed]);
}

#[test]
fn a_rename_from_a_class_that_never_was_is_told_the_nearest() {
    let project = Project::new();
    let said = project.refuse(
        &and_other(SMALL, "class = \"Other\"\nrenamed_from = \"Snyc\""),
        &[],
        Code::ClassRefused,
    );
    assert!(said.ends_with("did you mean `Sync`?"), "{said}");
}

#[test]
fn a_rename_onto_a_class_that_is_there_is_told_the_two_deploys() {
    let project = Project::new();
    project.generate(&and_other(SMALL, "class = \"Other\""), &[]).unwrap();
    let onto = class("class = \"Other\"\nrenamed_from = \"Sync\"");
    let said = project.refuse(&onto, &["Other", "Sync"], Code::ClassRefused);
    assert!(said.contains("two deploys") && said.contains("--allow-destructive Other"), "{said}");

    // As told.
    project.generate(SMALL, &["Other"]).unwrap();
    project.generate(&onto, &[]).unwrap();
    assert_eq!(project.steps().len(), 4);
}

#[test]
fn a_class_is_deleted_when_that_is_allowed_by_name() {
    let project = Project::new();
    project.generate(&and_other(SMALL, "class = \"Other\""), &[]).unwrap();
    let said = project.refuse(SMALL, &["Sync"], Code::ClassRemoved);
    assert!(said.contains("--allow-destructive Other"), "{said}");
    project.generate(SMALL, &["Other"]).unwrap();
    assert_eq!(project.steps(), [made("v1", "Sync"), made("v2", "Other"), deleted("v3", "Other")]);
}

#[test]
fn a_class_is_not_deleted_while_its_binding_moves() {
    let project = Project::new();
    let moved = class("class = \"Relay\"");
    let said = project.refuse(&moved, &["Sync"], Code::ClassRefused);
    assert!(said.contains("renamed_from = \"Sync\"") && said.contains("two deploys"), "{said}");

    // As told.
    let beside = format!("{moved}\n[bindings.SYNC_OLD]\ntype = \"durable_object\"\nclass = \"Sync\"\n");
    project.generate(&beside, &[]).unwrap();
    project.generate(&moved, &["Sync"]).unwrap();
    assert_eq!(project.steps(), [made("v1", "Sync"), made("v2", "Relay"), deleted("v3", "Sync")]);
}

#[test]
fn a_class_of_an_adopter_keeps_its_key_value_storage() {
    let project = Project::new();
    project.generate(&and_other(SMALL, "class = \"Other\"\nstorage = \"kv\""), &[]).unwrap();
    assert_eq!(project.steps()[1].new_classes, ["Other"]);
    let said = project.refuse(&and_other(SMALL, "class = \"Other\""), &[], Code::ClassRefused);
    assert!(said.contains("`kv`, which cannot become `sqlite`"), "{said}");
    assert!(said.contains("storage = \"kv\"") && said.contains("later deploy"), "{said}");
}

#[test]
fn a_rename_does_not_change_the_storage() {
    let project = Project::new();
    project.refuse(
        &class("class = \"Relay\"\nrenamed_from = \"Sync\"\nstorage = \"kv\""),
        &[],
        Code::ClassRefused,
    );
    let kv = |text: &str| and_other(SMALL, &format!("{text}\nstorage = \"kv\""));
    project.generate(&kv("class = \"Other\""), &[]).unwrap();
    project.generate(&kv("class = \"Newer\"\nrenamed_from = \"Other\""), &[]).unwrap();
    project.generate(&kv("class = \"Newer\""), &[]).unwrap();
}

#[test]
fn a_class_that_was_deleted_may_be_made_again_under_a_new_tag() {
    let project = Project::new();
    let both = and_other(SMALL, "class = \"Other\"");
    project.generate(&both, &[]).unwrap();
    project.generate(SMALL, &["Other"]).unwrap();
    project.generate(&both, &[]).unwrap();
    let tags: Vec<String> = project.steps().into_iter().map(|step| step.tag).collect();
    assert_eq!(tags, ["v1", "v2", "v3", "v4"]);
    assert_eq!(project.steps()[3], made("v4", "Other"));
}

#[test]
fn a_history_that_was_edited_is_refused() {
    let project = Project::new();
    project.generate(&and_other(SMALL, "class = \"Other\""), &[]).unwrap();
    let path = project.0.path().join("generated/spec.lock");
    let lock = fs::read_to_string(&path).unwrap();
    for (from, to, reason) in [
        ("tag = \"v2\"", "tag = \"v1\"", "the tag `v1` is there twice"),
        ("new_sqlite_classes = [\"Other\"]", "deleted_classes = [\"Other\"]", "`v2` deletes `Other`"),
        ("new_sqlite_classes = [\"Other\"]", "new_classes = [\"Sync\"]", "`v2` makes `Sync`"),
    ] {
        let edited = lock.replace(from, to);
        assert_ne!(edited, lock);
        fs::write(&path, edited).unwrap();
        let said = project.refuse(SMALL, &["Other"], Code::ClassRefused);
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_tag_is_above_those_of_an_adopted_history() {
    let project = Project::new();
    let path = project.0.path().join("generated/spec.lock");
    let lock = fs::read_to_string(&path).unwrap();
    fs::write(&path, lock.replace("tag = \"v1\"", "tag = \"v7\"")).unwrap();
    project.generate(&and_other(SMALL, "class = \"Other\""), &[]).unwrap();
    assert_eq!(project.steps()[1].tag, "v8");
}

const CALLS: &str = "\n[bindings.CALLS]\ntype = \"rate_limit\"\nlimit = 100\nperiod = 60\ndescription = \"Calls of a user.\"\n";
const STAGING: &str =
    "\n[env.staging]\nworker.name = \"app-staging\"\nbindings.DB.database = \"app-staging\"\n";

#[test]
fn every_environment_counts_by_itself_and_keeps_its_number() {
    let project = Project::new();
    let spec = format!("{SMALL}{CALLS}{STAGING}");
    project.generate(&spec, &[]).unwrap();
    let first = project.lock().rate_limits;
    assert_eq!(first.keys().collect::<Vec<_>>(), ["bindings.CALLS", "env.staging.bindings.CALLS"]);
    assert_ne!(first["bindings.CALLS"], first["env.staging.bindings.CALLS"]);

    let written = |file: &str| fs::read_to_string(project.0.path().join("generated").join(file)).unwrap();
    for (file, place) in
        [("wrangler.jsonc", "bindings.CALLS"), ("wrangler.staging.jsonc", "env.staging.bindings.CALLS")]
    {
        let id = format!("\"namespace_id\":\"{}\"", first[place]);
        assert!(written(file).contains(&id), "{id} in {}", written(file));
    }

    // Another name of the worker, another limit: the number stays.
    let edited = spec.replace("name = \"app\"", "name = \"app-two\"").replace("limit = 100", "limit = 5");
    project.generate(&edited, &[]).unwrap();
    assert_eq!(project.lock().rate_limits, first);
}

#[test]
fn a_number_is_kept_when_its_binding_goes_and_comes_again() {
    let project = Project::new();
    project.generate(&format!("{SMALL}{CALLS}"), &[]).unwrap();
    let first = project.lock().rate_limits;
    project.generate(SMALL, &[]).unwrap();
    assert_eq!(project.lock().rate_limits, first);
    project.generate(&format!("{SMALL}{}", CALLS.replace("CALLS", "OTHERS")), &[]).unwrap();
    let both = project.lock().rate_limits;
    assert_eq!(both["bindings.CALLS"], first["bindings.CALLS"]);
    assert_ne!(both["bindings.OTHERS"], first["bindings.CALLS"]);
}
