//! What a client may do, as its connection carries it: the worker checks the token, the store's object keeps the rest.

use serde::{Deserialize, Serialize};

/// The header by which the worker tells the object what a client may do. What a client sends under this name is
/// overwritten.
pub const GRANT_HEADER: &str = "x-relay-grant";

/// What a client may do in the store that its URL names: read, and perhaps write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Whether it may push.
    pub write: bool,
    /// Until when, in seconds since 1970; None is for ever.
    pub until: Option<u64>,
}

impl Grant {
    /// Reading and writing, for ever.
    pub const EVERYTHING: Self = Self { write: true, until: None };

    /// As a header's value.
    pub fn to_text(self) -> String {
        serde_json::to_string(&self).expect("a flag and a number are JSON")
    }

    /// From a header's value.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether it is over at `now`, in seconds since 1970.
    pub fn is_over(self, now: u64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_comes_out_of_its_text_as_it_went_in() {
        for grant in [Grant::EVERYTHING, Grant { write: false, until: Some(1_795_000_000) }] {
            assert_eq!(Grant::parse(&grant.to_text()), Some(grant));
        }
        assert_eq!(Grant::parse(""), None);
    }

    #[test]
    fn a_grant_is_over_at_the_second_that_it_names() {
        let grant = Grant { write: true, until: Some(10) };
        assert_eq!((grant.is_over(9), grant.is_over(10)), (false, true));
        assert!(!Grant::EVERYTHING.is_over(u64::MAX));
    }
}
