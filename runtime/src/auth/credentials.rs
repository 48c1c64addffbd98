//! Where a request may carry a token.

use std::borrow::Cow;

use glue::auth::Place;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// The parts of a request that may hold a token.
#[derive(Debug, Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// The URL's query, without its `?`.
    pub query: &'a str,
    /// The header `authorization`.
    pub authorization: Option<&'a str>,
    /// The header `cookie`.
    pub cookie: Option<&'a str>,
}

/// What the stock client calls its payload: any JSON, by convention with the token under this key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    auth_token: Option<String>,
}

impl<'a> Credentials<'a> {
    /// The token in the first of `places` that has one.
    pub fn token(&self, places: &[Place]) -> Option<Cow<'a, str>> {
        let tokens = places.iter().filter_map(|place| match place {
            Place::Payload => self.payload().map(Cow::Owned),
            Place::Header => self.authorization.and_then(bearer).map(Cow::Borrowed),
            Place::Cookie(name) => self.cookie(name).map(Cow::Borrowed),
        });
        tokens.into_iter().find(|token| !token.is_empty())
    }

    /// The client encodes the payload twice: as a component, and as a value of a form.
    fn payload(&self) -> Option<String> {
        let (_, once) = form_urlencoded::parse(self.query.as_bytes()).find(|(name, _)| name == "payload")?;
        let text = percent_decode_str(&once).decode_utf8().ok()?;
        serde_json::from_str::<Payload>(&text).ok()?.auth_token
    }

    /// RFC 6265, section 4.2.
    fn cookie(&self, name: &str) -> Option<&'a str> {
        let pairs = self.cookie?.split(';').filter_map(|pair| pair.trim().split_once('='));
        let value = pairs.into_iter().find(|(key, _)| *key == name)?.1;
        Some(value.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(value))
    }
}

/// The token in an Authorization header (RFC 6750, section 2.1). The scheme's letters may be small.
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Place] = &[Place::Payload, Place::Header, Place::Cookie("session")];

    fn token<'a>(credentials: Credentials<'a>, places: &[Place]) -> Option<Cow<'a, str>> {
        credentials.token(places)
    }

    #[test]
    fn the_clients_payload_is_decoded_twice() {
        let query = "storeId=s&payload=%257B%2522authToken%2522%253A%2522tok%2520en%252F%25C3%25BC%2522%257D";
        let credentials = Credentials { query, ..Credentials::default() };
        assert_eq!(token(credentials, ALL).as_deref(), Some("tok en/ü"));
        assert_eq!(token(credentials, &[Place::Header]), None);
    }

    #[test]
    fn a_payload_without_a_token_has_none() {
        for query in
            ["payload=", "payload=%257B%257D", "payload=%2522x%2522", "payload=%25FF", "payload=null"]
        {
            assert_eq!(token(Credentials { query, ..Credentials::default() }, ALL), None, "{query}");
        }
    }

    #[test]
    fn a_header_of_the_scheme_bearer_has_a_token_and_no_other() {
        let with =
            |authorization| Credentials { authorization: Some(authorization), ..Credentials::default() };
        assert_eq!(token(with("Bearer abc"), ALL).as_deref(), Some("abc"));
        assert_eq!(token(with("bearer  abc"), ALL).as_deref(), Some("abc"));
        for other in ["Basic abc", "abc", "Bearer", "Bearer "] {
            assert_eq!(token(with(other), ALL), None, "{other:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let with = |cookie| Credentials { cookie: Some(cookie), ..Credentials::default() };
        assert_eq!(token(with("a=1; session=a.b=c; z=2"), ALL).as_deref(), Some("a.b=c"));
        assert_eq!(token(with("session=\"abc\""), ALL).as_deref(), Some("abc"));
        for other in ["mysession=abc", "session", "session=", ""] {
            assert_eq!(token(with(other), ALL), None, "{other:?}");
        }
    }

    #[test]
    fn the_first_place_that_has_a_token_counts() {
        let credentials = Credentials {
            query: "payload=%257B%2522authToken%2522%253A%2522one%2522%257D",
            authorization: Some("Bearer two"),
            cookie: Some("session=three"),
        };
        assert_eq!(token(credentials, ALL).as_deref(), Some("one"));
        assert_eq!(token(credentials, &[ALL[2], ALL[1]]).as_deref(), Some("three"));
        let without_payload = Credentials { query: "", ..credentials };
        assert_eq!(token(without_payload, ALL).as_deref(), Some("two"));
    }
}
