//! What browsers are told with the web app.

use expect_test::expect;

use crate::{check_diagnostics, with};

/// The small spec with a web app, and what more is said of it.
fn web(further: &str) -> String {
    with(&format!("[bindings.ASSETS]\ntype = \"assets\"\n\n[web]\ndirectory = \"dist\"\n{further}\n"))
}

#[test]
fn a_web_app_needs_to_say_nothing_of_headers() {
    check_diagnostics(&web(""), expect![[""]]);
}

#[test]
fn what_browsers_are_told_can_be_said_otherwise() {
    let toml = r#"api = ["/rpc/*", "/graphql"]
cache = { immutable = ["/build/*", "/fonts/a.woff2"], max_age = 0 }
headers.x-robots-tag = "noindex"
headers.cross-origin-opener-policy = "same-origin-allow-popups"
headers.content-security-policy-report-only = "default-src 'self'; report-uri /csp"

[web.security]
content_security_policy.connect-src = ["'self'", "https://*.example.com:8443", "wss://a.example.com", "data:"]
content_security_policy.script-src = ["'self'", "'sha256-uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek='"]
content_security_policy.img-src = []
strict_transport_security = { max_age = 63_072_000, include_subdomains = true, preload = true }
referrer_policy = "no-referrer"
permissions_policy = { camera = ["self", "https://meet.example.com"], fullscreen = ["*"] }"#;
    check_diagnostics(&web(toml), expect![[""]]);
}

