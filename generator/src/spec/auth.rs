//! How clients prove who they are, as the spec has it.

use schemars::JsonSchema;
use serde::Deserialize;

/// How clients of a route prove who they are. A route names it with `auth`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawAuth {
    /// One secret that all clients share. Whoever has it may read and write everything.
    Token {
        /// The secret that clients have to send.
        #[schemars(example = &"SYNC_TOKEN")]
        secret: String,
        /// Where a client may put it; the first place that has one counts.
        #[serde(default = "client_places")]
        #[schemars(length(min = 1))]
        from: Vec<RawPlace>,
        /// The name of the cookie, if `from` has `cookie`.
        #[schemars(example = &"session")]
        cookie: Option<String>,
    },
    /// A JSON Web Token, signed by whoever signs users in. It says which stores its bearer may use, and until when.
    Jwt {
        /// How it may be signed: `HS256` alone, or any of the others.
        #[schemars(length(min = 1), example = ["ES256"])]
        algorithms: Vec<RawAlgorithm>,
        /// The secret or variable with the key: for `HS256` at least 32 characters, for the others a public key as PEM or
        /// JWK, or a set of them.
        #[schemars(example = &"JWT_KEY")]
        key: Option<String>,
        /// Where the set of public keys is (JWKS), or the name of the variable that says so. It is kept for ten minutes,
        /// and asked for again when a token names another key.
        #[schemars(example = &"https://accounts.example.com/.well-known/jwks.json", example = &"JWKS_URL")]
        jwks: Option<String>,
        /// Who must have made it (`iss`), or the name of the variable that says so.
        #[schemars(example = &"https://accounts.example.com/", example = &"AUTH_ISSUER")]
        issuer: Option<String>,
        /// Whom it must be for (`aud`): one of these, each a text or the name of a variable. A token for somebody is not
        /// taken where nobody is named.
        #[serde(default)]
        #[schemars(example = ["work-squared"])]
        audience: Vec<String>,
        /// By how many seconds clocks may differ.
        #[serde(default = "leeway")]
        #[schemars(range(max = 600))]
        leeway: u32,
        /// Claims that it must have, beside `exp`.
        #[serde(default)]
        #[schemars(example = ["sub"])]
        require: Vec<String>,
        /// The stores that its bearer may read: `*` for all, `public-*` for all that begin so, `user-{sub}` with the value
        /// of a claim, `{stores}` for those that the claim lists, which may end in `*` too. A claim within others is
        /// named by its path: `{app.stores}`.
        #[serde(default)]
        #[schemars(example = ["{stores_read}"])]
        read: Vec<String>,
        /// The stores that its bearer may read and write, in the same way.
        #[serde(default)]
        #[schemars(example = ["{stores}", "user-{sub}"])]
        write: Vec<String>,
        /// Where a client may put it; the first place that has one counts.
        #[serde(default = "client_places")]
        #[schemars(length(min = 1))]
        from: Vec<RawPlace>,
        /// The name of the cookie, if `from` has `cookie`.
        #[schemars(example = &"session")]
        cookie: Option<String>,
    },
}

impl RawAuth {
    /// Where the token may be.
    pub fn places(&self) -> &[RawPlace] {
        match self {
            Self::Token { from, .. } | Self::Jwt { from, .. } => from,
        }
    }
}

/// How a token may be signed (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum RawAlgorithm {
    /// HMAC with SHA-256: whoever checks tokens can make them.
    #[serde(rename = "HS256")]
    Hs256,
    /// RSA with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// The elliptic curve P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl RawAlgorithm {
    /// The word in the spec and in tokens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

fn leeway() -> u32 {
    60
}

/// Where a client puts its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawPlace {
    /// `authToken` of the payload that the LiveStore client puts into the URL: `syncPayload: { authToken: "…" }`.
    Payload,
    /// The header `Authorization: Bearer …`.
    Header,
    /// A cookie, which browsers send by themselves.
    Cookie,
}

impl RawPlace {
    /// The word in the spec.
    pub fn word(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

fn client_places() -> Vec<RawPlace> {
    vec![RawPlace::Payload, RawPlace::Header]
}
