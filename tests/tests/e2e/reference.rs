//! What the worker that LiveStore publishes gets wrong: ours gets each right, and the scenarios do see the faults.
//!
//! `cargo bench -p tests --bench faults` plays all of them on both; here the official one is played only what takes
//! neither long nor luck.

use tests::faults;
use tests::peers::{Peer, Storage};
use tests::world::World;

#[tokio::test]
async fn a_live_pull_lets_its_object_sleep() {
    assert_eq!(faults::a_live_pull_lets_its_object_sleep(&World::start().await).await, Ok(()));
}

#[tokio::test]
async fn a_push_that_fails_halfway_does_not_wedge_the_store() {
    let world = World::shared().await;
    assert_eq!(faults::a_push_that_fails_halfway_does_not_wedge_the_store(world.address()).await, Ok(()));
}

#[tokio::test]
async fn a_broadcast_does_not_overtake_history() {
    let world = World::shared().await;
    assert_eq!(faults::a_broadcast_does_not_overtake_history(world.address()).await, Ok(()));
}

#[tokio::test]
async fn a_socket_reads_no_other_store() {
    assert_eq!(faults::a_socket_reads_no_other_store(&World::start().await).await, Ok(()));
}

#[tokio::test]
async fn stores_with_like_names_are_apart() {
    let world = World::shared().await;
    assert_eq!(faults::stores_with_like_names_are_apart(world.address()).await, Ok(()));
}

#[tokio::test]
async fn a_batch_out_of_sequence_is_refused() {
    let world = World::shared().await;
    assert_eq!(faults::a_batch_out_of_sequence_is_refused(world.address()).await, Ok(()));
}

#[tokio::test]
async fn no_event_is_stored_that_cannot_be_pulled() {
    let world = World::shared().await;
    assert_eq!(faults::no_event_is_stored_that_cannot_be_pulled(world.address()).await, Ok(()));
}

#[tokio::test]
async fn an_ended_pull_gets_nothing_more() {
    let world = World::shared().await;
    assert_eq!(faults::an_ended_pull_gets_nothing_more(world.address()).await, Ok(()));
}

#[tokio::test]
async fn a_socket_outlives_many_pulls() {
    let world = World::shared().await;
    assert_eq!(faults::a_socket_outlives_many_pulls(world.address()).await, Ok(()));
}

#[tokio::test]
async fn a_crash_leaves_head_and_events_in_step() {
    assert_eq!(faults::a_crash_leaves_head_and_events_in_step(&mut World::start().await).await, Ok(()));
}

#[tokio::test]
async fn a_push_during_the_first_read_of_a_pull_arrives_once() {
    let world = World::shared().await;
    assert_eq!(faults::a_push_during_the_first_read_of_a_pull_arrives_once(world.address()).await, Ok(()));
}

#[tokio::test]
async fn the_scenarios_see_what_the_official_relay_gets_wrong() {
    let peer = Peer::official(Storage::D1).await;
    let address = peer.address();
    for (name, outcome) in [
        ("halfway", faults::a_push_that_fails_halfway_does_not_wedge_the_store(address).await),
        ("overtaken", faults::a_broadcast_does_not_overtake_history(address).await),
        ("like names", faults::stores_with_like_names_are_apart(address).await),
        ("sequence", faults::a_batch_out_of_sequence_is_refused(address).await),
        ("poison", faults::no_event_is_stored_that_cannot_be_pulled(address).await),
        ("ended", faults::an_ended_pull_gets_nothing_more(address).await),
    ] {
        assert!(outcome.is_err(), "{name}: the fault does not show any more");
    }
}
