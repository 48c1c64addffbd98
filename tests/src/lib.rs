//! The world in which the end-to-end tests run: a real workerd with the generated configuration, its
//! database, and the clients that talk to it.
//!
//! Everything here waits for a condition with a deadline, and panics with what was seen when it does not
//! come about. Nothing here knows what a test expects.

pub mod cloudflare;
pub mod database;
pub mod faults;
pub mod issuer;
pub mod livestore;
pub mod patience;
pub mod peers;
pub mod process;
pub mod project;
pub mod python;
pub mod relay;
mod server;
mod trap;
pub mod wire;
pub mod world;

pub use server::{ADMIN_TOKEN, packages};
