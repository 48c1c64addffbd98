//! What the worker answers.
//!
//! Owns paths and handlers. Must not know how a handler works.

use super::name::{AuthName, BindingName, ToolName};
use crate::spec::RawMethod;

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Which requests it answers.
    pub path: RoutePath,
    /// The methods answered.
    pub methods: Vec<RawMethod>,
    /// How its clients prove who they are; `None` serves everybody.
    pub auth: Option<AuthName>,
    /// What answers.
    pub handler: Handler,
}

/// What answers a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handler {
    /// LiveStore sync, by one Durable Object a store.
    Relay {
        /// The binding of the objects' class.
        binding: BindingName,
    },
    /// Chat completions.
    Llm {
        /// The tools offered, in order.
        tools: Vec<ToolName>,
    },
    /// Operating the relay.
    Admin {
        /// The secret that its callers have to know.
        token: BindingName,
    },
    /// The worker's state.
    Health,
}

/// An absolute path: exact, or with `/*` at its end for everything below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePath(String);

impl RoutePath {
    /// Takes a path of plain segments; the error says what is wrong with another.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let exact = text.strip_suffix("/*").unwrap_or(text);
        let Some(rest) = text.strip_prefix('/') else { return Err("a path starts with `/`") };
        if exact.contains('*') {
            return Err("`*` stands only at the end, as in `/api/*`");
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/*".contains(&b);
        if !text.bytes().all(plain) {
            return Err("a path has letters, digits and `-._~/` alone, without query or fragment");
        }
        if rest.split('/').any(|segment| segment == "." || segment == "..") || text.contains("//") {
            return Err("a path has no empty, `.` or `..` segments: browsers remove them");
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every request of `other` would be answered by this path.
    pub fn covers(&self, other: &Self) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => other.0.starts_with(prefix),
            None => self == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_what_is_below_it_and_not_its_neighbours() {
        let path = |text| RoutePath::new(text).unwrap();
        assert!(path("/api/*").covers(&path("/api/chat")));
        assert!(path("/api/*").covers(&path("/api/chat/*")));
        assert!(!path("/api/*").covers(&path("/apis")));
        assert!(!path("/api").covers(&path("/api/chat")));
    }

    #[test]
    fn a_path_that_no_browser_would_send_is_refused() {
        for text in ["", "api", "/a b", "/a?b", "/a/../b", "/a//b", "/*/a", "/\"", "/ä"] {
            assert!(RoutePath::new(text).is_err(), "{text:?}");
        }
    }
}
