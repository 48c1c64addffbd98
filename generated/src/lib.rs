// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! What `spec.toml` declares, as Rust: constants, types and SQL text, no behaviour.
#![allow(
    clippy::doc_lazy_continuation,
    clippy::doc_overindented_list_items,
    clippy::empty_docs,
    rustdoc::all
)]

pub mod admin;
pub mod auth;
pub mod llm;
pub mod relay;
pub mod routes;
pub mod tables;
pub mod tools;
pub mod web;
#[cfg(target_arch = "wasm32")]
pub mod env;

/// SHA-256 of the spec's content in hexadecimal. Comments and layout do not change it.
pub const SPEC_HASH: &str = "e931567f1be85306a34fda1a222da050683914e8fdd771374912d375f74d5aba";
