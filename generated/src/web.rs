// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The web app's files.

/// The binding that serves them: `bindings.ASSETS`.
#[cfg(target_arch = "wasm32")]
pub fn assets(env: &crate::env::Env) -> Option<&worker::Fetcher> {
    Some(&env.assets)
}
