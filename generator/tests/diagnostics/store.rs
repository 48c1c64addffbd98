//! Where the record of all events is.

use expect_test::expect;

use crate::{check_diagnostics, edited, reading};

const TABLES: &str = "store = \"DB\"\ntable = \"events\"\nstores_table = \"stores\"";

/// The small spec with other lines in `[relay]`, and without its tables and database.
fn without_database(relay: &str) -> String {
    let spec = edited(&[(TABLES, relay), ("[bindings.DB]\ntype = \"d1\"\ndatabase = \"app-prod\"\n", "")]);
    spec.split_once("[tables.events]").map(|(before, _)| before.to_owned()).unwrap_or_default()
}

#[test]
fn a_record_in_the_objects_needs_neither_database_nor_tables() {
    let spec = without_database("store = \"durable_object\"");
    check_diagnostics(&spec, expect![[""]]);
    assert!(reading(&spec).spec.is_some());
}

#[test]
fn tables_of_a_team_use_their_database_whatever_the_relay_uses() {
    check_diagnostics(&edited(&[(TABLES, "store = \"durable_object\"")]), expect![[""]]);
}

#[test]
fn a_database_that_neither_the_relay_nor_a_table_uses_is_called_unused() {
    check_diagnostics(
        &format!(
            "{}\n[bindings.OLD]\ntype = \"d1\"\ndatabase = \"old\"\n",
            without_database("store = \"durable_object\"")
        ),
        expect![[r#"
            warning[unused-binding]: nothing uses the binding `OLD`
              --> spec.toml:19:11
               |
            19 | [bindings.OLD]
               |           ^^^
               |
               = help: remove it, or say with `description = "…"` what your own code uses it for

        "#]],
    );
}

#[test]
fn tables_of_a_record_in_the_objects_are_called_needless() {
    check_diagnostics(
        &edited(&[("store = \"DB\"", "store = \"durable_object\"")]),
        expect![[r#"
            error[needless-key]: `table` names a table in D1, and nothing of the relay is there
              --> spec.toml:20:1
               |
            19 | store = "durable_object"
               |         ---------------- the record is in each store's own object
            20 | table = "events"
               | ^^^^^
               |
               = help: leave out `table`, or name the database of a copy with `mirror`

            error[needless-key]: `stores_table` names a table in D1, and nothing of the relay is there
              --> spec.toml:21:1
               |
            19 | store = "durable_object"
               |         ---------------- the record is in each store's own object
            20 | table = "events"
            21 | stores_table = "stores"
               | ^^^^^^^^^^^^
               |
               = help: leave out `stores_table`, or name the database of a copy with `mirror`

        "#]],
    );
}

#[test]
fn the_word_for_the_objects_is_told_to_who_misspells_it() {
    check_diagnostics(
        &edited(&[("store = \"DB\"", "store = \"durable_objects\"")]),
        expect![[r#"
        error[unknown-binding]: there is no store `durable_objects`
          --> spec.toml:19:9
           |
        19 | store = "durable_objects"
           |         ^^^^^^^^^^^^^^^^^
           |
           = help: did you mean `durable_object`?

    "#]],
    );
}

#[test]
fn a_record_in_a_database_needs_its_tables() {
    check_diagnostics(
        &edited(&[("table = \"events\"\nstores_table = \"stores\"\n", "")]),
        expect![[r#"
        error[missing-key]: `relay` needs the key `table`
          --> spec.toml:18:2
           |
        18 | [relay]
           |  ^^^^^
        19 | store = "DB"
           |         ---- the events are in D1
           |
           = help: `table = "events"`, and `[tables.events]` with the relay's columns

        error[missing-key]: `relay` needs the key `stores_table`
          --> spec.toml:18:2
           |
        18 | [relay]
           |  ^^^^^
        19 | store = "DB"
           |         ---- the events are in D1
           |
           = help: `stores_table = "stores"`, and `[tables.stores]` with the relay's columns

    "#]],
    );
}

#[test]
fn a_table_whose_name_is_no_text_is_not_missed_too() {
    check_diagnostics(
        &edited(&[("table = \"events\"\n", "table = 1\n")]),
        expect![[r#"
        error[wrong-type]: `relay.table` is an integer
          --> spec.toml:20:9
           |
        20 | table = 1
           |         ^ expected a string
           |
           = help: put it in quotes

    "#]],
    );
}

#[test]
fn objects_without_sqlite_cannot_hold_the_record() {
    check_diagnostics(
        &edited(&[
            (TABLES, "store = \"durable_object\""),
            ("class = \"Sync\"", "class = \"Sync\"\nstorage = \"kv\""),
        ]),
        expect![[r#"
            error[wrong-binding-type]: the objects of `SYNC` cannot hold the record: they have no SQLite
              --> spec.toml:8:11
               |
             8 | storage = "kv"
               |           ^^^^
            ...
            20 | store = "durable_object"
               |         ---------------- the record is to be there
               |
               = help: leave out `storage`; a class that was deployed with "kv" keeps it for ever: give the relay a new class then

        "#]],
    );
    check_diagnostics(&edited(&[("class = \"Sync\"", "class = \"Sync\"\nstorage = \"kv\"")]), expect![[""]]);
}

const MIRRORED: &str =
    "store = \"durable_object\"\nmirror = \"DB\"\ntable = \"events\"\nstores_table = \"stores\"";

#[test]
fn a_copy_of_the_objects_record_has_tables_in_its_database() {
    let spec = edited(&[(TABLES, MIRRORED)]);
    check_diagnostics(&spec, expect![[""]]);
    assert!(reading(&spec).spec.is_some());
}

#[test]
fn a_copy_without_its_tables_is_told_what_it_needs() {
    check_diagnostics(
        &edited(&[(TABLES, &MIRRORED.replace("\ntable = \"events\"", ""))]),
        expect![[r#"
            error[missing-key]: `relay` needs the key `table`
              --> spec.toml:18:2
               |
            18 | [relay]
               |  ^^^^^
            19 | store = "durable_object"
            20 | mirror = "DB"
               |          ---- a copy of the events is in D1
               |
               = help: `table = "events"`, and `[tables.events]` with the relay's columns

        "#]],
    );
}

#[test]
fn a_copy_in_a_database_that_is_not_declared_is_told_the_nearest() {
    check_diagnostics(
        &edited(&[(TABLES, &MIRRORED.replace("\"DB\"", "\"DBB\""))]),
        expect![[r#"
        error[unknown-binding]: `bindings.DBB` is not declared
          --> spec.toml:20:10
           |
        20 | mirror = "DBB"
           |          ^^^^^
           |
           = help: did you mean `DB`?

    "#]],
    );
}

#[test]
fn a_record_in_a_database_has_no_mirror() {
    check_diagnostics(
        &edited(&[("store = \"DB\"", "store = \"DB\"\nmirror = \"DB\"")]),
        expect![[r#"
        error[needless-key]: a mirror is a copy in D1 of what is in the objects, and here the record is in D1
          --> spec.toml:20:1
           |
        19 | store = "DB"
           |         ---- the record is here
        20 | mirror = "DB"
           | ^^^^^^
           |
           = help: leave out `mirror`, or write `store = "durable_object"`

    "#]],
    );
}
