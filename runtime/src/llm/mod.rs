//! The language models' route: chat completions in OpenAI's form, with a key that stays here.
//!
//! - [`request`]: what a client may ask. [`upstream`]: how the service is asked.
//! - [`stream`] and [`completion`]: what becomes of its answer; [`sse`] reads it, [`calls`] holds calls of tools until
//!   [`arguments`] finds them valid.
//! - [`error`]: how every failure is told. [`usage`]: what an answer took. [`ledger`]: what a call leaves behind.
//! - [`budget`]: what a day may take.
//!
//! It knows nothing of JavaScript, time or I/O.

pub mod arguments;
pub mod budget;
pub mod calls;
pub mod completion;
pub mod error;
pub mod ledger;
mod messages;
pub mod request;
pub mod sse;
pub mod stream;
pub mod upstream;
pub mod usage;

#[cfg(test)]
mod tests;
