//! The generated SQL on a real SQLite, with the parameters that the runtime binds and the generated schema.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use glue::relay::{APPEND, CREATE_STORE, OPEN_STORE, READ_PAGE};
use runtime::relay::{Effect, Input, Limits, Relay, SocketId};
use runtime::store::{Append, Opened, Page};
use rusqlite::{Connection, params};

const NOW: &str = "2026-11-22T21:06:04.872Z";
const SOCKET: SocketId = SocketId(1);

/// A database with the generated schema, answering a relay as the worker's shell does.
struct Database(Connection);

impl Database {
    fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../generated/migrations");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            connection.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        Self(connection)
    }

    fn open(&self, store_id: &str, backend_id: &str) -> Opened {
        self.0.execute(CREATE_STORE, params![store_id, backend_id, NOW]).unwrap();
        let row =
            |row: &rusqlite::Row<'_>| Ok(Opened { backend_id: row.get(0)?, head: unsigned(row.get(1)?) });
        self.0.query_row(OPEN_STORE, [store_id], row).unwrap()
    }

    fn append(&self, store_id: &str, append: &Append) -> usize {
        let run = |statement: &runtime::store::Statement| {
            let parameters =
                params![store_id, statement.events, signed(statement.expected_head), append.created_at];
            self.0.execute(APPEND, parameters).unwrap()
        };
        append.statements.iter().map(run).sum()
    }

    fn read(&self, store_id: &str, after: u64, max_events: usize, max_bytes: usize) -> Option<Page> {
        let parameters =
            params![store_id, signed(after), signed(max_events as u64), signed(max_bytes as u64)];
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<i64>>(1)?));
        let (batch, last) = self.0.query_row(READ_PAGE, parameters, row).unwrap();
        batch.zip(last).map(|(batch, last)| Page { batch, last: unsigned(last) })
    }

    /// Sends a frame to a relay of store `s`, and returns what the client gets.
    fn exchange(&self, relay: &mut Relay, frame: String) -> Vec<String> {
        let mut inputs = vec![Input::Frame(SOCKET, frame)];
        let mut frames = Vec::new();
        while let Some(input) = inputs.pop() {
            for effect in relay.handle(NOW, input) {
                match effect {
                    Effect::Send(_, text) => frames.push(text),
                    Effect::Attach(..) => {}
                    Effect::Close(_, why) => panic!("closed: {why:?}"),
                    Effect::Open => inputs.push(Input::StoreOpened(Ok(self.open("s", "backend")))),
                    Effect::Read { pull, after, max_events, max_bytes } => {
                        inputs.push(Input::PageRead(pull, Ok(self.read("s", after, max_events, max_bytes))));
                    }
                    Effect::Append(append) => {
                        inputs.push(Input::Appended(Ok(self.append("s", &append) > 0)));
                    }
                }
            }
        }
        frames
    }
}

fn signed(number: u64) -> i64 {
    number.try_into().unwrap()
}

fn unsigned(number: i64) -> u64 {
    number.try_into().unwrap()
}

fn connected() -> Relay {
    let mut relay = Relay::new("s".to_owned(), Limits::default());
    relay.handle(NOW, Input::SocketOpened(SOCKET));
    relay
}

fn push(events: &[String]) -> String {
    format!(
        r#"{{"_tag":"Request","id":"1","tag":"SyncWsRpc.Push","payload":{{"batch":[{}],"backendId":{{"_tag":"None"}}}}}}"#,
        events.join(",")
    )
}

fn pull(id: &str, live: bool) -> String {
    format!(
        r#"{{"_tag":"Request","id":"{id}","tag":"SyncWsRpc.Pull","payload":{{"live":{live},"cursor":{{"_tag":"None"}}}}}}"#
    )
}

fn event(seq_num: u64, args: &str) -> String {
    let parent = seq_num - 1;
    format!(
        r#"{{"name":"tödo\n\"☕","args":{args},"seqNum":{seq_num},"parentSeqNum":{parent},"clientId":"c\\","sessionId":"s\u0001"}}"#
    )
}

#[test]
fn a_store_keeps_its_first_backend_id() {
    let database = Database::new();
    assert_eq!(database.open("s", "first"), Opened { backend_id: "first".to_owned(), head: 0 });
    assert_eq!(database.open("s", "second").backend_id, "first");
    assert_eq!(database.open("t", "third").backend_id, "third");
}

/// A pull from memory and one from the database get the same bytes, whatever the events hold.
#[test]
fn what_is_read_is_what_was_published() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let args = [
        "1.0",
        "-0.0",
        "1e3",
        "12345678901234567890123",
        "null",
        r#""\ud800 \u0000 é ☕ \/""#,
        r#"{ "b" : [ ], "a":{"a":1,"a":2} }"#,
        &deep,
    ];
    let mut events: Vec<_> = args.iter().zip(1..).map(|(args, seq_num)| event(seq_num, args)).collect();
    events.push(event(9, "1").replace(r#""args":1,"#, ""));
    let (database, mut relay) = (Database::new(), connected());
    database.exchange(&mut relay, pull("live", true));

    let published = database.exchange(&mut relay, push(&events)).remove(0).replace("live", "read");

    assert!(args.iter().all(|args| published.contains(&format!(r#""args":{args},"#))), "{published}");
    let read = database.exchange(&mut connected(), pull("read", false)).remove(0);
    assert_eq!(read, published);
}

#[test]
fn a_push_of_several_statements_is_stored_whole_and_read_in_pages() {
    let large = format!("\"{}\"", "\\\"".repeat(200_000));
    let events: Vec<_> = (1..=9).map(|seq_num| event(seq_num, &large)).collect();
    let (database, mut relay) = (Database::new(), connected());
    database.exchange(&mut relay, pull("live", true));
    let frames = database.exchange(&mut relay, push(&events));
    assert!(frames.last().is_some_and(|frame| frame.contains(r#""_tag":"Success""#)));
    assert_eq!(database.open("s", "").head, 9);
    let page = database.read("s", 0, 100, 900_000).unwrap();
    assert_eq!(page.last, 2);
    assert!(page.batch.len() <= 900_000);
    assert_eq!(database.read("s", 0, 100, 1).unwrap().last, 1, "one event is always there");
    assert_eq!(database.read("s", 8, 100, 900_000).unwrap().last, 9);
    assert_eq!(database.read("s", 9, 100, 900_000), None);
}

#[test]
fn an_append_that_misses_the_head_changes_nothing() {
    let (database, mut relay) = (Database::new(), connected());
    database.exchange(&mut relay, push(&[event(1, "1")]));
    let mut stale = connected();
    database.exchange(&mut stale, pull("0", false));
    database.exchange(&mut relay, push(&[event(2, "2")]));

    let answer = database.exchange(&mut stale, push(&[event(2, "3"), event(3, "3")])).concat();

    assert!(
        answer.contains(r#"{"_tag":"ServerAheadError","minimumExpectedNum":2,"providedNum":1}"#),
        "{answer}"
    );
    assert_eq!(database.open("s", "").head, 2);
}

#[test]
fn stores_do_not_see_each_other() {
    let (database, mut relay) = (Database::new(), connected());
    database.exchange(&mut relay, push(&[event(1, "1")]));
    assert_eq!(database.open("S", "b").head, 0);
    assert_eq!(database.read("S", 0, 100, 900_000), None);
}
