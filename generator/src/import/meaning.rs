//! What a configuration of wrangler means: every environment with all that it has, as facts that can be compared.
//!
//! Owns wrangler's rules: which keys an environment inherits, which defaults hold, which spellings say the same. Must
//! not know the spec. A key that is not known here is a fact too, so that a comparison misses nothing.

use std::fmt;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{reading::Reading, source::joined};

/// What an environment gets from the top level only if it says so itself.
/// <https://developers.cloudflare.com/workers/wrangler/configuration/#non-inheritable-keys>
const NOT_INHERITED: &[&str] = &[
    "agent_memory",
    "ai",
    "ai_search",
    "ai_search_namespaces",
    "analytics_engine_datasets",
    "artifacts",
    "browser",
    "cloudchamber",
    "containers",
    "d1_databases",
    "define",
    "dispatch_namespaces",
    "durable_objects",
    "flagship",
    "hyperdrive",
    "images",
    "kv_namespaces",
    "media",
    "mtls_certificates",
    "pipelines",
    "queues",
    "r2_buckets",
    "ratelimits",
    "secrets",
    "secrets_store_secrets",
    "send_email",
    "services",
    "stream",
    "streaming_tail_consumers",
    "tail_consumers",
    "unsafe",
    "unsafe_hello_world",
    "vars",
    "vectorize",
    "version_metadata",
    "vpc_networks",
    "vpc_services",
    "worker_loaders",
    "workflows",
];

/// The name of a fact: `bindings`, `DB`, `type`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Vec<String>);

impl Key {
    /// The key of everything.
    pub fn root() -> Self {
        Self(Vec::new())
    }

    /// The key of these parts.
    pub fn new<const N: usize>(parts: [&str; N]) -> Self {
        Self(parts.into_iter().map(str::to_owned).collect())
    }

    /// A key below this one.
    pub fn with(&self, part: &str) -> Self {
        Self(self.0.iter().cloned().chain([part.to_owned()]).collect())
    }

    /// The parts.
    pub fn parts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// Whether it is `other` or below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// One thing that a configuration says.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it says, spelt in one way.
    pub value: Value,
    /// The key that says it: `env.staging.kv_namespaces[0].id`.
    pub source: String,
}

/// All that one environment has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts(IndexMap<Key, Fact>);

/// All environments by name; the main one has the empty name and comes first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meaning(IndexMap<String, Facts>);

/// Something that two configurations do not say alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The environment; empty for the main one.
    pub environment: String,
    /// What.
    pub key: Key,
    /// What the first says.
    pub before: Option<Fact>,
    /// What the second says.
    pub after: Option<Value>,
}

impl Meaning {
    /// What `root` means with all its environments; its paths are seen from `folder`.
    pub fn of(root: &Map<String, Value>, folder: &str) -> Self {
        let mut environments = IndexMap::from([(String::new(), Facts::of(root, None, folder))]);
        match root.get("env") {
            None | Some(Value::Null | Value::Object(_)) => {}
            Some(other) => environments[0]
                .insert(Key::new(["env", ""]), Fact { value: other.clone(), source: "env".to_owned() }),
        }
        if let Some(Value::Object(env)) = root.get("env") {
            for (name, own) in env {
                let Value::Object(own) = own else {
                    let main = &mut environments[0];
                    let source = format!("env.{name}");
                    main.insert(Key::new(["env", name]), Fact { value: own.clone(), source });
                    continue;
                };
                environments.insert(name.clone(), Facts::of(root, Some((name, own)), folder));
            }
        }
        Self(environments)
    }

    /// What files mean that are one environment each.
    pub fn of_each<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a Map<String, Value>)>,
        folder: &str,
    ) -> Self {
        let flat = |(name, root): (&str, _)| (name.to_owned(), Facts::of(root, None, folder));
        Self(files.into_iter().map(flat).collect())
    }

    /// The main environment.
    pub fn main(&self) -> &Facts {
        &self.0[0]
    }

    /// The others, by name.
    pub fn others(&self) -> impl Iterator<Item = (&str, &Facts)> {
        self.0.iter().skip(1).map(|(name, facts)| (name.as_str(), facts))
    }

    /// All of them, the main one by the empty name.
    pub fn environments(&self) -> impl Iterator<Item = (&str, &Facts)> {
        self.0.iter().map(|(name, facts)| (name.as_str(), facts))
    }

    /// Whether there is an environment of this name.
    pub fn has(&self, environment: &str) -> bool {
        self.0.contains_key(environment)
    }

    /// Changes the key of every fact.
    pub fn rename(&mut self, rename: impl Fn(&Key) -> Key) {
        for facts in self.0.values_mut() {
            facts.0 =
                std::mem::take(&mut facts.0).into_iter().map(|(key, fact)| (rename(&key), fact)).collect();
        }
    }
}

/// What `before` and `after` do not say alike, in the order of `before`.
pub fn compare(before: &Meaning, after: &Meaning) -> Vec<Difference> {
    let none = Facts::default();
    let mut differences = Vec::new();
    let new = after.0.keys().filter(|name| !before.0.contains_key(*name));
    for environment in before.0.keys().chain(new) {
        let side = |meaning: &Meaning| meaning.0.get(environment).cloned().unwrap_or_else(|| none.clone());
        differences.extend(compare_facts(environment, &side(before), &side(after)));
    }
    differences
}

