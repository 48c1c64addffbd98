//! Values of a wrong type, out of bounds or none of a few.

use expect_test::expect;

use crate::{check_diagnostics, edited, edited_llm, with};

#[test]
fn a_type_that_is_no_string_is_told_so() {
    check_diagnostics(
        &edited(&[(r#"type = "d1""#, "type = 1")]),
        expect![[r#"
            error[wrong-type]: `bindings.DB.type` cannot be 1
              --> spec.toml:10:8
               |
            10 | type = 1
               |        ^
               |
               = help: expected one of: durable_object, d1, kv, r2, queue, service, rate_limit, analytics_engine, version_metadata, ai, assets

        "#]],
    );
}

#[test]
fn a_string_where_a_table_stands_is_told_so() {
    check_diagnostics(
        &edited(&[(r#"columns.backend_id = { type = "text" }"#, r#"columns.backend_id = "text""#)]),
        expect![[r#"
            error[wrong-type]: `tables.stores.columns.backend_id` is a string
              --> spec.toml:37:22
               |
            37 | columns.backend_id = "text"
               |                      ^^^^^^ expected a table

        "#]],
    );
}

#[test]
fn a_string_where_a_form_stands_is_told_so() {
    check_diagnostics(
        &edited(&[(
            r#"[bindings.DB]
type = "d1"
database = "app-prod""#,
            r#"[bindings]
DB = "app-prod""#,
        )]),
        expect![[r#"
            error[wrong-type]: `bindings.DB` is a string
              --> spec.toml:10:6
               |
            10 | DB = "app-prod"
               |      ^^^^^^^^^^ expected a table

        "#]],
    );
}

#[test]
fn a_string_where_a_section_stands_is_told_so() {
    check_diagnostics(
        &format!(
            "relay = \"DB\"\n{}",
            edited(&[(
                r#"[relay]
store = "DB"
table = "events"
stores_table = "stores"
"#,
                ""
            )])
        ),
        expect![[r#"
            error[wrong-type]: `relay` is a string
             --> spec.toml:1:9
              |
            1 | relay = "DB"
              |         ^^^^ expected a table

        "#]],
    );
}

#[test]
fn one_table_where_a_list_of_tables_stands_is_told_how_to_write_it() {
    check_diagnostics(
        &edited(&[("[[routes]]", "[routes]")]),
        expect![[r#"
        error[wrong-type]: `routes` is a table
          --> spec.toml:13:1
           |
        13 | [routes]
           | ^^^^^^^^ expected an array
           |
           = help: write `[[routes]]`, in two brackets

    "#]],
    );
}

#[test]
fn an_integer_where_a_string_stands_does_not_keep_the_rest_from_being_checked() {
    check_diagnostics(
        &edited(&[
            (r#"database = "app-prod""#, "database = 3"),
            (r#"binding = "SYNC""#, r#"binding = "SYNK""#),
        ]),
        expect![[r#"
            error[wrong-type]: `bindings.DB.database` is an integer
              --> spec.toml:11:12
               |
            11 | database = 3
               |            ^ expected a string
               |
               = help: put it in quotes

            error[unknown-binding]: `bindings.SYNK` is not declared
              --> spec.toml:16:11
               |
            16 | binding = "SYNK"
               |           ^^^^^^
               |
               = help: did you mean `SYNC`?

        "#]],
    );
}

#[test]
fn a_broken_key_of_the_worker_does_not_keep_the_rest_from_being_checked() {
    check_diagnostics(
        &edited(&[(r#"name = "app""#, "name = 3"), (r#"binding = "SYNC""#, r#"binding = "SYNK""#)]),
        expect![[r#"
            error[wrong-type]: `worker.name` is an integer
             --> spec.toml:2:8
              |
            2 | name = 3
              |        ^ expected a string
              |
              = help: put it in quotes

            error[unknown-binding]: `bindings.SYNK` is not declared
              --> spec.toml:16:11
               |
            16 | binding = "SYNK"
               |           ^^^^^^
               |
               = help: did you mean `SYNC`?

        "#]],
    );
}

#[test]
fn a_string_where_true_or_false_stands_is_told_so() {
    check_diagnostics(
        &edited(&[("nullable = true", r#"nullable = "yes""#)]),
        expect![[r#"
        error[wrong-type]: `tables.events.columns.args.nullable` is a string
          --> spec.toml:29:44
           |
        29 | columns.args = { type = "json", nullable = "yes" }
           |                                            ^^^^^ expected true or false

    "#]],
    );
}

#[test]
fn a_float_where_an_integer_stands_is_told_so() {
    check_diagnostics(
        &edited_llm(&[("max_length = 200", "max_length = 1.5")]),
        expect![[r#"
            error[wrong-type]: `tools.create_task.parameters.title.max_length` is a float
              --> spec.toml:56:52
               |
            56 | parameters.title = { type = "string", max_length = 1.5 }
               |                                                    ^^^ expected an integer

        "#]],
    );
}

#[test]
fn a_whole_number_written_as_a_float_is_told_so() {
    check_diagnostics(
        &edited_llm(&[("max_length = 200", "max_length = 200.0")]),
        expect![[r#"
            error[wrong-type]: `tools.create_task.parameters.title.max_length` is a float
              --> spec.toml:56:52
               |
            56 | parameters.title = { type = "string", max_length = 200.0 }
               |                                                    ^^^^^ expected an integer

        "#]],
    );
}

#[test]
fn a_number_in_quotes_is_told_to_leave_them_out() {
    check_diagnostics(
        &edited_llm(&[("max_length = 200", r#"max_length = "200""#)]),
        expect![[r#"
            error[wrong-type]: `tools.create_task.parameters.title.max_length` is a string
              --> spec.toml:56:52
               |
            56 | parameters.title = { type = "string", max_length = "200" }
               |                                                    ^^^^^ expected an integer
               |
               = help: leave the quotes out

        "#]],
    );
}

#[test]
fn a_string_where_a_list_stands_is_told_how_to_write_it() {
    check_diagnostics(
        &edited(&[(r#"primary_key = ["store_id"]"#, r#"primary_key = "store_id""#)]),
        expect![[r#"
            error[wrong-type]: `tables.stores.primary_key` is a string
              --> spec.toml:35:15
               |
            35 | primary_key = "store_id"
               |               ^^^^^^^^^^ expected an array
               |
               = help: write `["store_id"]`

        "#]],
    );
}

#[test]
fn a_negative_length_is_out_of_range() {
    check_diagnostics(
        &edited_llm(&[("max_length = 200", "max_length = -1")]),
        expect![[r#"
            error[out-of-range]: `tools.create_task.parameters.title.max_length` cannot be -1
              --> spec.toml:56:52
               |
            56 | parameters.title = { type = "string", max_length = -1 }
               |                                                    ^^ expected 0 or more

        "#]],
    );
}

#[test]
fn a_length_beyond_32_bits_is_out_of_range() {
    check_diagnostics(
        &edited_llm(&[("max_length = 200", "max_length = 4294967296")]),
        expect![[r#"
            error[out-of-range]: `tools.create_task.parameters.title.max_length` cannot be 4294967296
              --> spec.toml:56:52
               |
            56 | parameters.title = { type = "string", max_length = 4294967296 }
               |                                                    ^^^^^^^^^^ expected 4294967295 or less

        "#]],
    );
}

#[test]
fn a_word_that_is_none_of_a_few_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[web]
directory = "dist"
not_found = "spaa"
[bindings.ASSETS]
type = "assets"
"#,
        ),
        expect![[r#"
            error[invalid-value]: `web.not_found` cannot be "spaa"
              --> spec.toml:42:13
               |
            42 | not_found = "spaa"
               |             ^^^^^^
               |
               = help: did you mean `spa`?

        "#]],
    );
}

#[test]
fn an_empty_list_where_one_is_needed_is_told_so() {
    check_diagnostics(
        &edited_llm(&[(r#"models = ["gpt-4o-mini"]"#, "models = []")]),
        expect![[r#"
            error[out-of-range]: `llm.models` is empty
              --> spec.toml:51:10
               |
            51 | models = []
               |          ^^ expected at least one item

        "#]],
    );
}

#[test]
fn a_table_without_columns_is_told_so() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns = {}
"#,
        ),
        expect![[r#"
            error[out-of-range]: `tables.tasks.columns` is empty
              --> spec.toml:42:11
               |
            42 | columns = {}
               |           ^^ expected at least one key

        "#]],
    );
}

#[test]
fn an_item_of_a_wrong_type_is_underlined_alone() {
    check_diagnostics(
        &edited(&[(r#"["store_id", "seq_num"]"#, r#"["store_id", 2]"#)]),
        expect![[r#"
        error[wrong-type]: `tables.events.primary_key[1]` is an integer
          --> spec.toml:24:28
           |
        24 | primary_key = ["store_id", 2]
           |                            ^ expected a string
           |
           = help: put it in quotes

    "#]],
    );
}

#[test]
fn a_default_that_is_a_list_is_told_what_it_may_be() {
    check_diagnostics(
        &edited(&[(
            r#"columns.backend_id = { type = "text" }"#,
            r#"columns.backend_id = { type = "text", default = ["a"] }"#,
        )]),
        expect![[r#"
            error[wrong-type]: `tables.stores.columns.backend_id.default` is an array
              --> spec.toml:37:49
               |
            37 | columns.backend_id = { type = "text", default = ["a"] }
               |                                                 ^^^^^ expected a boolean, a number or a string

        "#]],
    );
}

#[test]
fn a_variable_that_is_a_list_is_told_what_a_variable_is() {
    check_diagnostics(
        &with(
            r#"
[vars]
LIMIT = []
"#,
        ),
        expect![[r#"
            error[wrong-type]: `vars.LIMIT` is an array
              --> spec.toml:41:9
               |
            41 | LIMIT = []
               |         ^^ expected a boolean, a number or a string

        "#]],
    );
}

#[test]
fn a_value_of_several_lines_is_underlined_in_its_first() {
    check_diagnostics(
        &edited(&[
            (
                r#"["store_id", "seq_num"]"#,
                r#"[
  "store_id",
  "seq_num",
]"#,
            ),
            (
                "[tables.stores]",
                r#"[tables.stores]
renamed_from = [
  "a",
]"#,
            ),
        ]),
        expect![[r#"
            error[wrong-type]: `tables.stores.renamed_from` is an array
              --> spec.toml:38:16
               |
            38 | renamed_from = [
               |                ^ expected a string

        "#]],
    );
}
