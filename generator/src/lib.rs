//! From `spec.toml` to a deployment.

pub mod build;
pub mod dev;
pub mod diagnostic;
pub mod document;
mod environment;
pub mod interrupt;
pub mod migrate;
pub mod model;
pub mod path;
pub mod process;
pub mod progress;
pub mod project;
pub mod shape;
pub mod spec;
mod stamp;
pub mod toolchain;
pub mod wrangler;
