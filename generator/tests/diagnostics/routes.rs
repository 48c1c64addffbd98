//! Routes and what they lead to.

use expect_test::expect;

use crate::{check_diagnostics, edited, edited_llm, with, with_llm};

#[test]
fn a_binding_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &edited(&[(r#"binding = "SYNC""#, r#"binding = "SINC""#)]),
        expect![[r#"
        error[unknown-binding]: `bindings.SINC` is not declared
          --> spec.toml:16:11
           |
        16 | binding = "SINC"
           |           ^^^^^^
           |
           = help: did you mean `SYNC`?

    "#]],
    );
}

#[test]
fn a_binding_of_another_type_is_shown_with_its_type() {
    check_diagnostics(
        &edited(&[(r#"binding = "SYNC""#, r#"binding = "DB""#)]),
        expect![[r#"
        error[wrong-binding-type]: `DB` is no Durable Object
          --> spec.toml:16:11
           |
        10 | type = "d1"
           |        ---- declared here
        ...
        16 | binding = "DB"
           |           ^^^^
           |
           = help: name `SYNC` instead

    "#]],
    );
}

#[test]
fn a_path_without_a_slash_is_refused() {
    check_diagnostics(
        &edited(&[(r#""/websocket""#, r#""websocket""#)]),
        expect![[r#"
        error[invalid-path]: "websocket" is no path of a route
          --> spec.toml:14:8
           |
        14 | path = "websocket"
           |        ^^^^^^^^^^^
           |
           = help: a path starts with `/`

    "#]],
    );
}

#[test]
fn a_path_with_a_query_is_refused() {
    check_diagnostics(
        &edited(&[(r#""/websocket""#, r#""/websocket?v=1""#)]),
        expect![[r#"
        error[invalid-path]: "/websocket?v=1" is no path of a route
          --> spec.toml:14:8
           |
        14 | path = "/websocket?v=1"
           |        ^^^^^^^^^^^^^^^^
           |
           = help: a path has letters, digits and `-._~/` alone, without query or fragment

    "#]],
    );
}

#[test]
fn a_path_with_a_star_in_its_middle_is_refused() {
    check_diagnostics(
        &edited(&[(r#""/websocket""#, r#""/*/websocket""#)]),
        expect![[r#"
        error[invalid-path]: "/*/websocket" is no path of a route
          --> spec.toml:14:8
           |
        14 | path = "/*/websocket"
           |        ^^^^^^^^^^^^^^
           |
           = help: `*` stands only at the end, as in `/api/*`

    "#]],
    );
}

#[test]
fn a_path_that_climbs_is_refused() {
    check_diagnostics(
        &edited(&[(r#""/websocket""#, r#""/a/../websocket""#)]),
        expect![[r#"
        error[invalid-path]: "/a/../websocket" is no path of a route
          --> spec.toml:14:8
           |
        14 | path = "/a/../websocket"
           |        ^^^^^^^^^^^^^^^^^
           |
           = help: a path has no empty, `.` or `..` segments: browsers remove them

    "#]],
    );
}

#[test]
fn two_routes_of_one_path_are_both_shown() {
    check_diagnostics(
        &with_llm(
            r#"
[[routes]]
path = "/websocket"
handler = "health"
"#,
        ),
        expect![[r#"
            error[duplicate-route]: two routes have the path `/websocket`
              --> spec.toml:59:8
               |
            14 | path = "/websocket"
               |        ------------ the first is here
            ...
            59 | path = "/websocket"
               |        ^^^^^^^^^^^^
               |
               = help: give it another path, or remove it

        "#]],
    );
}

#[test]
fn a_route_below_an_earlier_star_is_a_warning() {
    check_diagnostics(
        &edited_llm(&[(r#"path = "/websocket""#, r#"path = "/*""#)]),
        expect![[r#"
        warning[shadowed-route]: `/*` already answers `/chat`
          --> spec.toml:44:8
           |
        14 | path = "/*"
           |        ---- matches first
        ...
        44 | path = "/chat"
           |        ^^^^^^^
           |
           = help: the first route that matches answers: put the narrower one first

    "#]],
    );
}

#[test]
fn a_second_relay_is_shown_with_the_first() {
    check_diagnostics(
        &with(
            r#"
[[routes]]
path = "/ws"
handler = "relay"
binding = "SYNC"
auth = "none"
"#,
        ),
        expect![[r#"
            error[duplicate-route]: a worker has one route to the handler `relay`
              --> spec.toml:42:11
               |
            15 | handler = "relay"
               |           ------- the first is here
            ...
            42 | handler = "relay"
               |           ^^^^^^^
               |
               = help: remove one of them

        "#]],
    );
}

#[test]
fn a_route_to_a_model_without_one_declared_is_told_what_to_add() {
    check_diagnostics(
        &with(
            r#"
[[routes]]
path = "/chat"
handler = "llm"
"#,
        ),
        expect![[r#"
            warning[open-route]: everybody may use `/chat`, and the spec does not say that it is meant
              --> spec.toml:41:8
               |
            41 | path = "/chat"
               |        ^^^^^^^
               |
               = help: say with `auth = "…"` which section of `[auth]` guards it, or `auth = "none"` if everybody may use it

            error[missing-section]: the route leads to `llm`, which is not declared
              --> spec.toml:42:11
               |
            42 | handler = "llm"
               |           ^^^^^
               |
               = help: add `[llm]` with provider, models and api_key, or remove the route

        "#]],
    );
}

#[test]
fn a_chat_by_get_is_refused() {
    check_diagnostics(
        &edited_llm(&[(
            r#"handler = "llm""#,
            r#"handler = "llm"
methods = ["GET", "POST"]"#,
        )]),
        expect![[r#"
            error[invalid-value]: chat completions are asked for by POST alone
              --> spec.toml:46:11
               |
            46 | methods = ["GET", "POST"]
               |           ^^^^^^^^^^^^^^^
               |
               = help: write `methods = ["POST"]`, or leave it out

        "#]],
    );
}

#[test]
fn a_method_in_small_letters_is_told_the_nearest() {
    check_diagnostics(
        &edited_llm(&[(
            r#"handler = "llm""#,
            r#"handler = "llm"
methods = ["post"]"#,
        )]),
        expect![[r#"
            error[invalid-value]: `routes[1].methods[0]` cannot be "post"
              --> spec.toml:46:12
               |
            46 | methods = ["post"]
               |            ^^^^^^
               |
               = help: did you mean `POST`?

        "#]],
    );
}

#[test]
fn a_tool_that_is_misspelt_is_told_the_nearest() {
    check_diagnostics(
        &edited_llm(&[(r#"tools = ["create_task"]"#, r#"tools = ["creat_task"]"#)]),
        expect![[r#"
            error[unknown-tool]: `tools.creat_task` is not declared
              --> spec.toml:47:10
               |
            47 | tools = ["creat_task"]
               |          ^^^^^^^^^^^^
               |
               = help: did you mean `create_task`?

        "#]],
    );
}

#[test]
fn a_tool_offered_twice_is_shown_twice() {
    check_diagnostics(
        &edited_llm(&[(r#"tools = ["create_task"]"#, r#"tools = ["create_task", "create_task"]"#)]),
        expect![[r#"
            error[duplicate-name]: the tool `create_task` is offered twice
              --> spec.toml:47:25
               |
            47 | tools = ["create_task", "create_task"]
               |          -------------  ^^^^^^^^^^^^^
               |          |
               |          first offered here

        "#]],
    );
}

#[test]
fn a_broken_route_leaves_the_places_of_the_others() {
    check_diagnostics(
        &edited_llm(&[
            ("binding = \"SYNC\"\n", "bindin = \"SYNC\"\n"),
            (r#"path = "/chat""#, r#"path = "chat""#),
        ]),
        expect![[r#"
            error[unknown-key]: `routes[0]` has no key `bindin`
              --> spec.toml:16:1
               |
            16 | bindin = "SYNC"
               | ^^^^^^
               |
               = help: did you mean `binding`?

            error[invalid-path]: "chat" is no path of a route
              --> spec.toml:44:8
               |
            44 | path = "chat"
               |        ^^^^^^
               |
               = help: a path starts with `/`

        "#]],
    );
}

#[test]
fn an_admin_route_without_paths_below_it_is_told_to_have_them() {
    check_diagnostics(
        &with(
            "[secrets.TOKEN]\ndescription = \"For operators\"\n\n[[routes]]\npath = \"/admin\"\nhandler = \"admin\"\ntoken = \"TOKEN\"",
        ),
        expect![[r#"
            error[invalid-path]: the handler `admin` answers several paths below its own
              --> spec.toml:44:8
               |
            44 | path = "/admin"
               |        ^^^^^^^^
               |
               = help: end the path in `/*`, as in `/admin/*`

        "#]],
    );
}

#[test]
fn an_admin_route_whose_token_is_no_secret_is_told_to_declare_it() {
    check_diagnostics(
        &with("[[routes]]\npath = \"/admin/*\"\nhandler = \"admin\"\ntoken = \"TOKEN\""),
        expect![[r#"
            error[unknown-secret]: `secrets.TOKEN` is not declared
              --> spec.toml:43:9
               |
            43 | token = "TOKEN"
               |         ^^^^^^^
               |
               = help: declare `[secrets.TOKEN]`

        "#]],
    );
}
