//! Frames from a client, decoded. Borrows from the frame; event arguments stay raw text.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{RequestId, Transport};

/// A frame that has the shape of a message.
#[derive(Debug)]
pub enum Message<'a> {
    /// A keep-alive that the platform's automatic answer did not match.
    Ping,
    /// A call.
    Request(Request<'a>),
    /// The client has taken one chunk of a pull.
    Ack(RequestId),
    /// The client wants no more of a request.
    Interrupt(RequestId),
    /// Nothing to do: the client will send no more, or named no request.
    Nothing,
}

/// A call with its payload still encoded.
#[derive(Debug)]
pub struct Request<'a> {
    /// To be repeated in every answer.
    pub id: RequestId,
    /// What is called.
    pub call: Call,
    payload: Option<&'a RawValue>,
}

/// What a client can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Events after a cursor.
    Pull,
    /// New events.
    Push,
    /// Whether the relay is there. Over a WebSocket that is a message of its own.
    Ping,
}

/// A frame that is no message. It cannot be tied to a request, so the whole connection is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON; the parser's words.
    Syntax(String),
    /// A message or a call that is not part of the protocol.
    UnknownTag(String),
    /// A request whose id is neither a string nor a whole number.
    InvalidId(String),
}

/// The payload of a ping over HTTP.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ping {
    /// The store, if the client names it again.
    pub store_id: Option<String>,
}

/// The payload of a pull.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pull {
    /// The store, if the client names it again.
    pub store_id: Option<String>,
    /// Whether the pull goes on with what is pushed later.
    #[serde(default)]
    pub live: bool,
    cursor: Object<Maybe<Object<Cursor>>>,
}

impl Pull {
    /// Where to go on; none is from the beginning.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.0.as_option().map(|cursor| &cursor.0)
    }
}

/// A place in a store's events.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// The backend that gave the sequence number.
    pub backend_id: String,
    /// The last event that the client has; 0 is before the first.
    pub event_sequence_number: u64,
}

/// The payload of a push.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Push<'a> {
    /// The store, if the client names it again.
    pub store_id: Option<String>,
    #[serde(borrow)]
    batch: Vec<Object<Event<'a>>>,
    backend_id: Object<Maybe<String>>,
}

impl<'a> Push<'a> {
    /// The events, in the order given.
    pub fn events(&self) -> impl ExactSizeIterator<Item = &Event<'a>> {
        self.batch.iter().map(|event| &event.0)
    }

    /// The backend that the client believes it talks to, once it knows one.
    pub fn backend_id(&self) -> Option<&str> {
        self.backend_id.0.as_option().map(String::as_str)
    }
}

/// One event as LiveStore encodes it; it is sent out again in the same form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    /// The event's name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The arguments' JSON, never parsed. None is a missing key, which is not the same as `null`.
    #[serde(borrow, default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub args: Option<&'a RawValue>,
    /// The event's place in its store, from 1.
    pub seq_num: u64,
    /// The place of the event before it; 0 before the first.
    pub parent_seq_num: u64,
    /// The client that made it.
    #[serde(borrow)]
    pub client_id: Cow<'a, str>,
    /// The session that made it.
    #[serde(borrow)]
    pub session_id: Cow<'a, str>,
}

/// Decodes the outer layer of a frame, or of a request's body.
pub fn message(text: &str, transport: Transport) -> Result<Message<'_>, Malformed> {
    let envelope = match serde_json::from_str::<Object<Envelope<'_>>>(text) {
        Ok(envelope) => envelope.0,
        Err(error) => return Err(not_an_envelope(text, &error)),
    };
    let tag = envelope.message.and_then(as_text);
    match tag.as_deref() {
        Some("Ping") => Ok(Message::Ping),
        Some("Request") => request(&envelope, transport).map(Message::Request),
        Some("Ack") => Ok(about(&envelope, Message::Ack)),
        Some("Interrupt") => Ok(about(&envelope, Message::Interrupt)),
        Some("Eof") => Ok(Message::Nothing),
        _ => Err(Malformed::UnknownTag(shown(envelope.message))),
    }
}

impl<'a> Request<'a> {
    /// Decodes the payload of a ping. The error says where and why.
    pub fn ping(&self) -> Result<Ping, String> {
        self.payload()
    }

    /// Decodes the payload of a pull. The error says where and why.
    pub fn pull(&self) -> Result<Pull, String> {
        self.payload()
    }

