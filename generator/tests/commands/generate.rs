//! `generate`: what it writes, and what it refuses to.

use std::{collections::BTreeSet, fs};

use generator::{diagnostic::Format, output::Mode, pipeline};

use crate::project::{Project, repository};

const FIRST: &str = "0001_create_events_and_stores.sql";

/// Adds a column to the table of events.
fn add_a_column(project: &Project) {
    project.edit(
        "columns.created_at = { type = \"timestamp\" }",
        "columns.created_at = { type = \"timestamp\" }\ncolumns.note = { type = \"text\", nullable = true }",
    );
}

#[test]
fn everything_is_there_after_the_first_run() {
    let project = Project::generated();
    assert_eq!(
        project.names("generated"),
        [
            ".dev.vars.example",
            "Cargo.toml",
            "_headers",
            "graph.svg",
            "migrations",
            "rustfmt.toml",
            "spec.lock",
            "spec.schema.json",
            "src",
            "web",
            "wrangler.jsonc",
            "wrangler.staging.jsonc",
        ]
    );
    assert_eq!(project.names("generated/migrations"), [FIRST]);
}

#[test]
fn what_the_web_app_imports_goes_with_the_tools() {
    let project = Project::generated();
    assert_eq!(project.names("generated/web"), ["routes.ts", "tools.ts"]);
    let spec = project.read("spec.toml");
    let (before, after) = spec.split_once("# Functions that the model may call.").unwrap();
    let (_, after) = after.split_once("# Further environments.").unwrap();
    let tools = "tools = [\"create_task\", \"complete_task\", \"list_tasks\"]\n";
    project.write("spec.toml", &format!("{before}#{after}").replace(tools, ""));
    project.run(&["generate"]).expect_code(0);
    assert_eq!(project.names("generated/web"), ["routes.ts"]);
}

#[test]
fn every_file_says_what_made_it_and_ends_in_one_newline() {
    let project = Project::generated();
    for (path, (_, bytes)) in project.tree().into_iter().filter(|(path, _)| path.is_file()) {
        if path.starts_with(project.path("generated")) {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("Made from spec.toml by `cargo run -p generator -- generate`"), "{path:?}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains('\r'), "{path:?}");
        }
    }
}

#[test]
fn this_repository_is_as_its_spec_says() {
    let (mut reading, root) = (pipeline::read(repository()).unwrap(), repository());
    let outcome = pipeline::run(root, &mut reading, Mode::Diff, &BTreeSet::new()).unwrap();
    let changes = outcome.map(|outcome| outcome.changes);
    assert_eq!(changes, Some(Vec::new()), "{}", reading.render(Format::Human, false));
}

#[test]
fn files_that_would_not_change_are_not_touched() {
    let project = Project::generated();
    let before = project.tree();
    project.edit("description = \"Braintrust service key (bt-st-…)\"", "description = \"The key\"");
    project.run(&["generate"]).expect_code(0);
    let after = project.tree();
    let touched: Vec<_> = after
        .iter()
        .filter(|(path, file)| path.is_file() && before[*path] != **file)
        .map(|(path, _)| path.strip_prefix(project.path("")).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        touched,
        [
            "generated/.dev.vars.example",
            "generated/graph.svg",
            "generated/spec.lock",
            "generated/src/env.rs",
            "generated/src/lib.rs",
            "spec.toml",
        ]
    );
}

#[test]
fn a_second_migration_stands_beside_the_untouched_first() {
    let project = Project::generated();
    let first = project.read(&format!("generated/migrations/{FIRST}"));
    add_a_column(&project);
    project.run(&["generate"]).expect_code(0);
    assert_eq!(project.names("generated/migrations"), [FIRST, "0002_add_events_note.sql"]);
    assert_eq!(project.read(&format!("generated/migrations/{FIRST}")), first);
    let second = project.read("generated/migrations/0002_add_events_note.sql");
    assert!(second.ends_with("ALTER TABLE \"events\" ADD COLUMN \"note\" TEXT;\n"), "{second}");
    assert!(project.read("generated/src/tables.rs").contains("pub note: Option<String>"));
    project.run(&["diff"]).expect_code(0);
}

