//! The admin route and the `store` commands that speak to it.

use std::path::Path;

use generator::stored::client::Relay;
use generator::stored::log;
use reqwest::{Client, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};
use tests::ADMIN_TOKEN;
use tests::patience::answer;
use tests::wire::{Socket, event, events};
use tests::world::World;

fn relay(world: &World) -> Relay {
    Relay::new(&world.url("/admin"), ADMIN_TOKEN.to_owned())
}

/// Runs what blocks beside the runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("the work does not panic")
}

/// A log of the store, as the command writes it.
async fn export(world: &World, store_id: &'static str) -> Vec<u8> {
    let relay = relay(world);
    blocking(move || {
        let mut log = Vec::new();
        relay.export(store_id, &mut log, |_, _| {}).expect("the store is exported");
        log
    })
    .await
}

#[tokio::test]
async fn nobody_operates_a_store_without_the_token() {
    let world = World::shared().await;
    for token in [None, Some("wrong"), Some("")] {
        for (method, path) in [("GET", "status"), ("GET", "log"), ("POST", "log"), ("POST", "reset")] {
            let method = method.parse().unwrap();
            let request =
                Client::new().request(method, world.url(&format!("/admin/{path}?storeId=locked-up")));
            let request = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let response = answer("refusal", request.send()).await.unwrap();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path} with {token:?}");
        }
    }
}

#[tokio::test]
async fn no_client_reaches_an_object_the_way_an_operator_does() {
    let world = World::shared().await;
    let request = Client::new().put(world.url("/websocket?storeId=s")).send();
    assert_eq!(answer("refusal", request).await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_store_that_nobody_used_is_not_made_by_looking_at_it() {
    let world = World::shared().await;
    let relay = relay(&world);
    assert_eq!(blocking(move || relay.status("nobody's")).await.unwrap(), None);
    let count = "SELECT count(*) FROM stores WHERE store_id = 'nobody''s'";
    assert_eq!(world.database().query_row(count, (), |row| row.get::<_, i64>(0)), Ok(0));
}

#[tokio::test]
async fn the_status_of_a_store_counts_what_it_holds_and_who_is_there() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "counted").await;
    let pull = socket.pull(true).await;
    let backend_id = socket.chunk(&pull).await.backend_id;
    let mut writer = Socket::open(world.address(), "counted").await;
    writer.store(&backend_id, &events(1..=3)).await;
    let relay = relay(&world);
    let status = blocking(move || relay.status("counted")).await.unwrap().unwrap();
    assert_eq!((status.head, status.events, status.connections, status.pulls), (3, 3, 2, 1));
    assert_eq!(status.backend_id, backend_id);
}

#[tokio::test]
async fn an_exported_store_is_the_same_under_another_name() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "exported").await;
    let backend_id = socket.backend_id().await;
    for first in (1..=2_400).step_by(400) {
        socket.store(&backend_id, &events(first..=first + 399)).await;
    }

    let exported = export(&world, "exported").await;
    let (header, chain) = log::check(exported.as_slice()).unwrap();
    assert_eq!((header.backend_id.as_str(), chain.events), (backend_id.as_str(), 2_400));
    let (relay, copied) = (relay(&world), exported.clone());
    let status =
        blocking(move || relay.import(copied.as_slice(), Some("imported"), |_, _| {})).await.unwrap();

    assert_eq!((status.head, status.backend_id), (2_400, backend_id));
    let rows = |store_id| world.events(store_id).unwrap();
    assert_eq!(rows("imported"), rows("exported"));
    let again = export(&world, "imported").await;
    assert_eq!(exported.split(|byte| *byte == b'\n').nth(1), again.split(|byte| *byte == b'\n').nth(1));
}

#[tokio::test]
async fn what_is_imported_reaches_who_pulls_already() {
    let world = World::shared().await;
    let mut source = Socket::open(world.address(), "source").await;
    let backend_id = source.backend_id().await;
    source.store(&backend_id, &events(1..=2)).await;
    let log = export(&world, "source").await;
    let (relay_of, first) = (relay(&world), log.clone());
    blocking(move || relay_of.import(first.as_slice(), Some("target"), |_, _| {})).await.unwrap();
    let mut reader = Socket::open(world.address(), "target").await;
    let pull = reader.pull(true).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [1, 2]);
    reader.ack(&pull).await;
    source.store(&backend_id, &[event(3)]).await;

    let log = export(&world, "source").await;
    let relay = relay(&world);
    blocking(move || relay.import(log.as_slice(), Some("target"), |_, _| {})).await.unwrap();

    assert_eq!(reader.chunk(&pull).await.seq_nums(), [3]);
}

#[tokio::test]
async fn a_store_that_has_other_events_is_not_imported_into() {
    let world = World::shared().await;
    for store_id in ["first", "second"] {
        let mut socket = Socket::open(world.address(), store_id).await;
        let backend_id = socket.backend_id().await;
        socket.store(&backend_id, &[event(1)]).await;
    }
    let log = export(&world, "first").await;
    let relay = relay(&world);
    let error = blocking(move || relay.import(log.as_slice(), Some("second"), |_, _| {})).await.unwrap_err();
    assert!(error.to_string().contains("of another backend"), "{error}");
}

