//! What a client may do, as its connection carries it: the worker checks the token, the store's object keeps the rest.

use serde::{Deserialize, Serialize};

/// The header by which the worker tells the object what a client may do. What a client sends under this name is
/// overwritten.
pub const GRANT_HEADER: &str = "x-relay-grant";

/// What a client may do in the store that its URL names: read, and perhaps write. As text it is short, since there is
/// little room in a socket's attachment: `r` or `w`, and then the second until when, if it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Grant {
    /// Whether it may push.
    pub write: bool,
    /// Until when, in seconds since 1970; None is for ever.
    pub until: Option<u64>,
}

impl Grant {
    /// Reading and writing, for ever.
    pub const EVERYTHING: Self = Self { write: true, until: None };

    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let (write, until) = match text.strip_prefix('w') {
            Some(until) => (true, until),
            None => (false, text.strip_prefix('r')?),
        };
        let until = (!until.is_empty()).then(|| until.parse()).transpose().ok()?;
        Some(Self { write, until })
    }

    /// Whether it is over at `now`, in seconds since 1970.
    pub fn is_over(self, now: u64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

impl From<Grant> for String {
    fn from(Grant { write, until }: Grant) -> Self {
        let letter = if write { 'w' } else { 'r' };
        until.map_or_else(|| letter.to_string(), |until| format!("{letter}{until}"))
    }
}

impl TryFrom<String> for Grant {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("neither `r` nor `w`, perhaps with a second")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_comes_out_of_its_text_as_it_went_in() {
        for grant in [Grant::EVERYTHING, Grant { write: false, until: Some(1_795_000_000) }] {
            assert_eq!(Grant::parse(&String::from(grant)), Some(grant));
        }
        for other in ["", "rw", "x", "w-1", "w1.5", "W", "w 1"] {
            assert_eq!(Grant::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_grant_is_over_at_the_second_that_it_names() {
        let grant = Grant { write: true, until: Some(10) };
        assert_eq!((grant.is_over(9), grant.is_over(10)), (false, true));
        assert!(!Grant::EVERYTHING.is_over(u64::MAX));
    }
}
