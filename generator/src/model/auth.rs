//! How clients prove who they are.
//!
//! Owns what a proof is made of. Must not know how one is checked: the runtime does that.

use super::name::{AuthName, BindingName};

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
}

impl Auth {
    /// The secrets and variables that it reads.
    pub fn reads(&self) -> Vec<&BindingName> {
        match &self.proof {
            Proof::Token { secret } => vec![secret],
        }
    }
}
