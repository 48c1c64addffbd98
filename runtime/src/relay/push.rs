//! Whether a push may be stored, and the forms in which it is stored and sent on.

use crate::protocol::decode::{Event, Push};
use crate::protocol::encode::{self, Failure};
use crate::protocol::{MAX_CHUNK_BYTES, MAX_CHUNK_EVENTS, MAX_SEQ_NUM};
use crate::store::{Append, Compare, PartsBuilder};

/// What is to be done about a push that is not refused.
#[derive(Debug)]
pub(super) enum Admission {
    /// Nothing: it has no events.
    Empty,
    /// It continues the head.
    New(Admitted),
    /// It may be one that is stored already, sent again because its answer was lost. If not, it fails.
    Retried(Compare, Failure),
}

/// A push that continues the head.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) append: Append,
    /// The same events for live pulls, at least one chunk.
    pub(super) chunks: Vec<Chunk>,
}

/// Events of a push that go out together.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The items, joined by commas.
    pub(super) items: String,
    /// The last sequence number in it.
    pub(super) last: u64,
    count: usize,
}

/// Checks a push against its store. `now` becomes the events' time of storage.
pub(super) fn admit(push: &Push<'_>, backend_id: &str, head: u64, now: &str) -> Result<Admission, Failure> {
    if let Some(received) = push.backend_id().filter(|received| *received != backend_id) {
        return Err(Failure::backend_id(backend_id, received));
    }
    let Some(first) = push.events().next() else { return Ok(Admission::Empty) };
    if first.parent_seq_num != head {
        let ahead = Failure::ServerAhead { minimum_expected_num: head, provided_num: first.parent_seq_num };
        return match retried(push, head) {
            Some(compare) => Ok(Admission::Retried(compare, ahead)),
            None => Err(ahead),
        };
    }
    let mut parts = PartsBuilder::new();
    let mut chunks = Vec::new();
    let mut previous = head;
    for event in push.events() {
        check_event(event, previous).map_err(Failure::unknown)?;
        let item = encode::item(event, now);
        if item.len() > MAX_CHUNK_BYTES {
            return Err(Failure::unknown(format!(
                "event {} takes {} bytes on the wire, and at most {MAX_CHUNK_BYTES} fit a chunk",
                event.seq_num,
                item.len()
            )));
        }
        parts.push(event);
        add_item(&mut chunks, &item, event.seq_num);
        previous = event.seq_num;
    }
    let append = parts
        .append(head, now)
        .ok_or_else(|| Failure::unknown("the push is too long to be stored at once: push fewer events"))?;
    Ok(Admission::New(Admitted { append, chunks }))
}

/// The question whether the push is stored already. None if it cannot be: it is no chain that ends at the head or
/// before.
fn retried(push: &Push<'_>, head: u64) -> Option<Compare> {
    let mut previous = push.events().next()?.parent_seq_num;
    if previous >= head || push.events().last()?.seq_num > head {
        return None;
    }
    let mut parts = PartsBuilder::new();
    for event in push.events() {
        check_event(event, previous).ok()?;
        parts.push(event);
        previous = event.seq_num;
    }
    parts.compare()
}

fn check_event(event: &Event<'_>, previous: u64) -> Result<(), String> {
    let Event { seq_num, parent_seq_num, .. } = event;
    // LiveStore counts without gaps; so `MoreKnown.remaining` is exact, and no head can be driven to the end.
    if *parent_seq_num == previous && *seq_num != previous + 1 {
        return Err(format!(
            "event {seq_num} follows {previous}, so its sequence number must be {}",
            previous + 1
        ));
    }
    check_storable(event, previous)
}

/// What holds of every event of a store, also of those that another server numbered: its place in the chain, and texts
/// that the database keeps whole.
pub(crate) fn check_storable(event: &Event<'_>, previous: u64) -> Result<(), String> {
    let Event { seq_num, parent_seq_num, name, client_id, session_id, .. } = event;
    if *parent_seq_num != previous {
        return Err(format!("event {seq_num} names {parent_seq_num} as its parent, but follows {previous}"));
    }
    if *seq_num <= previous {
        return Err(format!("event {seq_num} follows {previous}, so its sequence number must be above that"));
    }
    if *seq_num > MAX_SEQ_NUM {
        return Err(format!("the sequence number {seq_num} is above {MAX_SEQ_NUM}"));
    }
    for (field, text) in [("name", name), ("clientId", client_id), ("sessionId", session_id)] {
        if text.contains('\0') {
            return Err(format!(
                "the {field} of event {seq_num} holds a NUL character, which SQLite cuts text at"
            ));
        }
    }
    Ok(())
}

fn add_item(chunks: &mut Vec<Chunk>, item: &str, seq_num: u64) {
    match chunks.last_mut() {
        Some(chunk)
            if chunk.count < MAX_CHUNK_EVENTS && chunk.items.len() + 1 + item.len() <= MAX_CHUNK_BYTES =>
        {
            chunk.items.push(',');
            chunk.items.push_str(item);
            chunk.last = seq_num;
            chunk.count += 1;
        }
        _ => chunks.push(Chunk { items: item.to_owned(), last: seq_num, count: 1 }),
    }
}
