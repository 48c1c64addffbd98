//! The proxy to the language models.

use expect_test::expect;

use crate::{check_diagnostics, edited_llm, replaced};

#[test]
fn a_secret_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &edited_llm(&[(r#"api_key = "API_KEY""#, r#"api_key = "API_KEYS""#)]),
        expect![[r#"
            error[unknown-secret]: `secrets.API_KEYS` is not declared
              --> spec.toml:52:11
               |
            52 | api_key = "API_KEYS"
               |           ^^^^^^^^^^
               |
               = help: did you mean `API_KEY`?

        "#]],
    );
}

#[test]
fn a_key_without_any_secret_is_told_how_to_declare_it() {
    check_diagnostics(
        &edited_llm(&[(
            r#"[secrets.API_KEY]
description = "The service's key"
"#,
            "",
        )]),
        expect![[r#"
            error[unknown-secret]: `secrets.API_KEY` is not declared
              --> spec.toml:50:11
               |
            50 | api_key = "API_KEY"
               |           ^^^^^^^^^
               |
               = help: declare `[secrets.API_KEY]`

        "#]],
    );
}

#[test]
fn the_key_itself_in_place_of_its_name_is_not_repeated() {
    check_diagnostics(
        &edited_llm(&[(r#"api_key = "API_KEY""#, r#"api_key = "sk-1234567890abcdef""#)]),
        expect![[r#"
            error[unknown-secret]: `llm.api_key` is no name of a secret
              --> spec.toml:52:11
               |
            52 | api_key = "sk-1234567890abcdef"
               |           ^^^^^^^^^^^^^^^^^^^^^
               |
               = help: write the name of one under `[secrets]`; its value never stands in the spec

        "#]],
    );
}

#[test]
fn a_project_that_is_not_declared_is_told_how_to_declare_it() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
project = "PROJECT_ID""#,
        )]),
        expect![[r#"
            error[unknown-var]: `vars.PROJECT_ID` is not declared
              --> spec.toml:53:11
               |
            53 | project = "PROJECT_ID"
               |           ^^^^^^^^^^^^
               |
               = help: declare `PROJECT_ID` under `[vars]`

        "#]],
    );
}

#[test]
fn a_model_listed_twice_is_shown_twice() {
    check_diagnostics(
        &edited_llm(&[(r#"["gpt-4o-mini"]"#, r#"["gpt-4o-mini", "gpt-4o", "gpt-4o-mini"]"#)]),
        expect![[r#"
            error[duplicate-name]: the model "gpt-4o-mini" is listed twice
              --> spec.toml:51:36
               |
            51 | models = ["gpt-4o-mini", "gpt-4o", "gpt-4o-mini"]
               |           -------------            ^^^^^^^^^^^^^
               |           |
               |           first listed here

        "#]],
    );
}

#[test]
fn a_model_without_a_name_is_refused() {
    check_diagnostics(
        &edited_llm(&[(r#"["gpt-4o-mini"]"#, r#"["gpt-4o-mini", " "]"#)]),
        expect![[r#"
            error[invalid-value]: " " is no model's name
              --> spec.toml:51:26
               |
            51 | models = ["gpt-4o-mini", " "]
               |                          ^^^

        "#]],
    );
}

#[test]
fn an_unknown_provider_is_told_all_providers() {
    check_diagnostics(
        &edited_llm(&[(r#"provider = "braintrust""#, r#"provider = "openai""#)]),
        expect![[r#"
            error[invalid-value]: `llm.provider` cannot be "openai"
              --> spec.toml:50:12
               |
            50 | provider = "openai"
               |            ^^^^^^^^
               |
               = help: expected `braintrust`

        "#]],
    );
}

#[test]
fn an_address_without_encryption_is_refused() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
base_url = "http://proxy.example.com/v1""#,
        )]),
        expect![[r#"
            error[invalid-value]: `llm.base_url` cannot be "http://proxy.example.com/v1"
              --> spec.toml:53:12
               |
            53 | base_url = "http://proxy.example.com/v1"
               |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: the key travels with every call: write an https:// address without query

        "#]],
    );
}

#[test]
fn a_model_that_no_route_leads_to_is_told_what_to_add() {
    check_diagnostics(
        &edited_llm(&[(
            r#"handler = "llm"
auth = "none"
tools = ["create_task"]
"#,
            "handler = \"health\"\n",
        )]),
        expect![[r#"
            error[missing-route]: no route leads to `llm`
              --> spec.toml:47:2
               |
            47 | [llm]
               |  ^^^
               |
               = help: add a `[[routes]]` with `handler = "llm"`, or remove `[llm]`

        "#]],
    );
}

#[test]
fn a_fallback_that_is_no_model_is_told_the_nearest() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
fallback_model = "gpt-4o-mino""#,
        )]),
        expect![[r#"
            error[invalid-value]: "gpt-4o-mino" is none of `llm.models`
              --> spec.toml:53:18
               |
            51 | models = ["gpt-4o-mini"]
               |          --------------- the models are here
            52 | api_key = "API_KEY"
            53 | fallback_model = "gpt-4o-mino"
               |                  ^^^^^^^^^^^^^
               |
               = help: did you mean "gpt-4o-mini"?

        "#]],
    );
}

#[test]
fn a_system_prompt_that_says_nothing_is_refused() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
system_prompt = " ""#,
        )]),
        expect![[r#"
            error[invalid-value]: the model would be told nothing
              --> spec.toml:53:17
               |
            53 | system_prompt = " "
               |                 ^^^
               |
               = help: say what the model is for, or leave `system_prompt` out: clients send their own then

        "#]],
    );
}

#[test]
fn an_extra_field_named_twice_is_shown_twice() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
extra_fields = ["top_k", "top_k"]"#,
        )]),
        expect![[r#"
            error[duplicate-name]: `top_k` is listed twice
              --> spec.toml:53:26
               |
            53 | extra_fields = ["top_k", "top_k"]
               |                 -------  ^^^^^^^
               |                 |
               |                 first listed here

        "#]],
    );
}

#[test]
fn an_address_in_a_variable_is_checked_as_well() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
base_url = "PROXY_URL"

[vars]
PROXY_URL = "http://proxy.example.com/v1""#,
        )]),
        expect![[r#"
            error[invalid-value]: `llm.base_url` cannot be "http://proxy.example.com/v1"
              --> spec.toml:53:12
               |
            53 | base_url = "PROXY_URL"
               |            ^^^^^^^^^^^
               |
               = help: the key travels with every call: write an https:// address without query

        "#]],
    );
}

#[test]
fn a_limit_out_of_range_is_told_the_range() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
limits.retries = 9"#,
        )]),
        expect![[r#"
            error[out-of-range]: `llm.limits.retries` cannot be 9
              --> spec.toml:53:18
               |
            53 | limits.retries = 9
               |                  ^ expected 5 or less

        "#]],
    );
}

#[test]
fn a_field_that_the_worker_sets_cannot_go_on_unknown() {
    check_diagnostics(
        &edited_llm(&[(
            "models = [\"gpt-4o-mini\"]",
            "models = [\"gpt-4o-mini\"]\nextra_fields = [\"top_k\", \"tools\"]",
        )]),
        expect![[r#"
            error[invalid-value]: `tools` cannot go on as a client sends it: the worker sets it by the spec
              --> spec.toml:52:26
               |
            52 | extra_fields = ["top_k", "tools"]
               |                          ^^^^^^^
               |
               = help: leave it out: clients may send it without

        "#]],
    );
}

#[test]
fn models_without_the_flag_that_tells_of_clients_that_go_are_told_it() {
    check_diagnostics(
        &edited_llm(&[("compatibility_flags = [\"enable_request_signal\"]\n", "")]),
        expect![[r#"
            warning[missing-flag]: the worker is not told at once when a client of the models goes away
              --> spec.toml:48:2
               |
            48 | [llm]
               |  ^^^
               |
               = help: add "enable_request_signal" to `worker.compatibility_flags`

        "#]],
    );
}

#[test]
fn a_rate_limit_that_is_not_there_is_told_how_to_declare_it() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
rate_limit = "CALLS""#,
        )]),
        expect![[r#"
            error[unknown-binding]: `bindings.CALLS` is not declared
              --> spec.toml:53:14
               |
            53 | rate_limit = "CALLS"
               |              ^^^^^^^
               |
               = help: declare `[bindings.CALLS]` with `type = "rate_limit"`

        "#]],
    );
}

#[test]
fn a_binding_that_counts_nothing_is_no_rate_limit() {
    check_diagnostics(
        &edited_llm(&[(
            r#"api_key = "API_KEY""#,
            r#"api_key = "API_KEY"
rate_limit = "DB""#,
        )]),
        expect![[r#"
            error[wrong-binding-type]: `DB` is no rate limit
              --> spec.toml:53:14
               |
            10 | type = "d1"
               |        ---- declared here
            ...
            53 | rate_limit = "DB"
               |              ^^^^
               |
               = help: declare `[bindings.NAME]` with `type = "rate_limit"`

        "#]],
    );
}

#[test]
fn a_rate_limit_of_the_models_is_used() {
    let binding = "[bindings.CALLS]\ntype = \"rate_limit\"\nlimit = 30\nperiod = 60\n";
    let spec = edited_llm(&[(
        r#"api_key = "API_KEY""#,
        r#"api_key = "API_KEY"
rate_limit = "CALLS""#,
    )]);
    check_diagnostics(&format!("{spec}\n{binding}"), expect![[""]]);
}

/// The ledger's table as it has to be.
const LEDGER: &str = r#"[tables.calls]
primary_key = ["id"]
columns.id = { type = "text" }
columns.created_at = { type = "timestamp" }
columns.user_id = { type = "text" }
columns.store_id = { type = "text", nullable = true }
columns.model = { type = "text", nullable = true }
columns.input_tokens = { type = "integer" }
columns.output_tokens = { type = "integer" }
columns.cached_tokens = { type = "integer" }
columns.estimated = { type = "boolean" }
columns.tool_calls = { type = "integer" }
columns.latency_ms = { type = "integer" }
columns.first_token_ms = { type = "integer", nullable = true }
columns.outcome = { type = "text" }
"#;

/// A spec with a ledger whose table has each first text replaced by the second.
fn with_ledger(edits: &[(&str, &str)]) -> String {
    let key = r#"api_key = "API_KEY""#;
    let spec = edited_llm(&[(key, &format!("{key}\nledger = \"calls\""))]);
    format!("{spec}\n{}", replaced(LEDGER, edits))
}

#[test]
fn a_ledger_with_the_columns_that_are_written_is_taken() {
    check_diagnostics(&with_ledger(&[]), expect![[""]]);
    let own = "columns.outcome = { type = \"text\" }\ncolumns.note = { type = \"text\", nullable = true }";
    check_diagnostics(&with_ledger(&[("columns.outcome = { type = \"text\" }", own)]), expect![[""]]);
}

#[test]
fn a_ledger_that_is_not_declared_is_told_so() {
    let key = r#"api_key = "API_KEY""#;
    check_diagnostics(
        &edited_llm(&[(key, &format!("{key}\nledger = \"calls\""))]),
        expect![[r#"
        error[unknown-table]: `tables.calls` is not declared
          --> spec.toml:53:10
           |
        53 | ledger = "calls"
           |          ^^^^^^^
           |
           = help: declare `[tables.calls]`, or name one of events, stores

    "#]],
    );
}

#[test]
fn a_ledger_is_told_each_column_that_is_not_as_it_is_written() {
    check_diagnostics(
        &with_ledger(&[
            ("columns.outcome = { type = \"text\" }\n", "columns.note = { type = \"text\" }\n"),
            ("latency_ms = { type = \"integer\"", "latency_ms = { type = \"real\""),
            ("columns.user_id = { type = \"text\" }", "columns.user_id = { type = \"text\", unique = true }"),
            ("primary_key = [\"id\"]", "primary_key = [\"created_at\"]"),
        ]),
        expect![[r#"
            error[llm-column]: the ledger needs the column `outcome` in `calls`
              --> spec.toml:59:9
               |
            53 | ledger = "calls"
               |          ------- used by the ledger here
            ...
            59 | [tables.calls]
               |         ^^^^^
               |
               = help: write `columns.outcome = { type = "text" }`

            error[llm-column]: the ledger needs `calls` to be keyed by id
              --> spec.toml:60:15
               |
            53 | ledger = "calls"
               |          ------- used by the ledger here
            ...
            60 | primary_key = ["created_at"]
               |               ^^^^^^^^^^^^^^
               |
               = help: write `primary_key = ["id"]`

            error[llm-column]: `calls` would refuse rows that the ledger has to write
              --> spec.toml:63:36
               |
            53 | ledger = "calls"
               |          ------- used by the ledger here
            ...
            63 | columns.user_id = { type = "text", unique = true }
               |                                    ^^^^^^
               |
               = help: keep rules on the data to tables of your own

            error[llm-column]: the ledger needs `calls.latency_ms` to be `integer` and never NULL
              --> spec.toml:71:22
               |
            53 | ledger = "calls"
               |          ------- used by the ledger here
            ...
            71 | columns.latency_ms = { type = "real" }
               |                      ^^^^^^^^^^^^^^^^^
               |
               = help: write `columns.latency_ms = { type = "integer" }`

            error[llm-column]: the ledger writes rows of `calls` without `note`
              --> spec.toml:73:9
               |
            53 | ledger = "calls"
               |          ------- used by the ledger here
            ...
            73 | columns.note = { type = "text" }
               |         ^^^^
               |
               = help: make it `nullable = true` or give it a `default`

        "#]],
    );
}

/// A spec with a budget of these keys, and its table.
fn with_budget(keys: &str, tokens: &str) -> String {
    let key = r#"api_key = "API_KEY""#;
    let spec = edited_llm(&[(key, &format!("{key}\nbudget = {{ table = \"tokens\"{keys} }}"))]);
    format!(
        "{spec}\n[tables.tokens]\nprimary_key = [\"day\", \"user_id\"]\ncolumns.day = {{ type = \"text\" }}\n\
         columns.user_id = {{ type = \"text\" }}\ncolumns.tokens = {{ type = \"{tokens}\" }}\n"
    )
}

#[test]
fn a_budget_of_more_than_one_call_is_taken() {
    check_diagnostics(&with_budget(", per_user = 16_385", "integer"), expect![[""]]);
    check_diagnostics(&with_budget(", per_deployment = 5_000_000", "integer"), expect![[""]]);
}

#[test]
fn a_budget_that_no_call_fits_into_is_told_what_one_may_take() {
    check_diagnostics(
        &with_budget(", per_user = 16_384, per_deployment = 20_000", "integer"),
        expect![[r#"
        error[invalid-value]: 16384 tokens a day are too few for one call, whose answers may take 16384
          --> spec.toml:53:41
           |
        53 | budget = { table = "tokens", per_user = 16_384, per_deployment = 20_000 }
           |                                         ^^^^^^
           |
           = help: raise it, or lower `llm.limits.output_tokens`, which counts for an answer and again for each of `llm.limits.repairs`

    "#]],
    );
}

#[test]
fn a_budget_that_bounds_nothing_is_told_how_it_would() {
    check_diagnostics(
        &with_budget("", "integer"),
        expect![[r#"
        error[missing-key]: `llm.budget` bounds nothing
          --> spec.toml:53:1
           |
        53 | budget = { table = "tokens" }
           | ^^^^^^
           |
           = help: add `per_user` or `per_deployment`: the most tokens of a day

    "#]],
    );
}

#[test]
fn a_budget_whose_table_cannot_count_is_told_what_is_needed() {
    check_diagnostics(
        &with_budget(", per_user = 200_000", "real"),
        expect![[r#"
        error[llm-column]: the budget needs `tokens.tokens` to be `integer` and never NULL
          --> spec.toml:63:18
           |
        53 | budget = { table = "tokens", per_user = 200_000 }
           |                    -------- used by the budget here
        ...
        63 | columns.tokens = { type = "real" }
           |                  ^^^^^^^^^^^^^^^^^
           |
           = help: write `columns.tokens = { type = "integer" }`

    "#]],
    );
}
