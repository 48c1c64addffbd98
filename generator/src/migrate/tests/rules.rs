//! Conditions, computed columns, indexes of expressions and the options of a table.

use expect_test::{Expect, expect};

use super::build::{column, integer, table, text};
use super::{Database, apply, ask};
use crate::migrate::{Migration, NewMigration};
use crate::model::tables::{Action, Column, ColumnType, Literal, Table};

fn notes<const N: usize>(more: [Column; N]) -> Table {
    let mut notes = table("notes", [text("id"), text("title"), integer("n").null()]).key(&["id"]);
    notes.columns.extend(more);
    notes
}

/// The SQL without the header's fixed lines, then the hazards.
fn check(before: Table, after: Table, allowed: &[&str], expected: Expect) -> NewMigration {
    let planned = Database::with(&[before]).migrate(&[after], allowed).unwrap();
    let body = planned.migration.sql.split_once("\n--\n").expect("a header").1;
    let hazards: String = planned.hazards.iter().map(|hazard| format!("! {hazard}\n")).collect();
    expected.assert_eq(&format!("{body}{hazards}"));
    planned
}

#[test]
fn what_sqlite_can_add_with_a_rule_is_added_in_place() {
    let after = notes([
        text("slug").generated("lower(title)", false).check("slug <> ''"),
        integer("rank").or(Literal::Integer(1)).check("rank BETWEEN 1 AND 9"),
        integer("m").null().check("m > n"),
    ])
    .index_where("recent", &["n desc", "lower(title)"], "n IS NOT NULL")
    .unique_where("ranked", &["rank", "title || ''"], "n > 7");
    check(
        notes([]),
        after,
        &[],
        expect![[r#"
        -- * add the column notes.rank
        -- * add the column notes.m
        -- * add the column notes.slug
        -- * create the index ranked of notes
        -- * create the index recent of notes

        ALTER TABLE "notes" ADD COLUMN "rank" INTEGER NOT NULL DEFAULT 1 CHECK (rank BETWEEN 1 AND 9);

        ALTER TABLE "notes" ADD COLUMN "m" INTEGER CHECK (m > n);

        ALTER TABLE "notes" ADD COLUMN "slug" TEXT GENERATED ALWAYS AS (lower(title)) VIRTUAL NOT NULL CHECK (slug <> '');

        CREATE UNIQUE INDEX "ranked" ON "notes" ("rank", title || '') WHERE n > 7;

        CREATE INDEX "recent" ON "notes" ("n" DESC, lower(title)) WHERE n IS NOT NULL;
        ! `notes.m` fails unless every row keeps `m > n`
        ! `notes.slug` fails unless `lower(title)` is TEXT for every row
        ! `notes` fails unless no two rows where `n > 7` share `rank, title || ''`
    "#]],
    );
}

#[test]
fn what_sqlite_cannot_add_with_a_rule_is_added_by_a_copy() {
    let after = notes([
        text("slug").generated("lower(title)", true),
        text("at").or_expression("strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"),
    ])
    .check("n_fits", "n IS NULL OR n < 1000");
    let planned = check(
        notes([]),
        after,
        &[],
        expect![[r#"
        -- * add the column notes.at
        -- * add the column notes.slug
        -- * change the table notes: every row keeps n_fits: CHECK (n IS NULL OR n < 1000)
        -- Tables made anew, with their rows: notes

        -- The new tables, beside the old ones.
        CREATE TABLE "__new_notes" (
          "id" TEXT NOT NULL,
          "title" TEXT NOT NULL,
          "n" INTEGER,
          "slug" TEXT GENERATED ALWAYS AS (lower(title)) STORED NOT NULL,
          "at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
          PRIMARY KEY ("id"),
          CONSTRAINT "n_fits" CHECK (n IS NULL OR n < 1000)
        ) STRICT;

        -- Their rows.
        INSERT INTO "__new_notes" ("id", "title", "n")
        SELECT "id", "title", "n"
        FROM "notes";

        -- The old tables, those that refer before those referred to.
        DROP TABLE "notes";

        -- The new tables take their names.
        ALTER TABLE "__new_notes" RENAME TO "notes";
        ! `notes.slug` fails unless `lower(title)` is TEXT for every row
        ! `notes` fails unless every row keeps `n IS NULL OR n < 1000`
        ! copies every row of notes; for each 1,000 rows that is about so many writes: 2,000 in notes
    "#]],
    );
    let connection = Database::with(&[notes([])]).open();
    connection.execute_batch("INSERT INTO notes VALUES ('a', 'A B', NULL)").unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT slug || length(at) AS value FROM notes"), ["'a b24'"]);
    let broken = connection.execute("INSERT INTO notes (id, title, n) VALUES ('b', 'B', 1000)", []);
    assert_eq!(broken.unwrap_err().to_string(), "CHECK constraint failed: n_fits");
}

#[test]
fn a_column_that_another_is_made_of_comes_before_it() {
    let after = notes([text("up").null().generated("upper(body)", false), text("body").null()]);
    let planned = Database::with(&[notes([])]).migrate(std::slice::from_ref(&after), &[]).unwrap();
    assert!(
        planned
            .migration
            .sql
            .ends_with("ADD COLUMN \"up\" TEXT GENERATED ALWAYS AS (upper(body)) VIRTUAL;\n")
    );
    let mut database = Database::with(&[after]);
    let planned = database.migrate(&[notes([])], &["notes.body", "notes.up"]).unwrap();
    assert!(planned.migration.sql.contains("__new_notes"), "SQLite drops no column that another is made of");
}

#[test]
fn a_rename_goes_through_every_expression_in_place() {
    let with = |title: Column, name: &str| {
        let columns = [
            text("id"),
            title.check(&format!("length({name}) > 0")),
            text("slug").generated(&format!("lower({name})"), true),
        ];
        table("notes", columns)
            .key(&["id"])
            .check("plain", &format!("{name} NOT LIKE '%title%'"))
            .index_where("i", &[&format!("upper({name}) desc")], &format!("{name} > 'title'"))
    };
    let renamed = with(text("name").was("title"), "name");
    check(
        with(text("title"), "title"),
        renamed,
        &[],
        expect![[r#"
        -- * rename the column notes.title to name

        ALTER TABLE "notes" RENAME COLUMN "title" TO "name";
    "#]],
    );
}

#[test]
fn each_rule_comes_and_goes() {
    let plain = || notes([text("x").null()]);
    let cases = [
        notes([text("x").null().check("length(x) < 9")]),
        notes([text("x").null().check("x <> title")]),
        notes([text("x").null().generated("lower(title)", false)]),
        notes([text("x").null().generated("lower(title)", true)]),
        notes([text("x").null().or_expression("CURRENT_TIMESTAMP")]),
        notes([text("x").or_expression("lower(hex(randomblob(4)))")]),
        notes([text("x").null()]).check("rule", "x IS NULL OR n > 0"),
        notes([text("x").null()]).strict(false),
        notes([text("x").null()]).without_rowid(),
        notes([text("x").null()]).strict(false).without_rowid().check("rule", "n > 0"),
        notes([text("x").null()]).unique_where("i", &["x desc", "lower(title)"], "n IS NULL"),
        notes([text("x").null()]).index("i", &["lower(title) desc"], true),
    ];
    for (at, case) in cases.iter().enumerate() {
        let mut database = Database::with(&[plain()]);
        for tables in [case.clone(), plain(), case.clone()] {
            let migrated = database.migrate(&[tables], &["notes.x"]);
            assert!(migrated.is_ok(), "{at}: {migrated:?}");
        }
        for other in &cases {
            let migrated = database.plan(std::slice::from_ref(other), &["notes.x"]);
            assert!(migrated.is_ok(), "{at}: {migrated:?}");
        }
    }
}

#[test]
fn another_spelling_of_an_expression_changes_nothing() {
    let of = |sql: &str| [notes([]).check("rule", sql).index_where("i", &["id"], sql)];
    let database = Database::with(&of("n > 0 AND title <> 'X'"));
    assert_eq!(database.plan(&of("\"N\">0\n  and TITLE<>'X'"), &[]), Ok(None));
    assert!(database.plan(&of("n > 0 AND title <> 'x'"), &[]).unwrap().is_some());
}

#[test]
fn computing_what_was_written_needs_permission() {
    let refused = Database::with(&[notes([text("x").null()])])
        .plan(&[notes([text("x").null().generated("title", false)])], &[]);
    expect![[r#"
        The change loses data:
          computing `notes.x` loses the values that were written; to allow it: --allow-destructive notes.x
        If that is meant, allow each by name. If something was renamed, declare it with `renamed_from`."#]]
    .assert_eq(&refused.unwrap_err().to_string());
}

#[test]
fn a_computed_column_that_is_written_from_now_on_keeps_its_values() {
    let mut database = Database::with(&[notes([text("slug").generated("lower(title)", false)])]);
    let connection = database.open();
    connection.execute_batch("INSERT INTO notes (id, title) VALUES ('a', 'A B')").unwrap();
    let planned = database.migrate(&[notes([text("slug")])], &[]).unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT slug AS value FROM notes"), ["'a b'"]);
}

#[test]
fn a_partial_index_makes_no_column_unique() {
    let parent = notes([]).unique_where("i", &["title"], "n > 0");
    let child = |title: Column| table("tags", [text("id"), title]).key(&["id"]);
    let database = Database::with(&[parent.clone(), child(text("title"))]);
    let refers = child(text("title").to("notes", "title", Action::Refuse));
    let planned = database.plan(&[parent, refers], &[]);
    assert!(planned.unwrap_err().to_string().contains("foreign key mismatch"));
}

#[test]
fn a_foreign_key_of_two_columns_keeps_its_rows() {
    let parent = |n: Column| table("p", [text("a"), integer("b"), n]).key(&["a", "b"]);
    let child = || table("c", [text("id"), text("a"), integer("b").null()]).key(&["id"]);
    let tables = |n: Column| [parent(n), child().refers(&["a", "b"], "p", &["a", "b"])];
    let mut database = Database::with(&tables(integer("n").null()));
    let connection = database.open();
    connection
        .execute_batch("INSERT INTO p VALUES ('x', 1, 1), ('x', 2, 2); INSERT INTO c VALUES ('c', 'x', 2), ('d', 'y', NULL)")
        .unwrap();
    let planned = database.migrate(&tables(integer("n").null().check("n > 0")), &[]).unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT id AS value FROM c"), ["'c'", "'d'"]);
    connection.execute("DELETE FROM p WHERE b = 2", []).unwrap();
    assert_eq!(ask(&connection, "SELECT id AS value FROM c"), ["'d'"]);
    let without = [parent(integer("n").null().check("n > 0")), child()];
    database.migrate(&without, &[]).unwrap();
    database.migrate(&tables(integer("n").null().check("n > 0")), &[]).unwrap();
}

#[test]
fn rows_without_a_row_id_are_known_by_their_key_in_a_ring() {
    let tables = |n: Column| {
        let b = text("b").null().to("b", "id", Action::Refuse);
        let a = table("a", [text("k").unique(), integer("l"), b, n]).key(&["k", "l"]).without_rowid();
        [a, table("b", [text("id"), text("a").null().to("a", "k", Action::Refuse)]).key(&["id"])]
    };
    let mut database = Database::with(&tables(integer("n").null()));
    let connection = database.open();
    connection
        .execute_batch(
            "INSERT INTO b VALUES ('b1', NULL), ('b2', NULL);
             INSERT INTO a VALUES ('x', 1, 'b2', 1), ('y', 1, 'b1', 2), ('z', 1, NULL, 3);
             UPDATE b SET a = 'y';",
        )
        .unwrap();
    let planned = database.migrate(&tables(integer("n").null().check("n > 0")), &[]).unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT b AS value FROM a ORDER BY k, l"), ["'b2'", "'b1'", "NULL"]);
}

#[test]
fn the_proof_tries_rows_that_keep_the_conditions() {
    let tables =
        |kind: Column| [table("t", [text("id"), kind.check("kind IN ('open', 'done')")]).key(&["id"])];
    let mut database = Database::with(&tables(text("kind")));
    let careless = "
        CREATE TABLE n (id TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'open' CHECK (kind IN ('open', 'done')),
            PRIMARY KEY (id)) STRICT;
        INSERT INTO n (id) SELECT id FROM t;
        DROP TABLE t;
        ALTER TABLE n RENAME TO t;";
    database.migrations.push(Migration { number: 2, slug: "careless".into(), sql: careless.into() });
    let after = tables(text("kind").or(Literal::Text("open".into())));
    let error = super::prove_all(&database.migrations, &after.each_ref()).unwrap_err().to_string();
    assert!(
        error.contains("should be (id = '101', kind = 'done') and is (id = '101', kind = 'open')"),
        "{error}"
    );
}

#[test]
fn a_blob_and_a_boolean_take_conditions_too() {
    let with = |size: Column| {
        table(
            "t",
            [column("b", ColumnType::Blob), size, column("ok", ColumnType::Boolean).check("ok OR size > 3")],
        )
    };
    let mut database = Database::with(&[with(integer("size").generated("length(b)", true))]);
    database.migrate(&[with(integer("size").generated("length(b) + 1", true))], &[]).unwrap();
}
