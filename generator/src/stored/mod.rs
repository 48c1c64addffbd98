//! One store's events, taken out of a relay and put into another: the text form, and where it comes from.
//!
//! - [`client`]: a relay's admin route, and what is done by it.
//! - [`log`]: the text: a line for the store, then a line for each event.
//! - [`reference`]: the tables of LiveStore's own server, as that text.

pub mod client;
pub mod log;
pub mod reference;
