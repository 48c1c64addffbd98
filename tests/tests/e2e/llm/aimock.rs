//! Before aimock, a stand-in for models that others wrote: its answers are not made by what reads them.

use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::patience::answer;
use tests::world::{World, root};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{asking, call, events, finish, said, text, world};

/// An aimock that serves until it is dropped, and its base URL.
async fn aimock() -> (Child, String) {
    let installed = tokio::task::spawn_blocking(tests::packages).await;
    installed.unwrap_or_else(|error| panic!("{error}")).unwrap_or_else(|reason| panic!("{reason}"));
    let mut process = Command::new("node")
        .arg(root().join("tests/clients/aimock.js"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start `node`: {error}"));
    let output = process.stdout.take().unwrap_or_else(|| panic!("its output is piped"));
    let mut lines = BufReader::new(output).lines();
    let line = answer("base URL of aimock", lines.next_line()).await;
    let base_url = line.ok().flatten().unwrap_or_else(|| panic!("aimock does not come up"));
    (process, base_url)
}

async fn ask(world: &World, body: &Value) -> (StatusCode, String) {
    let response = answer("answer", super::post(world, body).send()).await;
    let response = response.unwrap_or_else(|error| panic!("no answer: {error}"));
    (response.status(), text(response).await)
}

#[tokio::test]
async fn answers_of_a_foreign_stand_in_are_passed_on_and_its_failures_told() {
    let (_aimock, base_url) = aimock().await;
    let world = world(base_url).await;
    passes_on(&world).await;
    tells_failures(&world).await;
    assert!(!world.log().contains("org-1234"), "upstream's text is in the log");
}

async fn passes_on(world: &World) {
    let mut body = asking("say hello", true);
    body["stream_options"] = json!({ "include_usage": true });
    let events = events(&ask(world, &body).await.1);
    assert_eq!(said(&events), "Hello from aimock, in several pieces.");
    assert_eq!((finish(&events), events.last()), (Some("stop"), Some(&json!("[DONE]"))));
    assert!(events.iter().any(|it| it["usage"]["total_tokens"] == 15), "{events:?}");
    let whole: Value =
        serde_json::from_str(&ask(world, &asking("say hello", false)).await.1).unwrap_or_default();
    assert_eq!(whole["usage"]["total_tokens"], 15, "{whole}");

    let events = super::events(&ask(world, &asking("make tasks", true)).await.1);
    let task = |title: &str| {
        let arguments = json!({ "title": title, "column": null }).to_string();
        json!({ "name": "create_task", "arguments": arguments })
    };
    assert_eq!(call(&events), [task("Milk"), task("Tea")]);
    assert_eq!(finish(&events), Some("tool_calls"));
}

async fn tells_failures(world: &World) {
    for (said, code) in [("break off", "upstream_truncated"), ("call wrongly", "invalid_tool_call")] {
        let (status, text) = ask(world, &asking(said, true)).await;
        let events = events(&text);
        let [.., error, done] = &events[..] else { panic!("{said}: {status} {text}") };
        assert_eq!((&error["error"]["code"], done), (&json!(code), &json!("[DONE]")), "{said}");
    }
    let began = Instant::now();
    let (status, text) = ask(world, &asking("too much", true)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{text}");
    assert!(began.elapsed() >= Duration::from_secs(2), "it is asked again before it said so");
    // Within the patience for an answer, which is shorter than what it asks for.
    let (status, text) = ask(world, &asking("come back later", true)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{text}");
    assert!(!text.contains("org-1234"), "{text}");
}
