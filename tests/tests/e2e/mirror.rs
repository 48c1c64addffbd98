//! A worker whose record is in each store's own object, with a copy in D1; each test has one of its own.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tests::ADMIN_TOKEN;
use tests::database::Row;
use tests::patience::{CONVERGENCE, answer, until};
use tests::project::MIRRORED;
use tests::wire::{Socket, event, events, stored};
use tests::world::World;

use crate::large::large_event;

/// Waits until the copy of a store holds events 1 to `count`, each once, and returns them.
async fn copied(world: &World, store_id: &str, count: usize) -> Vec<Row> {
    let rows = until(CONVERGENCE, async || match world.events(store_id)? {
        rows if rows.len() >= count => Ok(rows),
        rows => Err(format!("{} of {count} events are copied", rows.len())),
    })
    .await;
    let seq_nums: Vec<_> = rows.iter().map(|row| (row.seq_num, row.parent_seq_num)).collect();
    let expected: Vec<_> = (1..).map(|seq_num| (seq_num, seq_num - 1)).take(count).collect();
    assert_eq!(seq_nums, expected);
    rows
}

/// What the admin route says of the copy.
async fn operate(world: &World, method: Method, path: &str, store_id: &str) -> Value {
    let url = world.url(&format!("/admin/{path}?storeId={store_id}"));
    let request = Client::new().request(method, url).bearer_auth(ADMIN_TOKEN);
    let response = answer("answer", request.send()).await.expect("the worker answers");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response.json::<Value>().await.expect("a body of JSON")["mirror"].take()
}

/// Waits until the admin route says of the copy what is expected.
async fn told(world: &World, store_id: &str, expected: impl Fn(&Value) -> bool) -> Value {
    until(CONVERGENCE, async || match operate(world, Method::GET, "status", store_id).await {
        status if expected(&status) => Ok(status),
        status => Err(format!("the copy's status is {status}")),
    })
    .await
}

#[tokio::test]
async fn the_copy_gets_every_event_once_in_order_as_it_was_pushed() {
    let world = World::start_of(MIRRORED).await;
    let mut socket = Socket::open(world.address(), "copied").await;
    let backend_id = socket.backend_id().await;
    let mut last = event(3);
    last.as_object_mut().unwrap().remove("args");
    socket.store(&backend_id, &events(1..=2)).await;
    socket.store(&backend_id, &[last]).await;
    socket.store(&backend_id, &(4..=6).map(|it| large_event(it, 800_000)).collect::<Vec<_>>()).await;

    let rows = copied(&world, "copied", 6).await;

    assert_eq!(rows[1].args, Some(event(2)["args"].to_string()));
    assert_eq!(rows[2].args, None);
    assert_eq!(rows[5].args, Some(large_event(6, 800_000)["args"].to_string()));
    let copy = |sql: &str| world.database().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(copy("SELECT backend_id FROM stores"), backend_id);
    let pull = socket.pull(false).await;
    let item = socket.chunk(&pull).await.batch.remove(0);
    assert_eq!(
        json!(copy("SELECT created_at FROM events WHERE seq_num = 1")),
        item["metadata"]["value"]["createdAt"]
    );
    let status = told(&world, "copied", |status| status["lag"] == 0).await;
    let level =
        json!({ "head": 6, "lag": 0, "mirrored": 6, "failures": 0, "notBefore": 0, "rebuild": false });
    assert_eq!(status, level);
}

#[tokio::test]
async fn pushes_are_acknowledged_while_d1_fails_and_copied_once_it_does_not() {
    let world = World::start_of(MIRRORED).await;
    let mut socket = Socket::open(world.address(), "locked").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &[event(1)]).await;
    copied(&world, "locked", 1).await;
    let database = world.database();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();

    for seq_num in 2..=5 {
        let push = socket.push(&backend_id, &[event(seq_num)]).await;
        assert_eq!(socket.receive().await, stored(&push));
    }

    assert_eq!(socket.history().await.0, events(1..=5));
    let status = told(&world, "locked", |status| status["trouble"]["kind"] == "failed").await;
    assert_eq!(status["lag"], 4);
    database.execute_batch("ROLLBACK").unwrap();
    copied(&world, "locked", 5).await;
    told(&world, "locked", |status| status["lag"] == 0 && status.get("trouble").is_none()).await;
}

#[tokio::test]
async fn a_worker_that_was_killed_goes_on_copying_without_being_asked() {
    let mut world = World::start_of(MIRRORED).await;
    let mut socket = Socket::open(world.address(), "killed").await;
    let backend_id = socket.backend_id().await;
    for first in (1..=400).step_by(20) {
        socket.store(&backend_id, &events(first..=first + 19)).await;
    }

    world.kill();
    world.restart().await;

    copied(&world, "killed", 400).await;
    let mut socket = Socket::open(world.address(), "killed").await;
    socket.store(&backend_id, &[event(401)]).await;
    copied(&world, "killed", 401).await;
}

#[tokio::test]
async fn a_copy_of_another_record_is_left_alone_until_it_is_to_be_rebuilt() {
    let world = World::start_of(MIRRORED).await;
    let foreign = "INSERT INTO stores VALUES ('foreign', 'another', '');
                   INSERT INTO events VALUES ('foreign', 1, 0, 'other', NULL, 'c', 's', '')";
    world.database().execute_batch(foreign).unwrap();
    let mut socket = Socket::open(world.address(), "foreign").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &events(1..=3)).await;
    let status = told(&world, "foreign", |status| status["trouble"]["kind"] == "foreign").await;
    assert_eq!((&status["lag"], &status["trouble"]["backendId"]), (&json!(3), &json!("another")));
    assert_eq!(world.events("foreign").unwrap()[0].name, "other");

    operate(&world, Method::POST, "mirror", "foreign").await;

    let rows = copied(&world, "foreign", 3).await;
    assert!(rows.iter().all(|row| row.name == "todoCreated"), "{rows:?}");
}

#[tokio::test]
async fn a_store_that_is_reset_has_its_copy_made_anew() {
    let world = World::start_of(MIRRORED).await;
    let mut socket = Socket::open(world.address(), "reset").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &events(1..=3)).await;
    copied(&world, "reset", 3).await;

    operate(&world, Method::POST, "reset", "reset").await;

    let mut socket = Socket::open(world.address(), "reset").await;
    let renewed = socket.backend_id().await;
    assert_ne!(renewed, backend_id);
    socket.store(&renewed, &[event(1)]).await;
    told(&world, "reset", |status| status["mirrored"] == 1 && status["rebuild"] == false).await;
    copied(&world, "reset", 1).await;
}
