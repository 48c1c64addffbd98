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

/// Most tokens of a user in a day.
pub const TOKENS_PER_USER: Option<u64> = Some(200_000);

/// Most tokens of all users in a day.
pub const TOKENS_PER_DEPLOYMENT: Option<u64> = Some(5_000_000);

/// Where tokens are counted: `bindings.DB`.
#[cfg(target_arch = "wasm32")]
pub fn budget(env: &crate::env::Env) -> Option<&worker::D1Database> {
    Some(&env.db)
}

/// Sets tokens aside if all counters have so many left, else changes nothing.
/// `?1` a JSON object: `day`; `tokens`; `counters`, a list of `[user_id, most]`.
pub const RESERVE_TOKENS: &str = r#"
INSERT INTO "llm_tokens" ("day", "user_id", "tokens")
SELECT ?1 ->> 'day', "value" ->> 0, ?1 ->> 'tokens' FROM json_each(?1, '$.counters')
WHERE NOT EXISTS (
  SELECT 1 FROM json_each(?1, '$.counters') AS "counter"
  LEFT JOIN "llm_tokens" AS "taken" ON "taken"."day" = ?1 ->> 'day' AND "taken"."user_id" = "counter"."value" ->> 0
  WHERE coalesce("taken"."tokens", 0) + (?1 ->> 'tokens') > "counter"."value" ->> 1
)
ON CONFLICT ("day", "user_id") DO UPDATE SET "tokens" = "tokens" + excluded."tokens""#;

/// Puts what was used in the place of what was set aside. `?1` that object, with `used`.
pub const SETTLE_TOKENS: &str = r#"
UPDATE "llm_tokens" SET "tokens" = max(0, "tokens" - (?1 ->> 'tokens') + (?1 ->> 'used'))
WHERE "day" = ?1 ->> 'day' AND "user_id" IN (SELECT "value" ->> 0 FROM json_each(?1, '$.counters'))"#;
