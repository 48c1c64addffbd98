//! End-to-end tests. They share one worker where they can: each has stores of its own.

mod hibernation;
mod http;
mod livestore;
mod relay;
mod restart;
