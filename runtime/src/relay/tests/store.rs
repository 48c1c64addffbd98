//! Order at the store.

use super::harness::*;
use crate::relay::{Closing, Effect, Input, Limits, SocketId};
use crate::store::Opened;

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

#[test]
fn pulls_from_the_same_place_share_a_read() {
    let mut world = World::filled(150, Limits::default());
    for id in 1..=3 {
        world.connect(id);
        world.send(id, &pull(&id.to_string(), true, 0));
    }
    assert_eq!(world.reads().len(), 1);
    world.send(1, &interrupt("1"));
    world.take(1);
    world.settle();
    assert_eq!(world.take(1), [] as [&str; 0]);
    for id in [2, 3] {
        let pull = id.to_string();
        let pages = [chunk(&pull, &events(1..=100), &more(50)), chunk(&pull, &events(101..=150), NO_MORE)];
        assert_eq!(world.take(id), pages);
    }
}

/// The read that the second pull shares was asked for before the push.
#[test]
fn a_shared_read_that_is_older_than_a_push_is_followed_by_another() {
    let mut world = World::filled(2, Limits::default());
    world.connect(1);
    world.connect(2);
    world.send(1, &pull("0", true, 0));
    world.execute(0, Fate::Answered);
    world.send(2, &push("1", &events(3..=3)));
    world.execute(0, Fate::Answered);
    world.deliver(1);
    world.send(2, &pull("2", true, 0));
    assert!(world.asked.is_empty());
    world.settle();
    for (id, pull) in [(1, "0"), (2, "2")] {
        let chunks = world.take(id).into_iter().filter(|frame| frame.contains("Chunk")).collect::<Vec<_>>();
        let pages = [chunk(pull, &events(1..=2), &more(1)), chunk(pull, &events(3..=3), NO_MORE)];
        assert_eq!(chunks, pages);
    }
}

#[test]
fn a_read_from_before_the_store_was_opened_anew_is_not_shared() {
    let mut world = World::filled(1, Limits::default());
    world.connect(1);
    world.send(1, &pull("0", true, 0));
    world.execute(0, Fate::Answered);
    world.database.rows[0].2 = item(&event_with("other", "1", 1, 0));
    world.happens(Input::Changed);
    world.execute(0, Fate::Answered);
    world.deliver(1);
    world.connect(2);
    world.send(2, &pull("2", true, 0));
    world.settle();
    let other = event_with("other", "1", 1, 0);
    assert_eq!(world.take(2), [chunk("2", &[other], NO_MORE)]);
}

#[test]
fn a_store_that_somebody_works_on_is_nobody_elses() {
    let mut world = World::filled(1, Limits::default());
    world.connect(1);
    world.exchange(1, &pull("0", true, 0));
    let closed = world.relay.suspend().expect("nothing is asked");
    assert_eq!(closed, [Effect::Close(SocketId(1), Closing::Suspended)]);
    assert_eq!(world.relay.suspend(), None, "a second operator waits");
    world.happens(Input::Changed);
    world.connect(2);
    world.send(2, &push("1", &events(2..=2)));
    assert!(world.asked.is_empty(), "{:?}", world.asked);
    world.happens(Input::Resumed);
    world.settle();
    assert_eq!(world.take(2), [stored("1")]);
}

#[test]
fn a_pull_does_not_go_on_in_another_store() {
    let mut world = World::filled(2, Limits::default());
    for id in [1, 2] {
        world.connect(id);
    }
    world.exchange(1, &pull("0", true, 0));
    world.happens(Input::Changed);
    assert_eq!(world.asked.pop_front(), Some(Effect::Open));
    world.happens(Input::StoreOpened(Ok(Opened { backend_id: "another".to_owned(), head: 3 })));
    assert_eq!(world.closed.get(&1), Some(&Closing::Suspended));
    assert_eq!(world.closed.get(&2), None, "it has seen nothing of the store");
    assert!(world.asked.is_empty(), "{:?}", world.asked);
}

#[test]
fn a_store_that_changes_while_it_is_looked_up_is_looked_up_again() {
    let mut world = World::filled(1, Limits::default());
    world.sleep();
    world.connect(1);
    world.send(1, &pull("0", true, 0));
    world.execute(0, Fate::Answered);
    world.happens(Input::Changed);
    assert!(world.asked.is_empty(), "one question is open: {:?}", world.asked);
    assert_eq!(world.relay.suspend(), None);
    world.deliver(0);
    assert_eq!(world.asked, [Effect::Open], "its answer is out of date");
    world.settle();
    assert_eq!(world.take(1), [chunk("0", &events(1..=1), NO_MORE)]);
}
