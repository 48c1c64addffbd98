//! The history of Durable Object classes: what each tag did, as far as Cloudflare knows.

use serde_json::Value;

use super::meaning::Facts;
use crate::lock::{ClassStep, Rename};

/// The steps that a configuration has.
#[derive(Debug, Default)]
pub(super) struct History {
    /// In their order.
    pub(super) steps: Vec<ClassStep>,
}

impl History {
    /// That of an environment.
    pub(super) fn of(facts: &Facts) -> Self {
        let step = |tag: &str| {
            let value = |key: &str| facts.get(["classes", tag, key]).map(|fact| &fact.value);
            let names = |key: &str| -> Vec<String> {
                let items = value(key).and_then(Value::as_array).into_iter().flatten();
                items.filter_map(|it| it.as_str().map(str::to_owned)).collect()
            };
            let renamed = value("renamed_classes").and_then(Value::as_array).into_iter().flatten();
            ClassStep {
                tag: tag.to_owned(),
                new_classes: names("new_classes"),
                new_sqlite_classes: names("new_sqlite_classes"),
                renamed_classes: renamed
                    .filter_map(|it| serde_json::from_value::<Rename>(it.clone()).ok())
                    .collect(),
                deleted_classes: names("deleted_classes"),
            }
        };
        let tags = facts.names(["classes"]).into_iter();
        Self { steps: tags.filter(|tag| facts.get(["classes", tag, "tag"]).is_some()).map(step).collect() }
    }

    /// Whether the class was made in the older key-value storage, under this name or one that it had before.
    pub(super) fn is_kv(&self, class: &str) -> bool {
        let mut name = class;
        for step in self.steps.iter().rev() {
            if step.new_classes.iter().any(|it| it == name) {
                return true;
            }
            if step.new_sqlite_classes.iter().any(|it| it == name) {
                return false;
            }
            if let Some(renamed) = step.renamed_classes.iter().find(|it| it.to == name) {
                name = &renamed.from;
            }
        }
        false
    }
}
