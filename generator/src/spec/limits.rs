//! What bounds the relay's clients.

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
