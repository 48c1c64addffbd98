//! How clients prove who they are.
//!
//! Owns what a proof is made of. Must not know how one is checked: the runtime does that.

use std::fmt;

use serde::Serialize;

use super::name::{AuthName, BindingName};
use crate::spec::RawAlgorithm;

/// One way to prove who one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// Its name, by which routes use it.
    pub name: AuthName,
    /// Where the token may be, in the order in which it is looked for; never empty.
    pub places: Vec<Place>,
    /// What makes the token good.
    pub proof: Proof,
}

/// Where a client puts its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `authToken` of the payload in the URL.
    Payload,
    /// `Authorization: Bearer …`.
    Header,
    /// The cookie of that name.
    Cookie(String),
}

/// What makes a token good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It is this secret.
    Token {
        /// The secret.
        secret: BindingName,
    },
    /// It is a JSON Web Token.
    Jwt(Jwt),
}

/// What a JSON Web Token has to be, and what it grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    /// How it may be signed: by a shared key alone, or by private keys alone.
    pub algorithms: Vec<RawAlgorithm>,
    /// What its signature is checked with.
    pub keys: Keys,
    /// Who has made it.
    pub issuer: Option<Setting>,
    /// Whom it is for: one of these.
    pub audience: Vec<Setting>,
    /// By how many seconds clocks may differ.
    pub leeway: u32,
    /// Claims that it must have.
    pub require: Vec<String>,
    /// Stores that its bearer may read.
    pub read: Vec<Pattern>,
    /// Stores that its bearer may read and write.
    pub write: Vec<Pattern>,
}

/// What signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// The key in this secret or variable.
    Named(BindingName),
    /// The key set at this URL.
    Jwks(Setting),
}

/// A text, or the variable that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// The text itself.
    Text(String),
    /// A variable whose value is text.
    Var(BindingName),
}

impl Setting {
    /// The text, or the variable's name.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Var(name) => name.as_str(),
        }
    }
}

/// Stores whose ids are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// What stands before the claim; all, if there is none.
    pub before: String,
    /// The claim whose values stand there.
    pub claim: Option<String>,
    /// What stands after it.
    pub after: String,
    /// Whether anything may follow.
    pub open: bool,
}

impl Pattern {
    /// Reads `user-{sub}`, `{stores}`, `team-{team}/*`, `public` or `*`; the error says what is wrong with another.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let (text, open) = text.strip_suffix('*').map_or((text, false), |before| (before, true));
        let (before, claim, after) = match text.split_once('{') {
            Some((before, rest)) => {
                let (claim, after) =
                    rest.split_once('}').ok_or("a `{` opens the name of a claim, and `}` closes it")?;
                (before, Some(claim), after)
            }
            None => (text, None, ""),
        };
        if claim == Some("") {
            return Err("name a claim within the braces, as in `user-{sub}`");
        }
        let braces = |text: &str| text.contains(['{', '}']);
        if braces(before) || braces(after) || claim.is_some_and(braces) {
            return Err("a pattern has one claim: two values side by side could be read in several ways");
        }
        if before.contains('*') || after.contains('*') {
            return Err("a `*` stands at the end alone, for whatever follows");
        }
        if before.is_empty() && claim.is_none() && !open {
            return Err("write a store's id, `*` for all stores, or a claim as in `{stores}`");
        }
        let text = str::to_owned;
        Ok(Self { before: text(before), claim: claim.map(text), after: text(after), open })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.before)?;
        if let Some(claim) = &self.claim {
            write!(f, "{{{claim}}}")?;
        }
        write!(f, "{}{}", self.after, if self.open { "*" } else { "" })
    }
}

impl Auth {
    /// The secrets and variables that it reads.
    pub fn reads(&self) -> Vec<&BindingName> {
        match &self.proof {
            Proof::Token { secret } => vec![secret],
            Proof::Jwt(jwt) => {
                let (key, jwks) = match &jwt.keys {
                    Keys::Named(name) => (Some(name), None),
                    Keys::Jwks(url) => (None, Some(url)),
                };
                let settings = jwks.into_iter().chain(&jwt.issuer).chain(&jwt.audience);
                let vars = settings.filter_map(|setting| match setting {
                    Setting::Var(name) => Some(name),
                    Setting::Text(_) => None,
                });
                key.into_iter().chain(vars).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_shown_as_it_was_written() {
        for text in
            ["user-{sub}", "{stores}", "team-{team}/*", "{https://app.example.com/stores}", "public", "*"]
        {
            assert_eq!(Pattern::new(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_pattern_that_could_be_read_in_several_ways_is_refused() {
        for text in ["", "{", "{}", "{a}{b}", "{a", "a}", "a*b", "*{a}", "{{a}}", "a-{b}-{c}"] {
            assert!(Pattern::new(text).is_err(), "{text:?}");
        }
    }
}
