//! Answers to a client, encoded.

use std::mem;

use serde::Serialize;

use super::RequestId;
use super::decode::{Event, Malformed};

/// How a request ends.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    /// A pull that is not live has sent everything.
    Pulled,
    /// A push is stored.
    Pushed,
    /// A ping over HTTP has come.
    Ponged,
    /// An error that the protocol declares.
    Fail(&'a Failure),
    /// The request makes no sense to the relay; why.
    Die(&'a str),
    /// The client interrupted it.
    Interrupted,
}

/// The errors that the protocol declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "_tag", rename_all_fields = "camelCase")]
pub enum Failure {
    /// The push does not continue the store's head: the client must pull and rebase.
    #[serde(rename = "ServerAheadError")]
    ServerAhead {
        /// The store's head.
        minimum_expected_num: u64,
        /// The parent of the first event pushed.
        provided_num: u64,
    },
    /// The client talks to another backend than it did before. A stock client wipes its data on this.
    #[serde(rename = "BackendIdMismatchError")]
    BackendIdMismatch {
        /// The store's backend id.
        expected: String,
        /// The client's.
        received: String,
    },
    /// Anything else, in words.
    #[serde(rename = "UnknownError")]
    Unknown {
        /// A JavaScript error.
        cause: Thrown,
    },
}

impl Failure {
    /// Another backend id than this one; a client's may be of any length, and is cut short.
    pub fn backend_id(expected: &str, received: &str) -> Self {
        const LONGEST: usize = 128;
        let received = received.chars().take(LONGEST).collect();
        Self::BackendIdMismatch { expected: expected.to_owned(), received }
    }

    /// A failure in words.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::Unknown { cause: Thrown { name: "Error", message: message.into() } }
    }
}

/// A JavaScript error in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Thrown {
    name: &'static str,
    message: String,
}

/// What a chunk says of the events after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "_tag")]
pub enum PageInfo {
    /// There are more, at most this many.
    MoreKnown {
        /// The distance to the head.
        remaining: u64,
    },
    /// The client has everything.
    NoMore,
}

impl PageInfo {
    /// What to say at a cursor.
    pub fn at(cursor: u64, head: u64) -> Self {
        match head.saturating_sub(cursor) {
            0 => Self::NoMore,
            remaining => Self::MoreKnown { remaining },
        }
    }
}

/// The body of an answer over HTTP, piece by piece: a JSON array of frames.
#[derive(Debug, Default)]
pub struct Array {
    opened: bool,
}

impl Array {
    /// The piece that holds the next frame.
    pub fn frame(&mut self, frame: &str) -> String {
        let before = if mem::replace(&mut self.opened, true) { ',' } else { '[' };
        format!("{before}{frame}")
    }

    /// The last piece.
    pub fn end(&self) -> &'static str {
        if self.opened { "]" } else { "[]" }
    }
}

/// `{"_tag":"Pong"}`
pub fn pong() -> String {
    json(&Frame::Pong)
}

/// The answer to a frame that is no message.
pub fn defect(malformed: &Malformed) -> String {
    let defect = match malformed {
        Malformed::Syntax(why) => Defect::Error(Thrown { name: "SyntaxError", message: why.clone() }),
        Malformed::UnknownTag(tag) => Defect::Text(format!("Unknown request tag: {tag}")),
        Malformed::InvalidId(id) => Defect::Text(format!("Invalid request id: {id}")),
    };
    json(&Frame::Defect { defect })
}

/// The last frame of a request.
pub fn exit(request_id: &RequestId, end: End<'_>) -> String {
    let exit = match end {
        End::Pulled => match request_id {
            RequestId::Text(_) => Exit::Success { value: None },
            RequestId::Number(_) => Exit::Success { value: Some(Success::Null) },
        },
        End::Pushed => Exit::Success { value: Some(Success::Object {}) },
        End::Ponged => Exit::Success { value: Some(Success::Pong { tag: "SyncMessage.Pong" }) },
        End::Fail(error) => Exit::failure(request_id, Cause::Fail { error }),
        End::Die(defect) => Exit::failure(request_id, Cause::Die { defect }),
        End::Interrupted => {
            Exit::failure(request_id, Cause::Interrupt { fiber_id: FiberId::client(request_id) })
        }
    };
    json(&Frame::Exit { request_id, exit })
}

/// A chunk; its items are joined by commas.
pub fn chunk(request_id: &RequestId, items: &str, page_info: PageInfo, backend_id: &str) -> String {
    format!(
        r#"{{"_tag":"Chunk","requestId":{},"values":[{{"batch":[{items}],"pageInfo":{},"backendId":{}}}]}}"#,
        json(request_id),
        json(&page_info),
        json(&backend_id)
    )
}

/// One item of a chunk: the event as the client encoded it, and when it was stored.
pub fn item(event: &Event<'_>, created_at: &str) -> String {
    json(&Item { event_encoded: event, metadata: Maybe::Some(SyncMetadata { created_at }) })
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("only text, numbers and structs of them are encoded")
}

#[derive(Serialize)]
#[serde(tag = "_tag", rename_all_fields = "camelCase")]
enum Frame<'a> {
    Pong,
    Exit { request_id: &'a RequestId, exit: Exit<'a> },
    Defect { defect: Defect },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Defect {
    Error(Thrown),
    Text(String),
}

#[derive(Serialize)]
#[serde(tag = "_tag")]
enum Exit<'a> {
    Success {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Success>,
    },
    Failure {
        cause: Causes<'a>,
    },
}

impl<'a> Exit<'a> {
    fn failure(request_id: &RequestId, cause: Cause<'a>) -> Self {
        Self::Failure {
            cause: match request_id {
                RequestId::Text(_) => Causes::Tree(cause),
                RequestId::Number(_) => Causes::Flat([cause]),
            },
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Success {
    Null,
    Object {},
    Pong {
        #[serde(rename = "_tag")]
        tag: &'static str,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Causes<'a> {
    Tree(Cause<'a>),
    Flat([Cause<'a>; 1]),
}

#[derive(Serialize)]
#[serde(tag = "_tag", rename_all_fields = "camelCase")]
enum Cause<'a> {
    Fail { error: &'a Failure },
    Die { defect: &'a str },
    Interrupt { fiber_id: FiberId },
}

#[derive(Serialize)]
#[serde(untagged)]
enum FiberId {
    Effect3(RuntimeFiber),
    Effect4(i32),
}

#[derive(Serialize)]
#[serde(tag = "_tag", rename = "Runtime", rename_all = "camelCase")]
struct RuntimeFiber {
    id: i32,
    start_time_millis: u64,
}

impl FiberId {
    /// The fiber that the reference blames for an interruption by the client.
    const CLIENT: i32 = -499;

    fn client(request_id: &RequestId) -> Self {
        match request_id {
            RequestId::Text(_) => Self::Effect3(RuntimeFiber { id: Self::CLIENT, start_time_millis: 0 }),
            RequestId::Number(_) => Self::Effect4(Self::CLIENT),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    event_encoded: &'a Event<'a>,
    metadata: Maybe<SyncMetadata<'a>>,
}

/// LiveStore's encoding of an optional value, which here always is one.
#[derive(Serialize)]
#[serde(tag = "_tag", content = "value")]
enum Maybe<T> {
    Some(T),
}

#[derive(Serialize)]
#[serde(tag = "_tag", rename = "SyncMessage.SyncMetadata", rename_all = "camelCase")]
struct SyncMetadata<'a> {
    created_at: &'a str,
}
