//! A world for the relay: clients that note what they get, and a store that answers when it is told to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{Closing, Effect, Input, Limits, Now, PullKey, Relay, SocketId};
use crate::auth::Grant;
use crate::protocol::decode::Event;
use crate::protocol::encode;
use crate::store::{Append, Appended, Compare, Extent, Failed, Opened, Page};

pub(super) const STORE: &str = "store-A";
pub(super) const BACKEND: &str = "AgpkaPUan_OexQY7wazLZ";
pub(super) const NOW: &str = "2026-11-22T21:06:04.872Z";
pub(super) const NOW_MILLIS: u64 = 1_795_381_564_872;

/// The database: rows of sequence number, name and item text, ascending.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) rows: Vec<(u64, String, String)>,
    /// Most events in a page, whatever is asked for.
    pub(super) page_events: usize,
    /// Why it takes no events.
    pub(super) refuses: Option<String>,
}

impl Database {
    pub(super) fn head(&self) -> u64 {
        self.rows.last().map_or(0, |row| row.0)
    }

    /// As `glue::relay::COUNT_STORED` does it. Rows hold what was pushed and when, and no more.
    pub(super) fn holds(&self, compare: &Compare) -> bool {
        let events = compare.parts().flat_map(rows_of);
        let found = events.filter(|event| {
            let stored = self.rows.iter().find(|row| row.0 == event.seq_num);
            stored.is_some_and(|row| row.2.starts_with(&event.item_without_time()))
        });
        found.count() as u64 == compare.events
    }

    /// As `glue::relay::APPEND` does it.
    pub(super) fn append(&mut self, append: &Append) -> Appended {
        if let Some(why) = &self.refuses {
            return Appended::Refused(why.clone());
        }
        if self.head() != append.expected_head {
            return Appended::Overtaken;
        }
        for row in append.parts().flat_map(rows_of) {
            self.rows.push((row.seq_num, row.name.clone(), row.item(&append.created_at)));
        }
        Appended::Stored
    }

    /// As `glue::relay::READ_PAGE` does it.
    fn page(&self, after: u64, extent: Extent) -> Option<Page> {
        let mut page: Option<Page> = None;
        for (seq_num, _, item) in
            self.rows.iter().filter(|row| row.0 > after).take(extent.events.min(self.page_events))
        {
            match &mut page {
                None => page = Some(Page { batch: item.clone(), last: *seq_num }),
                Some(page) if page.batch.len() + item.len() + 2 > extent.bytes => break,
                Some(page) => {
                    page.batch = format!("{},{item}", page.batch);
                    page.last = *seq_num;
                }
            }
        }
        page
    }

    pub(super) fn pages(&self, mut after: u64, extent: Extent) -> Vec<Page> {
        let (mut pages, mut bytes) = (Vec::new(), 0);
        while pages.len() < extent.pages
            && bytes < extent.all_bytes
            && let Some(page) = self.page(after, extent)
        {
            (after, bytes) = (page.last, bytes + page.batch.len());
            pages.push(page);
        }
        pages
    }
}

/// A row as the statements' parameters have it.
#[derive(Deserialize)]
struct Row {
    seq_num: u64,
    parent_seq_num: u64,
    name: String,
    args: Option<String>,
    client_id: String,
    session_id: String,
}

impl Row {
    fn item(&self, created_at: &str) -> String {
        let args = self.args.clone().map(|args| RawValue::from_string(args).unwrap());
        let event = Event {
            name: self.name.as_str().into(),
            args: args.as_deref(),
            seq_num: self.seq_num,
            parent_seq_num: self.parent_seq_num,
            client_id: self.client_id.as_str().into(),
            session_id: self.session_id.as_str().into(),
        };
        encode::item(&event, created_at)
    }

    fn item_without_time(&self) -> String {
        let item = self.item("");
        item.split_once(r#","metadata""#).map(|(event, _)| event.to_owned()).unwrap_or(item)
    }
}

fn rows_of(part: &str) -> Vec<Row> {
    serde_json::from_str(part).unwrap()
}

/// How a question to the store ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    /// Done, but the answer is lost.
    AnswerLost,
    NotDone,
}

pub(super) struct World {
    pub(super) relay: Relay,
    pub(super) database: Database,
    /// Frames that were sent and not yet taken.
    pub(super) frames: BTreeMap<u64, Vec<String>>,
    pub(super) attachments: BTreeMap<u64, String>,
    pub(super) closed: BTreeMap<u64, Closing>,
    /// Answers over HTTP that are whole.
    pub(super) finished: BTreeSet<u64>,
    /// Questions that the store has not come to.
    pub(super) asked: VecDeque<Effect>,
    /// Answers that the relay has not got.
    pub(super) answers: VecDeque<Input>,
    limits: Limits,
    /// Milliseconds since 1970. Nothing but a test moves it.
    pub(super) millis: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(super) fn with(limits: Limits) -> Self {
        Self {
            relay: Relay::new(STORE.to_owned(), limits.clone()),
            database: Database { rows: Vec::new(), page_events: usize::MAX, refuses: None },
            frames: BTreeMap::new(),
            attachments: BTreeMap::new(),
            closed: BTreeMap::new(),
            finished: BTreeSet::new(),
            asked: VecDeque::new(),
            answers: VecDeque::new(),
            limits,
            millis: NOW_MILLIS,
        }
    }

