//! The worker and its web app.

use expect_test::expect;

use crate::{check_diagnostics, edited, with};

#[test]
fn a_day_that_no_calendar_has_is_refused() {
    check_diagnostics(
        &edited(&[("2026-04-01", "2026-02-30")]),
        expect![[r#"
        error[invalid-date]: `2026-02-30` is no date
         --> spec.toml:3:22
          |
        3 | compatibility_date = "2026-02-30"
          |                      ^^^^^^^^^^^^
          |
          = help: write it as YYYY-MM-DD

    "#]],
    );
}

#[test]
fn a_date_in_another_order_is_refused() {
    check_diagnostics(
        &edited(&[("2026-04-01", "01.04.2026")]),
        expect![[r#"
        error[invalid-date]: `01.04.2026` is no date
         --> spec.toml:3:22
          |
        3 | compatibility_date = "01.04.2026"
          |                      ^^^^^^^^^^^^
          |
          = help: write it as YYYY-MM-DD

    "#]],
    );
}

#[test]
fn a_worker_name_with_a_capital_is_refused() {
    check_diagnostics(
        &edited(&[(r#"name = "app""#, r#"name = "App""#)]),
        expect![[r#"
        error[invalid-name]: "App" cannot name a worker
         --> spec.toml:2:8
          |
        2 | name = "App"
          |        ^^^^^
          |
          = help: use small letters, digits and `-`, starting with a letter

    "#]],
    );
}

#[test]
fn a_flag_with_a_space_is_refused() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
compatibility_flags = ["nodejs compat"]"#,
        )]),
        expect![[r#"
            error[invalid-value]: "nodejs compat" is no compatibility flag
             --> spec.toml:4:24
              |
            4 | compatibility_flags = ["nodejs compat"]
              |                        ^^^^^^^^^^^^^^^
              |
              = help: use letters, digits, `_` and `-`

        "#]],
    );
}

#[test]
fn flags_that_workerd_does_not_take_together_are_refused() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
compatibility_flags = [
  "enable_request_signal", "nodejs_compat", "streams_enable_constructors",
  "nodejs_compat",
  "disable_request_signal",
  "no_nodejs_compat",
  "streams_disable_constructors",
  "disable_ctx_exports",
]"#,
        )]),
        expect![[r#"
            error[duplicate-name]: the compatibility flag "nodejs_compat" is listed twice
             --> spec.toml:6:3
              |
            5 |   "enable_request_signal", "nodejs_compat", "streams_enable_constructors",
              |                            --------------- first listed here
            6 |   "nodejs_compat",
              |   ^^^^^^^^^^^^^^^
              |
              = help: remove one of them

            error[invalid-value]: the compatibility flag "disable_request_signal" contradicts one before it
             --> spec.toml:7:3
              |
            5 |   "enable_request_signal", "nodejs_compat", "streams_enable_constructors",
              |   ----------------------- the contrary
            6 |   "nodejs_compat",
            7 |   "disable_request_signal",
              |   ^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: keep one of them

            error[invalid-value]: the compatibility flag "no_nodejs_compat" contradicts one before it
             --> spec.toml:8:3
              |
            5 |   "enable_request_signal", "nodejs_compat", "streams_enable_constructors",
              |                            --------------- the contrary
            ...
            8 |   "no_nodejs_compat",
              |   ^^^^^^^^^^^^^^^^^^
              |
              = help: keep one of them

            error[invalid-value]: the compatibility flag "streams_disable_constructors" contradicts one before it
             --> spec.toml:9:3
              |
            5 |   "enable_request_signal", "nodejs_compat", "streams_enable_constructors",
              |                                             ----------------------------- the contrary
            ...
            9 |   "streams_disable_constructors",
              |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: keep one of them

        "#]],
    );
}

#[test]
fn a_folder_outside_the_project_is_refused() {
    check_diagnostics(
        &with(
            r#"
[web]
directory = "../dist"

[bindings.ASSETS]
type = "assets"
"#,
        ),
        expect![[r#"
            error[unsafe-path]: `web.directory` cannot be "../dist"
              --> spec.toml:41:13
               |
            41 | directory = "../dist"
               |             ^^^^^^^^^
               |
               = help: name a folder below the spec's own, as in `web/dist`

        "#]],
    );
}

#[test]
fn an_absolute_folder_is_refused() {
    check_diagnostics(
        &with(
            r#"
[web]
directory = "/srv/dist"

[bindings.ASSETS]
type = "assets"
"#,
        ),
        expect![[r#"
            error[unsafe-path]: `web.directory` cannot be "/srv/dist"
              --> spec.toml:41:13
               |
            41 | directory = "/srv/dist"
               |             ^^^^^^^^^^^
               |
               = help: name a folder below the spec's own, as in `web/dist`

        "#]],
    );
}

#[test]
fn a_web_app_without_a_binding_of_assets_is_told_how_to_add_one() {
    check_diagnostics(
        &with(
            r#"
[web]
directory = "dist"
"#,
        ),
        expect![[r#"
            error[missing-binding]: `web` needs a binding of type `assets`
              --> spec.toml:40:2
               |
            40 | [web]
               |  ^^^
               |
               = help: add `[bindings.ASSETS]` with `type = "assets"`

        "#]],
    );
}

#[test]
fn a_cron_expression_that_cloudflare_would_refuse_is_shown() {
    check_diagnostics(
        &edited(&[(
            "[bindings.SYNC]",
            "crons = [\"60 * * * *\"]\nhandlers = [\"scheduled\"]\n\n[bindings.SYNC]",
        )]),
        expect![[r#"
            error[invalid-cron]: "60 * * * *" is no cron expression
             --> spec.toml:5:10
              |
            5 | crons = ["60 * * * *"]
              |          ^^^^^^^^^^^^
              |
              = help: `60` is no minute: 0 to 59

        "#]],
    );
}

#[test]
fn a_time_that_nothing_waits_for_is_told_what_it_needs() {
    check_diagnostics(
        &edited(&[("[bindings.SYNC]", "crons = [\"0 3 * * *\"]\n\n[bindings.SYNC]")]),
        expect![[r#"
            error[missing-handler]: a cron trigger calls a `scheduled` handler, and the runtime has none
             --> spec.toml:5:1
              |
            5 | crons = ["0 3 * * *"]
              | ^^^^^
              |
              = help: write one in `runtime/src/shell/` with `#[worker::event(scheduled)]` and add `handlers = ["scheduled"]` to `[worker]`, or give the trigger to a worker of its own

        "#]],
    );
}

#[test]
fn a_worker_that_nobody_can_reach_is_told_so() {
    check_diagnostics(
        &edited(&[("[bindings.SYNC]", "workers_dev = false\n\n[bindings.SYNC]")]),
        expect![[r#"
            warning[unreachable-worker]: the worker has no address
             --> spec.toml:5:15
              |
            5 | workers_dev = false
              |               ^^^^^
              |
              = help: add `domains` or `zone_routes`, or leave `workers_dev` out

        "#]],
    );
}
