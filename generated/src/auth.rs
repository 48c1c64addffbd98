// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! How the clients of a route prove who they are.

/// What a route asks of its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth {
    /// Where the token may be; the first place that has one counts.
    pub places: &'static [Place],
    /// What makes it good.
    pub proof: Proof,
}

/// Where a client puts its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `authToken` of the payload in the URL.
    Payload,
    /// `Authorization: Bearer …`.
    Header,
    /// The cookie of that name.
    Cookie(&'static str),
}

/// What makes a token good. Texts in it name secrets, whose values [`read`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is this secret.
    Token(&'static str),
}

/// The value of what a proof names; None if nothing here names it.
#[cfg(target_arch = "wasm32")]
#[allow(clippy::match_single_binding, reason = "where nothing is read")]
pub fn read<'a>(
    env: &'a crate::env::Env,
    name: &str,
) -> Option<Result<&'a str, &'a crate::env::Missing>> {
    let _ = env;
    match name {
        _ => None,
    }
}
