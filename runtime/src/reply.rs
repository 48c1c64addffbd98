//! An answer over plain HTTP, before it becomes the platform's.

use serde::Serialize;

/// Status, headers and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Reply {
    /// No body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// A sentence.
    pub fn text(status: u16, sentence: impl Into<String>) -> Self {
        let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
        Self { status, headers, body: sentence.into() }
    }

    /// A value as JSON.
    pub fn json<T: Serialize>(status: u16, value: &T) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: serde_json::to_string(value).expect("replies are structs of text") }
    }

    /// With some headers more.
    pub fn with_all(mut self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// With one header more.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What an answer says that does not say it otherwise: the headers of `every` answer, and that nobody keeps it. `says` is
/// whether it has a header.
pub fn unsaid<'a>(
    every: &'a [(&'a str, &'a str)],
    says: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    every.iter().copied().chain([("cache-control", "no-store")]).filter(move |(name, _)| !says(name))
}

/// The worker's state: `{"status":"ok","spec":"…"}`.
pub fn health() -> Reply {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        spec: &'static str,
    }
    Reply::json(200, &Health { status: "ok", spec: glue::SPEC_HASH }).with("cache-control", "no-store")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_what_it_says_and_gets_the_rest() {
        let every = [("a", "1"), ("b", "2")];
        let says = |name: &str| name == "b";
        assert_eq!(unsaid(&every, says).collect::<Vec<_>>(), [("a", "1"), ("cache-control", "no-store")]);
        let says = |name: &str| name == "cache-control";
        assert_eq!(unsaid(&every, says).collect::<Vec<_>>(), every);
    }
}
