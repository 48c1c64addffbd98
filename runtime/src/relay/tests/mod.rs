//! The relay from outside: inputs in, effects out, against a store in memory.

mod faults;
mod harness;
mod http;
mod interleavings;
mod limits;
mod retries;
mod store;
mod wire;
