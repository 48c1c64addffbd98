//! The static files of workers: a session names them, uploads bring those that are not there yet.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::{Value, json};

use super::account::{Answer, Asked, Refusal, Reply};

/// Files by their hashes, and sessions by their tokens.
#[derive(Debug, Default)]
pub(super) struct Assets {
    stored: BTreeSet<String>,
    /// The hashes that each session is about.
    sessions: BTreeMap<String, BTreeSet<String>>,
}

impl Assets {
    /// Begins a session, and asks for what is not stored.
    pub(super) fn session(&mut self, worker: &str, asked: &Asked) -> Answer {
        let manifest = asked.json.get("manifest").and_then(Value::as_object);
        let manifest = manifest.filter(|_| asked.is(&Method::POST)).ok_or_else(|| invalid("no manifest"))?;
        let mut hashes = BTreeSet::new();
        for (path, entry) in manifest {
            let hash = entry.get("hash").and_then(Value::as_str).unwrap_or_default();
            let is_hash = hash.len() == 32 && hash.bytes().all(|it| it.is_ascii_hexdigit());
            if !path.starts_with('/') || !is_hash || entry.get("size").is_none_or(|it| !it.is_u64()) {
                return Err(invalid(format!("the manifest's entry {path} is none")));
            }
            hashes.insert(hash.to_owned());
        }
        let missing: Vec<&String> = hashes.difference(&self.stored).collect();
        let buckets = if missing.is_empty() { json!([]) } else { json!([missing]) };
        let jwt = format!("{worker}.{}", self.sessions.len());
        self.sessions.insert(jwt.clone(), hashes);
        Ok(Reply::Result(json!({ "jwt": jwt, "buckets": buckets })))
    }

    /// Takes files of a session; the token of the whole comes with the last of them.
    pub(super) fn upload(&mut self, asked: &Asked) -> Answer {
        let jwt = asked.authorization.strip_prefix("Bearer ").unwrap_or_default();
        let wanted = self.sessions.get(jwt).ok_or_else(|| Refusal::new(401, 10_000, "no such session"))?;
        if asked.parameter("base64") != Some("true") || asked.form.is_empty() {
            return Err(invalid("files must come as base64 in a form"));
        }
        if let Some(part) = asked.form.iter().find(|part| !wanted.contains(&part.name)) {
            return Err(invalid(format!("the session is not about {}", part.name)));
        }
        self.stored.extend(asked.form.iter().map(|part| part.name.clone()));
        Ok(Reply::Result(if wanted.is_subset(&self.stored) { json!({ "jwt": jwt }) } else { json!({}) }))
    }

    /// Whether a worker may be uploaded with this token: a session's whose files are all there.
    pub(super) fn is_complete(&self, jwt: &str) -> bool {
        self.sessions.get(jwt).is_some_and(|hashes| hashes.is_subset(&self.stored))
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, 10_021, message)
}
