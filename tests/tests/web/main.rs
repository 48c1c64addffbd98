//! The app as people use it, in headless Chromium, against the real worker.
//!
//! The tests share one worker, one chromedriver and one stand-in for the models where they can; each has boards of its own.

mod access;
mod app;
mod board;
mod browser;
mod chat;
mod offline;
