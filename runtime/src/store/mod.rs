//! What the relay asks of the store, and what it is answered.
//!
//! Owns the shape of questions and answers and the parameters of the SQL in `glue::relay`. It knows
//! nothing of sockets, and not how a statement reaches the database.

mod append;
mod backend_id;
mod refusal;
pub mod schema;

pub use append::Append;
pub(crate) use append::AppendBuilder;
pub use backend_id::{BackendId, ENTROPY};
pub use refusal::refusal;

/// A store as it is when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The store's name for itself, given once and never changed.
    pub backend_id: String,
    /// The last sequence number; 0 when the store is empty.
    pub head: u64,
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
