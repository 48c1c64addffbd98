//! The service's key is in nothing that leaves the worker but the call upstream: not in a status, a header, a body or a
//! line of the log, neither whole nor in part, whatever upstream does with it.

use reqwest::{RequestBuilder, Response};
use serde_json::json;
use tests::patience::answer;

use super::{KEY, Proxy, asking};

/// The longest part of the key that may be anywhere by chance.
const CHANCE: usize = 7;

/// What part of the key is in a text.
fn leaked(text: &str) -> Option<&str> {
    let ends = CHANCE + 1..=KEY.len();
    ends.map(|end| &KEY[end - CHANCE - 1..end]).find(|part| text.contains(part))
}

/// All that a client gets: status, headers, body.
async fn all(response: Response) -> String {
    let head = format!("{}\n{:?}\n", response.status(), response.headers());
    // A body that breaks off is an error with words of its own.
    let body = answer("body", response.text()).await.unwrap_or_else(|error| format!("{error:?}"));
    head + &body
}

async fn is_kept(proxy: &Proxy, case: &str, request: RequestBuilder) {
    let text = all(proxy.send(request).await).await;
    assert_eq!(leaked(&text), None, "{case}: {text}");
}

#[tokio::test]
async fn no_part_of_the_key_is_in_an_answer_or_in_the_log() {
    assert_eq!(leaked(&format!("x{}x", &KEY[5..13])), Some(&KEY[5..13]), "a part would be found");
    let proxy = Proxy::start().await;
    for said in [
        "Hello",
        "create a task Milk",
        "#comments",
        "#unasked",
        "#bad-arguments",
        "#repairable",
        "#cut-call",
        "#429",
        "#422",
        "#leak",
        "#html",
        "#empty",
        "#garbage",
        "#truncate",
        "#reset",
        "#error-frame",
        "#error-done",
        "#silent",
    ] {
        for stream in [true, false] {
            is_kept(&proxy, said, proxy.post(&asking(said, stream))).await;
        }
    }
    let hello = asking("Hello", true);
    for (case, request) in [
        ("a model that is none", proxy.post(&json!({ "model": "third", "messages": [] }))),
        ("a field that is none", proxy.post(&json!({ "audio": {} }))),
        ("no JSON", proxy.post(&hello).body("{")),
        ("too long", proxy.post(&asking(&"x".repeat(10_000), true))),
        ("a foreign page", proxy.post(&hello).header("origin", "https://elsewhere.example")),
        ("a wrong token", proxy.post(&hello).header("authorization", "Bearer wrong")),
        ("another path", reqwest::Client::new().get(proxy.world.url("/health"))),
    ] {
        is_kept(&proxy, case, request).await;
    }
    let asked = proxy.upstream.asked();
    assert!(!asked.is_empty() && asked.iter().all(|it| it.headers.iter().any(|it| it.1.ends_with(KEY))));
    let log = proxy.world.log();
    assert_eq!(leaked(&log), None, "{log}");
}
