//! The ledger: one row a call, however it ends.

use std::net::TcpListener;

use generator::cli::By;
use generator::pipeline;
use generator::usage;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tests::patience::{ANSWER, answer, until};
use tests::project::{self, LLM};
use tests::relay::Relay;
use tests::world::World;

use super::{Proxy, TOKEN, asking, text, world};

/// What a row says, but for times.
const COLUMNS: &str = "json_object('user', user_id, 'model', model, 'input', input_tokens, 'output', output_tokens, \
                       'cached', cached_tokens, 'estimated', estimated, 'calls', tool_calls, 'outcome', outcome, \
                       'first', first_token_ms IS NOT NULL AND first_token_ms BETWEEN 0 AND latency_ms)";

/// The only row of a store, once it is there.
async fn row(world: &World, store: &str) -> Value {
    let ledger = world.database_with("calls");
    let read = || -> Result<Value, String> {
        let query = format!("SELECT json_group_array({COLUMNS}) FROM calls WHERE store_id = ?1");
        let rows = ledger.query_row(&query, [store], |row| row.get::<_, String>(0));
        let rows: Vec<Value> =
            rows.ok().and_then(|rows| serde_json::from_str(&rows).ok()).ok_or("the ledger cannot be read")?;
        match <[Value; 1]>::try_from(rows) {
            Ok([row]) => Ok(row),
            Err(rows) => Err(format!("{store} has {} rows: {rows:?}", rows.len())),
        }
    };
    until(ANSWER, async || read()).await
}

/// A request that names a store.
fn post(world: &World, store: &str, body: &Value) -> RequestBuilder {
    let url = world.url(&format!("/v1/chat/completions?storeId={store}"));
    Client::new().post(url).bearer_auth(TOKEN).json(body)
}

/// Asks for all of an answer.
async fn ask(proxy: &Proxy, store: &str, said: &str, stream: bool) -> StatusCode {
    let response = proxy.send(post(&proxy.world, store, &asking(said, stream))).await;
    let status = response.status();
    text(response).await;
    status
}

#[tokio::test]
async fn each_call_has_a_row_of_what_it_took_and_how_it_ended() {
    let proxy = Proxy::start().await;
    answered(&proxy).await;
    failed(&proxy).await;
    left(&proxy).await;
    summed_up(&proxy).await;
    unwritten(&proxy).await;
}

async fn answered(proxy: &Proxy) {
    ask(proxy, "plain", "plain", false).await;
    let row_of_plain = json!({
        "user": "address:127.0.0.1", "model": "first", "input": 7, "output": 5, "cached": 0, "estimated": 0,
        "calls": 0, "outcome": "answered", "first": 0,
    });
    assert_eq!(row(&proxy.world, "plain").await, row_of_plain);
    ask(proxy, "stream", "streamed", true).await;
    let mut row_of_stream = row_of_plain.clone();
    row_of_stream["first"] = 1.into();
    assert_eq!(
        row(&proxy.world, "stream").await,
        row_of_stream,
        "its usage is counted although nobody asked for it"
    );
    ask(proxy, "calls", "create a task Tea and create a task Milk", true).await;
    let mut row_of_calls = row_of_stream.clone();
    row_of_calls["calls"] = 2.into();
    assert_eq!(row(&proxy.world, "calls").await, row_of_calls);
    ask(proxy, "repaired", "#repairable create a task Bread", false).await;
    let repaired = row(&proxy.world, "repaired").await;
    assert_eq!((&repaired["input"], &repaired["calls"]), (&json!(14), &json!(1)), "both answers are counted");
}

async fn failed(proxy: &Proxy) {
    ask(proxy, "cut", "#truncate", true).await;
    let cut = row(&proxy.world, "cut").await;
    assert_eq!((&cut["outcome"], &cut["estimated"]), (&json!("cut_off"), &json!(1)), "{cut}");
    assert!(cut["input"].as_u64() > Some(0) && cut["output"].as_u64() > Some(0), "{cut}");
    assert_eq!(ask(proxy, "refused", "#429", true).await, StatusCode::TOO_MANY_REQUESTS);
    let refused = row(&proxy.world, "refused").await;
    assert_eq!((&refused["outcome"], &refused["model"]), (&json!("refused"), &json!("second")));
    assert_eq!((&refused["input"], &refused["output"]), (&json!(0), &json!(0)), "nothing was said");
    assert_eq!(ask(proxy, "wrong", "#bad-arguments", false).await, StatusCode::BAD_GATEWAY);
    assert_eq!(row(&proxy.world, "wrong").await["outcome"], "invalid_tool_call");
    let invalid =
        proxy.send(post(&proxy.world, "invalid", &json!({ "model": "third", "messages": [] }))).await;
    assert_eq!(invalid.status(), StatusCode::NOT_FOUND);
    let invalid = row(&proxy.world, "invalid").await;
    assert_eq!((&invalid["outcome"], &invalid["model"]), (&json!("invalid_request"), &Value::Null));
}

