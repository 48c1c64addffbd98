//! A store's events as text: NDJSON, the store in the first line and an event in each further one.
//!
//! Owns the form and what makes a log whole. Must not know where a log comes from or goes. Arguments are carried as
//! text, never parsed, so that `1.0` stays `1.0`.

use std::{
    fmt,
    io::{self, BufRead, Write},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// The store's id.
    pub store_id: String,
    /// Its name for itself. A client whose copy has another one wipes it and starts anew.
    pub backend_id: String,
    /// The last sequence number; 0 for an empty store.
    pub head: u64,
}

/// A further line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// Its place in the store, ascending from 1.
    pub seq_num: u64,
    /// The place of the event before it; 0 before the first.
    pub parent_seq_num: u64,
    /// Its name.
    pub name: String,
    /// Its arguments; left out if the event has none, which is not the same as `null`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub args: Option<Box<RawValue>>,
    /// The client that made it.
    pub client_id: String,
    /// The session that made it.
    pub session_id: String,
    /// When it was stored: ISO 8601, UTC.
    pub created_at: String,
}

impl Event {
    /// Whether this is the same event, arguments to the letter but for where lines end.
    pub(super) fn is(&self, other: &Self) -> bool {
        let args = |it: &Self| it.args.as_ref().map(|args| args.get().replace(['\n', '\r'], " "));
        let rest = |it: &Self| {
            (
                it.seq_num,
                it.parent_seq_num,
                [&it.name, &it.client_id, &it.session_id, &it.created_at].map(Clone::clone),
            )
        };
        args(self) == args(other) && rest(self) == rest(other)
    }
}

pub(super) fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// Why a log is not whole, with the line if it is one's.
#[derive(Debug, PartialEq, Eq)]
pub struct LogError {
    line: Option<usize>,
    reason: String,
}

impl LogError {
    fn at(line: usize, reason: impl Into<String>) -> Self {
        Self { line: Some(line), reason: reason.into() }
    }

