//! Rebuilds keep the rows that the rebuild in every textbook loses.

use expect_test::expect;

use super::build::{integer, table, text};
use super::{Database, apply, ask};
use crate::migrate::{MigrateError, Migration, prove_all};
use crate::model::tables::{Action, Column, Literal, Table};

/// The usual recipe: one table made anew on its own, with foreign keys on, as D1 has them.
const NAIVE: &str = "
    CREATE TABLE \"__new_a\" (\"id\" TEXT NOT NULL, \"n\" INTEGER NOT NULL DEFAULT 5, PRIMARY KEY (\"id\")) STRICT;
    INSERT INTO \"__new_a\" (\"id\", \"n\") SELECT \"id\", \"n\" FROM \"a\";
    PRAGMA defer_foreign_keys = ON;
    DROP TABLE \"a\";
    ALTER TABLE \"__new_a\" RENAME TO \"a\";";

fn a(n: Column) -> Table {
    table("a", [text("id"), n]).key(&["id"])
}

fn chain(n: Column) -> [Table; 3] {
    [
        a(n),
        table("b", [text("id"), text("a").to("a", "id", Action::Cascade)]).key(&["id"]),
        table("c", [text("id"), text("b").null().to("b", "id", Action::SetNull)]).key(&["id"]),
    ]
}

const CHAIN_ROWS: &str = "
    INSERT INTO a VALUES ('a1', 1), ('a2', 2);
    INSERT INTO b VALUES ('b1', 'a1'), ('b2', 'a1'), ('b3', 'a2');
    INSERT INTO c VALUES ('c1', 'b1'), ('c2', 'b3'), ('c3', NULL);";

fn changed() -> Column {
    integer("n").or(Literal::Integer(5))
}

#[test]
fn the_naive_rebuild_loses_the_rows_of_children() {
    let connection = Database::with(&chain(integer("n"))).open();
    connection.execute_batch(CHAIN_ROWS).unwrap();
    apply(&connection, NAIVE).unwrap();
    assert_eq!(ask(&connection, "SELECT count(*) AS value FROM a"), ["2"]);
    assert_eq!(ask(&connection, "SELECT count(*) AS value FROM b"), ["0"]);
    assert_eq!(ask(&connection, "SELECT b AS value FROM c"), ["NULL", "NULL", "NULL"]);
}

#[test]
fn the_naive_rebuild_is_not_proven() {
    let mut database = Database::with(&chain(integer("n")));
    database.migrations.push(Migration { number: 2, slug: "naive".into(), sql: NAIVE.into() });
    let after = chain(changed());
    let error = prove_all(&database.migrations, &after.iter().collect::<Vec<_>>()).unwrap_err();
    let MigrateError::Unproven { file, difference } = error else { panic!("{error}") };
    assert_eq!(file, "0002_naive.sql");
    assert_eq!(difference, "`b` had 5 rows and has 0");
}

#[test]
fn a_chain_of_three_keeps_every_row() {
    let mut database = Database::with(&chain(integer("n")));
    let connection = database.open();
    connection.execute_batch(CHAIN_ROWS).unwrap();
    let planned = database.migrate(&chain(changed()), &[]).unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT id || n AS value FROM a"), ["'a11'", "'a22'"]);
    assert_eq!(ask(&connection, "SELECT id || a AS value FROM b"), ["'b1a1'", "'b2a1'", "'b3a2'"]);
    assert_eq!(ask(&connection, "SELECT b AS value FROM c ORDER BY id"), ["'b1'", "'b3'", "NULL"]);
    connection.execute("DELETE FROM a WHERE id = 'a1'", []).unwrap();
    assert_eq!(ask(&connection, "SELECT id AS value FROM b"), ["'b3'"], "the cascade is still there");
}

