//! What a relay can get wrong, and the worker that LiveStore publishes (0.4.0) does: a scenario each, to be played on
//! any relay.
//!
//! A scenario returns `Ok` if the relay does right and, if the fault shows, what was seen. It panics if the relay does
//! neither. Each uses stores of its own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::database;
use crate::patience::{ANSWER, until, within};
use crate::relay::Relay;
use crate::wire::{Chunk, Socket, ended, event, events, start_of, stored};

/// What a scenario saw: nothing wrong, or the fault.
pub type Outcome = Result<(), String>;

/// Three times what workerd takes to put an object to sleep.
const ASLEEP: Duration = Duration::from_secs(30);

/// How often a race is run.
const RACES: usize = 60;

/// An object whose clients are quiet is put to sleep, though they have live pulls. It is to be the only one awake.
pub async fn a_live_pull_lets_its_object_sleep(relay: &impl Relay) -> Outcome {
    let mut socket = Socket::open(relay.address(), "sleep").await;
    let pull = socket.pull(true).await;
    socket.chunk(&pull).await;
    socket.ack(&pull).await;
    falls_asleep(relay).await
}

/// Waits until the only object of a relay has gone to sleep.
pub async fn falls_asleep(relay: &impl Relay) -> Outcome {
    let awake = async || match relay.objects_in_memory()? {
        1 => Ok(()),
        other => Err(format!("{other} objects are in memory, and one has been spoken to")),
    };
    until(ANSWER, awake).await;
    within(ASLEEP, async || match relay.objects_in_memory()? {
        0 => Ok(()),
        awake => Err(format!("{awake} object is still in memory")),
    })
    .await
}

/// A push of which the database does not take all leaves nothing behind, and the store goes on.
pub async fn a_push_that_fails_halfway_does_not_wedge_the_store(address: &str) -> Outcome {
    let mut socket = Socket::open(address, "halfway").await;
    let backend_id = backend_id(&mut socket).await?;
    let mut batch = events(1..=20);
    batch[19] = sized_event(20, 4_000_000); // more than D1 takes

    let refused = push(&mut socket, &backend_id, &batch).await;

    assert!(refused.is_err(), "an event of 4,000,000 bytes was stored");
    // A socket that was closed on purpose is as good an answer.
    let mut socket = Socket::open(address, "halfway").await;
    push(&mut socket, &backend_id, &events(1..=19)).await
}

/// On a live pull, what is pushed while history is still on its way comes after it.
pub async fn a_broadcast_does_not_overtake_history(address: &str) -> Outcome {
    const HISTORY: u64 = 400;
    let mut reader = Socket::open(address, "overtaken").await;
    let mut writer = Socket::open(address, "overtaken").await;
    let backend_id = backend_id(&mut writer).await?;
    let mut writer = Socket::open(address, "overtaken").await;
    for first in (1..=HISTORY).step_by(50) {
        let batch: Vec<_> = (first..first + 50).map(|seq_num| sized_event(seq_num, 6_000)).collect();
        push(&mut writer, &backend_id, &batch).await?;
    }

    let pull = reader.pull(true).await;
    let mut seen = reader.chunk(&pull).await.seq_nums();
    // Nothing is acknowledged yet, so most of the history is held back.
    push(&mut writer, &backend_id, &[event(HISTORY + 1)]).await?;
    while in_order(&seen).is_ok() && seen.last() <= Some(&HISTORY) {
        reader.ack(&pull).await;
        seen.extend(reader.chunk(&pull).await.seq_nums());
    }
    in_order(&seen)
}

/// A socket to one store is told nothing of another, whatever store its messages name; nor one whose object slept.
pub async fn a_socket_reads_no_other_store(relay: &impl Relay) -> Outcome {
    let mut owner = Socket::open(relay.address(), "private").await;
    let backend_id = backend_id(&mut owner).await?;
    push(&mut owner, &backend_id, &[event(1)]).await?;
    drop(owner);
    let mut stranger = Socket::open(relay.address(), "public").await;
    let asleep = async || match relay.objects_in_memory()? {
        0 => Ok(()),
        awake => Err(format!("{awake} objects are still in memory")),
    };
    until(ASLEEP, asleep).await;

    let payload = json!({ "storeId": "private", "live": false, "cursor": { "_tag": "None" } });
    stranger.request("SyncWsRpc.Pull", payload).await;

    let answer = stranger.next(ANSWER).await?;
    match answer["values"][0]["batch"].as_array() {
        Some(batch) if !batch.is_empty() => {
            Err(format!("was sent an event of the other store: {}", start_of(&answer)))
        }
        _ => Ok(()),
    }
}

