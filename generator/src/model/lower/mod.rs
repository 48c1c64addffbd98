//! From what the spec says to what it means: the rules within and between sections.
//!
//! Owns every check that the schema cannot make. A section that breaks a rule is reported and left out, and the
//! others are checked on. What the shape check cut out counts as there, so that one mistake is said once.

mod bindings;
mod environments;
mod expressions;
mod keys;
mod relay;
mod routes;
mod tables;
mod tools;

use std::collections::BTreeSet;

use super::{
    Llm, Spec, Web, Worker,
    name::{BindingName, Name},
};
use crate::{
    diagnostic::{Code, Diagnostic, Place, Severity, nearest},
    path::SpecPath,
    shape::Broken,
    spec::{RawBinding, RawLlm, RawProvider, RawSpec, RawWeb},
};

/// Braintrust's gateway; the older proxy address carries no service level.
const BRAINTRUST: &str = "https://gateway.braintrust.dev/v1";

/// Checks `raw` and gives its meaning, if no error stands against it.
pub fn lower(raw: &RawSpec, broken: &Broken) -> (Option<Spec>, Vec<Diagnostic>) {
    let mut lowering = Lowering { raw, broken, diagnostics: Vec::new(), used: BTreeSet::new() };
    let spec = lowering.spec();
    lowering.unused();
    let failed = lowering.diagnostics.iter().any(|it| it.code.severity() == Severity::Error);
    (spec.filter(|_| !failed), lowering.diagnostics)
}

struct Lowering<'a> {
    raw: &'a RawSpec,
    broken: &'a Broken,
    diagnostics: Vec<Diagnostic>,
    /// Declarations that something leads to.
    used: BTreeSet<SpecPath>,
}

