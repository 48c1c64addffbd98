//! The relay's protocol, frame by frame.

use serde_json::{Value, json};
use tests::wire::{Chunk, Socket, ended, event, events, failed, stored};
use tests::world::World;

/// A pull item without its time of storage, which must look like `2026-11-22T21:06:04.872Z`.
fn event_of(item: &Value) -> &Value {
    let created_at = item["metadata"]["value"]["createdAt"].as_str().unwrap_or_default();
    let shape: String = created_at.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z");
    let metadata = json!({
        "_tag": "Some", "value": { "_tag": "SyncMessage.SyncMetadata", "createdAt": created_at },
    });
    assert_eq!(item["metadata"], metadata);
    &item["eventEncoded"]
}

/// The frames up to the answer of a pull that is asked for now: whatever the relay had to send before is
/// among them.
async fn frames_until_now(socket: &mut Socket) -> Vec<Value> {
    let pull = socket.pull(false).await;
    let mut frames = Vec::new();
    loop {
        let frame = socket.receive().await;
        if frame == ended(&pull) {
            return frames;
        }
        if Chunk::parse(&frame, &pull).is_some() {
            socket.ack(&pull).await;
        } else {
            frames.push(frame);
        }
    }
}

#[tokio::test]
async fn ping_gets_pong() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "ping").await;
    socket.send_text(r#"{"_tag":"Ping"}"#).await;
    assert_eq!(socket.receive_text().await, r#"{"_tag":"Pong"}"#);
}

#[tokio::test]
async fn a_pull_of_an_empty_store_gets_one_empty_chunk() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "empty").await;
    let pull = socket.pull(true).await;
    let frame = socket.receive_text().await;
    let backend_id = Chunk::parse(&serde_json::from_str(&frame).unwrap(), &pull).unwrap().backend_id;
    assert_eq!(backend_id.len(), 21);
    let page = format!(r#"{{"batch":[],"pageInfo":{{"_tag":"NoMore"}},"backendId":"{backend_id}"}}"#);
    assert_eq!(frame, format!(r#"{{"_tag":"Chunk","requestId":"{pull}","values":[{page}]}}"#));
    assert_eq!(frames_until_now(&mut socket).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_pull_that_is_not_live_ends_with_an_exit() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "not-live").await;
    let pull = socket.pull(false).await;
    socket.chunk(&pull).await;
    socket.ack(&pull).await;
    assert_eq!(socket.receive().await, ended(&pull));
}

#[tokio::test]
async fn a_push_reaches_every_live_pull_before_it_is_answered() {
    let world = World::shared().await;
    let mut pusher = Socket::open(world.address(), "broadcast").await;
    let mut other = Socket::open(world.address(), "broadcast").await;
    let pushers_pull = pusher.pull(true).await;
    let others_pull = other.pull(true).await;
    let backend_id = pusher.chunk(&pushers_pull).await.backend_id;
    pusher.ack(&pushers_pull).await;
    other.chunk(&others_pull).await;
    other.ack(&others_pull).await;

    let push = pusher.push(&backend_id, &events(1..=2)).await;

    let own = pusher.chunk(&pushers_pull).await;
    assert_eq!(own.batch.iter().map(event_of).cloned().collect::<Vec<_>>(), events(1..=2));
    assert_eq!((own.remaining, own.backend_id), (None, backend_id));
    assert_eq!(pusher.receive().await, stored(&push));
    assert_eq!(other.chunk(&others_pull).await.batch, own.batch);
}

/// The event of another client.
fn from(client_id: &str, seq_num: u64) -> Value {
    let mut event = event(seq_num);
    event["clientId"] = json!(client_id);
    event
}

#[tokio::test]
async fn a_push_behind_the_head_is_told_where_the_head_is() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "behind").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &events(1..=3)).await;

    let push = socket.push(&backend_id, &[from("client-2", 2)]).await;

    let error = json!({ "minimumExpectedNum": 3, "providedNum": 1, "_tag": "ServerAheadError" });
    assert_eq!(socket.receive().await, failed(&push, &error));
    assert_eq!(socket.history().await.0, events(1..=3));
}

#[tokio::test]
async fn of_two_pushes_on_one_head_one_is_stored() {
    let world = World::shared().await;
    let mut left = Socket::open(world.address(), "race").await;
    let mut right = Socket::open(world.address(), "race").await;
    let backend_id = left.backend_id().await;

    let (lefts, rights) = (from("left", 1), from("right", 1));
    let pushes = (
        left.push(&backend_id, std::slice::from_ref(&lefts)).await,
        right.push(&backend_id, std::slice::from_ref(&rights)).await,
    );

    let (left_answer, right_answer) = (left.receive().await, right.receive().await);
    let wins = [left_answer == stored(&pushes.0), right_answer == stored(&pushes.1)];
    assert_eq!(wins.iter().filter(|won| **won).count(), 1, "{left_answer} and {right_answer}");
    let error = json!({ "minimumExpectedNum": 1, "providedNum": 0, "_tag": "ServerAheadError" });
    let (loser, answer) = if wins[0] { (pushes.1, right_answer) } else { (pushes.0, left_answer) };
    assert_eq!(answer, failed(&loser, &error));
    assert_eq!(left.history().await.0, [if wins[0] { lefts } else { rights }]);
}

