//! What bounds the clients of the relay and of the language models.

use schemars::JsonSchema;
use serde::Deserialize;

/// What one client and one store may take of an object, whose memory and thread all clients of the store share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawRelayLimits {
    /// The longest message that may hold a push, and the longest body over HTTP, in bytes. A longer push is refused.
    #[schemars(range(min = 10_000, max = 16_000_000))]
    pub frame_bytes: u32,
    /// Most events of one push. One of more is refused.
    #[schemars(range(min = 1, max = 100_000))]
    pub push_events: u32,
    /// Most sockets of one store at a time. A further client is told 503, and tries again.
    #[schemars(range(min = 1, max = 32_000))]
    pub connections: u32,
    /// Most messages of one socket in a second, but for acknowledgements; ten seconds' worth may come at once. A socket
    /// that sends more is closed, and its client connects again after a pause.
    #[schemars(range(min = 1, max = 10_000))]
    pub messages_per_second: u32,
}

impl Default for RawRelayLimits {
    fn default() -> Self {
        Self { frame_bytes: 8_000_000, push_events: 10_000, connections: 5_000, messages_per_second: 1_000 }
    }
}

/// What one request may take of the models, and how patient the worker is with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawLlmLimits {
    /// The longest body of a request, in bytes.
    #[schemars(range(min = 1_000, max = 16_000_000))]
    pub body_bytes: u32,
    /// Most messages of a request.
    #[schemars(range(min = 1, max = 10_000))]
    pub messages: u32,
    /// The longest message, in bytes of JSON.
    #[schemars(range(min = 100, max = 16_000_000))]
    pub message_bytes: u32,
    /// Most tokens of an answer: what a client may ask for, and what it gets if it asks for none.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub output_tokens: u32,
    /// How long a model may take until its answer begins, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub first_byte_seconds: u32,
    /// How long it may be silent within its answer, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub idle_seconds: u32,
    /// How long an answer may take in all, in seconds.
    #[schemars(range(min = 1, max = 3_600))]
    pub total_seconds: u32,
    /// How often a call is made again that was refused for a reason that may pass, before anything of an answer has come.
    #[schemars(range(max = 5))]
    pub retries: u32,
    /// How often a model that called a tool wrongly is told so and asked again.
    #[schemars(range(max = 3))]
    pub repairs: u32,
}

impl Default for RawLlmLimits {
    fn default() -> Self {
        Self {
            body_bytes: 1_000_000,
            messages: 500,
            message_bytes: 200_000,
            output_tokens: 8_192,
            first_byte_seconds: 60,
            idle_seconds: 60,
            total_seconds: 300,
            retries: 2,
            repairs: 1,
        }
    }
}
