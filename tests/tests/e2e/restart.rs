//! The worker dies and comes back; each test has a worker of its own.

use std::collections::BTreeSet;

use tests::livestore::{Store, created, renamed};
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

/// One of them syncs over HTTP. The stock client gives up when an HTTP request fails, so she closes her app before each
/// kill, with what she has just committed in its files, and opens it afterwards.
#[tokio::test]
async fn three_clients_that_worked_alone_agree_after_every_kill() {
    const STORE: &str = "three";
    let mut world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let address = world.address().to_owned();
    let open_cleo = async || Store::open_over_http_in(folder.path(), &address, STORE, "cleo").await;
    let mut ada = Store::open(&address, STORE, "ada").await;
    let mut ben = Store::open(&address, STORE, "ben").await;
    let mut cleo = open_cleo().await;
    ada.commit(&[created("plan", "Plan")]).await;
    converged(&world, STORE, 1, [&mut ada, &mut ben, &mut cleo]).await;

    const ROUNDS: usize = 2;
    for round in 1..=ROUNDS {
        cleo.commit(&[created(&format!("cleo-{round}"), ""), renamed("plan", "Cleo's")]).await;
        cleo.shows("her own", |state| state.todos.contains_key(&format!("cleo-{round}"))).await;
        cleo.close().await;
        // The kill meets this one on its way.
        ada.commit(&[created(&format!("ada-{round}-late"), "")]).await;
        world.kill();
        for n in 0..20 {
            ada.commit(&[created(&format!("ada-{round}-{n}"), ""), renamed("plan", "Ada's")]).await;
            ben.commit(&[created(&format!("ben-{round}-{n}"), ""), renamed("plan", "Ben's")]).await;
        }
        world.restart().await;
        cleo = open_cleo().await;
        converged(&world, STORE, 1 + round * 83, [&mut ada, &mut ben, &mut cleo]).await;
    }

    let rows = world.events(STORE).unwrap();
    let made: Vec<_> = rows.iter().filter(|row| row.name == "todoCreated").map(|row| &row.args).collect();
    assert_eq!(made.len(), 1 + ROUNDS * 42);
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len(), "a to-do was made twice");
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
