// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! Who may operate the relay.

/// The secret that callers of the admin route have to know: `secrets.ADMIN_TOKEN`.
#[cfg(target_arch = "wasm32")]
pub fn token(
    env: &crate::env::Env,
) -> Option<Result<&crate::env::Secret, &crate::env::Missing>> {
    Some(env.admin_token.as_ref())
}
