//! What a call of the models leaves behind: one row, of what it took and how it ended.
//!
//! Owns the row's form and the words for ends. It must not know what was said, nor how a row is stored.

use serde::Serialize;

use super::error::{ApiError, Failure};
use super::usage::Usage;
use crate::time;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The client has the whole answer.
    Answered,
    /// The request breaks a rule of the spec; nothing was asked.
    InvalidRequest,
    /// The day has no tokens left for it; nothing was asked.
    OverBudget,
    /// The worker could not ask: it lacks something.
    WorkerFailed,
    /// The upstream service said no.
    Refused,
    /// It could not be reached.
    Unreachable,
    /// It was silent for too long, or the whole answer took too long.
    TimedOut,
    /// Its answer broke off.
    CutOff,
    /// Its answer was none, or was too long to pass on.
    Broken,
    /// The model called a tool wrongly, and told so did it again.
    InvalidToolCall,
    /// The client went away before the end.
    ClientGone,
}

impl From<&Failure> for Outcome {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Refused { .. } => Self::Refused,
            Failure::Unreachable => Self::Unreachable,
            Failure::Silent | Failure::TooSlow => Self::TimedOut,
            Failure::Truncated => Self::CutOff,
            Failure::Garbage | Failure::Provider | Failure::TooLong => Self::Broken,
            Failure::Call(_) => Self::InvalidToolCall,
        }
    }
}

/// What the worker itself refuses, before it asks.
impl From<&ApiError> for Outcome {
    fn from(error: &ApiError) -> Self {
        match error.status {
            429 => Self::OverBudget,
            ..500 => Self::InvalidRequest,
            500.. => Self::WorkerFailed,
        }
    }
}

/// What a call has taken so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// The model that was asked last; None if none was.
    pub model: Option<String>,
    /// The tokens of all answers, those that the client did not get included.
    pub usage: Usage,
    /// Whether upstream did not say the tokens of some answer, so that they are about so many.
    pub estimated: bool,
    /// The calls of tools that the client got.
    pub tool_calls: usize,
    /// When the client of a stream had the first of the model's text or calls, in milliseconds after it asked.
    pub first_token: Option<u64>,
}

impl Taken {
    /// Adds an answer: its tokens, as upstream has counted them or else about so many.
    pub fn answer(&mut self, counted: Option<Usage>, estimate: impl FnOnce() -> Usage) {
        self.estimated |= counted.is_none();
        self.usage = self.usage.plus(counted.unwrap_or_else(estimate));
    }
}

/// A call that is over.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The request's id, which the client was told.
    pub id: &'a str,
    /// Who asked.
    pub user: &'a str,
    /// The store that the request named, if it did.
    pub store: Option<&'a str>,
    /// When it came, in milliseconds since 1970.
    pub began: u64,
    /// When it was over, likewise.
    pub ended: u64,
    /// What it took.
    pub taken: &'a Taken,
    /// How it ended.
    pub outcome: Outcome,
}

impl Entry<'_> {
    /// The row as [`glue::llm::ADD_CALL`] takes it: a JSON object.
    pub fn row(&self) -> String {
        let Self { id, user, store, began, ended, taken, outcome } = *self;
        let row = Row {
            id,
            created_at: time::iso(began),
            user_id: user,
            store_id: store,
            model: taken.model.as_deref(),
            input_tokens: taken.usage.input,
            output_tokens: taken.usage.output,
            cached_tokens: taken.usage.cached,
            estimated: taken.estimated,
            tool_calls: taken.tool_calls,
            latency_ms: ended.saturating_sub(began),
            first_token_ms: taken.first_token,
            outcome,
        };
        serde_json::to_string(&row).expect("a struct of texts and numbers is JSON")
    }
}

/// A member a column.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    created_at: String,
    user_id: &'a str,
    store_id: Option<&'a str>,
    model: Option<&'a str>,
    input_tokens: u64,
    output_tokens: u64,
    cached_tokens: u64,
    estimated: bool,
    tool_calls: usize,
    latency_ms: u64,
    first_token_ms: Option<u64>,
    outcome: Outcome,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::budget::Budget;

    #[test]
    fn a_row_has_a_member_a_column() {
        let mut taken = Taken { model: Some("m".to_owned()), tool_calls: 1, ..Taken::default() };
        taken.answer(Some(Usage { input: 7, output: 5, cached: 4 }), Usage::default);
        taken.first_token = Some(30);
        let entry = Entry {
            id: "7f",
            user: "subject:ada",
            store: Some("board"),
            began: 0,
            ended: 1_200,
            taken: &taken,
            outcome: Outcome::ClientGone,
        };
        assert_eq!(
            entry.row(),
            concat!(
                r#"{"id":"7f","created_at":"1970-01-01T00:00:00.000Z","user_id":"subject:ada","store_id":"board","#,
                r#""model":"m","input_tokens":7,"output_tokens":5,"cached_tokens":4,"estimated":false,"tool_calls":1,"#,
                r#""latency_ms":1200,"first_token_ms":30,"outcome":"client_gone"}"#
            )
        );
    }

    #[test]
    fn tokens_of_all_answers_are_added_and_one_estimate_makes_the_sum_one() {
        let mut taken = Taken::default();
        taken.answer(Some(Usage { input: 7, output: 5, cached: 0 }), Usage::default);
        assert!(!taken.estimated);
        taken.answer(None, || Usage::estimate(400, 40));
        assert_eq!((taken.usage, taken.estimated), (Usage { input: 107, output: 15, cached: 0 }, true));
    }

    #[test]
    fn what_the_worker_refuses_is_the_clients_matter_or_its_own() {
        let outcome = |error: &ApiError| Outcome::from(error);
        assert_eq!(outcome(&ApiError::invalid("n", "invalid_value", "")), Outcome::InvalidRequest);
        assert_eq!(outcome(&ApiError::server(503, "no_api_key", "")), Outcome::WorkerFailed);
        let reservation = Budget { per_user: Some(9), per_deployment: None }.reserve("anonymous", 10, 0);
        assert_eq!(outcome(&reservation.refused(0)), Outcome::OverBudget);
    }
}
