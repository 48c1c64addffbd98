//! Why a client may not, in words that hold nothing secret.

use std::fmt;

use glue::auth::Place;

/// Why a client is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no token in any of these places.
    NoToken(&'static [Place]),
    /// It is not the token that all clients share.
    WrongToken,
}

impl Refusal {
    /// 401: with another token it may be otherwise.
    pub fn status(&self) -> u16 {
        401
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken(places) => {
                f.write_str("A token is needed, and the request has none:")?;
                for (index, place) in places.iter().enumerate() {
                    f.write_str(if index == 0 { " " } else { ", or " })?;
                    match place {
                        Place::Payload => f.write_str("connect with the payload `{ authToken: \"…\" }`")?,
                        Place::Header => f.write_str("send the header `Authorization: Bearer …`")?,
                        Place::Cookie(name) => write!(f, "set the cookie `{name}`")?,
                    }
                }
                f.write_str(".")
            }
            Self::WrongToken => f.write_str("The token is not the right one."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_without_a_token_is_told_where_to_put_it() {
        const PLACES: &[Place] = &[Place::Payload, Place::Header, Place::Cookie("session")];
        assert_eq!(
            Refusal::NoToken(PLACES).to_string(),
            "A token is needed, and the request has none: connect with the payload `{ authToken: \"…\" }`, or send the \
             header `Authorization: Bearer …`, or set the cookie `session`."
        );
    }
}
