//! Bindings, variables and secrets, in the main environment and in the others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Builder,
    draft::Section,
    meaning::{Fact, Facts, Key},
    note,
    relay::resource,
    worker::toml_value,
};
use crate::path::Segment;

/// A kind of binding that the spec has.
struct Kind {
    /// Wrangler's key.
    list: &'static str,
    /// The spec's type.
    word: &'static str,
    /// The keys of the resource: as wrangler has them, and as the spec has them.
    keys: &'static [(&'static str, &'static str)],
    /// The key of the spec that names a resource of which every environment needs one of its own.
    owned: Option<&'static str>,
}

const fn kind(
    list: &'static str,
    word: &'static str,
    keys: &'static [(&'static str, &'static str)],
    owned: Option<&'static str>,
) -> Kind {
    Kind { list, word, keys, owned }
}

const KINDS: &[Kind] = &[
    kind("durable_objects", "durable_object", &[("class_name", "class")], None),
    kind("d1_databases", "d1", &[("database_name", "database"), ("database_id", "id")], Some("database")),
    kind("kv_namespaces", "kv", &[("id", "id"), ("preview_id", "preview_id")], None),
    kind("r2_buckets", "r2", &[("bucket_name", "bucket"), ("jurisdiction", "jurisdiction")], Some("bucket")),
    kind("queues", "queue", &[("queue", "queue"), ("delivery_delay", "delivery_delay")], Some("queue")),
    kind("services", "service", &[("service", "service"), ("entrypoint", "entrypoint")], None),
    kind("ratelimits", "rate_limit", &[("limit", "limit"), ("period", "period")], None),
    kind("analytics_engine_datasets", "analytics_engine", &[("dataset", "dataset")], None),
    kind("version_metadata", "version_metadata", &[], None),
    kind("ai", "ai", &[], None),
    kind("assets", "assets", &[], None),
];

/// The keys of the spec that lead to a resource of one environment alone.
const OF_ONE_ENVIRONMENT: &[&str] = &["database", "id", "preview_id", "bucket", "queue"];

const CONSUMER: &[&str] = &[
    "max_batch_size",
    "max_batch_timeout",
    "max_retries",
    "retry_delay",
    "max_concurrency",
    "dead_letter_queue",
];