    /// A world whose store holds events 1 to `head`.
    pub(super) fn filled(head: u64, limits: Limits) -> Self {
        let mut world = Self::with(limits);
        world.connect(0);
        world.send(0, &push("fill", &events(1..=head)));
        world.settle();
        world.happens(Input::SocketClosed(SocketId(0)));
        world.frames.clear();
        world.attachments.clear();
        world
    }

    pub(super) fn happens(&mut self, input: Input) {
        for effect in self.relay.handle(Now { text: NOW, millis: self.millis }, input) {
            match effect {
                Effect::Send(SocketId(id), text) => {
                    let gone = self.closed.contains_key(&id) || self.finished.contains(&id);
                    assert!(!gone, "a frame to a closed socket: {text}");
                    self.frames.entry(id).or_default().push(text.to_string());
                }
                Effect::Finish(SocketId(id)) => assert!(self.finished.insert(id), "finished twice"),
                Effect::Attach(SocketId(id), text) => {
                    self.attachments.insert(id, text.to_string());
                }
                Effect::Close(SocketId(id), why) => {
                    self.attachments.remove(&id);
                    assert_eq!(self.closed.insert(id, why), None, "closed twice");
                }
                question => self.asked.push_back(question),
            }
        }
    }

    pub(super) fn connect(&mut self, id: u64) {
        self.connect_with(id, Grant::EVERYTHING);
    }

    pub(super) fn connect_with(&mut self, id: u64, grant: Grant) {
        self.happens(Input::SocketOpened(SocketId(id), grant));
    }

    pub(super) fn send(&mut self, id: u64, frame: &str) {
        self.happens(Input::Frame(SocketId(id), frame.to_owned()));
    }

    /// Sends a request over HTTP, lets everything happen and takes what there is of the answer.
    pub(super) fn ask(&mut self, id: u64, body: &str) -> Vec<String> {
        self.happens(Input::Asked(SocketId(id), Grant::EVERYTHING, body.to_owned()));
        self.settle();
        self.take(id)
    }

    /// Sends a frame, lets everything happen and takes what the client gets.
    pub(super) fn exchange(&mut self, id: u64, frame: &str) -> Vec<String> {
        self.send(id, frame);
        self.settle();
        self.take(id)
    }

    pub(super) fn take(&mut self, id: u64) -> Vec<String> {
        self.frames.remove(&id).unwrap_or_default()
    }

    /// The store comes to its `index`th question.
    pub(super) fn execute(&mut self, index: usize, fate: Fate) {
        let Some(question) = self.asked.remove(index) else { return };
        let database = &mut self.database;
        let answer = match question {
            Effect::Open => Input::StoreOpened(given(fate, || Opened {
                backend_id: BACKEND.to_owned(),
                head: database.head(),
            })),
            Effect::Read { pull, after, extent } => {
                Input::PagesRead(pull, given(fate, || database.pages(after, extent)))
            }
            Effect::Append(append) => Input::Appended(given(fate, || database.append(&append))),
            Effect::Compare(compare) => Input::Compared(given(fate, || database.holds(&compare))),
            other => panic!("{other:?} asks nothing"),
        };
        self.answers.push_back(answer);
    }

    pub(super) fn deliver(&mut self, index: usize) {
        if let Some(answer) = self.answers.remove(index) {
            self.happens(answer);
        }
    }

    /// Lets the store answer everything, in order.
    pub(super) fn settle(&mut self) {
        while !self.asked.is_empty() || !self.answers.is_empty() {
            self.execute(0, Fate::Answered);
            self.deliver(0);
        }
    }

    /// The object sleeps and wakes up: only attachments are left.
    pub(super) fn sleep(&mut self) {
        self.asked.clear();
        self.answers.clear();
        self.relay = Relay::new(STORE.to_owned(), self.limits.clone());
        for (id, attachment) in self.attachments.clone() {
            self.happens(Input::SocketRestored(SocketId(id), attachment));
        }
    }

    /// The pulls that wait for a page, by the order of asking.
    pub(super) fn reads(&self) -> Vec<(PullKey, u64)> {
        let reads = self.asked.iter().filter_map(|question| match question {
            Effect::Read { pull, after, .. } => Some((*pull, *after)),
            _ => None,
        });
        reads.collect()
    }
}

fn given<T>(fate: Fate, answer: impl FnOnce() -> T) -> Result<T, Failed> {
    match fate {
        Fate::Answered => Ok(answer()),
        Fate::AnswerLost => {
            answer();
            Err(Failed)
        }
        Fate::NotDone => Err(Failed),
    }
}

