//! The admin route of a deployed relay, and what is done by it: events out, events in, a new beginning.
//!
//! Owns the requests. Must not know where a log is kept. The token goes into a header and nowhere else.

use std::{
    fmt,
    io::{self, BufRead, Write},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ureq::{Agent, Body, http::Response};

use super::log::{self, Event, Header, LogError};

/// How long one request may take. An export's page is about a megabyte.
const PATIENCE: Duration = Duration::from_secs(60);
/// A page that is sent has about so many bytes, within what one push may have.
const PAGE_BYTES: usize = 1_000_000;
/// The longest answer that is read.
const LONGEST_ANSWER: u64 = 64 << 20;

/// Why something could not be done to a store.
#[derive(Debug)]
pub enum StoreError {
    /// The relay does not answer; why.
    Unreachable(String),
    /// The relay has no such store.
    NoStore,
    /// The relay refuses; its status and its words.
    Refused(u16, String),
    /// The log is not whole, or not this store's.
    Log(LogError),
    /// A file cannot be read or written.
    Io(io::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the relay does not answer: {why}"),
            Self::NoStore => f.write_str("there is no such store"),
            Self::Refused(status, words) => write!(f, "the relay refuses ({status}): {words}"),
            Self::Log(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<LogError> for StoreError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<ureq::Error> for StoreError {
    fn from(error: ureq::Error) -> Self {
        Self::Unreachable(error.to_string())
    }
}

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Its id.
    pub store_id: String,
    /// Its name for itself.
    pub backend_id: String,
    /// When it was first used.
    pub created_at: String,
    /// The last sequence number.
    pub head: u64,
    /// How many events.
    pub events: u64,
    /// The bytes of their texts.
    pub bytes: u64,
    /// How many sockets are open.
    pub connections: u64,
    /// How many pulls they and requests over HTTP have.
    pub pulls: u64,
    /// How far the copy of the record in D1 is, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Mirror>,
}

/// A copy of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// The last sequence number that is copied.
    pub mirrored: u64,
    /// How many sequence numbers it is behind.
    pub lag: u64,
    /// What is in the way, as the relay says it.
    #[serde(default)]
    pub trouble: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    backend_id: String,
    head: u64,
    last: u64,
    batch: Vec<Item>,
}

/// An event as it goes to clients.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    event_encoded: Encoded,
    metadata: Metadata,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encoded {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "log::present")]
    args: Option<Box<RawValue>>,
    seq_num: u64,
    parent_seq_num: u64,
    client_id: String,
    session_id: String,
}

#[derive(Deserialize)]
struct Metadata {
    value: Stored,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    created_at: String,
}

impl From<Item> for Event {
    fn from(Item { event_encoded: it, metadata }: Item) -> Self {
        Self {
            seq_num: it.seq_num,
            parent_seq_num: it.parent_seq_num,
            name: it.name,
            args: it.args,
            client_id: it.client_id,
            session_id: it.session_id,
            created_at: metadata.value.created_at,
        }
    }
}

/// An event on its way in, and its time.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Imported {
    event_encoded: Encoded,
    created_at: String,
}

impl From<Event> for Imported {
    fn from(it: Event) -> Self {
        let event_encoded = Encoded {
            name: it.name,
            args: it.args,
            seq_num: it.seq_num,
            parent_seq_num: it.parent_seq_num,
            client_id: it.client_id,
            session_id: it.session_id,
        };
        Self { event_encoded, created_at: it.created_at }
    }
}

/// The admin route of one deployment.
pub struct Relay {
    agent: Agent,
    /// The route's URL without what is below it, with a slash at its end.
    base: String,
    token: String,
}

impl Relay {
    /// The admin route at `base`, for who knows `token`.
    pub fn new(base: &str, token: String) -> Self {
        let configuration =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        Self { agent: configuration.build().into(), base: format!("{}/", base.trim_end_matches('/')), token }
    }

