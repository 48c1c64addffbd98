//! One pull: a cursor in the store's events, and what its client has yet to acknowledge.

use std::collections::VecDeque;

use super::SocketId;
use super::attachment::Entry;
use crate::protocol::RequestId;

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
    /// Pages.
    Asked,
}

/// A question for events, and the pulls that are at its cursor and wait for the answer.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) first: PullKey,
    pub(super) others: Vec<PullKey>,
    pub(super) after: u64,
    /// The head when it was asked.
    pub(super) head: u64,
    /// Whether further pulls may wait for it. Once the store is opened anew, the answer may be from before somebody
    /// replaced its events.
    pub(super) is_shared: bool,
}

impl Read {
    pub(super) fn pulls(&self) -> impl Iterator<Item = PullKey> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
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
    /// Whether it was full when it last wanted to read on, and waits until half is acknowledged: so it reads in large
    /// steps.
    is_pausing: bool,
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
            is_pausing: false,
        }
    }

    /// The client was sent a chunk of `bytes` bytes that brings it to `last`.
    pub(super) fn sent(&mut self, last: u64, bytes: usize) {
        self.cursor = last;
        self.answered = true;
        self.unacknowledged.push_back(bytes);
        self.unacknowledged_bytes += bytes;
    }

    /// The client has taken the oldest chunk. Whether there was one.
    pub(super) fn acknowledged(&mut self) -> bool {
        let oldest = self.unacknowledged.pop_front();
        self.unacknowledged_bytes -= oldest.unwrap_or(0);
        oldest.is_some()
    }

    /// Whether the client must acknowledge something before it is sent more.
    pub(super) fn is_full(&self, limit: usize) -> bool {
        self.unacknowledged_bytes >= limit
    }

    /// Whether it is not to read on: it is full, or was and has more than half unacknowledged.
    pub(super) fn pauses(&mut self, limit: usize) -> bool {
        self.is_pausing = self.is_full(limit) || self.is_pausing && self.unacknowledged_bytes > limit / 2;
        self.is_pausing
    }

    /// How many bytes it may be sent.
    pub(super) fn room(&self, limit: usize) -> usize {
        limit.saturating_sub(self.unacknowledged_bytes)
    }
}
