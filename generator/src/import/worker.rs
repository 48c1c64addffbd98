//! The worker: its own section, and what of it differs in an environment.

use serde_json::Value;

use super::{
    Builder,
    draft::Section,
    meaning::{Fact, Facts, Key},
    note::Kind,
};

/// What wrangler takes for a worker that names no date.
const OLDEST_DATE: &str = "2021-11-02";

/// A line of a section: key and value.
type Line = (Vec<&'static str>, toml::Value);

impl Builder<'_> {
    /// `[worker]`.
    pub(super) fn worker(&mut self) -> Section {
        let facts = self.meaning.main().clone();
        let name = facts.text(["name"]).map(str::to_owned).unwrap_or_else(|| {
            self.assume(
                "name",
                "the configuration names no worker",
                "put the name of the deployed one in its place",
                Key::new(["name"]),
            );
            "my-worker".to_owned()
        });
        let date = facts.text(["compatibility_date"]).map(str::to_owned).unwrap_or_else(|| {
            let reason = format!("it names no date, for which wrangler takes {OLDEST_DATE}");
            self.assume(
                "compatibility_date",
                &reason,
                "choose a recent one",
                Key::new(["compatibility_date"]),
            );
            OLDEST_DATE.to_owned()
        });
        let mut section = Section::new(["worker"]).line("name", name).line("compatibility_date", date);
        section = section.maybe("compatibility_flags", list(facts.get(["compatibility_flags"])));
        let handlers = self.handlers();
        if !handlers.is_empty() {
            section = section.line("handlers", handlers);
        }
        for (key, value) in self.settings("", &facts, None) {
            section.set(&key, value);
        }
        section
    }

    /// The events beside requests that the worker answers, by what calls it.
    fn handlers(&mut self) -> Vec<&'static str> {
        let environments: Vec<&Facts> = self.meaning.environments().map(|(_, facts)| facts).collect();
        let any = |of: &dyn Fn(&Facts) -> bool| environments.iter().any(|facts| of(facts));
        let mut handlers = Vec::new();
        for (name, path, there) in [
            ("scheduled", "triggers.crons", any(&|facts| facts.get(["crons"]).is_some())),
            ("queue", "queues.consumers", any(&|facts| !facts.names(["consumers"]).is_empty())),
        ] {
            if there {
                handlers.push(name);
                self.assume(
                    path,
                    &format!(
                        "the worker's `{name}` handler is one of your own, so `worker.handlers` names it"
                    ),
                    &format!("write it in `runtime/src/shell/` with `#[worker::event({name})]`"),
                    Key::new(["handlers", name]),
                );
            }
        }
        handlers
    }

    /// What `facts` say of the worker and `base`, the main environment, does not.
    pub(super) fn settings(&mut self, environment: &str, facts: &Facts, base: Option<&Facts>) -> Vec<Line> {
        let differs = |key: &'static str| {
            let of = |facts: &Facts| {
                let all = facts.iter().filter(|(it, _)| it.is_within(&Key::new([key])));
                all.map(|(key, fact)| (key.clone(), fact.value.clone())).collect::<Vec<_>>()
            };
            base.is_none_or(|base| of(base) != of(facts))
        };
        let mut lines: Vec<Line> = Vec::new();
        if differs("account_id") {
            lines.extend(facts.text(["account_id"]).map(|id| (vec!["account_id"], id.into())));
        }
        self.reached(environment, facts, &mut lines);
        for key in ["crons", "tail_consumers"].into_iter().filter(|key| differs(key)) {
            let list = list(facts.get([key]));
            let none = || base.map(|_| toml::Value::Array(Vec::new()));
            lines.extend(list.or_else(none).map(|list| (vec![key], list)));
        }
        for key in ["placement", "limits", "observability"].into_iter().filter(|key| differs(key)) {
            lines.extend(group(facts, key));
        }
        if differs("logpush") {
            let logpush = facts.get(["logpush"]).and_then(|fact| fact.value.as_bool());
            let off = || base.map(|_| false);
            lines.extend(logpush.or_else(off).map(|it| (vec!["logpush"], it.into())));
        }
        lines
    }

    /// Where the worker is reached.
    fn reached(&mut self, environment: &str, facts: &Facts, lines: &mut Vec<Line>) {
        // What an environment inherits leads to the worker of the top level.
        let own = |fact: &Fact| environment.is_empty() || fact.source.starts_with("env.");
        let below = |key| facts.below([key]).into_iter().filter(|(rest, fact)| rest.len() == 1 && own(fact));
        let domains: Vec<&str> = below("domains").map(|(rest, _)| rest[0]).collect();
        let mut zones = Vec::new();
        for (rest, fact) in below("zone_routes") {
            let pattern = rest[0];
            let zone = match fact.value.as_str() {
                Some(zone) => zone.to_owned(),
                None => {
                    let zone = zone_of(pattern);
                    self.assume(
                        &fact.source,
                        &format!("its zone, which wrangler asks Cloudflare for, is taken to be `{zone}`"),
                        "correct `zone` if the domain is registered by another name",
                        Key::new(["zone_routes", pattern]),
                    );
                    zone
                }
            };
            let route = [("pattern", pattern.to_owned()), ("zone", zone)];
            zones.push(toml::Value::Table(
                route.into_iter().map(|(key, it)| (key.to_owned(), it.into())).collect(),
            ));
        }
        let everywhere = domains.is_empty() && zones.is_empty();
        if !domains.is_empty() {
            lines.push((vec!["domains"], domains.into()));
        }
        if !zones.is_empty() {
            lines.push((vec!["zone_routes"], zones.into()));
        }
        if let Some(there) = facts.get(["workers_dev"]).and_then(|fact| fact.value.as_bool())
            && there != everywhere
        {
            lines.push((vec!["workers_dev"], there.into()));
        }
        if let Some(there) = facts.get(["preview_urls"]).and_then(|fact| fact.value.as_bool()) {
            lines.push((vec!["preview_urls"], there.into()));
        }
    }

    /// Takes something for granted; differences at `covers` need no further word.
    pub(super) fn assume(&mut self, path: &str, reason: &str, remedy: &str, covers: Key) {
        self.note(Kind::Assumed, path, reason, remedy);
        self.covered.push((None, covers));
    }
}

