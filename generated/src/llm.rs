// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The settings of the route to the language models.

/// The models that a client may ask for; the first is the default.
pub const MODELS: &[&str] = &["gpt-4o-mini", "claude-sonnet-4-5"];

/// The upstream service.
pub const PROVIDER: &str = "braintrust";

/// Where the upstream service is, without a trailing slash.
pub const BASE_URL: &str = "https://gateway.braintrust.dev/v1";

/// The names of the tools that the route offers; their definitions are in [`crate::tools`].
pub const TOOLS: &[&str] = &["create_task", "complete_task", "list_tasks"];

/// The service's key: `secrets.BRAINTRUST_API_KEY`.
#[cfg(target_arch = "wasm32")]
pub fn api_key(
    env: &crate::env::Env,
) -> Result<&crate::env::Secret, &crate::env::Missing> {
    env.braintrust_api_key.as_ref()
}

/// The project to which calls are attributed: `vars.BRAINTRUST_PROJECT_ID`.
#[cfg(target_arch = "wasm32")]
pub fn project(env: &crate::env::Env) -> &str {
    &env.braintrust_project_id
}
