//! The one file that is generated outside of `generated/`, among files of people: there, their word goes first.
//!
//! Owns whose the file is. A person who edits it, deletes it or had one before keeps it so. Pure.

use std::fmt;

use crate::plan::{Before, checksum};

/// The workflow that GitHub runs, by its path in the project.
pub const WORKFLOW: &str = ".github/workflows/deploy.yml";

/// What is known of the file before a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    /// Its text, if it is there.
    pub found: Option<String>,
    /// The SHA-256 of the last text that was generated, if ever.
    pub recorded: Option<String>,
}

/// Why the file is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It was generated, and edited since.
    Edited,
    /// It was generated, and deleted since.
    Deleted,
    /// It was never generated.
    Foreign,
}

impl Outside {
    /// What `before` holds of it.
    pub fn of(before: &Before) -> Self {
        Self {
            found: before.files.get(WORKFLOW).cloned(),
            recorded: before.lock.files.get(WORKFLOW).cloned(),
        }
    }

    /// Why the file is not to become `wanted`, if there is a reason. By `force`, one that was generated once is again.
    pub fn kept(&self, wanted: &str, force: bool) -> Option<Kept> {
        let edited = |text: &str, sum: &str| text != wanted && checksum(text) != sum;
        match (self.found.as_deref(), self.recorded.as_deref()) {
            (Some(text), Some(sum)) => (edited(text, sum) && !force).then_some(Kept::Edited),
            (None, Some(_)) => (!force).then_some(Kept::Deleted),
            // Even by force: nobody said that it is the generator's.
            (Some(text), None) => (text != wanted).then_some(Kept::Foreign),
            (None, None) => None,
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edited => "edited by hand; `generate --force` makes it anew",
            Self::Deleted => "deleted by hand; `generate --force` brings it back",
            Self::Foreign => "not made by the generator; move it away to have one made",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(found: Option<&str>, recorded: Option<&str>, force: bool) -> Option<Kept> {
        let outside = Outside { found: found.map(str::to_owned), recorded: recorded.map(checksum) };
        outside.kept("new", force)
    }

    #[test]
    fn a_file_that_nobody_touched_follows_the_spec() {
        assert_eq!(kept(None, None, false), None);
        assert_eq!(kept(Some("old"), Some("old"), false), None);
        assert_eq!(kept(Some("new"), Some("new"), false), None);
    }

    #[test]
    fn what_a_person_did_stays_until_the_loss_is_asked_for() {
        assert_eq!(kept(Some("mine"), Some("old"), false), Some(Kept::Edited));
        assert_eq!(kept(None, Some("old"), false), Some(Kept::Deleted));
        assert_eq!(kept(Some("mine"), Some("old"), true), None);
        assert_eq!(kept(None, Some("old"), true), None);
    }

    #[test]
    fn a_file_that_was_never_generated_is_not_even_overwritten_by_force() {
        assert_eq!(kept(Some("mine"), None, true), Some(Kept::Foreign));
    }

    #[test]
    fn a_file_that_is_as_it_should_be_is_adopted() {
        assert_eq!(kept(Some("new"), None, false), None);
        assert_eq!(kept(Some("new"), Some("old"), false), None);
    }
}