impl Builder<'_> {
    /// One section a binding: those of the main environment, then those that only others have.
    pub(super) fn bindings(&mut self) -> Vec<Section> {
        let meaning = self.meaning;
        let (mut names, mut classes) = (BTreeSet::new(), BTreeSet::new());
        let mut sections = Vec::new();
        for (environment, facts) in meaning.environments() {
            for name in facts.names(["bindings"]) {
                if !names.insert(name) || !self.is_declarable(name, facts, &mut classes) {
                    continue;
                }
                sections.extend(self.binding(environment, name, facts));
            }
        }
        for (environment, facts) in meaning.environments() {
            for queue in facts.names(["consumers"]) {
                let bound = |facts: &Facts| {
                    facts.names(["bindings"]).into_iter().any(|name| {
                        facts.text(["bindings", name, "type"]) == Some("queues")
                            && facts.text(["bindings", name, "queue"]) == Some(queue)
                    })
                };
                if environment.is_empty() && !bound(facts) {
                    sections.extend(self.consumed(queue, facts));
                }
            }
        }
        sections
    }

    /// Whether the spec can have the binding: one of a class of this worker that no other binding has, or any other.
    fn is_declarable<'f>(&self, name: &'f str, facts: &'f Facts, classes: &mut BTreeSet<&'f str>) -> bool {
        if facts.text(["bindings", name, "type"]) != Some("durable_objects") {
            return true;
        }
        let own = facts.get(["bindings", name, "script_name"]).is_none();
        own && facts.text(["bindings", name, "class_name"]).is_some_and(|class| classes.insert(class))
    }

    fn binding(&mut self, environment: &str, name: &str, facts: &Facts) -> Option<Section> {
        let Fact { value: list, source } = facts.get(["bindings", name, "type"])?;
        let kind = KINDS.iter().find(|kind| list == kind.list)?;
        let mut section = Section::new(["bindings", name]).line("type", kind.word);
        for (wrangler, key) in kind.keys {
            // What another environment has is not the main one's.
            let here = environment.is_empty() || !OF_ONE_ENVIRONMENT.contains(key);
            let fact = facts.get(["bindings", name, wrangler]).filter(|_| here);
            if let Some(value) = fact.and_then(|fact| toml_value(&fact.value)) {
                if OF_ONE_ENVIRONMENT.contains(key) {
                    self.claim(kind.word, key, &value);
                }
                section = section.line(key, value);
            } else if kind.owned == Some(key) {
                let worker = self.meaning.main().text(["name"]).unwrap_or("my-worker");
                let base = format!("{}-{}", resource(worker), resource(name));
                section = section.line(key, self.invented("", name, &base));
            }
        }
        let class = facts.text(["bindings", name, "class_name"]);
        if class.is_some_and(|class| self.history.is_kv(class)) {
            section = section.line("storage", "kv");
        }
        if let Some(queue) = facts.text(["bindings", name, "queue"]) {
            section = section.maybe("consumer", consumer(facts, queue));
        }
        // The runtime uses these itself.
        if list != "assets" && ![&self.relay.binding, &self.relay.store].into_iter().any(|it| it == name) {
            section = section.line("description", format!("From `{source}` in {}.", self.file));
        }
        Some(section)
    }

    /// A queue from which this worker only takes.
    fn consumed(&mut self, queue: &str, facts: &Facts) -> Option<Section> {
        let name = constant_case(queue);
        let source = &facts.get(["consumers", queue, "queue"])?.source;
        self.assume(
            source,
            &format!("a consumer of the spec belongs to a binding, so `bindings.{name}` is added"),
            "use the binding to send to the queue, or leave it alone",
            Key::new(["bindings", &name]),
        );
        let section = Section::new(["bindings", &name]).line("type", "queue").line("queue", queue);
        let section = section.maybe("consumer", consumer(facts, queue));
        Some(section.line("description", format!("From `{source}` in {}.", self.file)))
    }

    /// A name for the resource of an environment that has none of its own.
    fn invented(&mut self, environment: &str, name: &str, base: &str) -> String {
        let (at, invented) = match environment {
            "" => (format!("bindings.{name}"), base.to_owned()),
            _ => (format!("env.{environment}.bindings.{name}"), format!("{base}-{environment}")),
        };
        self.note(
            note::Kind::Assumed,
            &at,
            &format!(
                "it has no resource of its own, which every environment needs: it is named `{invented}`"
            ),
            "put the name of the right one in its place, or make it before the first deployment",
        );
        let there = || Some(environment.to_owned());
        self.covered.push((there(), Key::new(["bindings", name, "type"])));
        self.covered.push((there(), Key::new(["consumers", &invented])));
        invented
    }

    /// The lines of an environment's section that are about bindings.
    pub(super) fn environment_bindings(
        &mut self,
        environment: &str,
        facts: &Facts,
        declared: &[Section],
        section: &mut Section,
    ) {
        for binding in declared {
            let Some(Segment::Key(name)) = binding.path.segments().last() else { continue };
            let kind = binding.value(&["type"]).and_then(toml::Value::as_str);
            let Some(kind) = KINDS.iter().find(|it| kind == Some(it.word)) else { continue };
            for (wrangler, key) in kind.keys.iter().filter(|(_, key)| *key != "class") {
                let there = facts.text(["bindings", name, "type"]) == Some(kind.list);
                let own = facts.get(["bindings", name, wrangler]).filter(|_| there).map(|fact| &fact.value);
                let main = binding.value(&[key]);
                let own = own.and_then(toml_value).filter(|own| Some(own) != main);
                if let Some(value) = own
                    && (!OF_ONE_ENVIRONMENT.contains(key) || self.claim(kind.word, key, &value))
                {
                    section.set(&["bindings", name, key], value);
                } else if kind.owned == Some(key) {
                    let base = main.and_then(toml::Value::as_str).unwrap_or(name);
                    let invented = self.invented(environment, name, base);
                    section.set(&["bindings", name, key], invented);
                }
            }
            let dead = |it: &toml::Value| it.get("dead_letter_queue")?.as_str().map(str::to_owned);
            if let Some(main) = binding.value(&["consumer"]).and_then(dead) {
                let queue = facts.text(["bindings", name, "queue"]).unwrap_or_default();
                let own = facts.text(["consumers", queue, "dead_letter_queue"]);
                let own = own.filter(|own| *own != main).map(str::to_owned);
                let dead = own.unwrap_or_else(|| self.invented(environment, name, &main));
                section.set(&["bindings", name, "dead_letter_queue"], dead);
            }
        }
    }

    /// Whether an environment is the first to name a resource.
    fn claim(&mut self, kind: &str, key: &str, value: &toml::Value) -> bool {
        key == "preview_id" || self.claimed.insert(format!("{kind} {key} {value}"))
    }

    /// `[vars]`: those of the main environment, then those that only others have.
    pub(super) fn vars(&mut self) -> Option<Section> {
        let mut section = Section::new(["vars"]);
        let mut names = BTreeSet::new();
        for (_, facts) in self.meaning.environments() {
            for name in facts.names(["vars"]) {
                let value =
                    facts.get(["vars", name]).map(|fact| &fact.value).filter(|value| is_scalar(value));
                if let Some(value) = value.and_then(toml_value)
                    && names.insert(name)
                {
                    section.set(&[name], value);
                }
            }
        }
        (!section.is_empty()).then_some(section)
    }

    /// The lines of an environment's section that are about variables.
    pub(super) fn environment_vars(&self, facts: &Facts, section: &mut Section, vars: Option<&Section>) {
        for name in facts.names(["vars"]) {
            let Some(value) = facts.get(["vars", name]).map(|fact| &fact.value).filter(|it| is_scalar(it))
            else {
                continue;
            };
            let Some(value) = toml_value(value) else { continue };
            let declared = vars.and_then(|vars| vars.value(&[name]));
            if declared.is_some_and(|declared| *declared != value && declared.same_type(&value)) {
                section.set(&["vars", name], value);
            }
        }
    }

    /// A section a secret: those that the configuration requires, then `others`, which are names in a file of
    /// development.
    pub(super) fn secrets(&mut self, others: &[(String, String)]) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        let mut named = BTreeSet::new();
        for (_, facts) in self.meaning.environments() {
            for name in facts.names(["secrets"]) {
                let Some(fact) = facts.get(["secrets", name]).filter(|fact| fact.value == Value::Bool(true))
                else {
                    continue;
                };
                if named.insert(name.to_owned()) {
                    let description = format!("Required by `{}` in {}.", fact.source, self.file);
                    sections.push(Section::new(["secrets", name]).line("description", description));
                }
            }
        }
        let taken = |name: &str| {
            let there = |(_, facts): (&str, &Facts)| {
                facts.get(["vars", name]).is_some() || facts.get(["bindings", name, "type"]).is_some()
            };
            self.meaning.environments().any(there)
        };
        let mut found = Vec::new();
        for (name, file) in others {
            if !taken(name) && named.insert(name.clone()) {
                sections
                    .push(Section::new(["secrets", name]).line("description", format!("Named in {file}.")));
                found.push((name, file));
            }
        }
        for (name, file) in found {
            self.note(
                note::Kind::Assumed,
                &format!("secrets.{name}"),
                &format!("{file} names it, so it is a secret of the worker, required in every environment"),
                "remove it if it is for development alone",
            );
            self.covered.push((None, Key::new(["secrets", name])));
        }
        sections
    }
}

fn consumer(facts: &Facts, queue: &str) -> Option<toml::Value> {
    facts.get(["consumers", queue, "queue"])?;
    let setting =
        |key: &&str| Some(((*key).to_owned(), toml_value(&facts.get(["consumers", queue, key])?.value)?));
    Some(toml::Value::Table(CONSUMER.iter().filter_map(setting).collect()))
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// A name as the spec writes those of the worker's environment: `jobs-high` and `jobsHigh` become `JOBS_HIGH`.
pub(super) fn constant_case(name: &str) -> String {
    let mut constant = String::new();
    let mut before: Option<char> = None;
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit()) {
            constant.push('_');
        }
        constant.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
        before = Some(c);
    }
    constant
}
