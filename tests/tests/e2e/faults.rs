//! A database that fails or refuses; each test has a worker of its own.

use serde_json::json;
use tests::wire::{Socket, event, events, failed, stored};
use tests::world::World;

use crate::large::large_event;

#[tokio::test]
async fn who_pushed_while_the_database_failed_is_closed_with_1011_and_may_push_again() {
    let world = World::start().await;
    let mut socket = Socket::open(world.address(), "locked").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &[event(1)]).await;
    let database = world.database();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();

    socket.push(&backend_id, &events(2..=3)).await;

    assert_eq!(socket.close_code().await, 1011);
    database.execute_batch("ROLLBACK").unwrap();
    let mut socket = Socket::open(world.address(), "locked").await;
    assert_eq!(socket.history().await.0, [event(1)]);
    socket.store(&backend_id, &events(2..=3)).await;
    assert_eq!(world.events("locked").unwrap().len(), 3);
}

#[tokio::test]
async fn whoever_reads_while_the_database_fails_is_closed_with_1011_and_may_pull_again() {
    let world = World::start().await;
    let store = "unreadable";
    let mut writer = Socket::open(world.address(), store).await;
    let backend_id = writer.backend_id().await;
    let batch: Vec<_> = (1..=6).map(|seq_num| large_event(seq_num, 800_000)).collect();
    writer.store(&backend_id, &batch).await;
    let mut reader = Socket::open(world.address(), store).await;
    let pull = reader.pull(true).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [1]);
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [2]);
    let database = world.database();
    database.execute_batch("ALTER TABLE events RENAME TO away").unwrap();

    // It reads on once half of what it may have under way is acknowledged.
    reader.ack(&pull).await;
    reader.ack(&pull).await;

    assert_eq!(reader.close_code().await, 1011);
    let push = writer.push(&backend_id, &[event(7)]).await;
    assert_eq!(writer.close_code().await, 1011, "push {push} has no known outcome");
    let mut early = Socket::open(world.address(), store).await;
    early.pull(true).await;
    assert_eq!(early.close_code().await, 1011);
    database.execute_batch("ALTER TABLE away RENAME TO events").unwrap();
    let mut reader = Socket::open(world.address(), store).await;
    reader.pull_after(true, &backend_id, 2).await;
    let mut seen = Vec::new();
    while seen.last() != Some(&6) {
        let chunk = reader.chunk("0").await;
        reader.ack("0").await;
        seen.extend(chunk.seq_nums());
    }
    assert_eq!(seen, [3, 4, 5, 6]);
    Socket::open(world.address(), store).await.store(&backend_id, &[event(7)]).await;
    assert_eq!(reader.chunk("0").await.seq_nums(), [7]);
}

#[tokio::test]
async fn a_push_that_the_database_refuses_fails_for_good_and_the_socket_goes_on() {
    let world = World::start().await;
    let mut socket = Socket::open(world.address(), "refused").await;
    let backend_id = socket.backend_id().await;
    let rule = "CREATE TRIGGER rule BEFORE INSERT ON events WHEN new.seq_num = 2
                BEGIN SELECT RAISE(ABORT, 'there is no second event'); END";
    world.database().execute_batch(rule).unwrap();

    let push = socket.push(&backend_id, &events(1..=2)).await;

    let message = "the database does not take these events and stored none of them: \
                   there is no second event: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)";
    let error = json!({ "_tag": "UnknownError", "cause": { "name": "Error", "message": message } });
    assert_eq!(socket.receive().await, failed(&push, &error));
    assert_eq!(world.events("refused").unwrap(), []);
    let push = socket.push(&backend_id, &[event(1)]).await;
    assert_eq!(socket.receive().await, stored(&push));
}
