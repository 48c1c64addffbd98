//! The view of `_headers`, from which Cloudflare knows what to say with each file without running the worker.
//! <https://developers.cloudflare.com/workers/static-assets/headers/>
//!
//! Owns which file is kept how long. Only a spec with `[web]` has the file.

use serde::Serialize;

use super::{HEADER, RenderError, Renderer};
use crate::{
    model::{Spec, Web},
    output::RenderedFile,
};

/// What a browser asks for again each time.
const NO_CACHE: &str = "no-cache";

#[derive(Serialize)]
struct HeadersView<'a> {
    header: &'static str,
    rules: Vec<Rule<'a>>,
}

/// All rules that match hold, in their order.
#[derive(Serialize)]
struct Rule<'a> {
    path: &'a str,
    /// What earlier rules said and does not hold.
    without: &'static [&'static str],
    headers: Vec<(&'a str, &'a str)>,
}

/// The file, none if the spec has no web app.
pub(super) fn headers(renderer: &Renderer, spec: &Spec) -> Result<Option<RenderedFile>, RenderError> {
    let Some(web) = &spec.web else { return Ok(None) };
    let short = match web.cache.max_age {
        0 => NO_CACHE.to_owned(),
        seconds => format!("public, max-age={seconds}"),
    };
    renderer.text("_headers", HeadersView { header: HEADER, rules: rules(web, &short) }).map(Some)
}

fn rules<'a>(web: &'a Web, short: &'a str) -> Vec<Rule<'a>> {
    let cached =
        |path, value| Rule { path, without: &["cache-control"], headers: vec![("cache-control", value)] };
    let all = web.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let everything = Rule {
        path: "/*",
        without: &[],
        // A page has no ending in its path: this is for pages, and what follows for all else.
        headers: all.chain([("cache-control", NO_CACHE)]).collect(),
    };
    let immutable = web.cache.immutable.iter();
    let immutable = immutable.map(|path| cached(path, "public, max-age=31536000, immutable"));
    [everything, cached("/*.:ending", short), cached("/*.html", NO_CACHE)]
        .into_iter()
        .chain(immutable)
        .collect()
}