    /// What a store holds; None if there is no such store.
    pub fn status(&self, store_id: &str) -> Result<Option<Status>, StoreError> {
        match self.get("status", store_id, &[]) {
            Ok(status) => Ok(Some(status)),
            Err(StoreError::NoStore) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a store's log as it is now. `progress` gets how many events are through, and of how many.
    pub fn export(
        &self,
        store_id: &str,
        into: &mut dyn Write,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Header, StoreError> {
        let mut page: Page = self.get("log", store_id, &[("after", "0")])?;
        let store_id = store_id.to_owned();
        let header = Header { store_id, backend_id: page.backend_id.clone(), head: page.head };
        log::write(into, &header, [])?;
        let mut after = 0;
        loop {
            if page.backend_id != header.backend_id {
                return Err(LogError::whole("the store was replaced meanwhile").into());
            }
            // What is pushed meanwhile is not promised by the header.
            let events = page.batch.into_iter().map(Event::from).take_while(|it| it.seq_num <= header.head);
            events.into_iter().try_for_each(|event| log::line(into, &event))?;
            progress(page.last.min(header.head), header.head);
            if page.last >= header.head {
                return Ok(header);
            }
            if page.last <= after {
                return Err(LogError::whole(format!("no events come after {after}")).into());
            }
            after = page.last;
            page = self.get("log", &header.store_id, &[("after", &after.to_string())])?;
        }
    }

    /// Puts a log into the store `store_id`, or into the one that it is of. A store that has the log's beginning gets the
    /// rest. `progress` gets how many events are through, and of how many.
    pub fn import(
        &self,
        log: impl BufRead,
        store_id: Option<&str>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Status, StoreError> {
        let mut lines = log.lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let header = log::header(&first)?;
        let store_id = store_id.unwrap_or(&header.store_id);
        let there = self.status(store_id)?.filter(|status| status.head > 0);
        if let Some(other) = there.as_ref().filter(|it| it.backend_id != header.backend_id) {
            let why = format!(
                "the store `{store_id}` has {} events of another backend; `generator store reset` empties it",
                other.events
            );
            return Err(LogError::whole(why).into());
        }
        let mut after = there.map_or(0, |status| status.head);
        // Whether what the store has is this log's beginning shows at the last event.
        let mut at_head = if after > 0 { Some(self.event_at(store_id, after)?) } else { None };
        let mut batch: Vec<Imported> = Vec::new();
        let (mut bytes, mut last) = (0, after);
        for line in lines {
            let line = line?;
            let event = log::event(&line)?;
            if event.seq_num <= after {
                at_head.take_if(|there| there.is(&event));
                continue;
            }
            if at_head.is_some() {
                break;
            }
            if bytes + line.len() > PAGE_BYTES && !batch.is_empty() {
                (after, bytes) = (self.put(store_id, &header, after, &batch)?, 0);
                batch.clear();
                progress(after, header.head);
            }
            bytes += line.len();
            last = event.seq_num;
            batch.push(event.into());
        }
        if let Some(there) = at_head {
            let why = format!(
                "the event {} of the store `{store_id}` is not the log's: a client has pushed since; `generator store \
                 reset` empties the store",
                there.seq_num
            );
            return Err(LogError::whole(why).into());
        }
        if !batch.is_empty() || last == 0 {
            self.put(store_id, &header, after, &batch)?;
        }
        progress(last, header.head);
        self.status(store_id)?.ok_or(StoreError::NoStore)
    }

    /// The event at a store's head.
    fn event_at(&self, store_id: &str, head: u64) -> Result<Event, StoreError> {
        let page: Page = self.get("log", store_id, &[("after", &(head - 1).to_string())])?;
        let first = page.batch.into_iter().next().map(Event::from);
        first.filter(|event| event.seq_num == head).ok_or_else(|| {
            LogError::whole(format!("the store has no event {head}, which is its head")).into()
        })
    }

    /// Empties a store and gives it another backend id.
    pub fn reset(&self, store_id: &str) -> Result<Status, StoreError> {
        self.post("reset", store_id, String::new())
    }

    /// Has the copy of the record in D1 made anew.
    pub fn rebuild_mirror(&self, store_id: &str) -> Result<Status, StoreError> {
        self.post("mirror", store_id, String::new())
    }

    /// Gives the store's head after it.
    fn put(
        &self,
        store_id: &str,
        header: &Header,
        after: u64,
        batch: &[Imported],
    ) -> Result<u64, StoreError> {
        #[derive(Deserialize)]
        struct Taken {
            head: u64,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Import<'a> {
            backend_id: &'a str,
            after: u64,
            batch: &'a [Imported],
        }
        let page = Import { backend_id: &header.backend_id, after, batch };
        let body = serde_json::to_string(&page).map_err(io::Error::from)?;
        self.post("log", store_id, body).map(|taken: Taken| taken.head)
    }

    fn get<T: for<'de> Deserialize<'de>>(
        &self,
        what: &str,
        store_id: &str,
        more: &[(&str, &str)],
    ) -> Result<T, StoreError> {
        let request = self.agent.get(format!("{}{what}", self.base)).query("storeId", store_id);
        let request = more.iter().fold(request, |request, (name, value)| request.query(*name, *value));
        answer(request.header("authorization", format!("Bearer {}", self.token)).call()?)
    }

    fn post<T: for<'de> Deserialize<'de>>(
        &self,
        what: &str,
        store_id: &str,
        body: String,
    ) -> Result<T, StoreError> {
        let request = self.agent.post(format!("{}{what}", self.base)).query("storeId", store_id);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        answer(request.content_type("application/json").send(body)?)
    }
}

fn answer<T: for<'de> Deserialize<'de>>(mut response: Response<Body>) -> Result<T, StoreError> {
    let is_no_store = response.headers().get("x-reason").is_some_and(|reason| reason == "unknown-store");
    let text = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string()?;
    match response.status().as_u16() {
        200 => serde_json::from_str(&text).map_err(|error| {
            StoreError::Unreachable(format!("what answers is no relay of this project: {error}"))
        }),
        // Another 404 is a URL that leads nowhere.
        404 if is_no_store => Err(StoreError::NoStore),
        status => Err(StoreError::Refused(status, text.chars().take(500).collect())),
    }
}
