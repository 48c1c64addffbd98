//! The account: who may come in, and which part of it a call is for.
//!
//! A function from a call to an answer. Must not know HTTP, nor that calls can go wrong.

use std::io;

use axum::body::Bytes;
use axum::http::Method;
use serde_json::{Value, json};

use super::assets::Assets;
use super::d1::Databases;
use super::scripts::Scripts;
use super::{ACCOUNT, TOKEN};

/// A call as it came.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// Below the API's base.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) authorization: String,
    pub(super) body: Bytes,
    /// The body, if it is JSON.
    pub(super) json: Value,
    /// The parts of a form.
    pub(super) form: Vec<Part>,
}

/// A part of a form.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) bytes: Bytes,
}

/// What a call is answered with.
#[derive(Debug)]
pub(super) enum Reply {
    /// What the API calls the result.
    Result(Value),
    /// An uploaded file was stored.
    Stored { etag: String },
}

/// Why a call is refused, with Cloudflare's code.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: String,
}

pub(super) type Answer = Result<Reply, Refusal>;

/// The account and all that is in it.
pub(super) struct Account {
    pub(super) databases: Databases,
    pub(super) scripts: Scripts,
    assets: Assets,
    /// What wrangler should never have sent.
    pub(super) complaints: Vec<String>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn unknown(asked: &Asked) -> Self {
        Self::new(404, 7000, format!("No route for {} {}", asked.method, asked.path))
    }
}

impl Asked {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    pub(super) fn part(&self, name: &str) -> Option<&Part> {
        self.form.iter().find(|it| it.name == name)
    }

    /// A text of the JSON body.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.json.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
        text.ok_or_else(|| Refusal::new(400, 7400, format!("`{name}` must be a text")))
    }
}

impl Account {
    pub(super) fn new(origin: String) -> io::Result<Self> {
        Ok(Self {
            databases: Databases::new(origin)?,
            scripts: Scripts::default(),
            assets: Assets::default(),
            complaints: Vec::new(),
        })
    }

    pub(super) fn answer(&mut self, asked: &Asked) -> Answer {
        let answer = self.dispatch(asked);
        if let Err(Refusal { code: 7000, message, .. }) = &answer {
            self.complaints.push(message.clone());
        }
        answer
    }

    fn dispatch(&mut self, asked: &Asked) -> Answer {
        let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
        // Uploads come with a secret of their own in the address, and files with the token of their session.
        if let ["upload", name] = segments[..] {
            return self.databases.store(name, &asked.body);
        }
        let is_files = asked.path.ends_with("/workers/assets/upload");
        if !is_files && asked.authorization != format!("Bearer {TOKEN}") {
            return Err(Refusal::new(401, 10_000, "Authentication error"));
        }
        match segments[..] {
            ["memberships"] if asked.is(&Method::GET) => {
                Ok(Reply::Result(json!([{ "id": "m", "account": { "id": ACCOUNT, "name": "Loopback" } }])))
            }
            ["accounts"] if asked.is(&Method::GET) => {
                Ok(Reply::Result(json!([{ "id": ACCOUNT, "name": "Loopback" }])))
            }
            ["accounts", account, ..] if account != ACCOUNT => {
                Err(Refusal::new(403, 10_000, "Authentication error"))
            }
            ["accounts", _, "d1", "database", ref rest @ ..] => {
                self.databases.answer(rest, asked).unwrap_or_else(|| Err(Refusal::unknown(asked)))
            }
            ["accounts", _, "workers", "subdomain"] if asked.is(&Method::GET) => {
                Ok(Reply::Result(json!({ "subdomain": "loopback" })))
            }
            ["accounts", _, "workers", "assets", "upload"] => self.assets.upload(asked),
            ["accounts", _, "workers", "scripts", worker, "assets-upload-session"] => {
                self.assets.session(worker, asked)
            }
            ["accounts", _, "workers", ref rest @ ..] => {
                let around = (&self.databases, &self.assets);
                let answer = self.scripts.answer(rest, asked, around);
                answer.unwrap_or_else(|| Err(Refusal::unknown(asked)))
            }
            _ => Err(Refusal::unknown(asked)),
        }
    }
}
