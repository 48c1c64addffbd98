//! Deploying, from the first time on, with the real wrangler against a stand-in of Cloudflare.

mod deployments;
mod faults;
mod project;
mod stand_in;
