//! From `spec.toml` to a deployment.

pub mod model;
