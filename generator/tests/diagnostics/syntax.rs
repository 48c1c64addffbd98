//! Text that is not TOML, and values that TOML has and a spec does not.

use expect_test::expect;

use crate::{check_diagnostics, edited, edited_llm, with, with_llm};

#[test]
fn a_bracket_left_open_is_shown_in_its_line() {
    check_diagnostics(
        &edited(&[("[relay]", "[relay")]),
        expect![[r#"
        error[toml-syntax]: unclosed table, expected `]`
          --> spec.toml:18:7
           |
        18 | [relay
           |       ^

    "#]],
    );
}

#[test]
fn a_quote_left_open_is_shown_in_its_line() {
    check_diagnostics(
        &edited(&[(r#"name = "app""#, r#"name = "app"#)]),
        expect![[r#"
        error[toml-syntax]: invalid basic string, expected `"`
         --> spec.toml:2:12
          |
        2 | name = "app
          |            ^

    "#]],
    );
}

#[test]
fn every_mistake_of_syntax_is_reported_and_nothing_that_follows_from_it() {
    check_diagnostics(
        &edited(&[(r#"name = "app""#, "name = app"), (r#"store = "DB""#, r#"store "DB""#)]),
        expect![[r#"
            error[toml-syntax]: string values must be quoted, expected literal string
             --> spec.toml:2:8
              |
            2 | name = app
              |        ^^^

            error[toml-syntax]: key with no value, expected `=`
              --> spec.toml:19:7
               |
            19 | store "DB"
               |       ^

        "#]],
    );
}

#[test]
fn a_key_written_twice_is_told_so() {
    check_diagnostics(
        &edited(&[(
            r#"class = "Sync""#,
            r#"class = "Sync"
class = "Other""#,
        )]),
        expect![[r#"
            error[toml-syntax]: the key `class` is written twice
             --> spec.toml:8:1
              |
            8 | class = "Other"
              | ^^^^^

        "#]],
    );
}

#[test]
fn a_section_written_twice_is_told_once_whatever_is_in_it() {
    check_diagnostics(
        &with(
            r#"
[relay]
store = "DB"
"#,
        ),
        expect![[r#"
            error[toml-syntax]: the section `relay` is written twice
              --> spec.toml:40:2
               |
            40 | [relay]
               |  ^^^^^

        "#]],
    );
}

#[test]
fn an_empty_file_is_told_which_sections_it_needs() {
    check_diagnostics(
        "",
        expect![[r#"
            error[missing-key]: the spec needs the section `[worker]`
             --> spec.toml:1:1
              |
            1 |
              | ^
              |
              = help: add `[worker]` with `name` and `compatibility_date`

            error[missing-key]: the spec needs the section `[relay]`
             --> spec.toml:1:1
              |
            1 |
              | ^
              |
              = help: add `[relay]` with `store`

        "#]],
    );
}

#[test]
fn a_file_of_comments_alone_is_as_an_empty_one() {
    check_diagnostics(
        "# to do\n\n",
        expect![[r#"
            error[missing-key]: the spec needs the section `[worker]`
             --> spec.toml:1:1
              |
            1 | # to do
              | ^
              |
              = help: add `[worker]` with `name` and `compatibility_date`

            error[missing-key]: the spec needs the section `[relay]`
             --> spec.toml:1:1
              |
            1 | # to do
              | ^
              |
              = help: add `[relay]` with `store`

        "#]],
    );
}

#[test]
fn a_date_without_quotes_is_the_one_thing_said_of_its_key() {
    check_diagnostics(
        &edited(&[(r#""2026-04-01""#, "2026-04-01")]),
        expect![[r#"
        error[wrong-type]: a date stands in quotes here: "2026-04-01"
         --> spec.toml:3:22
          |
        3 | compatibility_date = 2026-04-01
          |                      ^^^^^^^^^^

    "#]],
    );
}

#[test]
fn an_integer_beyond_64_bits_is_the_one_thing_said_of_its_key() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.count]
type = "integer"
maximum = 9223372036854775808
"#,
        ),
        expect![[r#"
            error[wrong-type]: `9223372036854775808` is no 64-bit integer
              --> spec.toml:60:11
               |
            60 | maximum = 9223372036854775808
               |           ^^^^^^^^^^^^^^^^^^^

        "#]],
    );
}

#[test]
fn a_hexadecimal_integer_is_an_integer() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.count]
type = "integer"
maximum = 0xff
minimum = 0x1_00
"#,
        ),
        expect![[r#"
            error[out-of-range]: `maximum` (255) is below `minimum` (256)
              --> spec.toml:60:11
               |
            60 | maximum = 0xff
               |           ^^^^
            61 | minimum = 0x1_00
               |           ------ the lower bound

        "#]],
    );
}

#[test]
fn a_number_that_is_not_finite_is_refused() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters.share]
type = "number"
maximum = inf
"#,
        ),
        expect![[r#"
            error[wrong-type]: `inf` is no finite number
              --> spec.toml:60:11
               |
            60 | maximum = inf
               |           ^^^

        "#]],
    );
}

#[test]
fn a_list_item_that_cannot_be_read_leaves_the_others_their_places() {
    check_diagnostics(
        &edited_llm(&[(r#"["gpt-4o-mini"]"#, r#"[2026-01-01, "b", "a", "a"]"#)]),
        expect![[r#"
            error[wrong-type]: a date stands in quotes here: "2026-01-01"
              --> spec.toml:51:11
               |
            51 | models = [2026-01-01, "b", "a", "a"]
               |           ^^^^^^^^^^

        "#]],
    );
}
