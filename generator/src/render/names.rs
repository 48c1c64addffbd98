//! Names of the spec as Rust has them.
//!
//! Owns case and keywords. Every name keeps to ASCII letters, digits and `_` before it comes here.

use std::collections::BTreeSet;

/// A name as a field: `BRAINTRUST_API_KEY` → `braintrust_api_key`, `type` → `r#type`, `self` → `self_`. Two names
/// never become one.
pub(super) fn field(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    // The only keywords that have no raw form; `self_` moves on to `self__`.
    if ["self", "super", "crate"].contains(&name.trim_end_matches('_')) {
        format!("{name}_")
    } else if syn::parse_str::<syn::Ident>(&name).is_err() {
        format!("r#{name}")
    } else {
        name
    }
}

/// The name by which others know a field, where that is not its own in Rust.
pub(super) fn renamed(name: &str) -> Option<&str> {
    (field(name).trim_start_matches("r#") != name).then_some(name)
}

/// A name as a type: `create_task` → `CreateTask`. Whatever is no letter or digit parts words.
pub(super) fn pascal(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_ascii_uppercase())
        })
        .collect()
}

/// Names already given in a file. The first to ask for a name gets it.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeSet<String>);

impl Taken {
    /// `wanted`, or with the first number behind it that makes it new.
    pub(super) fn unique(&mut self, wanted: String) -> String {
        let numbered = (2..).map(|number| format!("{wanted}{number}"));
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        let name = candidates.find(|name| !self.0.contains(name)).unwrap_or(wanted);
        self.0.insert(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_becomes_a_name_that_rust_takes() {
        for (name, expected) in [("TYPE", "r#type"), ("SELF", "self_"), ("self_", "self__"), ("DB", "db")] {
            assert_eq!(field(name), expected);
        }
        assert_eq!((renamed("type"), renamed("self")), (None, Some("self")));
    }

    #[test]
    fn two_names_of_the_same_words_stay_two() {
        let mut taken = Taken::default();
        assert_eq!(taken.unique(pascal("a_b")), "AB");
        assert_eq!(taken.unique(pascal("a__b")), "AB2");
    }
}
