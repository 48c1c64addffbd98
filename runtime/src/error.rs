//! Everything that the worker refuses over plain HTTP, and how it says so.
//!
//! A refusal says what to do; it never holds what is secret.

use std::fmt;

use crate::reply::Reply;
use crate::route::MAX_STORE_ID_BYTES;

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The URL names no store.
    StoreIdMissing,
    /// The store's id is longer than [`MAX_STORE_ID_BYTES`].
    StoreIdTooLong,
    /// The relay is spoken to without a WebSocket.
    UpgradeRequired,
    /// The path is not served with this method.
    MethodNotAllowed(&'static [&'static str]),
    /// Nothing is served under the path.
    NotFound,
    /// The worker lacks something that the spec declares; in words, with the spec's key.
    NotBound(String),
    /// The platform failed. What it said is for the log.
    Platform,
}

impl Error {
    /// The answer.
    pub fn reply(&self) -> Reply {
        let reply = Reply::text(self.status(), self.to_string());
        match self {
            Self::UpgradeRequired => reply.with("upgrade", "websocket").with("connection", "Upgrade"),
            Self::MethodNotAllowed(allowed) => reply.with("allow", allowed.join(", ")),
            _ => reply,
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::StoreIdMissing | Self::StoreIdTooLong => 400,
            Self::NotFound => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::UpgradeRequired => 426,
            Self::NotBound(_) | Self::Platform => 500,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StoreIdMissing => {
                f.write_str("The URL names no store: add `?storeId=` and the store's id.")
            }
            Self::StoreIdTooLong => {
                write!(f, "The store's id is too long: at most {MAX_STORE_ID_BYTES} bytes of UTF-8.")
            }
            Self::UpgradeRequired => {
                f.write_str(
                    "This path is for LiveStore sync: connect to it with a WebSocket (`Upgrade: websocket`) and name the store with `?storeId=`.",
                )
            }
            Self::MethodNotAllowed(allowed) => {
                write!(f, "This path does not take that method: use {}.", allowed.join(" or "))
            }
            Self::NotFound => f.write_str("Nothing is served here."),
            Self::NotBound(what) => write!(f, "The worker is not set up: {what}."),
            Self::Platform => f.write_str("The worker failed to answer; its log says why."),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let reply = Error::MethodNotAllowed(&["GET", "POST"]).reply();
        assert_eq!(reply.status, 405);
        assert!(reply.headers.contains(&("allow", "GET, POST".to_owned())));
        assert_eq!(reply.body, "This path does not take that method: use GET or POST.");
    }

    #[test]
    fn a_path_that_nobody_serves_is_not_found() {
        assert_eq!(Error::NotFound.reply(), Reply::text(404, "Nothing is served here."));
    }

    #[test]
    fn a_relay_without_an_upgrade_names_it_as_http_asks() {
        let reply = Error::UpgradeRequired.reply();
        assert_eq!(reply.status, 426);
        for part in ["LiveStore sync", "WebSocket", "`?storeId=`"] {
            assert!(reply.body.contains(part), "{}", reply.body);
        }
        assert!(reply.headers.contains(&("upgrade", "websocket".to_owned())));
    }
}
