//! The mirror's SQL and its rules on two real SQLites, with failures and kills at every point.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use glue::relay::{APPEND, CREATE_STORE, OPEN_STORE, mirror};
use proptest::prelude::*;
use runtime::store::mirror::{Effect, Events, Input, Progress, Run, Status, Trouble};
use runtime::store::{Appended, Opened, schema::steps};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

const STORE: &str = "s";

/// What a question to D1 comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    AnswerLost,
    NotDone,
    /// Done, and the object is killed before it gets the answer.
    Killed,
}

impl Fate {
    fn of<T>(self, work: impl FnOnce() -> T) -> Result<T, String> {
        match self {
            Self::Done | Self::Killed => Ok(work()),
            Self::AnswerLost => {
                work();
                Err("the answer was lost".to_owned())
            }
            Self::NotDone => Err("D1 was away".to_owned()),
        }
    }
}

/// An object's database and D1, in which a spec without a mirror has tables of the same names.
struct World {
    object: Connection,
    d1: Connection,
    /// What the next questions to D1 come to, the last first; done when there are no more.
    fates: Vec<Fate>,
    now: u64,
}

impl World {
    fn new() -> Self {
        let (object, d1) = (tables(), tables());
        object.execute(CREATE_STORE, params![STORE, "own", "then"]).unwrap();
        Self { object, d1, fates: Vec::new(), now: 1_000_000 }
    }

    fn push(&self, events: u64) {
        let head = opened(&self.object).unwrap().head;
        let row = |seq_num: u64| {
            let args = format!(r#"{{"a": "\"☕\ud800",  "n": {seq_num}.0}}"#);
            let args = (!seq_num.is_multiple_of(3)).then_some(args);
            (seq_num, seq_num - 1, "nämé\n", args, "c\\", "s\u{1}")
        };
        let events: Vec<_> = (head + 1..=head + events).map(row).collect();
        append(&self.object, APPEND, head, &format!("at-{head}"), &serde_json::to_string(&events).unwrap());
    }

    fn progress(&self) -> Progress {
        let json: Option<String> =
            self.object.query_row(mirror::READ_PROGRESS, [], |row| row.get(0)).optional().unwrap();
        json.map(|json| serde_json::from_str(&json).unwrap()).unwrap_or_default()
    }

    fn keep(&self, progress: &Progress) {
        self.object.execute(mirror::WRITE_PROGRESS, [serde_json::to_string(progress).unwrap()]).unwrap();
    }

    fn read(&self, after: u64, max_events: u64, max_bytes: u64) -> Option<Events> {
        let parameters = params![STORE, signed(after), signed(max_events), signed(max_bytes)];
        let row = |row: &Row<'_>| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<i64>>(1)?));
        let (array, last) = self.object.query_row(mirror::READ_EVENTS, parameters, row).unwrap();
        array.zip(last).map(|(array, last)| Events { array, last: last.try_into().unwrap() })
    }

    /// One run as the worker's shell does it; when the next is to start, or None if it was killed.
    fn run(&mut self) -> Option<Option<u64>> {
        let record = opened(&self.object).unwrap();
        let backend_id = record.backend_id.clone();
        let (mut run, mut effect) = Run::start(record, self.progress());
        loop {
            let fate = match effect {
                Effect::Open | Effect::Append { .. } | Effect::Delete => {
                    self.fates.pop().unwrap_or(Fate::Done)
                }
                Effect::Read { .. } | Effect::Rest { .. } => Fate::Done,
            };
            let input = match effect {
                Effect::Open => Input::Opened(fate.of(|| {
                    self.d1.execute(mirror::CREATE_STORE, params![STORE, backend_id, "later"]).unwrap();
                    opened(&self.d1).unwrap()
                })),
                Effect::Read { after } => Input::Read(Ok(self.read(after, 1_000, 200))),
                Effect::Append { expected_head, events } => Input::Appended(
                    fate.of(|| append(&self.d1, mirror::APPEND, expected_head, "", &events.array)),
                ),
                Effect::Delete => Input::Deleted(fate.of(|| {
                    let events = self.d1.execute(mirror::DELETE_LAST, params![STORE, 2]).unwrap();
                    events + self.d1.execute(mirror::DELETE_EMPTY, [STORE]).unwrap() > 0
                })),
                Effect::Rest { progress, next } => {
                    self.keep(&progress);
                    return Some(next);
                }
            };
            if fate == Fate::Killed {
                return None;
            }
            effect = run.handle(self.now, input);
        }
    }

    /// Runs as alarms would, until no more is due.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            match self.run() {
                Some(None) => return,
                Some(Some(next)) => self.now = self.now.max(next),
                None => {}
            }
        }
        panic!("the copy does not come to rest: {:?}", self.progress());
    }

    fn assert_is_copied(&self) {
        assert_eq!(rows(&self.d1), rows(&self.object));
        assert_eq!(opened(&self.d1), opened(&self.object));
    }
}

fn tables() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    steps(0).unwrap().iter().for_each(|step| connection.execute_batch(step).unwrap());
    connection
}

