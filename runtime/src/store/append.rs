//! The statement that stores a push, and the parameters of it and of `glue::relay::COUNT_STORED`: the events.

use glue::relay::{APPEND, APPEND_PARTS, PARTS};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::protocol::decode::Event;

/// Most bytes of one parameter. D1 takes 2,000,000; the largest event that a chunk can carry takes up to
/// 1,800,000, since its arguments are JSON within JSON.
const MAX_PART_BYTES: usize = 1_900_000;

/// One push for the store, to be appended by one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The head that the events continue.
    pub expected_head: u64,
    /// When the push came, ISO 8601.
    pub created_at: String,
    parts: Vec<String>,
}

impl Append {
    /// The statement for it. Nearly every push fits one parameter, and one alone takes SQLite half the time.
    pub fn statement(&self) -> &'static str {
        if self.parts.len() == 1 { APPEND } else { APPEND_PARTS }
    }

    /// The statement's parameters with the events, as many as it has: JSON arrays of
    /// `[seq_num, parent_seq_num, name, args text or null, client_id, session_id]`, and behind those the event's own
    /// time if it has one.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        filled_up(&self.parts, if self.parts.len() == 1 { 1 } else { PARTS })
    }
}

/// One push that the store may hold already, to be compared with what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    /// How many events it has.
    pub events: u64,
    parts: Vec<String>,
}

impl Compare {
    /// The statement's parameters with the events, each as in [`Append::parts`].
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        filled_up(&self.parts, PARTS)
    }
}

/// As many parameters as a statement has.
fn filled_up(parts: &[String], count: usize) -> impl Iterator<Item = &str> {
    parts.iter().map(String::as_str).chain(std::iter::repeat("[]")).take(count)
}

/// Fills parameters event by event.
pub(crate) struct PartsBuilder {
    full: Vec<String>,
    open: String,
    events: u64,
    limit: usize,
}

impl PartsBuilder {
    pub(crate) fn new() -> Self {
        Self::with_limit(MAX_PART_BYTES)
    }

    fn with_limit(limit: usize) -> Self {
        Self { full: Vec::new(), open: String::new(), events: 0, limit }
    }

    pub(crate) fn push(&mut self, event: &Event<'_>) {
        self.push_row(&columns(event));
    }

    /// An event that was stored elsewhere before, at a time of its own.
    pub(crate) fn push_stored(&mut self, event: &Event<'_>, created_at: &str) {
        let (seq_num, parent_seq_num, name, args, client_id, session_id) = columns(event);
        self.push_row(&(seq_num, parent_seq_num, name, args, client_id, session_id, created_at));
    }

    fn push_row(&mut self, row: &impl Serialize) {
        let row = serde_json::to_string(row).expect("numbers and text are JSON");
        if !self.open.is_empty() && self.open.len() + row.len() + 2 > self.limit {
            self.close();
        }
        self.open.push(if self.open.is_empty() { '[' } else { ',' });
        self.open.push_str(&row);
        self.events += 1;
    }

    /// To store the events. None if they need more parameters than the statement has.
    pub(crate) fn append(self, expected_head: u64, created_at: &str) -> Option<Append> {
        let created_at = created_at.to_owned();
        self.parts().map(|parts| Append { expected_head, created_at, parts })
    }

    /// To look whether they are stored. None as in [`Self::append`].
    pub(crate) fn compare(self) -> Option<Compare> {
        let events = self.events;
        self.parts().map(|parts| Compare { events, parts })
    }

    fn parts(mut self) -> Option<Vec<String>> {
        self.close();
        (self.full.len() <= PARTS).then_some(self.full)
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.open.push(']');
            self.full.push(std::mem::take(&mut self.open));
        }
    }
}

/// The first columns of a row, in the statement's order.
fn columns<'a>(event: &'a Event<'_>) -> (u64, u64, &'a str, Option<&'a str>, &'a str, &'a str) {
    let args = event.args.map(RawValue::get);
    (event.seq_num, event.parent_seq_num, &event.name, args, &event.client_id, &event.session_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq_num: u64, args: Option<&RawValue>) -> Event<'_> {
        Event {
            name: "n".into(),
            args,
            seq_num,
            parent_seq_num: seq_num - 1,
            client_id: "c".into(),
            session_id: "s".into(),
        }
    }

    #[test]
    fn arguments_are_text_within_the_parameter() {
        let args: &RawValue = serde_json::from_str(r#"{"a": 1.0, "b":"\u0000\ud800"}"#).unwrap();
        let mut parts = PartsBuilder::new();
        parts.push(&event(1, Some(args)));
        parts.push(&event(2, None));
        let append = parts.append(0, "now").unwrap();
        let events = r#"[[1,0,"n","{\"a\": 1.0, \"b\":\"\\u0000\\ud800\"}","c","s"],[2,1,"n",null,"c","s"]]"#;
        assert_eq!(append.parts().next(), Some(events));
    }

    #[test]
    fn a_statement_has_all_its_parameters_whatever_the_push() {
        let mut parts = PartsBuilder::new();
        parts.push(&event(1, None));
        let append = parts.append(0, "now").unwrap();
        assert_eq!((append.statement(), append.parts().count()), (APPEND, 1));
        let mut parts = PartsBuilder::with_limit(1);
        (1..=2).for_each(|seq_num| parts.push(&event(seq_num, None)));
        let append = parts.append(0, "now").unwrap();
        assert_eq!((append.statement(), append.parts().count()), (APPEND_PARTS, PARTS));
        assert!(append.parts().skip(2).all(|part| part == "[]"));
    }

    #[test]
    fn a_parameter_that_would_grow_too_long_is_followed_by_another() {
        let mut parts = PartsBuilder::with_limit(50);
        (8..=12).for_each(|seq_num| parts.push(&event(seq_num, None)));
        let append = parts.append(7, "now").unwrap();
        assert!(append.parts().all(|part| part.len() <= 50));
        let rows: Vec<Vec<serde_json::Value>> =
            append.parts().map(|part| serde_json::from_str(part).unwrap()).collect();
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>()[..4], [2, 2, 1, 0]);
        assert_eq!(
            rows.concat().iter().map(|row| row[0].as_u64()).collect::<Vec<_>>(),
            (8..=12).map(Some).collect::<Vec<_>>()
        );
    }

    #[test]
    fn events_beyond_the_last_parameter_are_never_left_out() {
        let mut parts = PartsBuilder::with_limit(1);
        (1..=PARTS as u64 + 1).for_each(|seq_num| parts.push(&event(seq_num, None)));
        assert_eq!(parts.append(0, "now"), None);
    }
}
