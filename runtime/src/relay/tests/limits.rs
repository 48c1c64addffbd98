//! What bounds an object's memory.

use std::collections::VecDeque;

use super::harness::*;
use crate::protocol::MAX_SEQ_NUM;
use crate::relay::{Closing, Limits, store_id};

#[test]
fn a_client_that_acknowledges_nothing_is_sent_a_bounded_amount() {
    let mut world = World::filled(300, Limits { unacknowledged_bytes: 1, ..Limits::default() });
    world.connect(1);
    assert_eq!(world.exchange(1, &pull("0", true, 0)).len(), 1);
    assert_eq!(world.exchange(1, &push("1", &events(301..=302))), [stored("1")]);
    for (seq_nums_expected, acked) in [(101..=200, "0"), (201..=300, "0"), (301..=302, "0")] {
        let frames = world.exchange(1, &ack(acked));
        assert_eq!(frames.len(), 1);
        assert_eq!(seq_nums(&frames[0]), seq_nums_expected.collect::<Vec<_>>());
    }
    assert_eq!(world.exchange(1, &ack("0")), [] as [&str; 0]);
}

#[test]
fn a_pull_that_is_full_in_the_middle_of_a_push_reads_the_rest() {
    let mut world = World::filled(0, Limits { unacknowledged_bytes: 500, ..Limits::default() });
    world.connect(1);
    world.exchange(1, &pull("0", true, 0));
    world.exchange(1, &ack("0"));
    let frames = world.exchange(1, &push("1", &events(1..=150)));
    assert_eq!(frames, [chunk("0", &events(1..=100), &more(50)), stored("1")]);
    assert_eq!(world.exchange(1, &ack("0")), [chunk("0", &events(101..=150), NO_MORE)]);
}

#[test]
fn reads_take_turns() {
    let mut world = World::filled(250, Limits { reads: 2, ..Limits::default() });
    for id in 1..=5 {
        world.connect(id);
        world.send(id, &pull("0", false, id));
    }
    while !world.asked.is_empty() {
        assert!(world.reads().len() <= 2);
        world.execute(0, Fate::Answered);
        world.deliver(0);
    }
    for id in 1..=5 {
        let seen: Vec<_> = world.take(id).iter().flat_map(|frame| seq_nums(frame)).collect();
        assert_eq!(seen, (id + 1..=250).collect::<Vec<_>>(), "socket {id}");
    }
}

#[test]
fn a_long_history_is_read_in_steps_of_what_the_client_may_have_unacknowledged() {
    let limit = 100_000;
    let mut world = World::filled(5_000, Limits { unacknowledged_bytes: limit, ..Limits::default() });
    world.connect(1);
    let mut frames: VecDeque<_> = world.exchange(1, &pull("0", true, 0)).into();
    let (mut seen, mut reads) = (Vec::new(), 1);
    while let Some(frame) = frames.pop_front() {
        let under_way = frame.len() + frames.iter().map(String::len).sum::<usize>();
        assert!(under_way < limit + frame.len(), "{under_way} bytes");
        seen.extend(seq_nums(&frame));
        world.send(1, &ack("0"));
        reads += world.reads().len();
        world.settle();
        frames.extend(world.take(1));
    }
    assert_eq!(seen, (1..=5_000).collect::<Vec<_>>());
    assert!(reads < 25, "{reads} reads of 50 chunks");
}

#[test]
fn a_socket_has_as_many_pulls_as_its_attachment_holds() {
    let mut world = World::new();
    world.connect(1);
    let refused = (0..2_000).find(|n| {
        let answer = world.exchange(1, &pull(&n.to_string(), true, 0)).concat();
        answer == died(&n.to_string(), "too many pulls are open on this socket")
    });
    assert!(refused.is_some_and(|pulls| pulls > 100), "{refused:?}");
    let attachment = &world.attachments[&1];
    assert!(2 * attachment.len() < 16_384, "{} bytes", attachment.len());
    assert_eq!(store_id(attachment).as_deref(), Some(STORE));
    let id = "9".repeat(128);
    let answer = world.exchange(1, &pull(&id, true, 0));
    assert_eq!(answer, [died(&id, "too many pulls are open on this socket")]);
}

