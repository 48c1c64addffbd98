//! Names that would end a quoted text elsewhere: in SQL, Rust, JSONC or a shell.

use expect_test::expect;

use crate::{check_diagnostics, edited, edited_llm, with, with_llm};

#[test]
fn a_table_that_would_end_a_statement_of_sql_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables."t (a); DROP TABLE events; --"]
primary_key = ["id"]
columns.id = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[invalid-name]: "t (a); DROP TABLE events; --" cannot name a table
              --> spec.toml:40:9
               |
            40 | [tables."t (a); DROP TABLE events; --"]
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn a_column_that_would_end_a_quoted_name_of_sql_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id\" TEXT); --"]
columns."id\" TEXT); --" = { type = "uuid" }
"#,
        ),
        expect![[r#"
            error[invalid-name]: "id\" TEXT); --" cannot name a column
              --> spec.toml:42:9
               |
            42 | columns."id\" TEXT); --" = { type = "uuid" }
               |         ^^^^^^^^^^^^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn an_index_that_would_end_a_quoted_name_of_sql_is_refused() {
    check_diagnostics(
        &with(
            r#"
[tables.tasks]
primary_key = ["id"]
columns.id = { type = "uuid" }
indexes."x`; DROP TABLE events" = { columns = ["id"] }
"#,
        ),
        expect![[r#"
            error[invalid-name]: "x`; DROP TABLE events" cannot name an index
              --> spec.toml:43:9
               |
            43 | indexes."x`; DROP TABLE events" = { columns = ["id"] }
               |         ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn a_class_that_would_end_an_item_of_rust_is_refused() {
    check_diagnostics(
        &edited(&[(r#"class = "Sync""#, r#"class = "Sync; pub fn main() {}""#)]),
        expect![[r#"
            error[invalid-name]: "Sync; pub fn main() {}" cannot name a class
             --> spec.toml:7:9
              |
            7 | class = "Sync; pub fn main() {}"
              |         ^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: use letters and digits, starting with a capital

        "#]],
    );
}

#[test]
fn a_class_that_would_hide_what_the_worker_uses_is_refused() {
    check_diagnostics(
        &edited(&[(r#"class = "Sync""#, r#"class = "Self""#)]),
        expect![[r#"
        error[invalid-name]: "Self" cannot name a class
         --> spec.toml:7:9
          |
        7 | class = "Self"
          |         ^^^^^^
          |
          = help: use a name that the platform has not given to something of its own

    "#]],
    );
    check_diagnostics(
        &edited(&[(r#"class = "Sync""#, r#"class = "Error""#)]),
        expect![[r#"
        error[invalid-name]: "Error" cannot name a class
         --> spec.toml:7:9
          |
        7 | class = "Error"
          |         ^^^^^^^
          |
          = help: use a name that the platform has not given to something of its own

    "#]],
    );
}

#[test]
fn a_tool_that_would_end_a_string_of_rust_is_refused() {
    check_diagnostics(
        &with_llm(
            r##"
[tools."a\"#; panic!()"]
description = "x"
"##,
        ),
        expect![[r##"
            error[invalid-name]: "a\"#; panic!()" cannot name a tool
              --> spec.toml:58:8
               |
            58 | [tools."a\"#; panic!()"]
               |        ^^^^^^^^^^^^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

            warning[unused-tool]: no route offers the tool `a"#; panic!()`
              --> spec.toml:58:8
               |
            58 | [tools."a\"#; panic!()"]
               |        ^^^^^^^^^^^^^^^^

        "##]],
    );
}

#[test]
fn a_parameter_that_would_end_a_string_of_rust_is_refused() {
    check_diagnostics(
        &with_llm(
            r#"
[tools.create_task.parameters."a\", b: \""]
type = "boolean"
"#,
        ),
        expect![[r#"
            error[invalid-name]: "a\", b: \"" cannot name a parameter
              --> spec.toml:58:31
               |
            58 | [tools.create_task.parameters."a\", b: \""]
               |                               ^^^^^^^^^^^^
               |
               = help: use small letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn a_worker_that_would_end_a_string_of_jsonc_is_refused() {
    check_diagnostics(
        &edited(&[(r#"name = "app""#, r#"name = 'app", "main": "evil.js'"#)]),
        expect![[r#"
        error[invalid-name]: "app\", \"main\": \"evil.js" cannot name a worker
         --> spec.toml:2:8
          |
        2 | name = 'app", "main": "evil.js'
          |        ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: use small letters, digits and `-`, starting with a letter

    "#]],
    );
}

#[test]
fn a_binding_that_would_end_a_comment_of_jsonc_is_refused() {
    check_diagnostics(
        &with(
            r#"
[vars]
"A\n*/" = "x"
"#,
        ),
        expect![[r#"
            error[invalid-name]: "A\n*/" cannot name a binding
              --> spec.toml:41:1
               |
            41 | "A\n*/" = "x"
               | ^^^^^^^
               |
               = help: use capital letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn a_database_that_a_shell_would_run_is_refused() {
    check_diagnostics(
        &edited(&[(r#""app-prod""#, r#""app-prod; rm -rf ~""#)]),
        expect![[r#"
        error[invalid-name]: "app-prod; rm -rf ~" cannot name a D1 database
          --> spec.toml:11:12
           |
        11 | database = "app-prod; rm -rf ~"
           |            ^^^^^^^^^^^^^^^^^^^^
           |
           = help: use small letters, digits, `-` and `_`, starting with a letter

    "#]],
    );
}

#[test]
fn an_environment_that_a_shell_would_run_is_refused() {
    check_diagnostics(
        &with(
            r#"
[env."$(id)"]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
"#,
        ),
        expect![[r#"
            error[invalid-name]: "$(id)" cannot name an environment
              --> spec.toml:40:6
               |
            40 | [env."$(id)"]
               |      ^^^^^^^
               |
               = help: use small letters, digits and `-`, starting with a letter

        "#]],
    );
}

#[test]
fn a_folder_that_a_shell_would_run_is_refused() {
    check_diagnostics(
        &with(
            r#"
[web]
directory = "dist`id`"

[bindings.ASSETS]
type = "assets"
"#,
        ),
        expect![[r#"
            error[unsafe-path]: `web.directory` cannot be "dist`id`"
              --> spec.toml:41:13
               |
            41 | directory = "dist`id`"
               |             ^^^^^^^^^^
               |
               = help: name a folder below the spec's own, as in `web/dist`

        "#]],
    );
}

#[test]
fn a_path_that_would_end_a_string_is_refused() {
    check_diagnostics(
        &edited(&[(r#""/websocket""#, r#""/web\"socket""#)]),
        expect![[r#"
        error[invalid-path]: "/web\"socket" is no path of a route
          --> spec.toml:14:8
           |
        14 | path = "/web\"socket"
           |        ^^^^^^^^^^^^^^
           |
           = help: a path has letters, digits and `-._~/` alone, without query or fragment

    "#]],
    );
}

#[test]
fn a_name_that_turns_the_direction_of_text_is_shown_escaped() {
    check_diagnostics(
        &edited(&[(r#"name = "app""#, r#"name = "app\u202Egpj""#)]),
        expect![[r#"
        error[invalid-name]: "app\u{202e}gpj" cannot name a worker
         --> spec.toml:2:8
          |
        2 | name = "app\u202Egpj"
          |        ^^^^^^^^^^^^^^
          |
          = help: use small letters, digits and `-`, starting with a letter

    "#]],
    );
}

#[test]
fn a_name_longer_than_its_limit_is_refused() {
    check_diagnostics(
        &edited(&[("name = \"app\"", &format!("name = \"{}\"", "a".repeat(64)))]),
        expect![[r#"
            error[invalid-name]: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" cannot name a worker
             --> spec.toml:2:8
              |
            2 | name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: use at most 63 characters

        "#]],
    );
}

#[test]
fn a_name_that_is_empty_is_refused() {
    check_diagnostics(
        &edited(&[(r#"name = "app""#, r#"name = """#)]),
        expect![[r#"
        error[invalid-name]: "" cannot name a worker
         --> spec.toml:2:8
          |
        2 | name = ""
          |        ^^
          |
          = help: use small letters, digits and `-`, starting with a letter

    "#]],
    );
}

#[test]
fn a_name_that_is_a_command_for_the_terminal_is_spelt_out() {
    check_diagnostics(
        &edited_llm(&[("api_key = \"API_KEY\"", "api_key = \"API_KEY\"\nproject = \"\\u001B[31m\"")]),
        expect![[r#"
            error[unknown-var]: `vars."\u{1b}[31m"` is not declared
              --> spec.toml:53:11
               |
            53 | project = "\u001B[31m"
               |           ^^^^^^^^^^^^
               |
               = help: declare `\u{1b}[31m` under `[vars]`

        "#]],
    );
}
