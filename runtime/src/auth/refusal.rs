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
    /// It is no JSON Web Token that is taken here, and why.
    Malformed(&'static str),
    /// It is signed in a way that the spec does not have.
    Algorithm,
    /// No key is for it.
    UnknownKey,
    /// The key set with which it would be checked cannot be had.
    NoKeys,
    /// Its signature is not of that key.
    Signature,
    /// It held until now, at most.
    Expired,
    /// It does not hold yet.
    NotYet,
    /// Somebody else has made it.
    Issuer,
    /// It is for somebody else.
    Audience,
    /// It lacks this claim.
    Claim(String),
    /// It does not open this store.
    Store,
}

impl Refusal {
    /// 401 if it is not known who asks, 403 if it is, 503 if that cannot be found out.
    pub fn status(&self) -> u16 {
        match self {
            Self::Store => 403,
            Self::NoKeys => 503,
            _ => 401,
        }
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
            Self::Malformed(why) => write!(f, "The token is not taken: {why}."),
            Self::Algorithm => f.write_str("The token is signed with an algorithm that is not taken here."),
            Self::UnknownKey => f.write_str("The token is signed with a key that is not known here."),
            Self::NoKeys => {
                f.write_str("The token cannot be checked now: its issuer's keys cannot be had. Try again.")
            }
            Self::Signature => f.write_str("The token's signature is not good."),
            Self::Expired => f.write_str("The token has expired: get a new one."),
            Self::NotYet => f.write_str("The token does not hold yet."),
            Self::Issuer => f.write_str("The token is of another issuer."),
            Self::Audience => f.write_str("The token is for another audience."),
            Self::Claim(name) => write!(f, "The token lacks the claim `{name}`."),
            Self::Store => f.write_str("The token does not open this store."),
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
