//! Between tables and over time: foreign keys, indexes and old names.

use expect_test::expect;

use crate::{check_diagnostics, with};

#[test]
fn a_reference_to_a_table_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "text", references = { table = "store", column = "store_id" } }
"#,
        ),
        expect![[r#"
            error[unknown-table]: `tables.store` is not declared
              --> spec.toml:43:57
               |
            43 | columns.store = { type = "text", references = { table = "store", column = "store_id" } }
               |                                                         ^^^^^^^
               |
               = help: did you mean `stores`?

        "#]],
    );
}

#[test]
fn a_reference_to_a_column_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "text", references = { table = "stores", column = "store" } }
"#,
        ),
        expect![[r#"
            error[unknown-column]: `stores` has no column `store`
              --> spec.toml:43:76
               |
            43 | columns.store = { type = "text", references = { table = "stores", column = "store" } }
               |                                                                            ^^^^^^^
               |
               = help: did you mean `store_id`?

        "#]],
    );
}

#[test]
fn a_reference_to_a_column_that_is_not_unique_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "text", references = { table = "stores", column = "backend_id" } }
"#,
        ),
        expect![[r#"
            error[invalid-reference]: `stores.backend_id` is neither the key of its table nor unique
              --> spec.toml:43:47
               |
            37 | columns.backend_id = { type = "text" }
               |         ---------- declared here
            ...
            43 | columns.store = { type = "text", references = { table = "stores", column = "backend_id" } }
               |                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: make it `unique = true`, or refer to the key

        "#]],
    );
}

#[test]
fn a_reference_to_a_column_of_another_type_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "integer", references = { table = "stores", column = "store_id" } }
"#,
        ),
        expect![[r#"
            error[invalid-reference]: `stores.store_id` has another type
              --> spec.toml:43:50
               |
            36 | columns.store_id = { type = "text" }
               |         -------- declared here
            ...
            43 | columns.store = { type = "integer", references = { table = "stores", column = "store_id" } }
               |                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: give both columns the same type

        "#]],
    );
}

#[test]
fn a_reference_that_would_null_what_is_never_null_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "text", references = { table = "stores", column = "store_id", on_delete = "set_null" } }
"#,
        ),
        expect![[r#"
            error[invalid-reference]: `set_null` on a column that is never NULL
              --> spec.toml:43:47
               |
            43 | columns.store = { type = "text", references = { table = "stores", column = "store_id", on_delete = "set_null" } }
               |                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: make the column `nullable = true`, or choose `cascade` or `refuse`

        "#]],
    );
}

#[test]
fn a_key_that_deleting_another_row_would_change_is_refused_without_row_ids() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id", "parent"]
without_rowid = true
columns.id = { type = "integer" }
columns.number = { type = "integer", unique = true }

[tables.tasks.columns.parent]
type = "integer"
default = 0
references = { table = "tasks", column = "number", on_delete = "set_default" }
"#,
        ),
        expect![[r#"
            error[invalid-reference]: `tasks.number` cannot be referred to with `set_default` by the key of its own table `without_rowid`
              --> spec.toml:49:14
               |
            44 | columns.number = { type = "integer", unique = true }
               |         ------ declared here
            ...
            49 | references = { table = "tasks", column = "number", on_delete = "set_default" }
               |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: choose `cascade` or `refuse`, or leave out `without_rowid`

        "#]],
    );
}

#[test]
fn a_reference_without_a_column_is_told_so() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "text", references = { table = "stores" } }
"#,
        ),
        expect![[r#"
            error[missing-key]: `tables.tasks.columns.store.references` needs the key `column`
              --> spec.toml:43:34
               |
            43 | columns.store = { type = "text", references = { table = "stores" } }
               |                                  ^^^^^^^^^^
               |
               = help: `column = "id"`: its column: the key, or unique

        "#]],
    );
}

#[test]
fn an_action_that_there_is_not_is_told_all_actions() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "text", references = { table = "stores", column = "store_id", on_delete = "ignore" } }
"#,
        ),
        expect![[r#"
            error[invalid-value]: `tables.tasks.columns.store.references.on_delete` cannot be "ignore"
              --> spec.toml:43:100
               |
            43 | columns.store = { type = "text", references = { table = "stores", column = "store_id", on_delete = "ignore" } }
               |                                                                                                    ^^^^^^^^
               |
               = help: expected one of: refuse, restrict, cascade, set_null, set_default

        "#]],
    );
}

