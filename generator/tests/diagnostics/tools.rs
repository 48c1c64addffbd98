//! Tools and their arguments.

use expect_test::expect;

use crate::{check_diagnostics, edited_llm, with_llm};

#[test]
fn a_tool_that_no_route_offers_is_a_warning() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.delete_task]
description = "Delete a task."
"#,
        ),
        expect![[r#"
            warning[unused-tool]: no route offers the tool `delete_task`
              --> spec.toml:58:8
               |
            58 | [tools.delete_task]
               |        ^^^^^^^^^^^

        "#]],
    );
}

#[test]
fn a_tool_without_words_for_the_model_is_refused() {
    check_diagnostics(
        &edited_llm(&[(r#""Add a task to the board.""#, r#""  ""#)]),
        expect![[r#"
            error[invalid-value]: the tool `create_task` has no description
              --> spec.toml:55:15
               |
            55 | description = "  "
               |               ^^^^
               |
               = help: the model chooses a tool by its description: say what it does

        "#]],
    );
}

#[test]
fn a_tool_without_a_description_is_told_an_example() {
    check_diagnostics(
        &edited_llm(&[("description = \"Add a task to the board.\"\n", "")]),
        expect![[r#"
            error[missing-key]: `tools.create_task` needs the key `description`
              --> spec.toml:54:8
               |
            54 | [tools.create_task]
               |        ^^^^^^^^^^^
               |
               = help: `description = "Add a task to the board."`: what it does, for the model

        "#]],
    );
}

#[test]
fn a_tool_name_with_a_dash_is_refused() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.delete-task]
description = "Delete a task."
"#,
        ),
        expect![[r#"
            error[invalid-name]: "delete-task" cannot name a tool
              --> spec.toml:58:8
               |
            58 | [tools.delete-task]
               |        ^^^^^^^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

            warning[unused-tool]: no route offers the tool `delete-task`
              --> spec.toml:58:8
               |
            58 | [tools.delete-task]
               |        ^^^^^^^^^^^

        "#]],
    );
}

#[test]
fn bounds_that_exclude_all_are_both_shown() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.count]
type = "integer"
minimum = 5
maximum = 1
"#,
        ),
        expect![[r#"
            error[out-of-range]: `maximum` (1) is below `minimum` (5)
              --> spec.toml:61:11
               |
            60 | minimum = 5
               |           - the lower bound
            61 | maximum = 1
               |           ^

        "#]],
    );
}

#[test]
fn lengths_that_exclude_all_are_both_shown() {
    check_diagnostics(
        &edited_llm(&[("max_length = 200", "min_length = 10, max_length = 2")]),
        expect![[r#"
            error[out-of-range]: `max_length` (2) is below `min_length` (10)
              --> spec.toml:56:69
               |
            56 | parameters.title = { type = "string", min_length = 10, max_length = 2 }
               |                                                    --               ^
               |                                                    |
               |                                                    the lower bound

        "#]],
    );
}

#[test]
fn a_list_of_values_with_a_length_is_refused() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.column]
type = "string"
enum = ["todo", "done"]
max_length = 4
"#,
        ),
        expect![[r#"
            error[invalid-value]: `tools.create_task.parameters.column` has both `enum` and `max_length`
              --> spec.toml:61:1
               |
            60 | enum = ["todo", "done"]
               | ---- the only values allowed
            61 | max_length = 4
               | ^^^^^^^^^^
               |
               = help: remove `max_length`

        "#]],
    );
}

#[test]
fn a_value_listed_twice_is_shown_twice() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.column]
type = "string"
enum = ["todo", "done", "todo"]
"#,
        ),
        expect![[r#"
            error[duplicate-name]: "todo" is listed twice
              --> spec.toml:60:25
               |
            60 | enum = ["todo", "done", "todo"]
               |         ------          ^^^^^^
               |         |
               |         first listed here

        "#]],
    );
}

#[test]
fn a_list_without_items_is_told_so() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.tags]
type = "array"
"#,
        ),
        expect![[r#"
            error[missing-key]: `tools.create_task.parameters.tags` needs the key `items`
              --> spec.toml:58:31
               |
            58 | [tools.create_task.parameters.tags]
               |                               ^^^^
               |
               = help: add `items.type`

        "#]],
    );
}

