//! Who may do what in a store: from what a client sends to a [`Grant`], or to a [`Refusal`].
//!
//! Pure: it knows no clock, no secret that it is not given and no cryptography. What a proof has to be is declared in
//! `spec.toml` ([`glue::auth`]). A JSON Web Token is read ([`token`]), its key is chosen ([`key`], [`jwks`]), the shell
//! checks the signature, and only then is what it says judged ([`claims`], [`stores`]).

pub mod claims;
mod credentials;
mod grant;
pub mod jwks;
pub mod key;
mod refusal;
pub mod stores;
pub mod token;
mod user;

pub use credentials::{Credentials, bearer};
pub use grant::{GRANT_HEADER, Grant};
pub use refusal::Refusal;
pub use user::User;

use subtle::ConstantTimeEq;

/// Compares a token with the secret that all clients share. How long it takes tells nothing of the secret but its
/// length.
pub fn shared(secret: &str, token: &str) -> Result<(), Refusal> {
    match bool::from(secret.as_bytes().ct_eq(token.as_bytes())) {
        true => Ok(()),
        false => Err(Refusal::WrongToken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_token_is_taken_and_no_other() {
        assert_eq!(shared("geheim", "geheim"), Ok(()));
        for wrong in ["geheiM", "geheim ", "gehei", "", "geheimgeheim"] {
            assert_eq!(shared("geheim", wrong), Err(Refusal::WrongToken), "{wrong:?}");
        }
    }
}
