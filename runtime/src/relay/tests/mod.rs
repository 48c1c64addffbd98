//! The relay from outside: inputs in, effects out, against a store in memory.

mod faults;
mod grants;
mod harness;
mod http;
mod limits;
mod malformed;
mod retries;
mod simulation;
mod store;
mod wire;
