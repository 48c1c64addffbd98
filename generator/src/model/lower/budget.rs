//! How many tokens of the language models a day may take.

use super::{
    Lowering,
    needed::{NeededColumn, Use},
};
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        Budget,
        tables::{ColumnType, Table},
    },
    path::SpecPath,
    spec::{RawBudget, RawLlmLimits},
};

/// The columns of a day's tokens; `runtime/src/llm/budget.rs` says whose they are.
pub(super) const BUDGET: &[NeededColumn] = &[
    ("day", ColumnType::Text, false),
    ("user_id", ColumnType::Text, false),
    ("tokens", ColumnType::Integer, false),
];

impl Lowering<'_> {
    pub(super) fn budget(
        &mut self,
        raw: &RawBudget,
        limits: &RawLlmLimits,
        tables: &[Table],
    ) -> Option<Budget> {
        let path = SpecPath::from(["llm", "budget"]);
        let bounds = [("per_user", raw.per_user), ("per_deployment", raw.per_deployment)];
        if bounds.iter().all(|(key, bound)| bound.is_none() && !self.broken.touches(&path.key(*key))) {
            self.push(
                Diagnostic::new(Code::MissingKey, Place::Key(path.clone()), "`llm.budget` bounds nothing")
                    .help("add `per_user` or `per_deployment`: the most tokens of a day"),
            );
        }
        let least = u64::from(limits.output_tokens) * (1 + u64::from(limits.repairs));
        for (key, bound) in bounds {
            let Some(bound) = bound.filter(|bound| u64::from(*bound) <= least) else { continue };
            let message =
                format!("{bound} tokens a day are too few for one call, whose answers may take {least}");
            self.push(
                Diagnostic::new(Code::InvalidValue, Place::Value(path.key(key)), message).help(
                    "raise it, or lower `llm.limits.output_tokens`, which counts for an answer and again for each of \
                     `llm.limits.repairs`",
                ),
            );
        }
        let wanted = Use {
            by: "the budget",
            code: Code::LlmColumn,
            at: path.key("table"),
            name: &raw.table,
            columns: BUDGET,
            key: &["day", "user_id"],
        };
        let table = self.located(&wanted, tables)?;
        Some(Budget { table, per_user: raw.per_user, per_deployment: raw.per_deployment })
    }
}
