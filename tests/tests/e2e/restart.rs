//! The worker dies and comes back; each test has a worker of its own.

use tests::livestore::{Store, created};
use tests::wire::{Socket, event, events, stored};
use tests::world::World;

use crate::livestore::converged;

#[tokio::test]
async fn stores_go_on_after_the_worker_was_killed() {
    let mut world = World::start().await;
    let mut ada = Store::open(world.address(), "restart", "ada").await;
    let mut ben = Store::open(world.address(), "restart", "ben").await;
    ada.commit(&[created("before", "")]).await;
    ben.shows("the first to-do", |state| state.todos.contains_key("before")).await;

    world.kill();
    ada.commit(&[created("ada-alone", "")]).await;
    ben.commit(&[created("ben-alone", "")]).await;
    world.restart().await;

    converged(&world, "restart", 3, [&mut ada, &mut ben]).await;
    ben.commit(&[created("after", "")]).await;
    let state = converged(&world, "restart", 4, [&mut ada, &mut ben]).await;
    assert_eq!(
        state.todos.keys().map(String::as_str).collect::<Vec<_>>(),
        ["ada-alone", "after", "before", "ben-alone"]
    );
}

#[tokio::test]
async fn backend_id_and_head_survive_a_kill() {
    let mut world = World::start().await;
    let mut socket = Socket::open(world.address(), "survives").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &events(1..=3)).await;

    world.kill();
    world.restart().await;

    let mut socket = Socket::open(world.address(), "survives").await;
    let (history, backend_id_after) = socket.history().await;
    assert_eq!(backend_id_after, backend_id);
    assert_eq!(history, events(1..=3));
    let push = socket.push(&backend_id, &[event(4)]).await;
    assert_eq!(socket.receive().await, stored(&push));
}
