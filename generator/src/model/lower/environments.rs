//! Further environments: what differs, filled up with what does not.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        Environment,
        bindings::{Database, Var},
        name::BindingName,
    },
    path::SpecPath,
    spec::{RawBinding, RawEnvironment},
};

impl Lowering<'_> {
    pub(super) fn environments(&mut self) -> Vec<Environment> {
        let raw = self.raw;
        let environments = raw.env.iter().filter_map(|(name, it)| self.environment(name, it)).collect();
        self.no_sharing();
        environments
    }

    fn environment(&mut self, name: &str, raw: &RawEnvironment) -> Option<Environment> {
        let path = SpecPath::from(["env", name]);
        for binding in raw.bindings.keys() {
            self.overridden(&path.key("bindings").key(binding), binding);
        }
        let databases = self.environment_databases(&path, raw);
        for var in raw.vars.keys().filter(|var| !self.raw.vars.contains_key(*var)) {
            let known = self.raw.vars.keys().map(String::as_str);
            self.diagnostics.push(
                Diagnostic::new(
                    Code::UnknownVar,
                    Place::Key(path.key("vars").key(var)),
                    format!("`vars.{var}` is not declared"),
                )
                .help(nearest(var, known).unwrap_or_else(|| format!("declare `{var}` under `[vars]` first"))),
            );
        }
        let vars = self
            .raw
            .vars
            .iter()
            .filter_map(|(name, value)| {
                let value = raw.vars.get(name).unwrap_or(value).clone();
                Some(Var { name: BindingName::new(name).ok()?, value })
            })
            .collect();
        let worker = self.name(&raw.worker.name, Place::Value(path.key("worker").key("name")));
        Some(Environment { name: self.name(name, Place::Key(path))?, worker: worker?, databases, vars })
    }

    /// An environment may only give a D1 binding another database.
    fn overridden(&mut self, path: &SpecPath, binding: &str) {
        let declared = SpecPath::from(["bindings", binding]);
        match self.raw.bindings.get(binding) {
            Some(RawBinding::D1 { .. }) => {}
            Some(RawBinding::DurableObject { .. } | RawBinding::Assets {}) => self.push(
                Diagnostic::new(
                    Code::WrongBindingType,
                    Place::Key(path.clone()),
                    format!("`{binding}` is no D1 database"),
                )
                .related(Place::Value(declared.key("type")), "declared here")
                .help(
                    "only databases differ between environments; each has its own objects and assets anyway",
                ),
            ),
            None if self.broken.touches(&declared) => {}
            None => {
                let known = Target::Database.declared(self.raw);
                self.push(
                    Diagnostic::new(
                        Code::UnknownBinding,
                        Place::Key(path.clone()),
                        format!("`bindings.{binding}` is not declared"),
                    )
                    .maybe_help(nearest(binding, known)),
                );
            }
        }
    }

    fn environment_databases(
        &mut self,
        path: &SpecPath,
        raw: &RawEnvironment,
    ) -> Vec<(BindingName, Database)> {
        let all = self.raw;
        let mut databases = Vec::new();
        for (name, binding) in &all.bindings {
            let RawBinding::D1 { database: main, .. } = binding else { continue };
            let at = path.key("bindings").key(name);
            let Some(own) = raw.bindings.get(name) else {
                if !self.broken.touches(&at) {
                    self.push(
                        Diagnostic::new(
                            Code::SharedResource,
                            Place::Key(path.clone()),
                            format!("`{path}` would write to the main environment's database `{main}`"),
                        )
                        .related(
                            Place::Value(SpecPath::from(["bindings", name, "database"])),
                            "declared here",
                        )
                        .help(format!("give it one of its own: `bindings.{name}.database = \"{main}-…\"`")),
                    );
                }
                continue;
            };
            let database = self.database(&at, &own.database, own.id.as_deref());
            databases.extend(BindingName::new(name).ok().zip(database));
        }
        databases
    }

    /// No two environments share a worker, a database's name or its id.
    fn no_sharing(&mut self) {
        let raw = self.raw;
        let mut owned: Vec<(&str, &str, SpecPath)> = Vec::new();
        let main = raw.worker.iter();
        owned.extend(main.map(|main| ("worker", main.name.as_str(), SpecPath::from(["worker", "name"]))));
        for (name, binding) in &raw.bindings {
            if let RawBinding::D1 { database, id } = binding {
                let path = SpecPath::from(["bindings", name]);
                owned.push(("database", database, path.key("database")));
                owned.extend(id.as_ref().map(|id| ("database id", id.as_str(), path.key("id"))));
            }
        }
        for (name, environment) in &raw.env {
            let path = SpecPath::from(["env", name]);
            owned.push(("worker", &environment.worker.name, path.key("worker").key("name")));
            for (name, binding) in &environment.bindings {
                let path = path.key("bindings").key(name);
                owned.push(("database", &binding.database, path.key("database")));
                owned.extend(binding.id.as_ref().map(|id| ("database id", id.as_str(), path.key("id"))));
            }
        }
        for (position, (what, name, path)) in owned.iter().enumerate() {
            if let Some((.., first)) = owned[..position].iter().find(|(w, n, _)| w == what && n == name) {
                self.push(
                    Diagnostic::new(
                        Code::SharedResource,
                        Place::Value(path.clone()),
                        format!("the {what} `{name}` is taken"),
                    )
                    .related(Place::Value(first.clone()), "first used here")
                    .help("give each environment its own"),
                );
            }
        }
    }
}