#[test]
fn a_directive_that_there_is_not_is_told_the_nearest() {
    check_diagnostics(
        &web("security.content_security_policy.conect-src = [\"'self'\"]"),
        expect![[r#"
        error[unknown-key]: `web.security.content_security_policy` has no key `conect-src`
          --> spec.toml:45:34
           |
        45 | security.content_security_policy.conect-src = ["'self'"]
           |                                  ^^^^^^^^^^
           |
           = help: did you mean `connect-src`?

    "#]],
    );
}

#[test]
fn a_source_that_would_end_its_directive_or_allow_nothing_is_refused() {
    check_diagnostics(
        &web(r#"[web.security.content_security_policy]
connect-src = ["self"]
font-src = ["'self'; script-src *"]
frame-src = ["'none'", "https://a.example.com"]
img-src = ["https"]
media-src = ["'own'"]
script-src = ["'nonce-abc'", "a\r\nb"]"#),
        expect![[r#"
            error[invalid-value]: "self" is no source of `connect-src`
              --> spec.toml:46:16
               |
            46 | connect-src = ["self"]
               |                ^^^^^^
               |
               = help: write the keyword in single quotes, as in `'self'`

            error[invalid-value]: "'self'; script-src *" is no source of `font-src`
              --> spec.toml:47:13
               |
            47 | font-src = ["'self'; script-src *"]
               |             ^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: a source has no spaces, commas, semicolons or quotes within: write each as one of the list

            error[invalid-value]: "'none'" is no source of `frame-src`
              --> spec.toml:48:14
               |
            48 | frame-src = ["'none'", "https://a.example.com"]
               |              ^^^^^^^^
               |
               = help: `'none'` stands alone

            error[invalid-value]: "https" is no source of `img-src`
              --> spec.toml:49:12
               |
            49 | img-src = ["https"]
               |            ^^^^^^^
               |
               = help: write an origin, as in `https://api.example.com`, or a scheme, as in `data:`

            error[invalid-value]: "'own'" is no source of `media-src`
              --> spec.toml:50:14
               |
            50 | media-src = ["'own'"]
               |              ^^^^^^^
               |
               = help: there is no such keyword

            error[invalid-value]: "'nonce-abc'" is no source of `script-src`
              --> spec.toml:51:15
               |
            51 | script-src = ["'nonce-abc'", "a\r\nb"]
               |               ^^^^^^^^^^^^^
               |
               = help: a nonce is for one answer alone, and these are for all: use a hash, as in `'sha256-…'`

            error[invalid-value]: "a\r\nb" is no source of `script-src`
              --> spec.toml:51:30
               |
            51 | script-src = ["'nonce-abc'", "a\r\nb"]
               |                              ^^^^^^^^
               |
               = help: a source has no spaces, commas, semicolons or quotes within: write each as one of the list

        "#]],
    );
}

#[test]
fn headers_that_something_else_sets_are_refused() {
    check_diagnostics(
        &web(r#"[web.headers]
cache-control = "no-store"
content-security-policy = "default-src *"
x-content-type-options = "nosniff"
etag = "1"
cf-ray = "1"
content-length = "1""#),
        expect![[r#"
            error[needless-key]: `cache-control` is said by `web.cache`
              --> spec.toml:46:1
               |
            46 | cache-control = "no-store"
               | ^^^^^^^^^^^^^
               |
               = help: say it there, and leave it out here: an answer with two would be read in either way

            error[needless-key]: `content-security-policy` is said by `web.security.content_security_policy`
              --> spec.toml:47:1
               |
            47 | content-security-policy = "default-src *"
               | ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: say it there, and leave it out here: an answer with two would be read in either way

            error[needless-key]: `x-content-type-options` is said by `web`
              --> spec.toml:48:1
               |
            48 | x-content-type-options = "nosniff"
               | ^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: say it there, and leave it out here: an answer with two would be read in either way

            error[invalid-name]: "etag" cannot be the name of a fixed header
              --> spec.toml:49:1
               |
            49 | etag = "1"
               | ^^^^
               |
               = help: the platform sets it with each answer, by what the answer is: leave it out

            error[invalid-name]: "cf-ray" cannot be the name of a fixed header
              --> spec.toml:50:1
               |
            50 | cf-ray = "1"
               | ^^^^^^
               |
               = help: the platform sets it with each answer, by what the answer is: leave it out

            error[invalid-name]: "content-length" cannot be the name of a fixed header
              --> spec.toml:51:1
               |
            51 | content-length = "1"
               | ^^^^^^^^^^^^^^
               |
               = help: it is set with each answer, by what the answer is: leave it out

        "#]],
    );
}

#[test]
fn a_value_that_would_begin_another_header_or_change_with_the_path_is_refused() {
    check_diagnostics(
        &web("[web.headers]\nx-a = \"a\\r\\nset-cookie: b\"\nx-b = \"/files/:splat\""),
        expect![[r#"
            error[invalid-value]: "a\r\nset-cookie: b" cannot be the value of a header
              --> spec.toml:46:7
               |
            46 | x-a = "a\r\nset-cookie: b"
               |       ^^^^^^^^^^^^^^^^^^^^
               |
               = help: write 1 to 1024 printable ASCII characters, without spaces at the ends

            error[invalid-value]: "/files/:splat" cannot be the value of a header
              --> spec.toml:47:7
               |
            47 | x-b = "/files/:splat"
               |       ^^^^^^^^^^^^^^^
               |
               = help: Cloudflare would put a part of the file's path in place of `:splat`

        "#]],
    );
}

#[test]
fn pages_that_are_isolated_say_so_in_one_place() {
    check_diagnostics(
        &web("security.cross_origin_isolated = true\nheaders.cross-origin-opener-policy = \"unsafe-none\""),
        expect![[r#"
            error[needless-key]: `cross-origin-opener-policy` is said by `web.security.cross_origin_isolated`
              --> spec.toml:46:9
               |
            46 | headers.cross-origin-opener-policy = "unsafe-none"
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: say it there, and leave it out here: an answer with two would be read in either way

        "#]],
    );
}

#[test]
fn a_header_that_is_too_long_for_a_file_is_refused() {
    let source = format!("\"https://{}.example.com\"", "a".repeat(63));
    let sources = [source.as_str(); 24].join(", ");
    check_diagnostics(
        &web(&format!("security.content_security_policy.connect-src = [{sources}]")),
        expect![[r#"
            error[invalid-value]: the header `content-security-policy` has 2255 characters
              --> spec.toml:45:10
               |
            45 | security.content_security_policy.connect-src = ["https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com...
               |          ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: Cloudflare leaves one of more than 2000 out: say less

        "#]],
    );
}

#[test]
fn features_and_who_may_use_them_have_a_form() {
    check_diagnostics(
        &web(
            "[web.security.permissions_policy]\nCamera = []\nmicrophone = [\"everybody\", \"https://a.example.com/\"]",
        ),
        expect![[r#"
            error[invalid-name]: "Camera" is no name of a feature
              --> spec.toml:46:1
               |
            46 | Camera = []
               | ^^^^^^
               |
               = help: write small letters and `-` alone, as in `display-capture`

            error[invalid-value]: "everybody" is nobody who may use `microphone`
              --> spec.toml:47:15
               |
            47 | microphone = ["everybody", "https://a.example.com/"]
               |               ^^^^^^^^^^^
               |
               = help: write `self`, `*` or an origin: write scheme and host in small letters, as in `https://app.example.com` or `http://localhost:5173`

            error[invalid-value]: "https://a.example.com/" is nobody who may use `microphone`
              --> spec.toml:47:28
               |
            47 | microphone = ["everybody", "https://a.example.com/"]
               |                            ^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: write `self`, `*` or an origin: an origin has no path, not even a `/` at its end

        "#]],
    );
}

#[test]
fn a_site_that_browsers_would_not_build_in_cannot_ask_for_it() {
    check_diagnostics(
        &web("security.strict_transport_security = { max_age = 3_600, preload = true }"),
        expect![[r#"
            error[invalid-value]: browsers do not build in a site that says this
              --> spec.toml:45:67
               |
            45 | security.strict_transport_security = { max_age = 3_600, preload = true }
               |                                                                   ^^^^
               |
               = help: their list asks for `include_subdomains = true` and a `max_age` of a year or more

        "#]],
    );
}

#[test]
fn paths_of_programs_and_of_files_that_are_kept_have_a_form() {
    check_diagnostics(
        &web(
            "api = [\"api/*\", \"/v*/x\"]\ncache = { immutable = [\"/*/assets/*\", \"/a b\"], max_age = 100_000 }",
        ),
        expect![[r#"
            error[invalid-path]: "api/*" is no path
              --> spec.toml:45:8
               |
            45 | api = ["api/*", "/v*/x"]
               |        ^^^^^^^
               |
               = help: a path starts with `/`

            error[invalid-path]: "/v*/x" is no path
              --> spec.toml:45:17
               |
            45 | api = ["api/*", "/v*/x"]
               |                 ^^^^^^^
               |
               = help: `*` stands only at the end, as in `/api/*`

            error[invalid-path]: "/*/assets/*" is no pattern of paths
              --> spec.toml:46:24
               |
            46 | cache = { immutable = ["/*/assets/*", "/a b"], max_age = 100_000 }
               |                        ^^^^^^^^^^^^^
               |
               = help: write it as `/assets/*`, with one `*` at most

            error[invalid-path]: "/a b" is no pattern of paths
              --> spec.toml:46:39
               |
            46 | cache = { immutable = ["/*/assets/*", "/a b"], max_age = 100_000 }
               |                                       ^^^^^^
               |
               = help: write it as `/assets/*`, with one `*` at most

            error[out-of-range]: `web.cache.max_age` cannot be 100000
              --> spec.toml:46:58
               |
            46 | cache = { immutable = ["/*/assets/*", "/a b"], max_age = 100_000 }
               |                                                          ^^^^^^^ expected 86400 or less

        "#]],
    );
}
