// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The settings of the route to the language models.

/// The models that a client may ask for; the first is the default.
pub const MODELS: &[&str] = &["gpt-4o-mini", "claude-sonnet-4-5"];

/// The model that is asked at last.
pub const FALLBACK_MODEL: Option<&str> = None;

/// The upstream service.
pub const PROVIDER: &str = "braintrust";

/// The names of the tools that the route offers; their definitions are in [`crate::tools`].
pub const TOOLS: &[&str] = &["create_task", "complete_task", "list_tasks"];

/// What the model is told before all that a client says.
pub const SYSTEM_PROMPT: Option<&str> = None;

/// Fields of a request that go on to the model unknown.
pub const EXTRA_FIELDS: &[&str] = &[];

/// The longest body of a request, in bytes.
pub const BODY_BYTES: usize = 1_000_000;

/// Most messages of a request.
pub const MESSAGES: usize = 500;

/// The longest message, in bytes of JSON.
pub const MESSAGE_BYTES: usize = 200_000;

/// Most tokens of an answer.
pub const OUTPUT_TOKENS: u64 = 8_192;

/// How long a model may take until its answer begins, in seconds.
pub const FIRST_BYTE_SECONDS: u64 = 60;

/// How long it may be silent within its answer, in seconds.
pub const IDLE_SECONDS: u64 = 60;

/// How long an answer may take in all, in seconds.
pub const TOTAL_SECONDS: u64 = 300;

/// How often a call is made again that was refused for a reason that may pass.
pub const RETRIES: u32 = 2;

/// How often a model that called a tool wrongly is asked again.
pub const REPAIRS: u32 = 1;

/// Where the upstream service is.
#[cfg(target_arch = "wasm32")]
pub fn base_url(_env: &crate::env::Env) -> &str {
    "https://gateway.braintrust.dev/v1"
}

/// The service's key: `secrets.BRAINTRUST_API_KEY`. None if no models are declared.
#[cfg(target_arch = "wasm32")]
pub fn api_key(
    env: &crate::env::Env,
) -> Option<Result<&crate::env::Secret, &crate::env::Missing>> {
    Some(env.braintrust_api_key.as_ref())
}

/// The project to which calls are attributed: `vars.BRAINTRUST_PROJECT_ID`.
#[cfg(target_arch = "wasm32")]
pub fn project(env: &crate::env::Env) -> Option<&str> {
    Some(&env.braintrust_project_id)
}

/// The period in which calls of a user are counted, in seconds; 0 if they are not.
pub const RATE_LIMIT_SECONDS: u64 = 60;

/// What counts the calls of each user: `bindings.LLM_CALLS`.
#[cfg(target_arch = "wasm32")]
pub fn rate_limit(env: &crate::env::Env) -> Option<&worker::RateLimiter> {
    Some(&env.llm_calls)
}

/// Where each call gets a row: `bindings.DB`.
#[cfg(target_arch = "wasm32")]
pub fn ledger(env: &crate::env::Env) -> Option<&worker::D1Database> {
    Some(&env.db)
}

/// Adds the row of a call. `?1` a JSON object with a member a column.
pub const ADD_CALL: &str = r#"
INSERT INTO "llm_calls" (
  "id", "created_at", "user_id", "store_id", "model", "input_tokens", "output_tokens", "cached_tokens", "estimated",
  "tool_calls", "latency_ms", "first_token_ms", "outcome"
)
SELECT ?1 ->> 'id', ?1 ->> 'created_at', ?1 ->> 'user_id', ?1 ->> 'store_id', ?1 ->> 'model',
  ?1 ->> 'input_tokens', ?1 ->> 'output_tokens', ?1 ->> 'cached_tokens', ?1 ->> 'estimated',
  ?1 ->> 'tool_calls', ?1 ->> 'latency_ms', ?1 ->> 'first_token_ms', ?1 ->> 'outcome'"#;
