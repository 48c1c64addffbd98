//! The generated SQL on a real SQLite, with the parameters that the runtime binds and the generated schema.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use glue::relay::schema::{CREATE_VERSION, READ_VERSION, WRITE_VERSION};
use glue::relay::{COUNT_STORED, CREATE_STORE, OPEN_STORE, PARTS, READ_PAGE, READ_PAGES};
use runtime::auth::Grant;
use runtime::relay::{Effect, Input, Limits, Now, Relay, SocketId};
use runtime::store::{Append, Appended, Compare, Extent, Opened, Page, schema};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

const NOW: Now<'_> = Now { text: "2026-11-22T21:06:04.872Z", millis: 1_795_381_564_872 };
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
        self.0.execute(CREATE_STORE, params![store_id, backend_id, NOW.text]).unwrap();
        let row =
            |row: &rusqlite::Row<'_>| Ok(Opened { backend_id: row.get(0)?, head: unsigned(row.get(1)?) });
        self.0.query_row(OPEN_STORE, [store_id], row).unwrap()
    }

    fn append(&self, store_id: &str, append: &Append) -> Appended {
        self.try_append(store_id, append).unwrap()
    }

    fn try_append(&self, store_id: &str, append: &Append) -> rusqlite::Result<Appended> {
        let text = |text: &str| Value::Text(text.to_owned());
        let head = [text(store_id), Value::Integer(signed(append.expected_head)), text(&append.created_at)];
        let parameters = head.into_iter().chain(append.parts().map(text));
        Ok(match self.0.execute(append.statement(), params_from_iter(parameters))? {
            0 => Appended::Overtaken,
            _ => Appended::Stored,
        })
    }

    fn compare(&self, store_id: &str, compare: &Compare) -> bool {
        let parameters = std::iter::once(store_id).chain(compare.parts());
        let found: i64 =
            self.0.query_row(COUNT_STORED, params_from_iter(parameters), |row| row.get(0)).unwrap();
        unsigned(found) == compare.events
    }

    fn read(&self, store_id: &str, after: u64, max_events: usize, max_bytes: usize) -> Option<Page> {
        let parameters =
            params![store_id, signed(after), signed(max_events as u64), signed(max_bytes as u64)];
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<i64>>(1)?));
        let (batch, last) = self.0.query_row(READ_PAGE, parameters, row).unwrap();
        batch.zip(last).map(|(batch, last)| Page { batch, last: unsigned(last) })
    }

    fn pages(&self, store_id: &str, after: u64, extent: Extent) -> Vec<Page> {
        let Extent { pages, events, bytes, all_bytes } = extent;
        // Numbers as D1 binds them.
        let numbers = [after, pages as u64, events as u64, bytes as u64, all_bytes as u64];
        let numbers = numbers.map(|number| Value::Real(signed(number) as f64));
        let parameters = std::iter::once(Value::Text(store_id.to_owned())).chain(numbers);
        let mut statement = self.0.prepare(READ_PAGES).unwrap();
        let rows = statement.query_map(params_from_iter(parameters), |row| {
            Ok(Page { batch: row.get(0)?, last: unsigned(row.get(1)?) })
        });
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    /// As the worker's shell reads.
    fn read_all(&self, store_id: &str, after: u64, extent: Extent) -> Vec<Page> {
        let pages = self.pages(store_id, after, extent);
        if pages.is_empty() {
            return self.read(store_id, after, extent.events, extent.bytes).into_iter().collect();
        }
        pages
    }

    /// Sends a frame to a relay of store `s`, and returns what the client gets.
    fn exchange(&self, relay: &mut Relay, frame: String) -> Vec<String> {
        let mut inputs = vec![Input::Frame(SOCKET, frame)];
        let mut frames = Vec::new();
        while let Some(input) = inputs.pop() {
            for effect in relay.handle(NOW, input) {
                match effect {
                    Effect::Send(_, text) => frames.push(text.to_string()),
                    Effect::Attach(..) | Effect::Finish(_) => {}
                    Effect::Close(_, why) => panic!("closed: {why:?}"),
                    Effect::Open => inputs.push(Input::StoreOpened(Ok(self.open("s", "backend")))),
                    Effect::Read { pull, after, extent } => {
                        inputs.push(Input::PagesRead(pull, Ok(self.read_all("s", after, extent))));
                    }
                    Effect::Append(append) => {
                        inputs.push(Input::Appended(Ok(self.append("s", &append))));
                    }
                    Effect::Compare(compare) => {
                        inputs.push(Input::Compared(Ok(self.compare("s", &compare))));
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
    relay.handle(NOW, Input::SocketOpened(SOCKET, Grant::EVERYTHING));
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
fn a_push_of_several_parameters_is_stored_whole_and_read_in_pages() {
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

/// The parameters of a push of 5 events, of which each takes one.
fn push_of_several_parameters() -> Append {
    let large = format!("\"{}\"", r#"\""#.repeat(400_000));
    let events: Vec<_> = (1..=5).map(|seq_num| event(seq_num, &large)).collect();
    let (database, mut relay) = (Database::new(), connected());
    database.exchange(&mut relay, pull("0", false));
    let mut effects = relay.handle(NOW, Input::Frame(SOCKET, push(&events)));
    let Some(Effect::Append(append)) = effects.pop() else { panic!("{effects:?}") };
    assert_eq!(append.parts().filter(|part| *part != "[]").count(), 5);
    append
}

#[test]
fn a_push_that_a_rival_overtook_stores_nothing_however_far_the_rival_came() {
    let overtaken = push_of_several_parameters();
    for rivals in 1..=6 {
        let (database, mut relay) = (Database::new(), connected());
        let events: Vec<_> = (1..=rivals).map(|seq_num| event(seq_num, "1")).collect();
        database.exchange(&mut relay, push(&events));
        assert_eq!(database.append("s", &overtaken), Appended::Overtaken);
        assert_eq!(database.open("s", "").head, rivals);
    }
}

#[test]
fn a_push_of_which_one_event_breaks_a_rule_stores_nothing() {
    let database = Database::new();
    let trigger = "CREATE TRIGGER four BEFORE INSERT ON events WHEN new.seq_num = 4 BEGIN SELECT RAISE(ABORT, 'four'); END";
    database.0.execute_batch(trigger).unwrap();
    let refused = database.try_append("s", &push_of_several_parameters());
    assert!(refused.is_err_and(|error| error.to_string().contains("four")));
    assert_eq!(database.read("s", 0, 100, 900_000), None);
}

/// The lengths by which the statement decides are those of the text that it returns.
#[test]
fn a_page_ends_where_the_next_item_and_its_comma_would_pass_the_limit() {
    let (database, mut relay) = (Database::new(), connected());
    let args = ["1", "\"é☕\"", "null", r#""\ud800""#, "[1.0, 2]"];
    let mut events: Vec<_> = (8..=12).zip(args).map(|(seq_num, args)| event(seq_num, args)).collect();
    events[2] = events[2].replace(r#""args":null,"#, "");
    let history: Vec<_> = (1..=7).map(|seq_num| event(seq_num, "1")).collect();
    database.exchange(&mut relay, push(&history));
    database.exchange(&mut relay, push(&events));
    let mut end = 0;
    for last in 8..=12 {
        end += database.read("s", last - 1, 1, 0).unwrap().batch.len() + 1;
        assert_eq!(database.read("s", 7, 100, end).unwrap().last, last);
        assert_eq!(database.read("s", 7, 100, end - 1).unwrap().last, (last - 1).max(8));
    }
    assert_eq!(database.read("s", 7, 3, end).unwrap().last, 10);
    assert_eq!(database.read("s", 7, 0, end), None);
}

#[test]
fn stores_do_not_see_each_other() {
    let (database, mut relay) = (Database::new(), connected());
    database.exchange(&mut relay, push(&[event(1, "1")]));
    assert_eq!(database.open("S", "b").head, 0);
    assert_eq!(database.read("S", 0, 100, 900_000), None);
}

/// A store with events 1 to 7, and an extent of three pages of two events.
fn seven_events() -> (Database, Extent) {
    let (database, mut relay) = (Database::new(), connected());
    let events: Vec<_> = (1..=7).map(|seq_num| event(seq_num, r#""é☕""#)).collect();
    database.exchange(&mut relay, push(&events));
    (database, Extent { pages: 3, events: 2, bytes: 900_000, all_bytes: 900_000 })
}

#[test]
fn pages_that_are_read_together_are_those_that_are_read_alone() {
    let (database, extent) = seven_events();
    let alone = |after| database.read("s", after, 2, 900_000).unwrap();
    assert_eq!(database.pages("s", 0, extent), [alone(0), alone(2), alone(4)]);
    assert_eq!(database.pages("s", 4, extent), [alone(4), alone(6)]);
    assert_eq!(database.pages("s", 7, extent), []);
    assert_eq!(database.pages("S", 0, extent), []);
}

#[test]
fn pages_end_before_the_first_that_is_too_long() {
    let (database, extent) = seven_events();
    let longest = database.read("s", 0, 2, 900_000).unwrap().batch.len() + 1;
    assert_eq!(database.pages("s", 0, Extent { bytes: longest, ..extent }).len(), 3);
    assert_eq!(database.pages("s", 0, Extent { bytes: longest - 1, ..extent }), []);
    database.0.execute("UPDATE events SET args = '\"longer than before\"' WHERE seq_num = 5", []).unwrap();
    assert_eq!(database.pages("s", 0, Extent { bytes: longest, ..extent }).len(), 2);
}

#[test]
fn no_page_begins_once_there_are_the_bytes_that_are_wanted() {
    let (database, extent) = seven_events();
    let first = database.read("s", 0, 2, 900_000).unwrap().batch.len() + 1;
    assert_eq!(database.pages("s", 0, Extent { all_bytes: 1, ..extent }).len(), 1);
    assert_eq!(database.pages("s", 0, Extent { all_bytes: first, ..extent }).len(), 1);
    assert_eq!(database.pages("s", 0, Extent { all_bytes: first + 1, ..extent }).len(), 2);
}

/// A database that another server filled.
#[test]
fn pages_pass_over_numbers_that_no_event_has() {
    let (database, extent) = seven_events();
    database.0.execute("DELETE FROM events WHERE seq_num BETWEEN 2 AND 5", []).unwrap();
    let lasts = |pages: Vec<Page>| pages.iter().map(|page| page.last).collect::<Vec<_>>();
    assert_eq!(lasts(database.pages("s", 0, extent)), [1, 6]);
    assert_eq!(database.pages("s", 1, Extent { pages: 2, ..extent }), []);
    assert_eq!(lasts(database.read_all("s", 1, Extent { pages: 2, ..extent })), [7]);
}

/// Sends a push on top of `head` and says whether it is taken.
fn is_taken(database: &Database, events: &[String]) -> bool {
    let answer = database.exchange(&mut connected(), push(events)).concat();
    assert!(answer.contains("Success") != answer.contains("ServerAheadError"), "{answer}");
    answer.contains("Success")
}

#[test]
fn a_push_that_is_sent_again_is_taken_and_stored_once() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let args =
        ["1.0", "1e3", "null", r#""\ud800 \u0000 é ☕ \/""#, r#"{ "b" : [ ], "a":{"a":1,"a":2} }"#, &deep];
    let mut events: Vec<_> = args.iter().zip(1..).map(|(args, seq_num)| event(seq_num, args)).collect();
    events.push(event(7, "1").replace(r#""args":1,"#, ""));
    let database = Database::new();
    assert!(is_taken(&database, &events));
    assert!(is_taken(&database, &events));
    assert!(is_taken(&database, &events[2..=4]), "a part of it is stored as well");
    assert_eq!(database.open("s", "").head, 7);
}

#[test]
fn a_push_that_differs_in_anything_from_what_is_stored_is_not_taken() {
    let database = Database::new();
    let stored = [event(1, "1.0"), event(2, "null"), event(3, "3")];
    assert!(is_taken(&database, &stored));
    for (what, with) in
        [("tödo", "todo"), ("1.0", "1"), (r#""args":1.0,"#, ""), (r#"c\\"#, "c"), (r#"s\u0001"#, "s")]
    {
        let mut events = stored.clone();
        events[0] = events[0].replace(what, with);
        assert!(events[0] != stored[0]);
        assert!(!is_taken(&database, &events), "{what} is {with}");
    }
    let mut events = stored.clone();
    events[1] = events[1].replace(r#""args":null,"#, "");
    assert!(!is_taken(&database, &events), "no arguments are not null");
    assert!(!is_taken(&database, &[stored.as_slice(), &[event(4, "4")]].concat()), "one event is new");
}

#[test]
fn what_was_pushed_again_is_looked_up_by_its_key() {
    let database = Database::new();
    let mut plan = database.0.prepare(&format!("EXPLAIN QUERY PLAN {COUNT_STORED}")).unwrap();
    let parameters = std::iter::once("s").chain(std::iter::repeat_n("[]", PARTS));
    let steps = plan.query_map(params_from_iter(parameters), |row| row.get::<_, String>("detail")).unwrap();
    let steps: Vec<_> = steps.map(Result::unwrap).collect();
    assert!(steps.iter().any(|step| step.contains("(store_id=? AND seq_num=?)")), "{steps:#?}");
}

/// Tables of the relay by their columns: name, type, whether never NULL, place in the key.
fn columns(connection: &Connection) -> Vec<(String, String, String, bool, i64)> {
    let sql = "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk FROM pragma_table_list t
               JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.strict = 1 AND t.name NOT IN ('schema', 'mirror')
               ORDER BY t.name, c.cid";
    let mut columns = connection.prepare(sql).unwrap();
    let rows =
        columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)));
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// Brings an object's tables to the newest version, as the worker's shell does, and returns the version before.
fn migrate(connection: &Connection) -> u64 {
    connection.execute(CREATE_VERSION, []).unwrap();
    let version = unsigned(connection.query_row(READ_VERSION, [], |row| row.get(0)).unwrap());
    for step in schema::steps(version).unwrap() {
        connection.execute_batch(step).unwrap();
    }
    connection.execute(WRITE_VERSION, [signed(schema::NEWEST as u64)]).unwrap();
    version
}

#[test]
fn the_tables_of_an_object_are_those_of_d1() {
    let object = Connection::open_in_memory().unwrap();
    assert_eq!(migrate(&object), 0);
    let in_d1 = columns(&Database::new().0);
    assert!(columns(&object).iter().all(|column| in_d1.contains(column)), "{:?}", columns(&object));
    let object = Database(object);
    assert_eq!(object.open("s", "backend"), Opened { backend_id: "backend".to_owned(), head: 0 });
}

#[test]
fn an_objects_tables_are_made_once() {
    let object = Connection::open_in_memory().unwrap();
    migrate(&object);
    assert_eq!(migrate(&object), schema::NEWEST as u64);
    assert!(!columns(&object).is_empty());
}
