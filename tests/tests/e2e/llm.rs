//! The language models' route, with a stand-in for Braintrust that misbehaves when told to.

mod aimock;
mod clients;
mod ledger;
mod secrets;
mod waits;

use std::time::Duration;

use generator::stand_in::{Asked, StandIn};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tests::patience::{ANSWER, answer, until};
use tests::project::LLM;
use tests::world::{Values, World};

/// What must be nowhere but in the header for upstream.
const KEY: &str = "bt-st-planted-5a1f";

/// What the clients share.
const TOKEN: &str = "of-the-clients";

struct Proxy {
    world: World,
    upstream: StandIn,
}

impl Proxy {
    async fn start() -> Self {
        let upstream = StandIn::start().unwrap_or_else(|error| panic!("no stand-in: {error}"));
        Self { world: world(upstream.base_url()).await, upstream }
    }

    fn post(&self, body: &Value) -> RequestBuilder {
        post(&self.world, body)
    }

    async fn ask(&self, body: &Value) -> Response {
        self.send(self.post(body)).await
    }

    async fn send(&self, request: RequestBuilder) -> Response {
        answer("answer", request.send()).await.unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    /// The events of a streamed answer.
    async fn stream(&self, said: &str) -> Vec<Value> {
        let response = self.ask(&asking(said, true)).await;
        assert_eq!(response.status(), StatusCode::OK, "{said}");
        events(&text(response).await)
    }

    /// The request to upstream that holds `said`.
    fn asked(&self, said: &str) -> Vec<Asked> {
        let mut asked = self.upstream.asked();
        asked.retain(|it| it.body.to_string().contains(said));
        asked
    }
}

/// A worker whose upstream is there.
async fn world(upstream: String) -> World {
    let secrets = format!("BRAINTRUST_API_KEY=\"{KEY}\"\nAPP_TOKEN=\"{TOKEN}\"");
    World::start_with(LLM, Values { secrets, vars: vec![("BRAINTRUST_URL", upstream)] }).await
}

fn post(world: &World, body: &Value) -> RequestBuilder {
    Client::new().post(world.url("/v1/chat/completions")).bearer_auth(TOKEN).json(body)
}

fn asking(said: &str, stream: bool) -> Value {
    json!({ "model": "first", "messages": [{ "role": "user", "content": said }], "stream": stream })
}

async fn text(response: Response) -> String {
    let text = answer("body", response.text()).await.unwrap_or_else(|error| panic!("no body: {error}"));
    assert!(!text.contains(KEY), "the key is in an answer: {text}");
    text
}

async fn json(response: Response) -> Value {
    let text = text(response).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text:?} is no JSON: {error}"))
}

/// The data of events; the last is `[DONE]` as a text.
fn events(text: &str) -> Vec<Value> {
    let data = text.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
    let value = |data: &str| serde_json::from_str(data).unwrap_or_else(|_| Value::from(data));
    data.map(value).collect()
}

fn said(events: &[Value]) -> String {
    events.iter().filter_map(|it| it["choices"][0]["delta"]["content"].as_str()).collect()
}

fn finish(events: &[Value]) -> Option<&str> {
    events.iter().find_map(|it| it["choices"][0]["finish_reason"].as_str())
}

fn call(events: &[Value]) -> Vec<Value> {
    let calls = events.iter().filter_map(|it| it["choices"][0]["delta"]["tool_calls"].as_array());
    calls.flatten().map(|it| it["function"].clone()).collect()
}

/// One worker for all: each asks with words of its own.
#[tokio::test]
async fn the_route_is_typed_streams_and_fails_safely() {
    let proxy = Proxy::start().await;
    passes_on(&proxy).await;
    refuses(&proxy).await;
    holds_calls(&proxy).await;
    tells_failures_before_the_status(&proxy).await;
    tells_failures_after_the_status(&proxy).await;
    hangs_up(&proxy).await;
    assert!(!proxy.world.log().contains(KEY), "the key is in the log");
    assert!(!proxy.world.log().contains("org-1234"), "upstream's text is in the log");
}

