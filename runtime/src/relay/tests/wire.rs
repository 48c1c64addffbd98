//! Frames, to the letter.

use super::harness::*;
use crate::relay::Input;

fn world() -> World {
    let mut world = World::new();
    world.connect(1);
    world
}

#[test]
fn a_ping_that_the_automatic_answer_missed_gets_a_pong() {
    let mut world = world();
    assert_eq!(world.exchange(1, r#"{ "_tag": "Ping" }"#), [r#"{"_tag":"Pong"}"#]);
}

#[test]
fn a_pull_of_an_empty_store_gets_one_empty_chunk() {
    let mut world = world();
    assert_eq!(world.exchange(1, &pull("1", true, 0)), [chunk("1", &[], NO_MORE)]);
    assert_eq!(world.exchange(1, &ack("1")), [] as [&str; 0]);
}

#[test]
fn a_pull_that_is_not_live_ends_after_its_last_chunk() {
    let mut world = world();
    assert_eq!(world.exchange(1, &pull("0", false, 0)), [chunk("0", &[], NO_MORE), ended("0")]);
}

#[test]
fn a_pull_comes_after_its_cursor() {
    let mut world = World::filled(3, Default::default());
    world.connect(1);
    let rest = chunk("0", &events(2..=3), NO_MORE);
    assert_eq!(world.exchange(1, &pull("0", false, 1)), [rest, ended("0")]);
    assert_eq!(world.exchange(1, &pull("1", false, 3)), [chunk("1", &[], NO_MORE), ended("1")]);
    assert_eq!(world.exchange(1, &pull("2", false, 9)), [chunk("2", &[], NO_MORE), ended("2")]);
}

#[test]
fn history_comes_in_pages_of_100_events() {
    let mut world = World::filled(250, Default::default());
    world.connect(1);
    assert_eq!(
        world.exchange(1, &pull("0", false, 0)),
        [
            chunk("0", &events(1..=100), &more(150)),
            chunk("0", &events(101..=200), &more(50)),
            chunk("0", &events(201..=250), NO_MORE),
            ended("0"),
        ]
    );
}

#[test]
fn a_push_reaches_every_live_pull_before_it_is_answered() {
    let mut world = world();
    world.connect(2);
    world.exchange(1, &pull("1", true, 0));
    world.exchange(2, &pull("7", true, 0));
    world.take(2);
    let frames = world.exchange(1, &push("2", &events(1..=2)));
    assert_eq!(frames, [chunk("1", &events(1..=2), NO_MORE), stored("2")]);
    assert_eq!(world.take(2), [chunk("7", &events(1..=2), NO_MORE)]);
}

#[test]
fn a_push_of_more_than_a_chunk_is_published_in_chunks() {
    let mut world = world();
    world.exchange(1, &pull("1", true, 0));
    assert_eq!(
        world.exchange(1, &push("2", &events(1..=101))),
        [chunk("1", &events(1..=100), &more(1)), chunk("1", &events(101..=101), NO_MORE), stored("2")]
    );
}

#[test]
fn an_empty_push_succeeds() {
    assert_eq!(world().exchange(1, &push("1", &[])), [stored("1")]);
}

#[test]
fn a_push_that_does_not_continue_the_head_is_told_the_head() {
    let mut world = World::filled(3, Default::default());
    world.connect(1);
    assert_eq!(world.exchange(1, &push("3", &[event_with("other", "1", 2, 1)])), [ahead("3", 3, 1)]);
    assert_eq!(world.exchange(1, &push("4", &events(5..=5))), [ahead("4", 3, 4)]);
    assert_eq!(world.database.head(), 3);
}

#[test]
fn a_client_of_another_backend_is_told_both_names() {
    let mut world = world();
    let mismatch =
        format!(r#"{{"_tag":"BackendIdMismatchError","expected":"{BACKEND}","received":"wrong"}}"#);
    let stale = push("1", &events(1..=1)).replace(BACKEND, "wrong");
    assert_eq!(world.exchange(1, &stale), [failed("1", &mismatch)]);
    assert_eq!(world.exchange(1, &pull("2", true, 1).replace(BACKEND, "wrong")), [failed("2", &mismatch)]);
    assert_eq!(world.exchange(1, &push("3", &[]).replace(BACKEND, "wrong")), [failed("3", &mismatch)]);
}

#[test]
fn a_frame_that_is_no_message_gets_a_defect() {
    let mut world = world();
    for frame in ["[]", "{}", "null", "7", r#"[{"_tag":"Ping"}]"#] {
        let defect = r#"{"_tag":"Defect","defect":"Unknown request tag: undefined"}"#;
        assert_eq!(world.exchange(1, frame), [defect], "{frame}");
    }
    for frame in ["", "not json", "{\"_tag\":\"Ping\"", "\u{fffd}"] {
        let answer = world.exchange(1, frame).concat();
        let start = r#"{"_tag":"Defect","defect":{"name":"SyntaxError","message":""#;
        assert!(answer.starts_with(start), "{frame} got {answer}");
    }
    assert_eq!(
        world.exchange(1, &request("1", "Nope", "{}")),
        [r#"{"_tag":"Defect","defect":"Unknown request tag: SyncWsRpc.Nope"}"#]
    );
    assert_eq!(
        world.exchange(1, r#"{"_tag":"Bogus"}"#),
        [r#"{"_tag":"Defect","defect":"Unknown request tag: Bogus"}"#]
    );
}

#[test]
fn a_payload_that_does_not_decode_fails_its_request_alone() {
    let mut world = world();
    let die = |world: &mut World, call: &str, payload: &str| {
        world.exchange(1, &request("1", call, payload)).concat()
    };
    assert_eq!(die(&mut world, "Pull", r#"{"live":true}"#), died("1", "payload: missing field `cursor`"));
    for seq_num in ["7.5", "\\\"e7\\\"", "-1"] {
        let seq_num = seq_num.replace('\\', "");
        let batch = event(1).replace(r#""seqNum":1"#, &format!(r#""seqNum":{seq_num}"#));
        let payload = format!(r#"{{"batch":[{batch}],"backendId":{{"_tag":"None"}}}}"#);
        let answer = die(&mut world, "Push", &payload);
        let start = r#"{"_tag":"Exit","requestId":"1","exit":{"_tag":"Failure","cause":{"_tag":"Die","defect":"payload.batch[0]"#;
        assert!(answer.starts_with(start), "{seq_num} got {answer}");
    }
    let far = r#"{"cursor":{"_tag":"Some","value":{"backendId":"AgpkaPUan_OexQY7wazLZ","eventSequenceNumber":9007199254740992}}}"#;
    let why = "payload.cursor.value.eventSequenceNumber: above 9007199254740991";
    assert_eq!(die(&mut world, "Pull", far), died("1", why));
    assert_eq!(world.exchange(1, &pull("2", false, 0)), [chunk("2", &[], NO_MORE), ended("2")]);
}

#[test]
fn an_interrupted_pull_ends_and_gets_nothing_more() {
    let mut world = world();
    world.exchange(1, &pull("1", true, 0));
    let interrupted = exit(
        "1",
        r#"{"_tag":"Failure","cause":{"_tag":"Interrupt","fiberId":{"_tag":"Runtime","id":-499,"startTimeMillis":0}}}"#,
    );
    assert_eq!(world.exchange(1, &interrupt("1")), [interrupted]);
    assert_eq!(world.exchange(1, &push("2", &events(1..=1))), [stored("2")]);
}

#[test]
fn nothing_comes_of_what_names_no_request() {
    let mut world = world();
    for frame in [interrupt("9"), ack("9"), r#"{"_tag":"Ack"}"#.to_owned(), r#"{"_tag":"Eof"}"#.to_owned()] {
        assert_eq!(world.exchange(1, &frame), [] as [&str; 0], "{frame}");
    }
}

#[test]
fn a_request_may_be_interrupted_while_it_waits() {
    let mut world = world();
    world.send(1, &pull("1", true, 0));
    world.send(1, &interrupt("1"));
    world.settle();
    let frames = world.take(1);
    assert_eq!(frames.len(), 1);
    assert!(frames[0].contains("Interrupt"), "{frames:?}");
}

#[test]
fn a_push_that_is_interrupted_at_the_store_is_stored_and_answered_once() {
    let mut world = world();
    world.exchange(1, &pull("0", true, 0));
    world.send(1, &push("1", &events(1..=1)));
    world.send(1, &interrupt("1"));
    world.settle();
    let frames = world.take(1);
    assert_eq!(frames.len(), 2);
    assert!(frames[0].contains("Interrupt"), "{frames:?}");
    assert_eq!(frames[1], chunk("0", &events(1..=1), NO_MORE));
}

#[test]
fn a_second_request_with_the_id_of_an_open_one_ends_both() {
    let mut world = world();
    world.exchange(1, &pull("1", true, 0));
    let answer = world.exchange(1, &pull("1", true, 0));
    assert_eq!(answer, [died("1", "a request with this id is still open")]);
    assert_eq!(world.exchange(1, &push("2", &events(1..=1))), [stored("2")]);
}

#[test]
fn the_next_dialect_is_answered_in_kind() {
    let mut world = world();
    let in_kind = |frame: String| frame.replace(r#""requestId":"7""#, r#""requestId":7"#);
    let null = in_kind(exit("7", r#"{"_tag":"Success","value":null}"#));
    let empty = in_kind(chunk("7", &[], NO_MORE));
    assert_eq!(world.exchange(1, &pull("#7", false, 0)), [empty, null]);
    assert_eq!(world.exchange(1, &push("#7", &events(1..=1))), [in_kind(stored("7"))]);
    let error = r#"{"_tag":"ServerAheadError","minimumExpectedNum":1,"providedNum":0}"#;
    let flat = format!(r#"{{"_tag":"Failure","cause":[{{"_tag":"Fail","error":{error}}}]}}"#);
    let other = event_with("other", "1", 1, 0);
    assert_eq!(world.exchange(1, &push("#7", &[other])), [in_kind(exit("7", &flat))]);
    world.exchange(1, &pull("#7", true, 0));
    assert_eq!(
        world.exchange(1, r#"{"_tag":"Interrupt","requestId":7}"#),
        [in_kind(exit("7", r#"{"_tag":"Failure","cause":[{"_tag":"Interrupt","fiberId":-499}]}"#))]
    );
}

#[test]
fn arguments_are_carried_to_the_letter() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let args =
        [r#"{ "n": 1.0, "big":12345678901234567890,"z":1,"a":2}"#, "null", r#""\ud800 \u0000""#, &deep];
    let mut batch: Vec<_> = args.iter().zip(1..).map(|(args, n)| event_with("n", args, n, n - 1)).collect();
    batch.push(event(5).replace(r#""args":{"a":1.0},"#, ""));
    let mut world = world();
    world.exchange(1, &pull("1", true, 0));
    let live = world.exchange(1, &push("2", &batch));
    assert_eq!(live, [chunk("1", &batch, NO_MORE), stored("2")]);
    assert_eq!(world.exchange(1, &pull("3", false, 0)), [chunk("3", &batch, NO_MORE), ended("3")]);
}

#[test]
fn a_socket_that_is_gone_is_sent_nothing() {
    let mut world = world();
    world.exchange(1, &pull("1", true, 0));
    world.send(1, &push("2", &events(1..=1)));
    world.happens(Input::SocketClosed(crate::relay::SocketId(1)));
    world.settle();
    assert_eq!(world.take(1), [] as [&str; 0]);
    assert_eq!(world.database.head(), 1);
}
