//! Events and pushes at the limits of chunks and of the database.

use serde_json::{Value, json};
use tests::wire::{Chunk, Socket, event};
use tests::world::World;

/// An event whose arguments take `bytes` bytes.
pub(crate) fn large_event(seq_num: u64, bytes: usize) -> Value {
    let mut event = event(seq_num);
    event["args"] = json!("x".repeat(bytes - 2));
    event
}

#[tokio::test]
async fn large_events_come_in_pages_that_fit_a_message() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "large").await;
    let backend_id = socket.backend_id().await;
    for first in [1, 8, 15] {
        let batch: Vec<_> = (first..first + 7).map(|seq_num| large_event(seq_num, 100_000)).collect();
        socket.store(&backend_id, &batch).await;
    }

    let pull = socket.pull(true).await;

    let mut seen = Vec::new();
    while seen.len() < 21 {
        let frame = socket.receive_text().await;
        assert!(frame.len() < 1_000_000, "a frame of {} bytes", frame.len());
        seen.extend(Chunk::parse(&serde_json::from_str(&frame).unwrap(), &pull).unwrap().seq_nums());
        socket.ack(&pull).await;
    }
    assert_eq!(seen, (1..=21).collect::<Vec<_>>());
}

/// What D1 takes in one parameter holds two of these events.
#[tokio::test]
async fn a_push_longer_than_a_parameter_of_the_database_is_stored_whole() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "long").await;
    let backend_id = socket.backend_id().await;
    let batch: Vec<_> = (1..=8).map(|seq_num| large_event(seq_num, 800_000)).collect();
    socket.store(&backend_id, &batch).await;
    assert_eq!(socket.history().await.0, batch);
}

#[tokio::test]
async fn an_event_that_no_page_can_hold_is_refused() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "too-large").await;
    let backend_id = socket.backend_id().await;

    let push = socket.push(&backend_id, &[large_event(1, 950_000)]).await;

    let answer = socket.receive().await;
    assert_eq!(
        (&answer["requestId"], &answer["exit"]["_tag"]),
        (&json!(push), &json!("Failure")),
        "{answer}"
    );
    socket.store(&backend_id, &[event(1)]).await;
    assert_eq!(socket.history().await.0, [event(1)]);
}