/// Stores whose ids differ in one character of punctuation share nothing.
pub async fn stores_with_like_names_are_apart(address: &str) -> Outcome {
    for store_id in ["like-named", "like_named", "like named"] {
        let mut socket = Socket::open(address, store_id).await;
        let (seq_nums, backend_id) = history(&mut socket).await?;
        if !seq_nums.is_empty() {
            return Err(format!("the new store {store_id:?} holds the events {seq_nums:?}"));
        }
        let mut socket = Socket::open(address, store_id).await;
        push(&mut socket, &backend_id, &[event(1)]).await?;
    }
    Ok(())
}

/// Events that do not count on from the head are refused, and the head stays.
pub async fn a_batch_out_of_sequence_is_refused(address: &str) -> Outcome {
    let mut socket = Socket::open(address, "sequence").await;
    let backend_id = backend_id(&mut socket).await?;
    let mut socket = Socket::open(address, "sequence").await;
    push(&mut socket, &backend_id, &events(1..=3)).await?;
    let placed = |seq_num: u64, parent: u64| {
        let mut event = event(seq_num);
        event["parentSeqNum"] = json!(parent);
        event
    };

    let answer = push(&mut socket, &backend_id, &[placed(10, 3), placed(5, 10)]).await;

    if answer.is_ok() {
        let (seq_nums, _) = history(&mut socket).await?;
        return Err(format!("10 after 3 and then 5 were stored; a pull brings {seq_nums:?}"));
    }
    push(&mut socket, &backend_id, &[event(4)]).await
}

/// The largest event that the stock client pushes is refused, or else it can be pulled.
pub async fn no_event_is_stored_that_cannot_be_pulled(address: &str) -> Outcome {
    let mut socket = Socket::open(address, "poison").await;
    let backend_id = backend_id(&mut socket).await?;
    let mut largest = sized_event(1, 0);
    let rest = 899_850 - largest.to_string().len(); // with the rest of the push, just under 900,000
    largest["args"] = json!("x".repeat(rest));

    let pushed = push(&mut Socket::open(address, "poison").await, &backend_id, &[largest]).await;

    let (seq_nums, _) = history(&mut Socket::open(address, "poison").await).await?;
    assert_eq!(seq_nums.len(), usize::from(pushed.is_ok()), "{pushed:?}, but pulled {seq_nums:?}");
    Ok(())
}

/// A pull that has ended is sent nothing more.
pub async fn an_ended_pull_gets_nothing_more(address: &str) -> Outcome {
    let mut reader = Socket::open(address, "ended").await;
    let backend_id = backend_id(&mut reader).await?;
    let mut writer = Socket::open(address, "ended").await;
    push(&mut writer, &backend_id, &[event(1)]).await?;

    let pull = reader.pull(false).await;

    let first = reader.next(ANSWER).await?;
    match Chunk::parse(&first, &pull) {
        Some(_) => Ok(()),
        None => Err(format!("an ended pull was sent {}", start_of(&first))),
    }
}

/// A socket on which many pulls have ended still answers.
pub async fn a_socket_outlives_many_pulls(address: &str) -> Outcome {
    // What a client has counted to after some thousand pulls, in fewer and longer numbers: together more than the
    // 16,384 bytes that a socket can be remembered by.
    let mut socket = Socket::open(address, "many-pulls").await;
    for n in 1..=30 {
        let id = format!("{n}{}", "0".repeat(700));
        let payload = json!({ "storeId": "many-pulls", "live": false, "cursor": { "_tag": "None" } });
        let request = json!({ "_tag": "Request", "id": id, "tag": "SyncWsRpc.Pull", "payload": payload, "headers": [] });
        socket.send_text(&request.to_string()).await;
        let answered = async {
            let chunk = socket.next(ANSWER).await?;
            Chunk::parse(&chunk, &id).ok_or_else(|| start_of(&chunk))?;
            socket.ack(&id).await;
            socket
                .next(ANSWER)
                .await
                .and_then(|exit| (exit == ended(&id)).then_some(()).ok_or_else(|| start_of(&exit)))
        };
        answered.await.map_err(|reason| format!("pull {n}: {reason}"))?;
    }
    Ok(())
}

/// A chunk of ten times as many events takes no more than ten times as long. This measures, so it is no test: what
/// every read costs hides the fault where reading is slow, as from D1.
pub async fn a_chunk_takes_time_in_proportion_to_its_events(address: &str) -> Outcome {
    const EVENTS: u64 = 100;
    let backend_id = backend_id(&mut Socket::open(address, "proportion").await).await?;
    let mut socket = Socket::open(address, "proportion").await;
    push(&mut socket, &backend_id, &events(1..=EVENTS)).await?;
    let mut best = [Duration::MAX; 2];
    for _ in 0..20 {
        for (best, after) in best.iter_mut().zip([EVENTS - EVENTS / 10, 0]) {
            let started = Instant::now();
            let pull = socket.pull_after(false, &backend_id, after).await;
            socket.try_history(&pull).await?;
            *best = started.elapsed().min(*best);
        }
    }
    let [few, many] = best;
    match many <= few * 10 {
        true => Ok(()),
        false => Err(format!("{} events took {few:.1?} and {EVENTS} took {many:.1?}", EVENTS / 10)),
    }
}

