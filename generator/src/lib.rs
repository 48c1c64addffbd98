//! From `spec.toml` to a deployment.

pub mod diagnostic;
pub mod document;
pub mod migrate;
pub mod model;
pub mod path;
pub mod shape;
pub mod spec;
