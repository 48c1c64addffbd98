//! The copy in D1 of a record that is in an object: what is copied next, and when it is tried again.
//!
//! Owns the order of one [`Run`] and what is remembered between runs. A run is started by an alarm, so at most one is
//! under way. It knows nothing of alarms, and of both databases only questions and answers.
//!
//! What always holds:
//! - Events are appended to the copy in order and once each: only if its head is still the one that they continue.
//!   After an outcome that is unknown the next run asks the copy for its head, and goes on from there.
//! - A copy of another record, or one that is ahead, is left as it is until someone asks for it to be rebuilt.
//! - Who was killed at any point has lost no more than its way: the wish to rebuild stays until the old copy is gone.

use serde::{Deserialize, Serialize};

use super::{Appended, Opened};

/// Most events of one append.
pub const MAX_EVENTS: usize = 1_000;

/// Most bytes of one append of several events. A single one takes up to 1,800,000, and D1 takes 2,000,000.
pub const MAX_BYTES: usize = 1_000_000;

/// Most events that are deleted at once: D1 gives a statement 30 s.
pub const MAX_DELETED: usize = 5_000;

/// Most steps of a run, each of which is at most two queries. D1 takes 1,000 queries of one event of the platform.
const MAX_STEPS: u32 = 250;

/// The first wait after a failure, which doubles up to the longest; in milliseconds.
const FIRST_WAIT: u64 = 1_000;
const LONGEST_WAIT: u64 = 300_000;

/// What an object remembers of its copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// The last sequence number that is known to be in the copy.
    pub mirrored: u64,
    /// How many runs have failed one after another.
    pub failures: u32,
    /// No run starts before, in milliseconds since 1970.
    pub not_before: u64,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// Whether the copy is to be made anew.
    pub rebuild: bool,
}

/// What stands in a copy's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Trouble {
    /// A database did not do what it was asked, or cannot; what it said.
    Failed {
        /// In one line.
        reason: String,
    },
    /// The copy is one of another record.
    Foreign {
        /// The backend id in the copy.
        #[serde(alias = "backend_id")] // as it was kept once
        backend_id: String,
    },
    /// The copy has events that the record does not have.
    Ahead {
        /// The head of the copy.
        head: u64,
    },
}

impl Progress {
    /// When the run has to start that copies what was just pushed; None if none may.
    pub fn after_push(&self, now: u64) -> Option<u64> {
        let stopped = self.is_stopped() && !self.rebuild;
        (!stopped).then(|| now.max(self.not_before))
    }

    /// When a run has to start of an object that woke up with this head; None if there is nothing to do. A copy that
    /// was stopped is looked at again.
    pub fn after_waking(&self, now: u64, head: u64) -> Option<u64> {
        let behind = self.mirrored < head || self.rebuild || self.is_stopped();
        behind.then(|| now.max(self.not_before))
    }

    /// What an object remembers that was asked to make its copy anew.
    pub fn rebuild() -> Self {
        Self { rebuild: true, ..Self::default() }
    }

    fn is_stopped(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Foreign { .. } | Trouble::Ahead { .. }))
    }
}

/// How far a copy is, for operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The head of the record.
    pub head: u64,
    /// How many sequence numbers the copy is behind.
    pub lag: u64,
    /// What is remembered.
    #[serde(flatten)]
    pub progress: Progress,
}

impl Status {
    /// Of a record with this head.
    pub fn new(head: u64, progress: Progress) -> Self {
        Self { head, lag: head.saturating_sub(progress.mirrored), progress }
    }
}

/// Events of the record as the copy takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// A JSON array for [`glue::relay::mirror::APPEND`].
    pub array: String,
    /// The last sequence number in it.
    pub last: u64,
}