    /// An error of the log as a whole.
    pub fn whole(reason: impl Into<String>) -> Self {
        Self { line: None, reason: reason.into() }
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for LogError {}

/// What the events of a log amount to, one after the other.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The last sequence number.
    pub head: u64,
    /// How many events.
    pub events: u64,
    /// How often sequence numbers were left out, which LiveStore's own server allowed.
    pub gaps: u64,
}

impl Chain {
    /// Adds an event; the error says why it cannot come next.
    pub fn add(&mut self, event: &Event) -> Result<(), String> {
        let Event { seq_num, parent_seq_num, .. } = event;
        if *seq_num <= self.head {
            return Err(format!("event {seq_num} does not come after {}", self.head));
        }
        if *parent_seq_num != self.head {
            return Err(format!(
                "event {seq_num} names {parent_seq_num} as its parent, but follows {}",
                self.head
            ));
        }
        self.gaps += u64::from(*seq_num != self.head + 1);
        self.events += 1;
        self.head = *seq_num;
        Ok(())
    }
}

/// Writes a log.
pub fn write(
    into: &mut (impl Write + ?Sized),
    header: &Header,
    events: impl IntoIterator<Item = Event>,
) -> io::Result<()> {
    line(into, header)?;
    events.into_iter().try_for_each(|event| line(into, &event))
}

pub(super) fn line(into: &mut (impl Write + ?Sized), value: &impl Serialize) -> io::Result<()> {
    // Arguments are as their client wrote them, perhaps on several lines; within a text JSON has no line's end.
    let line = serde_json::to_string(value)?.replace(['\n', '\r'], " ");
    into.write_all(line.as_bytes())?;
    into.write_all(b"\n")
}

/// Reads the first line.
pub fn header(line: &str) -> Result<Header, LogError> {
    serde_json::from_str(line).map_err(|error| LogError::at(1, format!("this is no log of a store: {error}")))
}

/// Reads a further line.
pub fn event(line: &str) -> Result<Event, LogError> {
    serde_json::from_str(line).map_err(|error| LogError::whole(format!("{line:.60}…: {error}")))
}

/// Reads a log to its end and checks that it is whole: each event on top of the one before, and all that the header
/// promises.
pub fn check(log: impl BufRead) -> Result<(Header, Chain), LogError> {
    let mut lines = log.lines().zip(1..);
    let (first, _) = lines.next().ok_or_else(|| LogError::whole("the log is empty"))?;
    let first = first.map_err(|error| LogError::at(1, error.to_string()))?;
    let header = header(&first)?;
    let mut chain = Chain::default();
    for (text, number) in lines {
        let text = text.map_err(|error| LogError::at(number, error.to_string()))?;
        let event: Event =
            serde_json::from_str(&text).map_err(|error| LogError::at(number, error.to_string()))?;
        chain.add(&event).map_err(|reason| LogError::at(number, reason))?;
    }
    if chain.head != header.head {
        let reason =
            format!("the log ends at event {}, and its first line promises {}", chain.head, header.head);
        return Err(LogError::whole(reason));
    }
    Ok((header, chain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq_num: u64, args: Option<&str>) -> Event {
        Event {
            seq_num,
            parent_seq_num: seq_num - 1,
            name: "n".to_owned(),
            args: args.map(|text| RawValue::from_string(text.to_owned()).unwrap()),
            client_id: "c".to_owned(),
            session_id: "s".to_owned(),
            created_at: "2026-04-01T00:00:00.000Z".to_owned(),
        }
    }

    fn header(head: u64) -> Header {
        Header { store_id: "s".to_owned(), backend_id: "b".to_owned(), head }
    }

    fn text(head: u64, events: Vec<Event>) -> String {
        let mut text = Vec::new();
        write(&mut text, &header(head), events).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn arguments_stay_as_they_are_written() {
        let text = text(3, vec![event(1, Some(r#"{"n": 1.0}"#)), event(2, Some("null")), event(3, None)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#"{"storeId":"s","backendId":"b","head":3}"#);
        assert!(lines[1].contains(r#""args":{"n": 1.0},"#), "{}", lines[1]);
        assert!(lines[2].contains(r#""args":null,"#), "{}", lines[2]);
        assert!(!lines[3].contains("args"), "{}", lines[3]);
        let read: Event = serde_json::from_str(lines[2]).unwrap();
        assert_eq!(read.args.unwrap().get(), "null");
    }

    #[test]
    fn arguments_that_were_written_on_several_lines_take_one() {
        let event = || event(1, Some("{\r\n  \"a\": \"b\\nc\"\n}"));
        let text = text(1, vec![event()]);
        assert_eq!(text.lines().count(), 2, "{text}");
        let read = super::event(text.lines().nth(1).unwrap()).unwrap();
        assert_eq!(read.args.as_ref().unwrap().get(), "{    \"a\": \"b\\nc\" }");
        assert!(read.is(&event()));
    }

    #[test]
    fn a_log_that_was_cut_short_is_not_whole() {
        let whole = text(2, vec![event(1, None), event(2, None)]);
        assert_eq!(check(whole.as_bytes()).unwrap().1, Chain { head: 2, events: 2, gaps: 0 });
        let lines: Vec<&str> = whole.lines().collect();
        let error = check(lines[..2].join("\n").as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "the log ends at event 1, and its first line promises 2");
        assert!(check(&whole.as_bytes()[..whole.len() - 5]).is_err());
    }

    #[test]
    fn an_event_out_of_its_place_is_named_with_its_line() {
        let error = check(text(2, vec![event(2, None)]).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "line 2: event 2 names 1 as its parent, but follows 0");
        let error = check(text(1, vec![event(1, None), event(1, None)]).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "line 3: event 1 does not come after 1");
    }

    #[test]
    fn what_is_no_log_is_refused_at_its_first_line() {
        for text in ["", "\n", "{}", "not json", "{\"storeId\":1}"] {
            assert!(check(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
