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