fn compare_facts(environment: &str, before: &Facts, after: &Facts) -> Vec<Difference> {
    let difference = |key: &Key| Difference {
        environment: environment.to_owned(),
        key: key.clone(),
        before: before.0.get(key).cloned(),
        after: after.0.get(key).map(|fact| fact.value.clone()),
    };
    let differs = |key: &&Key| before.value(key) != after.value(key);
    // Of a binding that is on one side alone, its type stands for all of it; and so on.
    let part_of_another = |key: &&Key| {
        let whole = match key.parts().as_slice() {
            ["bindings", name, field] if *field != "type" => Key::new(["bindings", name, "type"]),
            ["consumers", queue, field] if *field != "queue" => Key::new(["consumers", queue, "queue"]),
            ["classes", tag, field] if *field != "tag" => Key::new(["classes", tag, "tag"]),
            _ => return false,
        };
        before.0.contains_key(&whole) != after.0.contains_key(&whole)
    };
    let new = after.0.keys().filter(|key| !before.0.contains_key(*key));
    before.0.keys().chain(new).filter(differs).filter(|key| !part_of_another(key)).map(difference).collect()
}

impl Facts {
    fn of(root: &Map<String, Value>, own: Option<(&String, &Map<String, Value>)>, folder: &str) -> Self {
        let mut written: IndexMap<&str, (&Value, String)> = IndexMap::new();
        for (key, value) in root.iter().filter(|(key, _)| !matches!(key.as_str(), "env" | "$schema")) {
            if own.is_none() || !NOT_INHERITED.contains(&key.as_str()) {
                written.insert(key, (value, key.clone()));
            }
        }
        if let Some((name, own)) = own {
            // `route` and `routes` are one key in two spellings.
            if own.contains_key("route") || own.contains_key("routes") {
                written.retain(|key, _| !matches!(*key, "route" | "routes"));
            }
            for (key, value) in own {
                written.insert(key, (value, format!("env.{name}.{key}")));
            }
        }
        let mut reading = Reading::new(folder);
        for (key, (value, source)) in written {
            reading.read(key, value, source);
        }
        let mut facts = reading.facts;
        if let Some((name, own)) = own
            && !own.contains_key("name")
            && let Some(fact) = facts.0.get_mut(&Key::new(["name"]))
            && let Some(top) = fact.value.as_str()
        {
            *fact = Fact { value: format!("{top}-{name}").into(), source: format!("env.{name}") };
        }
        facts.fill_in();
        facts
    }

    /// States the defaults that depend on other keys.
    fn fill_in(&mut self) {
        let key = Key::new(["workers_dev"]);
        if !self.0.contains_key(&key) {
            let reached = |key: &Key| matches!(key.0[0].as_str(), "domains" | "zone_routes");
            let value = Value::Bool(!self.0.keys().any(reached));
            self.insert(key, Fact { value, source: "workers_dev".to_owned() });
        }
        // Settings of the logs do not turn them off.
        let key = Key::new(["observability", "logs"]);
        let there = self.0.keys().any(|it| it.is_within(&key));
        let on =
            self.get(["observability", "enabled"]).filter(|fact| fact.value == Value::Bool(true)).cloned();
        if let (true, Some(on)) = (there && !self.0.contains_key(&key.with("enabled")), on) {
            self.insert(key.with("enabled"), on);
        }
    }

    /// Adds a fact.
    pub fn insert(&mut self, key: Key, fact: Fact) {
        self.0.insert(key, fact);
    }

    /// All facts in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Fact)> {
        self.0.iter()
    }

    /// A fact.
    pub fn get<const N: usize>(&self, key: [&str; N]) -> Option<&Fact> {
        self.0.get(&Key::new(key))
    }

    /// What a fact says.
    pub fn value(&self, key: &Key) -> Option<&Value> {
        self.0.get(key).map(|fact| &fact.value)
    }

    /// What a fact says, if that is a text.
    pub fn text<const N: usize>(&self, key: [&str; N]) -> Option<&str> {
        self.get(key)?.value.as_str()
    }

    /// The facts below a key, each with the rest of its own key.
    pub fn below<const N: usize>(&self, key: [&str; N]) -> Vec<(Vec<&str>, &Fact)> {
        let key = Key::new(key);
        let below = self.0.iter().filter(|(it, _)| it.is_within(&key) && it.0.len() > N);
        below.map(|(it, fact)| (it.0[N..].iter().map(String::as_str).collect(), fact)).collect()
    }

    /// The names that stand directly below a key, in order.
    pub fn names<const N: usize>(&self, key: [&str; N]) -> Vec<&str> {
        let mut names: Vec<&str> = self.below(key).into_iter().map(|(rest, _)| rest[0]).collect();
        names.dedup();
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }
}

/// The path of a file or folder, spelt in one way.
pub(super) fn path(folder: &str, path: &str) -> Value {
    Value::String(joined(folder, path))
}
