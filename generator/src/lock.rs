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
    /// The namespace of every rate limit that there ever was, by its place in the spec. None is given twice.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub rate_limits: IndexMap<String, u32>,
    /// The class of each Durable Object binding at the last run.
    #[serde(default)]
    pub objects: IndexMap<String, String>,
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
    /// Classes made, in SQLite storage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_sqlite_classes: Vec<String>,
    /// Classes made, in the older key-value storage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_classes: Vec<String>,
    /// Classes removed, with all their objects and data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted_classes: Vec<String>,
    /// Classes that got another name, with all their objects and data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_classes: Vec<Rename>,
}

impl ClassStep {
    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.new_sqlite_classes.is_empty()
            && self.new_classes.is_empty()
            && self.deleted_classes.is_empty()
            && self.renamed_classes.is_empty()
    }
}

/// A class that got another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// The old name.
    pub from: String,
    /// The new name.
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
                renamed_classes: vec![Rename { from: "B".to_owned(), to: "C".to_owned() }],
                deleted_classes: vec!["D".to_owned()],
                ..ClassStep::default()
            }],
            rate_limits: [("bindings.CALLS".to_owned(), 7)].into_iter().collect(),
            ..Lock::default()
        };
        assert_eq!(Lock::parse(&lock.to_text().unwrap()).unwrap(), lock);
    }
}
