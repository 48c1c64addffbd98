//! How the web app is served: what each answer tells a browser, byte for byte, and what is answered where no file is.

use std::fs;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tests::patience::answer;
use tests::world::{World, root};

/// What every answer says, whatever answers.
const EVERY: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("strict-transport-security", "max-age=31536000"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
];

/// What a browser sends on the way to a page.
const VISIT: &[(&str, &str)] =
    &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("accept", "text/html,*/*;q=0.8")];

/// What a browser sends for a script of a page.
const SCRIPT: &[(&str, &str)] =
    &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "script"), ("accept", "*/*")];

/// An answer, read whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// The value of a header; empty if it is not there, all values if it is there more than once.
    fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|it| it.to_str().unwrap_or_default());
        values.collect::<Vec<_>>().join(" | ")
    }

    /// Asserts status, kind and caching, and that it says what every answer does.
    fn is(&self, what: &str, status: StatusCode, kind: &str, cached: &str) {
        assert_eq!(self.status, status, "{what}");
        assert_eq!(self.header("content-type"), kind, "{what}");
        assert_eq!(self.header("cache-control"), cached, "{what}");
        for (name, value) in EVERY {
            assert_eq!(self.header(name), value, "{what}: {name}");
        }
        for name in ["cross-origin-opener-policy", "cross-origin-embedder-policy"] {
            assert_eq!(self.header(name), "", "{what}: {name}");
        }
    }
}

async fn send(world: &World, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let client = Client::builder().redirect(Policy::none()).build().expect("a client can be made");
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap_or_else(|error| panic!("{name}: {error}"));
        map.insert(HeaderName::from_static(name), value);
    }
    let request = client.request(method, world.url(path)).headers(map);
    let response =
        answer("HTTP response", request.send()).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    let (status, headers) = (response.status(), response.headers().clone());
    let body = answer("body", response.bytes()).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    Answer { status, headers, body: body.to_vec() }
}

async fn get(world: &World, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    send(world, Method::GET, path, headers).await
}

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const YEAR: &str = "public, max-age=31536000, immutable";

/// The path of a script of the built web app, which is named by its content.
fn script() -> String {
    built("assets/", |name| name.ends_with(".js"))
}

/// The path of the first file in a folder of the built web app whose name is `wanted`.
fn built(folder: &str, wanted: fn(&str) -> bool) -> String {
    let entries = fs::read_dir(root().join("web/dist").join(folder)).expect("the web app is built");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let name = names.filter(|name| wanted(name)).min();
    let name = name.unwrap_or_else(|| panic!("the web app has no such file in {folder:?}"));
    format!("/{folder}{name}")
}

#[tokio::test]
async fn the_page_is_asked_for_again_each_time() {
    let world = World::shared().await;
    get(&world, "/", VISIT).await.is("the page", StatusCode::OK, HTML, "no-cache");
    let moved = get(&world, "/index.html", VISIT).await;
    moved.is("its other path", StatusCode::TEMPORARY_REDIRECT, "", "no-cache");
    assert_eq!(moved.header("location"), "/");
}

#[tokio::test]
async fn a_file_that_is_named_by_its_content_is_kept_for_a_year() {
    let world = World::shared().await;
    let path = script();
    let file = get(&world, &path, SCRIPT).await;
    let kind = file.header("content-type");
    file.is(&path, StatusCode::OK, &kind, YEAR);
    assert_eq!(file.body, fs::read(root().join("web/dist").join(&path[1..])).unwrap());
}

#[tokio::test]
async fn any_other_file_is_kept_for_minutes() {
    let world = World::shared().await;
    let path = built("", |name| name.contains('.') && !name.ends_with(".html"));
    let file = get(&world, &path, SCRIPT).await;
    let kind = file.header("content-type");
    file.is(&path, StatusCode::OK, &kind, "public, max-age=300");
}

#[tokio::test]
async fn whoever_visits_a_path_that_is_no_file_gets_the_page() {
    let world = World::shared().await;
    let page = get(&world, "/", VISIT).await;
    for (path, headers) in [
        ("/boards/7?view=all", VISIT),
        ("/releases/1.2", VISIT),
        ("/api", VISIT),
        ("/a%20b/%C3%BC", VISIT),
        ("/boards/7", &[("accept", "text/html,*/*;q=0.8")]),
    ] {
        let visit = get(&world, path, headers).await;
        visit.is(path, StatusCode::OK, HTML, "no-cache");
        assert_eq!(visit.header("etag"), page.header("etag"), "{path}");
        assert!(visit.body == page.body, "{path} is not the page");
    }
}

#[tokio::test]
async fn a_file_that_is_missing_is_not_found() {
    let world = World::shared().await;
    for path in ["/assets/nope.js", "/nope.png", "/boards/data.json", "/_headers/x.js"] {
        for headers in [VISIT, SCRIPT, &[]] {
            let missing = get(&world, path, headers).await;
            missing.is(path, StatusCode::NOT_FOUND, TEXT, "no-store");
            assert_eq!(missing.body, b"Nothing is served here.", "{path}");
        }
    }
}

