//! Sync over HTTP.

use generator::stored::client::Relay as Operator;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tests::ADMIN_TOKEN;
use tests::livestore::{Store, created, renamed};
use tests::patience::{CONVERGENCE, answer, until};
use tests::wire::{Chunk, Socket, ended, event, events, stored};
use tests::world::World;

use crate::livestore::converged;

/// An origin that spec.toml allows.
const ALLOWED: &str = "http://localhost:5173";

fn relay(world: &World, method: Method, query: &str) -> RequestBuilder {
    Client::new().request(method, world.url(&format!("/websocket?{query}")))
}

async fn send(request: RequestBuilder) -> Response {
    answer("HTTP response", request.send()).await.unwrap_or_else(|error| panic!("no answer: {error}"))
}

fn request(id: impl Into<Value>, call: &str, payload: &Value) -> Value {
    let tag = format!("SyncHttpRpc.{call}");
    json!({ "_tag": "Request", "id": id.into(), "tag": tag, "payload": payload, "headers": [] })
}

/// Calls the relay of a store as the stock client does; the frames of its answer.
async fn call(world: &World, store_id: &str, body: &Value) -> Vec<Value> {
    let response =
        send(relay(world, Method::POST, &format!("storeId={store_id}&transport=http")).json(body)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    response.json().await.expect("a body of JSON")
}

fn pull(store_id: &str) -> Value {
    request("1", "Pull", &json!({ "storeId": store_id, "cursor": { "_tag": "None" } }))
}

fn push(store_id: &str, batch: &[Value]) -> Value {
    request("2", "Push", &json!({ "storeId": store_id, "batch": batch, "backendId": { "_tag": "None" } }))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn real_clients_over_http_and_websocket_converge() {
    let world = World::shared().await;
    let mut ada = Store::open_over_http(world.address(), "http-two", "ada").await;
    let mut ben = Store::open(world.address(), "http-two", "ben").await;

    ada.commit(&[created("tea", "Buy tea")]).await;
    ben.shows("the to-do of the other", |state| state.todos.contains_key("tea")).await;
    ben.commit(&[renamed("tea", "Buy \"green\" tea ☕"), created("milk", "Buy milk")]).await;
    ada.shows("the new to-do", |state| state.todos.contains_key("milk")).await;
    ada.commit(&[renamed("milk", "Buy oat milk")]).await;

    converged(&world, "http-two", 4, [&mut ada, &mut ben]).await;
    ada.close().await;
    ben.close().await;
}

#[tokio::test]
async fn a_real_client_over_http_takes_a_long_history() {
    const EVENTS: usize = 450;
    let world = World::shared().await;
    let mut ada = Store::open(world.address(), "http-history", "ada").await;
    for batch in 0..EVENTS / 50 {
        let commits: Vec<_> = (0..50).map(|n| created(&format!("{batch}-{n}"), "x")).collect();
        ada.commit(&commits).await;
    }
    converged(&world, "http-history", EVENTS, [&mut ada]).await;
    let mut ben = Store::open_over_http(world.address(), "http-history", "ben").await;
    converged(&world, "http-history", EVENTS, [&mut ada, &mut ben]).await;
    ada.close().await;
    ben.close().await;
}

#[tokio::test]
async fn calls_are_answered_with_an_array_of_frames() {
    let world = World::shared().await;
    let store = "http-calls";
    let pong = json!([{ "_tag": "Exit", "requestId": "0", "exit": { "_tag": "Success", "value": { "_tag": "SyncMessage.Pong" } } }]);
    assert_eq!(json!(call(&world, store, &request("0", "Ping", &json!({ "storeId": store }))).await), pong);
    assert_eq!(call(&world, store, &push(store, &events(1..=150))).await, [stored("2")]);
    let frames = call(&world, store, &pull(store)).await;
    let chunks: Vec<_> = frames[..2].iter().map(|frame| Chunk::parse(frame, "1").unwrap()).collect();
    assert_eq!(chunks[0].seq_nums(), (1..=100).collect::<Vec<_>>());
    assert_eq!(chunks[0].remaining, Some(50));
    assert_eq!(chunks[1].seq_nums(), (101..=150).collect::<Vec<_>>());
    assert_eq!(frames[2..], [ended("1")]);
    let numbered = request(7, "Pull", &json!({ "cursor": { "_tag": "None" } }));
    let last = call(&world, store, &numbered).await.pop();
    let end = json!({ "_tag": "Exit", "requestId": 7, "exit": { "_tag": "Success", "value": null } });
    assert_eq!(last, Some(end));
    let nope = call(&world, store, &request("3", "Nope", &json!({}))).await;
    assert_eq!(nope, [json!({ "_tag": "Defect", "defect": "Unknown request tag: SyncHttpRpc.Nope" })]);
}

#[tokio::test]
async fn a_push_over_http_reaches_a_live_pull_on_a_socket() {
    let world = World::shared().await;
    let store = "http-to-socket";
    let mut socket = Socket::open(world.address(), store).await;
    let live = socket.pull(true).await;
    socket.chunk(&live).await;
    assert_eq!(call(&world, store, &push(store, &events(1..=1))).await, [stored("2")]);
    assert_eq!(socket.chunk(&live).await.seq_nums(), [1]);
}

/// Far more than the relay holds for one client, and than is sent at once.
#[tokio::test]
async fn an_answer_of_many_megabytes_is_streamed_whole() {
    let world = World::shared().await;
    let store = "http-large";
    let mut backend_id = None;
    for first in (1..=24).step_by(6) {
        let batch: Vec<_> = (first..first + 6)
            .map(|seq_num| {
                let mut event = event(seq_num);
                event["args"] = json!({ "id": seq_num, "text": "x".repeat(500_000) });
                event
            })
            .collect();
        assert_eq!(call(&world, store, &push(store, &batch)).await, [stored("2")]);
    }
    let frames = call(&world, store, &pull(store)).await;
    let (end, chunks) = frames.split_last().unwrap();
    assert_eq!(*end, ended("1"));
    let mut seen = Vec::new();
    for frame in chunks {
        let chunk = Chunk::parse(frame, "1").unwrap();
        seen.extend(chunk.seq_nums());
        assert_eq!(*backend_id.get_or_insert(chunk.backend_id.clone()), chunk.backend_id);
    }
    assert_eq!(seen, (1..=24).collect::<Vec<_>>());
}

#[tokio::test]
async fn clients_that_hang_up_in_a_long_answer_disturb_nobody() {
    let world = World::shared().await;
    let (store, other) = ("http-hang-up", "http-hang-up-other");
    let mut socket = Socket::open(world.address(), other).await;
    let live = socket.pull(true).await;
    socket.chunk(&live).await;
    for first in (1..=24).step_by(6) {
        let batch: Vec<_> = (first..first + 6)
            .map(|seq_num| {
                let mut event = event(seq_num);
                event["args"] = json!("x".repeat(500_000));
                event
            })
            .collect();
        assert_eq!(call(&world, store, &push(store, &batch)).await, [stored("2")]);
    }
    // More of them than the relay reads for at a time.
    for _ in 0..12 {
        let query = format!("storeId={store}&transport=http");
        let mut response = send(relay(&world, Method::POST, &query).json(&pull(store))).await;
        assert!(answer("first bytes", response.chunk()).await.unwrap().is_some());
    }
    until(CONVERGENCE, async || {
        let operator = Operator::new(&world.url("/admin"), ADMIN_TOKEN.to_owned());
        let asked = tokio::task::spawn_blocking(move || operator.status(store)).await;
        match asked.expect("the status is asked for").map(|status| status.map(|status| status.pulls)) {
            Ok(Some(0)) => Ok(()),
            other => Err(format!("pulls of clients that have gone: {other:?}")),
        }
    })
    .await;
    let frames = call(&world, store, &pull(store)).await;
    assert_eq!(frames.last(), Some(&ended("1")));
    // A panic would have closed it: objects share what runs them.
    assert_eq!(call(&world, other, &push(other, &events(1..=1))).await, [stored("2")]);
    assert_eq!(socket.chunk(&live).await.seq_nums(), [1]);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_the_limit() {
    let world = World::shared().await;
    let long = "x".repeat(8_000_001);
    let response = send(relay(&world, Method::POST, "storeId=http-long&transport=http").body(long)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(response.text().await.unwrap().contains("at most 8000000 bytes"));
}

#[tokio::test]
async fn a_request_that_does_not_fit_its_transport_is_refused() {
    let world = World::shared().await;
    for (method, query, status) in [
        (Method::POST, "storeId=s&transport=ws", StatusCode::UPGRADE_REQUIRED),
        (Method::GET, "storeId=s&transport=http", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "storeId=s&transport=pigeon", StatusCode::BAD_REQUEST),
        (Method::POST, "transport=http", StatusCode::BAD_REQUEST),
    ] {
        let response = send(relay(&world, method, query)).await;
        assert_eq!(response.status(), status, "{query}");
        assert_eq!(text(response.headers(), "cache-control"), "no-store", "{query}");
    }
}

#[tokio::test]
async fn a_browser_may_ask_before_a_page_of_an_allowed_origin_syncs() {
    const WANTED: &str = "authorization,b3,content-type,traceparent,x-livestore-store-id";
    let world = World::shared().await;
    let preflight = async |origin: &'static str| {
        let request = relay(&world, Method::OPTIONS, "storeId=http-cors&transport=http")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", WANTED);
        send(request).await
    };
    let allowed = preflight(ALLOWED).await;
    assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
    for (name, value) in [
        ("access-control-allow-origin", ALLOWED),
        ("access-control-allow-headers", WANTED),
        ("access-control-allow-methods", "GET, HEAD, POST, OPTIONS"),
    ] {
        assert_eq!(text(allowed.headers(), name), value);
    }
    let foreign = preflight("https://elsewhere.example").await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(text(foreign.headers(), "access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_read_answers_and_refusals() {
    let world = World::shared().await;
    for (query, origin, readable) in [
        ("storeId=http-cors&transport=http", ALLOWED, ALLOWED),
        ("transport=http", ALLOWED, ALLOWED),
        ("storeId=http-cors&transport=http", "https://elsewhere.example", ""),
    ] {
        let request = relay(&world, Method::POST, query).header("origin", origin);
        let response = send(request.json(&pull("http-cors"))).await;
        assert_eq!(
            text(response.headers(), "access-control-allow-origin"),
            readable,
            "{query} from {origin}"
        );
        assert_eq!(text(response.headers(), "cache-control"), "no-store");
    }
}
