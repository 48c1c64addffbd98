//! From what the spec says to what it means: the rules within and between sections.
//!
//! Owns every check that the schema cannot make. A section that breaks a rule is reported and left out, and the
//! others are checked on. What the shape check cut out counts as there, so that one mistake is said once.

mod answers;
mod auth;
mod bindings;
mod budget;
mod defaults;
mod environments;
mod expressions;
mod foreign_keys;
mod jwt;
mod keys;
mod llm;
mod needed;
mod reference;
mod relay;
mod resources;
mod routes;
mod settings;
mod sharing;
mod store;
mod tables;
mod tools;
mod values;
mod web;

use std::collections::BTreeSet;

use super::{Spec, Worker, name::BindingName};
use crate::{
    diagnostic::{Code, Diagnostic, Place, Severity},
    path::SpecPath,
    shape::Broken,
    spec::RawSpec,
};
pub use needed::NeededColumn;
use reference::Target;
pub use relay::{EVENTS, STORES};
pub use tables::type_word;

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
        let auth = self.auth();
        let routes = self.routes();
        let web = self.raw.web.as_ref().map(|raw| self.web(raw));
        let tables = self.tables();
        let llm = self.raw.llm.as_ref().map(|raw| self.llm(raw, &tables));
        let relay = self.relay(&routes, &tables);
        let settings = worker.as_ref().map(|it| it.settings.clone()).unwrap_or_default();
        let environments = self.environments(&settings, &bindings, &vars);
        Some(Spec {
            worker: worker?,
            web: web.flatten(),
            bindings,
            vars,
            secrets,
            auth,
            routes,
            relay: relay?,
            llm: llm.flatten(),
            tables,
            tools,
            environments,
        })
    }

    fn worker(&mut self) -> Option<Worker> {
        let raw = self.raw.worker.as_ref()?;
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
        self.compatibility_flags(&path.key("compatibility_flags"), &raw.compatibility_flags);
        let settings = self.settings(&path, raw);
        Some(Worker {
            name: self.name(&raw.name, Place::Value(path.key("name")))?,
            compatibility_date: raw.compatibility_date.clone(),
            compatibility_flags: raw.compatibility_flags.clone(),
            settings,
        })
    }

    /// The name of a secret. A text that is none may be the value itself: it is not repeated.
    fn secret(&mut self, text: &str, at: SpecPath) -> Option<BindingName> {
        if BindingName::new(text).is_ok() || self.raw.secrets.contains_key(text) {
            return self.reference(Target::Secret, text, at);
        }
        self.use_of_all("secrets");
        self.push(
            Diagnostic::new(
                Code::UnknownSecret,
                Place::Value(at.clone()),
                format!("`{at}` is no name of a secret"),
            )
            .help("write the name of one under `[secrets]`; its value never stands in the spec"),
        );
        None
    }

    /// Whether some route has `handler`, or may have it and could not be read.
    fn leads_to(&self, handler: &str) -> bool {
        use crate::spec::RawRoute::{Admin, Health, Llm, Relay};
        if self.broken.touches(&SpecPath::from(["routes"])) {
            return true;
        }
        self.raw.routes.iter().any(|route| match route {
            None => false,
            Some(Relay { .. }) => handler == "relay",
            Some(Llm { .. }) => handler == "llm",
            Some(Admin { .. }) => handler == "admin",
            Some(Health { .. }) => handler == "health",
        })
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
