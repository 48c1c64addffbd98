//! `spec.lock`: what earlier runs generated and allocated, committed beside it.
//!
//! Owns the file's form. What is in it may be deployed somewhere, so it only grows, except for the record of
//! files and declarations, which is that of the last run. Must not know how any of it is decided.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// What the last run knew of each declaration, by its place in the spec, in a line. `diff` compares with it.
    #[serde(default)]
    pub declared: IndexMap<String, String>,
    /// SHA-256 of every file of the last run, by path below `generated/`.
    #[serde(default)]
    pub files: IndexMap<String, String>,
    /// Every migration that was ever generated, with its SHA-256. None may change or go.
    #[serde(default)]
    pub migrations: IndexMap<String, String>,
    /// The history of Durable Object classes: what each tag did. Cloudflare never takes a tag twice.
    #[serde(default)]
    pub classes: Vec<ClassStep>,
}

/// One entry of wrangler's `migrations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassStep {
    /// The tag, unique for ever.
    pub tag: String,
    /// Classes made, in the older key-value storage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_classes: Vec<String>,
    /// Classes made, in SQLite storage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_sqlite_classes: Vec<String>,
    /// Classes whose objects and data went to another name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_classes: Vec<RenamedClass>,
    /// Classes removed, with all their objects and data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted_classes: Vec<String>,
}

/// A class that has another name now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenamedClass {
    /// The name that it had.
    pub from: String,
    /// The name that it has.
    pub to: String,
}

/// The name of the file below `generated/`.
pub const FILE: &str = "spec.lock";

impl Lock {
    /// Reads the file's text; the error is the parser's.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The file's text without its header.
    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// The classes that a deployment of all steps has.
    pub fn live_classes(&self) -> Vec<&str> {
        let mut live: Vec<&str> = Vec::new();
        for step in &self.classes {
            live.retain(|class| !step.deleted_classes.iter().any(|deleted| deleted == class));
            for renamed in &step.renamed_classes {
                live.iter_mut()
                    .filter(|class| **class == renamed.from)
                    .for_each(|class| *class = &renamed.to);
            }
            live.extend(step.new_classes.iter().chain(&step.new_sqlite_classes).map(String::as_str));
        }
        live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let lock = Lock {
            declared: [("bindings.DB".to_owned(), "d1 \"x\"\n".to_owned())].into_iter().collect(),
            classes: vec![ClassStep {
                tag: "v1".to_owned(),
                new_sqlite_classes: vec!["A".to_owned()],
                ..ClassStep::default()
            }],
            ..Lock::default()
        };
        assert_eq!(Lock::parse(&lock.to_text().unwrap()).unwrap(), lock);
    }

    #[test]
    fn a_class_that_was_deleted_is_not_live() {
        let step = |tag: &str, new: &[&str], deleted: &[&str]| ClassStep {
            tag: tag.to_owned(),
            new_sqlite_classes: new.iter().map(|it| (*it).to_owned()).collect(),
            deleted_classes: deleted.iter().map(|it| (*it).to_owned()).collect(),
            ..ClassStep::default()
        };
        let lock = Lock {
            classes: vec![step("v1", &["A", "B"], &[]), step("v2", &["C"], &["A"])],
            ..Lock::default()
        };
        assert_eq!(lock.live_classes(), ["B", "C"]);
    }
}
