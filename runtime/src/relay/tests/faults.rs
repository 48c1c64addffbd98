//! What the reference server gets wrong, one test a fault, and the failures of the store.

use super::harness::*;
use crate::relay::{Closing, Limits};

fn world(head: u64) -> World {
    let mut world = World::filled(head, Limits::default());
    world.connect(1);
    world.connect(2);
    world
}

/// Fault 2.
#[test]
fn a_push_that_failed_does_not_wedge_the_store() {
    for fate in [Fate::AnswerLost, Fate::NotDone] {
        let mut world = world(1);
        world.exchange(2, &pull("0", true, 1));
        world.send(1, &push("1", &events(2..=3)));
        world.execute(0, fate);
        world.deliver(0);
        world.settle();
        assert_eq!(world.closed[&1], Closing::StoreFailed);
        assert_eq!(world.take(1), [] as [&str; 0], "its outcome is unknown, so it is not answered");
        let head = world.database.head();
        let next = events(head + 1..=head + 1);
        let frames = world.exchange(2, &push("2", &next));
        assert_eq!(frames.last(), Some(&stored("2")), "{fate:?}");
        let seen: Vec<_> = frames.iter().flat_map(|frame| seq_nums(frame)).collect();
        assert_eq!(seen, (2..=head + 1).collect::<Vec<_>>(), "{fate:?}");
    }
}

/// Fault 3.
#[test]
fn a_broadcast_does_not_overtake_history() {
    let mut world = world(300);
    world.send(2, &pull("0", true, 0));
    world.execute(0, Fate::Answered);
    world.deliver(0);
    world.send(1, &push("1", &events(301..=301)));
    while world.asked.len() + world.answers.len() > 0 {
        world.execute(world.asked.len().saturating_sub(1), Fate::Answered); // the push first
        world.deliver(0);
    }
    let seen: Vec<_> = world.take(2).iter().flat_map(|frame| seq_nums(frame)).collect();
    assert_eq!(seen, (1..=301).collect::<Vec<_>>());
}