fn append(connection: &Connection, sql: &str, expected_head: u64, time: &str, events: &str) -> Appended {
    let text = |text: &str| Value::Text(text.to_owned());
    let head = [text(STORE), Value::Integer(signed(expected_head)), text(time)];
    let parameters = head.into_iter().chain([text(events)]);
    match connection.execute(sql, params_from_iter(parameters)).unwrap() {
        0 => Appended::Overtaken,
        _ => Appended::Stored,
    }
}

fn opened(connection: &Connection) -> Option<Opened> {
    let row = |row: &Row<'_>| {
        let head = u64::try_from(row.get::<_, i64>(1)?).unwrap();
        Ok(Opened { backend_id: row.get(0)?, head })
    };
    connection.query_row(OPEN_STORE, [STORE], row).optional().unwrap()
}

fn rows(connection: &Connection) -> Vec<Vec<Value>> {
    let mut rows = connection.prepare("SELECT * FROM events ORDER BY seq_num").unwrap();
    let rows = rows.query_map([], |row| (0..8).map(|column| row.get(column)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}

fn signed(number: u64) -> i64 {
    number.try_into().unwrap()
}

#[test]
fn the_copy_has_every_event_as_it_was_stored() {
    let mut world = World::new();
    (0..4).for_each(|_| world.push(5));
    world.settle();
    world.assert_is_copied();
    let status = Status::new(20, world.progress());
    assert_eq!((status.lag, status.progress), (0, Progress { mirrored: 20, ..Progress::default() }));
}

#[test]
fn what_is_read_for_the_copy_ends_at_its_limits_and_is_never_empty() {
    let world = World::new();
    world.push(9);
    let events = |max_events, max_bytes| world.read(2, max_events, max_bytes).unwrap();
    let three = events(3, 10_000);
    let bytes = three.array.len() as u64;
    assert_eq!(three.last, 5);
    assert_eq!(events(9, bytes).last, 5);
    assert_eq!(events(9, bytes - 1).last, 4);
    assert_eq!(events(9, 1).last, 3);
    assert_eq!(world.read(9, 9, 10_000), None);
}

#[test]
fn a_failure_is_tried_again_later_and_later() {
    let mut world = World::new();
    world.push(1);
    world.fates = vec![Fate::NotDone; 12];
    let mut waits = Vec::new();
    for _ in 0..12 {
        let next = world.run().unwrap().unwrap();
        waits.push((next - world.now) / 1_000);
        assert_eq!(world.progress().after_push(world.now), Some(next), "a push does not hasten it");
        world.now = next;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert_eq!(world.progress().trouble, Some(Trouble::Failed { reason: "D1 was away".to_owned() }));
    world.settle();
    assert_eq!(world.progress(), Progress { mirrored: 1, ..Progress::default() });
}

#[test]
fn a_copy_of_another_record_and_one_that_is_ahead_are_left_as_they_are_until_the_copy_is_to_be_made_anew() {
    for backend_id in ["other", "own"] {
        let mut world = World::new();
        world.d1.execute(CREATE_STORE, params![STORE, backend_id, ""]).unwrap();
        append(
            &world.d1,
            APPEND,
            0,
            "",
            r#"[[1,0,"n",null,"c","s"],[2,1,"n",null,"c","s"],[3,2,"n",null,"c","s"]]"#,
        );
        let before = rows(&world.d1);
        world.settle();
        let progress = world.progress();
        assert_eq!(rows(&world.d1), before);
        assert!(progress.trouble.is_some());
        assert_eq!(progress.after_push(world.now), None, "a push does not ask again");
        assert_eq!(progress.after_waking(world.now, 0), Some(world.now));

        world.push(5);
        world.keep(&Progress::rebuild());
        world.settle();
        world.assert_is_copied();
    }
}

#[test]
fn a_long_run_rests_in_between() {
    let mut world = World::new();
    world.push(2_000);
    assert_eq!(world.run(), Some(Some(world.now)));
    let mirrored = world.progress().mirrored;
    assert!(mirrored > 0 && mirrored < 2_000, "{mirrored}");
    world.settle();
    world.assert_is_copied();
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Done),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::NotDone),
        1 => Just(Fate::Killed),
    ]
}

/// Events pushed, whether the copy is then to be made anew, and what D1 does.
fn round() -> impl Strategy<Value = (u64, bool, Vec<Fate>)> {
    (1..6_u64, proptest::bool::weighted(0.2), proptest::collection::vec(fate(), 0..6))
}

proptest! {
    #[test]
    fn whatever_fails_and_whenever_it_is_killed_every_event_is_copied_once(
        rounds in proptest::collection::vec(round(), 1..12),
    ) {
        let mut world = World::new();
        for (events, rebuild, fates) in rounds {
            world.push(events);
            if rebuild {
                world.keep(&Progress::rebuild());
            }
            world.fates = fates;
            if let Some(Some(next)) = world.run() {
                world.now = world.now.max(next);
            }
            prop_assert!(rows(&world.object).starts_with(&rows(&world.d1)), "the copy is no beginning of the record");
        }
        world.fates.clear();
        world.settle();
        world.assert_is_copied();
    }
}