#[test]
fn taking_a_column_back_is_refused_until_its_loss_is_allowed() {
    let project = Project::generated();
    let spec = project.read("spec.toml");
    add_a_column(&project);
    project.run(&["generate"]).expect_code(0);
    project.write("spec.toml", &spec);
    let before = project.tree();

    let refused = project.run(&["generate"]).expect_code(1);
    assert!(refused.stderr.contains("error[destructive-step]"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--allow-destructive events.note"), "{}", refused.stderr);
    assert_eq!(project.tree(), before);

    project.run(&["generate", "--allow-destructive", "events.note"]).expect_code(0);
    assert_eq!(
        project.names("generated/migrations"),
        [FIRST, "0002_add_events_note.sql", "0003_drop_events_note.sql"]
    );
    project.run(&["diff"]).expect_code(0);
}

#[test]
fn a_spec_with_mistakes_writes_nothing() {
    let project = Project::generated();
    let before = project.tree();
    project.edit("store = \"DB\"", "store = \"BD\"");
    let run = project.run(&["generate"]).expect_code(1);
    assert!(run.stderr.contains("did you mean `DB`?"), "{}", run.stderr);
    let spec = project.path("spec.toml");
    let without_spec =
        |tree: crate::project::Tree| tree.into_iter().filter(|(path, _)| *path != spec).collect::<Vec<_>>();
    assert_eq!(without_spec(project.tree()), without_spec(before));
}

#[test]
fn a_file_edited_by_hand_is_kept_until_the_loss_is_asked_for() {
    let project = Project::generated();
    let path = "generated/wrangler.jsonc";
    let original = project.read(path);
    project.write(path, &original.replace("2026-04-01", "2026-04-02"));
    let before = project.tree();

    let run = project.run(&["generate"]).expect_code(1);
    assert!(run.stderr.contains("error[edited-file]") && run.stderr.contains(path), "{}", run.stderr);
    assert_eq!(project.tree(), before);

    project.run(&["generate", "--force"]).expect_code(0);
    assert_eq!(project.read(path), original);
}

#[test]
fn a_migration_is_never_rewritten_even_by_force() {
    let project = Project::generated();
    let path = format!("generated/migrations/{FIRST}");
    project.write(&path, &project.read(&path).replace("TEXT", "BLOB"));
    let before = project.tree();
    for arguments in [&["generate"][..], &["generate", "--force"]] {
        let run = project.run(arguments).expect_code(1);
        assert!(run.stderr.contains("error[edited-migration]"), "{}", run.stderr);
    }
    assert_eq!(project.tree(), before);
}

#[test]
fn a_file_of_an_environment_goes_with_it_and_a_strangers_file_stays() {
    let project = Project::generated();
    project.write("generated/notes.md", "mine");
    let spec = project.read("spec.toml");
    project.write("spec.toml", &spec[..spec.find("[env.staging]").unwrap()]);
    project.run(&["generate"]).expect_code(0);
    let names = project.names("generated");
    assert!(!names.contains(&"wrangler.staging.jsonc".to_owned()), "{names:?}");
    assert!(names.contains(&"notes.md".to_owned()), "{names:?}");
}

#[test]
fn a_class_that_may_hold_data_is_not_dropped_unasked() {
    let project = Project::generated();
    let other =
        "[bindings.OTHER]\ntype = \"durable_object\"\nclass = \"Other\"\ndescription = \"Tried out.\"\n\n";
    project.edit("[vars]", &format!("{other}[vars]"));
    project.run(&["generate"]).expect_code(0);
    project.edit(other, "");
    let run = project.run(&["generate"]).expect_code(1);
    assert!(run.stderr.contains("error[class-removed]"), "{}", run.stderr);
    assert!(run.stderr.contains("--allow-destructive Other"), "{}", run.stderr);

    project.run(&["generate", "--allow-destructive", "Other"]).expect_code(0);
    let wrangler = project.read("generated/wrangler.jsonc");
    for step in [
        r#"{"tag":"v1","new_sqlite_classes":["WebSocketServer"]}"#,
        r#"{"tag":"v2","new_sqlite_classes":["Other"]}"#,
        r#"{"tag":"v3","deleted_classes":["Other"]}"#,
    ] {
        assert!(wrangler.contains(step), "{wrangler}");
    }
}

#[test]
fn an_environment_has_every_binding_in_its_own_file() {
    let project = Project::generated();
    let staging = project.read("generated/wrangler.staging.jsonc");
    for part in [
        "\"name\": \"work-squared-staging\"",
        "\"database_name\": \"work-squared-staging\"",
        "\"class_name\": \"WebSocketServer\"",
        "\"required\": [\"BRAINTRUST_API_KEY\"]",
        "\"BRAINTRUST_PROJECT_ID\": \"work-squared\"",
        "\"binding\": \"ASSETS\"",
    ] {
        assert!(staging.contains(part), "{part} in {staging}");
    }
}

#[test]
fn without_the_lock_nothing_is_generated_on_top_of_what_it_remembered() {
    let project = Project::generated();
    fs::remove_file(project.path("generated/spec.lock")).unwrap();
    let before = project.tree();
    for arguments in [["generate", "--force"].as_slice(), &["generate"], &["check"]] {
        let run = project.run(arguments).expect_code(1);
        assert!(format!("{}{}", run.stdout, run.stderr).contains("error[missing-lock]"), "{}", run.stderr);
    }
    assert_eq!(project.tree(), before);
}