async fn passes_on(proxy: &Proxy) {
    let response = proxy.send(proxy.post(&asking("plain", false)).header("cookie", "session=1")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let id = String::from_utf8_lossy(response.headers()["x-request-id"].as_bytes()).into_owned();
    let whole = json(response).await;
    assert_eq!(whole["choices"][0]["message"]["content"], "I am a stand-in. Grüße ☕");

    let [asked] = &proxy.asked("plain")[..] else { panic!("asked once") };
    let header = |name: &str| asked.headers.iter().find(|it| it.0 == name).map(|it| it.1.clone());
    assert_eq!(header("authorization"), Some(format!("Bearer {KEY}")));
    assert_eq!(header("x-bt-parent").as_deref(), Some("project_id:project-1"));
    assert_eq!(header("x-bt-use-cache").as_deref(), Some("never"));
    assert!(header("traceparent").is_some_and(|it| it.contains(&id)));
    assert_eq!((header("cookie"), header("origin")), (None, None));
    assert_eq!(asked.body["messages"][0], json!({ "role": "system", "content": "Be brief." }));
    assert_eq!(asked.body["tools"][0]["function"]["strict"], true);

    for said_to in ["streamed", "#split", "#comments"] {
        let events = proxy.stream(said_to).await;
        assert_eq!(said(&events), "I am a stand-in. Grüße ☕", "{said_to}");
        assert_eq!((finish(&events), events.last()), (Some("stop"), Some(&json!("[DONE]"))), "{said_to}");
    }
    let events_unasked = proxy.stream("no usage").await;
    assert!(events_unasked.iter().all(|it| it.get("usage").is_none()), "{events_unasked:?}");
    assert_eq!(proxy.asked("no usage")[0].body["stream_options"]["include_usage"], true);
    let mut body = asking("usage", true);
    body["stream_options"] = json!({ "include_usage": true });
    let events = events(&text(proxy.ask(&body).await).await);
    assert!(events.iter().any(|it| it["usage"]["total_tokens"] == 12), "{events:?}");
}

async fn refuses(proxy: &Proxy) {
    let before = proxy.upstream.asked().len();
    let mut own_tool = asking("x", false);
    own_tool["tools"] = json!([{ "type": "function", "function": { "name": "rm", "parameters": {} } }]);
    let mut unknown = asking("x", true);
    unknown["audio"] = json!({});
    for (body, status, code) in [
        (json!({ "model": "third", "messages": [] }), StatusCode::NOT_FOUND, "model_not_found"),
        (own_tool, StatusCode::BAD_REQUEST, "unknown_tool"),
        (unknown, StatusCode::BAD_REQUEST, "unknown_parameter"),
        (asking(&"x".repeat(10_000), false), StatusCode::PAYLOAD_TOO_LARGE, "body_not_taken"),
    ] {
        let response = proxy.ask(&body).await;
        assert_eq!(response.status(), status, "{code}");
        assert!(response.headers().contains_key("x-request-id"), "{code}");
        let told = json(response).await;
        assert_eq!(told["error"]["code"], code);
    }
    let url = proxy.world.url("/v1/chat/completions");
    for (token, status) in [(None, StatusCode::UNAUTHORIZED), (Some("wrong"), StatusCode::UNAUTHORIZED)] {
        let request = Client::new().post(&url).json(&asking("x", true));
        let response = proxy.send(token.into_iter().fold(request, RequestBuilder::bearer_auth)).await;
        assert_eq!(response.status(), status, "{token:?}");
        assert_eq!(json(response).await["error"]["code"], "invalid_token");
    }
    let response = proxy.send(Client::new().get(&url)).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "POST");
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(json(response).await["error"]["code"], "method_not_allowed");
    let foreign = proxy.post(&asking("x", false)).header("origin", "https://elsewhere.example");
    let response = proxy.send(foreign).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(json(response).await["error"]["type"], "permission_error");
    assert_eq!(proxy.upstream.asked().len(), before, "what is refused goes nowhere");
}

