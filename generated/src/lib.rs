//! What `spec.toml` declares, as Rust: constants, types and SQL text, no behaviour.

pub mod llm;
pub mod relay;
pub mod routes;
pub mod tables;
pub mod tools;

#[cfg(target_arch = "wasm32")]
pub mod env;

/// SHA-256 of the spec's content in hexadecimal; comments and layout do not change it.
pub const SPEC_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";
