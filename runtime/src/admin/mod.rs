//! Operating one store of the relay: what it holds, its events out and in, a new beginning.
//!
//! Owns the admin route's requests and answers and who may send them. `generator store` is their client. Must not know
//! sockets, nor how the store is kept.

mod page;

pub use page::{Import, page};

use serde::Serialize;

use crate::auth;
use crate::error::Error;
use crate::route;
use crate::store::mirror;

/// The longest body, in bytes. `generator store import` sends pages of about 1,000,000; one event may take twice that.
pub const BODY_BYTES: usize = 4_000_000;

/// What is wanted of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The store's id.
    pub store_id: String,
    /// What is wanted.
    pub command: Command,
}

/// What can be wanted of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `GET status`: its [`Status`].
    Status,
    /// `GET log?after=N`: a page of its events.
    Export {
        /// The cursor, exclusive.
        after: u64,
    },
    /// `POST log`: a page of events onto its head, answered by [`Imported`]; see [`Import`].
    Import,
    /// `POST reset`: no events, and another backend id, so that every client wipes its copy.
    Reset,
    /// `POST mirror`: the copy of the record in D1 is made anew.
    Rebuild,
}

/// Finds what is wanted. `below` is the path behind the route's own, without a slash.
pub fn request(method: &str, below: &str, query: &str) -> Result<Request, Error> {
    let command = match (method, below) {
        ("GET", "status") => Command::Status,
        ("GET", "log") => Command::Export { after: after(query)? },
        ("POST", "log") => Command::Import,
        ("POST", "reset") => Command::Reset,
        ("POST", "mirror") => Command::Rebuild,
        (_, "status") => return Err(Error::MethodNotAllowed(&["GET"])),
        (_, "log") => return Err(Error::MethodNotAllowed(&["GET", "POST"])),
        (_, "reset" | "mirror") => return Err(Error::MethodNotAllowed(&["POST"])),
        _ => return Err(Error::NotFound),
    };
    Ok(Request { store_id: route::store_id(query)?, command })
}

fn after(query: &str) -> Result<u64, Error> {
    let Some(after) = route::parameter(query, "after") else { return Ok(0) };
    after.parse().map_err(|error| Error::Malformed(format!("`after={after}` is no sequence number: {error}")))
}

/// Whether the value of an Authorization header is `token`. How long this takes does not tell how much of it is right.
pub fn knows(authorization: Option<&str>, token: &str) -> bool {
    let given = authorization.and_then(auth::bearer);
    !token.is_empty() && given.is_some_and(|given| auth::shared(token, given).is_ok())
}

/// The answer to an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The store's head now.
    pub head: u64,
}

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Its id.
    pub store_id: String,
    /// Its name for itself.
    pub backend_id: String,
    /// When it was first used: ISO 8601, UTC.
    pub created_at: String,
    /// The last sequence number.
    pub head: u64,
    /// How many events.
    pub events: u64,
    /// The bytes of their texts.
    pub bytes: u64,
    /// How many sockets are open.
    pub connections: usize,
    /// How many pulls they and requests over HTTP have.
    pub pulls: usize,
    /// How far the copy of the record is, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<mirror::Status>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_method_name_one_command() {
        let command = |method, below, query| request(method, below, query).map(|it| it.command);
        assert_eq!(command("GET", "status", "storeId=s"), Ok(Command::Status));
        assert_eq!(command("GET", "log", "storeId=s&after=7"), Ok(Command::Export { after: 7 }));
        assert_eq!(command("GET", "log", "storeId=s"), Ok(Command::Export { after: 0 }));
        assert_eq!(command("POST", "log", "storeId=s"), Ok(Command::Import));
        assert_eq!(command("POST", "reset", "storeId=s"), Ok(Command::Reset));
        assert_eq!(command("POST", "mirror", "storeId=s"), Ok(Command::Rebuild));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        let refused = |method, below, query| request(method, below, query).unwrap_err();
        assert_eq!(refused("GET", "reset", "storeId=s"), Error::MethodNotAllowed(&["POST"]));
        assert_eq!(refused("POST", "status", "storeId=s"), Error::MethodNotAllowed(&["GET"]));
        assert_eq!(refused("GET", "logs", "storeId=s"), Error::NotFound);
        assert_eq!(refused("GET", "status", ""), Error::StoreIdMissing);
        assert!(matches!(refused("GET", "log", "storeId=s&after=-1"), Error::Malformed(_)));
    }

    #[test]
    fn only_who_knows_the_whole_token_is_let_in() {
        assert!(knows(Some("Bearer secret"), "secret"));
        assert!(knows(Some("bearer secret"), "secret"));
        for other in [None, Some("secret"), Some("Bearer "), Some("Bearer secre"), Some("Bearer secrets")] {
            assert!(!knows(other, "secret"), "{other:?}");
        }
        assert!(!knows(Some("Bearer "), ""), "a token that is not set lets nobody in");
    }
}
