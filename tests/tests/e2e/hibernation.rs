//! An object that sleeps: workerd drops it from memory after 10 s without a message and keeps its sockets.

use std::time::Duration;

use tests::faults;
use tests::wire::{Socket, event, events, stored};
use tests::world::World;

use crate::large::large_event;

/// Three times what workerd takes.
pub(crate) const ASLEEP: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_object_that_slept_still_delivers_to_its_pulls() {
    let world = World::start().await;
    let mut reader = Socket::open(world.address(), "sleepy").await;
    let mut writer = Socket::open(world.address(), "sleepy").await;
    let pull = reader.pull(true).await;
    let backend_id = reader.chunk(&pull).await.backend_id;
    reader.ack(&pull).await;
    writer.store(&backend_id, &events(1..=2)).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [1, 2]);
    reader.ack(&pull).await;

    assert_eq!(faults::falls_asleep(&world).await, Ok(()));
    reader.send_text(r#"{"_tag":"Ping"}"#).await;
    assert_eq!(reader.receive_text().await, r#"{"_tag":"Pong"}"#);
    assert_eq!(world.objects_in_memory(), Ok(0), "a ping wakes no object");

    let push = writer.push(&backend_id, &[event(3)]).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [3]);
    assert_eq!(writer.receive().await, stored(&push));
}

/// A slow reader: its object forgets what is unacknowledged, but not how far the pull has come.
#[tokio::test]
async fn a_pull_that_is_half_read_goes_on_after_a_sleep() {
    const EVENTS: u64 = 12;
    let world = World::start().await;
    let mut writer = Socket::open(world.address(), "half-read").await;
    let backend_id = writer.backend_id().await;
    for first in (1..=EVENTS).step_by(4) {
        let batch: Vec<_> = (first..first + 4).map(|seq_num| large_event(seq_num, 800_000)).collect();
        writer.store(&backend_id, &batch).await;
    }
    let mut reader = Socket::open(world.address(), "half-read").await;
    let pull = reader.pull(true).await;
    let first = reader.chunk(&pull).await;
    assert_eq!((first.seq_nums(), first.remaining), (vec![1], Some(EVENTS - 1)));
    assert_eq!(faults::falls_asleep(&world).await, Ok(()));

    let push = writer.push(&backend_id, &[event(EVENTS + 1)]).await;

    assert_eq!(writer.receive().await, stored(&push));
    let mut seen = vec![1];
    while seen.last() <= Some(&EVENTS) {
        reader.ack(&pull).await;
        seen.extend(reader.chunk(&pull).await.seq_nums());
    }
    assert_eq!(seen, (1..=EVENTS + 1).collect::<Vec<_>>());
}
