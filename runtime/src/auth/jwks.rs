//! A key set that somebody else serves: what is kept of it, and when it is asked for again.
//!
//! A token that names an unknown key is the sign of a rotation, and anybody can send one; so the set is not asked for more
//! often than every [`INTERVAL`] seconds.

use super::key::{self, Key};
use super::token::Token;

/// Least seconds between two questions.
pub const INTERVAL: u64 = 10;

/// For how many seconds a set is as good as new.
const FRESH: u64 = 600;

/// For how many seconds a set is used while it cannot be had anew.
const USABLE: u64 = 86_400;

/// The longest set in bytes.
pub const MAX_BYTES: usize = 65_536;

/// Most milliseconds for an answer.
pub const PATIENCE: u32 = 5_000;

/// Whether nobody on the way can exchange a set: by https, or from this machine.
pub fn is_safe(scheme: &str, host: Option<&str>) -> bool {
    scheme == "https" || scheme == "http" && matches!(host, Some("localhost" | "127.0.0.1"))
}

/// What is kept of a key set. Times are seconds since 1970.
#[derive(Debug, Default)]
pub struct Jwks {
    keys: Vec<Key>,
    had: Option<u64>,
    asked: Option<u64>,
}

/// What to do for a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// Check it with this key.
    Key(&'a Key),
    /// Ask for the set, tell it by [`Jwks::answered`] and choose again.
    Ask,
    /// No key of the set is for it.
    Unknown,
    /// There are no keys, and it is too early to ask again.
    Unavailable,
}

impl Jwks {
    /// The key for a token at `now`.
    pub fn choose(&mut self, token: &Token<'_>, now: u64) -> Choice<'_> {
        let age = self.had.map(|had| now.saturating_sub(had));
        let usable = age.is_some_and(|age| age < USABLE);
        let known = usable && key::select(&self.keys, token).is_some();
        let may_ask = self.asked.is_none_or(|asked| now >= asked + INTERVAL);
        if may_ask && !(known && age.is_some_and(|age| age < FRESH)) {
            // While there are keys, one request asks for all.
            self.asked = usable.then_some(now).or(self.asked);
            return Choice::Ask;
        }
        match key::select(&self.keys, token) {
            Some(key) if usable => Choice::Key(key),
            _ if usable => Choice::Unknown,
            _ => Choice::Unavailable,
        }
    }

    /// Takes the set that was asked for; None if there was no answer.
    pub fn answered(&mut self, text: Option<&str>, now: u64) {
        self.asked = Some(now);
        if let Some(keys) = text.and_then(key::set) {
            self.keys = keys;
            self.had = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use glue::auth::Algorithm;
    use serde_json::json;

    use super::*;

    /// A set with keys of these names.
    fn set(names: &[&str]) -> String {
        let x = "A".repeat(43);
        let keys: Vec<_> =
            names.iter().map(|kid| json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid })).collect();
        json!({ "keys": keys }).to_string()
    }

    fn token(key: &str) -> Token<'static> {
        let key_id = Some(key.to_owned());
        Token { algorithm: Algorithm::EdDsa, key_id, signed: b"", signature: Vec::new(), claims: Vec::new() }
    }

    fn had(names: &[&str], now: u64) -> Jwks {
        let mut jwks = Jwks::default();
        assert_eq!(jwks.choose(&token("a"), now), Choice::Ask);
        jwks.answered(Some(&set(names)), now);
        jwks
    }

    fn knows(jwks: &mut Jwks, key: &str, now: u64) -> bool {
        matches!(jwks.choose(&token(key), now), Choice::Key(_))
    }

    #[test]
    fn a_set_that_somebody_could_exchange_is_not_asked_for() {
        assert!(is_safe("https", Some("issuer.example")) && is_safe("http", Some("127.0.0.1")));
        assert!(!is_safe("http", Some("issuer.example")) && !is_safe("file", None));
    }

    #[test]
    fn a_set_is_asked_for_once_while_it_is_fresh() {
        let mut jwks = had(&["a", "b"], 0);
        assert!(knows(&mut jwks, "a", 0) && knows(&mut jwks, "b", FRESH - 1));
        assert_eq!(jwks.choose(&token("a"), FRESH), Choice::Ask);
        // The others go on with what there is.
        assert!(knows(&mut jwks, "a", FRESH));
    }

    #[test]
    fn an_unknown_key_is_asked_for_and_not_too_often() {
        let mut jwks = had(&["a"], 0);
        assert_eq!(jwks.choose(&token("b"), INTERVAL - 1), Choice::Unknown);
        assert_eq!(jwks.choose(&token("b"), INTERVAL), Choice::Ask);
        assert_eq!(jwks.choose(&token("c"), INTERVAL), Choice::Unknown);
        jwks.answered(Some(&set(&["b"])), INTERVAL);
        assert!(knows(&mut jwks, "b", INTERVAL));
        // A key that is no longer served is no longer good.
        assert_eq!(jwks.choose(&token("a"), INTERVAL + 1), Choice::Unknown);
    }

    #[test]
    fn a_set_that_cannot_be_had_is_asked_for_again_later() {
        let mut jwks = Jwks::default();
        assert_eq!(jwks.choose(&token("a"), 0), Choice::Ask);
        jwks.answered(None, 0);
        assert_eq!(jwks.choose(&token("a"), INTERVAL - 1), Choice::Unavailable);
        assert_eq!(jwks.choose(&token("a"), INTERVAL), Choice::Ask);
        jwks.answered(Some("<html>"), INTERVAL);
        assert_eq!(jwks.choose(&token("a"), INTERVAL), Choice::Unavailable);
    }

    #[test]
    fn an_old_set_is_used_for_a_day_while_no_new_one_can_be_had() {
        let mut jwks = had(&["a"], 0);
        assert_eq!(jwks.choose(&token("a"), USABLE - 1), Choice::Ask);
        jwks.answered(None, USABLE - 1);
        assert!(knows(&mut jwks, "a", USABLE - 1));
        assert_eq!(jwks.choose(&token("a"), USABLE), Choice::Unavailable);
    }
}
