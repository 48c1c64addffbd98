//! The relay's binding and tables.

use super::{
    Lowering,
    reference::Target,
    tables::{column_type, type_word},
};
use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    model::{
        Relay,
        name::{BindingName, TableName},
        routes::{Handler, Route},
        tables::{ColumnType, Table},
    },
    path::SpecPath,
    spec::{RawBinding, RawColumn, RawRelay, RawTable},
};

/// A column that the relay reads and writes: name, type, whether NULL is allowed.
pub type NeededColumn = (&'static str, ColumnType, bool);

/// The columns of an event, after LiveStore's wire format; `args` is NULL for an event that has none.
pub const EVENTS: &[NeededColumn] = &[
    ("store_id", ColumnType::Text, false),
    ("seq_num", ColumnType::Integer, false),
    ("parent_seq_num", ColumnType::Integer, false),
    ("name", ColumnType::Text, false),
    ("args", ColumnType::Json, true),
    ("client_id", ColumnType::Text, false),
    ("session_id", ColumnType::Text, false),
    ("created_at", ColumnType::Timestamp, false),
];

/// The columns of a store.
pub const STORES: &[NeededColumn] = &[
    ("store_id", ColumnType::Text, false),
    ("backend_id", ColumnType::Text, false),
    ("created_at", ColumnType::Timestamp, false),
];

/// A table as the relay needs it.
pub(super) struct Use<'a> {
    /// The key of `[relay]` that names the table.
    pub(super) at: SpecPath,
    pub(super) name: &'a str,
    pub(super) columns: &'static [NeededColumn],
    pub(super) key: &'static [&'static str],
}

