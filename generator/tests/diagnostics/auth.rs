//! How clients prove who they are, and the routes that ask for it.

use expect_test::expect;

use crate::{check_diagnostics, edited, with};

/// The small spec whose relay asks for the proof `app`, with `more` at its end.
fn guarded(more: &str) -> String {
    format!("{}\n{more}", edited(&[(r#"auth = "none""#, r#"auth = "app""#)]))
}

const SECRET: &str = r#"
[secrets.SYNC_TOKEN]
description = "What the app's clients share"
"#;

/// A shared token with these lines.
fn token(lines: &str) -> String {
    guarded(&format!("{SECRET}\n[auth.app]\ntype = \"token\"\nsecret = \"SYNC_TOKEN\"\n{lines}"))
}

#[test]
fn nothing_is_said_of_a_shared_token() {
    check_diagnostics(&token(""), expect![[""]]);
    check_diagnostics(
        &token(
            r#"from = ["cookie", "header"]
cookie = "session""#,
        ),
        expect![[""]],
    );
}

#[test]
fn a_route_that_serves_everybody_has_to_say_so() {
    check_diagnostics(
        &edited(&[("auth = \"none\"\n", "")]),
        expect![[r#"
        warning[open-route]: everybody may use `/websocket`, and the spec does not say that it is meant
          --> spec.toml:14:8
           |
        14 | path = "/websocket"
           |        ^^^^^^^^^^^^
           |
           = help: say with `auth = "…"` which section of `[auth]` guards it, or `auth = "none"` if everybody may use it

    "#]],
    );
}

#[test]
fn a_proof_that_is_misspelt_is_told_the_nearest() {
    let spec = token("").replace("[auth.app]", "[auth.apps]");
    check_diagnostics(
        &spec,
        expect![[r#"
        error[unknown-auth]: `auth.app` is not declared
          --> spec.toml:17:8
           |
        17 | auth = "app"
           |        ^^^^^
           |
           = help: did you mean `apps`?

    "#]],
    );
}

#[test]
fn a_proof_that_no_route_asks_for_is_told() {
    let spec = with(&format!("{SECRET}\n[auth.app]\ntype = \"token\"\nsecret = \"SYNC_TOKEN\"\n"));
    check_diagnostics(
        &spec,
        expect![[r#"
        warning[unused-auth]: no route asks for `app`
          --> spec.toml:43:7
           |
        43 | [auth.app]
           |       ^^^

    "#]],
    );
}

#[test]
fn a_proof_named_as_if_there_were_none_is_refused() {
    let spec = with(&format!("{SECRET}\n[auth.none]\ntype = \"token\"\nsecret = \"SYNC_TOKEN\"\n"));
    check_diagnostics(
        &spec,
        expect![[r#"
            error[invalid-name]: `none` is what a route says that asks for nothing
              --> spec.toml:43:7
               |
            43 | [auth.none]
               |       ^^^^
               |
               = help: name it otherwise

        "#]],
    );
}

#[test]
fn the_token_itself_in_place_of_its_name_is_not_repeated() {
    let spec = token("").replace("secret = \"SYNC_TOKEN\"", "secret = \"a-long-random-text\"");
    check_diagnostics(
        &spec,
        expect![[r#"
        error[unknown-secret]: `auth.app.secret` is no name of a secret
          --> spec.toml:46:10
           |
        46 | secret = "a-long-random-text"
           |          ^^^^^^^^^^^^^^^^^^^^
           |
           = help: write the name of one under `[secrets]`; its value never stands in the spec

    "#]],
    );
}

#[test]
fn places_of_the_token_are_each_listed_once() {
    check_diagnostics(
        &token(r#"from = ["header", "payload", "header"]"#),
        expect![[r#"
        error[duplicate-name]: `header` is listed twice
          --> spec.toml:47:30
           |
        47 | from = ["header", "payload", "header"]
           |         --------             ^^^^^^^^
           |         |
           |         first listed here

    "#]],
    );
}

#[test]
fn a_token_is_looked_for_somewhere() {
    check_diagnostics(
        &token("from = []"),
        expect![[r#"
        error[out-of-range]: `auth.app.from` is empty
          --> spec.toml:47:8
           |
        47 | from = []
           |        ^^ expected at least one item

    "#]],
    );
}

#[test]
fn a_cookie_needs_a_name_that_browsers_send() {
    check_diagnostics(
        &token(r#"from = ["cookie"]"#),
        expect![[r#"
        error[missing-key]: a token from a cookie needs the cookie's name
          --> spec.toml:47:9
           |
        47 | from = ["cookie"]
           |         ^^^^^^^^
           |
           = help: add `cookie = "…"` beside `from`

    "#]],
    );
    check_diagnostics(
        &token(r#"cookie = "session""#),
        expect![[r#"
            error[needless-key]: no token is looked for in the cookie
              --> spec.toml:47:1
               |
            47 | cookie = "session"
               | ^^^^^^
               |
               = help: add `"cookie"` to `from`, or remove `cookie`

        "#]],
    );
    check_diagnostics(
        &token("from = [\"cookie\"]\ncookie = \"my session\""),
        expect![[r#"
        error[invalid-name]: "my session" cannot name a cookie
          --> spec.toml:48:10
           |
        48 | cookie = "my session"
           |          ^^^^^^^^^^^^
           |
           = help: use letters, digits, `-`, `_` and `.` alone

    "#]],
    );
}

#[test]
fn cookies_and_pages_of_every_origin_do_not_go_together() {
    let spec = token("from = [\"cookie\"]\ncookie = \"session\"");
    let spec =
        spec.replace("stores_table = \"stores\"", "stores_table = \"stores\"\nallowed_origins = [\"*\"]");
    check_diagnostics(
        &spec,
        expect![[r#"
        error[invalid-value]: every page would act in the name of whoever opens it: browsers send cookies by themselves
          --> spec.toml:22:20
           |
        22 | allowed_origins = ["*"]
           |                    ^^^
           |
           = help: name the origins, or take `cookie` out of `from` of the route's auth

    "#]],
    );
}

/// A JSON Web Token signed with a shared key, and these lines.
fn jwt(lines: &str) -> String {
    guarded(&format!(
        "
[vars]
AUTH_ISSUER = \"https://issuer.example\"
LEEWAY = 3

[secrets.JWT_KEY]
description = \"What tokens are signed with\"

[auth.app]
type = \"jwt\"
{lines}"
    ))
}

/// A token of an issuer with a key set, and these lines.
fn key_set(lines: &str) -> String {
    let set = r#"jwks = "https://issuer.example/jwks.json""#;
    let spec = jwt(&format!("algorithms = [\"ES256\"]\n{set}\nwrite = [\"*\"]\n{lines}"));
    spec.replace("\n[secrets.JWT_KEY]\ndescription = \"What tokens are signed with\"\n", "")
}

#[test]
fn nothing_is_said_of_tokens_that_are_whole() {
    let shared = r#"algorithms = ["HS256"]
key = "JWT_KEY"
audience = ["app", "AUTH_ISSUER"]
require = ["sub"]
read = ["{app.stores}", "public"]
write = ["user-{sub}", "team-{team}/*", "drafts-*"]"#;
    check_diagnostics(&jwt(shared), expect![[""]]);
    check_diagnostics(&key_set(r#"issuer = "AUTH_ISSUER""#), expect![[""]]);
}

#[test]
fn a_token_needs_keys_and_stores() {
    check_diagnostics(
        &key_set("").replace("jwks = \"https://issuer.example/jwks.json\"\nwrite = [\"*\"]\n", ""),
        expect![[r#"
            error[missing-key]: nothing says with what signatures are checked
              --> spec.toml:45:7
               |
            45 | [auth.app]
               |       ^^^
               |
               = help: add `key` with the name of a secret or variable, or `jwks` with the address of a key set

            error[missing-key]: a token would open no store
              --> spec.toml:45:7
               |
            45 | [auth.app]
               |       ^^^
               |
               = help: add `write = ["*"]` for all stores, or name claims as in `write = ["{stores}"]`

        "#]],
    );
}

#[test]
fn keys_are_of_the_spec_or_of_a_set() {
    check_diagnostics(
        &key_set("issuer = \"AUTH_ISSUER\"\nkey = \"AUTH_ISSUER\""),
        expect![[r#"
            error[needless-key]: signatures are checked with a key of the spec or with a key set, not with both
              --> spec.toml:48:1
               |
            48 | jwks = "https://issuer.example/jwks.json"
               | ^^^^
               |
               = help: remove `key` or `jwks`

        "#]],
    );
}

#[test]
fn a_shared_key_and_public_ones_do_not_go_together() {
    check_diagnostics(
        &jwt("algorithms = [\"ES256\", \"HS256\"]\nkey = \"JWT_KEY\"\nwrite = [\"*\"]"),
        expect![[r#"
            error[invalid-value]: `HS256` shares its key, and the others do not: no key is of both kinds
              --> spec.toml:50:24
               |
            50 | algorithms = ["ES256", "HS256"]
               |                        ^^^^^^^
               |
               = help: leave it out, or list it alone

        "#]],
    );
    let set = key_set("audience = [\"app\"]").replace("ES256", "HS256");
    check_diagnostics(
        &set,
        expect![[r#"
        error[invalid-value]: a key set has public keys, with which `HS256` cannot be checked
          --> spec.toml:47:15
           |
        47 | algorithms = ["HS256"]
           |               ^^^^^^^
        48 | jwks = "https://issuer.example/jwks.json"
           | ---- the key set
           |
           = help: name the secret with the shared key as `key`, or list the algorithms of the set

    "#]],
    );
    let public = jwt("algorithms = [\"HS256\"]\nkey = \"AUTH_ISSUER\"\nwrite = [\"*\"]");
    check_diagnostics(
        &public.replace("\n[secrets.JWT_KEY]\ndescription = \"What tokens are signed with\"\n", ""),
        expect![[r#"
            error[invalid-value]: whoever reads the variable `AUTH_ISSUER` could make tokens
              --> spec.toml:48:7
               |
            48 | key = "AUTH_ISSUER"
               |       ^^^^^^^^^^^^^
               |
               = help: declare it as `[secrets.AUTH_ISSUER]`: variables are public in the dashboard

        "#]],
    );
}

#[test]
fn a_key_set_is_of_somebody_and_had_safely() {
    check_diagnostics(
        &key_set(""),
        expect![[r#"
        error[missing-key]: whoever is given a token of that key set, for whatever app, would be let in
          --> spec.toml:48:8
           |
        48 | jwks = "https://issuer.example/jwks.json"
           |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: add `issuer = "…"` and, if the tokens have one, `audience = ["…"]`

    "#]],
    );
    let unsafe_set = key_set("issuer = \"AUTH_ISSUER\"")
        .replace("https://issuer.example/jwks", "http://issuer.example/jwks");
    check_diagnostics(
        &unsafe_set,
        expect![[r#"
        error[invalid-value]: no keys can be had safely from "http://issuer.example/jwks.json"
          --> spec.toml:48:8
           |
        48 | jwks = "http://issuer.example/jwks.json"
           |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: write an https:// address: whoever answers there decides which tokens are good

    "#]],
    );
}

#[test]
fn a_setting_that_looks_like_a_variable_is_one() {
    check_diagnostics(
        &key_set(r#"issuer = "AUTH_ISSUERS""#),
        expect![[r#"
        error[unknown-var]: `vars.AUTH_ISSUERS` is not declared
          --> spec.toml:50:10
           |
        50 | issuer = "AUTH_ISSUERS"
           |          ^^^^^^^^^^^^^^
           |
           = help: did you mean `AUTH_ISSUER`?

    "#]],
    );
    check_diagnostics(
        &key_set(r#"audience = ["LEEWAY"]"#),
        expect![[r#"
        error[wrong-type]: text is needed, and `vars.LEEWAY` is none
          --> spec.toml:50:13
           |
        43 | LEEWAY = 3
           |          - declared here
        ...
        50 | audience = ["LEEWAY"]
           |             ^^^^^^^^
           |
           = help: write its value in quotes

    "#]],
    );
    check_diagnostics(
        &key_set(r#"audience = [" app"]"#),
        expect![[r#"
        error[invalid-value]: " app" is no value of a claim or address
          --> spec.toml:50:13
           |
        50 | audience = [" app"]
           |             ^^^^^^
           |
           = help: write it as the tokens have it, or the name of a variable

    "#]],
    );
}

#[test]
fn an_unknown_algorithm_is_told_all() {
    check_diagnostics(
        &key_set("issuer = \"AUTH_ISSUER\"").replace("\"ES256\"", "\"none\""),
        expect![[r#"
        error[invalid-value]: `auth.app.algorithms[0]` cannot be "none"
          --> spec.toml:47:15
           |
        47 | algorithms = ["none"]
           |               ^^^^^^
           |
           = help: expected one of: HS256, RS256, ES256, EdDSA

    "#]],
    );
}

#[test]
fn a_pattern_that_could_be_read_in_several_ways_is_refused() {
    check_diagnostics(
        &key_set("issuer = \"AUTH_ISSUER\"").replace("[\"*\"]", "[\"{a}-{b}\", \"a*b\", \"\", \"*\", \"*\"]"),
        expect![[r#"
            error[invalid-value]: "{a}-{b}" names no stores
              --> spec.toml:49:10
               |
            49 | write = ["{a}-{b}", "a*b", "", "*", "*"]
               |          ^^^^^^^^^
               |
               = help: a pattern has one claim: two values side by side could be read in several ways

            error[invalid-value]: "a*b" names no stores
              --> spec.toml:49:21
               |
            49 | write = ["{a}-{b}", "a*b", "", "*", "*"]
               |                     ^^^^^
               |
               = help: a `*` stands at the end alone, for whatever follows

            error[invalid-value]: "" names no stores
              --> spec.toml:49:28
               |
            49 | write = ["{a}-{b}", "a*b", "", "*", "*"]
               |                            ^^
               |
               = help: write a store's id, `*` for all stores, or a claim as in `{stores}`

            error[duplicate-name]: `*` is listed twice
              --> spec.toml:49:37
               |
            49 | write = ["{a}-{b}", "a*b", "", "*", "*"]
               |                                ---  ^^^
               |                                |
               |                                first listed here

        "#]],
    );
}

#[test]
fn clocks_differ_by_ten_minutes_at_most() {
    check_diagnostics(
        &key_set("issuer = \"AUTH_ISSUER\"\nleeway = 601"),
        expect![[r#"
        error[out-of-range]: `auth.app.leeway` cannot be 601
          --> spec.toml:51:10
           |
        51 | leeway = 601
           |          ^^^ expected 600 or less

    "#]],
    );
}
