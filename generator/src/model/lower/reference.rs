//! Names that lead from one section to another, and declarations that nothing leads to.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    model::name::Name,
    path::SpecPath,
    spec::{RawBinding, RawSpec},
};

/// What a name has to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Object,
    Database,
    RateLimit,
    Var,
    Secret,
    Tool,
    Table,
    Auth,
}

impl Target {
    fn section(self) -> &'static str {
        match self {
            Self::Object | Self::Database | Self::RateLimit => "bindings",
            Self::Var => "vars",
            Self::Secret => "secrets",
            Self::Tool => "tools",
            Self::Table => "tables",
            Self::Auth => "auth",
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Object | Self::Database | Self::RateLimit => Code::UnknownBinding,
            Self::Var => Code::UnknownVar,
            Self::Secret => Code::UnknownSecret,
            Self::Tool => Code::UnknownTool,
            Self::Table => Code::UnknownTable,
            Self::Auth => Code::UnknownAuth,
        }
    }

    /// The names that would do.
    pub(super) fn declared(self, raw: &RawSpec) -> Vec<&str> {
        let bindings = |fits: fn(&RawBinding) -> bool| {
            let fitting = raw.bindings.iter().filter(move |(_, binding)| fits(binding));
            fitting.map(|(name, _)| name.as_str()).collect()
        };
        match self {
            Self::Object => bindings(|it| matches!(it, RawBinding::DurableObject { .. })),
            Self::Database => bindings(|it| matches!(it, RawBinding::D1 { .. })),
            Self::RateLimit => bindings(|it| matches!(it, RawBinding::RateLimit { .. })),
            Self::Var => raw.vars.keys().map(String::as_str).collect(),
            Self::Secret => raw.secrets.keys().map(String::as_str).collect(),
            Self::Tool => raw.tools.keys().map(String::as_str).collect(),
            Self::Table => raw.tables.keys().map(String::as_str).collect(),
            Self::Auth => raw.auth.keys().map(String::as_str).collect(),
        }
    }

    /// What to do about `name`, which is not declared, or declared as something else. `names` would do.
    fn help(self, name: &str, declared: bool, names: &[&str]) -> String {
        let other = match names {
            [] => None,
            [one] => Some(format!("name `{one}`")),
            many => Some(format!("name one of {}", many.join(", "))),
        };
        let path = SpecPath::from([self.section(), if declared { "NAME" } else { name }]);
        let declare = match self {
            Self::Object => format!("declare `[{path}]` with `type = \"durable_object\"`"),
            Self::Database => format!("declare `[{path}]` with `type = \"d1\"`"),
            Self::RateLimit => format!("declare `[{path}]` with `type = \"rate_limit\"`"),
            Self::Var => format!("declare `{name}` under `[vars]`"),
            Self::Secret | Self::Tool | Self::Table | Self::Auth => format!("declare `[{path}]`"),
        };
        match other {
            Some(other) if declared => format!("{other} instead"),
            Some(other) => format!("{declare}, or {other}"),
            None => declare,
        }
    }
}

impl Lowering<'_> {
    /// A name that the spec introduces.
    pub(super) fn name<N: Name>(&mut self, text: &str, place: Place) -> Option<N> {
        match N::new(text) {
            Ok(name) => Some(name),
            Err(invalid) => {
                let message = format!("{text:?} cannot name {}", invalid.kind);
                let help = format!("use {}", invalid.rule);
                self.push(Diagnostic::new(Code::InvalidName, place, message).help(help));
                None
            }
        }
    }

    /// A name that must lead to something declared. What was declared with a mistake counts.
    pub(super) fn reference<N: Name>(&mut self, target: Target, text: &str, at: SpecPath) -> Option<N> {
        let path = SpecPath::from([target.section(), text]);
        let declared = self.is_declared(target.section(), text);
        let names = target.declared(self.raw);
        if self.broken.touches(&path) || names.contains(&text) {
            self.used.insert(path);
            return N::new(text).ok();
        }
        let (code, message) = match target {
            Target::Object if declared => (Code::WrongBindingType, format!("`{text}` is no Durable Object")),
            Target::Database if declared => (Code::WrongBindingType, format!("`{text}` is no D1 database")),
            Target::RateLimit if declared => (Code::WrongBindingType, format!("`{text}` is no rate limit")),
            _ => (target.code(), format!("`{path}` is not declared")),
        };
        let mut diagnostic = Diagnostic::new(code, Place::Value(at), message);
        // What was probably meant is not called unused.
        let (meant, help) = match closest(text, names.iter().copied()) {
            Some(name) => (SpecPath::from([target.section(), name]), format!("did you mean `{name}`?")),
            None => (SpecPath::from([target.section()]), target.help(text, declared, &names)),
        };
        self.used.insert(meant);
        if declared {
            diagnostic = diagnostic.related(Place::Value(path.key("type")), "declared here");
        }
        self.push(diagnostic.help(help));
        None
    }

    fn is_declared(&self, section: &str, name: &str) -> bool {
        let raw = self.raw;
        match section {
            "bindings" => raw.bindings.contains_key(name),
            "vars" => raw.vars.contains_key(name),
            "secrets" => raw.secrets.contains_key(name),
            "tools" => raw.tools.contains_key(name),
            "auth" => raw.auth.contains_key(name),
            _ => raw.tables.contains_key(name),
        }
    }

    /// Notes that something leads, or would lead, to everything of a section.
    pub(super) fn use_of_all(&mut self, section: &str) {
        self.used.insert(SpecPath::from([section]));
    }

    pub(super) fn use_of(&mut self, section: &str, name: &str) {
        self.used.insert(SpecPath::from([section, name]));
    }

    /// What is declared and leads nowhere. Said only if all that could lead there was read.
    pub(super) fn unused(&mut self) {
        let raw = self.raw;
        let sections: [(_, _, _, &[&str], Vec<&String>); 4] = [
            (
                Code::UnusedBinding,
                "bindings",
                "nothing uses the binding",
                &["routes", "relay", "web", "tables", "llm"],
                raw.bindings.keys().collect(),
            ),
            (
                Code::UnusedSecret,
                "secrets",
                "nothing reads the secret",
                &["llm", "auth"],
                raw.secrets.keys().collect(),
            ),
            (Code::UnusedAuth, "auth", "no route asks for", &["routes"], raw.auth.keys().collect()),
            (Code::UnusedTool, "tools", "no route offers the tool", &["routes"], raw.tools.keys().collect()),
        ];
        for (code, section, message, readers, names) in sections {
            if readers.iter().any(|reader| self.broken.touches(&SpecPath::from([*reader]))) {
                continue;
            }
            for name in names {
                let path = SpecPath::from([section, name]);
                if !self.used.iter().any(|used| path.is_within(used)) {
                    let diagnostic = Diagnostic::new(code, Place::Key(path), format!("{message} `{name}`"));
                    self.push(match code {
                        Code::UnusedBinding => diagnostic.help(
                            "remove it, or say with `description = \"…\"` what your own code uses it for",
                        ),
                        _ => diagnostic,
                    });
                }
            }
        }
    }
}
