//! Which call goes wrong, and how.

use std::time::Duration;

use super::Call;

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one with this ordinal, from 0.
    Nth(usize),
    /// The next one with this method whose path, or whose SQL, holds a text.
    Matching {
        /// The method.
        method: &'static str,
        /// The text.
        text: &'static str,
    },
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is refused with this status, and nothing is done.
    Status(u16),
    /// It is done, and answered after this time.
    Delay(Duration),
    /// Nothing is done, and no answer comes.
    Silence,
    /// Nothing is done, and the connection breaks.
    Drop,
    /// It is done, and the connection breaks before the answer is there.
    DropAnswer,
}

/// What is to go wrong; each once.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Which, How)>);

impl Faults {
    pub(super) fn add(&mut self, which: Which, how: How) {
        self.0.push((which, how));
    }

    /// What is to become of this call.
    pub(super) fn take(&mut self, ordinal: usize, call: &Call) -> Option<How> {
        let at = self.0.iter().position(|(which, _)| match which {
            Which::Nth(n) => *n == ordinal,
            Which::Matching { method, text } => {
                call.method == *method
                    && (call.path.contains(text) || call.sql.as_ref().is_some_and(|sql| sql.contains(text)))
            }
        });
        at.map(|at| self.0.swap_remove(at).1)
    }
}
