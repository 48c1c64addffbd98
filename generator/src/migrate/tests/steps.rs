//! Each kind of step: what SQL it becomes, and that it leaves nothing to do.

use expect_test::{Expect, expect};

use super::Database;
use super::build::{column, integer, table, text};
use crate::migrate::Hazard;
use crate::model::tables::{Action, ColumnType, Literal, Table};

/// The SQL without the header's fixed lines.
fn check(before: &[Table], after: &[Table], allowed: &[&str], expected: Expect) -> Vec<Hazard> {
    let planned = Database::with(before).migrate(after, allowed).unwrap();
    let sql = &planned.migration.sql;
    assert!(!sql.contains('\r') && sql.ends_with(";\n"), "{sql}");
    let body = sql.split_once("\n--\n").expect("a header").1;
    expected.assert_eq(&format!("{}\n{body}", planned.migration.file_name()));
    planned.hazards
}

fn notes() -> Table {
    table("notes", [text("id"), text("body").null()]).key(&["id"])
}

#[test]
fn the_first_migration_creates_the_tables_and_their_indexes() {
    let mut database = Database::default();
    let every_type = [
        column("integer", ColumnType::Integer).or(Literal::Integer(-1)),
        column("real", ColumnType::Real).or(Literal::Real(1.0)),
        column("text", ColumnType::Text).or(Literal::Text("it's; \"so\"\n".into())),
        column("blob", ColumnType::Blob).or(Literal::Text("é".into())),
        column("boolean", ColumnType::Boolean).or(Literal::Boolean(true)),
        column("timestamp", ColumnType::Timestamp),
        column("json", ColumnType::Json).null(),
        column("uuid", ColumnType::Uuid).unique(),
        text("note").null().to("notes", "id", Action::SetNull),
    ];
    let types = table("types", every_type).key(&["integer", "text"]).index("types_by_uuid", &["uuid"], true);
    let planned = database.migrate(&[types, notes()], &[]).unwrap();
    expect![[r#"
        0001_create_notes_and_types.sql
        -- Made from spec.toml by `cargo run -p generator -- generate`. Never edit this file: databases
        -- already hold what it did. Change the spec and generate the next one.
        --
        -- * create the table notes
        -- * create the table types

        CREATE TABLE "notes" (
          "id" TEXT NOT NULL,
          "body" TEXT,
          PRIMARY KEY ("id")
        ) STRICT;

        CREATE TABLE "types" (
          "integer" INTEGER NOT NULL DEFAULT -1,
          "real" REAL NOT NULL DEFAULT 1.0,
          "text" TEXT NOT NULL DEFAULT 'it''s; "so"
        ',
          "blob" BLOB NOT NULL DEFAULT X'C3A9',
          "boolean" INTEGER NOT NULL DEFAULT 1 CHECK ("boolean" IN (0, 1)),
          "timestamp" TEXT NOT NULL,
          "json" TEXT,
          "uuid" TEXT NOT NULL UNIQUE,
          "note" TEXT REFERENCES "notes" ("id") ON DELETE SET NULL,
          PRIMARY KEY ("integer", "text")
        ) STRICT;

        CREATE UNIQUE INDEX "types_by_uuid" ON "types" ("uuid");
    "#]]
    .assert_eq(&format!("{}\n{}", planned.migration.file_name(), planned.migration.sql));
    let connection = database.open();
    connection
        .execute("INSERT INTO types (timestamp, uuid) VALUES ('2026-01-31T09:00:00.000Z', 'u')", [])
        .unwrap();
    assert_eq!(super::ask(&connection, "SELECT text AS value FROM types"), ["'it''s; \"so\"\n'"]);
}

#[test]
fn a_column_that_sqlite_can_add_and_drop_is_altered_in_place() {
    let more = table(
        "notes",
        [
            column("done", ColumnType::Boolean).or(Literal::Boolean(false)),
            text("id"),
            text("parent").null().to("notes", "id", Action::Cascade),
        ],
    )
    .key(&["id"]);
    check(
        &[notes()],
        &[more],
        &["notes.body"],
        expect![[r#"
        0002_add_notes_done_and_notes_parent_and_drop_notes_body.sql
        -- * add the column notes.done
        -- * add the column notes.parent
        -- * drop the column notes.body

        ALTER TABLE "notes" ADD COLUMN "done" INTEGER NOT NULL DEFAULT 0 CHECK ("done" IN (0, 1));

        ALTER TABLE "notes" ADD COLUMN "parent" TEXT REFERENCES "notes" ("id") ON DELETE CASCADE;

        ALTER TABLE "notes" DROP COLUMN "body";
    "#]],
    );
}

#[test]
fn indexes_come_go_and_change_in_place() {
    let before = [notes().index("gone", &["body"], false).index("changed", &["body"], false)];
    let after = [notes().index("changed", &["id", "body"], true).index("new", &["body"], false)];
    check(
        &before,
        &after,
        &[],
        expect![[r#"
        0002_drop_changed_and_gone_and_index_changed_and_new.sql
        -- * drop the index changed of notes
        -- * drop the index gone of notes
        -- * create the index changed of notes
        -- * create the index new of notes

        DROP INDEX "changed";

        DROP INDEX "gone";

        CREATE UNIQUE INDEX "changed" ON "notes" ("id", "body");

        CREATE INDEX "new" ON "notes" ("body");
    "#]],
    );
}

#[test]
fn an_index_moves_to_another_table_under_its_name() {
    let other = table("other", [text("id")]).key(&["id"]);
    let mut database = Database::with(&[notes().index("moves", &["body"], false)]);
    database.migrate(&[other.index("moves", &["id"], false)], &["notes"]).unwrap();
}

#[test]
fn a_rename_keeps_table_column_references_and_index() {
    let child = || table("tags", [text("note").to("notes", "id", Action::Cascade), text("tag")]);
    let before = [notes().index("by_body", &["body"], false), child().key(&["note", "tag"])];
    let pages = table("pages", [text("id"), text("content").null().was("body")]).key(&["id"]).was("notes");
    let tags = table("tags", [text("page").was("note").to("pages", "id", Action::Cascade), text("tag")]);
    let after = [pages.index("by_body", &["content"], false), tags.key(&["page", "tag"])];
    check(
        &before,
        &after,
        &[],
        expect![[r#"
        0002_rename_notes_to_pages_and_pages_body_to_content.sql
        -- * rename the table notes to pages
        -- * rename the column pages.body to content
        -- * rename the column tags.note to page

        ALTER TABLE "notes" RENAME TO "pages";

        ALTER TABLE "pages" RENAME COLUMN "body" TO "content";

        ALTER TABLE "tags" RENAME COLUMN "note" TO "page";
    "#]],
    );
}

#[test]
fn a_rename_that_is_done_may_stay_in_the_spec() {
    let renamed = table("pages", [text("id"), text("body").null()]).key(&["id"]).was("notes");
    let mut database = Database::with(&[notes()]);
    database.migrate(std::slice::from_ref(&renamed), &[]).unwrap();
    database.migrate(&[renamed.clone(), notes()], &[]).unwrap();
    assert!(database.plan(&[renamed], &[]).is_err(), "the new `notes` is dropped, not renamed again");
}

#[test]
fn a_change_that_has_no_statement_rebuilds_the_table_with_all_that_refers_to_it() {
    let child = table("tags", [text("note").to("notes", "id", Action::Cascade), text("tag")])
        .key(&["note", "tag"])
        .index("tags_by_tag", &["tag"], false);
    let changed = table("notes", [text("id"), text("body").or(Literal::Text("".into()))]).key(&["id"]);
    let hazards = check(
        &[notes(), child.clone()],
        &[changed, child],
        &[],
        expect![[r#"
        0002_change_notes.sql
        -- * change the table notes: body is never NULL, body has another default
        -- Tables made anew, with their rows: notes, tags

        -- The new tables, beside the old ones.
        CREATE TABLE "__new_notes" (
          "id" TEXT NOT NULL,
          "body" TEXT NOT NULL DEFAULT '',
          PRIMARY KEY ("id")
        ) STRICT;

        CREATE TABLE "__new_tags" (
          "note" TEXT NOT NULL REFERENCES "__new_notes" ("id") ON DELETE CASCADE,
          "tag" TEXT NOT NULL,
          PRIMARY KEY ("note", "tag")
        ) STRICT;

        -- Their rows.
        INSERT INTO "__new_notes" ("id", "body")
        SELECT "id", coalesce("body", '')
        FROM "notes";

        INSERT INTO "__new_tags" ("note", "tag")
        SELECT "note", "tag"
        FROM "tags";

        -- The old tables, those that refer before those referred to.
        DROP TABLE "tags";

        DROP TABLE "notes";

        -- The new tables take their names.
        ALTER TABLE "__new_notes" RENAME TO "notes";

        ALTER TABLE "__new_tags" RENAME TO "tags";

        -- Their indexes.
        CREATE INDEX "tags_by_tag" ON "tags" ("tag");
    "#]],
    );
    let texts: Vec<String> = hazards.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "`notes.body` gets its default where it is NULL",
            "copies every row of notes, tags; for each 1,000 rows that is about so many writes: 2,000 in notes, \
             3,000 in tags",
        ]
    );
}

#[test]
fn a_dropped_table_goes_after_those_that_referred_to_it() {
    let child = |note| table("tags", [text("id"), note]).key(&["id"]);
    let before = [notes(), child(text("note").to("notes", "id", Action::Refuse))];
    check(
        &before,
        &[child(text("note"))],
        &["notes"],
        expect![[r#"
        0002_change_tags_and_drop_notes.sql
        -- * change the table tags: note no longer refers to notes.id (on delete no action, on update no action)
        -- * drop the table notes
        -- Tables made anew, with their rows: tags

        -- The new tables, beside the old ones.
        CREATE TABLE "__new_tags" (
          "id" TEXT NOT NULL,
          "note" TEXT NOT NULL,
          PRIMARY KEY ("id")
        ) STRICT;

        -- Their rows.
        INSERT INTO "__new_tags" ("id", "note")
        SELECT "id", "note"
        FROM "tags";

        -- The old tables, those that refer before those referred to.
        DROP TABLE "tags";

        DROP TABLE "notes";

        -- The new tables take their names.
        ALTER TABLE "__new_tags" RENAME TO "tags";
    "#]],
    );
}

#[test]
fn each_change_of_a_column_or_key_is_made_and_then_gone() {
    let with = |body, key: &[&str]| [table("notes", [text("id"), integer("n"), body]).key(key)];
    let plain = || with(text("body").null(), &["id"]);
    let cases = [
        with(text("body"), &["id"]),
        with(text("body").null().or(Literal::Text("'".into())), &["id"]),
        with(text("body").null().unique(), &["id"]),
        with(column("body", ColumnType::Blob).null(), &["id"]),
        with(integer("body").null(), &["id"]),
        with(column("body", ColumnType::Real).null(), &["id"]),
        with(column("body", ColumnType::Boolean).null(), &["id"]),
        with(text("body").null().to("notes", "id", Action::SetNull), &["id"]),
        with(text("body").null(), &["n"]),
        with(text("body").null(), &["n", "id"]),
        with(text("body").null(), &[]),
        with(text("other").null().unique(), &["id"]),
        [table("notes", [text("new").null()])],
    ];
    let all = ["notes.body", "notes.id", "notes.n"];
    for case in cases {
        let mut database = Database::with(&plain());
        database.migrate(&case, &all).unwrap();
        let back = database.migrate(&plain(), &["notes.body", "notes.other", "notes.new"]);
        assert!(back.is_ok() || case[0].columns.len() == 1, "{back:?}");
    }
}

#[test]
fn a_parent_may_be_known_by_a_unique_index() {
    let parent = |n| table("p", [text("id"), n]).key(&["id"]).index("p_by_n", &["n"], true);
    let child = table("c", [text("id"), integer("n").to("p", "n", Action::Cascade)]).key(&["id"]);
    let mut database = Database::with(&[parent(integer("n")), child.clone()]);
    database.migrate(&[parent(integer("n").or(Literal::Integer(7))), child], &[]).unwrap();
}

#[test]
fn tables_beyond_one_group_are_read_back_with_their_references() {
    let count = 2 * crate::migrate::GROUP + 1;
    let one = |at: usize| {
        let parent = text("parent").null().to(&format!("t{}", at / 2), "id", Action::SetNull);
        table(&format!("t{at}"), [text("id"), parent]).key(&["id"])
    };
    let mut tables: Vec<Table> = (0..count).map(one).collect();
    let mut database = Database::with(&tables);
    tables[count - 1].columns.push(text("note").null());
    let planned = database.migrate(&tables, &[]).unwrap();
    assert_eq!(planned.steps.len(), 1, "{:?}", planned.steps);
}
