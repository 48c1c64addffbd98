//! The checks that are one question over HTTP.

use std::time::Duration;

use serde::Deserialize;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::Guarded;
use crate::spec::RawNotFound;

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// A path that no app has.
const UNKNOWN: &str = "/no/such/page/for-verify";

/// A worker.
pub(super) struct Http {
    agent: Agent,
    base: String,
}

/// What of an answer counts.
struct Answer {
    status: u16,
    kind: String,
    body: String,
}

impl Http {
    pub(super) fn new(url: &str) -> Self {
        let configuration = Agent::config_builder().http_status_as_error(false).timeout_global(Some(ANSWER));
        Self { agent: configuration.build().into(), base: url.trim_end_matches('/').to_owned() }
    }

    /// The worker runs what has this hash.
    pub(super) fn health(&self, path: &str, hash: &str) -> Result<String, String> {
        #[derive(Deserialize)]
        struct Health {
            spec: String,
        }
        let answer = self.get(path)?.of_status(200)?;
        let health: Health = serde_json::from_str(&answer.body)
            .map_err(|error| format!("{path} does not answer like a worker of a spec.toml: {error}"))?;
        let short = |hash: &str| hash.chars().take(12).collect::<String>();
        match health.spec == hash {
            true => Ok(format!("spec {}", short(hash))),
            false => Err(format!("it runs spec {}, not {}", short(&health.spec), short(hash))),
        }
    }

    /// The page is there, and what it loads first.
    pub(super) fn files(&self) -> Result<String, String> {
        let page = self.get("/")?.of_status(200)?;
        let Some(path) = asset(&page.body) else { return Ok(format!("/ has {} bytes", page.body.len())) };
        let file = self.get(&path)?.of_status(200)?;
        match file.kind.starts_with("text/html") {
            true => Err(format!("{path} is not there: the page answers in its place")),
            false => Ok(format!("/ and {path}")),
        }
    }

    /// A path that is nothing gets what the spec says.
    pub(super) fn unknown_path(&self, not_found: RawNotFound) -> Result<String, String> {
        let answer = self.get(UNKNOWN)?;
        match not_found {
            RawNotFound::Spa => {
                let page = self.get("/")?;
                let same = answer.of_status(200)?.body == page.body;
                if same {
                    Ok("the single page".to_owned())
                } else {
                    Err("it is not the single page".to_owned())
                }
            }
            RawNotFound::Page | RawNotFound::None => answer.of_status(404).map(|_| "404".to_owned()),
        }
    }

    /// The models' route refuses who does not say who it is, or else what is no request. Neither costs anything.
    pub(super) fn models(&self, route: &Guarded) -> Result<String, String> {
        let request = self.agent.post(format!("{}{}", self.base, route.path));
        let response = request.header("content-type", "application/json").send("{");
        let answer = Answer::of(response.map_err(|error| error.to_string())?)?;
        let (status, what) = if route.asks { (401, "who is nobody") } else { (400, "what is no request") };
        answer.of_status(status).map(|_| format!("refuse {what} with {status}"))
    }

    fn get(&self, path: &str) -> Result<Answer, String> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("sec-fetch-mode", "navigate");
        Answer::of(request.call().map_err(|error| error.to_string())?)
    }
}

impl Answer {
    fn of(mut response: Response<Body>) -> Result<Self, String> {
        let kind = response.headers().get("content-type").and_then(|it| it.to_str().ok()).unwrap_or_default();
        let (status, kind) = (response.status().as_u16(), kind.to_owned());
        let body = response.body_mut().read_to_vec().map_err(|error| error.to_string())?;
        Ok(Self { status, kind, body: String::from_utf8_lossy(&body).into_owned() })
    }

    fn of_status(self, status: u16) -> Result<Self, String> {
        if self.status == status {
            Ok(self)
        } else {
            Err(format!("status {} instead of {status}", self.status))
        }
    }
}

/// The first script or style sheet of a page that is a file of the same worker.
fn asset(page: &str) -> Option<String> {
    let links = ["src=\"/", "href=\"/"].into_iter().flat_map(|start| page.split(start).skip(1));
    let paths = links.filter_map(|rest| rest.split_once('"')).map(|(path, _)| path);
    let is_file =
        |path: &&str| [".js", ".css"].iter().any(|end| path.ends_with(end)) && !path.starts_with('/');
    paths.into_iter().find(is_file).map(|path| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_of_a_page_is_found() {
        let page = r#"<link rel="icon" href="/icon.svg"><link href="/assets/a.css"><script src="/assets/b.js"></script>"#;
        assert_eq!(asset(page).as_deref(), Some("/assets/b.js"));
        assert_eq!(asset(r#"<script src="//elsewhere.example/a.js"></script>"#), None);
        assert_eq!(asset("<p>here"), None);
    }
}