/// Clients that hang up.
async fn left(proxy: &Proxy) {
    let mut response = proxy.send(post(&proxy.world, "left-stream", &asking("#slow and left", true))).await;
    assert!(matches!(answer("first piece", response.chunk()).await, Ok(Some(_))));
    drop(response);
    let left = row(&proxy.world, "left-stream").await;
    assert_eq!((&left["outcome"], &left["estimated"]), (&json!("client_gone"), &json!(1)), "{left}");
    assert_eq!(left["first"], 1);

    let asked = tokio::spawn(
        post(&proxy.world, "left-whole", &asking("#slow-repair create a task whole and left", false)).send(),
    );
    until(ANSWER, async || match proxy.asked("whole and left").len() {
        0 => Err("upstream has not been asked".to_owned()),
        _ => Ok(()),
    })
    .await;
    asked.abort();
    // Whether the worker is told so before it has an answer is its platform's matter.
    let left = row(&proxy.world, "left-whole").await;
    assert!(["answered", "client_gone"].map(Value::from).contains(&left["outcome"]), "{left}");
    assert!(left["input"].as_u64() >= Some(7), "{left}");
}

/// What is sent to a model that stays silent may cost all the same, and to leave meanwhile makes it no cheaper.
#[tokio::test]
async fn a_request_that_is_never_answered_counts_as_what_it_asks() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("no port: {error}"));
    let address = silent.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
    let world = world(format!("http://{address}/v1")).await;
    let response = answer("answer", post(&world, "silent", &asking("Hello", true)).send()).await;
    assert_eq!(response.map(|it| it.status()).ok(), Some(StatusCode::GATEWAY_TIMEOUT));
    let row = row(&world, "silent").await;
    assert_eq!((&row["outcome"], &row["estimated"]), (&json!("timed_out"), &json!(1)), "{row}");
    assert!(row["input"].as_u64() > Some(0), "{row}");
    assert_eq!(row["output"], 0);
}

async fn summed_up(proxy: &Proxy) {
    let (project, state) = (project::of(LLM), Relay::state(&proxy.world).to_owned());
    let spec = pipeline::read(project.root()).ok().and_then(|reading| reading.spec);
    let ledger = spec.and_then(|spec| spec.llm).and_then(|llm| llm.ledger);
    let ledger = ledger.unwrap_or_else(|| panic!("the spec has no ledger"));
    let asked = move |by| {
        let since = "1h".parse().unwrap_or_else(|error| panic!("{error}"));
        let used = usage::used(&project, &project.configuration(), Some(&state), &ledger, by, since);
        used.unwrap_or_else(|error| panic!("{error}"))
    };
    let used = tokio::task::spawn_blocking(move || (asked(By::Model), asked(By::Store))).await;
    let (by_model, by_store) = used.unwrap_or_else(|error| panic!("{error}"));
    let models: Vec<_> = by_model.iter().map(|it| it.of.as_deref()).collect();
    assert_eq!(models, [Some("first"), None, Some("second")], "{by_model:?}");
    let calls = by_store.iter().find(|it| it.of.as_deref() == Some("calls"));
    let calls = calls.unwrap_or_else(|| panic!("{by_store:?}"));
    assert_eq!((calls.calls, calls.answered, calls.tool_calls), (1, 1, 2));
    assert_eq!((calls.input_tokens, calls.output_tokens, calls.estimated), (7, 5, 0));
    assert!(calls.latency_ms >= calls.first_token_ms && calls.first_token_ms.is_some(), "{calls:?}");
}

/// A ledger that takes no row keeps nobody from an answer.
async fn unwritten(proxy: &Proxy) {
    let ledger = proxy.world.database_with("calls");
    ledger.execute_batch("ALTER TABLE calls RENAME TO gone").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ask(proxy, "unwritten", "plain", false).await, StatusCode::OK);
    until(ANSWER, async || match proxy.world.log().contains("is not in the ledger") {
        true => Ok(()),
        false => Err("the log does not say so".to_owned()),
    })
    .await;
}
