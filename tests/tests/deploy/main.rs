//! Deploying, from the first time on, with the real wrangler against a stand-in of Cloudflare.

mod stand_in;
