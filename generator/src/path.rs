//! Places in the spec, named by the keys that lead there.
//!
//! Owns how a place is written: `bindings.DB.database`, `routes[1].path`. Must not know lines and columns;
//! [`crate::document`] finds those.

use std::fmt;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A key of a table.
    Key(String),
    /// A position in an array, from 0.
    Index(usize),
}

/// The way from the top of the spec to one of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpecPath(Vec<Segment>);

impl SpecPath {
    /// The spec as a whole.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value of `key` below this place.
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.join(Segment::Key(key.into()))
    }

    /// The item at `index` below this place.
    pub fn index(&self, index: usize) -> Self {
        self.join(Segment::Index(index))
    }

    /// The place that holds this one; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// The steps from the top.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether `self` is `other` or lies within it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    fn join(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

/// The place below the top that these keys lead to.
impl<const N: usize> From<[&str; N]> for SpecPath {
    fn from(keys: [&str; N]) -> Self {
        Self(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect())
    }
}

impl fmt::Display for SpecPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the spec");
        }
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    let bare = !key.is_empty()
                        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
                    if bare { f.write_str(key)? } else { write!(f, "{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_one_would_write_it_in_toml() {
        assert_eq!(SpecPath::from(["routes"]).index(1).key("path").to_string(), "routes[1].path");
        assert_eq!(SpecPath::from(["vars", "A B"]).to_string(), "vars.\"A B\"");
        assert_eq!(SpecPath::root().to_string(), "the spec");
    }
}
