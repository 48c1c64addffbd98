//! Order at the store.

use super::harness::*;
use crate::relay::{Effect, Limits};

#[test]
fn one_push_is_at_the_store_at_a_time() {
    let mut world = World::filled(0, Limits::default());
    world.connect(1);
    world.connect(2);
    world.send(1, &push("1", &events(1..=1)));
    world.send(2, &push("2", &events(2..=2)));
    assert_eq!(world.asked.len(), 1);
    assert!(matches!(world.asked[0], Effect::Append(_)));
    world.settle();
    assert_eq!(world.take(1), [stored("1")]);
    assert_eq!(world.take(2), [stored("2")]);
}

#[test]
fn a_pull_does_not_wait_for_a_push() {
    let mut world = World::filled(1, Limits::default());
    world.connect(1);
    world.send(1, &push("1", &events(2..=2)));
    world.send(1, &pull("2", true, 1));
    assert_eq!(world.take(1), [chunk("2", &[], NO_MORE)]);
    world.settle();
    assert_eq!(world.take(1), [chunk("2", &events(2..=2), NO_MORE), stored("1")]);
}

#[test]
fn the_store_is_opened_once_for_all_who_wait() {
    let mut world = World::new();
    for id in 1..=3 {
        world.connect(id);
        world.send(id, &pull("0", true, 0));
    }
    assert_eq!(world.asked, [Effect::Open]);
    world.settle();
    for id in 1..=3 {
        assert_eq!(world.take(id), [chunk("0", &[], NO_MORE)]);
    }
}

#[test]
fn a_socket_that_asks_nothing_opens_no_store() {
    let mut world = World::new();
    world.connect(1);
    world.send(1, r#"{ "_tag": "Ping" }"#);
    world.sleep();
    assert!(world.asked.is_empty());
}