impl Lowering<'_> {
    fn spec(&mut self) -> Option<Spec> {
        let worker = self.worker();
        let bindings = self.bindings();
        let vars = self.vars();
        let secrets = self.secrets();
        let tools = self.tools();
        let routes = self.routes();
        let llm = self.raw.llm.as_ref().map(|raw| self.llm(raw));
        let web = self.raw.web.as_ref().map(|raw| self.web(raw));
        let tables = self.tables();
        let relay = self.relay(&routes, &tables);
        let environments = self.environments();
        Some(Spec {
            worker: worker?,
            web: web.flatten(),
            bindings,
            vars,
            secrets,
            routes,
            relay: relay?,
            llm: llm.flatten(),
            tables,
            tools,
            environments,
        })
    }

    fn worker(&mut self) -> Option<Worker> {
        let raw = &self.raw.worker;
        let path = SpecPath::from(["worker"]);
        let date = path.key("compatibility_date");
        if !is_date(&raw.compatibility_date) {
            self.push(
                Diagnostic::new(
                    Code::InvalidDate,
                    Place::Value(date),
                    format!("`{}` is no date", raw.compatibility_date),
                )
                .help("write it as YYYY-MM-DD"),
            );
        }
        for (index, flag) in raw.compatibility_flags.iter().enumerate() {
            if flag.is_empty() || !flag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
                let place = Place::Value(path.key("compatibility_flags").index(index));
                self.push(Diagnostic::new(
                    Code::InvalidValue,
                    place,
                    format!("{flag:?} is no compatibility flag"),
                ));
            }
        }
        Some(Worker {
            name: self.name(&raw.name, Place::Value(path.key("name")))?,
            compatibility_date: raw.compatibility_date.clone(),
            compatibility_flags: raw.compatibility_flags.clone(),
        })
    }

    fn web(&mut self, raw: &RawWeb) -> Option<Web> {
        let path = SpecPath::from(["web"]);
        let directory = path.key("directory");
        let plain = |segment: &str| !segment.is_empty() && segment != "." && segment != "..";
        let safe = raw.directory.split('/').all(plain)
            && raw.directory.chars().all(|c| c.is_alphanumeric() || "-._/ ".contains(c));
        if !safe {
            self.push(
                Diagnostic::new(
                    Code::UnsafePath,
                    Place::Value(directory),
                    format!("`web.directory` cannot be {:?}", raw.directory),
                )
                .help("name a folder below the spec's own, as in `web/dist`"),
            );
        }
        let assets = self.raw.bindings.iter().find(|(_, it)| matches!(it, RawBinding::Assets {}));
        let Some((name, _)) = assets else {
            if !self.broken.touches(&SpecPath::from(["bindings"])) {
                self.push(
                    Diagnostic::new(
                        Code::MissingBinding,
                        Place::Key(path),
                        "`web` needs a binding of type `assets`",
                    )
                    .help("add `[bindings.ASSETS]` with `type = \"assets\"`"),
                );
            }
            return None;
        };
        self.use_of("bindings", name);
        Some(Web {
            directory: raw.directory.clone(),
            build: raw.build.clone(),
            not_found: raw.not_found,
            binding: BindingName::new(name).ok()?,
        })
    }

    fn llm(&mut self, raw: &RawLlm) -> Option<Llm> {
        let path = SpecPath::from(["llm"]);
        for (index, model) in raw.models.iter().enumerate() {
            let place = Place::Value(path.key("models").index(index));
            if model.trim().is_empty() || model.chars().any(char::is_control) {
                self.push(Diagnostic::new(
                    Code::InvalidValue,
                    place,
                    format!("{model:?} is no model's name"),
                ));
            } else if let Some(first) = raw.models[..index].iter().position(|it| it == model) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place,
                        format!("the model {model:?} is listed twice"),
                    )
                    .related(Place::Value(path.key("models").index(first)), "first listed here"),
                );
            }
        }
        let api_key = self.reference(Code::UnknownSecret, "secrets", &raw.api_key, path.key("api_key"));
        let project = raw
            .project
            .as_ref()
            .map(|project| self.reference(Code::UnknownVar, "vars", project, path.key("project")));
        let default = match raw.provider {
            RawProvider::Braintrust => BRAINTRUST,
        };
        let base_url = raw.base_url.as_deref().unwrap_or(default).trim_end_matches('/');
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:".contains(&b);
        if !base_url.starts_with("https://") || !base_url.bytes().all(plain) {
            self.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    Place::Value(path.key("base_url")),
                    format!("`llm.base_url` cannot be {base_url:?}"),
                )
                .help("the key travels with every call: write an https:// address without query"),
            );
        }
        if !self.leads_to("llm") {
            self.push(
                Diagnostic::new(Code::MissingRoute, Place::Key(path), "no route leads to `llm`")
                    .help("add a `[[routes]]` with `handler = \"llm\"`, or remove `[llm]`"),
            );
        }
        Some(Llm {
            provider: raw.provider,
            base_url: base_url.to_owned(),
            models: raw.models.clone(),
            api_key: api_key?,
            project: project.flatten(),
        })
    }

    /// A name that the spec introduces.
    fn name<N: Name>(&mut self, text: &str, place: Place) -> Option<N> {
        match N::new(text) {
            Ok(name) => Some(name),
            Err(invalid) => {
                self.push(
                    Diagnostic::new(
                        Code::InvalidName,
                        place,
                        format!("{text:?} cannot name {}", invalid.kind),
                    )
                    .help(format!("use {}", invalid.rule)),
                );
                None
            }
        }
    }

    /// A name that must lead to something declared in `section`. What was declared with a mistake counts.
    fn reference<N: Name>(&mut self, code: Code, section: &str, text: &str, at: SpecPath) -> Option<N> {
        let declared: Vec<&str> = match section {
            "bindings" => self.raw.bindings.keys().map(String::as_str).collect(),
            "vars" => self.raw.vars.keys().map(String::as_str).collect(),
            "secrets" => self.raw.secrets.keys().map(String::as_str).collect(),
            "tools" => self.raw.tools.keys().map(String::as_str).collect(),
            _ => self.raw.tables.keys().map(String::as_str).collect(),
        };
        let target = SpecPath::from([section, text]);
        if !declared.contains(&text) && !self.broken.touches(&target) {
            let nearest = nearest(text, declared);
            let help = nearest.unwrap_or_else(|| format!("declare it as `[{section}.{text}]`"));
            self.push(
                Diagnostic::new(code, Place::Value(at), format!("`{section}.{text}` is not declared"))
                    .help(help),
            );
            return None;
        }
        self.used.insert(target);
        N::new(text).ok()
    }

    fn use_of(&mut self, section: &str, name: &str) {
        self.used.insert(SpecPath::from([section, name]));
    }

    /// Whether some route has `handler`, or may have it and is broken.
    fn leads_to(&self, handler: &str) -> bool {
        use crate::spec::RawRoute::{Health, Llm, Relay};
        self.raw.routes.iter().any(|route| match route {
            None => true,
            Some(Relay { .. }) => handler == "relay",
            Some(Llm { .. }) => handler == "llm",
            Some(Health { .. }) => handler == "health",
        })
    }

    /// What is declared and leads nowhere. Said only of a spec whose routes could all be read.
    fn unused(&mut self) {
        if self.broken.touches(&SpecPath::from(["routes"])) || self.broken.touches(&SpecPath::from(["llm"])) {
            return;
        }
        let sections = [
            (
                Code::UnusedBinding,
                "bindings",
                "nothing uses the binding",
                self.raw.bindings.keys().collect::<Vec<_>>(),
            ),
            (Code::UnusedSecret, "secrets", "nothing reads the secret", self.raw.secrets.keys().collect()),
            (Code::UnusedTool, "tools", "no route offers the tool", self.raw.tools.keys().collect()),
        ];
        for (code, section, message, names) in sections {
            for name in names {
                let path = SpecPath::from([section, name.as_str()]);
                if !self.used.contains(&path) {
                    self.diagnostics.push(Diagnostic::new(
                        code,
                        Place::Key(path),
                        format!("{message} `{name}`"),
                    ));
                }
            }
        }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// Whether `text` is a day of the Gregorian calendar as YYYY-MM-DD.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return false;
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(year), number(month), number(day));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn a_day_that_no_calendar_has_is_no_date() {
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-4-1", "2026-04-31", "today", ""] {
            assert!(!is_date(text), "{text}");
        }
        assert!(is_date("2028-02-29"));
    }
}