/// A pull from the beginning, or after a cursor.
pub(super) fn pull(id: &str, live: bool, cursor: u64) -> String {
    let cursor = match cursor {
        0 => r#"{"_tag":"None"}"#.to_owned(),
        _ => {
            format!(r#"{{"_tag":"Some","value":{{"backendId":"{BACKEND}","eventSequenceNumber":{cursor}}}}}"#)
        }
    };
    request(id, "Pull", &format!(r#"{{"storeId":"{STORE}","live":{live},"cursor":{cursor}}}"#))
}

/// A push of events whose client knows the backend.
pub(super) fn push(id: &str, events: &[String]) -> String {
    let batch = events.join(",");
    let backend = format!(r#"{{"_tag":"Some","value":"{BACKEND}"}}"#);
    request(id, "Push", &format!(r#"{{"storeId":"{STORE}","batch":[{batch}],"backendId":{backend}}}"#))
}

/// A request; an id of digits after `#` is a number.
pub(super) fn request(id: &str, call: &str, payload: &str) -> String {
    let id = id.strip_prefix('#').map_or_else(|| format!("\"{id}\""), str::to_owned);
    format!(r#"{{"_tag":"Request","id":{id},"tag":"SyncWsRpc.{call}","payload":{payload},"headers":[]}}"#)
}

/// A request as it is sent over HTTP.
pub(super) fn over_http(request: &str) -> String {
    request.replace("SyncWsRpc", "SyncHttpRpc").replace(r#""live":false,"#, "")
}

pub(super) fn ack(id: &str) -> String {
    format!(r#"{{"_tag":"Ack","requestId":"{id}"}}"#)
}

pub(super) fn interrupt(id: &str) -> String {
    format!(r#"{{"_tag":"Interrupt","requestId":"{id}"}}"#)
}

pub(super) fn event(seq_num: u64) -> String {
    event_with("n", r#"{"a":1.0}"#, seq_num, seq_num.saturating_sub(1))
}

pub(super) fn event_with(name: &str, args: &str, seq_num: u64, parent: u64) -> String {
    format!(
        r#"{{"name":"{name}","args":{args},"seqNum":{seq_num},"parentSeqNum":{parent},"clientId":"c","sessionId":"s"}}"#
    )
}

pub(super) fn events(seq_nums: std::ops::RangeInclusive<u64>) -> Vec<String> {
    seq_nums.map(event).collect()
}

/// An encoded event as it is pulled.
pub(super) fn item(event: &str) -> String {
    format!(
        r#"{{"eventEncoded":{event},"metadata":{{"_tag":"Some","value":{{"_tag":"SyncMessage.SyncMetadata","createdAt":"{NOW}"}}}}}}"#
    )
}

/// The chunk that brings these encoded events.
pub(super) fn chunk(id: &str, events: &[String], page_info: &str) -> String {
    let items: Vec<_> = events.iter().map(|event| item(event)).collect();
    let batch = items.join(",");
    format!(
        r#"{{"_tag":"Chunk","requestId":"{id}","values":[{{"batch":[{batch}],"pageInfo":{page_info},"backendId":"{BACKEND}"}}]}}"#
    )
}

pub(super) const NO_MORE: &str = r#"{"_tag":"NoMore"}"#;

pub(super) fn more(remaining: u64) -> String {
    format!(r#"{{"_tag":"MoreKnown","remaining":{remaining}}}"#)
}

pub(super) fn exit(id: &str, exit: &str) -> String {
    format!(r#"{{"_tag":"Exit","requestId":"{id}","exit":{exit}}}"#)
}

pub(super) fn stored(id: &str) -> String {
    exit(id, r#"{"_tag":"Success","value":{}}"#)
}

pub(super) fn ended(id: &str) -> String {
    exit(id, r#"{"_tag":"Success"}"#)
}

pub(super) fn failed(id: &str, error: &str) -> String {
    exit(id, &format!(r#"{{"_tag":"Failure","cause":{{"_tag":"Fail","error":{error}}}}}"#))
}

pub(super) fn unknown(id: &str, message: &str) -> String {
    failed(id, &format!(r#"{{"_tag":"UnknownError","cause":{{"name":"Error","message":"{message}"}}}}"#))
}

pub(super) fn ahead(id: &str, head: u64, provided: u64) -> String {
    failed(
        id,
        &format!(r#"{{"_tag":"ServerAheadError","minimumExpectedNum":{head},"providedNum":{provided}}}"#),
    )
}

pub(super) fn died(id: &str, why: &str) -> String {
    exit(id, &format!(r#"{{"_tag":"Failure","cause":{{"_tag":"Die","defect":"{why}"}}}}"#))
}

/// The sequence numbers that a frame brings, however deep the arguments beside them are.
pub(super) fn seq_nums(frame: &str) -> Vec<u64> {
    #[derive(Deserialize)]
    struct Chunk {
        #[serde(default)]
        values: Vec<Page>,
    }
    #[derive(Deserialize)]
    struct Page {
        batch: Vec<Item>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        event_encoded: Numbered,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Numbered {
        seq_num: u64,
    }
    let chunk: Chunk = serde_json::from_str(frame).unwrap();
    let items = chunk.values.iter().flat_map(|page| &page.batch);
    items.map(|item| item.event_encoded.seq_num).collect()
}
