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
        error[invalid-value]: no token is looked for in the cookie
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
