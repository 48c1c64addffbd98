//! Bindings, variables and secrets: one namespace in the worker's environment.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::bindings::{Binding, BindingKind, Database, Secret, Var},
    path::SpecPath,
    spec::RawBinding,
};

impl Lowering<'_> {
    pub(super) fn bindings(&mut self) -> Vec<Binding> {
        let raw = self.raw;
        let mut assets: Option<SpecPath> = None;
        let mut bindings = Vec::new();
        for (name, binding) in &raw.bindings {
            let path = SpecPath::from(["bindings", name]);
            if let RawBinding::Assets {} = binding {
                // A web app would use it.
                self.use_of("bindings", name);
                self.assets(&path, assets.as_ref());
                assets.get_or_insert(path.clone());
            }
            let name = self.name(name, Place::Key(path.clone()));
            let kind = self.binding(&path, binding);
            bindings.extend(name.zip(kind).map(|(name, kind)| Binding { name, kind }));
        }
        self.shared_classes();
        bindings
    }

    fn binding(&mut self, path: &SpecPath, raw: &RawBinding) -> Option<BindingKind> {
        Some(match raw {
            RawBinding::DurableObject { class } => {
                BindingKind::DurableObject { class: self.name(class, Place::Value(path.key("class")))? }
            }
            RawBinding::D1 { database, id } => {
                BindingKind::D1(self.database(path, database, id.as_deref())?)
            }
            RawBinding::Assets {} => BindingKind::Assets,
        })
    }

    pub(super) fn database(&mut self, path: &SpecPath, name: &str, id: Option<&str>) -> Option<Database> {
        if let Some(id) = id
            && (id.is_empty() || !id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
        {
            self.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    Place::Value(path.key("id")),
                    format!("{id:?} is no id of a D1 database"),
                )
                .help("`wrangler d1 list` shows the ids; without one, the first deploy makes the database"),
            );
            return None;
        }
        Some(Database {
            name: self.name(name, Place::Value(path.key("database")))?,
            id: id.map(str::to_owned),
        })
    }

    fn assets(&mut self, path: &SpecPath, earlier: Option<&SpecPath>) {
        if let Some(earlier) = earlier {
            self.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    Place::Key(path.clone()),
                    "a worker has one binding of static assets",
                )
                .related(Place::Key(earlier.clone()), "the first is here")
                .help("remove one of them"),
            );
        }
        if self.raw.web.is_none() && !self.broken.touches(&SpecPath::from(["web"])) {
            self.push(
                Diagnostic::new(
                    Code::MissingSection,
                    Place::Key(path.clone()),
                    "static assets need the section `web`",
                )
                .help("add `[web]` with the folder to serve, or remove the binding"),
            );
        }
    }

    /// Two bindings of one class would be two names for the same objects.
    fn shared_classes(&mut self) {
        let raw = self.raw;
        let classes: Vec<_> = raw
            .bindings
            .iter()
            .filter_map(|(name, binding)| match binding {
                RawBinding::DurableObject { class } => Some((name, class)),
                RawBinding::D1 { .. } | RawBinding::Assets {} => None,
            })
            .collect();
        for (index, (name, class)) in classes.iter().enumerate() {
            if let Some((first, _)) = classes[..index].iter().find(|(_, it)| it == class) {
                let place = |name: &str| Place::Value(SpecPath::from(["bindings", name, "class"]));
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place(name),
                        format!("two bindings have the class `{class}`"),
                    )
                    .related(place(first), "first bound here")
                    .help("give each binding a class of its own, or remove one"),
                );
            }
        }
    }

    pub(super) fn vars(&mut self) -> Vec<Var> {
        let raw = self.raw;
        let mut vars = Vec::new();
        for (name, value) in &raw.vars {
            self.one_namespace("vars", name);
            let name = self.name(name, Place::Key(SpecPath::from(["vars", name])));
            vars.extend(name.map(|name| Var { name, value: value.clone() }));
        }
        vars
    }

    pub(super) fn secrets(&mut self) -> Vec<Secret> {
        let raw = self.raw;
        let mut secrets = Vec::new();
        for (name, secret) in &raw.secrets {
            self.one_namespace("secrets", name);
            let name = self.name(name, Place::Key(SpecPath::from(["secrets", name])));
            secrets.extend(name.map(|name| Secret { name, description: secret.description.clone() }));
        }
        secrets
    }

    /// Bindings, variables and secrets share the worker's environment; the later one would hide the earlier.
    fn one_namespace(&mut self, section: &str, name: &str) {
        let taken = [
            ("bindings", self.raw.bindings.contains_key(name)),
            ("vars", section == "secrets" && self.raw.vars.contains_key(name)),
        ];
        for (other, _) in taken.into_iter().filter(|(_, taken)| *taken) {
            self.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    Place::Key(SpecPath::from([section, name])),
                    format!(
                        "`{section}.{name}` and `{other}.{name}` are one name in the worker's environment"
                    ),
                )
                .related(Place::Key(SpecPath::from([other, name])), "also declared here")
                .help("give one of them another name"),
            );
        }
    }
}
