//! Tables that the runtime writes: the spec declares them, and what the runtime does there fixes some of their columns.
//!
//! Owns what such a table has to be like. It must not know what its rows mean.

use super::{
    Lowering,
    budget::BUDGET,
    llm::LEDGER,
    reference::Target,
    relay::{EVENTS, STORES},
    tables::{column_type, type_word},
};
use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    model::{
        name::{BindingName, TableName},
        tables::{ColumnType, Table},
    },
    path::SpecPath,
    spec::{RawColumn, RawTable},
};

/// A column that the runtime reads and writes: name, type, whether NULL is allowed.
pub type NeededColumn = (&'static str, ColumnType, bool);

/// A table as the runtime needs it.
pub(super) struct Use<'a> {
    /// Who needs it, as in "the relay".
    pub(super) by: &'static str,
    /// What is said of one that is otherwise.
    pub(super) code: Code,
    /// The key that names the table.
    pub(super) at: SpecPath,
    pub(super) name: &'a str,
    pub(super) columns: &'static [NeededColumn],
    pub(super) key: &'static [&'static str],
}

impl Lowering<'_> {
    /// The tables that some section names for the runtime to write, and their columns.
    fn needed(&self) -> impl Iterator<Item = (&str, &'static [NeededColumn])> {
        let relay = self.raw.relay.as_ref();
        let events = relay.and_then(|it| it.table.as_deref()).map(|name| (name, EVENTS));
        let stores = relay.and_then(|it| it.stores_table.as_deref()).map(|name| (name, STORES));
        let llm = self.raw.llm.as_ref();
        let ledger = llm.and_then(|it| it.ledger.as_deref()).map(|name| (name, LEDGER));
        let budget = llm.and_then(|it| it.budget.as_ref()).map(|it| (it.table.as_str(), BUDGET));
        [events, stores, ledger, budget].into_iter().flatten()
    }

    /// Whether the runtime writes `table`.
    pub(super) fn is_needed(&self, table: &str) -> bool {
        self.needed().any(|(name, _)| name == table)
    }

    /// Whether it is said of `table` that `column` is needed and not there.
    pub(super) fn is_missed(&self, table: &str, column: &str) -> bool {
        let needs = |columns: &[NeededColumn]| columns.iter().any(|(needed, ..)| *needed == column);
        self.needed().any(|(name, columns)| name == table && needs(columns))
            && !self.broken.touches(&SpecPath::from(["tables", table]))
    }

    /// The table that `wanted` names, which has to be in the database `store` if there is one.
    pub(super) fn needed_table(
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
                    wanted.code,
                    Place::Value(wanted.at.clone()),
                    format!("the table `{}` is not in {}'s database `{store}`", wanted.name, wanted.by),
                )
                .related(Place::Key(place.clone()), format!("in `{}`", table.database))
                .help(format!("give the table `database = \"{store}\"`")),
            );
        }
        self.needed_columns(wanted, raw);
        self.needed_constraints(wanted, raw);
        // Of a key with an unknown column that was said.
        let known = raw.primary_key.iter().all(|column| raw.columns.contains_key(column));
        if known && raw.primary_key != wanted.key {
            let message =
                format!("{} needs `{}` to be keyed by {}", wanted.by, wanted.name, wanted.key.join(", "));
            let at = if raw.primary_key.is_empty() {
                Place::Key(place)
            } else {
                Place::Value(place.key("primary_key"))
            };
            self.push(
                Diagnostic::new(wanted.code, at, message)
                    .related(Place::Value(wanted.at.clone()), format!("used by {} here", wanted.by))
                    .help(format!("write `primary_key = {:?}`", wanted.key)),
            );
        }
        Some(reference)
    }

    fn needed_columns(&mut self, wanted: &Use<'_>, raw: &RawTable) {
        let table = SpecPath::from(["tables", wanted.name]);
        let needed = |name: &str| wanted.columns.iter().any(|(needed, ..)| *needed == name);
        let mut others: Vec<&str> =
            raw.columns.keys().map(String::as_str).filter(|name| !needed(name)).collect();
        for (name, kind, nullable) in wanted.columns {
            let null = if *nullable { ", nullable = true" } else { "" };
            let help = format!("write `columns.{name} = {{ type = \"{}\"{null} }}`", type_word(*kind));
            let (place, message, help) = match raw.columns.get(*name) {
                None => {
                    let message = format!("{} needs the column `{name}` in `{}`", wanted.by, wanted.name);
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
                    let message =
                        format!("{} needs {column} to be `{}` and {null}", wanted.by, type_word(*kind));
                    (Place::Value(table.key("columns").key(*name)), message, help)
                }
                Some(_) => continue,
            };
            self.push(
                Diagnostic::new(wanted.code, place, message)
                    .related(Place::Value(wanted.at.clone()), format!("used by {} here", wanted.by))
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
                        wanted.code,
                        Place::Key(table.key("columns").key(name)),
                        format!("{} writes rows of `{}` without `{name}`", wanted.by, wanted.name),
                    )
                    .related(Place::Value(wanted.at.clone()), format!("used by {} here", wanted.by))
                    .help("make it `nullable = true` or give it a `default`"),
                );
            }
        }
    }

    /// What would refuse rows for good: clients of the relay would push theirs again and again.
    fn needed_constraints(&mut self, wanted: &Use<'_>, raw: &RawTable) {
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
                    wanted.code,
                    Place::Key(path),
                    format!("`{}` would refuse rows that {} has to write", wanted.name, wanted.by),
                )
                .related(Place::Value(wanted.at.clone()), format!("used by {} here", wanted.by))
                .help("keep rules on the data to tables of your own"),
            );
        }
    }
}
