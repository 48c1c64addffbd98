//! Further environments.

use expect_test::expect;

use crate::{check_diagnostics, with};

#[test]
fn a_database_shared_with_the_main_environment_is_refused() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
"#,
        ),
        expect![[r#"
            error[shared-resource]: `env.staging` would write to the main environment's database `app-prod`
              --> spec.toml:40:6
               |
            11 | database = "app-prod"
               |            ---------- declared here
            ...
            40 | [env.staging]
               |      ^^^^^^^
               |
               = help: give it one of its own: `bindings.DB.database = "app-prod-…"`

        "#]],
    );
}

#[test]
fn a_database_of_the_same_name_is_shown_with_the_first() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-prod"
"#,
        ),
        expect![[r#"
            error[shared-resource]: the database `app-prod` is taken
              --> spec.toml:42:24
               |
            11 | database = "app-prod"
               |            ---------- first used here
            ...
            42 | bindings.DB.database = "app-prod"
               |                        ^^^^^^^^^^
               |
               = help: give each environment its own

        "#]],
    );
}

#[test]
fn a_worker_of_the_same_name_is_shown_with_the_first() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app"
bindings.DB.database = "app-staging"
"#,
        ),
        expect![[r#"
            error[shared-resource]: the worker `app` is taken
              --> spec.toml:41:15
               |
             2 | name = "app"
               |        ----- first used here
            ...
            41 | worker.name = "app"
               |               ^^^^^
               |
               = help: give each environment its own

        "#]],
    );
}

#[test]
fn two_environments_of_one_database_id_are_both_shown() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
bindings.DB = { database = "app-staging", id = "0a-1b" }

[env.test]
worker.name = "app-test"
bindings.DB = { database = "app-test", id = "0a-1b" }
"#,
        ),
        expect![[r#"
            error[shared-resource]: the database id `0a-1b` is taken
              --> spec.toml:46:45
               |
            42 | bindings.DB = { database = "app-staging", id = "0a-1b" }
               |                                                ------- first used here
            ...
            46 | bindings.DB = { database = "app-test", id = "0a-1b" }
               |                                             ^^^^^^^
               |
               = help: give each environment its own

        "#]],
    );
}

#[test]
fn a_binding_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
bindings.BD.database = "app-more"
"#,
        ),
        expect![[r#"
            error[unknown-binding]: `bindings.BD` is not declared
              --> spec.toml:43:10
               |
            43 | bindings.BD.database = "app-more"
               |          ^^
               |
               = help: did you mean `DB`?

        "#]],
    );
}

#[test]
fn a_binding_that_is_no_database_is_shown_with_its_type() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
bindings.SYNC.database = "app-more"
"#,
        ),
        expect![[r#"
            error[wrong-binding-type]: `SYNC` is a Durable Object, which is the same in every environment
              --> spec.toml:43:10
               |
             6 | type = "durable_object"
               |        ---------------- declared here
            ...
            43 | bindings.SYNC.database = "app-more"
               |          ^^^^
               |
               = help: remove it: each environment's worker has its own anyway

        "#]],
    );
}

#[test]
fn a_variable_that_is_not_declared_is_told_how_to_declare_it() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
vars.LOG_LEVEL = "debug"
"#,
        ),
        expect![[r#"
            error[unknown-var]: `vars.LOG_LEVEL` is not declared
              --> spec.toml:43:6
               |
            43 | vars.LOG_LEVEL = "debug"
               |      ^^^^^^^^^
               |
               = help: declare `LOG_LEVEL` under `[vars]` first

        "#]],
    );
}

#[test]
fn a_variable_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &with(
            r#"
[vars]
LOG_LEVEL = "info"

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
vars.LOG_LEVL = "debug"
"#,
        ),
        expect![[r#"
            error[unknown-var]: `vars.LOG_LEVL` is not declared
              --> spec.toml:46:6
               |
            46 | vars.LOG_LEVL = "debug"
               |      ^^^^^^^^
               |
               = help: did you mean `LOG_LEVEL`?

        "#]],
    );
}

#[test]
fn an_environment_without_a_worker_is_told_so() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
bindings.DB.database = "app-staging"
"#,
        ),
        expect![[r#"
            error[missing-key]: `env.staging` needs the key `worker`
              --> spec.toml:40:6
               |
            40 | [env.staging]
               |      ^^^^^^^
               |
               = help: add `worker.name`

        "#]],
    );
}

#[test]
fn an_environment_with_routes_is_told_what_may_differ() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
routes = []
"#,
        ),
        expect![[r#"
            error[unknown-key]: `env.staging` has no key `routes`
              --> spec.toml:43:1
               |
            43 | routes = []
               | ^^^^^^
               |
               = help: its keys are: worker, bindings, vars

        "#]],
    );
}

#[test]
fn an_environment_name_with_a_capital_is_refused() {
    check_diagnostics(
        &with(
            r#"
[env.Staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
"#,
        ),
        expect![[r#"
            error[invalid-name]: "Staging" cannot name an environment
              --> spec.toml:40:6
               |
            40 | [env.Staging]
               |      ^^^^^^^
               |
               = help: use small letters, digits and `-`, starting with a letter

        "#]],
    );
}

#[test]
fn a_zone_route_does_not_take_all_of_another_environments_domain() {
    check_diagnostics(
        &with(
            r#"
[env.staging]
worker.name = "app-staging"
worker.domains = ["a.example.com", "c.example.com"]
bindings.DB.database = "app-staging"

[env.test]
worker.name = "app-test"
worker.zone_routes = [
  { pattern = "a.example.com/*", zone = "example.com" },
  { pattern = "c.example.com/test/*", zone = "example.com" },
]
bindings.DB.database = "app-test"
"#,
        ),
        expect![[r#"
            error[shared-resource]: the zone route `a.example.com/*` is taken
              --> spec.toml:48:15
               |
            42 | worker.domains = ["a.example.com", "c.example.com"]
               |                   --------------- first used here
            ...
            48 |   { pattern = "a.example.com/*", zone = "example.com" },
               |               ^^^^^^^^^^^^^^^^^
               |
               = help: give each environment its own

        "#]],
    );
}
