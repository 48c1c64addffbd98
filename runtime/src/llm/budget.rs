//! How many tokens a day may take: what is set aside before a call, and what of it is given back.
//!
//! Owns whose tokens are counted together, until when, and what who has none left is told. It must not know how they are
//! counted. Days are those of UTC.

use serde::Serialize;

use super::error::ApiError;
use crate::time;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// After how many seconds another attempt makes sense when tokens could not be counted.
const RETRY_SECONDS: u64 = 10;

/// What a day may take, as far as it is bounded.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Most tokens of a user.
    pub per_user: Option<u64>,
    /// Most tokens of all users together.
    pub per_deployment: Option<u64>,
}

impl Budget {
    /// As spec.toml has it.
    pub fn declared() -> Self {
        use glue::llm;
        Self { per_user: llm::TOKENS_PER_USER, per_deployment: llm::TOKENS_PER_DEPLOYMENT }
    }

    /// Sets the most aside that a user's call may take; `now` in milliseconds since 1970.
    pub fn reserve(self, user: &str, tokens: u64, now: u64) -> Reservation {
        let of_user = self.per_user.map(|most| (user.to_owned(), most));
        // No user has this name.
        let of_deployment = self.per_deployment.map(|most| (String::new(), most));
        let counters = of_user.into_iter().chain(of_deployment).collect();
        Reservation { day: time::iso(now)[..10].to_owned(), tokens, used: 0, counters }
    }
}

/// Tokens that are set aside, as [`glue::llm::RESERVE_TOKENS`] and [`glue::llm::SETTLE_TOKENS`] take them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reservation {
    /// The day that they are taken from, also when the call ends on the next one.
    day: String,
    tokens: u64,
    used: u64,
    /// Each with the most that it may come to.
    counters: Vec<(String, u64)>,
}

impl Reservation {
    /// A JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a struct of texts and numbers is JSON")
    }

    /// With what the call has really taken.
    #[must_use]
    pub fn settled(self, used: u64) -> Self {
        Self { used, ..self }
    }

    /// What is told who has not so many tokens left; `now` in milliseconds since 1970.
    pub fn refused(&self, now: u64) -> ApiError {
        let (day, tokens) = (&self.day, self.tokens);
        let message = format!(
            "This request may take {tokens} tokens, and of {day} (UTC) so many are not left: ask for a shorter answer, or \
             wait until the day is over."
        );
        let retry_after = Some(DAY_SECONDS - now / 1_000 % DAY_SECONDS);
        let error = ApiError::server(429, "insufficient_quota", message);
        ApiError { kind: "insufficient_quota", retry_after, ..error }
    }
}

/// What is told while tokens cannot be counted: nobody asks uncounted.
pub fn uncounted() -> ApiError {
    let message = "The worker cannot count today's tokens: try again later.";
    ApiError { retry_after: Some(RETRY_SECONDS), ..ApiError::server(503, "budget_unknown", message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T21:06:04Z.
    const NOW: u64 = 1_795_381_564_872;

    #[test]
    fn a_user_and_the_deployment_are_counted_apart() {
        let json = |per_user, per_deployment| {
            Budget { per_user, per_deployment }.reserve("subject:ada", 500, NOW).settled(12).json()
        };
        assert_eq!(
            json(Some(9), Some(99)),
            r#"{"day":"2026-11-22","tokens":500,"used":12,"counters":[["subject:ada",9],["",99]]}"#
        );
        assert_eq!(
            json(None, Some(99)),
            r#"{"day":"2026-11-22","tokens":500,"used":12,"counters":[["",99]]}"#
        );
    }

    #[test]
    fn who_has_no_tokens_left_is_told_when_there_are_new_ones() {
        let reservation = Budget { per_user: Some(9), per_deployment: None }.reserve("subject:ada", 500, NOW);
        let error = reservation.refused(NOW);
        assert_eq!((error.status, error.kind, error.code), (429, "insufficient_quota", "insufficient_quota"));
        assert_eq!(error.retry_after, Some(2 * 3_600 + 53 * 60 + 56));
        assert_eq!(reservation.refused(0).retry_after, Some(86_400));
    }
}