#[tokio::test]
async fn what_a_page_loads_from_a_path_that_is_no_file_is_not_found() {
    let world = World::shared().await;
    for headers in [SCRIPT, &[("accept", "*/*")], &[("sec-fetch-mode", "cors"), ("accept", "text/html")]] {
        let missing = get(&world, "/boards/7", headers).await;
        missing.is("a board", StatusCode::NOT_FOUND, TEXT, "no-store");
    }
    let posted = send(&world, Method::POST, "/boards/7", VISIT).await;
    posted.is("a form", StatusCode::NOT_FOUND, TEXT, "no-store");
}

#[tokio::test]
async fn the_headers_themselves_are_no_file() {
    let world = World::shared().await;
    assert_eq!(get(&world, "/_headers", SCRIPT).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_program_that_asks_at_a_wrong_path_is_told_in_json() {
    let world = World::shared().await;
    for (method, headers) in
        [(Method::GET, VISIT), (Method::GET, SCRIPT), (Method::POST, &[]), (Method::PUT, &[])]
    {
        let missing = send(&world, method, "/api/nope", headers).await;
        missing.is("/api/nope", StatusCode::NOT_FOUND, JSON, "no-store");
        let body: Value = serde_json::from_slice(&missing.body).unwrap();
        assert_eq!(
            body,
            json!({ "error": {
                "message": "Nothing is served here.",
                "type": "invalid_request_error",
                "param": null,
                "code": "not_found",
            } })
        );
    }
}

#[tokio::test]
async fn a_program_that_asks_by_a_wrong_method_is_told_the_right_ones_in_json() {
    let world = World::shared().await;
    let wrong = get(&world, "/api/chat/completions", VISIT).await;
    wrong.is("GET", StatusCode::METHOD_NOT_ALLOWED, JSON, "no-store");
    assert_eq!(wrong.header("allow"), "POST");
    let body: Value = serde_json::from_slice(&wrong.body).unwrap();
    assert_eq!(body["error"]["code"], "method_not_allowed");
}

#[tokio::test]
async fn what_the_worker_answers_says_what_files_say() {
    let world = World::shared().await;
    let health = get(&world, "/health", &[]).await;
    health.is("/health", StatusCode::OK, JSON, "no-store");
    // The worker's own refusal, and the answer of a store's object.
    let refusal = get(&world, "/websocket?storeId=serving", &[]).await;
    refusal.is("/websocket", StatusCode::UPGRADE_REQUIRED, TEXT, "no-store");
    let sync = send(&world, Method::POST, "/websocket?storeId=serving&transport=http", &[]).await;
    let (status, kind) = (sync.status, sync.header("content-type"));
    sync.is("sync over HTTP", status, &kind, "no-store");
}

#[tokio::test]
async fn a_browser_that_has_the_content_is_told_so_without_it() {
    let world = World::shared().await;
    for path in ["/".to_owned(), "/boards/7".to_owned(), script()] {
        let etag = get(&world, &path, VISIT).await.header("etag");
        assert!(etag.starts_with('"') && etag.len() > 10, "{path}: {etag:?}");
        let cached = get(&world, &path, &[VISIT, &[("if-none-match", etag.as_str())]].concat()).await;
        assert_eq!((cached.status, cached.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(cached.header("etag"), etag, "{path}");
        let cache_control = if path.starts_with("/assets/") { YEAR } else { "no-cache" };
        assert_eq!(cached.header("cache-control"), cache_control, "{path}");
        let other = get(&world, &path, &[VISIT, &[("if-none-match", "\"other\"")]].concat()).await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn head_says_what_get_says_without_a_body() {
    let world = World::shared().await;
    for path in ["/", "/boards/7", "/assets/nope.js", "/api/nope", &script()] {
        let (head, get) = (send(&world, Method::HEAD, path, VISIT).await, get(&world, path, VISIT).await);
        assert_eq!(head.body, b"", "{path}");
        head.is(path, get.status, &get.header("content-type"), &get.header("cache-control"));
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn what_is_worth_it_is_compressed_for_those_who_take_it() {
    let world = World::shared().await;
    for path in ["/", "/boards/7", &script()] {
        let plain = get(&world, path, VISIT).await;
        let small = get(&world, path, &[VISIT, &[("accept-encoding", "gzip")]].concat()).await;
        assert_eq!(
            (plain.header("content-encoding"), small.header("content-encoding")),
            (String::new(), "gzip".to_owned())
        );
        assert_eq!(small.body.get(..2), Some([0x1f, 0x8b].as_slice()), "{path}");
        assert!(small.body.len() < plain.body.len(), "{path}");
    }
}
