//! Everything that the worker refuses over plain HTTP, and how it says so.
//!
//! A refusal says what to do; it never holds what is secret.

use std::fmt;

use serde::Serialize;

use crate::auth::Refusal;
use crate::relay::Closing;
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
    /// The URL says `transport=http`, which is for POST.
    PostRequired,
    /// The URL names a transport that there is not.
    UnknownTransport,
    /// The body of a request to the relay is longer than this many bytes.
    BodyTooLong(usize),
    /// The store has as many sockets as it may.
    StoreFull,
    /// A page of this origin may not use the relay.
    ForeignOrigin,
    /// The client has not proven who it is, or may not do this.
    Refused(Refusal),
    /// The relay could not answer a request over HTTP.
    Unanswered(Closing),
    /// The caller does not know the admin route's token.
    TokenRequired,
    /// The store is not there.
    UnknownStore,
    /// The body of an admin request makes no sense; why.
    Malformed(String),
    /// What an admin request wants does not fit the store as it is; in words.
    Conflict(String),
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
            Self::Refused(refusal) if refusal.status() == 401 => reply.with("www-authenticate", "Bearer"),
            Self::Refused(refusal) if refusal.status() == 503 => reply.with("retry-after", "10"),
            Self::PostRequired => reply.with("allow", "POST, OPTIONS"),
            Self::UnknownStore => reply.with("x-reason", "unknown-store"), // told from a URL that leads nowhere
            Self::Unanswered(_) | Self::StoreFull => reply.with("retry-after", "1"),
            Self::TokenRequired => reply.with("www-authenticate", "Bearer"),
            Self::MethodNotAllowed(allowed) => reply.with("allow", allowed.join(", ")),
            _ => reply,
        }
    }

    /// The answer to whoever asks at a path of programs: in JSON, as OpenAI's clients read errors, where the path itself
    /// is at fault.
    pub fn reply_to_program(&self) -> Reply {
        let code = match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            _ => return self.reply(),
        };
        let fields = Fields { message: self.to_string(), r#type: "invalid_request_error", param: None, code };
        let mut reply = self.reply();
        reply.headers.retain(|(name, _)| *name != "content-type");
        let json = Reply::json(self.status(), &Body { error: fields });
        json.with_all(reply.headers)
    }

    fn status(&self) -> u16 {
        match self {
            Self::StoreIdMissing | Self::StoreIdTooLong | Self::UnknownTransport | Self::Malformed(_) => 400,
            Self::TokenRequired => 401,
            Self::ForeignOrigin => 403,
            Self::Refused(refusal) => refusal.status(),
            Self::NotFound | Self::UnknownStore => 404,
            Self::MethodNotAllowed(_) | Self::PostRequired => 405,
            Self::Conflict(_) => 409,
            Self::BodyTooLong(_) => 413,
            Self::UpgradeRequired => 426,
            Self::NotBound(_) | Self::Platform => 500,
            Self::Unanswered(_) | Self::StoreFull => 503,
        }
    }
}

#[derive(Serialize)]
struct Body {
    error: Fields,
}

#[derive(Serialize)]
struct Fields {
    message: String,
    r#type: &'static str,
    param: Option<&'static str>,
    code: &'static str,
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
                    "This path is for LiveStore sync: connect to it with a WebSocket (`Upgrade: websocket`), or POST with `transport=http`, and name the store with `?storeId=`.",
                )
            }
            Self::PostRequired => {
                f.write_str("Sync with `transport=http` is by POST: send one request as JSON.")
            }
            Self::UnknownTransport => {
                f.write_str("The URL names a transport that there is not: use `transport=ws` or `transport=http`.")
            }
            Self::BodyTooLong(limit) => {
                write!(f, "The request is too long: at most {limit} bytes are taken. Push fewer events at a time.")
            }
            Self::StoreFull => f.write_str("The store has as many clients as it may: try again later."),
            Self::ForeignOrigin => {
                f.write_str("Pages of this origin may not use the relay: `relay.allowed_origins` in spec.toml names those that may.")
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unanswered(why) => write!(f, "The request was not answered: {}.", why.reason()),
            Self::MethodNotAllowed(allowed) => {
                write!(f, "This path does not take that method: use {}.", allowed.join(" or "))
            }
            Self::TokenRequired => {
                f.write_str("This path needs `Authorization: Bearer` and the token that spec.toml names for it.")
            }
            Self::UnknownStore => f.write_str("There is no such store."),
            Self::Malformed(why) => write!(f, "The request makes no sense: {why}."),
            Self::Conflict(why) => write!(f, "The store is not as this needs it: {why}."),
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
    fn a_program_is_told_in_json_that_its_path_is_wrong() {
        let reply = Error::NotFound.reply_to_program();
        assert_eq!(reply.status, 404);
        assert_eq!(reply.headers, [("content-type", "application/json".to_owned())]);
        assert_eq!(
            reply.body,
            r#"{"error":{"message":"Nothing is served here.","type":"invalid_request_error","param":null,"code":"not_found"}}"#
        );
        let reply = Error::MethodNotAllowed(&["POST"]).reply_to_program();
        assert_eq!(reply.status, 405);
        assert!(reply.headers.contains(&("allow", "POST".to_owned())));
        assert!(reply.body.contains(r#""code":"method_not_allowed""#), "{}", reply.body);
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
