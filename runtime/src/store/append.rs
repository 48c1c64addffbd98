//! The parameters of `glue::relay::APPEND`.

use serde_json::value::RawValue;

use crate::protocol::decode::Event;

/// Most bytes of a statement's events. D1 takes 2,000,000 in one parameter; the largest event that a
/// chunk can carry takes up to 1,800,000, since its arguments are JSON within JSON.
const MAX_STATEMENT_BYTES: usize = 1_900_000;

/// One push for the store: statements for one atomic batch, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// At least one.
    pub statements: Vec<Statement>,
    /// When the push came, ISO 8601.
    pub created_at: String,
}

/// The parameters of one statement that differ from its neighbours'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// JSON array of `[seq_num, parent_seq_num, name, args text or null, client_id, session_id]`.
    pub events: String,
    /// The head that the events continue.
    pub expected_head: u64,
}

/// Fills statements event by event.
pub(crate) struct AppendBuilder {
    done: Vec<Statement>,
    open: Statement,
    limit: usize,
}

impl AppendBuilder {
    pub(crate) fn new() -> Self {
        Self::with_limit(MAX_STATEMENT_BYTES)
    }

    fn with_limit(limit: usize) -> Self {
        let open = Statement { events: String::new(), expected_head: 0 };
        Self { done: Vec::new(), open, limit }
    }

    pub(crate) fn push(&mut self, event: &Event<'_>) {
        let args = event.args.map(RawValue::get);
        let row = serde_json::to_string(&(
            event.seq_num,
            event.parent_seq_num,
            &event.name,
            args,
            &event.client_id,
            &event.session_id,
        ))
        .expect("numbers and text are JSON");
        if !self.open.events.is_empty() && self.open.events.len() + row.len() + 2 > self.limit {
            self.close();
        }
        if self.open.events.is_empty() {
            self.open.expected_head = event.parent_seq_num;
        }
        self.open.events.push(if self.open.events.is_empty() { '[' } else { ',' });
        self.open.events.push_str(&row);
    }

    pub(crate) fn finish(mut self, created_at: &str) -> Append {
        self.close();
        Append { statements: self.done, created_at: created_at.to_owned() }
    }

    fn close(&mut self) {
        self.open.events.push(']');
        let fresh = Statement { events: String::new(), expected_head: 0 };
        self.done.push(std::mem::replace(&mut self.open, fresh));
    }
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
        let mut append = AppendBuilder::new();
        append.push(&event(1, Some(args)));
        append.push(&event(2, None));
        assert_eq!(
            append.finish("now").statements,
            [Statement {
                events:
                    r#"[[1,0,"n","{\"a\": 1.0, \"b\":\"\\u0000\\ud800\"}","c","s"],[2,1,"n",null,"c","s"]]"#
                        .to_owned(),
                expected_head: 0,
            }]
        );
    }

    #[test]
    fn a_statement_that_would_grow_too_long_is_followed_by_another() {
        let mut append = AppendBuilder::with_limit(50);
        (8..=12).for_each(|seq_num| append.push(&event(seq_num, None)));
        let statements = append.finish("now").statements;
        assert!(statements.iter().all(|statement| statement.events.len() <= 50));
        assert_eq!(
            statements.iter().map(|statement| statement.expected_head).collect::<Vec<_>>(),
            [7, 9, 11]
        );
    }
}