#[test]
fn an_answer_repeats_no_long_text() {
    let mut world = World::new();
    world.connect(1);
    let long = "x".repeat(1_000_000);
    let cursor = |backend: &str, number: &str| {
        pull("1", false, 2).replace(BACKEND, backend).replace(r#""eventSequenceNumber":2"#, number)
    };
    let texts = [
        pull(&long, false, 0),
        cursor(&long, r#""eventSequenceNumber":2"#),
        cursor(BACKEND, &format!(r#""eventSequenceNumber":"{long}""#)),
        request("1", "Pull", &format!("\"{long}\"")),
        request("1", &long, "{}"),
    ];
    for text in texts {
        assert!(text.len() > 1_000_000, "{text:.200}");
        let answer = world.exchange(1, &text).concat();
        assert!(!answer.is_empty() && answer.len() < 1_000, "{answer:.200}");
    }
}

#[test]
fn a_socket_that_makes_too_much_wait_is_closed() {
    for limits in [
        Limits { waiting_requests: 2, ..Limits::default() },
        Limits { waiting_bytes: 500, ..Limits::default() },
    ] {
        let mut world = World::with(limits);
        world.connect(1);
        world.connect(2);
        world.send(2, &pull("0", false, 0));
        for id in ["0", "1", "2"] {
            world.send(1, &pull(id, false, 0));
        }
        assert_eq!(world.closed.get(&1), Some(&Closing::Busy));
        world.settle();
        assert_eq!(world.take(2), [chunk("0", &[], NO_MORE), ended("0")]);
    }
}

#[test]
fn a_push_that_waits_again_does_not_lift_the_bound() {
    let mut world = World::filled(1, Limits { waiting_requests: 1, ..Limits::default() });
    (1..=3).for_each(|id| world.connect(id));
    world.send(1, &push("1", &events(2..=2)));
    world.send(2, &push("2", &events(2..=2)));
    let rival = (2, "rival".to_owned(), item(&event_with("rival", "1", 2, 1)));
    world.database.rows.push(rival);
    world.execute(0, Fate::Answered);
    world.deliver(0);
    world.send(3, &push("3", &events(3..=3)));
    assert_eq!(world.closed.get(&3), Some(&Closing::Busy));
}

#[test]
fn a_push_that_is_too_long_is_refused() {
    let mut world = World::with(Limits { frame_bytes: 200, ..Limits::default() });
    world.connect(1);
    let frame = push("1", &events(1..=1));
    let why = format!("the push takes {} bytes, and at most 200 are taken at a time", frame.len());
    assert_eq!(world.exchange(1, &frame), [unknown("1", &why)]);
}

/// An event of about so many bytes, each of which takes two as text within JSON.
fn quotes(seq_num: u64, bytes: usize) -> String {
    event_with("n", &format!("\"{}\"", r#"\""#.repeat(bytes / 2)), seq_num, seq_num - 1)
}

/// A long event does not fit beside the short one before it, nor a short one beside the long one: no other push of this
/// length takes more parameters.
fn as_many_parameters_as_can_be(frame_bytes: usize) -> String {
    let sizes = [870_000, 85_000].into_iter().cycle().zip(1..);
    let mut batch = Vec::new();
    let mut left = frame_bytes - 1_000;
    for event in sizes.map(|(bytes, seq_num)| quotes(seq_num, bytes)) {
        let Some(rest) = left.checked_sub(event.len() + 1) else { break };
        left = rest;
        batch.push(event);
    }
    push("1", &batch)
}

#[test]
fn the_longest_push_is_stored_by_one_statement() {
    let limits = Limits::default();
    let frame = as_many_parameters_as_can_be(limits.frame_bytes);
    let mut world = World::with(limits);
    world.connect(1);
    assert_eq!(world.exchange(1, &frame), [stored("1")]);
}

#[test]
fn a_push_that_no_statement_holds_is_refused_whole() {
    let limits = Limits { frame_bytes: 16_000_000, ..Limits::default() };
    let frame = as_many_parameters_as_can_be(limits.frame_bytes);
    let mut world = World::with(limits);
    world.connect(1);
    let why = "the push is too long to be stored at once: push fewer events";
    assert_eq!(world.exchange(1, &frame), [unknown("1", why)]);
    assert_eq!(world.database.head(), 0);
}

#[test]
fn a_sequence_number_that_javascript_cannot_hold_is_refused() {
    let mut world = World::new();
    world.database.rows.push((MAX_SEQ_NUM, "last".to_owned(), String::new()));
    world.connect(1);
    let why = format!("the sequence number {} is above {MAX_SEQ_NUM}", MAX_SEQ_NUM + 1);
    let frame = push("1", &[event(MAX_SEQ_NUM + 1)]);
    assert_eq!(world.exchange(1, &frame), [unknown("1", &why)]);
}

#[test]
fn text_that_sqlite_would_cut_is_refused() {
    let mut world = World::new();
    world.connect(1);
    for (key, field) in [("\"n\"", "name"), ("\"c\"", "clientId"), ("\"s\"", "sessionId")] {
        let batch = [event(1).replace(key, "\"a\\u0000b\"")];
        let answer = world.exchange(1, &push("1", &batch)).concat();
        assert!(answer.contains(&format!("the {field} of event 1 holds a NUL character")), "{answer}");
    }
}

#[test]
fn a_push_of_too_many_events_is_refused() {
    let mut world = World::with(Limits { push_events: 2, ..Limits::default() });
    world.connect(1);
    let why = "the push has 3 events, and at most 2 are taken at a time";
    assert_eq!(world.exchange(1, &push("1", &events(1..=3))), [unknown("1", why)]);
    assert_eq!(world.exchange(1, &push("2", &events(1..=2))), [stored("2")]);
}

#[test]
fn a_socket_that_sends_too_much_is_closed_and_no_other() {
    let mut world = World::with(Limits { messages_per_second: 1, ..Limits::default() });
    world.connect(1);
    world.connect(2);
    (0..10).for_each(|_| world.send(1, "{"));
    assert_eq!(world.closed.get(&1), None);
    world.send(1, "{");
    assert_eq!(world.closed.get(&1), Some(&Closing::TooFast));
    assert_eq!(world.exchange(2, &push("1", &events(1..=1))), [stored("1")]);
}

#[test]
fn a_socket_may_send_more_as_time_goes_by() {
    let mut world = World::with(Limits { messages_per_second: 1, ..Limits::default() });
    world.connect(1);
    for _ in 0..30 {
        world.send(1, "{");
        world.millis += 1_000;
    }
    assert_eq!(world.closed.get(&1), None);
}

#[test]
fn acknowledgements_of_chunks_are_not_counted_and_others_are() {
    let mut world = World::filled(2_500, Limits { messages_per_second: 1, ..Limits::default() });
    world.connect(1);
    let mut chunks = world.exchange(1, &pull("0", true, 0)).len();
    while chunks < 25 {
        chunks += world.exchange(1, &ack("0")).len();
    }
    assert_eq!(world.closed.get(&1), None);
    (0..100).for_each(|_| world.send(1, &ack("0")));
    assert_eq!(world.closed.get(&1), Some(&Closing::TooFast));
}