/// A crash between any two writes of a push leaves a store to which the next push can be made.
///
/// The object's own storage is locked while the push is made, so that a relay that writes there too gets no further
/// than the first write before it dies.
pub async fn a_crash_leaves_head_and_events_in_step(relay: &mut impl Relay) -> Outcome {
    let mut socket = Socket::open(relay.address(), "crash").await;
    let backend_id = backend_id(&mut socket).await?;
    let mut socket = Socket::open(relay.address(), "crash").await;
    push(&mut socket, &backend_id, &events(1..=3)).await?;
    let locks = lock_objects(relay)?;

    let _either = push(&mut socket, &backend_id, &[event(4)]).await;

    relay.kill();
    drop(locks);
    relay.restart().await;
    let (seq_nums, _) = history(&mut Socket::open(relay.address(), "crash").await).await?;
    in_order(&seq_nums)?;
    let next = seq_nums.len() as u64 + 1;
    push(&mut Socket::open(relay.address(), "crash").await, &backend_id, &[event(next)])
        .await
        .map_err(|reason| format!("events up to {} are stored, and the next: {reason}", next - 1))
}

/// Keeps every object from writing to its own storage, for as long as the connections live.
fn lock_objects(relay: &impl Relay) -> Result<Vec<Connection>, String> {
    let lock = |file: &PathBuf| {
        let database = database::writable(file)?;
        let locked = database.execute_batch("BEGIN IMMEDIATE");
        locked.map(|()| database).map_err(|error| format!("cannot lock {}: {error}", file.display()))
    };
    database::objects(relay.state())?.iter().map(lock).collect()
}

/// An event that is pushed while a pull reads for the first time comes once.
pub async fn a_push_during_the_first_read_of_a_pull_arrives_once(address: &str) -> Outcome {
    let mut wrong = Vec::new();
    for n in 0..RACES {
        let store_id = format!("first-read-{n}");
        let mut reader = Socket::open(address, &store_id).await;
        let mut writer = Socket::open(address, &store_id).await;
        let batch = |seq_num| json!({ "storeId": store_id, "batch": [event(seq_num)], "backendId": { "_tag": "None" } });

        let pull = reader.pull(true).await;
        for seq_num in [1, 2] {
            let push = writer.request("SyncWsRpc.Push", batch(seq_num)).await;
            assert_eq!(writer.receive().await, stored(&push));
        }
        let mut seen = Vec::new();
        while seen.last() != Some(&2) {
            seen.extend(reader.chunk(&pull).await.seq_nums());
            reader.ack(&pull).await;
        }
        wrong.extend(in_order(&seen).err());
    }
    match wrong.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} of {RACES} times, such as: {first}", wrong.len())),
    }
}

/// An event whose arguments take `bytes` bytes.
fn sized_event(seq_num: u64, bytes: usize) -> Value {
    let mut event = event(seq_num);
    event["args"] = json!("x".repeat(bytes.saturating_sub(2)));
    event
}

/// Whether these are 1, 2, 3, …
fn in_order(seq_nums: &[u64]) -> Outcome {
    match seq_nums.iter().zip(1..).position(|(found, expected)| *found != expected) {
        None => Ok(()),
        Some(0) => Err(format!("the first event was {}", seq_nums[0])),
        Some(at) => Err(format!("event {} came after {}", seq_nums[at], seq_nums[at - 1])),
    }
}

/// The backend id of a store.
async fn backend_id(socket: &mut Socket) -> Result<String, String> {
    Ok(history(socket).await?.1)
}

/// Offers events and waits until they are stored.
async fn push(socket: &mut Socket, backend_id: &str, batch: &[Value]) -> Outcome {
    let id = socket.push(backend_id, batch).await;
    match socket.exit(&id).await? {
        answer if answer == stored(&id) => Ok(()),
        answer => Err(format!("the push was answered with {}", start_of(&answer))),
    }
}

/// The sequence numbers of all events, and the backend id.
async fn history(socket: &mut Socket) -> Result<(Vec<u64>, String), String> {
    let pull = socket.pull(false).await;
    let (events, backend_id) = socket.try_history(&pull).await?;
    Ok((events.iter().filter_map(|event| event["seqNum"].as_u64()).collect(), backend_id))
}
