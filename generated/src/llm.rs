//! The LLM route's settings.

/// The models that a client may ask for; the first is the default.
pub const MODELS: &[&str] = &["gpt-4o-mini", "claude-sonnet-4-5"];

/// The upstream service.
pub const PROVIDER: &str = "braintrust";

/// Where the upstream service is, without a trailing slash.
pub const BASE_URL: &str = "https://gateway.braintrust.dev/v1";

/// The names of the tools that the route offers; their definitions are in [`crate::tools`].
pub const TOOLS: &[&str] = &["create_task", "complete_task"];
