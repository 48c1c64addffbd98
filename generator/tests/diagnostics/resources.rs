//! KV namespaces, buckets, queues, rate limits and what of them an environment may say.

use expect_test::expect;

use crate::{check_diagnostics, edited, with};

#[test]
fn a_binding_for_own_code_that_says_what_for_is_not_nagged_about() {
    check_diagnostics(
        &with(
            r#"
[bindings.CACHE]
type = "kv"
description = "Rendered boards."
"#,
        ),
        expect![[""]],
    );
}

#[test]
fn a_binding_for_own_code_that_says_nothing_is_asked_what_for() {
    check_diagnostics(
        &with(
            r#"
[bindings.CACHE]
type = "kv"
"#,
        ),
        expect![[r#"
            warning[unused-binding]: nothing uses the binding `CACHE`
              --> spec.toml:40:11
               |
            40 | [bindings.CACHE]
               |           ^^^^^
               |
               = help: remove it, or say with `description = "…"` what your own code uses it for

        "#]],
    );
}

#[test]
fn an_id_of_a_namespace_that_is_none_is_told_where_ids_come_from() {
    check_diagnostics(
        &with(
            r#"
[bindings.CACHE]
type = "kv"
id = "cache"
description = "Rendered boards."
"#,
        ),
        expect![[r#"
            error[invalid-value]: "cache" is no id of a KV namespace
              --> spec.toml:42:6
               |
            42 | id = "cache"
               |      ^^^^^^^
               |
               = help: `wrangler kv namespace list` shows the ids; without one, the first deploy makes a namespace

        "#]],
    );
}

#[test]
fn a_bucket_with_a_short_name_is_told_the_length() {
    check_diagnostics(
        &with(
            r#"
[bindings.FILES]
type = "r2"
bucket = "ab"
description = "Attachments."
"#,
        ),
        expect![[r#"
            error[invalid-name]: "ab" cannot name an R2 bucket
              --> spec.toml:42:10
               |
            42 | bucket = "ab"
               |          ^^^^
               |
               = help: use at least 3 characters

        "#]],
    );
}

#[test]
fn a_bucket_that_ends_in_a_dash_is_refused() {
    check_diagnostics(
        &with(
            r#"
[bindings.FILES]
type = "r2"
bucket = "files-"
description = "Attachments."
"#,
        ),
        expect![[r#"
            error[invalid-name]: "files-" ends in `-`
              --> spec.toml:42:10
               |
            42 | bucket = "files-"
               |          ^^^^^^^^
               |
               = help: end it with a letter or a digit

        "#]],
    );
}

#[test]
fn a_jurisdiction_that_cloudflare_has_not_is_told_those_it_has() {
    check_diagnostics(
        &with(
            r#"
[bindings.FILES]
type = "r2"
bucket = "files"
jurisdiction = "us"
description = "Attachments."
"#,
        ),
        expect![[r#"
            error[invalid-value]: `bindings.FILES.jurisdiction` cannot be "us"
              --> spec.toml:43:16
               |
            43 | jurisdiction = "us"
               |                ^^^^
               |
               = help: expected one of: eu, fedramp

        "#]],
    );
}

#[test]
fn a_consumer_without_a_handler_is_told_why_it_cannot_be() {
    check_diagnostics(
        &with(
            r#"
[bindings.JOBS]
type = "queue"
queue = "jobs"
consumer = { max_batch_size = 10 }
description = "Work for later."
"#,
        ),
        expect![[r#"
            error[missing-handler]: a consumer's messages go to a `queue` handler, and the runtime has none
              --> spec.toml:43:1
               |
            43 | consumer = { max_batch_size = 10 }
               | ^^^^^^^^
               |
               = help: write one in `runtime/src/shell/` with `#[worker::event(queue)]` and add `handlers = ["queue"]` to `[worker]`, or leave `consumer` out and consume the queue with a worker of its own

        "#]],
    );
}

#[test]
fn a_consumer_with_a_handler_is_taken() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
handlers = ["queue"]

[bindings.JOBS]
type = "queue"
queue = "jobs"
consumer = { max_batch_size = 10, dead_letter_queue = "dead" }
description = "Work for later.""#,
        )]),
        expect![[""]],
    );
}

#[test]
fn a_batch_larger_than_cloudflare_sends_is_refused() {
    check_diagnostics(
        &with(
            r#"
[bindings.JOBS]
type = "queue"
queue = "jobs"
consumer = { max_batch_size = 101 }
description = "Work for later."
"#,
        ),
        expect![[r#"
            error[missing-handler]: a consumer's messages go to a `queue` handler, and the runtime has none
              --> spec.toml:43:1
               |
            43 | consumer = { max_batch_size = 101 }
               | ^^^^^^^^
               |
               = help: write one in `runtime/src/shell/` with `#[worker::event(queue)]` and add `handlers = ["queue"]` to `[worker]`, or leave `consumer` out and consume the queue with a worker of its own

            error[out-of-range]: `bindings.JOBS.consumer.max_batch_size` cannot be 101
              --> spec.toml:43:31
               |
            43 | consumer = { max_batch_size = 101 }
               |                               ^^^ expected 100 or less

        "#]],
    );
}

#[test]
fn a_period_that_is_neither_10_nor_60_is_refused() {
    check_diagnostics(
        &with(
            r#"
[bindings.CALLS]
type = "rate_limit"
limit = 100
period = 30
description = "Calls of a user."
"#,
        ),
        expect![[r#"
            error[invalid-value]: `bindings.CALLS.period` cannot be 30
              --> spec.toml:43:10
               |
            43 | period = 30
               |          ^^
               |
               = help: expected one of: 10, 60

        "#]],
    );
}

#[test]
fn a_second_binding_of_the_version_is_shown_with_the_first() {
    check_diagnostics(
        &with(
            r#"
[bindings.VERSION]
type = "version_metadata"
description = "Shown on the page."

[bindings.ALSO]
type = "version_metadata"
description = "Logged."
"#,
        ),
        expect![[r#"
            error[duplicate-name]: a worker has one binding of the version's metadata
              --> spec.toml:44:11
               |
            40 | [bindings.VERSION]
               |           ------- the first is here
            ...
            44 | [bindings.ALSO]
               |           ^^^^
               |
               = help: remove one of them

        "#]],
    );
}

#[test]
fn a_bucket_and_a_queue_that_an_environment_would_share_are_refused() {
    check_diagnostics(
        &with(
            r#"
[bindings.FILES]
type = "r2"
bucket = "files"
description = "Attachments."

[bindings.JOBS]
type = "queue"
queue = "jobs"
description = "Work for later."

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
"#,
        ),
        expect![[r#"
            error[shared-resource]: `env.staging` would write to the main environment's bucket `files`
              --> spec.toml:50:6
               |
            42 | bucket = "files"
               |          ------- declared here
            ...
            50 | [env.staging]
               |      ^^^^^^^
               |
               = help: give it one of its own: `bindings.FILES.bucket = "files-…"`

            error[shared-resource]: `env.staging` would send to the main environment's queue `jobs`
              --> spec.toml:50:6
               |
            47 | queue = "jobs"
               |         ------ declared here
            ...
            50 | [env.staging]
               |      ^^^^^^^
               |
               = help: give it one of its own: `bindings.JOBS.queue = "jobs-…"`

        "#]],
    );
}

#[test]
fn a_dead_letter_queue_that_an_environment_would_share_is_refused() {
    check_diagnostics(
        &edited(&[(
            r#"compatibility_date = "2026-04-01""#,
            r#"compatibility_date = "2026-04-01"
handlers = ["queue"]

[bindings.JOBS]
type = "queue"
queue = "jobs"
consumer = { dead_letter_queue = "dead" }
description = "Work for later."

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
bindings.JOBS.queue = "jobs-staging""#,
        )]),
        expect![[r#"
            error[shared-resource]: `env.staging` would send to the main environment's dead letter queue `dead`
              --> spec.toml:12:6
               |
             9 | consumer = { dead_letter_queue = "dead" }
               |                                  ------ declared here
            ...
            12 | [env.staging]
               |      ^^^^^^^
               |
               = help: give it one of its own: `bindings.JOBS.dead_letter_queue = "dead-…"`

        "#]],
    );
}

#[test]
fn a_namespace_of_two_environments_is_shown_with_the_first() {
    check_diagnostics(
        &with(
            r#"
[bindings.CACHE]
type = "kv"
id = "0f2ac74b498b48028cb68387c421e279"
description = "Rendered boards."

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
bindings.CACHE.id = "0f2ac74b498b48028cb68387c421e279"
"#,
        ),
        expect![[r#"
            error[shared-resource]: the KV namespace `0f2ac74b498b48028cb68387c421e279` is taken
              --> spec.toml:48:21
               |
            42 | id = "0f2ac74b498b48028cb68387c421e279"
               |      ---------------------------------- first used here
            ...
            48 | bindings.CACHE.id = "0f2ac74b498b48028cb68387c421e279"
               |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: give each environment its own

        "#]],
    );
}

#[test]
fn a_namespace_without_an_id_is_not_shared() {
    check_diagnostics(
        &with(
            r#"
[bindings.CACHE]
type = "kv"
id = "0f2ac74b498b48028cb68387c421e279"
description = "Rendered boards."

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
"#,
        ),
        expect![[""]],
    );
}

#[test]
fn a_service_may_be_shared() {
    check_diagnostics(
        &with(
            r#"
[bindings.BILLING]
type = "service"
service = "billing"
description = "Invoices."

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
"#,
        ),
        expect![[""]],
    );
}

#[test]
fn an_environment_in_another_account_may_use_the_same_names() {
    check_diagnostics(
        &with(
            r#"
[bindings.FILES]
type = "r2"
bucket = "files"
description = "Attachments."

[env.partner]
worker = { name = "app", account_id = "0f2ac74b498b48028cb68387c421e279" }
"#,
        ),
        expect![[""]],
    );
}

#[test]
fn a_key_of_another_type_of_binding_is_told_what_may_differ() {
    check_diagnostics(
        &with(
            r#"
[bindings.CACHE]
type = "kv"
description = "Rendered boards."

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
bindings.CACHE.bucket = "cache"
"#,
        ),
        expect![[r#"
            error[wrong-binding-type]: `CACHE` is a KV namespace, which has no `bucket` of its own
              --> spec.toml:47:16
               |
            41 | type = "kv"
               |        ---- declared here
            ...
            47 | bindings.CACHE.bucket = "cache"
               |                ^^^^^^
               |
               = help: what may differ of it: id, preview_id

        "#]],
    );
}

#[test]
fn a_variable_of_another_type_than_the_main_one_is_refused() {
    check_diagnostics(
        &with(
            r#"
[vars]
LIMIT = 3

[env.staging]
worker.name = "app-staging"
bindings.DB.database = "app-staging"
vars.LIMIT = "3"
"#,
        ),
        expect![[r#"
            error[wrong-type]: `env.staging.vars.LIMIT` is a string, and `vars.LIMIT` an integer
              --> spec.toml:46:14
               |
            41 | LIMIT = 3
               |         - declared here
            ...
            46 | vars.LIMIT = "3"
               |              ^^^
               |
               = help: the code is the same everywhere, and so is the type

        "#]],
    );
}

#[test]
fn an_integer_that_javascript_does_not_hold_is_refused() {
    check_diagnostics(
        &with(
            r#"
[vars]
LIMIT = 9007199254740993
"#,
        ),
        expect![[r#"
            error[out-of-range]: JavaScript does not hold 9007199254740993 exactly
              --> spec.toml:41:9
               |
            41 | LIMIT = 9007199254740993
               |         ^^^^^^^^^^^^^^^^
               |
               = help: write it in quotes, or keep within ±9007199254740991

        "#]],
    );
}

#[test]
fn a_class_that_is_its_own_old_name_is_refused() {
    check_diagnostics(
        &with(
            r#"
[bindings.OTHER]
type = "durable_object"
class = "Other"
renamed_from = "Other"
description = "Tried out."
"#,
        ),
        expect![[r#"
            error[invalid-value]: `Other` cannot be its own old name
              --> spec.toml:43:16
               |
            43 | renamed_from = "Other"
               |                ^^^^^^^
               |
               = help: name the class that it was, or leave `renamed_from` out

        "#]],
    );
}

#[test]
fn an_old_name_that_is_still_a_class_is_refused() {
    check_diagnostics(
        &with(
            r#"
[bindings.OTHER]
type = "durable_object"
class = "Other"
renamed_from = "Sync"
description = "Tried out."
"#,
        ),
        expect![[r#"
            error[duplicate-name]: `Sync` cannot be the old name of `Other`: it is still a class
              --> spec.toml:43:16
               |
             7 | class = "Sync"
               |         ------ declared here
            ...
            43 | renamed_from = "Sync"
               |                ^^^^^^
               |
               = help: a class moves as a whole: remove the other binding, or this `renamed_from`

        "#]],
    );
}
