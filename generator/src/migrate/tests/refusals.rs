//! What is refused, and the words for it.

use expect_test::{Expect, expect};

use super::Database;
use super::build::{integer, table, text};
use crate::migrate::{Migration, plan_database, prove_all};
use crate::model::tables::{Action, Literal, Table};

fn check(before: &[Table], after: &[Table], expected: Expect) {
    let error = Database::with(before).plan(after, &[]).unwrap_err();
    expected.assert_eq(&error.to_string());
}

fn notes() -> Table {
    table("notes", [text("id")]).key(&["id"])
}

fn noted() -> Table {
    table("notes", [text("id"), text("body").null()]).key(&["id"])
}

#[test]
fn reverting_an_added_column_needs_permission_by_name() {
    check(
        &[noted()],
        &[notes()],
        expect![[r#"
        The change loses data:
          dropping the column `notes.body` loses its values; to allow it: --allow-destructive notes.body
        If that is meant, allow each by name. If something was renamed, declare it with `renamed_from`."#]],
    );
    let mut database = Database::with(&[notes()]);
    database.migrate(&[noted()], &[]).unwrap();
    assert!(
        database.plan(&[notes()], &["notes"]).is_err(),
        "permission for the table is none for the column"
    );
    let planned = database.migrate(&[notes()], &["notes.body"]).unwrap();
    assert_eq!(planned.hazards[0].to_string(), "dropping the column `notes.body` loses its values");
}

#[test]
fn every_loss_is_listed() {
    let before = [noted(), table("tags", [text("id")]).key(&["id"])];
    let after = [table("notes", [text("id"), integer("body").null()]).key(&["id"])];
    check(
        &before,
        &after,
        expect![[r#"
        The change loses data:
          turning `notes.body` from TEXT into INTEGER loses what does not fit; to allow it: --allow-destructive notes.body
          dropping the table `tags` loses its rows; to allow it: --allow-destructive tags
        If that is meant, allow each by name. If something was renamed, declare it with `renamed_from`."#]],
    );
}

#[test]
fn a_new_column_without_a_value_for_old_rows_is_refused() {
    let after = [table("notes", [text("id"), text("a"), text("b").or(Literal::Text("x".into())).unique()])
        .key(&["id"])];
    check(
        &[notes()],
        &after,
        expect![[r#"
        The change cannot work on a table that has rows:
          `notes.a` is new and never NULL, so the rows that are there need a value: give it a `default`, or make it `nullable = true`
          `notes.b` is new and unique, but its default gives every row that is there the same value: make it `nullable = true` without a `default`, or not unique"#]],
    );
}

#[test]
fn a_change_that_rows_may_contradict_is_planned_with_a_warning() {
    let child = |note| [noted(), table("tags", [text("id"), note, text("word").null()]).key(&["id"])];
    let strict = |note| [noted(), table("tags", [text("id"), note, text("word").unique()]).key(&["id"])];
    let planned = Database::with(&child(text("note")))
        .migrate(&strict(text("note").to("notes", "id", Action::Cascade)), &[])
        .unwrap();
    let texts: Vec<String> = planned.hazards.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "`tags.word` fails unless no row holds NULL",
            "`tags.note` fails unless every value has its row in `notes`",
            "`tags.word` fails unless no two rows share a value",
            "copies every row of tags; for each 1,000 rows that is about so many writes: 3,000 in tags",
        ]
    );
}

#[test]
fn a_reference_to_a_table_that_starts_empty_is_planned_with_a_warning() {
    let tags = |note| table("tags", [text("id"), note]).key(&["id"]);
    let mut database = Database::with(&[tags(text("note"))]);
    let planned =
        database.migrate(&[tags(text("note").to("notes", "id", Action::Refuse)), notes()], &[]).unwrap();
    assert_eq!(
        planned.hazards[0].to_string(),
        "`tags.note` fails unless every value is NULL, for `notes.id` is new"
    );
}

#[test]
fn a_default_that_a_file_cannot_carry_is_refused() {
    for bad in ["\0", "a\rb"] {
        let tables = [table("notes", [text("id").or(Literal::Text(bad.into()))])];
        assert!(Database::default().plan(&tables, &[]).unwrap_err().to_string().contains("`notes.id`"));
    }
}

#[test]
fn a_statement_longer_than_d1_takes_is_refused() {
    let tables = [table("notes", [text("id").or(Literal::Text("x".repeat(100_000)))])];
    let error = Database::default().plan(&tables, &[]).unwrap_err().to_string();
    assert!(error.starts_with("A statement is 100064 bytes long"), "{error}");
    assert!(error.len() < 1000);
}

#[test]
fn a_broken_migration_is_reported_with_its_file_and_statement() {
    let mut database = Database::with(&[notes()]);
    let good = database.migrations[0].sql.clone();
    let refuse = |sql: &str| {
        let migrations = [Migration { sql: sql.into(), ..database.migrations[0].clone() }];
        let tables = notes();
        let planned = plan_database(&migrations, &[&tables], &[].into()).unwrap_err();
        assert_eq!(prove_all(&migrations, &[&tables]).unwrap_err(), planned);
        planned.to_string()
    };
    expect![[r#"
        SQLite refuses `0001_create_notes.sql`: near "TABEL": syntax error
          in: CREATE TABEL "notes" (
                "id" TEXT NOT NULL,
                PRIMARY KEY ("id")
              ) STRICT;
        A migration is never edited: restore the file as it was generated."#]]
    .assert_eq(&refuse(&good.replace("TABLE", "TABEL")));
    expect![[r#"
        SQLite refuses `0001_create_notes.sql`: no such table: absent
          in: DROP TABLE absent;
        A migration is never edited: restore the file as it was generated."#]]
    .assert_eq(&refuse(&format!("{good}DROP TABLE absent;\nSELECT 1;")));
    assert!(refuse("BEGIN;").contains("cannot start a transaction within a transaction"));
    assert!(refuse("ATTACH DATABASE 'made.db' AS made;").contains("unable to open database"));
    assert!(
        refuse("CREATE VIEW seen AS SELECT 1;").contains("make the view seen, which the spec cannot declare")
    );
    database.migrations[0].number = 2;
    let gap = database.plan(&[notes()], &[]).unwrap_err().to_string();
    assert!(gap.starts_with("`0002_create_notes.sql` stands where number 0001 belongs."), "{gap}");
}

#[test]
fn a_query_without_an_end_is_ended() {
    let endless =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' FROM n WHERE i < 0";
    let notes = notes();
    let made = Database::with(std::slice::from_ref(&notes)).migrations;
    let by_hand = |sql: String| {
        let mut migrations = made.clone();
        migrations.push(Migration { number: 2, slug: "by_hand".into(), sql });
        let planned = plan_database(&migrations, &[&notes], &[].into()).unwrap_err().to_string();
        assert_eq!(prove_all(&migrations, &[&notes]).unwrap_err().to_string(), planned);
        planned
    };
    expect![[r#"
        SQLite refuses `0002_by_hand.sql`: it is not done after 200 million steps, as a recursive query without an end never is
          in: INSERT INTO notes WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' FROM n WHERE i < 0;
        A migration is never edited: restore the file as it was generated."#]].assert_eq(&by_hand(format!("INSERT INTO notes {endless};")));
}

#[test]
fn an_edited_migration_shows_as_a_difference() {
    let mut database = Database::with(&[noted()]);
    database.migrations[0].sql = database.migrations[0].sql.replace("\"body\" TEXT", "\"body\" BLOB");
    let error = prove_all(&database.migrations, &[&noted()]).unwrap_err();
    expect![[r#"
        The migrations do not lead to the tables of the spec. Left to do:
          change the table notes: body becomes TEXT (was BLOB)
        Generate the migration that does it."#]]
    .assert_eq(&error.to_string());
}

#[test]
fn tables_written_by_hand_come_under_the_spec() {
    let sql = "CREATE TABLE notes (id VARCHAR(36) PRIMARY KEY COLLATE NOCASE, n INTEGER CHECK (n > 5),
        done BOOLEAN DEFAULT FALSE, at DATETIME DEFAULT CURRENT_TIMESTAMP, UNIQUE (n, done) ON CONFLICT IGNORE);
        CREATE INDEX partial ON notes (n DESC) WHERE n > 7;";
    let mut database = Database::default();
    database.migrations.push(Migration { number: 1, slug: "by-hand".into(), sql: sql.into() });
    let spec = [table("notes", [text("id"), integer("n").null(), text("at").null()]).key(&["id"]).index(
        "partial",
        &["n"],
        false,
    )];
    let planned = database.migrate(&spec, &["notes.done"]).unwrap();
    let steps: Vec<String> = planned.steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        steps,
        [
            "drop the index partial of notes",
            "drop the column notes.done",
            "change the table notes: id becomes TEXT (was VARCHAR(36)), id is never NULL, no more CHECK (n > 5), \
             at becomes TEXT (was DATETIME), at has another default, values are of their column's type alone \
             (STRICT), no more COLLATE NOCASE for id, no more CONFLICT",
            "create the index partial of notes",
        ]
    );
}

#[test]
fn a_name_written_by_hand_cannot_leave_its_quotes_or_its_comment() {
    let sql = "CREATE TABLE \"a\"\"; DROP TABLE notes;\n--\" (\"x\"\"\ny\" TEXT) STRICT;";
    let mut database = Database::with(&[notes()]);
    database.migrations.push(Migration { number: 2, slug: "odd".into(), sql: sql.into() });
    let odd = "a\"; DROP TABLE notes;\n--";
    let planned = database.migrate(&[notes()], &[odd]).unwrap();
    assert_eq!(planned.migration.file_name(), "0003_drop_a___drop_table_notes____.sql");
    assert!(
        planned.migration.sql.contains("-- * drop the table a\"; DROP TABLE notes; --\n"),
        "{}",
        planned.migration.sql
    );
}

#[test]
fn a_first_migration_that_leaves_a_row_without_its_parent_is_not_proven() {
    let sql = "CREATE TABLE p (id TEXT NOT NULL PRIMARY KEY) STRICT;
        CREATE TABLE c (p TEXT REFERENCES p (id)) STRICT;
        PRAGMA defer_foreign_keys = true;
        INSERT INTO c VALUES ('absent');";
    let migration = Migration { number: 1, slug: "by_hand".into(), sql: sql.into() };
    let error = prove_all(&[migration], &[]).unwrap_err().to_string();
    assert!(error.contains("`c` refers to rows that `p` lacks"), "{error}");
}