impl Lowering<'_> {
    pub(super) fn relay(&mut self, routes: &[Route], tables: &[Table]) -> Option<Relay> {
        let raw = self.raw.relay.as_ref()?;
        let path = SpecPath::from(["relay"]);
        let store = self.store(raw, tables);
        if !self.leads_to("relay") {
            // The route would lead to a binding.
            self.use_of_all("bindings");
            self.push(
                Diagnostic::new(Code::MissingRoute, Place::Key(path.clone()), "no route leads to `relay`")
                    .help("add a `[[routes]]` with `handler = \"relay\"` and the Durable Object's `binding`"),
            );
        }
        let allowed_origins = self.origins(&path.key("allowed_origins"), &raw.allowed_origins);
        if let Some(index) = raw.allowed_origins.iter().position(|it| it == "*")
            && self.relay_takes_cookies()
        {
            let at = Place::Value(path.key("allowed_origins").index(index));
            let message =
                "every page would act in the name of whoever opens it: browsers send cookies by themselves";
            let help = "name the origins, or take `cookie` out of `from` of the route's auth";
            self.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        }
        let response_headers = self.headers(&path.key("response_headers"), &raw.response_headers);
        let binding = routes.iter().find_map(|route| match &route.handler {
            Handler::Relay { binding } => Some(binding.clone()),
            Handler::Llm { .. } | Handler::Admin { .. } | Handler::Health => None,
        })?;
        self.keeps_sqlite(&binding, store.as_ref());
        let RawBinding::DurableObject { class, .. } = self.raw.bindings.get(binding.as_str())? else {
            return None;
        };
        Some(Relay {
            class: crate::model::name::ClassName::new(class).ok()?,
            binding,
            store: store?,
            allowed_origins,
            response_headers,
            limits: raw.limits,
        })
    }

    /// Whether the relay keeps events or stores in `table`.
    pub(super) fn is_of_relay(&self, table: &str) -> bool {
        let named = |it: &RawRelay| [&it.table, &it.stores_table].contains(&&Some(table.to_owned()));
        self.raw.relay.as_ref().is_some_and(named)
    }

    /// Whether the relay says of `table` that `column` is not there.
    pub(super) fn relay_misses(&self, table: &str, column: &str) -> bool {
        let Some(relay) = &self.raw.relay else { return false };
        let needs = |name: &Option<String>, columns: &[NeededColumn]| {
            name.as_deref() == Some(table) && columns.iter().any(|(needed, ..)| *needed == column)
        };
        (needs(&relay.table, EVENTS) || needs(&relay.stores_table, STORES))
            && !self.broken.touches(&SpecPath::from(["tables", table]))
    }

    pub(super) fn shared_table(&mut self, events: &Use<'_>, stores: &Use<'_>) {
        self.push(
            Diagnostic::new(
                Code::RelayColumn,
                Place::Value(stores.at.clone()),
                format!("`{}` cannot hold both the events and the stores", stores.name),
            )
            .related(Place::Value(events.at.clone()), "the events are here")
            .help("name a second table, with the columns store_id, backend_id and created_at"),
        );
    }

    pub(super) fn relay_table(
        &mut self,
        wanted: &Use<'_>,
        store: Option<&BindingName>,
        tables: &[Table],
    ) -> Option<TableName> {
        let reference = self.reference(Target::Table, wanted.name, wanted.at.clone())?;
        let place = SpecPath::from(["tables", wanted.name]);
        // A table with mistakes of its own is not judged by what is left of it.
        if self.broken.touches(&place) {
            return None;
        }
        let raw = self.raw.tables.get(wanted.name)?;
        let table = tables.iter().find(|table| table.name == reference);
        if let Some((store, table)) = store.zip(table)
            && table.database != *store
        {
            self.push(
                Diagnostic::new(
                    Code::RelayColumn,
                    Place::Value(wanted.at.clone()),
                    format!("the table `{}` is not in the relay's database `{store}`", wanted.name),
                )
                .related(Place::Key(place.clone()), format!("in `{}`", table.database))
                .help(format!("give the table `database = \"{store}\"`")),
            );
        }
        self.relay_columns(wanted, raw);
        self.relay_constraints(wanted, raw);
        // Of a key with an unknown column that was said.
        let known = raw.primary_key.iter().all(|column| raw.columns.contains_key(column));
        if known && raw.primary_key != wanted.key {
            let message =
                format!("the relay needs `{}` to be keyed by {}", wanted.name, wanted.key.join(", "));
            let at = if raw.primary_key.is_empty() {
                Place::Key(place)
            } else {
                Place::Value(place.key("primary_key"))
            };
            self.push(
                Diagnostic::new(Code::RelayColumn, at, message)
                    .related(Place::Value(wanted.at.clone()), "used by the relay here")
                    .help(format!("write `primary_key = {:?}`", wanted.key)),
            );
        }
        Some(reference)
    }

    fn relay_columns(&mut self, wanted: &Use<'_>, raw: &RawTable) {
        let table = SpecPath::from(["tables", wanted.name]);
        let needed = |name: &str| wanted.columns.iter().any(|(needed, ..)| *needed == name);
        let mut others: Vec<&str> =
            raw.columns.keys().map(String::as_str).filter(|name| !needed(name)).collect();
        for (name, kind, nullable) in wanted.columns {
            let null = if *nullable { ", nullable = true" } else { "" };
            let help = format!("write `columns.{name} = {{ type = \"{}\"{null} }}`", type_word(*kind));
            let (place, message, help) = match raw.columns.get(*name) {
                None => {
                    let message = format!("the relay needs the column `{name}` in `{}`", wanted.name);
                    match closest(name, others.iter().copied()) {
                        // What is misspelt is not needless too.
                        Some(other) => {
                            others.retain(|it| *it != other);
                            let place = table.key("columns").key(other);
                            (
                                Place::Key(place),
                                message,
                                format!("{help}; is that what `{other}` was meant for?"),
                            )
                        }
                        None => (Place::Key(table.clone()), message, help),
                    }
                }
                Some(column)
                    if column_type(column.kind) != *kind
                        || column.nullable != *nullable
                        || column.generated.is_some() =>
                {
                    let null = if *nullable { "nullable" } else { "never NULL" };
                    let column = format!("`{}.{name}`", wanted.name);
                    let message = format!("the relay needs {column} to be `{}` and {null}", type_word(*kind));
                    (Place::Value(table.key("columns").key(*name)), message, help)
                }
                Some(_) => continue,
            };
            self.push(
                Diagnostic::new(Code::RelayColumn, place, message)
                    .related(Place::Value(wanted.at.clone()), "used by the relay here")
                    .help(help),
            );
        }
        for name in others {
            let fills_itself = |it: &RawColumn| {
                it.nullable
                    || it.default.is_some()
                    || it.default_expression.is_some()
                    || it.generated.is_some()
            };
            if raw.columns.get(name).is_some_and(|it| !fills_itself(it)) {
                self.push(
                    Diagnostic::new(
                        Code::RelayColumn,
                        Place::Key(table.key("columns").key(name)),
                        format!("the relay writes rows of `{}` without `{name}`", wanted.name),
                    )
                    .related(Place::Value(wanted.at.clone()), "used by the relay here")
                    .help("make it `nullable = true` or give it a `default`"),
                );
            }
        }
    }

    /// What would refuse rows that clients push, for good: they would push them again and again.
    fn relay_constraints(&mut self, wanted: &Use<'_>, raw: &RawTable) {
        let table = SpecPath::from(["tables", wanted.name]);
        let columns = raw.columns.iter().flat_map(|(name, column)| {
            let path = table.key("columns").key(name);
            let rules = [
                ("unique", column.unique),
                ("check", column.check.is_some()),
                ("references", column.references.is_some()),
            ];
            rules.into_iter().filter(|(_, given)| *given).map(move |(key, _)| path.key(key))
        });
        let indexes = raw.indexes.iter().filter(|(_, index)| index.unique);
        let indexes = indexes.map(|(name, _)| table.key("indexes").key(name).key("unique"));
        let checks = raw.checks.keys().map(|name| table.key("checks").key(name));
        let keys = raw.foreign_keys.keys().map(|name| table.key("foreign_keys").key(name));
        for path in columns.chain(indexes).chain(checks).chain(keys).collect::<Vec<_>>() {
            self.push(
                Diagnostic::new(
                    Code::RelayColumn,
                    Place::Key(path),
                    format!("`{}` would refuse rows that the relay has to write", wanted.name),
                )
                .related(Place::Value(wanted.at.clone()), "used by the relay here")
                .help("keep rules on the data to tables of your own"),
            );
        }
    }
}
