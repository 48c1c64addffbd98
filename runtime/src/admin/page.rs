//! A page of a store's events, out and in: items as they go to clients.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::protocol::MAX_CHUNK_BYTES;
use crate::protocol::decode::Event;
use crate::protocol::encode;
use crate::relay::check_storable;
use crate::store::{Append, Opened, Page, PartsBuilder};

/// The answer to an export: `{"backendId":…,"head":…,"last":…,"batch":[…]}`. `last` is where to go on; the page that
/// reaches the head is the last.
pub fn page(store: &Opened, after: u64, page: Option<&Page>) -> String {
    let (batch, last) = page.map_or(("", after), |page| (page.batch.as_str(), page.last));
    let Opened { backend_id, head } = store;
    // A backend id that was imported may hold anything.
    let backend_id = serde_json::Value::from(backend_id.as_str());
    format!(r#"{{"backendId":{backend_id},"head":{head},"last":{last},"batch":[{batch}]}}"#)
}

/// The body of an import: events onto the head `after`. Sequence numbers ascend and may have gaps, as LiveStore's own
/// server allowed; each event names the one before it as its parent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Import<'a> {
    /// The backend id that the store gets, if it is new or empty, or has.
    pub backend_id: String,
    /// The head that the events continue.
    pub after: u64,
    #[serde(borrow)]
    batch: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item<'a> {
    #[serde(borrow)]
    event_encoded: Event<'a>,
    created_at: String,
}

impl<'a> Import<'a> {
    /// Reads a body.
    pub fn parse(body: &'a str) -> Result<Self, Error> {
        let import: Self = serde_json::from_str(body).map_err(|error| Error::Malformed(error.to_string()))?;
        if import.backend_id.is_empty() || import.backend_id.len() > 128 {
            return Err(Error::Malformed("a backend id has 1 to 128 characters".to_owned()));
        }
        Ok(import)
    }

    /// The events for the store and the last one's sequence number; None if there are none.
    pub fn append(&self) -> Result<Option<(Append, u64)>, Error> {
        let mut parts = PartsBuilder::new();
        let mut previous = self.after;
        for raw in &self.batch {
            let item: Item<'_> =
                serde_json::from_str(raw.get()).map_err(|error| Error::Malformed(error.to_string()))?;
            let event = &item.event_encoded;
            check_storable(event, previous).map_err(Error::Malformed)?;
            let bytes = encode::item(event, &item.created_at).len();
            if bytes > MAX_CHUNK_BYTES {
                let why = format!(
                    "event {} takes {bytes} bytes on the wire, and no client could pull it",
                    event.seq_num
                );
                return Err(Error::Malformed(why));
            }
            parts.push_stored(event, &item.created_at);
            previous = event.seq_num;
        }
        if self.batch.is_empty() {
            return Ok(None);
        }
        let append = parts.append(self.after, "");
        append
            .map(|append| Some((append, previous)))
            .ok_or_else(|| Error::Malformed("the page is too long: send fewer events".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(after: u64, events: &[(u64, u64)]) -> Result<Option<(Append, u64)>, Error> {
        let item = |(seq_num, parent): &(u64, u64)| {
            format!(
                r#"{{"eventEncoded":{{"name":"n","args":{{"a": 1.0}},"seqNum":{seq_num},"parentSeqNum":{parent},"clientId":"c","sessionId":"s"}},"createdAt":"2025"}}"#
            )
        };
        let batch: Vec<String> = events.iter().map(item).collect();
        let body = format!(r#"{{"backendId":"b","after":{after},"batch":[{}]}}"#, batch.join(","));
        Import::parse(&body)?.append()
    }

    #[test]
    fn events_keep_their_numbers_their_arguments_and_their_time() {
        let (append, last) = import(3, &[(4, 3), (9, 4)]).unwrap().unwrap();
        assert_eq!((append.expected_head, last), (3, 9));
        let rows = r#"[[4,3,"n","{\"a\": 1.0}","c","s","2025"],[9,4,"n","{\"a\": 1.0}","c","s","2025"]]"#;
        assert_eq!(append.parts().next(), Some(rows));
        assert_eq!(import(3, &[]), Ok(None));
    }

    #[test]
    fn events_that_are_no_chain_are_refused() {
        for events in [&[(5, 4)][..], &[(4, 3), (5, 3)], &[(4, 3), (4, 4)], &[(3, 3)]] {
            assert!(matches!(import(3, events), Err(Error::Malformed(_))), "{events:?}");
        }
    }

    #[test]
    fn a_body_of_another_form_is_refused() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"backendId":"","after":0,"batch":[]}"#,
            r#"{"backendId":"b","after":0,"batch":[1]}"#,
        ] {
            let refused = Import::parse(body).and_then(|import| import.append().map(drop));
            assert!(matches!(refused, Err(Error::Malformed(_))), "{body}");
        }
    }

    #[test]
    fn an_empty_page_stays_where_it_is() {
        let store = Opened { backend_id: "a\"b".to_owned(), head: 7 };
        assert_eq!(page(&store, 7, None), r#"{"backendId":"a\"b","head":7,"last":7,"batch":[]}"#);
        let some = Page { batch: "{}".to_owned(), last: 5 };
        assert_eq!(page(&store, 2, Some(&some)), r#"{"backendId":"a\"b","head":7,"last":5,"batch":[{}]}"#);
    }
}
