//! What a client may do, and until when.

use super::harness::*;
use crate::auth::Grant;
use crate::relay::Closing;

const READER: Grant = Grant { write: false, until: None };
const UNTIL: u64 = NOW_MILLIS / 1_000 + 60;
const FOR_A_MINUTE: Grant = Grant { write: true, until: Some(UNTIL) };

#[test]
fn a_reader_pulls_and_may_not_push() {
    let mut world = World::new();
    world.connect_with(1, READER);
    assert_eq!(world.exchange(1, &pull("0", true, 0)).len(), 1);
    let refused = unknown("1", "this client may read the store, and not push to it");
    assert_eq!(world.exchange(1, &push("1", &events(1..=1))), [refused]);
    assert_eq!(world.database.head(), 0);
    world.connect(2);
    assert_eq!(world.exchange(2, &push("1", &events(1..=1))), [stored("1")]);
    assert_eq!(world.take(1).len(), 1);
}

#[test]
fn a_reader_is_one_after_sleep_too() {
    let mut world = World::new();
    world.connect_with(1, READER);
    world.sleep();
    let refused = unknown("1", "this client may read the store, and not push to it");
    assert_eq!(world.exchange(1, &push("1", &events(1..=1))), [refused]);
}

#[test]
fn a_client_whose_grant_is_over_is_closed_when_it_sends_something() {
    let mut world = World::new();
    world.connect_with(1, FOR_A_MINUTE);
    world.millis = UNTIL * 1_000 - 1;
    assert_eq!(world.exchange(1, &push("0", &events(1..=1))), [stored("0")]);
    world.millis += 1;
    assert_eq!(world.exchange(1, &push("1", &events(2..=2))), [] as [&str; 0]);
    assert_eq!(world.closed[&1], Closing::Expired);
    assert_eq!(world.database.head(), 1);
}

#[test]
fn a_client_whose_grant_is_over_is_closed_and_not_told_of_a_push() {
    let mut world = World::new();
    world.connect_with(1, FOR_A_MINUTE);
    world.exchange(1, &pull("0", true, 0));
    world.connect(2);
    world.millis = UNTIL * 1_000;
    assert_eq!(world.exchange(2, &push("1", &events(1..=1))), [stored("1")]);
    assert_eq!(world.take(1), [] as [&str; 0]);
    assert_eq!(world.closed.get(&1), Some(&Closing::Expired));
    assert_eq!(world.closed.get(&2), None);
}

#[test]
fn a_grant_ends_after_sleep_when_it_would_have() {
    let mut world = World::new();
    world.connect_with(1, FOR_A_MINUTE);
    world.sleep();
    world.millis = UNTIL * 1_000;
    assert_eq!(world.exchange(1, &pull("0", true, 0)), [] as [&str; 0]);
    assert_eq!(world.closed[&1], Closing::Expired);
}

#[test]
fn each_grant_ends_at_its_own_time() {
    let mut world = World::new();
    for id in 1..=3 {
        world.connect_with(id, Grant { write: true, until: Some(UNTIL + id) });
    }
    for id in 1..=3 {
        world.millis = (UNTIL + id) * 1_000;
        world.send(3, "{\"_tag\":\"Eof\"}");
        assert_eq!(world.closed.keys().copied().collect::<Vec<_>>(), (1..=id).collect::<Vec<_>>());
    }
}
