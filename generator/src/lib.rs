//! From `spec.toml` to a deployment.
//!
//! ```text
//! spec.toml ─Document::parse→ Document ─shape→ RawSpec ─lower→ Spec ─plan→ Plan ─render→ files ─output→ generated/
//! ```
//! Each stage is a function from what it is given to its result and its findings; only `output` and the modules that
//! start other programs touch the world.

pub mod allocation;
pub mod build;
pub mod classes;
pub mod cli;
pub mod compatibility;
pub mod declared;
pub mod dev;
pub mod dev_vars;
pub mod diagnostic;
pub mod difference;
pub mod document;
mod environment;
pub mod explain;
pub mod graph;
pub mod histories;
pub mod import;
pub mod interrupt;
pub mod lock;
pub mod migrate;
pub mod model;
pub mod operate;
pub mod output;
pub mod outside;
pub mod path;
pub mod pipeline;
pub mod plan;
pub mod printed;
pub mod process;
pub mod progress;
pub mod project;
pub mod rebase;
pub mod render;
pub mod shape;
pub mod spec;
pub mod sql;
mod stamp;
pub mod stand_in;
pub mod stored;
pub mod toolchain;
pub mod usage;
pub mod wrangler;
