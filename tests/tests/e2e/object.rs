//! A worker whose record is in each store's own object; each test has one of its own, where it is killed or sleeps.

use serde_json::json;
use tests::livestore::{Store, created};
use tests::patience::until;
use tests::project::OBJECT;
use tests::wire::{Socket, event, events, failed, stored};
use tests::world::World;

use crate::hibernation::ASLEEP;
use crate::large::large_event;

#[tokio::test]
async fn what_an_object_acknowledged_survives_a_kill() {
    let mut world = World::start_of(OBJECT).await;
    let mut socket = Socket::open(world.address(), "kept").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &events(1..=3)).await;
    let push = socket.push(&backend_id, &[event(4)]).await;
    assert_eq!(socket.receive().await, stored(&push));

    world.kill();
    world.restart().await;

    let mut socket = Socket::open(world.address(), "kept").await;
    let (history, backend_id_after) = socket.history().await;
    assert_eq!(backend_id_after, backend_id);
    assert_eq!(history, events(1..=4));
    let push = socket.push(&backend_id, &[event(5)]).await;
    assert_eq!(socket.receive().await, stored(&push));
}

#[tokio::test]
async fn an_object_that_slept_knows_its_head_and_its_pulls() {
    let world = World::start_of(OBJECT).await;
    let mut reader = Socket::open(world.address(), "sleepy").await;
    let mut writer = Socket::open(world.address(), "sleepy").await;
    let pull = reader.pull(true).await;
    let backend_id = reader.chunk(&pull).await.backend_id;
    reader.ack(&pull).await;
    writer.store(&backend_id, &events(1..=2)).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [1, 2]);
    reader.ack(&pull).await;

    until(ASLEEP, async || match world.objects_in_memory()? {
        0 => Ok(()),
        awake => Err(format!("{awake} objects are still in memory: something keeps them awake")),
    })
    .await;

    let push = writer.push(&backend_id, &[event(3)]).await;
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [3]);
    assert_eq!(writer.receive().await, stored(&push));
}

#[tokio::test]
async fn a_push_longer_than_a_parameter_is_stored_whole_and_read_in_pages() {
    let world = World::start_of(OBJECT).await;
    let mut socket = Socket::open(world.address(), "long").await;
    let backend_id = socket.backend_id().await;
    let batch: Vec<_> = (1..=8).map(|seq_num| large_event(seq_num, 800_000)).collect();
    socket.store(&backend_id, &batch).await;
    assert_eq!(socket.history().await.0, batch);
    let mut other = Socket::open(world.address(), "another").await;
    assert_eq!(other.history().await.0, [] as [serde_json::Value; 0], "each store has an object of its own");
}

#[tokio::test]
async fn a_push_that_the_objects_database_refuses_fails_for_good_and_the_socket_goes_on() {
    let mut world = World::start_of(OBJECT).await;
    let mut socket = Socket::open(world.address(), "refused").await;
    let backend_id = socket.backend_id().await;
    world.kill();
    let rule = "CREATE TRIGGER rule BEFORE INSERT ON events WHEN new.seq_num = 2
                BEGIN SELECT RAISE(ABORT, 'there is no second event'); END";
    world.object().execute_batch(rule).unwrap();
    world.restart().await;
    let mut socket = Socket::open(world.address(), "refused").await;

    let push = socket.push(&backend_id, &events(1..=2)).await;

    let message = "the database does not take these events and stored none of them: \
                   there is no second event: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)";
    let error = json!({ "_tag": "UnknownError", "cause": { "name": "Error", "message": message } });
    assert_eq!(socket.receive().await, failed(&push, &error));
    socket.store(&backend_id, &[event(1)]).await;
    assert_eq!(socket.history().await.0, [event(1)]);
}

#[tokio::test]
async fn real_clients_sync_through_objects_alone() {
    let world = World::start_of(OBJECT).await;
    let mut ada = Store::open(world.address(), "todos", "ada").await;
    let mut ben = Store::open(world.address(), "todos", "ben").await;
    ada.commit(&[created("tea", "Buy tea")]).await;
    ben.shows("the to-do of the other", |state| state.todos.contains_key("tea")).await;
    ben.commit(&[created("milk", "Buy milk")]).await;
    ada.shows("both", |state| state.todos.len() == 2 && state.head == 2).await;
}
