//! The wire of LiveStore sync-cf 0.4: one JSON object per text frame, or per request and element of the
//! answer's array over HTTP.
//!
//! Owns what frames look like. It knows nothing of sockets, pulls in progress or the store: text
//! becomes a [`decode::Message`], and answers become text.
//!
//! Two dialects share the wire. In the one of 0.4 (Effect 3) a request's id is a string; in the next
//! version (Effect 4) it is a number, a failure's cause is a flat array and a stream ends with a null
//! value. Each request is answered in its own dialect.

pub mod decode;
pub mod encode;

use serde::{Deserialize, Serialize};

/// Most events in one chunk, as in the reference server.
pub const MAX_CHUNK_EVENTS: usize = 100;

/// Most bytes of UTF-8 in one chunk's items, commas included, as in the reference server.
pub const MAX_CHUNK_BYTES: usize = 900_000;

/// The largest sequence number: JavaScript's `Number.MAX_SAFE_INTEGER`, 2^53 - 1.
pub const MAX_SEQ_NUM: u64 = (1 << 53) - 1;

/// How a client reaches the relay. Each way has names of its own for what can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket: frames both ways, pulls that stay live.
    WebSocket,
    /// One HTTP request, answered with one JSON array of frames.
    Http,
}

/// What a client calls a request. It is unique on its socket while the request is open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RequestId {
    /// 0.4: a string, in practice of decimal digits.
    Text(String),
    /// Effect 4: a number.
    Number(u64),
}
