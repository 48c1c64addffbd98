//! Which version the tables of an object have, and how they get to the newest.

use glue::relay::schema::STEPS;

/// The tables are of a later version than this worker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Later {
    /// The tables' version.
    pub found: u64,
}

/// What brings tables of version `found` to the newest, one script a version; none if they have it. Tables that a
/// later worker made are not touched: what they mean is not known here.
pub fn steps(found: u64) -> Result<&'static [&'static str], Later> {
    usize::try_from(found).ok().and_then(|found| STEPS.get(found..)).ok_or(Later { found })
}

/// The version after all steps.
pub const NEWEST: usize = STEPS.len();

impl std::fmt::Display for Later {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the object's tables have version {}, and this worker knows {NEWEST}", self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_get_the_steps_that_they_lack() {
        assert_eq!(steps(0), Ok(STEPS));
        assert_eq!(steps(NEWEST as u64), Ok([].as_slice()));
        assert_eq!(steps(NEWEST as u64 + 1), Err(Later { found: NEWEST as u64 + 1 }));
    }
}