#[test]
fn a_misspelt_type_within_a_list_is_told_the_nearest() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.tags]
type = "array"
items = { type = "strng" }
"#,
        ),
        expect![[r#"
            error[invalid-value]: `tools.create_task.parameters.tags.items.type` cannot be "strng"
              --> spec.toml:60:18
               |
            60 | items = { type = "strng" }
               |                  ^^^^^^^
               |
               = help: did you mean `string`?

        "#]],
    );
}

#[test]
fn an_unknown_key_within_a_list_within_a_group_is_underlined_alone() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.extra]
type = "object"
properties.tags = { type = "array", items = { type = "string", maxlength = 3 } }
"#,
        ),
        expect![[r#"
            error[unknown-key]: `tools.create_task.parameters.extra.properties.tags.items` has no key `maxlength`
              --> spec.toml:60:64
               |
            60 | properties.tags = { type = "array", items = { type = "string", maxlength = 3 } }
               |                                                                ^^^^^^^^^
               |
               = help: did you mean `max_length`?

        "#]],
    );
}

#[test]
fn an_item_that_may_be_left_out_is_refused() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.tags]
type = "array"
items = { type = "string", optional = true }
"#,
        ),
        expect![[r#"
            error[invalid-value]: an item of a list cannot be left out
              --> spec.toml:60:28
               |
            60 | items = { type = "string", optional = true }
               |                            ^^^^^^^^
               |
               = help: remove `optional`

        "#]],
    );
}

#[test]
fn an_empty_group_is_refused() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.extra]
type = "object"
properties = {}
"#,
        ),
        expect![[r#"
            error[out-of-range]: `tools.create_task.parameters.extra.properties` is empty
              --> spec.toml:60:14
               |
            60 | properties = {}
               |              ^^ expected at least one key

        "#]],
    );
}

#[test]
fn arguments_nested_deeper_than_a_model_takes_are_refused() {
    check_diagnostics(
        &with_llm(&format!("[tools.create_task.parameters.deep]\n{}", nested(11))),
        expect![[r#"
            error[out-of-range]: arguments nest at most 10 deep
              --> spec.toml:60:235
               |
            60 | ... "array", items = { type = "array", items = { type = "array", items = { type = "boolean" } } } } } } } } } }
               |                                                                  ^^^^^
               |
               = help: models refuse more: make it flatter

        "#]],
    );
}

#[test]
fn bounds_that_javascript_rounds_are_refused() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.count]
type = "integer"
maximum = 9_007_199_254_740_992

[tools.create_task.parameters.share]
type = "number"
minimum = -1e16
"#,
        ),
        expect![[r#"
            error[out-of-range]: `maximum` is beyond the numbers that JavaScript tells apart
              --> spec.toml:60:11
               |
            60 | maximum = 9_007_199_254_740_992
               |           ^^^^^^^^^^^^^^^^^^^^^
               |
               = help: keep it between -9007199254740991 and 9007199254740991, or leave it out

            error[out-of-range]: `minimum` is beyond the numbers that JavaScript tells apart
              --> spec.toml:64:11
               |
            64 | minimum = -1e16
               |           ^^^^^
               |
               = help: keep it between -9007199254740991 and 9007199254740991, or leave it out

        "#]],
    );
}

#[test]
fn more_arguments_than_a_model_takes_are_refused() {
    let fields: Vec<_> = (0..100).map(|at| format!("f{at} = {{ type = \"boolean\" }}")).collect();
    let group = format!("{{ type = \"object\", properties = {{ {} }} }}", fields.join(", "));
    let groups: Vec<_> = (0..50).map(|at| format!("g{at} = {group}")).collect();
    check_diagnostics(
        &with_llm(&format!(
            "[tools.many]\ndescription = \"Takes much.\"\n[tools.many.parameters]\n{}",
            groups.join("\n")
        )),
        expect![[r#"
            warning[unused-tool]: no route offers the tool `many`
              --> spec.toml:58:8
               |
            58 | [tools.many]
               |        ^^^^

            error[out-of-range]: a tool has at most 5000 arguments at all levels together, not 5050
              --> spec.toml:58:8
               |
            58 | [tools.many]
               |        ^^^^
               |
               = help: models refuse more: make several tools of it

        "#]],
    );
}

/// A list of lists, `depth` deep.
fn nested(depth: usize) -> String {
    match depth {
        1 => "type = \"boolean\"".to_owned(),
        _ => format!("type = \"array\"\nitems = {{ {} }}", nested(depth - 1).replace('\n', ", ")),
    }
}