#[test]
fn no_statement_of_a_rebuild_can_be_left_out() {
    let database = Database::with(&chain(integer("n")));
    let after = chain(changed());
    let planned = database.plan(&after, &[]).unwrap().unwrap();
    let statements: Vec<&str> = planned.migration.sql.split_inclusive(";\n").collect();
    assert_eq!(statements.len(), 12);
    for left_out in 0..statements.len() {
        let mut sql = statements.clone();
        sql.remove(left_out);
        let mut migrations = database.migrations.clone();
        migrations.push(Migration { sql: sql.concat(), ..planned.migration.clone() });
        let proven = prove_all(&migrations, &after.iter().collect::<Vec<_>>());
        assert!(proven.is_err(), "without {}", statements[left_out]);
    }
}

#[test]
fn a_copy_that_mixes_up_two_columns_is_not_proven() {
    let tables = |n: Column| [table("t", [text("id"), text("x"), text("y"), n]).key(&["id"])];
    let database = Database::with(&tables(integer("n")));
    let after = tables(changed());
    let planned = database.plan(&after, &[]).unwrap().unwrap();
    let mixed = planned.migration.sql.replace(r#"SELECT "id", "x", "y""#, r#"SELECT "id", "y", "x""#);
    assert_ne!(mixed, planned.migration.sql);
    let mut migrations = database.migrations.clone();
    migrations.push(Migration { sql: mixed, ..planned.migration });
    let error = prove_all(&migrations, &after.iter().collect::<Vec<_>>()).unwrap_err();
    assert!(error.to_string().contains("a row of `t` should be ("), "{error}");
}

#[test]
fn a_rename_is_proven_from_the_header_when_the_spec_has_forgotten_it() {
    let parent = || table("p", [text("id")]).key(&["id"]);
    let new = |t: Table, column: Column| {
        [parent(), Table { columns: vec![text("id"), column.to("p", "id", Action::Refuse)], ..t }]
    };
    let child = || table("child", [text("id")]).key(&["id"]);
    let mut database = Database::with(&[parent(), table("old", [text("id"), text("x")]).key(&["id"])]);
    let planned = database.migrate(&new(child().was("old"), text("y").was("x")), &[]).unwrap();
    let forgotten = new(child(), text("y"));
    let prove = |sql: String| {
        let new = Migration { sql, ..planned.migration.clone() };
        prove_all(&[database.migrations[0].clone(), new], &forgotten.each_ref())
    };
    assert_eq!(prove(planned.migration.sql.clone()), Ok(()));
    let copies = r#"SELECT "id", "y""#;
    let lossy = prove(planned.migration.sql.replace(copies, r#"SELECT "id", (SELECT max(id) FROM p)"#));
    assert!(lossy.unwrap_err().to_string().contains("a row of `child` should be"));
}

#[test]
fn a_table_that_refers_to_itself_keeps_every_row() {
    for action in [Action::Refuse, Action::Restrict, Action::Cascade, Action::SetNull, Action::SetDefault] {
        let tables =
            |n: Column| [table("a", [text("id"), text("up").null().to("a", "id", action), n]).key(&["id"])];
        let mut database = Database::with(&tables(integer("n")));
        let connection = database.open();
        connection
            .execute_batch("INSERT INTO a VALUES ('x', 'y', 1), ('y', 'x', 2), ('z', 'z', 3), ('r', NULL, 4)")
            .unwrap();
        let planned = database.migrate(&tables(changed()), &[]).unwrap();
        apply(&connection, &planned.migration.sql).unwrap();
        assert_eq!(ask(&connection, "SELECT up AS value FROM a ORDER BY id"), ["NULL", "'y'", "'x'", "'z'"]);
    }
}

#[test]
fn rows_that_must_refer_to_their_own_table_keep_none_from_going() {
    let up = || text("up").to("a", "id", Action::Restrict);
    let tables = |n: Column| [table("a", [text("id"), up(), n]).key(&["id"])];
    let mut database = Database::with(&tables(integer("n")));
    let connection = database.open();
    connection
        .execute_batch(
            "INSERT INTO a VALUES ('x', 'x', 1), ('y', 'x', 2); UPDATE a SET up = 'y' WHERE id = 'x'",
        )
        .unwrap();
    let planned = database.migrate(&tables(changed()), &[]).unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT up AS value FROM a ORDER BY id"), ["'y'", "'x'"]);
}

#[test]
fn a_reference_that_keeps_no_row_from_going_stays_while_others_let_go() {
    // A value that its check would refuse must not be put in its place.
    let code = || text("code").null().unique().check("code IN ('x', 'y')").to("a", "id", Action::Refuse);
    let up = || text("up").null().to("a", "code", Action::Restrict);
    let tables = |n: Column| [table("a", [text("id"), code(), up(), n]).key(&["id"])];
    let mut database = Database::with(&tables(integer("n")));
    let connection = database.open();
    connection
        .execute_batch("INSERT INTO a VALUES ('x', 'x', 'x', 1), ('y', 'y', 'x', 2), ('z', NULL, 'y', 3)")
        .unwrap();
    let planned = database.migrate(&tables(changed()), &[]).unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT up AS value FROM a ORDER BY id"), ["'x'", "'x'", "'y'"]);
}

#[test]
fn a_partial_index_keeps_no_row_of_a_ring_from_letting_go() {
    let tables = |n: Column| {
        let a = table("a", [text("id"), text("b").to("b", "id", Action::Refuse), n]).key(&["id"]);
        let b = table("b", [text("id"), text("a").null().to("a", "id", Action::Refuse), text("kind")]);
        [a, b.key(&["id"]).unique_where("one_root", &["kind"], "a IS NULL")]
    };
    let mut database = Database::with(&tables(integer("n")));
    let connection = database.open();
    connection
        .execute_batch(
            "INSERT INTO b VALUES ('b1', NULL, 'k'); INSERT INTO a VALUES ('a1', 'b1', 1); UPDATE b SET a = 'a1';
            INSERT INTO b VALUES ('b2', 'a1', 'k')",
        )
        .unwrap();
    let planned = database.migrate(&tables(changed()), &[]).unwrap();
    apply(&connection, &planned.migration.sql).unwrap();
    assert_eq!(ask(&connection, "SELECT a AS value FROM b ORDER BY id"), ["'a1'", "'a1'"]);
}

#[test]
fn tables_to_which_a_ring_refers_are_dropped_after_it_and_in_their_order() {
    let ring = |c: [Column; 2], d: [Column; 2]| {
        let [c1, c2] = c;
        let [d1, d2] = d;
        [table("c", [text("k").unique(), c1, c2]), table("d", [text("x"), d1, d2]).key(&["x"])]
    };
    let [c, d] = ring(
        [text("b").to("b", "x", Action::Refuse), text("d").to("d", "x", Action::Refuse)],
        [text("c").to("c", "k", Action::Refuse), text("up").unique().to("d", "x", Action::Restrict)],
    );
    let c = Table {
        columns: c.columns.into_iter().chain([text("a").to("a", "id", Action::Restrict)]).collect(),
        ..c
    };
    let before = [
        table("a", [text("id")]).key(&["id"]),
        table("b", [text("x").unique(), text("a").to("a", "id", Action::Refuse)]),
        c,
        d,
    ];
    let after = ring(
        [text("b"), text("d").to("d", "x", Action::Refuse)],
        [text("c").to("c", "k", Action::Refuse), text("up").unique()],
    );
    let mut database = Database::with(&before);
    let planned = database.migrate(&after, &["a", "b", "c.a"]).unwrap();
    let sql = &planned.migration.sql;
    let place =
        |name: &str| sql.find(&format!("DROP TABLE \"{name}\"")).unwrap_or_else(|| panic!("{name}: {sql}"));
    assert!(place("c") < place("b") && place("d") < place("b") && place("b") < place("a"), "{sql}");
}

#[test]
fn a_ring_of_tables_keeps_every_row() {
    for (key, action) in [
        (["id"].as_slice(), Action::Refuse),
        (&["id"], Action::Cascade),
        (&["id"], Action::SetNull),
        (&["other"], Action::Refuse),
        (&[], Action::Refuse),
    ] {
        let tables = |n: Column| {
            let a = table(
                "a",
                [integer("id").unique(), integer("b").null().to("b", "id", action), n, integer("other")],
            );
            let b = table("b", [integer("id"), integer("a").to("a", "id", action)]).key(&["id"]);
            [a.key(key), b, table("leaf", [integer("b").to("b", "id", action)])]
        };
        let mut database = Database::with(&tables(integer("n")));
        let connection = database.open();
        connection
            .execute_batch(
                "INSERT INTO a VALUES (2, NULL, 1, 7), (1, NULL, 2, 8), (3, NULL, 3, 9);
                 DELETE FROM a WHERE id = 3;
                 INSERT INTO b VALUES (10, 1), (20, 2);
                 UPDATE a SET b = 10 * (3 - id);
                 INSERT INTO leaf VALUES (10), (10), (20);",
            )
            .unwrap();
        let planned = database.migrate(&tables(changed()), &[]).unwrap();
        apply(&connection, &planned.migration.sql).unwrap();
        assert_eq!(ask(&connection, "SELECT b AS value FROM a ORDER BY id"), ["20", "10"], "{key:?}");
        assert_eq!(ask(&connection, "SELECT a AS value FROM b ORDER BY id"), ["1", "2"]);
        assert_eq!(ask(&connection, "SELECT b AS value FROM leaf ORDER BY 1"), ["10", "10", "20"]);
    }
}

#[test]
fn a_ring_that_lets_no_row_in_can_still_be_opened() {
    let tables = |back: Column| {
        let a = table("a", [text("id"), back.to("b", "id", Action::Refuse)]).key(&["id"]);
        [a, table("b", [text("id"), text("a").to("a", "id", Action::Refuse)]).key(&["id"])]
    };
    let mut database = Database::with(&tables(text("b")));
    let planned = database.migrate(&tables(text("b").null()), &[]).unwrap();
    let warned = planned.hazards.iter().any(|hazard| hazard.to_string().contains("in a ring"));
    assert!(warned, "{:?}", planned.hazards);
    database.migrate(&tables(text("b").null().unique()), &[]).unwrap();
}

#[test]
fn a_ring_of_tables_that_act_on_themselves_is_dropped_over_a_stand_in() {
    let up = |table: &str| text("up").null().to(table, "id", Action::Cascade);
    let a = table("a", [text("id"), up("a"), text("b").null().to("b", "id", Action::Refuse)]).key(&["id"]);
    let b = table("b", [text("id"), up("b"), text("a").to("a", "id", Action::Refuse)]).key(&["id"]);
    let rest = table("rest", [text("id")]).key(&["id"]);
    let mut database = Database::with(&[a, b, rest.clone()]);
    let planned = database.migrate(&[rest], &["a", "b"]).unwrap();
    let (_, body) = planned.migration.sql.split_once("\n\n").unwrap();
    expect![[r#"
        -- The old tables, those that refer before those referred to.
        UPDATE "a" SET "b" = NULL;

        DELETE FROM "b";

        DELETE FROM "a";

        DROP TABLE "b";

        -- Without rows, until the last of these tables is dropped.
        CREATE TABLE "b" ("id", UNIQUE ("id"));

        DROP TABLE "a";

        DROP TABLE "b";
    "#]]
    .assert_eq(body);
}

#[test]
fn dropping_a_ring_needs_no_order() {
    for action in [Action::Refuse, Action::Cascade, Action::SetNull] {
        let a = table("a", [text("id"), text("b").null().to("b", "id", action)]).key(&["id"]);
        let b = table("b", [text("id"), text("a").null().to("a", "id", action)]).key(&["id"]);
        let rest = table("rest", [text("id")]).key(&["id"]);
        let mut database = Database::with(&[a, b, rest.clone()]);
        database.migrate(&[rest], &["a", "b"]).unwrap();
    }
}
