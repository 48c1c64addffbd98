//! `verify`: whether a deployed worker does what it should, seen from outside.
//!
//! Owns which checks there are, what each expects, and how they are told. Must not know how the worker was deployed.

mod http;
mod sync;

use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::Spec;
use crate::model::routes::{Handler, Route};
use crate::process::ToolError;
use crate::progress::Progress;
use crate::spec::RawNotFound;

use http::Http;
use sync::{Scratch, round_trip};

/// How long a new version may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);

/// What a worker of this spec does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The spec's hash.
    pub hash: String,
    /// The path that tells the worker's state.
    pub health: Option<String>,
    /// What answers a path that is no file, if there are files.
    pub not_found: Option<RawNotFound>,
    /// The relay's path, and whether it asks who one is.
    pub relay: Option<Guarded>,
    /// The models' path, and whether it asks who one is.
    pub models: Option<Guarded>,
}

/// How sync is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// The store that gets an event.
    pub store: String,
    /// What proves who one is, where the relay asks.
    pub token: Option<String>,
}

/// The store that gets an event with each run.
pub const SCRATCH: &str = "verify-scratch";

/// Where the token for a relay that asks is read from.
pub const TOKEN: &str = "VERIFY_TOKEN";

impl Sync {
    /// With this store, and the token of the environment.
    pub fn of_environment(store: &str) -> Self {
        let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
        Self { store: store.to_owned(), token }
    }
}

/// A route that may ask who one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    /// Its path.
    pub path: String,
    /// Whether it asks.
    pub asks: bool,
}

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub good: bool,
    /// What was seen.
    pub seen: String,
}

impl Expected {
    /// What `spec` with this hash asks for.
    pub fn of(spec: &Spec, hash: &str) -> Self {
        let route = |wanted: fn(&Handler) -> bool| spec.routes.iter().find(|it| wanted(&it.handler));
        let path = |path: &str| path.trim_end_matches('*').to_owned();
        let guarded = |it: &Route| Guarded { path: path(it.path.as_str()), asks: it.auth.is_some() };
        let health = route(|it| matches!(it, Handler::Health));
        Self {
            hash: hash.to_owned(),
            health: health.map(|it| path(it.path.as_str())),
            not_found: spec.web.as_ref().map(|web| web.not_found),
            relay: route(|it| matches!(it, Handler::Relay { .. })).map(guarded),
            models: route(|it| matches!(it, Handler::Llm { .. })).map(guarded),
        }
    }
}

/// All checks of the worker at `url`, one after the other.
pub fn checks(url: &str, expected: &Expected, sync: &Sync) -> Vec<Check> {
    let http = Http::new(url);
    let mut checks = Vec::new();
    let mut add = |name, result: Result<String, String>| {
        let (good, seen) = result.map_or_else(|reason| (false, reason), |seen| (true, seen));
        checks.push(Check { name, good, seen });
    };
    if let Some(path) = &expected.health {
        add("health", http.health(path, &expected.hash));
    }
    if let Some(not_found) = expected.not_found {
        add("files", http.files());
        add("unknown path", http.unknown_path(not_found));
    }
    if let Some(relay) = &expected.relay {
        let scratch = Scratch { store: &sync.store, token: sync.token.as_deref() };
        add("sync", round_trip(url, relay, scratch));
    }
    if let Some(models) = &expected.models {
        add("models", http.models(models));
    }
    checks
}

/// Waits until the version that was deployed answers, and checks it.
///
/// # Errors
/// With what is not as it should be.
pub fn after_deployment(url: &str, expected: &Expected, progress: &Progress) -> Result<(), ToolError> {
    let step = progress.step(format!("verify {url}"));
    if let Some(path) = &expected.health {
        let (http, deadline) = (Http::new(url), Instant::now() + PATIENCE);
        while let Err(reason) = http.health(path, &expected.hash) {
            step.line(&reason);
            if Instant::now() > deadline {
                let remedy =
                    format!("look at its log: `npx wrangler tail`. `generator verify {url}` asks again");
                return Err(ToolError::new(
                    format!("{url} does not run what was deployed: {reason}"),
                    remedy,
                ));
            }
            thread::sleep(PAUSE);
        }
    }
    let bad: Vec<String> = checks(url, expected, &Sync::of_environment(SCRATCH))
        .into_iter()
        .filter(|check| !check.good)
        .map(|check| format!("{}: {}", check.name, check.seen))
        .collect();
    if bad.is_empty() {
        step.done();
        return Ok(());
    }
    let remedy = format!("look at its log: `npx wrangler tail`. `generator verify {url}` checks again");
    Err(ToolError::new(format!("{url} is not as it should be\n  {}", bad.join("\n  ")), remedy))
}

/// The checks for a person: a line each.
pub fn text(checks: &[Check]) -> String {
    let mark = |good: bool| if good { "✓" } else { "✗" };
    checks.iter().map(|it| format!("{} {:<12} {}\n", mark(it.good), it.name, it.seen)).collect()
}

/// The checks as one JSON object.
pub fn json(url: &str, checks: &[Check]) -> Value {
    json!({ "url": url, "good": checks.iter().all(|it| it.good), "checks": checks })
}
