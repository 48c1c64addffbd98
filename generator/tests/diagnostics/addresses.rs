//! Domains, zone routes, cron triggers and where a worker runs.

use expect_test::expect;

use crate::{check_diagnostics, edited, with};

#[test]
fn what_cloudflare_takes_is_taken() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
account_id = "0f2ac74b498b48028cb68387c421e279"
domains = ["app.example.com"]
zone_routes = [{ pattern = "example.com/app/*", zone = "example.com" }]
workers_dev = false
handlers = ["scheduled"]
crons = ["0 3 * * *", "30 9 * * mon-fri"]
placement = { mode = "region", region = "aws:us-east-1" }
limits = { cpu_ms = 1000 }
observability = { head_sampling_rate = 0.1, traces = { enabled = false } }
tail_consumers = ["log-sink"]"#,
        )]),
        expect![[""]],
    );
}

#[test]
fn a_domain_with_a_path_is_told_of_zone_routes() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
domains = ["example.com/app"]"#,
        )]),
        expect![[r#"
            error[invalid-value]: "example.com/app" is no domain
             --> spec.toml:4:12
              |
            4 | domains = ["example.com/app"]
              |            ^^^^^^^^^^^^^^^^^
              |
              = help: a domain has no path and no `*`; `zone_routes` takes those

        "#]],
    );
}

#[test]
fn a_zone_route_outside_its_zone_is_refused() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
zone_routes = [{ pattern = "other.com/*", zone = "example.com" }]"#,
        )]),
        expect![[r#"
            error[invalid-value]: "other.com/*" is no pattern of `example.com`
             --> spec.toml:4:28
              |
            4 | zone_routes = [{ pattern = "other.com/*", zone = "example.com" }]
              |                            ^^^^^^^^^^^^^
              |
              = help: its host is not in the zone `example.com`

        "#]],
    );
}

#[test]
fn a_domain_of_two_environments_is_shown_with_the_first() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
domains = ["app.example.com"]

[env.staging]
worker = { name = "app-staging", domains = ["app.example.com"] }
bindings.DB.database = "app-staging""#,
        )]),
        expect![[r#"
            error[shared-resource]: the domain `app.example.com` is taken
             --> spec.toml:7:45
              |
            4 | domains = ["app.example.com"]
              |            ----------------- first used here
            ...
            7 | worker = { name = "app-staging", domains = ["app.example.com"] }
              |                                             ^^^^^^^^^^^^^^^^^
              |
              = help: give each environment its own

        "#]],
    );
}

#[test]
fn a_zone_route_of_two_environments_is_shown_with_the_first() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
zone_routes = [{ pattern = "example.com/*", zone = "example.com" }]

[env.staging]
worker = { name = "app-staging", zone_routes = [{ pattern = "example.com/*", zone = "example.com" }] }
bindings.DB.database = "app-staging""#,
        )]),
        expect![[r#"
            error[shared-resource]: the zone route `example.com/*` is taken
             --> spec.toml:7:61
              |
            4 | zone_routes = [{ pattern = "example.com/*", zone = "example.com" }]
              |                            --------------- first used here
            ...
            7 | worker = { name = "app-staging", zone_routes = [{ pattern = "example.com/*", zone = "example.com" }] }
              |                                                             ^^^^^^^^^^^^^^^
              |
              = help: give each environment its own

        "#]],
    );
}

#[test]
fn a_domain_that_is_listed_twice_is_refused() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
domains = ["app.example.com", "app.example.com"]"#,
        )]),
        expect![[r#"
            error[shared-resource]: the domain `app.example.com` is taken
             --> spec.toml:4:31
              |
            4 | domains = ["app.example.com", "app.example.com"]
              |            -----------------  ^^^^^^^^^^^^^^^^^
              |            |
              |            first used here
              |
              = help: name another, or remove one of them

        "#]],
    );
}

#[test]
fn a_worker_without_an_address_is_a_warning() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
workers_dev = false"#,
        )]),
        expect![[r#"
            warning[unreachable-worker]: the worker has no address
             --> spec.toml:4:15
              |
            4 | workers_dev = false
              |               ^^^^^
              |
              = help: add `domains` or `zone_routes`, or leave `workers_dev` out

        "#]],
    );
}

