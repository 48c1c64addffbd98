//! What is known of a version: what it was made from, and what it is bound to, as lines that can be compared.
//!
//! A version carries its mark as its message at Cloudflare: `spec 3f2a9c01bd7e, source 91bd4a77c0e2, DB 3`, with the
//! number of the last migration that it knows for each database. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::model::bindings::{BindingKind, VarValue};
use crate::model::{Deployment, Spec};

/// How much of a hash a mark holds, in hexadecimal digits.
const DIGITS: usize = 12;

/// The longest message that Cloudflare keeps, in characters.
const LONGEST: usize = 100;

/// What a version was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// The beginning of the spec's hash.
    pub spec: String,
    /// The beginning of the hash of all that is built.
    pub source: String,
    /// The last migration that it was made for, by binding.
    pub migrations: BTreeMap<String, u32>,
}

impl Mark {
    /// The mark of what has these hashes, in hexadecimal.
    pub fn new(spec: &str, source: &str, migrations: BTreeMap<String, u32>) -> Self {
        let short = |hash: &str| hash.chars().take(DIGITS).collect();
        Self { spec: short(spec), source: short(source), migrations }
    }

    /// Reads a version's message. None if `deploy` did not make it.
    pub fn parse(message: &str) -> Option<Self> {
        let mut words = message.split(", ").map(|part| part.split_once(' '));
        let (Some(("spec", spec)), Some(("source", source))) = (words.next()??.into(), words.next()??.into())
        else {
            return None;
        };
        let numbers =
            words.map(|it| it.and_then(|(name, number)| Some((name.to_owned(), number.parse().ok()?))));
        Some(Self {
            spec: spec.to_owned(),
            source: source.to_owned(),
            migrations: numbers.collect::<Option<_>>()?,
        })
    }
}

impl fmt::Display for Mark {
    /// Without the migrations, where they would make it too long: then nothing is supposed of what it was made for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = format!("spec {}, source {}", self.spec, self.source);
        let numbers = self.migrations.iter().map(|(name, number)| format!(", {name} {number}"));
        let long = numbers.fold(short.clone(), |text, it| text + &it);
        f.write_str(if long.len() > LONGEST { &short } else { &long })
    }
}

/// The bindings, variables and secrets of a deployment, a line each by name. `ids` are those of its databases by name.
pub fn wanted(
    spec: &Spec,
    deployment: &Deployment<'_>,
    ids: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<String, String> {
    let bindings = deployment.bindings.iter().map(|binding| {
        let line = match &binding.kind {
            BindingKind::DurableObject(class) => format!("Durable Object {}", class.name.as_str()),
            BindingKind::D1(it) => {
                let id = it.id.clone().or_else(|| ids(it.name.as_str()));
                id.map_or_else(|| "D1 database".to_owned(), |id| format!("D1 database {id}"))
            }
            BindingKind::RateLimit(it) => format!("rate limit {} in {} s", it.limit, it.period),
            BindingKind::Kv(_) => "KV namespace".to_owned(),
            BindingKind::R2(it) => format!("R2 bucket {}", it.name.as_str()),
            BindingKind::Queue(it) => format!("queue {}", it.name.as_str()),
            BindingKind::Service(it) => format!("service {}", it.name.as_str()),
            BindingKind::AnalyticsEngine(dataset) => format!("dataset {}", dataset.as_str()),
            BindingKind::VersionMetadata => "version metadata".to_owned(),
            BindingKind::Ai => "Workers AI".to_owned(),
            BindingKind::Assets => "assets".to_owned(),
        };
        (binding.name.to_string(), line)
    });
    let vars = deployment.vars.iter().map(|var| {
        let line = match &var.value {
            VarValue::Text(text) => format!("{text:?}"),
            VarValue::Integer(value) => value.to_string(),
            VarValue::Float(value) => value.to_string(),
            VarValue::Boolean(value) => value.to_string(),
        };
        (var.name.to_string(), line)
    });
    let secrets = spec.secrets.iter().map(|it| (it.name.to_string(), "secret".to_owned()));
    bindings.chain(vars).chain(secrets).collect()
}

/// A binding as Cloudflare describes it, in the same words.
pub fn running(binding: &Value) -> String {
    let text = |key: &str| binding.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| binding.pointer(key).and_then(Value::as_u64).unwrap_or_default();
    match text("type") {
        "durable_object_namespace" => format!("Durable Object {}", text("class_name")),
        "d1" => {
            let id = Some(text("id")).filter(|it| !it.is_empty()).unwrap_or(text("database_id"));
            format!("D1 database {id}")
        }
        "ratelimit" => format!("rate limit {} in {} s", number("/simple/limit"), number("/simple/period")),
        "kv_namespace" => "KV namespace".to_owned(),
        "r2_bucket" => format!("R2 bucket {}", text("bucket_name")),
        "queue" => format!("queue {}", text("queue_name")),
        "service" => format!("service {}", text("service")),
        "analytics_engine" => format!("dataset {}", text("dataset")),
        "version_metadata" => "version metadata".to_owned(),
        "ai" => "Workers AI".to_owned(),
        "assets" => "assets".to_owned(),
        "plain_text" => format!("{:?}", text("text")),
        "json" => binding.get("json").map(Value::to_string).unwrap_or_default(),
        "secret_text" | "secret_key" => "secret".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let numbers = [("DB".to_owned(), 3), ("REPORTS".to_owned(), 12)].into();
        let mark = Mark::new("3f2a9c01bd7e00", "91bd4a77c0e200", numbers);
        assert_eq!(mark.to_string(), "spec 3f2a9c01bd7e, source 91bd4a77c0e2, DB 3, REPORTS 12");
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        for message in ["", "a fix", "spec a", "spec a, source b, DB x", "spec a, other b"] {
            assert_eq!(Mark::parse(message), None, "{message:?}");
        }
    }

    #[test]
    fn a_mark_fits_into_a_message_whatever_the_bindings_are_called() {
        let mark = Mark::new("3f2a9c01bd7e", "91bd4a77c0e2", [("A".repeat(100), 1)].into());
        assert_eq!(mark.to_string(), "spec 3f2a9c01bd7e, source 91bd4a77c0e2");
    }

    #[test]
    fn what_cloudflare_describes_is_told_in_the_words_of_the_spec() {
        for (binding, line) in [
            (json!({ "type": "d1", "id": "a" }), "D1 database a"),
            (json!({ "type": "durable_object_namespace", "class_name": "Rooms" }), "Durable Object Rooms"),
            (
                json!({ "type": "ratelimit", "simple": { "limit": 30, "period": 60 } }),
                "rate limit 30 in 60 s",
            ),
            (json!({ "type": "plain_text", "text": "a\"b" }), r#""a\"b""#),
            (json!({ "type": "json", "json": true }), "true"),
            (json!({ "type": "secret_text" }), "secret"),
            (json!({ "type": "hyperdrive" }), "hyperdrive"),
        ] {
            assert_eq!(running(&binding), line);
        }
    }
}
