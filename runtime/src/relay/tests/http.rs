//! Requests over HTTP: one request, one answer.

use std::collections::BTreeMap;

use super::super::{Closing, Input, Limits, SocketId};
use super::harness::*;
use crate::auth::Grant;

const ASKER: u64 = 9;

/// Asks and returns the whole answer.
fn answer(world: &mut World, body: &str) -> Vec<String> {
    world.finished.clear();
    let frames = world.ask(ASKER, body);
    assert!(world.finished.contains(&ASKER), "the answer is not whole: {frames:?}");
    frames
}

fn ping(id: &str) -> String {
    over_http(&request(id, "Ping", &format!(r#"{{"storeId":"{STORE}"}}"#)))
}

#[test]
fn a_ping_is_answered_without_the_store() {
    let mut world = World::new();
    let pong = exit("0", r#"{"_tag":"Success","value":{"_tag":"SyncMessage.Pong"}}"#);
    assert_eq!(answer(&mut world, &ping("0")), [pong]);
    assert_eq!(answer(&mut world, r#"{"_tag":"Ping"}"#), [r#"{"_tag":"Pong"}"#]);
}

#[test]
fn a_pull_brings_everything_and_ends() {
    let mut world = World::filled(150, Limits::default());
    let first = over_http(&pull("1", false, 0));
    assert_eq!(
        answer(&mut world, &first),
        [chunk("1", &events(1..=100), &more(50)), chunk("1", &events(101..=150), NO_MORE), ended("1")]
    );
    let rest = over_http(&pull("2", false, 149));
    assert_eq!(answer(&mut world, &rest), [chunk("2", &events(150..=150), NO_MORE), ended("2")]);
    let nothing = over_http(&pull("3", false, 150));
    assert_eq!(answer(&mut world, &nothing), [chunk("3", &[], NO_MORE), ended("3")]);
}

#[test]
fn a_pull_that_wants_to_be_live_ends_all_the_same() {
    let mut world = World::new();
    let live = over_http(&pull("1", true, 0));
    assert_eq!(answer(&mut world, &live), [chunk("1", &[], NO_MORE), ended("1")]);
}

#[test]
fn a_long_answer_waits_for_its_client() {
    let mut world = World::filled(300, Limits { unacknowledged_bytes: 1, ..Limits::default() });
    let mut frames = world.ask(ASKER, &over_http(&pull("1", false, 0)));
    for taken in 1..=3 {
        assert_eq!(frames.len(), taken);
        world.happens(Input::Taken(SocketId(ASKER)));
        world.settle();
        frames.extend(world.take(ASKER));
    }
    assert_eq!(frames[3], ended("1"));
    let seen: Vec<_> = frames[..3].iter().flat_map(|frame| seq_nums(frame)).collect();
    assert_eq!(seen, (1..=300).collect::<Vec<_>>());
}

#[test]
fn of_too_many_answers_the_one_that_was_taken_from_least_recently_is_given_up() {
    let limits = Limits { unacknowledged_bytes: 1, stalled_answers: 2, ..Limits::default() };
    let mut world = World::filled(250, limits);
    for asker in 1..=2 {
        world.ask(asker, &over_http(&pull("1", false, 0)));
    }
    world.happens(Input::Taken(SocketId(1)));
    world.settle();
    world.ask(3, &over_http(&pull("1", false, 0)));
    assert_eq!(world.closed, BTreeMap::from([(2, Closing::Busy)]));
    assert_eq!(world.take(1).len(), 1, "it goes on");
}

#[test]
fn a_push_reaches_live_pulls_on_sockets() {
    let mut world = World::new();
    world.connect(1);
    world.exchange(1, &pull("0", true, 0));
    assert_eq!(answer(&mut world, &over_http(&push("1", &events(1..=1)))), [stored("1")]);
    assert_eq!(world.take(1), [chunk("0", &events(1..=1), NO_MORE)]);
    let stale = over_http(&push("2", &events(1..=1)).replace(r#""a":1.0"#, r#""a":2.0"#));
    assert_eq!(answer(&mut world, &stale), [ahead("2", 1, 0)]);
}

#[test]
fn what_is_no_request_gets_what_a_socket_gets() {
    let mut world = World::new();
    let defect = |tag: &str| format!(r#"{{"_tag":"Defect","defect":"Unknown request tag: {tag}"}}"#);
    for (body, tag) in [
        ("[]", "undefined"),
        (&*format!("[{}]", ping("0")), "undefined"),
        (&*pull("1", false, 0), "SyncWsRpc.Pull"),
        (&*over_http(&request("1", "Nope", "{}")), "SyncHttpRpc.Nope"),
    ] {
        assert_eq!(answer(&mut world, body), [defect(tag)], "{body}");
    }
    assert!(answer(&mut world, "not json").concat().contains("SyntaxError"));
    assert_eq!(answer(&mut world, &ack("1")), [] as [&str; 0]);
    let missing = over_http(&request("1", "Pull", "{}"));
    assert_eq!(answer(&mut world, &missing), [died("1", "payload: missing field `cursor`")]);
    let other = over_http(&pull("1", false, 0)).replace(STORE, "other");
    assert_eq!(answer(&mut world, &other), [died("1", "payload.storeId: not the store of this connection")]);
}

#[test]
fn a_socket_does_not_speak_as_over_http() {
    let mut world = World::new();
    world.connect(1);
    let defect = r#"{"_tag":"Defect","defect":"Unknown request tag: SyncHttpRpc.Ping"}"#;
    assert_eq!(world.exchange(1, &ping("1")), [defect]);
}

#[test]
fn the_next_dialect_is_answered_in_kind() {
    let mut world = World::new();
    let in_kind = |frame: String| frame.replace(r#""requestId":"7""#, r#""requestId":7"#);
    let null = in_kind(exit("7", r#"{"_tag":"Success","value":null}"#));
    let body = over_http(&pull("#7", false, 0));
    assert_eq!(answer(&mut world, &body), [in_kind(chunk("7", &[], NO_MORE)), null]);
}

#[test]
fn a_request_that_the_store_fails_is_given_up() {
    let mut world = World::new();
    world.happens(Input::Asked(SocketId(ASKER), Grant::EVERYTHING, over_http(&push("1", &events(1..=1)))));
    world.execute(0, Fate::NotDone);
    world.deliver(0);
    assert_eq!(world.closed.get(&ASKER), Some(&Closing::StoreFailed));
    assert!(world.finished.is_empty());
}

#[test]
fn who_went_away_is_answered_no_more() {
    let mut world = World::filled(1, Limits::default());
    world.happens(Input::Asked(SocketId(ASKER), Grant::EVERYTHING, over_http(&pull("1", false, 0))));
    world.happens(Input::SocketClosed(SocketId(ASKER)));
    world.settle();
    assert_eq!(world.take(ASKER), [] as [&str; 0]);
    assert_eq!(world.reads(), []);
}

#[test]
fn a_request_over_http_has_no_attachment() {
    let mut world = World::filled(1, Limits::default());
    world.happens(Input::Asked(SocketId(ASKER), Grant::EVERYTHING, over_http(&pull("1", false, 0))));
    world.settle();
    assert_eq!(world.attachments.len(), 0);
}
