//! End-to-end tests. They share one worker where they can: each has stores of its own.

mod auth;
mod faults;
mod hibernation;
mod http;
mod http_sync;
mod jwt;
mod large;
mod livestore;
mod object;
mod peers;
mod relay;
mod restart;