#[tokio::test]
async fn an_import_does_not_go_on_over_what_a_client_pushed_meanwhile() {
    let world = World::shared().await;
    let mut source = Socket::open(world.address(), "interrupted").await;
    let backend_id = source.backend_id().await;
    source.store(&backend_id, &events(1..=2)).await;
    let first = export(&world, "interrupted").await;
    source.store(&backend_id, &events(3..=4)).await;
    let whole = export(&world, "interrupted").await;
    let put = |log: Vec<u8>| {
        let relay = relay(&world);
        blocking(move || relay.import(log.as_slice(), Some("half"), |_, _| {}))
    };
    put(first).await.unwrap();
    let mut other = event(3);
    other["clientId"] = json!("somebody else");
    Socket::open(world.address(), "half").await.store(&backend_id, &[other]).await;

    let error = put(whole).await.unwrap_err();

    assert!(error.to_string().contains("event 3 of the store `half` is not the log's"), "{error}");
    assert_eq!(world.events("half").unwrap().len(), 3);
}

#[tokio::test]
async fn an_event_of_several_lines_is_exported_and_imported() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "lines").await;
    let backend_id = socket.backend_id().await;
    let mut event = event(1);
    event["args"] = json!({ "on": "several", "lines": true });
    let event = serde_json::to_string_pretty(&event).unwrap();
    let frame = json!({
        "_tag": "Request", "id": "lines", "tag": "SyncWsRpc.Push", "traceId": "", "spanId": "", "sampled": true,
        "headers": [], "payload": {
            "storeId": "lines", "batch": ["the event"], "backendId": { "_tag": "Some", "value": backend_id },
        },
    });
    socket.send_text(&frame.to_string().replace("\"the event\"", &event)).await;
    assert_eq!(socket.receive().await, tests::wire::stored("lines"));
    let log = export(&world, "lines").await;
    let relay = relay(&world);
    let status =
        blocking(move || relay.import(log.as_slice(), Some("lines-again"), |_, _| {})).await.unwrap();
    assert_eq!((status.head, status.events), (1, 1));
}

#[tokio::test]
async fn a_reset_closes_everybody_and_gives_the_store_another_backend_id() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "reset").await;
    let before = socket.backend_id().await;
    socket.store(&before, &events(1..=5)).await;

    let relay = relay(&world);
    let status = blocking(move || relay.reset("reset")).await.unwrap();

    assert_eq!(socket.close_code().await, 1011);
    assert_eq!((status.head, status.events), (0, 0));
    assert_ne!(status.backend_id, before);
    let mut socket = Socket::open(world.address(), "reset").await;
    let push = socket.push(&before, &[event(1)]).await;
    let error =
        json!({ "expected": status.backend_id, "received": before, "_tag": "BackendIdMismatchError" });
    assert_eq!(socket.receive().await, tests::wire::failed(&push, &error));
    assert_eq!(socket.history().await.0, [] as [Value; 0]);
}

/// As LiveStore's own server leaves its object's file.
fn reference(path: &Path) {
    let connection = Connection::open(path).expect("the file is made");
    let sql = r#"
        CREATE TABLE "eventlog_7_moved" (seqNum INTEGER PRIMARY KEY, parentSeqNum INTEGER, name TEXT, args TEXT,
            createdAt TEXT, clientId TEXT, sessionId TEXT) STRICT;
        CREATE TABLE context_7 (storeId TEXT PRIMARY KEY, currentHead INTEGER, backendId TEXT) STRICT;
        INSERT INTO context_7 VALUES ('moved', 4, 'kept-for-its-clients');
        INSERT INTO eventlog_7_moved VALUES (1, 0, 'n', '{"a":1.0}', '2026-01-01T00:00:00.000Z', 'c', 's'),
            (4, 1, 'n', NULL, '2026-01-02T00:00:00.000Z', 'c', 's');"#;
    connection.execute_batch(sql).expect("the tables are made");
}

#[tokio::test]
async fn a_store_of_the_reference_moves_over_and_its_clients_go_on() {
    let world = World::shared().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("object.sqlite");
    reference(&path);
    let found = generator::stored::reference::read(&path, "moved", None).unwrap();
    let mut log = Vec::new();
    log::write(&mut log, &found.header, found.events).unwrap();
    let relay = relay(&world);
    blocking(move || relay.import(log.as_slice(), None, |_, _| {})).await.unwrap();

    let mut client = Socket::open(world.address(), "moved").await;
    let pull = client.pull_after(true, "kept-for-its-clients", 1).await;
    let chunk = client.chunk(&pull).await;
    assert_eq!((chunk.seq_nums(), chunk.remaining), (vec![4], None));
    client.ack(&pull).await;
    let mut next = event(5);
    next["parentSeqNum"] = json!(4);
    client.push("kept-for-its-clients", &[next]).await;
    assert_eq!(client.chunk(&pull).await.seq_nums(), [5]);
}