#[tokio::test]
async fn a_push_that_comes_again_is_acknowledged_and_stored_once() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "again").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &events(1..=3)).await;
    socket.store(&backend_id, &events(1..=3)).await;
    socket.store(&backend_id, &events(2..=2)).await;
    assert_eq!(socket.history().await.0, events(1..=3));
}

#[tokio::test]
async fn a_client_of_another_backend_is_told_so() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "mismatch").await;
    let backend_id = socket.backend_id().await;
    let error = json!({ "expected": backend_id, "received": "elsewhere", "_tag": "BackendIdMismatchError" });

    let push = socket.push("elsewhere", &[event(1)]).await;
    assert_eq!(socket.receive().await, failed(&push, &error));
    let pull = socket.pull_after(true, "elsewhere", 1).await;
    assert_eq!(socket.receive().await, failed(&pull, &error));
    assert_eq!(socket.history().await.0, [] as [Value; 0]);
}

#[tokio::test]
async fn history_comes_in_pages_of_100_events() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "pages").await;
    let backend_id = socket.backend_id().await;
    socket.store(&backend_id, &events(1..=250)).await;

    let pull = socket.pull(true).await;

    for (seq_nums, remaining) in [(1..=100, Some(150)), (101..=200, Some(50)), (201..=250, None)] {
        let chunk = socket.chunk(&pull).await;
        assert_eq!(chunk.seq_nums(), seq_nums.collect::<Vec<_>>());
        assert_eq!(chunk.remaining, remaining);
        socket.ack(&pull).await;
    }
    let rest = socket.pull_after(false, &backend_id, 249).await;
    assert_eq!(socket.chunk(&rest).await.seq_nums(), [250]);
}

#[tokio::test]
async fn an_event_pushed_while_history_is_read_comes_after_it_and_once() {
    let world = World::shared().await;
    let mut reader = Socket::open(world.address(), "in-order").await;
    let mut writer = Socket::open(world.address(), "in-order").await;
    let backend_id = writer.backend_id().await;
    for first in (1..=600).step_by(200) {
        writer.store(&backend_id, &events(first..=first + 199)).await;
    }

    let pull = reader.pull(true).await;
    let mut seen = reader.chunk(&pull).await.seq_nums();
    writer.store(&backend_id, &events(601..=610)).await;
    while seen.last() < Some(&610) {
        reader.ack(&pull).await;
        seen.extend(reader.chunk(&pull).await.seq_nums());
    }

    assert_eq!(seen, (1..=610).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_pull_that_was_interrupted_gets_nothing_more() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "interrupt").await;
    let mut writer = Socket::open(world.address(), "interrupt").await;
    let pull = socket.pull(true).await;
    let backend_id = socket.chunk(&pull).await.backend_id;
    socket.ack(&pull).await;

    socket.interrupt(&pull).await;

    let exit = socket.receive().await;
    assert_eq!(
        (&exit["_tag"], &exit["requestId"], &exit["exit"]["_tag"]),
        (&json!("Exit"), &json!(pull), &json!("Failure"))
    );
    assert!(
        exit["exit"]["cause"].to_string().contains(r#"{"_tag":"Interrupt","fiberId":{"_tag":"Runtime""#),
        "{exit}"
    );
    writer.store(&backend_id, &[event(1)]).await;
    assert_eq!(frames_until_now(&mut socket).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_frame_that_is_no_message_gets_a_defect_and_the_socket_goes_on() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "malformed").await;
    for frame in ["not json", "[]", "{}", "null", r#"{"_tag":"Bogus"}"#, r#"{"_tag":"Request"}"#] {
        socket.send_text(frame).await;
        let answer = socket.receive().await;
        assert_eq!(answer["_tag"], "Defect", "{frame} got {answer}");
    }
    assert_eq!(socket.history().await.0, [] as [Value; 0]);
}

#[tokio::test]
async fn an_unknown_request_gets_a_defect_that_names_it() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "unknown-request").await;
    socket.request("SyncWsRpc.Nope", json!({ "storeId": "unknown-request" })).await;
    assert_eq!(
        socket.receive().await,
        json!({ "_tag": "Defect", "defect": "Unknown request tag: SyncWsRpc.Nope" })
    );
}

#[tokio::test]
async fn a_payload_that_does_not_decode_fails_its_request_alone() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "payload").await;
    let request = socket
        .request("SyncWsRpc.Push", json!({ "storeId": "payload", "batch": [{ "seqNum": "one" }] }))
        .await;
    let exit = socket.receive().await;
    assert_eq!((&exit["_tag"], &exit["requestId"]), (&json!("Exit"), &json!(request)), "{exit}");
    assert_eq!(exit["exit"]["cause"]["_tag"], "Die", "{exit}");
    assert_eq!(socket.history().await.0, [] as [Value; 0]);
}

