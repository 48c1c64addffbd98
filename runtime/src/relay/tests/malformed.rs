//! Frames, bodies and attachments that make no sense, or nearly do: nobody else feels them, and their sender can go on.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::super::{Closing, Input, Limits, SocketId};
use super::harness::*;

const SENDER: u64 = 1;
const OTHER: u64 = 2;

/// A change of a text, at places that fit any length.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index, Index),
    Repeat(Index, Index),
    Insert(Index, String),
    /// One value within the JSON becomes another.
    Replace(Index, String),
}

fn sensible() -> impl Strategy<Value = String> {
    let frames = [
        pull("1", true, 0),
        pull("#2", false, 2),
        push("3", &events(1..=1)),
        push("4", &events(4..=6)),
        push("5", &[event(4), event(4)]),
        ack("live"),
        interrupt("1"),
        r#"{"_tag":"Ping"}"#.to_owned(),
        r#"{"_tag":"Eof"}"#.to_owned(),
        over_http(&pull("6", false, 1)),
        over_http(&request("7", "Ping", r#"{"storeId":"store-A"}"#)),
    ];
    select(frames.to_vec())
}

fn odd_value() -> impl Strategy<Value = String> {
    let known = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "\"\"",
        "\"store-A\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "[]",
        "{}",
        "[[]]",
        r#"{"_tag":"None"}"#,
        r#"{"_tag":"Some"}"#,
        r#"{"_tag":"Some","value":null}"#,
    ];
    let deep = (1..400_usize).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    prop_oneof![4 => select(known.to_vec()).prop_map(str::to_owned), 1 => deep]
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    let piece = prop_oneof!["[\\[\\]{}:,\"\\\\]{1,3}", "\\PC{0,8}", odd_value()];
    prop_oneof![
        1 => (place(), place()).prop_map(|(from, to)| Change::Cut(from, to)),
        1 => (place(), place()).prop_map(|(from, to)| Change::Repeat(from, to)),
        1 => (place(), piece).prop_map(|(at, text)| Change::Insert(at, text)),
        3 => (place(), odd_value()).prop_map(|(at, value)| Change::Replace(at, value)),
    ]
}

fn changed(text: String, changes: &[Change]) -> String {
    changes.iter().fold(text, |text, change| {
        let place = |at: &Index| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let ends: Vec<_> = ends.collect();
            ends[at.index(ends.len())]
        };
        let range = |from: &Index, to: &Index| {
            let (from, to) = (place(from), place(to));
            from.min(to)..from.max(to)
        };
        match change {
            Change::Cut(from, to) => {
                let range = range(from, to);
                format!("{}{}", &text[..range.start], &text[range.end..])
            }
            Change::Repeat(from, to) => {
                let range = range(from, to);
                format!("{}{}", &text[..range.end], &text[range.start..])
            }
            Change::Insert(at, piece) => {
                let at = place(at);
                format!("{}{piece}{}", &text[..at], &text[at..])
            }
            Change::Replace(at, value) => replaced(&text, at, value),
        }
    })
}

/// `1e400` and the like are no `Value`, so a mark stands in for what is put in.
fn replaced(text: &str, at: &Index, with: &str) -> String {
    const MARK: &str = "@mark@";
    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(count).sum(),
            Value::Object(fields) => fields.values().map(count).sum::<usize>(),
            _ => 0,
        }
    }
    fn mark(value: &mut Value, left: &mut usize) {
        if *left == 0 {
            *value = MARK.into();
        }
        *left = left.wrapping_sub(1);
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| mark(item, left)),
            Value::Object(fields) => fields.values_mut().for_each(|field| mark(field, left)),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let mut left = at.index(count(&value));
    mark(&mut value, &mut left);
    value.to_string().replace(&format!("\"{MARK}\""), with)
}

fn frame() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (sensible(), vec(change(), 0..4)).prop_map(|(frame, changes)| changed(frame, &changes)),
        1 => odd_value(),
        1 => "\\PC{0,40}",
    ]
}

/// A store of three events, a client that may send anything, and one with a live pull.
fn world() -> World {
    let mut world = World::filled(3, Limits::default());
    world.connect(SENDER);
    world.connect(OTHER);
    world.exchange(SENDER, &pull("live", true, 0));
    world.exchange(OTHER, &pull("live", true, 0));
    world
}

/// The other client has what is stored, and the store takes what it pushes.
fn check_other(world: &mut World) {
    let head = world.database.head();
    let mut seen: Vec<_> = world.take(OTHER).iter().flat_map(|frame| seq_nums(frame)).collect();
    let answer = world.exchange(OTHER, &push("mine", &[event_with("mine", "1", head + 1, head)]));
    assert_eq!(answer.last(), Some(&stored("mine")));
    seen.extend(answer.iter().flat_map(|frame| seq_nums(frame)));
    assert_eq!(seen, (4..=head + 1).collect::<Vec<_>>());
    let rows: Vec<_> = world.database.rows.iter().map(|row| row.0).collect();
    assert_eq!(rows, (1..=head + 1).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_that_make_no_sense_disturb_nobody(frames in vec(frame(), 1..8)) {
        let mut world = world();
        for frame in &frames {
            world.exchange(SENDER, frame);
        }
        assert!(world.closed.is_empty(), "{:?}", world.closed);
        assert_eq!(world.exchange(SENDER, r#"{"_tag":"Ping" }"#), [r#"{"_tag":"Pong"}"#]);
        let answer = world.exchange(SENDER, &pull("last", false, 3));
        assert_eq!(answer.last(), Some(&ended("last")));
        check_other(&mut world);
        world.sleep();
        world.settle();
        assert!(world.closed.is_empty(), "{:?}", world.closed);
    }

    #[test]
    fn bodies_that_make_no_sense_are_answered(bodies in vec(frame(), 1..8)) {
        let mut world = world();
        for (body, asker) in bodies.iter().zip(10..) {
            world.ask(asker, body);
            assert!(world.finished.contains(&asker), "{body} is not answered");
        }
        assert!(world.closed.is_empty(), "{:?}", world.closed);
        check_other(&mut world);
    }

    #[test]
    fn an_attachment_that_makes_no_sense_is_its_socket_s_alone(changes in vec(change(), 1..4)) {
        let mut world = world();
        let attachment = changed(world.attachments[&SENDER].clone(), &changes);
        world.attachments.insert(SENDER, attachment);
        world.sleep();
        world.settle();
        // Nearly sensible ones exist too, such as one whose grant ended long ago.
        let why = world.closed.get(&SENDER);
        assert!(matches!(why, None | Some(Closing::Forgotten | Closing::Expired)), "{why:?}");
        assert_eq!(world.closed.get(&OTHER), None);
        world.happens(Input::Frame(SocketId(SENDER), pull("again", false, 0)));
        world.settle();
        check_other(&mut world);
    }
}