/// Fault 4.
#[test]
fn a_socket_cannot_name_another_store() {
    let mut world = world(1);
    for frame in [pull("1", false, 0), push("1", &events(2..=2))] {
        let answer = world.exchange(1, &frame.replace(STORE, "store-B"));
        assert_eq!(answer, [died("1", "payload.storeId: not the store of this connection")]);
    }
    assert_eq!(world.database.head(), 1);
    let unnamed = pull("2", false, 1).replace(r#""storeId":"store-A","#, "");
    assert_eq!(world.exchange(1, &unnamed), [chunk("2", &[], NO_MORE), ended("2")]);
}

/// Fault 6.
#[test]
fn a_batch_that_is_no_chain_is_refused_whole() {
    let mut world = world(3);
    let batch =
        |events: [(u64, u64); 2]| events.map(|(seq_num, parent)| event_with("n", "1", seq_num, parent));
    for (events, why) in [
        ([(4, 3), (6, 5)], "event 6 names 5 as its parent, but follows 4"),
        ([(4, 3), (4, 3)], "event 4 names 3 as its parent, but follows 4"),
        ([(4, 3), (4, 4)], "event 4 follows 4, so its sequence number must be 5"),
        ([(10, 3), (5, 10)], "event 10 follows 3, so its sequence number must be 4"),
    ] {
        assert_eq!(world.exchange(1, &push("1", &batch(events))), [unknown("1", why)]);
    }
    assert_eq!(world.database.head(), 3);
}

/// Fault 7.
#[test]
fn an_event_that_no_chunk_can_hold_is_refused_and_the_largest_is_not() {
    let overhead = chunk("", &[event_with("n", "\"\"", 1, 0)], NO_MORE).len() - chunk("", &[], NO_MORE).len();
    let largest = |bytes: usize| event_with("n", &format!("\"{}\"", "x".repeat(bytes - overhead)), 1, 0);
    let mut world = world(0);
    let why = "event 1 takes 900001 bytes on the wire, and at most 900000 fit a chunk";
    assert_eq!(world.exchange(1, &push("1", &[largest(900_001)])), [unknown("1", why)]);
    assert_eq!(world.exchange(1, &push("2", &[largest(900_000)])), [stored("2")]);
    let frames = world.exchange(1, &pull("3", false, 0));
    assert_eq!(frames, [chunk("3", &[largest(900_000)], NO_MORE), ended("3")]);
}

/// Fault 8.
#[test]
fn pulls_that_ended_are_forgotten() {
    let mut world = world(0);
    world.exchange(1, &pull("live", true, 0));
    let attachment = world.attachments[&1].clone();
    for n in 0..4_000 {
        let id = n.to_string();
        world.exchange(1, &pull(&id, n % 2 == 0, 0));
        world.exchange(1, &interrupt(&id));
    }
    assert_eq!(world.attachments[&1], attachment);
    let frames = world.exchange(1, &push("p", &events(1..=1)));
    assert_eq!(frames, [chunk("live", &events(1..=1), NO_MORE), stored("p")]);
}

/// Fault 10.
#[test]
fn the_head_is_what_the_store_holds() {
    let mut world = world(2);
    world.exchange(2, &pull("0", true, 2));
    world.send(1, &push("1", &events(3..=4)));
    world.execute(0, Fate::Answered);
    world.sleep(); // the answer never comes
    world.settle();
    assert_eq!(world.take(2).iter().flat_map(|frame| seq_nums(frame)).collect::<Vec<_>>(), [3, 4]);
    let other = event_with("other", "1", 3, 2);
    assert_eq!(world.exchange(2, &push("2", &[other])), [ahead("2", 4, 2)]);
}

/// Fault 11.
#[test]
fn a_push_during_the_first_read_comes_once() {
    for push_is_read_early in [true, false] {
        let mut world = world(2);
        world.send(2, &pull("0", true, 0));
        if !push_is_read_early {
            world.execute(0, Fate::Answered);
        }
        world.send(1, &push("1", &events(3..=3)));
        let append = world.asked.len() - 1;
        world.execute(append, Fate::Answered);
        world.settle();
        let seen: Vec<_> = world.take(2).iter().flat_map(|frame| seq_nums(frame)).collect();
        assert_eq!(seen, [1, 2, 3], "read early: {push_is_read_early}");
    }
}

#[test]
fn a_push_is_judged_again_when_somebody_else_moved_the_head() {
    let mut world = world(1);
    world.exchange(2, &pull("0", true, 1));
    let other = world.database.rows[0].2.replace(r#""seqNum":1"#, r#""seqNum":2"#);
    world.database.rows.push((2, "other".to_owned(), other));
    assert_eq!(world.exchange(1, &push("1", &events(2..=2))), [ahead("1", 2, 1)]);
    assert_eq!(world.take(2).iter().flat_map(|frame| seq_nums(frame)).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_push_on_events_that_somebody_else_stored_makes_the_relay_look_again() {
    let mut world = world(1);
    world.exchange(2, &pull("0", true, 1));
    let other = world.database.rows[0].2.replace(r#""seqNum":1"#, r#""seqNum":2"#);
    world.database.rows.push((2, "other".to_owned(), other));
    assert_eq!(world.exchange(1, &push("1", &events(3..=3))), [stored("1")]);
    assert_eq!(world.take(2).iter().flat_map(|frame| seq_nums(frame)).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(world.exchange(1, &push("2", &events(9..=9))), [ahead("2", 3, 8)], "it looks once");
}

#[test]
fn a_push_that_the_database_refuses_fails_and_nothing_else_does() {
    let mut world = world(1);
    world.exchange(1, &pull("0", true, 1));
    world.send(1, &push("1", &events(2..=2)));
    world.send(2, &push("2", &events(2..=2)));
    world.database.refuses = Some("datatype mismatch".to_owned());
    world.execute(0, Fate::Answered);
    world.database.refuses = None;
    world.settle();
    let why = "the database does not take these events and stored none of them: datatype mismatch";
    assert_eq!(world.take(1), [unknown("1", why), chunk("0", &events(2..=2), NO_MORE)]);
    assert_eq!(world.take(2), [stored("2")]);
    assert!(world.closed.is_empty());
}

#[test]
fn a_refused_push_that_was_given_up_is_answered_once() {
    let mut world = world(1);
    world.database.refuses = Some("no".to_owned());
    world.send(1, &push("1", &events(2..=2)));
    assert_eq!(world.exchange(1, &interrupt("1")).len(), 1);
    assert_eq!(world.exchange(1, &pull("2", false, 1)), [chunk("2", &[], NO_MORE), ended("2")]);
}

#[test]
fn who_waits_for_a_store_that_does_not_open_is_closed_and_may_come_back() {
    let mut world = world(1);
    world.sleep();
    world.send(1, &pull("0", true, 0));
    world.execute(0, Fate::NotDone);
    world.deliver(0);
    assert_eq!(world.closed.get(&1), Some(&Closing::StoreFailed));
    assert_eq!(world.closed.get(&2), None, "it asked for nothing");
    world.connect(3);
    let frames = world.exchange(3, &pull("0", true, 0));
    assert_eq!(frames, [chunk("0", &events(1..=1), NO_MORE)]);
}

#[test]
fn a_read_that_fails_closes_the_sockets_that_wait_for_it_alone() {
    let mut world = world(2);
    world.send(1, &pull("0", true, 0));
    world.send(2, &pull("0", true, 1));
    world.connect(3);
    world.send(3, &pull("0", true, 0));
    world.execute(0, Fate::NotDone);
    world.deliver(0);
    world.settle();
    assert_eq!(world.closed.keys().collect::<Vec<_>>(), [&1, &3]);
    assert_eq!(world.closed.get(&1), Some(&Closing::StoreFailed));
    assert_eq!(world.take(2), [chunk("0", &events(2..=2), NO_MORE)]);
}

#[test]
fn rows_that_were_taken_away_do_not_hold_a_pull() {
    let mut world = world(3);
    world.database.rows.clear();
    assert_eq!(world.exchange(1, &pull("0", false, 0)), [chunk("0", &[], NO_MORE), ended("0")]);
}

#[test]
fn a_sleeper_wakes_up_to_what_it_missed() {
    let mut world = world(0);
    world.exchange(1, &pull("0", true, 0));
    world.exchange(2, &push("1", &events(1..=2)));
    world.take(1);
    world.sleep();
    world.settle();
    assert_eq!(world.take(1), [] as [&str; 0], "it missed nothing");
    world.exchange(2, &push("2", &events(3..=3)));
    assert_eq!(world.take(1), [chunk("0", &events(3..=3), NO_MORE)]);
}

#[test]
fn a_socket_whose_attachment_is_lost_is_closed() {
    let mut world = world(0);
    world.attachments.insert(1, "garbage".to_owned());
    world.sleep();
    assert_eq!(world.closed[&1], Closing::Forgotten);
}
