//! What depends on earlier runs beside the migrations' text: Durable Object classes, rate limits' numbers, and which
//! folder is which database's.

#![expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]

mod classes;
mod databases;
mod project;
