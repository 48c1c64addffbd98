//! A push that comes again, since its client never heard of the first.

use super::harness::*;
use crate::relay::{Closing, Effect, Limits};

fn world(head: u64) -> World {
    let mut world = World::filled(head, Limits::default());
    world.connect(1);
    world.connect(2);
    world
}

#[test]
fn a_push_whose_answer_was_lost_is_acknowledged_when_it_comes_again() {
    let mut world = world(1);
    world.exchange(2, &pull("0", true, 1));
    world.send(1, &push("1", &events(2..=3)));
    world.execute(0, Fate::AnswerLost);
    world.deliver(0);
    world.settle();
    assert_eq!(world.closed[&1], Closing::StoreFailed);
    world.connect(3);
    assert_eq!(world.exchange(3, &push("2", &events(2..=3))), [stored("2")]);
    assert_eq!(world.database.head(), 3);
    let seen: Vec<_> = world.take(2).iter().flat_map(|frame| seq_nums(frame)).collect();
    assert_eq!(seen, [2, 3], "it is published once");
}

#[test]
fn a_push_that_came_again_is_recognised_though_others_followed() {
    let mut world = world(5);
    assert_eq!(world.exchange(1, &push("1", &events(2..=3))), [stored("1")]);
}

#[test]
fn a_push_that_is_not_what_is_stored_is_told_the_head() {
    let mut world = world(3);
    let other = [event(2), event_with("n", "2", 3, 2)];
    assert_eq!(world.exchange(1, &push("1", &other)), [ahead("1", 3, 1)]);
}

#[test]
fn a_push_of_which_only_a_part_is_stored_is_told_the_head_at_once() {
    let mut world = world(3);
    world.send(1, &push("1", &events(2..=4)));
    assert_eq!(world.take(1), [ahead("1", 3, 1)]);
    assert!(world.asked.is_empty());
}

#[test]
fn a_push_that_is_no_chain_is_not_looked_for() {
    let mut world = world(3);
    let events = [event(1), event(3)];
    world.send(1, &push("1", &events));
    assert_eq!(world.take(1), [ahead("1", 3, 0)]);
    let far = u64::MAX;
    let answer = world.exchange(1, &push("2", &[event_with("n", "1", 1, far)]));
    assert_eq!(answer, [ahead("2", 3, far)]);
}

#[test]
fn pushes_wait_while_one_is_looked_for() {
    let mut world = world(1);
    world.send(1, &push("1", &events(1..=1)));
    world.send(2, &push("2", &events(2..=2)));
    assert!(matches!(world.asked.make_contiguous(), [Effect::Compare(_)]), "{:?}", world.asked);
    world.settle();
    assert_eq!(world.take(1), [stored("1")]);
    assert_eq!(world.take(2), [stored("2")]);
}

#[test]
fn a_push_that_cannot_be_looked_for_closes_its_socket_alone() {
    let mut world = world(1);
    world.send(1, &push("1", &events(1..=1)));
    world.send(2, &push("2", &events(2..=2)));
    world.execute(0, Fate::NotDone);
    world.deliver(0);
    world.settle();
    assert_eq!(world.closed.get(&1), Some(&Closing::StoreFailed));
    assert_eq!(world.take(2), [stored("2")]);
}

#[test]
fn a_push_that_is_interrupted_while_it_is_looked_for_is_answered_once() {
    let mut world = world(1);
    world.send(1, &push("1", &events(1..=1)));
    let answers = world.exchange(1, &interrupt("1"));
    assert_eq!(answers.len(), 1);
    assert!(answers[0].contains("Interrupt"), "{answers:?}");
}

#[test]
fn a_push_that_another_object_stored_in_the_meantime_is_acknowledged() {
    let mut world = world(1);
    let row = (2, "n".to_owned(), item(&event(2)));
    world.database.rows.push(row);
    assert_eq!(world.exchange(1, &push("1", &events(2..=2))), [stored("1")]);
}
