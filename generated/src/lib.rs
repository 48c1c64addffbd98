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
pub const SPEC_HASH: &str = "b808c329b5deed400df70788d12a332d9c77ef600a8332b5d2f48eed7f56a869";
