//! What a client may rely on, checked on every frame when it is sent.

use std::collections::VecDeque;

use serde::Deserialize;

use super::super::super::{Limits, attachment};
use super::super::harness::Database;
use super::world::Line;
use crate::protocol::RequestId;

/// A frame of the relay.
#[derive(Debug, Deserialize)]
#[serde(tag = "_tag", rename_all_fields = "camelCase")]
pub(super) enum Frame {
    Chunk { request_id: String, values: [Page; 1] },
    Exit { request_id: String, exit: Exit },
    Defect,
    Pong,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) batch: Vec<Item>,
    pub(super) page_info: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    pub(super) event_encoded: Event,
}

/// The name of an event is all that tells it from others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) seq_num: u64,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "_tag")]
pub(super) enum PageInfo {
    MoreKnown { remaining: u64 },
    NoMore,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "_tag")]
pub(super) enum Exit {
    Success,
    Failure { cause: Cause },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "_tag")]
pub(super) enum Cause {
    Fail { error: Failure },
    Die { defect: String },
    Interrupt,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "_tag", rename_all_fields = "camelCase")]
pub(super) enum Failure {
    ServerAheadError { minimum_expected_num: u64, provided_num: u64 },
    UnknownError { cause: Thrown },
}

#[derive(Debug, Deserialize)]
pub(super) struct Thrown {
    pub(super) message: String,
}

/// A request that is not answered to the end.
#[derive(Debug)]
pub(super) enum Asked {
    Pull {
        live: bool,
        last: u64,
        chunks: usize,
        /// The last event that any client knew to be stored when it was asked for.
        known: u64,
        /// The lengths of the chunks that the relay has not heard of since it woke up.
        unacknowledged: VecDeque<usize>,
    },
    Push {
        events: Vec<Event>,
    },
}

impl Asked {
    pub(super) fn pull(live: bool, last: u64, known: u64) -> Self {
        Self::Pull { live, last, chunks: 0, known, unacknowledged: VecDeque::new() }
    }

    pub(super) fn acknowledge(&mut self) {
        if let Self::Pull { unacknowledged, .. } = self {
            unacknowledged.pop_front();
        }
    }

    pub(super) fn forget_unacknowledged(&mut self) {
        if let Self::Pull { unacknowledged, .. } = self {
            unacknowledged.clear();
        }
    }

    /// Whether it may stand open though the relay waits for nothing.
    pub(super) fn waits_for_client(&self, limits: &Limits) -> bool {
        match self {
            Self::Pull { live: true, chunks, .. } => *chunks > 0,
            // One that was full goes on once half is taken.
            Self::Pull { unacknowledged, .. } => {
                unacknowledged.iter().sum::<usize>() > limits.unacknowledged_bytes / 2
            }
            _ => false,
        }
    }

    /// Whether the client must take something before it is sent more.
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        matches!(self, Self::Pull { unacknowledged, .. } if is_full(unacknowledged, limits))
    }
}

fn is_full(unacknowledged: &VecDeque<usize>, limits: &Limits) -> bool {
    unacknowledged.iter().sum::<usize>() >= limits.unacknowledged_bytes
}

/// The last event of a push of which the frame says that it is stored.
pub(super) fn check_frame(line: &mut Line, text: &str, database: &Database, limits: &Limits) -> Option<u64> {
    let frame: Frame = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    match frame {
        Frame::Chunk { request_id, values: [page] } => {
            let asked = line.open.get_mut(&request_id);
            let Some(asked) = asked else { panic!("a chunk of {request_id}, which is not open: {text}") };
            check_chunk(asked, &page, text.len(), database, limits);
            None
        }
        Frame::Exit { request_id, exit } => {
            let Some(asked) = line.open.remove(&request_id) else {
                panic!("{request_id} is not open: {text}")
            };
            check_exit(&asked, &exit, database)
        }
        Frame::Defect | Frame::Pong => {
            assert!(line.noise > 0, "nothing asked for {text}");
            line.noise -= 1;
            None
        }
    }
}

fn check_chunk(asked: &mut Asked, page: &Page, bytes: usize, database: &Database, limits: &Limits) {
    let Asked::Pull { last, chunks, unacknowledged, .. } = asked else {
        panic!("a chunk of a push: {page:?}")
    };
    assert!(!is_full(unacknowledged, limits), "a chunk too many: {unacknowledged:?}");
    assert!(*chunks == 0 || !page.batch.is_empty(), "a chunk for nothing");
    for Item { event_encoded: event } in &page.batch {
        assert_eq!(event.seq_num, *last + 1, "the next event of a pull");
        assert!(is_stored(event, database), "{event:?} is not what is stored");
        *last = event.seq_num;
    }
    if let PageInfo::MoreKnown { remaining } = page.page_info {
        assert!(remaining > 0 && *last + remaining <= database.head(), "{remaining} more after {last}");
    }
    *chunks += 1;
    unacknowledged.push_back(bytes);
}

fn check_exit(asked: &Asked, exit: &Exit, database: &Database) -> Option<u64> {
    match (asked, exit) {
        (Asked::Pull { live, last, chunks, known, .. }, Exit::Success) => {
            assert!(!live && *chunks > 0 && last >= known, "{asked:?} has not got all");
            None
        }
        (Asked::Push { events }, Exit::Success) => {
            assert!(events.iter().all(|event| is_stored(event, database)), "{events:?} are not stored");
            events.last().map(|event| event.seq_num)
        }
        (Asked::Push { events }, Exit::Failure { cause: Cause::Fail { error } }) => {
            match error {
                Failure::ServerAheadError { minimum_expected_num: head, provided_num } => {
                    assert_eq!(Some(*provided_num + 1), events.first().map(|event| event.seq_num));
                    assert!(*head <= database.head() && head != provided_num, "the head is not {head}");
                }
                Failure::UnknownError { cause } => {
                    assert!(cause.message.contains("does not take these events"), "{cause:?}");
                }
            }
            None
        }
        (_, Exit::Failure { cause: Cause::Die { defect } }) => {
            let known = ["a request with this id is still open", "too many pulls are open on this socket"];
            assert!(known.contains(&defect.as_str()), "{defect}");
            None
        }
        (_, Exit::Failure { cause: Cause::Interrupt }) => None,
        other => panic!("no answer to it: {other:?}"),
    }
}

fn is_stored(event: &Event, database: &Database) -> bool {
    let index = usize::try_from(event.seq_num - 1).unwrap();
    database.rows.get(index).is_some_and(|row| row.0 == event.seq_num && row.1 == event.name)
}

/// What would be left after a sleep is where the pulls are.
pub(super) fn check_attachment(line: &Line) {
    let attachment =
        attachment::parse(&line.attachment).unwrap_or_else(|| panic!("{:?} attached", line.attachment));
    let kept = attachment.pulls.len();
    for entry in attachment.pulls {
        let RequestId::Text(id) = &entry.0 else { panic!("ids are text here") };
        let Some(Asked::Pull { live, last, chunks, .. }) = line.open.get(id) else {
            panic!("{id} is attached and not open")
        };
        assert_eq!((entry.1, entry.2, entry.3), (*last, *live, *chunks > 0), "{id} is not as it is attached");
    }
    let started = |asked: &&Asked| matches!(asked, Asked::Pull { chunks, .. } if *chunks > 0);
    assert!(
        line.open.values().filter(started).count() <= kept,
        "a pull is not attached: {}",
        line.attachment
    );
}
