//! Generated migrations, applied by wrangler to a local D1 database that has rows.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use generator::diagnostic::Format;
use generator::output::Mode;
use generator::progress::Progress;
use generator::project::Project;
use generator::{pipeline, toolchain, wrangler};
use rusqlite::Connection;
use tempfile::TempDir;
use tests::database::relay;
use tests::world::root;

const SPEC: &str = include_str!("spec.toml");

/// A project of its own, with a database as its migrations grow.
struct Deployment {
    folder: TempDir,
}

impl Deployment {
    fn new() -> Self {
        toolchain::npm_packages(&Project::at(root()), &Progress::of_work())
            .unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().expect("a folder can be made");
        symlink(root().join("node_modules"), folder.path().join("node_modules")).expect("a link can be made");
        fs::write(folder.path().join("spec.toml"), SPEC).expect("a spec can be written");
        Self { folder }
    }

    /// Replaces text of the spec that must be there.
    fn edit(&self, from: &str, to: &str) {
        let path = self.folder.path().join("spec.toml");
        let spec = fs::read_to_string(&path).expect("the spec can be read");
        assert!(spec.contains(from), "{from:?} is not in the spec");
        fs::write(path, spec.replacen(from, to, 1)).expect("the spec can be written");
    }

    /// Generates, and has wrangler apply what is new. The last migration's file and text.
    fn migrate(&self, allowed: &[&str]) -> (String, String) {
        let folder = self.folder.path();
        let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        let mut reading = pipeline::read(folder).unwrap_or_else(|failure| panic!("{failure}"));
        let written = pipeline::run(folder, &mut reading, Mode::Write { force: false }, &allowed);
        written.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(!reading.failed(), "{}", reading.render(Format::Human, false));

        let applied = wrangler::migrate_local(&Project::at(folder), &folder.join("state"), "DB").read();
        applied.unwrap_or_else(|error| panic!("{error}"));
        let entries = fs::read_dir(folder.join("generated/migrations")).expect("there are migrations");
        let names = entries.map(|entry| entry.expect("a file").path());
        let last = names.max().expect("there is a migration");
        let sql = fs::read_to_string(&last).expect("it can be read");
        (last.file_name().unwrap_or_default().to_string_lossy().into_owned(), sql)
    }

    /// The database, while no wrangler has it.
    fn open(&self) -> Connection {
        let file = relay(&self.folder.path().join("state")).unwrap_or_else(|reason| panic!("{reason}"));
        let connection = Connection::open(file).expect("the database can be opened");
        connection.pragma_update(None, "foreign_keys", true).expect("foreign keys can be switched on");
        connection
    }

    /// The first column of every row that the query gives.
    fn ask(&self, query: &str) -> Vec<String> {
        let connection = self.open();
        let mut statement = connection.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let rows = statement.query_map([], |row| row.get(0)).expect("the query has no parameters");
        rows.collect::<rusqlite::Result<_>>().unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}

#[test]
fn a_chain_of_migrations_keeps_every_row_in_wranglers_hands() {
    let deployment = Deployment::new();
    deployment.migrate(&[]);
    deployment
        .open()
        .execute_batch(
            "INSERT INTO boards VALUES ('b1', 'One'), ('b2', 'Two; -- \"2\"');
             INSERT INTO tasks VALUES ('t1', 'b1'), ('t2', 'b1'), ('t3', 'b2');
             INSERT INTO notes VALUES ('n1', 't1'), ('n2', 't3'), ('n3', NULL);",
        )
        .expect("the rows are lawful");

    // A rebuild of the table at the root, and with it of all that refers to it.
    deployment.edit(
        "columns.title = { type = \"text\" }",
        r#"columns.title = { type = "text", check = "1 = CASE WHEN title = ';' THEN 0 ELSE length(title) > 0 END" }
columns.slug = { type = "text", generated = { expression = "lower(title)", stored = true } }
columns.made = { type = "timestamp", default_expression = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')" }
checks.no_end = "title <> 'END; --'"
indexes.boards_by_slug = { columns = ["lower(slug) desc", "id"], unique = true, where = "slug <> 'BEGIN ;'" }"#,
    );
    let (file, sql) = deployment.migrate(&[]);
    assert_eq!(file, "0002_add_boards_made_and_boards_slug_and_change_boards.sql");
    assert!(sql.contains("Tables made anew, with their rows: boards, notes, tasks"), "{sql}");
    let boards = "SELECT id || ' ' || title || ' ' || slug || ' ' || length(made) FROM boards ORDER BY id";
    assert_eq!(deployment.ask(boards), ["b1 One one 24", "b2 Two; -- \"2\" two; -- \"2\" 24"]);
    assert_eq!(deployment.ask("SELECT id || board FROM tasks ORDER BY id"), ["t1b1", "t2b1", "t3b2"]);
    assert_eq!(
        deployment.ask("SELECT id || ifnull(task, '-') FROM notes ORDER BY id"),
        ["n1t1", "n2t3", "n3-"]
    );

    // In place: a computed column, a condition, a partial index; then a rename and a rebuild of its table.
    deployment.edit(
        "[tables.notes]",
        r#"columns.up = { type = "text", generated = { expression = "upper(id)" }, check = "up <> ';'" }
indexes.tasks_of_one = { columns = ["up"], where = "board = 'b1'" }

[tables.notes]"#,
    );
    let (_, sql) = deployment.migrate(&[]);
    assert!(!sql.contains("__new_"), "{sql}");
    deployment.edit("[tables.tasks]", "[tables.jobs]\nwithout_rowid = true\nrenamed_from = \"tasks\"");
    deployment.edit("table = \"tasks\"", "table = \"jobs\"");
    let (_, sql) = deployment.migrate(&[]);
    assert!(sql.contains("Tables made anew, with their rows: jobs, notes"), "{sql}");
    assert_eq!(
        deployment.ask("SELECT id || board || up FROM jobs ORDER BY id"),
        ["t1b1T1", "t2b1T2", "t3b2T3"]
    );
    assert_eq!(
        deployment.ask("SELECT id || ifnull(task, '-') FROM notes ORDER BY id"),
        ["n1t1", "n2t3", "n3-"]
    );
    assert_eq!(
        deployment.ask("SELECT name FROM pragma_table_list WHERE name LIKE '\\_\\_new%' ESCAPE '\\'"),
        [""; 0]
    );

    deployment.open().execute("DELETE FROM boards WHERE id = 'b1'", []).expect("nothing keeps it");
    assert_eq!(deployment.ask("SELECT id FROM jobs"), ["t3"], "the cascade is still there");
    assert_eq!(
        deployment.ask("SELECT id || ifnull(task, '-') FROM notes ORDER BY id"),
        ["n1-", "n2t3", "n3-"]
    );
}