/// The values below a key as dotted lines, if the spec may take them.
fn group(facts: &Facts, key: &'static str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mode = facts.get([key, "mode"]).is_some();
    for (rest, fact) in facts.below([key]) {
        let names: Option<Vec<&'static str>> = rest.iter().map(|name| known(name)).collect();
        if let (Some(names), Some(value)) = (names, toml_value(&fact.value)) {
            if key == "placement" && !mode && matches!(names[..], ["region" | "host" | "hostname"]) {
                lines.push((vec![key, "mode"], names[0].into()));
            }
            lines.push(([key].into_iter().chain(names).collect(), value));
        }
    }
    lines
}

/// The names that the groups of `[worker]` have in the spec and in wrangler alike.
fn known(name: &str) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "mode",
        "hint",
        "region",
        "host",
        "hostname",
        "cpu_ms",
        "subrequests",
        "enabled",
        "head_sampling_rate",
        "logs",
        "traces",
        "invocation_logs",
        "persist",
        "destinations",
    ];
    NAMES.iter().copied().find(|known| *known == name)
}

/// A value as TOML; none for null, which TOML does not have.
pub(super) fn toml_value(value: &Value) -> Option<toml::Value> {
    toml::Value::try_from(value).ok()
}

fn list(fact: Option<&Fact>) -> Option<toml::Value> {
    toml_value(&fact?.value).filter(toml::Value::is_array)
}

/// The zone that a route is probably in: the last two labels of its host.
fn zone_of(pattern: &str) -> String {
    let pattern = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
    let host = pattern.split('/').next().unwrap_or_default().trim_start_matches(['*', '.']);
    let labels: Vec<&str> = host.split('.').collect();
    labels[labels.len().saturating_sub(2)..].join(".")
}
