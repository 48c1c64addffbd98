//! Keys that are missing, misspelt or unknown, and the forms that a key chooses.

use expect_test::expect;

use crate::{check_diagnostics, edited, edited_llm};

#[test]
fn a_misspelt_section_is_told_the_nearest_name() {
    check_diagnostics(
        &edited(&[("[relay]", "[rely]")]),
        expect![[r#"
        error[unknown-key]: the spec has no key `rely`
          --> spec.toml:18:2
           |
        18 | [rely]
           |  ^^^^
           |
           = help: did you mean `relay`?

    "#]],
    );
}

#[test]
fn a_misspelt_optional_section_is_told_the_nearest_name() {
    check_diagnostics(
        &edited_llm(&[("[tools.create_task]", "[tool.create_task]")]),
        expect![[r#"
            error[unknown-key]: the spec has no key `tool`
              --> spec.toml:54:2
               |
            54 | [tool.create_task]
               |  ^^^^
               |
               = help: did you mean `tools`?

        "#]],
    );
}

#[test]
fn an_unknown_key_unlike_any_other_is_told_all_keys() {
    check_diagnostics(
        &edited(&[(
            r#"name = "app""#,
            r#"name = "app"
region = "eu""#,
        )]),
        expect![[r#"
            error[unknown-key]: `worker` has no key `region`
             --> spec.toml:3:1
              |
            3 | region = "eu"
              | ^^^^^^
              |
              = help: its keys are: name, compatibility_date, compatibility_flags, account_id, handlers, domains, zone_routes, workers_dev, preview_urls, crons, placement, limits, observability, logpush, tail_consumers

        "#]],
    );
}

#[test]
fn an_unknown_key_of_a_nested_inline_table_is_underlined_alone() {
    check_diagnostics(
        &edited(&[(
            r#"columns.backend_id = { type = "text" }"#,
            r#"columns.backend_id = { type = "text", nulable = true }"#,
        )]),
        expect![[r#"
            error[unknown-key]: `tables.stores.columns.backend_id` has no key `nulable`
              --> spec.toml:37:39
               |
            37 | columns.backend_id = { type = "text", nulable = true }
               |                                       ^^^^^^^
               |
               = help: did you mean `nullable`?

        "#]],
    );
}

#[test]
fn an_unknown_key_of_a_form_is_told_the_keys_of_that_form() {
    check_diagnostics(
        &edited(&[(
            r#"class = "Sync""#,
            r#"class = "Sync"
database = "app""#,
        )]),
        expect![[r#"
            error[unknown-key]: `bindings.SYNC` has no key `database`
             --> spec.toml:8:1
              |
            8 | database = "app"
              | ^^^^^^^^
              |
              = help: its keys are: type, class, renamed_from, storage, description

        "#]],
    );
}

#[test]
fn a_missing_key_is_told_with_an_example() {
    check_diagnostics(
        &edited(&[("name = \"app\"\n", "")]),
        expect![[r#"
        error[missing-key]: `worker` needs the key `name`
         --> spec.toml:1:2
          |
        1 | [worker]
          |  ^^^^^^
          |
          = help: `name = "work-squared"`: its name at Cloudflare: small letters, digits and `-`

    "#]],
    );
}

#[test]
fn a_missing_section_does_not_keep_the_others_from_being_checked() {
    check_diagnostics(
        &edited(&[
            (
                r#"[worker]
name = "app"
compatibility_date = "2026-04-01"
"#,
                "",
            ),
            (r#"store = "DB""#, r#"store = "DBB""#),
        ]),
        expect![[r#"
            error[missing-key]: the spec needs the section `[worker]`
             --> spec.toml:1:1
              |
            1 |
              | ^
              |
              = help: add `[worker]` with `name` and `compatibility_date`

            error[unknown-binding]: `bindings.DBB` is not declared
              --> spec.toml:16:9
               |
            16 | store = "DBB"
               |         ^^^^^
               |
               = help: did you mean `DB`?

        "#]],
    );
}

#[test]
fn a_spec_without_a_relay_is_told_what_the_section_is() {
    check_diagnostics(
        "[worker]\nname = \"app\"\ncompatibility_date = \"2026-04-01\"\n",
        expect![[r#"
            error[missing-key]: the spec needs the section `[relay]`
             --> spec.toml:1:1
              |
            1 | [worker]
              | ^
              |
              = help: add `[relay]` with `store`

        "#]],
    );
}

#[test]
fn a_missing_key_of_a_form_is_told_with_an_example() {
    check_diagnostics(
        &edited(&[("class = \"Sync\"\n", "")]),
        expect![[r#"
        error[missing-key]: `bindings.SYNC` needs the key `class`
         --> spec.toml:5:11
          |
        5 | [bindings.SYNC]
          |           ^^^^
          |
          = help: `class = "WebSocketServer"`: the class's name, in Pascal case

    "#]],
    );
}

#[test]
fn a_missing_type_is_told_all_types() {
    check_diagnostics(
        &edited(&[("type = \"d1\"\n", "")]),
        expect![[r#"
            error[missing-key]: `bindings.DB` needs the key `type`
             --> spec.toml:9:11
              |
            9 | [bindings.DB]
              |           ^^
              |
              = help: `type` is one of: durable_object, d1, kv, r2, queue, service, rate_limit, analytics_engine, version_metadata, ai, assets

        "#]],
    );
}

#[test]
fn a_misspelt_type_is_told_the_nearest() {
    check_diagnostics(
        &edited(&[(r#"type = "d1""#, r#"type = "d2""#)]),
        expect![[r#"
        error[invalid-value]: `bindings.DB.type` cannot be "d2"
          --> spec.toml:10:8
           |
        10 | type = "d2"
           |        ^^^^
           |
           = help: did you mean `d1`?

    "#]],
    );
}

#[test]
fn a_misspelt_handler_is_told_the_nearest() {
    check_diagnostics(
        &edited_llm(&[(r#"handler = "llm""#, r#"handler = "lmm""#)]),
        expect![[r#"
        error[invalid-value]: `routes[1].handler` cannot be "lmm"
          --> spec.toml:45:11
           |
        45 | handler = "lmm"
           |           ^^^^^
           |
           = help: did you mean `llm`?

    "#]],
    );
}

#[test]
fn a_missing_handler_is_told_all_handlers() {
    check_diagnostics(
        &edited_llm(&[("handler = \"llm\"\n", "")]),
        expect![[r#"
            error[missing-key]: `routes[1]` needs the key `handler`
              --> spec.toml:43:1
               |
            43 | [[routes]]
               | ^^^^^^^^^^
               |
               = help: `handler` is one of: relay, llm, admin, health

        "#]],
    );
}

#[test]
fn a_misspelt_type_key_is_told_the_nearest() {
    check_diagnostics(
        &edited(&[(r#"type = "d1""#, r#"tpye = "d1""#)]),
        expect![[r#"
        error[unknown-key]: `bindings.DB` has no key `tpye`
          --> spec.toml:10:1
           |
        10 | tpye = "d1"
           | ^^^^
           |
           = help: did you mean `type`?

    "#]],
    );
}

#[test]
fn two_keys_missing_in_one_table_are_both_told() {
    check_diagnostics(
        &edited_llm(&[(
            r#"provider = "braintrust"
models = ["gpt-4o-mini"]
"#,
            "",
        )]),
        expect![[r#"
            error[missing-key]: `llm` needs the key `provider`
              --> spec.toml:49:2
               |
            49 | [llm]
               |  ^^^
               |
               = help: `provider`: the upstream service

            error[missing-key]: `llm` needs the key `models`
              --> spec.toml:49:2
               |
            49 | [llm]
               |  ^^^
               |
               = help: `models = ["gpt-4o-mini"]`: the models that a client may ask for; the first is the default

        "#]],
    );
}
