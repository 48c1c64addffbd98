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

/// What makes a token good. Names in it are of secrets and variables, whose values
/// [`read`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is this secret.
    Token(&'static str),
    /// It is a JSON Web Token.
    Jwt(Jwt),
}

/// What a JSON Web Token has to be, and what it grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jwt {
    /// How it may be signed.
    pub algorithms: &'static [Algorithm],
    /// What its signature is checked with.
    pub keys: Keys,
    /// Who has made it.
    pub issuer: Option<Setting>,
    /// Whom it is for: one of these.
    pub audience: &'static [Setting],
    /// By how many seconds clocks may differ.
    pub leeway: u64,
    /// Claims that it must have.
    pub require: &'static [&'static str],
    /// Stores that its bearer may read.
    pub read: &'static [Pattern],
    /// Stores that its bearer may read and write.
    pub write: &'static [Pattern],
}

/// How a token may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// What signatures are checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// The key in this secret or variable.
    Named(&'static str),
    /// The key set at this URL.
    Jwks(Setting),
}

/// A text of the spec, or the name of the variable that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The text itself.
    Text(&'static str),
    /// The variable's name.
    Named(&'static str),
}

/// Stores: `before`, then each value of the claim, then `after`; and with `open`, whatever follows. The values of a claim
/// that stands alone are patterns themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before the claim; all, if there is none.
    pub before: &'static str,
    /// The claim: its name, or its path with `.` between names.
    pub claim: Option<&'static str>,
    /// What stands after it.
    pub after: &'static str,
    /// Whether a `*` ends it.
    pub open: bool,
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
