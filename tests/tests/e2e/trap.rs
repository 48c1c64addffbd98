//! WebAssembly that traps, as it does at a panic: every object of the isolate loses its memory at once.

use tests::wire::{Socket, event, events, stored};
use tests::world::World;

/// What the worker traps at.
const TRAP: &str = "trap";
/// At what an exception goes through it.
const THROW: &str = "throw";

#[tokio::test]
async fn after_a_trap_all_clients_of_the_store_are_cut_off_and_nothing_acknowledged_is_lost() {
    let world = World::start_trapping().await;
    let mut reader = Socket::open(world.address(), "trapped").await;
    let mut writer = Socket::open(world.address(), "trapped").await;
    let pull = reader.pull(true).await;
    let backend_id = reader.chunk(&pull).await.backend_id;
    reader.ack(&pull).await;
    writer.store(&backend_id, &events(1..=3)).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [1, 2, 3]);

    writer.send_text(TRAP).await;

    assert_eq!((writer.close_code().await, reader.close_code().await), (1011, 1011));
    let mut again = Socket::open(world.address(), "trapped").await;
    assert_eq!(again.history().await, (events(1..=3), backend_id.clone()));
    let push = again.push(&backend_id, &[event(4)]).await;
    assert_eq!(again.receive().await, stored(&push));
    let stored = world.events("trapped").map(|rows| rows.len());
    assert_eq!(stored, Ok(4), "each event is in the database once");
}

#[tokio::test]
async fn after_an_exception_that_nobody_expects_all_clients_of_the_store_are_cut_off() {
    let world = World::start_trapping().await;
    let mut reader = Socket::open(world.address(), "thrown").await;
    let backend_id = reader.backend_id().await;
    let mut writer = Socket::open(world.address(), "thrown").await;
    writer.store(&backend_id, &[event(1)]).await;

    writer.send_text(THROW).await;

    assert_eq!((writer.close_code().await, reader.close_code().await), (1011, 1011));
    let (history, _) = Socket::open(world.address(), "thrown").await.history().await;
    assert_eq!(history, [event(1)]);
}

/// The trap takes from another store's object what it was doing too, and nothing of that store runs until it is asked.
#[tokio::test]
async fn after_a_trap_a_client_of_another_store_is_cut_off_at_the_next_event_and_none_is_lost() {
    let world = World::start_trapping().await;
    let mut reader = Socket::open(world.address(), "beside").await;
    let pull = reader.pull(true).await;
    let backend_id = reader.chunk(&pull).await.backend_id;
    reader.ack(&pull).await;
    let mut trapped = Socket::open(world.address(), "trapped").await;
    trapped.send_text(TRAP).await;
    assert_eq!(trapped.close_code().await, 1011);

    let mut writer = Socket::open(world.address(), "beside").await;
    writer.store(&backend_id, &[event(1)]).await;

    assert_eq!(reader.close_code().await, 1011);
    let (history, _) = Socket::open(world.address(), "beside").await.history().await;
    assert_eq!(history, [event(1)]);
}
