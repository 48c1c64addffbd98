//! What the database says when it will never store a push.

/// What SQLite's codes and D1's say of rows that it does not take: rules, sizes, types. The statement wrote nothing,
/// and would not if it were sent again.
const REFUSALS: [&str; 4] = ["SQLITE_CONSTRAINT", "SQLITE_TOOBIG", "SQLITE_MISMATCH", "D1_TYPE_ERROR"];

/// The database's reason, if what it said of an append means that the events are not stored and never will be. None
/// if they may be, or if the next attempt may fare better: a database that is busy, full or away.
pub fn refusal(message: &str) -> Option<&str> {
    let refused = REFUSALS.iter().any(|code| message.contains(code));
    refused.then(|| message.strip_prefix("D1_ERROR: ").unwrap_or(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_against_a_rule_size_or_type_are_refused() {
        for message in [
            "NOT NULL constraint failed: events.note: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)",
            "no more than nine: SQLITE_CONSTRAINT",
            "string or blob too big: SQLITE_TOOBIG",
            "datatype mismatch: SQLITE_MISMATCH",
        ] {
            assert_eq!(refusal(&format!("D1_ERROR: {message}")), Some(message));
        }
        let unsent = "D1_TYPE_ERROR: Type 'bigint' not supported for value '1'";
        assert_eq!(refusal(unsent), Some(unsent));
    }

    #[test]
    fn a_database_that_may_have_stored_or_may_yet_store_has_refused_nothing() {
        for message in [
            "D1_ERROR: database is locked: SQLITE_BUSY",
            "D1_ERROR: database or disk is full: SQLITE_FULL",
            "D1_ERROR: no such table: events: SQLITE_ERROR",
            "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
            "D1_ERROR: Network connection lost.",
            "",
        ] {
            assert_eq!(refusal(message), None, "{message}");
        }
    }
}