#[tokio::test]
async fn a_batch_with_a_gap_is_refused_whole() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "gap").await;
    let backend_id = socket.backend_id().await;
    let mut third = event(3);
    third["parentSeqNum"] = json!(1);
    for batch in [vec![event(1), event(3)], vec![event(1), third], vec![event(1), event(2), event(2)]] {
        let push = socket.push(&backend_id, &batch).await;
        let answer = socket.receive().await;
        assert_eq!(
            (&answer["requestId"], &answer["exit"]["_tag"]),
            (&json!(push), &json!("Failure")),
            "{answer}"
        );
    }
    assert_eq!(socket.history().await.0, [] as [Value; 0]);
}

#[tokio::test]
async fn a_socket_cannot_reach_another_store() {
    let world = World::shared().await;
    let mut owner = Socket::open(world.address(), "private").await;
    let backend_id = owner.backend_id().await;
    owner.store(&backend_id, &[event(1)]).await;
    let mut stranger = Socket::open(world.address(), "public").await;

    for (tag, payload) in [
        ("SyncWsRpc.Pull", json!({ "storeId": "private", "live": false, "cursor": { "_tag": "None" } })),
        (
            "SyncWsRpc.Push",
            json!({ "storeId": "private", "batch": [event(2)], "backendId": { "_tag": "None" } }),
        ),
    ] {
        let request = stranger.request(tag, payload).await;
        let answer = stranger.receive().await;
        assert_eq!(
            (&answer["requestId"], &answer["exit"]["_tag"]),
            (&json!(request), &json!("Failure")),
            "{answer}"
        );
        assert!(!answer.to_string().contains(&backend_id), "{answer} gives away the backend id");
    }
    assert_eq!(owner.history().await.0, [event(1)]);
}

#[tokio::test]
async fn stores_whose_ids_look_alike_are_apart() {
    let world = World::shared().await;
    let ids = [
        "look-alike",
        "look_alike",
        "look alike",
        "look+alike",
        "look%20alike",
        "Look-alike",
        "look(alike)/ü",
    ];
    for (store_id, count) in ids.iter().zip(1..) {
        let mut socket = Socket::open(world.address(), store_id).await;
        let backend_id = socket.backend_id().await;
        socket.store(&backend_id, &events(1..=count)).await;
    }
    for (store_id, count) in ids.iter().zip(1..) {
        assert_eq!(world.events(store_id).unwrap().len(), count, "{store_id}");
    }
}

#[tokio::test]
async fn arguments_are_kept_to_the_letter() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "arguments").await;
    let backend_id = socket.backend_id().await;
    let args = [r#"{"n":1.0,"big":12345678901234567890,"z":1,"a":2}"#, "null", r#""é\u0000☕""#, "[1e3]"];
    let batch: Vec<String> = args
        .iter()
        .zip(1..)
        .map(|(args, n)| {
            let parent = n - 1;
            format!(
                r#"{{"name":"n","args":{args},"seqNum":{n},"parentSeqNum":{parent},"clientId":"c","sessionId":"s"}}"#
            )
        })
        .collect();
    let without = r#"{"name":"n","seqNum":5,"parentSeqNum":4,"clientId":"c","sessionId":"s"}"#;
    let batch = format!("{},{without}", batch.join(","));
    socket
        .send_text(&format!(
            r#"{{"_tag":"Request","id":"100","tag":"SyncWsRpc.Push","payload":{{"storeId":"arguments","batch":[{batch}],"backendId":{{"_tag":"Some","value":"{backend_id}"}}}},"headers":[]}}"#
        ))
        .await;
    assert_eq!(socket.receive().await, stored("100"));

    let rows = world.events("arguments").unwrap();
    let kept: Vec<_> = rows.iter().map(|row| row.args.as_deref()).collect();
    assert_eq!(kept, [Some(args[0]), Some(args[1]), Some(args[2]), Some(args[3]), None]);

    let pull = socket.pull(false).await;
    let chunk = socket.receive_text().await;
    for args in args {
        assert!(chunk.contains(&format!(r#""args":{args},"#)), "{chunk} lacks {args}");
    }
    assert!(chunk.contains(r#"{"eventEncoded":{"name":"n","seqNum":5,"#), "{chunk}");
    socket.ack(&pull).await;
    assert_eq!(socket.receive().await, ended(&pull));
}

#[tokio::test]
async fn a_request_with_a_number_for_an_id_is_answered_with_the_number() {
    let world = World::shared().await;
    let mut socket = Socket::open(world.address(), "numbers").await;
    let payload = json!({ "storeId": "numbers", "live": false, "cursor": { "_tag": "None" } });
    let request =
        json!({ "_tag": "Request", "id": 7, "tag": "SyncWsRpc.Pull", "payload": payload, "headers": [] });
    socket.send_text(&request.to_string()).await;
    let chunk = socket.receive().await;
    assert_eq!((&chunk["_tag"], &chunk["requestId"]), (&json!("Chunk"), &json!(7)));
    socket.send_text(r#"{"_tag":"Ack","requestId":7}"#).await;
    let exit = json!({ "_tag": "Exit", "requestId": 7, "exit": { "_tag": "Success", "value": null } });
    assert_eq!(socket.receive().await, exit);
}
