//! Bindings, variables and secrets.

use expect_test::expect;

use crate::{check_diagnostics, edited, with, with_llm};

#[test]
fn a_name_with_small_letters_is_told_the_alphabet() {
    check_diagnostics(
        &with(
            r#"
[vars]
log_level = "info"
"#,
        ),
        expect![[r#"
            error[invalid-name]: "log_level" cannot name a binding
              --> spec.toml:41:1
               |
            41 | log_level = "info"
               | ^^^^^^^^^
               |
               = help: use capital letters, digits and `_`, starting with a letter

        "#]],
    );
}

#[test]
fn a_class_in_snake_case_is_told_the_alphabet() {
    check_diagnostics(
        &edited(&[(r#"class = "Sync""#, r#"class = "sync_object""#)]),
        expect![[r#"
        error[invalid-name]: "sync_object" cannot name a class
         --> spec.toml:7:9
          |
        7 | class = "sync_object"
          |         ^^^^^^^^^^^^^
          |
          = help: use letters and digits, starting with a capital

    "#]],
    );
}

#[test]
fn a_binding_and_a_variable_of_one_name_are_both_shown() {
    check_diagnostics(
        &with(
            r#"
[vars]
DB = "x"
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `vars.DB` and `bindings.DB` are one name in the worker's environment
              --> spec.toml:41:1
               |
             9 | [bindings.DB]
               |           -- also declared here
            ...
            41 | DB = "x"
               | ^^
               |
               = help: give one of them another name

        "#]],
    );
}

#[test]
fn a_variable_and_a_secret_of_one_name_are_both_shown() {
    check_diagnostics(
        &with_llm(
            r#"
[vars]
API_KEY = "x"
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `secrets.API_KEY` and `vars.API_KEY` are one name in the worker's environment
              --> spec.toml:40:10
               |
            40 | [secrets.API_KEY]
               |          ^^^^^^^
            ...
            59 | API_KEY = "x"
               | ------- also declared here
               |
               = help: give one of them another name

        "#]],
    );
}

#[test]
fn two_bindings_of_one_class_are_both_shown() {
    check_diagnostics(
        &with(
            r#"
[bindings.OTHER]
type = "durable_object"
class = "Sync"
"#,
        ),
        expect![[r#"
            warning[unused-binding]: nothing uses the binding `OTHER`
              --> spec.toml:40:11
               |
            40 | [bindings.OTHER]
               |           ^^^^^
               |
               = help: remove it, or say with `description = "…"` what your own code uses it for

            error[duplicate-name]: two bindings have the class `Sync`
              --> spec.toml:42:9
               |
             7 | class = "Sync"
               |         ------ first bound here
            ...
            42 | class = "Sync"
               |         ^^^^^^
               |
               = help: give each binding a class of its own, or remove one

        "#]],
    );
}

#[test]
fn a_database_that_nothing_uses_is_a_warning() {
    check_diagnostics(
        &edited(&[
            (
                "[tables.events]",
                r#"[bindings.OTHER]
type = "d1"
database = "other"

[tables.events]
database = "DB""#,
            ),
            (
                "[tables.stores]",
                r#"[tables.stores]
database = "DB""#,
            ),
        ]),
        expect![[r#"
            warning[unused-binding]: nothing uses the binding `OTHER`
              --> spec.toml:23:11
               |
            23 | [bindings.OTHER]
               |           ^^^^^
               |
               = help: remove it, or say with `description = "…"` what your own code uses it for

        "#]],
    );
}

#[test]
fn assets_of_a_web_app_with_a_mistake_are_not_called_unused() {
    check_diagnostics(
        &with(
            r#"
[web]
folder = "dist"

[bindings.ASSETS]
type = "assets"
"#,
        ),
        expect![[r#"
            error[missing-key]: `web` needs the key `directory`
              --> spec.toml:40:2
               |
            40 | [web]
               |  ^^^
               |
               = help: `directory = "web/dist"`: the folder of built files, relative to the spec

            error[unknown-key]: `web` has no key `folder`
              --> spec.toml:41:1
               |
            41 | folder = "dist"
               | ^^^^^^
               |
               = help: its keys are: directory, build, not_found, html_handling, worker_first, api, cache, security, headers

        "#]],
    );
}

#[test]
fn a_durable_object_that_nothing_uses_is_a_warning() {
    check_diagnostics(
        &with(
            r#"
[bindings.OTHER]
type = "durable_object"
class = "Other"
"#,
        ),
        expect![[r#"
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
fn a_secret_that_nothing_reads_is_a_warning() {
    check_diagnostics(
        &with(
            r#"
[secrets.TOKEN]
description = "A token"
"#,
        ),
        expect![[r#"
            warning[unused-secret]: nothing reads the secret `TOKEN`
              --> spec.toml:40:10
               |
            40 | [secrets.TOKEN]
               |          ^^^^^

        "#]],
    );
}

#[test]
fn assets_without_a_web_app_are_told_what_to_add() {
    check_diagnostics(
        &with(
            r#"
[bindings.ASSETS]
type = "assets"
"#,
        ),
        expect![[r#"
            error[missing-section]: static assets need the section `web`
              --> spec.toml:40:11
               |
            40 | [bindings.ASSETS]
               |           ^^^^^^
               |
               = help: add `[web]` with the folder to serve, or remove the binding

        "#]],
    );
}

#[test]
fn a_second_binding_of_assets_is_shown_with_the_first() {
    check_diagnostics(
        &with(
            r#"
[web]
directory = "dist"

[bindings.ASSETS]
type = "assets"

[bindings.FILES]
type = "assets"
"#,
        ),
        expect![[r#"
            error[duplicate-name]: a worker has one binding of static assets
              --> spec.toml:46:11
               |
            43 | [bindings.ASSETS]
               |           ------ the first is here
            ...
            46 | [bindings.FILES]
               |           ^^^^^
               |
               = help: remove one of them

        "#]],
    );
}

#[test]
fn an_id_that_is_no_id_is_told_where_ids_come_from() {
    check_diagnostics(
        &edited(&[(
            r#"database = "app-prod""#,
            r#"database = "app-prod"
id = "the prod one""#,
        )]),
        expect![[r#"
            error[invalid-value]: "the prod one" is no id of a D1 database
              --> spec.toml:12:6
               |
            12 | id = "the prod one"
               |      ^^^^^^^^^^^^^^
               |
               = help: `wrangler d1 list` shows the ids; without one, the first deploy makes the database

        "#]],
    );
}
