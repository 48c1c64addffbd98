//! End-to-end tests. They share one worker where they can: each has stores of its own.

mod auth;
mod budgeted;
mod faults;
mod hibernation;
mod http;
mod http_sync;
mod jwt;
mod kills;
mod large;
mod limited;
mod livestore;
mod llm;
mod mirror;
mod object;
mod operating;
mod peers;
mod reference;
mod relay;
mod restart;
mod serving;
mod trap;
