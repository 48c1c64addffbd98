//! One pull: a cursor in the store's events, and what its client has yet to acknowledge.

use std::collections::VecDeque;

use super::SocketId;
use super::attachment::Entry;
use crate::protocol::RequestId;
use crate::protocol::encode::{self, PageInfo};

/// Names one pull for as long as the object is awake; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PullKey {
    pub(super) socket: SocketId,
    pub(super) serial: u64,
}

/// What a pull is waiting for from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing.
    Idle,
    /// Its turn to read.
    Queued,
    /// A page; the head when it was asked for.
    Asked { head: u64 },
}

/// A pull in progress. Everything up to its cursor was sent, once and in order; nothing after it was.
#[derive(Debug)]
pub(super) struct Pull {
    pub(super) key: PullKey,
    pub(super) id: RequestId,
    pub(super) live: bool,
    /// The last sequence number sent.
    pub(super) cursor: u64,
    /// Whether it has had a chunk; each pull gets one, even if it is empty.
    pub(super) answered: bool,
    pub(super) reading: Reading,
    /// The lengths of the chunks that the client has not acknowledged.
    unacknowledged: VecDeque<usize>,
    unacknowledged_bytes: usize,
}

impl Pull {
    pub(super) fn new(key: PullKey, id: RequestId, live: bool, cursor: u64) -> Self {
        Self::restored(key, Entry(id, cursor, live, false))
    }

    pub(super) fn restored(key: PullKey, Entry(id, cursor, live, answered): Entry) -> Self {
        Self {
            key,
            id,
            live,
            cursor,
            answered,
            reading: Reading::Idle,
            unacknowledged: VecDeque::new(),
            unacknowledged_bytes: 0,
        }
    }

    /// The frame that brings the client to `last`.
    pub(super) fn chunk(&mut self, items: &str, last: u64, head: u64, backend_id: &str) -> String {
        let mut frame = encode::chunk_open(&self.id);
        frame.push_str(items);
        frame.push_str(&encode::chunk_close(PageInfo::at(last, head), backend_id));
        self.cursor = last;
        self.answered = true;
        self.unacknowledged.push_back(frame.len());
        self.unacknowledged_bytes += frame.len();
        frame
    }

    /// The client has taken the oldest chunk.
    pub(super) fn acknowledged(&mut self) {
        self.unacknowledged_bytes -= self.unacknowledged.pop_front().unwrap_or(0);
    }

    /// Whether the client must acknowledge something before it is sent more.
    pub(super) fn is_full(&self, limit: usize) -> bool {
        self.unacknowledged_bytes >= limit
    }
}