#[test]
fn an_environment_that_lost_its_address_is_told_that_domains_are_not_inherited() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
domains = ["app.example.com"]
workers_dev = false

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging""#,
        )]),
        expect![[r#"
            warning[unreachable-worker]: the worker has no address
             --> spec.toml:8:1
              |
            5 | workers_dev = false
              |               ----- the same holds here
            ...
            8 | worker.name = "app-staging"
              | ^^^^^^
              |
              = help: domains lead to one worker alone: add `worker.domains` of its own, or `worker.workers_dev = true`

        "#]],
    );
}

#[test]
fn cron_triggers_without_a_handler_are_told_why_they_cannot_be() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
crons = ["0 3 * * *"]"#,
        )]),
        expect![[r#"
            error[missing-handler]: a cron trigger calls a `scheduled` handler, and the runtime has none
             --> spec.toml:4:1
              |
            4 | crons = ["0 3 * * *"]
              | ^^^^^
              |
              = help: write one in `runtime/src/shell/` with `#[worker::event(scheduled)]` and add `handlers = ["scheduled"]` to `[worker]`, or give the trigger to a worker of its own

        "#]],
    );
}

#[test]
fn a_cron_expression_with_seconds_is_told_the_five_fields() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
handlers = ["scheduled"]
crons = ["0 0 3 * * *"]"#,
        )]),
        expect![[r#"
            error[invalid-cron]: "0 0 3 * * *" is no cron expression
             --> spec.toml:5:10
              |
            5 | crons = ["0 0 3 * * *"]
              |          ^^^^^^^^^^^^^
              |
              = help: it has 6 fields instead of five: minute, hour, day of the month, month, day of the week

        "#]],
    );
}

#[test]
fn a_cron_expression_of_an_environment_is_checked_too() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
handlers = ["scheduled"]

[env.staging]
worker = { name = "app-staging", crons = ["0 3 * * 0"] }
bindings.DB.database = "app-staging""#,
        )]),
        expect![[r#"
            error[invalid-cron]: "0 3 * * 0" is no cron expression
             --> spec.toml:7:43
              |
            7 | worker = { name = "app-staging", crons = ["0 3 * * 0"] }
              |                                           ^^^^^^^^^^^
              |
              = help: Cloudflare counts the days of the week from 1, Sunday, to 7, Saturday

        "#]],
    );
}

#[test]
fn a_region_without_its_provider_is_told_the_form() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
placement = { mode = "region", region = "us-east-1" }"#,
        )]),
        expect![[r#"
            error[invalid-value]: `placement.region` cannot be "us-east-1"
             --> spec.toml:4:41
              |
            4 | placement = { mode = "region", region = "us-east-1" }
              |                                         ^^^^^^^^^^^
              |
              = help: write it as `provider:region`, as in `aws:us-east-1`

        "#]],
    );
}

#[test]
fn a_placement_without_a_mode_is_told_the_modes() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
placement = { region = "aws:us-east-1" }"#,
        )]),
        expect![[r#"
            error[missing-key]: `worker.placement` needs the key `mode`
             --> spec.toml:4:1
              |
            4 | placement = { region = "aws:us-east-1" }
              | ^^^^^^^^^
              |
              = help: `mode` is one of: off, smart, region, host, hostname

        "#]],
    );
}

#[test]
fn a_sampling_rate_above_one_is_refused() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
observability = { head_sampling_rate = 10 }"#,
        )]),
        expect![[r#"
            error[out-of-range]: `worker.observability.head_sampling_rate` cannot be 10
             --> spec.toml:4:40
              |
            4 | observability = { head_sampling_rate = 10 }
              |                                        ^^ expected 1.0 or less

        "#]],
    );
}

#[test]
fn an_account_that_is_no_id_is_told_where_ids_come_from() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
account_id = "ours""#,
        )]),
        expect![[r#"
            error[invalid-value]: "ours" is no id of an account
             --> spec.toml:4:14
              |
            4 | account_id = "ours"
              |              ^^^^^^
              |
              = help: `wrangler whoami` shows the ids: 32 digits and letters from a to f

        "#]],
    );
}

#[test]
fn paths_for_the_worker_that_are_none_are_refused() {
    check_diagnostics(
        &with(
            r#"
[web]
directory = "dist"
worker_first = ["admin/*", "!/admin/logo.svg"]

[bindings.ASSETS]
type = "assets"
"#,
        ),
        expect![[r#"
            error[invalid-path]: "admin/*" is no pattern of paths
              --> spec.toml:42:17
               |
            42 | worker_first = ["admin/*", "!/admin/logo.svg"]
               |                 ^^^^^^^^^
               |
               = help: write it as `/admin/*`, or `!/admin/logo.svg` to take one out again

        "#]],
    );
}
