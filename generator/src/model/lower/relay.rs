//! The relay's binding, database and tables.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        Relay,
        name::TableName,
        routes::{Handler, Route},
        tables::{ColumnType, Table},
    },
    path::SpecPath,
    spec::RawBinding,
};

/// A column that the relay reads and writes: name, type, whether NULL is allowed.
type Needed = (&'static str, ColumnType, bool);

/// The columns of an event, after LiveStore's wire format; `args` is NULL for an event that has none.
const EVENTS: &[Needed] = &[
    ("store_id", ColumnType::Text, false),
    ("seq_num", ColumnType::Integer, false),
    ("parent_seq_num", ColumnType::Integer, false),
    ("name", ColumnType::Text, false),
    ("args", ColumnType::Json, true),
    ("client_id", ColumnType::Text, false),
    ("session_id", ColumnType::Text, false),
    ("created_at", ColumnType::Timestamp, false),
];

const STORES: &[Needed] = &[
    ("store_id", ColumnType::Text, false),
    ("backend_id", ColumnType::Text, false),
    ("created_at", ColumnType::Timestamp, false),
];

impl Lowering<'_> {
    pub(super) fn relay(&mut self, routes: &[Route], tables: &[Table]) -> Option<Relay> {
        let raw = &self.raw.relay;
        let path = SpecPath::from(["relay"]);
        let store = self.reference(Code::UnknownBinding, "bindings", &raw.store, path.key("store"));
        if let Some(RawBinding::DurableObject { .. } | RawBinding::Assets {}) =
            self.raw.bindings.get(&raw.store)
        {
            self.push(
                Diagnostic::new(
                    Code::WrongBindingType,
                    Place::Value(path.key("store")),
                    format!("events cannot be stored in `{}`", raw.store),
                )
                .label("not a D1 database")
                .related(Place::Value(SpecPath::from(["bindings", &raw.store, "type"])), "declared here"),
            );
        }
        if !self.leads_to("relay") {
            self.push(
                Diagnostic::new(Code::MissingRoute, Place::Key(path.clone()), "no route leads to `relay`")
                    .help("add a `[[routes]]` with `handler = \"relay\"` and the Durable Object's `binding`"),
            );
        }
        let table =
            self.relay_table(&path.key("table"), &raw.table, tables, EVENTS, &["store_id", "seq_num"]);
        let stores_table =
            self.relay_table(&path.key("stores_table"), &raw.stores_table, tables, STORES, &["store_id"]);
        let binding = routes.iter().find_map(|route| match &route.handler {
            Handler::Relay { binding } => Some(binding.clone()),
            Handler::Llm { .. } | Handler::Health => None,
        })?;
        let RawBinding::DurableObject { class } = self.raw.bindings.get(binding.as_str())? else {
            return None;
        };
        Some(Relay {
            class: crate::model::name::ClassName::new(class).ok()?,
            binding,
            store: store?,
            table: table?,
            stores_table: stores_table?,
        })
    }

    fn relay_table(
        &mut self,
        at: &SpecPath,
        name: &str,
        tables: &[Table],
        needed: &[Needed],
        key: &[&str],
    ) -> Option<TableName> {
        let reference = self.reference(Code::UnknownTable, "tables", name, at.clone())?;
        let place = SpecPath::from(["tables", name]);
        // A table with mistakes of its own is not judged by what is left of it.
        if self.broken.touches(&place) {
            return None;
        }
        let table = tables.iter().find(|table| table.name == reference)?;
        if table.database.as_str() != self.raw.relay.store {
            self.push(
                Diagnostic::new(
                    Code::RelayColumn,
                    Place::Value(at.clone()),
                    format!("the table `{name}` is not in the relay's database `{}`", self.raw.relay.store),
                )
                .related(Place::Key(place.clone()), format!("in `{}`", table.database)),
            );
        }
        for (column, kind, nullable) in needed {
            self.relay_column(at, table, column, *kind, *nullable);
        }
        let names = |column: &str| needed.iter().any(|(name, ..)| *name == column);
        for column in table.columns.iter().filter(|it| !names(it.name.as_str())) {
            if !column.nullable && column.default.is_none() && column.generated.is_none() {
                self.push(
                    Diagnostic::new(
                        Code::RelayColumn,
                        Place::Key(place.key("columns").key(column.name.as_str())),
                        format!("the relay writes rows of `{name}` without `{}`", column.name),
                    )
                    .help("make it `nullable = true` or give it a `default`"),
                );
            }
        }
        if table.primary_key.iter().map(|it| it.as_str()).ne(key.iter().copied()) {
            self.push(
                Diagnostic::new(
                    Code::RelayColumn,
                    Place::Value(place.key("primary_key")),
                    format!("the relay needs `{name}` to be keyed by {}", key.join(", ")),
                )
                .related(Place::Value(at.clone()), "used by the relay here")
                .help(format!("write `primary_key = {key:?}`")),
            );
        }
        Some(reference)
    }

    fn relay_column(&mut self, at: &SpecPath, table: &Table, name: &str, kind: ColumnType, nullable: bool) {
        let expected = format!(
            "columns.{name} = {{ type = \"{}\"{} }}",
            super::tables::type_word(kind),
            if nullable { ", nullable = true" } else { "" }
        );
        let place = SpecPath::from(["tables", table.name.as_str(), "columns"]);
        let (place, message) = match table.column(name) {
            None => (Place::Key(place), format!("the relay needs the column `{name}` in `{}`", table.name)),
            Some(column)
                if column.kind != kind || column.nullable != nullable || column.generated.is_some() =>
            {
                (
                    Place::Value(place.key(name)),
                    format!("the relay needs the column `{name}` of `{}` otherwise", table.name),
                )
            }
            Some(_) => return,
        };
        self.push(
            Diagnostic::new(Code::RelayColumn, place, message)
                .related(Place::Value(at.clone()), "used by the relay here")
                .help(format!("write `{expected}`")),
        );
    }
}
