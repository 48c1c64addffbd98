// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The worker's environment, typed. Bindings and variables are there or the worker answers nothing; a missing
//! secret fails only the handler that reads it.

use std::fmt;

/// Everything that `spec.toml` binds.
pub struct Env {
    /// `bindings.WEBSOCKET_SERVER`
    pub websocket_server: worker::durable::ObjectNamespace,
    /// `bindings.DB`
    pub db: worker::D1Database,
    /// `bindings.ASSETS`
    pub assets: worker::Fetcher,
    /// `bindings.LLM_CALLS`
    pub llm_calls: worker::RateLimiter,
    /// `vars.BRAINTRUST_PROJECT_ID`
    pub braintrust_project_id: String,
    /// `secrets.BRAINTRUST_API_KEY`
    /// Braintrust service key (bt-st-…)
    pub braintrust_api_key: Result<Secret, Missing>,
    /// `secrets.ADMIN_TOKEN`
    /// Lets its holder read and replace stores: a long random text
    pub admin_token: Result<Secret, Missing>,
}

impl Env {
    /// Reads the environment of a request or an object.
    pub fn bind(env: &worker::Env) -> Result<Self, Missing> {
        Ok(Self {
            websocket_server: Missing::check(
                "bindings.WEBSOCKET_SERVER",
                env.durable_object("WEBSOCKET_SERVER"),
            )?,
            db: Missing::check("bindings.DB", env.d1("DB"))?,
            assets: Missing::check("bindings.ASSETS", env.assets("ASSETS"))?,
            llm_calls: Missing::check(
                "bindings.LLM_CALLS",
                env.rate_limiter("LLM_CALLS"),
            )?,
            braintrust_project_id: Missing::check(
                "vars.BRAINTRUST_PROJECT_ID",
                text(env, "BRAINTRUST_PROJECT_ID"),
            )?,
            braintrust_api_key: Missing::check(
                    "secrets.BRAINTRUST_API_KEY",
                    env.secret("BRAINTRUST_API_KEY"),
                )
                .map(|secret| Secret(secret.to_string())),
            admin_token: Missing::check("secrets.ADMIN_TOKEN", env.secret("ADMIN_TOKEN"))
                .map(|secret| Secret(secret.to_string())),
        })
    }
}

fn text(env: &worker::Env, name: &str) -> worker::Result<String> {
    env.var(name).map(|value| value.to_string())
}

/// A secret's value. It has no `Debug` or `Display`, so it cannot reach a log by accident.
pub struct Secret(String);

impl Secret {
    /// The value, to be sent to the service that it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Something that the spec declares and the running worker does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its key in the spec: `bindings.DB`.
    pub key: &'static str,
    /// What the platform said.
    pub reason: String,
}

impl Missing {
    fn check<T>(key: &'static str, found: worker::Result<T>) -> Result<T, Self> {
        found
            .map_err(|error| Self {
                key,
                reason: error.to_string(),
            })
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f, "`{}` is declared in spec.toml but not bound to this worker ({})", self
            .key, self.reason
        )
    }
}

impl std::error::Error for Missing {}
