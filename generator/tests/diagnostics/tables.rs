//! Tables, their columns, their keys and their databases.

use expect_test::expect;

use crate::{check_diagnostics, edited, reading, with};

#[test]
fn a_table_without_a_key_is_a_warning() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            warning[table-without-key]: `tasks` has no primary key
              --> spec.toml:40:9
               |
            40 | [tables.tasks]
               |         ^^^^^
               |
               = help: without one, rows cannot be told apart: add `primary_key = ["…"]`

        "#]],
    );
}

#[test]
fn a_column_of_the_key_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["ids"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[unknown-column]: `tasks` has no column `ids`
              --> spec.toml:41:16
               |
            41 | primary_key = ["ids"]
               |                ^^^^^
               |
               = help: did you mean `id`?

        "#]],
    );
}

#[test]
fn a_column_listed_twice_in_the_key_is_shown_twice() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id", "id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `id` is listed twice
              --> spec.toml:41:22
               |
            41 | primary_key = ["id", "id"]
               |                ----  ^^^^
               |                |
               |                first listed here

        "#]],
    );
}

#[test]
fn a_column_listed_twice_in_an_index_is_shown_twice_whatever_its_order() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
indexes.tasks_twice = { columns = ["id", "id desc"], unique = true }
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `id` is listed twice
              --> spec.toml:43:42
               |
            43 | indexes.tasks_twice = { columns = ["id", "id desc"], unique = true }
               |                                    ----  ^^^^^^^^^
               |                                    |
               |                                    first listed here

        "#]],
    );
}

#[test]
fn a_key_that_may_be_null_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid", nullable = true }
"#,
        ),
        expect![[r#"
            error[invalid-value]: the key's column `id` may be NULL
              --> spec.toml:41:16
               |
            41 | primary_key = ["id"]
               |                ^^^^
            42 | columns.id = { type = "uuid", nullable = true }
               |              ---------------------------------- declared here
               |
               = help: a column of the key is never `nullable`

        "#]],
    );
}

#[test]
fn a_table_name_with_a_capital_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.Tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[invalid-name]: "Tasks" cannot name a table
              --> spec.toml:40:9
               |
            40 | [tables.Tasks]
               |         ^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn a_column_name_with_a_dash_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.due-date = { type = "text" }
"#,
        ),
        expect![[r#"
            error[invalid-name]: "due-date" cannot name a column
              --> spec.toml:43:9
               |
            43 | columns.due-date = { type = "text" }
               |         ^^^^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn a_table_name_of_sqlite_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.sqlite_tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[invalid-name]: names that start with `sqlite_` belong to the database
              --> spec.toml:40:9
               |
            40 | [tables.sqlite_tasks]
               |         ^^^^^^^^^^^^
               |
               = help: choose another name

        "#]],
    );
}

#[test]
fn a_default_of_another_type_is_shown_with_the_type() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.done = { type = "boolean", default = 0 }
"#,
        ),
        expect![[r#"
            error[default-type]: 0 is no value of type `boolean`
              --> spec.toml:43:46
               |
            43 | columns.done = { type = "boolean", default = 0 }
               |                         ---------            ^
               |                         |
               |                         the column's type
               |
               = help: write `true` or `false`

        "#]],
    );
}

#[test]
fn a_default_of_bytes_is_told_that_there_is_none() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.body = { type = "blob", default = "x" }
"#,
        ),
        expect![[r#"
            error[default-type]: "x" is no value of type `blob`
              --> spec.toml:43:43
               |
            43 | columns.body = { type = "blob", default = "x" }
               |                         ------            ^^^
               |                         |
               |                         the column's type
               |
               = help: bytes have no default: leave it out

        "#]],
    );
}

#[test]
fn a_column_type_of_sql_is_told_all_types() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.count = { type = "bigint" }
"#,
        ),
        expect![[r#"
            error[invalid-value]: `tables.tasks.columns.count.type` cannot be "bigint"
              --> spec.toml:43:26
               |
            43 | columns.count = { type = "bigint" }
               |                          ^^^^^^^^
               |
               = help: expected one of: integer, real, text, blob, boolean, timestamp, json, uuid

        "#]],
    );
}

#[test]
fn a_database_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
database = "BD"
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[unknown-binding]: `bindings.BD` is not declared
              --> spec.toml:41:12
               |
            41 | database = "BD"
               |            ^^^^
               |
               = help: did you mean `DB`?

        "#]],
    );
}