/// An answer; a failure says why in one line.
#[derive(Debug)]
pub enum Input {
    /// To [`Effect::Open`].
    Opened(Result<Opened, String>),
    /// To [`Effect::Read`]; None when nothing comes after the cursor.
    Read(Result<Option<Events>, String>),
    /// To [`Effect::Append`].
    Appended(Result<Appended, String>),
    /// To [`Effect::Delete`]: whether anything was deleted.
    Deleted(Result<bool, String>),
}

/// What to do next. All but the last are answered by one [`Input`].
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Create the copy with the record's backend id if it is new, and look it up.
    Open,
    /// Read the record's events after a cursor.
    Read {
        /// Exclusive.
        after: u64,
    },
    /// Append events to the copy.
    Append {
        /// The head that they continue.
        expected_head: u64,
        /// The events.
        events: Events,
    },
    /// Delete the last events of the copy, and its name when it has none.
    Delete,
    /// Remember this; the run is over.
    Rest {
        /// What to remember.
        progress: Progress,
        /// When the next run starts, in milliseconds since 1970; None if the next push decides.
        next: Option<u64>,
    },
}

/// One run of copying.
#[derive(Debug)]
pub struct Run {
    record: Opened,
    progress: Progress,
    /// The last sequence number that is being appended.
    appending: u64,
    steps: u32,
}

impl Run {
    /// Begins a run for a record that was just looked up.
    pub fn start(record: Opened, progress: Progress) -> (Self, Effect) {
        let effect = if progress.rebuild { Effect::Delete } else { Effect::Open };
        (Self { record, progress, appending: 0, steps: 0 }, effect)
    }

    /// Takes an answer at `now`, in milliseconds since 1970, and returns what comes next.
    pub fn handle(&mut self, now: u64, input: Input) -> Effect {
        let next = match input {
            Input::Opened(Ok(copy)) => return self.opened(copy),
            Input::Read(Ok(None)) => return self.level(),
            Input::Read(Ok(Some(events))) => {
                self.appending = events.last;
                self.record.head = self.record.head.max(events.last); // pushes come meanwhile
                return Effect::Append { expected_head: self.progress.mirrored, events };
            }
            Input::Appended(Ok(Appended::Stored)) => {
                self.progress = Progress { mirrored: self.appending, ..Progress::default() };
                Effect::Read { after: self.appending }
            }
            // An append before this one was done after all.
            Input::Appended(Ok(Appended::Overtaken)) => Effect::Open,
            Input::Deleted(Ok(true)) => Effect::Delete,
            Input::Deleted(Ok(false)) => {
                self.progress = Progress::default();
                Effect::Open
            }
            Input::Appended(Ok(Appended::Refused(reason)))
            | Input::Opened(Err(reason))
            | Input::Read(Err(reason))
            | Input::Appended(Err(reason))
            | Input::Deleted(Err(reason)) => return self.failed(now, reason),
        };
        self.steps += 1;
        if self.steps < MAX_STEPS { next } else { self.rest(Some(now)) }
    }

    fn opened(&mut self, copy: Opened) -> Effect {
        let trouble = if copy.backend_id != self.record.backend_id {
            Trouble::Foreign { backend_id: copy.backend_id }
        } else if copy.head > self.record.head {
            Trouble::Ahead { head: copy.head }
        } else {
            self.progress.mirrored = copy.head;
            return Effect::Read { after: copy.head };
        };
        self.progress.trouble = Some(trouble);
        self.rest(None)
    }

    fn level(&mut self) -> Effect {
        self.progress = Progress { mirrored: self.progress.mirrored, ..Progress::default() };
        self.rest(None)
    }

    fn failed(&mut self, now: u64, reason: String) -> Effect {
        let wait = FIRST_WAIT << self.progress.failures.min(16);
        self.progress.not_before = now + wait.min(LONGEST_WAIT);
        self.progress.failures += 1;
        self.progress.trouble = Some(Trouble::Failed { reason });
        self.rest(Some(self.progress.not_before))
    }

    fn rest(&self, next: Option<u64>) -> Effect {
        Effect::Rest { progress: self.progress.clone(), next }
    }
}