    /// Decodes the payload of a push. The error says where and why.
    pub fn push(&self) -> Result<Push<'a>, String> {
        self.payload()
    }

    fn payload<T: Deserialize<'a>>(&self) -> Result<T, String> {
        let raw = self.payload.ok_or("payload: missing")?;
        let mut deserializer = serde_json::Deserializer::from_str(raw.get());
        match serde_path_to_error::deserialize::<_, Object<T>>(&mut deserializer) {
            Ok(payload) => Ok(payload.0),
            Err(error) => {
                let path = match error.path().to_string().as_str() {
                    "." => "payload".to_owned(),
                    path => format!("payload.{path}"),
                };
                Err(cut(&format!("{path}: {}", without_position(error.inner()))))
            }
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "_tag", borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(rename = "requestId", borrow)]
    request_id: Option<&'a RawValue>,
    #[serde(borrow)]
    tag: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

fn request<'a>(envelope: &Envelope<'a>, transport: Transport) -> Result<Request<'a>, Malformed> {
    let id = envelope.id.and_then(as_id).ok_or_else(|| Malformed::InvalidId(shown(envelope.id)))?;
    let tag = envelope.tag.and_then(as_text).unwrap_or_default();
    let call = match (transport, &*tag) {
        (Transport::WebSocket, "SyncWsRpc.Pull") | (Transport::Http, "SyncHttpRpc.Pull") => Call::Pull,
        (Transport::WebSocket, "SyncWsRpc.Push") | (Transport::Http, "SyncHttpRpc.Push") => Call::Push,
        (Transport::Http, "SyncHttpRpc.Ping") => Call::Ping,
        _ => return Err(Malformed::UnknownTag(shown(envelope.tag))),
    };
    Ok(Request { id, call, payload: envelope.payload })
}

fn about<'a>(envelope: &Envelope<'a>, message: fn(RequestId) -> Message<'a>) -> Message<'a> {
    envelope.request_id.and_then(as_id).map_or(Message::Nothing, message)
}

/// Tells JSON that is no object, which JavaScript would find to have no `_tag`, from what is no JSON.
fn not_an_envelope(text: &str, error: &serde_json::Error) -> Malformed {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) if error.classify() == Category::Data => Malformed::UnknownTag(shown(None)),
        Ok(_) => Malformed::Syntax(error.to_string()),
        Err(syntax) => Malformed::Syntax(syntax.to_string()),
    }
}

fn as_text(raw: &RawValue) -> Option<Cow<'_, str>> {
    // A plain `Cow` would always be an owned copy; only a field can borrow.
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}

/// An answer repeats the id, so it is no longer than a name need be.
fn as_id(raw: &RawValue) -> Option<RequestId> {
    const LONGEST: usize = 1_024;
    serde_json::from_str(raw.get())
        .ok()
        .filter(|id| !matches!(id, RequestId::Text(text) if text.len() > LONGEST))
}

/// A value the way JavaScript puts it into a sentence, cut short.
fn shown(raw: Option<&RawValue>) -> String {
    const LONGEST: usize = 100;
    let Some(raw) = raw else { return "undefined".to_owned() };
    let text = as_text(raw).unwrap_or(Cow::Borrowed(raw.get()));
    text.chars().take(LONGEST).collect()
}

/// What is said of a payload, which may quote any part of it.
fn cut(words: &str) -> String {
    const LONGEST: usize = 300;
    words.chars().take(LONGEST).collect()
}

/// serde_json's words without its line and column, which count from the payload's start.
fn without_position(error: &serde_json::Error) -> String {
    let words = error.to_string();
    match words.rfind(" at line ") {
        Some(end) => words[..end].to_owned(),
        None => words,
    }
}

/// Keeps `null` apart from a missing key.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// LiveStore's encoding of an optional value.
#[derive(Debug, Deserialize)]
#[serde(tag = "_tag", content = "value")]
enum Maybe<T> {
    None,
    Some(T),
}

impl<T> Maybe<T> {
    fn as_option(&self) -> Option<&T> {
        match self {
            Self::None => None,
            Self::Some(value) => Some(value),
        }
    }
}

/// A value that must be a JSON object. serde's derived structs would take an array as well.
#[derive(Debug)]
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Fields(std::marker::PhantomData))
    }
}