async fn holds_calls(proxy: &Proxy) {
    let arguments = |title: &str| json!({ "title": title, "column": null }).to_string();
    let events = proxy.stream("Please create a task Milk").await;
    assert_eq!(call(&events), [json!({ "name": "create_task", "arguments": arguments("Milk") })]);
    assert_eq!(finish(&events), Some("tool_calls"));
    let whole = json(proxy.ask(&asking("create a task Tea", false)).await).await;
    let function = &whole["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(function["arguments"], arguments("Tea"));

    let events = proxy.stream("#repairable create a task Bread").await;
    assert_eq!(call(&events), [json!({ "name": "create_task", "arguments": arguments("Bread") })]);
    let asked = proxy.asked("#repairable");
    assert_eq!(asked.len(), 2);
    let told = asked[1].body["messages"].as_array().and_then(|it| it.last()).cloned().unwrap_or_default();
    assert!(told["content"].to_string().contains("`title` must be text"), "{told}");

    let events = proxy.stream("#bad-arguments").await;
    assert_eq!(proxy.asked("#bad-arguments").len(), 2, "it is told once");
    assert_eq!((call(&events).len(), finish(&events)), (0, None));
    assert_eq!(events[events.len() - 2]["error"]["code"], "invalid_tool_call");
    let mut unasked = asking("#unasked", true);
    unasked["tool_choice"] = json!("none");
    let events = self::events(&text(proxy.ask(&unasked).await).await);
    assert_eq!((call(&events).len(), finish(&events)), (0, None), "a call that the client ruled out");
    assert_eq!(events[events.len() - 2]["error"]["code"], "invalid_tool_call");
    let events = proxy.stream("#cut-call").await;
    assert_eq!((call(&events).len(), finish(&events)), (0, Some("length")));
}

async fn tells_failures_before_the_status(proxy: &Proxy) {
    for (said, status, code) in [
        ("#html", StatusCode::BAD_GATEWAY, "upstream_invalid"),
        ("#429", StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded"),
        ("#leak", StatusCode::BAD_GATEWAY, "upstream_unauthorized"),
    ] {
        for stream in [true, false] {
            let response = proxy.ask(&asking(said, stream)).await;
            assert_eq!(response.status(), status, "{said}");
            assert_eq!(response.headers().get("retry-after").is_some(), said == "#429", "{said}");
            let text = text(response).await;
            assert!(!text.contains("org-1234"), "{text}");
            assert!(text.contains(&format!("\"code\":\"{code}\"")), "{said}: {text}");
        }
    }
    let models: Vec<_> = proxy.asked("#429").iter().map(|it| it.body["model"].clone()).collect();
    assert_eq!(models, ["first", "second", "first", "second"], "the last attempt is the fallback's");
    let empty = proxy.ask(&asking("#empty", true)).await;
    assert_eq!(empty.status(), StatusCode::BAD_GATEWAY);
    let truncated = proxy.ask(&asking("#truncate", false)).await;
    assert_eq!(truncated.status(), StatusCode::BAD_GATEWAY);
}

async fn tells_failures_after_the_status(proxy: &Proxy) {
    for (said, code) in [
        ("#truncate", "upstream_truncated"),
        ("#reset", "upstream_truncated"),
        ("#error-frame", "upstream_error"),
        ("#garbage", "upstream_invalid"),
        ("#silent", "upstream_timeout"),
    ] {
        let events = proxy.stream(said).await;
        let [.., error, done] = &events[..] else { panic!("{said}: {events:?}") };
        assert_eq!((&error["error"]["code"], done), (&json!(code), &json!("[DONE]")), "{said}");
        assert_eq!(finish(&events), None, "{said}");
    }
}

/// How long upstream goes on is bounded by the spec's `idle_seconds` in any case.
async fn hangs_up(proxy: &Proxy) {
    for said in ["#slow", "#silent, and left"] {
        let mut response = proxy.ask(&asking(said, true)).await;
        assert!(matches!(answer("first piece", response.chunk()).await, Ok(Some(_))));
        drop(response);
        let left = until(ANSWER, async || {
            let asked = proxy.asked(said);
            asked.first().and_then(|it| it.left_after).ok_or_else(|| "upstream is still asked".to_owned())
        });
        let left = left.await;
        assert!(left < Duration::from_secs(7), "{said}: upstream was asked for {left:?} more");
    }
}
