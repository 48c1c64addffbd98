//! `verify`: whether a deployed worker does what it should, seen from outside.
//!
//! Owns which checks there are, what each expects, and how they are told. Must not know how the worker was deployed.

mod http;

use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::model::Spec;
use crate::model::routes::Handler;
use crate::process::ToolError;
use crate::progress::Progress;
use crate::spec::RawNotFound;

use http::Http;

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
    /// The models' path, and whether it asks who one is.
    pub models: Option<Guarded>,
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
        let health = route(|it| matches!(it, Handler::Health));
        let models = route(|it| matches!(it, Handler::Llm { .. }));
        Self {
            hash: hash.to_owned(),
            health: health.map(|it| path(it.path.as_str())),
            not_found: spec.web.as_ref().map(|web| web.not_found),
            models: models.map(|it| Guarded { path: path(it.path.as_str()), asks: it.auth.is_some() }),
        }
    }
}

/// All checks of the worker at `url`, one after the other.
pub fn checks(url: &str, expected: &Expected) -> Vec<Check> {
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
    let bad: Vec<String> = checks(url, expected)
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
