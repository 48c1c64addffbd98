//! What the relay asks of the store, and what it is answered.
//!
//! Owns the shape of questions and answers and the parameters of the SQL in `glue::relay`. It knows
//! nothing of sockets, and not how a statement reaches the database.

mod append;
mod backend_id;
pub mod mirror;
mod refusal;
pub mod schema;

pub(crate) use append::PartsBuilder;
pub use append::{Append, Compare};
pub use backend_id::{BackendId, ENTROPY};
pub use refusal::refusal;

use serde::Deserialize;

/// A store as it is when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The store's name for itself, given once and never changed.
    pub backend_id: String,
    /// The last sequence number; 0 when the store is empty.
    pub head: u64,
}

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Contents {
    /// As in [`Opened`].
    pub backend_id: String,
    /// When it was first used: ISO 8601, UTC.
    pub created_at: String,
    /// As in [`Opened`].
    pub head: u64,
    /// How many events.
    pub events: u64,
    /// The bytes of their texts.
    pub bytes: u64,
}

/// How much to read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Most pages, at least one.
    pub pages: usize,
    /// Most events of a page.
    pub events: usize,
    /// Most bytes of a page, if it has more than one event.
    pub bytes: usize,
    /// No further page begins once those before it have this many bytes.
    pub all_bytes: usize,
}

/// Events read from the store, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The items as they go over the wire, joined by commas.
    pub batch: String,
    /// The last sequence number in `batch`.
    pub last: u64,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// All its events are stored.
    Stored,
    /// The head was not the expected one: none of its events is stored.
    Overtaken,
    /// The database does not take these events, and has stored none of them; its reason.
    Refused(String),
}

/// A request to the store failed and its outcome is unknown. Why is for whoever made the request to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed;