#[test]
fn a_database_that_is_an_object_is_shown_with_its_type() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
database = "SYNC"
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[wrong-binding-type]: `SYNC` is no D1 database
              --> spec.toml:41:12
               |
             6 | type = "durable_object"
               |        ---------------- declared here
            ...
            41 | database = "SYNC"
               |            ^^^^^^
               |
               = help: name `DB` instead

        "#]],
    );
}

#[test]
fn a_spec_without_a_database_is_told_once_what_to_add() {
    check_diagnostics(
        &edited(&[(
            r#"[bindings.DB]
type = "d1"
database = "app-prod"
"#,
            "",
        )]),
        expect![[r#"
            error[unknown-binding]: `bindings.DB` is not declared
              --> spec.toml:16:9
               |
            16 | store = "DB"
               |         ^^^^
               |
               = help: declare `[bindings.DB]` with `type = "d1"`

        "#]],
    );
}

#[test]
fn a_table_among_several_databases_names_its_own() {
    check_diagnostics(
        &with(
            r#"
[bindings.OTHER]
type = "d1"
database = "other"
"#,
        ),
        expect![[r#"
            error[missing-key]: `tables.events` needs the key `database`
              --> spec.toml:23:9
               |
            23 | [tables.events]
               |         ^^^^^^
               |
               = help: there are several: DB, OTHER

            error[missing-key]: `tables.stores` needs the key `database`
              --> spec.toml:34:9
               |
            34 | [tables.stores]
               |         ^^^^^^
               |
               = help: there are several: DB, OTHER

            warning[unused-binding]: nothing uses the binding `OTHER`
              --> spec.toml:40:11
               |
            40 | [bindings.OTHER]
               |           ^^^^^
               |
               = help: remove it, or say with `description = "…"` what your own code uses it for

        "#]],
    );
}

#[test]
fn more_columns_than_d1_takes_are_refused() {
    check_diagnostics(
        &with(&format!("[tables.wide]\nprimary_key = [\"c0\"]\n{}", columns(101))),
        expect![[r#"
            error[out-of-range]: `wide` has 101 columns; D1 takes 100
              --> spec.toml:40:9
               |
            40 | [tables.wide]
               |         ^^^^
               |
               = help: split the table, or keep several values in one column of type `json`

        "#]],
    );
}

fn columns(count: usize) -> String {
    (0..count).map(|index| format!("columns.c{index} = {{ type = \"text\" }}\n")).collect()
}

#[test]
fn a_check_that_sqlite_cannot_read_is_shown_where_it_stands() {
    check_diagnostics(
        &with(
            r#"
[tables.notes]
primary_key = ["id"]
columns.id = { type = "uuid", check = "length(id" }
"#,
        ),
        expect![[r#"
            error[invalid-expression]: `tables.notes.columns.id.check` has a `(` that nothing closes
              --> spec.toml:42:39
               |
            42 | columns.id = { type = "uuid", check = "length(id" }
               |                                       ^^^^^^^^^^^
               |
               = help: each `(` needs a `)` after it

        "#]],
    );
}

#[test]
fn a_computed_column_takes_no_default() {
    check_diagnostics(
        &with(
            r#"
[tables.notes]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.size = { type = "integer", default = 0, generated = { expression = "length(id)" } }
"#,
        ),
        expect![[r#"
            error[generated-column]: a computed column has no `default`
              --> spec.toml:43:36
               |
            43 | columns.size = { type = "integer", default = 0, generated = { expression = "length(id)" } }
               |                                    ^^^^^^^      --------- computed here
               |
               = help: leave out `default` or `generated`

        "#]],
    );
}

#[test]
fn a_time_in_another_form_than_its_column_is_warned_of() {
    check_diagnostics(
        &with(
            r#"
[tables.notes]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.made = { type = "timestamp", default_expression = "CURRENT_TIMESTAMP" }
"#,
        ),
        expect![[r#"
            warning[default-format]: `CURRENT_TIMESTAMP` gives no time as `timestamp` columns write it
              --> spec.toml:43:59
               |
            43 | columns.made = { type = "timestamp", default_expression = "CURRENT_TIMESTAMP" }
               |                                                           ^^^^^^^^^^^^^^^^^^^
               |
               = help: `2026-01-31T09:00:00.000Z` comes from `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`; or make the column of type `text`

        "#]],
    );
}

#[test]
fn a_default_in_another_form_than_its_column_is_told_of_the_form() {
    check_diagnostics(
        &with(
            r#"
[tables.notes]
primary_key = ["id"]
columns.id = { type = "uuid", default = "zz" }
columns.more = { type = "json", default = "{" }
columns.made = { type = "timestamp", default = "yesterday" }
columns.seen = { type = "timestamp", default = "2026-13-45T00:00:00Z" }
columns.fine = { type = "json", default = "{}" }
columns.good = { type = "timestamp", default = "2026-01-31T09:00:00.000Z" }
columns.none = { type = "uuid", default = "00000000-0000-0000-0000-000000000000" }
"#,
        ),
        expect![[r#"
            warning[default-format]: "zz" is no UUID
              --> spec.toml:42:41
               |
            42 | columns.id = { type = "uuid", default = "zz" }
               |                                         ^^^^
               |
               = help: write it as `0b7c7dd2-5c1f-4b0e-9a43-2f6a3c1d9e10`, or make the column of type `text`

            error[default-type]: "{" is no JSON
              --> spec.toml:43:43
               |
            43 | columns.more = { type = "json", default = "{" }
               |                                           ^^^
               |
               = help: write JSON within the quotes, as in `'{"open": true}'`, `'[]'` or `'"text"'`

            warning[default-format]: "yesterday" is no time as `timestamp` columns write it
              --> spec.toml:44:48
               |
            44 | columns.made = { type = "timestamp", default = "yesterday" }
               |                                                ^^^^^^^^^^^
               |
               = help: write it as `2026-01-31T09:00:00.000Z`, or make the column of type `text`

            warning[default-format]: "2026-13-45T00:00:00Z" is no time as `timestamp` columns write it
              --> spec.toml:45:48
               |
            45 | columns.seen = { type = "timestamp", default = "2026-13-45T00:00:00Z" }
               |                                                ^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: write it as `2026-01-31T09:00:00.000Z`, or make the column of type `text`

        "#]],
    );
}

#[test]
fn a_default_that_no_migration_carries_is_shown_where_it_stands() {
    check_diagnostics(
        &with(
            r#"
[tables.notes]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.body = { type = "text", default = "a\r\nb" }
columns.head = { type = "text", default_expression = "'a' || '\r'" }
"#,
        ),
        expect![[r#"
            error[invalid-value]: the default has a carriage return, which a migration's file cannot carry
              --> spec.toml:43:43
               |
            43 | columns.body = { type = "text", default = "a\r\nb" }
               |                                           ^^^^^^^^
               |
               = help: take out `\r`; a line ends in `\n` alone

            error[invalid-value]: the default has a carriage return, which a migration's file cannot carry
              --> spec.toml:44:54
               |
            44 | columns.head = { type = "text", default_expression = "'a' || '\r'" }
               |                                                      ^^^^^^^^^^^^^
               |
               = help: take out `\r`; a line ends in `\n` alone

        "#]],
    );
    let long = with(&format!(
        "[tables.notes]\nprimary_key = [\"id\"]\ncolumns.id = {{ type = \"uuid\" }}\n\
         [tables.notes.columns.body]\ntype = \"text\"\ndefault = \"{}\"\n",
        "x".repeat(120_000)
    ));
    let said = reading(&long);
    let said: Vec<String> =
        said.diagnostics.iter().map(|it| format!("{:?} {} {:?}", it.code, it.message, it.place)).collect();
    expect![[r#"OutOfRange the default has 120000 bytes, and the most is 90000 Value(SpecPath([Key("tables"), Key("notes"), Key("columns"), Key("body"), Key("default")]))"#]].assert_eq(&said.join("\n"));
}

#[test]
fn a_table_takes_no_name_of_a_function_that_stands_where_tables_do() {
    check_diagnostics(
        &with(
            r#"
[tables.json_each]
primary_key = ["id"]
columns.id = { type = "uuid" }

[tables.pragma_table_list]
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[invalid-name]: `json_each` is a function of SQLite that stands where a table does
              --> spec.toml:40:9
               |
            40 | [tables.json_each]
               |         ^^^^^^^^^
               |
               = help: choose another name; statements could not call the function any more

            error[invalid-name]: `pragma_table_list` is a function of SQLite that stands where a table does
              --> spec.toml:44:9
               |
            44 | [tables.pragma_table_list]
               |         ^^^^^^^^^^^^^^^^^
               |
               = help: choose another name; statements could not call the function any more

        "#]],
    );
}
