//! The validated spec: what `Raw*` becomes once it is known to make sense.
//!
//! Owns the meaning of each section. Must not know TOML, files or output.

pub mod name;
pub mod tables;
