//! `import`, in a folder with a worker that exists.

use std::fs;

use super::project::Project;

const CONFIGURATION: &str = r#"{
  "name": "garden-board", // deployed
  "compatibility_date": "2025-05-07",
  "main": "src/index.ts",
  "durable_objects": { "bindings": [{ "name": "SYNC_BACKEND_DO", "class_name": "SyncBackendDO" }] },
  "migrations": [{ "tag": "first", "new_sqlite_classes": ["SyncBackendDO"] }],
  "d1_databases": [{ "binding": "DB", "database_name": "garden", "migrations_dir": "sql" }],
}
"#;

const NOTES: &str = "CREATE TABLE notes (id TEXT NOT NULL, PRIMARY KEY (id)) STRICT;\n";

/// A folder with a configuration and one migration.
#[expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]
fn worker() -> Project {
    let project = Project::empty();
    project.write("wrangler.jsonc", CONFIGURATION);
    fs::create_dir(project.path("sql")).unwrap();
    project.write("sql/0001_notes.sql", NOTES);
    project
}

#[test]
fn an_imported_worker_is_generated_and_fresh() {
    let project = worker();
    let run = project.run(&["import"]).expect_code(0);
    assert!(run.stdout.starts_with("wrote spec.toml\n"), "{}", run.stdout);
    assert!(
        run.stderr.contains("Assumed:\n") && run.stderr.contains("main: the worker's own code"),
        "{}",
        run.stderr
    );
    project.run(&["generate"]).expect_code(0);
    project.run(&["diff"]).expect_code(0);
    assert_eq!(project.read("generated/migrations/0001_notes.sql"), NOTES);
    assert_eq!(
        project.names("generated/migrations"),
        ["0001_notes.sql", "0002_create_events_and_stores.sql"]
    );
    let configuration = project.read("generated/wrangler.jsonc");
    assert!(
        configuration.contains(r#"{"tag":"first","new_sqlite_classes":["SyncBackendDO"]}"#),
        "{configuration}"
    );
    assert!(!configuration.contains("\"v2\""), "{configuration}");
}

#[test]
fn standard_output_gets_the_spec_alone_and_nothing_is_written() {
    let project = worker();
    let before = project.tree();
    let run = project.run(&["import", "--output", "-"]).expect_code(0);
    assert!(run.stdout.starts_with("#:schema generated/spec.schema.json\n"), "{}", run.stdout);
    assert_eq!(project.tree(), before);
}

#[test]
fn a_spec_that_is_there_is_replaced_by_force_alone() {
    let project = worker();
    project.write("spec.toml", "# mine\n");
    let run = project.run(&["import"]).expect_code(2);
    assert!(run.stderr.contains("spec.toml") && run.stderr.contains("--force"), "{}", run.stderr);
    assert_eq!(project.read("spec.toml"), "# mine\n");
    project.run(&["import", "--force"]).expect_code(0);
    assert!(project.read("spec.toml").contains("garden-board"));
}

#[test]
fn in_place_of_a_generated_project_its_migrations_and_files_make_way() {
    let project = Project::generated();
    project.write("wrangler.jsonc", CONFIGURATION);
    project.run(&["import", "--force"]).expect_code(0);
    project.run(&["generate"]).expect_code(0);
    project.run(&["diff"]).expect_code(0);
    assert_eq!(project.names("generated/migrations"), ["0001_create_events_and_stores.sql"]);
    assert!(!project.path("generated/wrangler.staging.jsonc").exists());
}

#[test]
fn a_configuration_that_makes_no_spec_exits_with_1_and_writes_nothing() {
    let project = Project::empty();
    project.write("wrangler.toml", "name = \"My_Worker\"\ncompatibility_date = \"2025-05-07\"\n");
    let before = project.tree();
    let run = project.run(&["import"]).expect_code(1);
    assert!(run.stderr.contains("error[invalid-name]"), "{}", run.stderr);
    assert_eq!(project.tree(), before);
}

#[test]
fn what_cannot_be_read_exits_with_2_and_says_what() {
    let project = Project::empty();
    project.write("broken.jsonc", "{ \"name\": ");
    project.write("text.sqlite", "this is no database, but it is long enough to be looked at");
    project.write("wrangler.toml", "name = \"a\"\n");
    for (arguments, reason) in [
        (&["--wrangler", "missing.jsonc"][..], "missing.jsonc"),
        (&["--wrangler", "broken.jsonc"], "cannot read broken.jsonc: "),
        (&["--wrangler", "."], "it is no file"),
        (&["--database", "text.sqlite"], "not a database"),
        (&["--database", "missing.sqlite"], "there is no such file"),
        (&["--migrations", "missing"], "missing"),
    ] {
        let run = project.run(&[&["import"], arguments].concat()).expect_code(2);
        assert!(run.stderr.contains(reason), "{arguments:?}: {}", run.stderr);
    }
    let run = Project::empty().run(&["import"]).expect_code(2);
    assert!(run.stderr.contains("--wrangler"), "{}", run.stderr);
}

#[test]
fn a_local_database_is_read_without_wranglers_own_tables() {
    let project = worker();
    let file = project.path("d1.sqlite");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let sql = "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
        CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
        CREATE TABLE notes (id TEXT NOT NULL, body TEXT, PRIMARY KEY (id)) STRICT;
        CREATE INDEX notes_by_body ON notes (body);
        CREATE VIRTUAL TABLE search USING fts5(body);
        CREATE VIEW all_notes AS SELECT * FROM notes;";
    connection.execute_batch(sql).unwrap();
    drop(connection);
    let run = project.run(&["import", "--database", "d1.sqlite"]).expect_code(0);
    for object in ["the view all_notes", "the virtual table search"] {
        assert!(run.stderr.contains(object), "{object} in {}", run.stderr);
    }
    let spec = project.read("spec.toml");
    assert!(spec.contains("[tables.notes]") && spec.contains("indexes.notes_by_body"), "{spec}");
    assert!(!spec.contains("_cf_") && !spec.contains("d1_migrations") && !spec.contains("search"), "{spec}");
    project.run(&["generate"]).expect_code(0);
    assert_eq!(
        project.names("generated/migrations"),
        ["0001_baseline.sql", "0002_create_events_and_stores.sql"]
    );
    // What wrangler would do with them: nothing to the table that is there.
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch("INSERT INTO notes VALUES ('a', 'b')").unwrap();
    for name in project.names("generated/migrations") {
        connection.execute_batch(&project.read(&format!("generated/migrations/{name}"))).unwrap();
    }
    let rows: i64 = connection.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn names_of_secrets_are_taken_from_beside_the_configuration_and_values_are_not() {
    let project = worker();
    project.write(".dev.vars", "ADMIN_SECRET=\"hunter2\n\"\n");
    let run = project.run(&["import"]).expect_code(0);
    assert!(project.read("spec.toml").contains("[secrets.ADMIN_SECRET]"));
    for text in [run.stdout, run.stderr, project.read("spec.toml"), project.read("generated/spec.lock")] {
        assert!(!text.contains("hunter2"));
    }
}

#[test]
fn a_configuration_elsewhere_is_read_as_seen_from_the_spec() {
    let project = worker();
    fs::create_dir_all(project.path("apps/api")).unwrap();
    let configuration =
        CONFIGURATION.replace("\"main\"", "\"assets\": { \"directory\": \"../page/dist\" }, \"main\"");
    project.write("apps/api/wrangler.jsonc", &configuration);
    project.run(&["import", "--wrangler", "apps/api/wrangler.jsonc"]).expect_code(0);
    assert!(project.read("spec.toml").contains("directory = \"apps/page/dist\""));
}
