//! Whatever a database is called and whoever uses it, its migrations go on where they were.

use generator::diagnostic::Code;

use crate::project::{Project, SMALL};

/// A second database with a table of its own.
const NOTES: &str = r#"
[bindings.NOTES]
type = "d1"
database = "notes"

[tables.notes]
database = "NOTES"
primary_key = ["id"]
columns.id = { type = "uuid" }
"#;

/// The small spec with `name` for its database's binding, and `also` below it.
fn renamed(name: &str, also: &str) -> String {
    SMALL
        .replace("[bindings.DB]\ntype = \"d1\"", &format!("[bindings.{name}]\ntype = \"d1\"\n{also}"))
        .replace("store = \"DB\"", &format!("store = \"{name}\""))
}

fn and_notes(spec: &str) -> String {
    let spec = ["events", "stores"].iter().fold(spec.to_owned(), |spec, table| {
        spec.replace(&format!("[tables.{table}]\n"), &format!("[tables.{table}]\ndatabase = \"DB\"\n"))
    });
    format!("{spec}{NOTES}")
}

#[test]
fn a_declared_rename_of_a_binding_takes_the_migrations_along() {
    let project = Project::new();
    let before = project.migrations();
    let spec = renamed("MAIN", "renamed_from = \"DB\"");
    project.generate(&spec, &[]).unwrap();
    assert_eq!(project.migrations(), before);
    assert_eq!(project.folders(), [("MAIN".to_owned(), "migrations".to_owned())]);

    // What was done may stay in the spec, and may go.
    project.generate(&spec, &[]).unwrap();
    project.generate(&renamed("MAIN", ""), &[]).unwrap();
    assert_eq!(project.migrations(), before);
}

#[test]
fn a_binding_that_only_looks_renamed_is_asked_about() {
    let project = Project::new();
    let said = project.refuse(&renamed("MAIN", ""), &[], Code::DatabaseRemoved);
    assert!(said.contains("renamed_from = \"DB\"") && said.contains("--allow-destructive DB"), "{said}");
}

#[test]
fn a_database_that_goes_leaves_its_migrations_and_its_folder_to_nobody() {
    let project = Project::new();
    let before = project.migrations();
    project.generate(&renamed("MAIN", ""), &["DB"]).unwrap();
    assert_eq!(project.folders(), [("MAIN".to_owned(), "migrations_main".to_owned())]);
    let migrations = project.migrations();
    assert!(before.iter().all(|path| migrations.contains(path)), "{migrations:?}");
    assert_eq!(migrations.len(), 2 * before.len());
    project.generate(&renamed("MAIN", ""), &[]).unwrap();
}

#[test]
fn a_rename_from_a_binding_that_never_was_is_told_the_nearest() {
    let project = Project::new();
    project.generate(&and_notes(SMALL), &[]).unwrap();
    let spec = format!(
        "{}\n[bindings.MORE]\ntype = \"d1\"\ndatabase = \"more\"\nrenamed_from = \"NOTE\"\ndescription = \"Tried out.\"\n",
        and_notes(SMALL)
    );
    let said = project.refuse(&spec, &[], Code::UnknownDatabase);
    assert!(said.ends_with("did you mean `NOTES`?"), "{said}");
}

#[test]
fn the_relay_may_move_to_another_database_and_the_folders_stay() {
    let project = Project::new();
    let spec = and_notes(SMALL);
    project.generate(&spec, &[]).unwrap();
    let folders =
        [("DB".to_owned(), "migrations".to_owned()), ("NOTES".to_owned(), "migrations_notes".to_owned())];
    assert_eq!(project.folders(), folders);

    let moved = spec
        .replace("store = \"DB\"", "store = \"NOTES\"")
        .replace("database = \"DB\"", "database = \"NOTES\"")
        .replace("database = \"notes\"", "database = \"notes\"\ndescription = \"For later.\"");
    project.generate(&moved, &["events", "stores"]).unwrap();
    assert_eq!(project.folders(), folders);
    let of_notes: Vec<_> =
        project.migrations().into_iter().filter(|path| path.contains("migrations_notes/")).collect();
    assert_eq!(of_notes.len(), 2, "{of_notes:?}");
}

#[test]
fn an_id_that_a_deployment_found_stays_with_the_database_of_that_name() {
    const ID: &str = "6b3f0a52-1c5d-4e0f-9a77-2d8c41b7e9f0";
    let project = Project::new();
    let name = project.databases()[0]["database_name"].as_str().unwrap().to_owned();
    project.record(&[(&name, ID)]);
    project.generate(SMALL, &[]).unwrap();
    assert_eq!(project.databases()[0]["database_id"], ID);
    // The local database is found where it was before there was an id.
    assert_eq!(project.databases()[0]["preview_database_id"], "DB");
    project.generate(&SMALL.replace(&format!("\"{name}\""), "\"another\""), &[]).unwrap();
    assert!(project.databases()[0].get("database_id").is_none());
}

#[test]
fn the_id_of_the_spec_goes_before_one_that_was_found() {
    const ID: &str = "00000000-0000-4000-8000-000000000000";
    let project = Project::new();
    let name = project.databases()[0]["database_name"].as_str().unwrap().to_owned();
    project.record(&[(&name, "6b3f0a52-1c5d-4e0f-9a77-2d8c41b7e9f0")]);
    let named = format!("database = \"{name}\"");
    project.generate(&SMALL.replace(&named, &format!("{named}\nid = \"{ID}\"")), &[]).unwrap();
    assert_eq!(project.databases()[0]["database_id"], ID);
    assert!(project.databases()[0].get("preview_database_id").is_none());
}
