//! The relay from outside: inputs in, effects out, against a store in memory.

mod faults;
mod grants;
mod harness;
mod http;
mod interleavings;
mod limits;
mod store;
mod wire;
