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
