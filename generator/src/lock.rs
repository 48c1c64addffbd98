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
    /// SHA-256 of every file of the last run, by its path in the project. One that a person deleted stays.
    #[serde(default)]
    pub files: IndexMap<String, String>,
    /// Every migration that was ever generated, with its SHA-256. None may change or go.
    #[serde(default)]
    pub migrations: IndexMap<String, String>,
    /// The history of every D1 database that there ever was, by its binding.
    #[serde(default)]
    pub databases: IndexMap<String, History>,
    /// The ids of the D1 databases that `deploy` made or found, by their names at Cloudflare.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub database_ids: IndexMap<String, String>,
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

/// Where the migrations of a database are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The folder, below `generated/`. No other history ever has it.
    pub folder: String,
    /// Whether the spec no longer has the database.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
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

/// The file, by its path in the project.
pub const FILE: &str = "generated/spec.lock";

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

/// One side of a merge that left its conflict markers in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What stands behind the marker: `HEAD`, or the branch that is merged.
    pub label: String,
    /// The file as this side has it.
    pub text: String,
}

/// Both sides of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// The one above.
    pub ours: Side,
    /// The one below.
    pub theirs: Side,
}

/// Whether a line is one of git's conflict markers. No line of the file itself starts like this.
pub fn is_marker(line: &str) -> bool {
    ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker))
}

/// Whether the text has conflict markers.
pub fn has_markers(text: &str) -> bool {
    text.lines().any(is_marker)
}

/// The two sides of a text with conflict markers.
pub fn sides(text: &str) -> Option<Sides> {
    /// Where a line stands.
    #[derive(Clone, Copy, PartialEq)]
    enum Part {
        Both,
        Ours,
        Base,
        Theirs,
    }
    let empty = || Side { label: String::new(), text: String::new() };
    let (mut ours, mut theirs, mut part) = (empty(), empty(), Part::Both);
    for line in text.lines() {
        let label = || line[7..].trim().to_owned();
        match line.get(..7) {
            Some("<<<<<<<") => (part, ours.label) = (Part::Ours, label()),
            Some("|||||||") => part = Part::Base,
            Some("=======") => part = Part::Theirs,
            Some(">>>>>>>") => (part, theirs.label) = (Part::Both, label()),
            _ => {
                for (side, own) in [(&mut ours, Part::Ours), (&mut theirs, Part::Theirs)] {
                    if part == Part::Both || part == own {
                        side.text.push_str(line);
                        side.text.push('\n');
                    }
                }
            }
        }
    }
    has_markers(text).then_some(Sides { ours, theirs })
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
            databases: [("DB".to_owned(), History { folder: "migrations".to_owned(), gone: true })]
                .into_iter()
                .collect(),
            rate_limits: [("bindings.CALLS".to_owned(), 7)].into_iter().collect(),
            ..Lock::default()
        };
        assert_eq!(Lock::parse(&lock.to_text().unwrap()).unwrap(), lock);
    }

    #[test]
    fn a_merge_has_two_sides() {
        let text = "a\n<<<<<<< HEAD\nb\n||||||| 12ab\nc\n=======\nd\n>>>>>>> origin/main\ne\n";
        let side = |label: &str, text: &str| Side { label: label.to_owned(), text: text.to_owned() };
        let sides = sides(text).unwrap();
        assert_eq!(
            sides,
            Sides { ours: side("HEAD", "a\nb\ne\n"), theirs: side("origin/main", "a\nd\ne\n") }
        );
        assert_eq!(super::sides("a\n"), None);
    }
}
