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
async fn head_gets_the_headers_of_get_without_a_body() {
    let world = World::shared().await;
    for (path, status) in [
        ("/health", StatusCode::OK),
        ("/", StatusCode::OK),
        ("/websocket?storeId=s", StatusCode::UPGRADE_REQUIRED),
        ("/api/chat/completions", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let response = send(&world, Method::HEAD, path, None).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(content_type(&response), content_type(&get(&world, path).await), "{path}");
        assert_eq!(response.text().await.unwrap(), "", "{path}");
    }
}

#[tokio::test]
async fn a_websocket_path_without_an_upgrade_says_that_it_needs_one() {
    let world = World::shared().await;
    let response = get(&world, "/websocket?storeId=s&transport=ws").await;
    assert_eq!(response.status(), StatusCode::UPGRADE_REQUIRED);
    let text = response.text().await.unwrap();
    for part in ["LiveStore sync", "WebSocket", "?storeId="] {
        assert!(text.contains(part), "{text:?} does not say {part}");
    }
}

#[tokio::test]
async fn an_upgrade_that_names_no_store_or_one_that_is_too_long_is_refused() {
    let world = World::shared().await;
    let upgrade = async |query: &str| {
        let request = Client::new()
            .get(world.url(&format!("/websocket{query}")))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "s3b/Adn8gJWFwZmkL906nw==");
        let response = answer("refusal", request.send()).await.unwrap();
        (response.status(), response.text().await.unwrap())
    };
    for query in ["", "?transport=ws", "?storeId=&transport=ws"] {
        let (status, sentence) = upgrade(query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(sentence.contains("`?storeId=`"), "{query}: {sentence}");
    }
    let (status, sentence) = upgrade(&format!("?storeId={}", "x".repeat(513))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(sentence.contains("at most 512 bytes"), "{sentence}");
    let (status, _) = upgrade(&format!("?storeId={}", "x".repeat(512))).await;
    assert_eq!(status, StatusCode::SWITCHING_PROTOCOLS);
}

#[tokio::test]
async fn a_wrong_method_is_refused_with_the_allowed_ones() {
    let world = World::shared().await;
    for (method, path, allowed) in [
        (Method::POST, "/health", "GET, HEAD"),
        (Method::DELETE, "/websocket", "GET, HEAD, POST, OPTIONS"),
        (Method::GET, "/api/chat/completions", "POST"),
    ] {
        let response = send(&world, method, path, None).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allow = response.headers().get("allow").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(allow, allowed, "{path}");
    }
}

#[tokio::test]
async fn chat_completions_without_a_key_fail_as_openai_clients_expect() {
    let world = World::shared().await;
    let body = json!({ "model": "gpt-4o-mini", "messages": [{ "role": "user", "content": "Hello" }] });
    let response = send(&world, Method::POST, "/api/chat/completions", Some(body)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], "no_api_key", "{answer}");
}
