//! The worker: LiveStore sync, the language models' route, static assets.
//!
//! - [`admin`]: operating one store of the relay.
//! - [`protocol`]: frames of LiveStore's sync protocol, to and from text.
//! - [`relay`]: what one store's object answers, as a state machine.
//! - [`store`]: what the relay asks of the database, and what it is answered.
//! - [`route`]: which handler answers a request. [`llm`]: the language models' route.
//! - [`auth`] and [`origin`]: who may do what, and whose pages may.
//! - [`page`]: what is answered where neither a route nor a file is.
//! - [`reply`], [`error`] and [`cors`]: answers over plain HTTP.
//! - [`time`]: moments as text.
//! - `shell`: wasm only; the entry points, the Durable Object, the database, the assets.
//!
//! What always holds: only `shell` names JavaScript or does I/O, and it decides nothing; everything
//! else takes time, ids, rows and text and is tested natively.

pub mod admin;
pub mod auth;
pub mod cors;
pub mod error;
pub mod llm;
pub mod origin;
pub mod page;
pub mod protocol;
pub mod relay;
pub mod reply;
pub mod route;
#[cfg(target_arch = "wasm32")]
mod shell;
pub mod store;
pub mod time;
