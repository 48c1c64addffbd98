//! What the worker answers over plain HTTP.

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tests::patience::answer;
use tests::world::World;

async fn send(world: &World, method: Method, path: &str, body: Option<Value>) -> Response {
    let mut request = Client::new().request(method, world.url(path));
    if let Some(body) = body {
        request = request.json(&body);
    }
    answer("HTTP response", request.send()).await.unwrap_or_else(|error| panic!("{path}: {error}"))
}

async fn get(world: &World, path: &str) -> Response {
    send(world, Method::GET, path, None).await
}

fn content_type(response: &Response) -> &str {
    response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn health_names_the_spec_that_the_worker_was_built_from() {
    let world = World::shared().await;
    let response = get(&world, "/health").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(content_type(&response).starts_with("application/json"));
    let health: Value = response.json().await.unwrap();
    assert_eq!(health["spec"], json!(glue::SPEC_HASH));
}

#[tokio::test]
async fn a_websocket_path_without_an_upgrade_says_that_it_needs_one() {
    let world = World::shared().await;
    let response = get(&world, "/websocket?storeId=s&transport=ws").await;
    assert_eq!(response.status(), StatusCode::UPGRADE_REQUIRED);
    let text = response.text().await.unwrap();
    assert!(text.contains("WebSocket") || text.contains("websocket"), "{text:?} names no upgrade");
}

#[tokio::test]
async fn an_unknown_path_gets_the_page() {
    let world = World::shared().await;
    let page = get(&world, "/").await.text().await.unwrap();
    let response = get(&world, "/some/board").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(content_type(&response).starts_with("text/html"));
    assert_eq!(response.text().await.unwrap(), page);
}

#[tokio::test]
async fn a_wrong_method_is_refused_with_the_allowed_ones() {
    let world = World::shared().await;
    for (method, path, allowed) in [
        (Method::POST, "/health", "GET"),
        (Method::DELETE, "/websocket", "GET"),
        (Method::GET, "/api/chat/completions", "POST"),
    ] {
        let response = send(&world, method, path, None).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allow = response.headers().get("allow").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(allow.contains(allowed), "{path} allows {allow:?}");
    }
}

#[tokio::test]
async fn chat_completions_fail_as_openai_clients_expect() {
    let world = World::shared().await;
    let body = json!({ "model": "gpt-4o-mini", "messages": [{ "role": "user", "content": "Hello" }] });
    let response = send(&world, Method::POST, "/api/chat/completions", Some(body)).await;
    assert_eq!(response.status(), StatusCode::NOT_IMPLEMENTED);
    let answer: Value = response.json().await.unwrap();
    assert!(answer["error"]["message"].is_string(), "{answer}");
    assert!(answer["error"]["type"].is_string(), "{answer}");
}