#[test]
fn an_index_over_a_column_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
indexes.by_id = { columns = ["idd"] }
"#,
        ),
        expect![[r#"
            error[unknown-column]: `tasks` has no column `idd`
              --> spec.toml:43:30
               |
            43 | indexes.by_id = { columns = ["idd"] }
               |                              ^^^^^
               |
               = help: did you mean `id`?

        "#]],
    );
}

#[test]
fn an_index_named_as_a_table_is_shown_with_it() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
indexes.stores = { columns = ["id"] }
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `stores` is taken: tables and indexes share their names
              --> spec.toml:43:9
               |
            34 | [tables.stores]
               |         ------ first declared here
            ...
            43 | indexes.stores = { columns = ["id"] }
               |         ^^^^^^
               |
               = help: name it after its table too, as in `tasks_stores`

        "#]],
    );
}

#[test]
fn two_indexes_of_one_name_are_both_shown() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
indexes.by_id = { columns = ["id"] }

[tables.notes]
primary_key = ["id"]
columns.id = { type = "uuid" }
indexes.by_id = { columns = ["id"] }
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `by_id` is taken: tables and indexes share their names
              --> spec.toml:48:9
               |
            43 | indexes.by_id = { columns = ["id"] }
               |         ----- first declared here
            ...
            48 | indexes.by_id = { columns = ["id"] }
               |         ^^^^^
               |
               = help: name it after its table too, as in `notes_by_id`

        "#]],
    );
}

#[test]
fn an_index_without_columns_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
indexes.by_id = { columns = [] }
"#,
        ),
        expect![[r#"
            error[out-of-range]: `tables.tasks.indexes.by_id.columns` is empty
              --> spec.toml:43:29
               |
            43 | indexes.by_id = { columns = [] }
               |                             ^^ expected at least one item

        "#]],
    );
}

#[test]
fn an_old_name_that_is_still_a_table_is_shown_with_it() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
renamed_from = "stores"
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `stores` cannot be the old name of `tasks`: it is still there
              --> spec.toml:41:16
               |
            34 | [tables.stores]
               |         ------ declared here
            ...
            41 | renamed_from = "stores"
               |                ^^^^^^^^
               |
               = help: remove `renamed_from` if nothing was renamed

        "#]],
    );
}

#[test]
fn an_old_name_that_is_still_a_column_is_shown_with_it() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.title = { type = "text" }
columns.name = { type = "text", renamed_from = "title" }
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `title` cannot be the old name of `name`: it is still there
              --> spec.toml:44:48
               |
            43 | columns.title = { type = "text" }
               |         ----- declared here
            44 | columns.name = { type = "text", renamed_from = "title" }
               |                                                ^^^^^^^
               |
               = help: remove `renamed_from` if nothing was renamed

        "#]],
    );
}

#[test]
fn a_reference_to_a_column_that_no_column_could_be_named_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.store = { type = "text", references = { table = "stores", column = "Store ID" } }
"#,
        ),
        expect![[r#"
            error[unknown-column]: `stores` has no column `Store ID`
              --> spec.toml:43:76
               |
            43 | columns.store = { type = "text", references = { table = "stores", column = "Store ID" } }
               |                                                                            ^^^^^^^^^^
               |
               = help: did you mean `store_id`?

        "#]],
    );
}

#[test]
fn two_tables_of_one_old_name_are_both_shown() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
renamed_from = "jobs"
primary_key = ["id"]
columns.id = { type = "uuid" }

[tables.notes]
renamed_from = "jobs"
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `jobs` cannot be the old name of `notes`: it is that of `tasks`
              --> spec.toml:46:16
               |
            41 | renamed_from = "jobs"
               |                ------ first used here
            ...
            46 | renamed_from = "jobs"
               |                ^^^^^^
               |
               = help: remove `renamed_from` if nothing was renamed

        "#]],
    );
}
