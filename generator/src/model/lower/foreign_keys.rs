//! Foreign keys: from a column to a key of another table.

use super::{Lowering, reference::Target};
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        name::{ColumnName, TableName},
        tables::{Action, ForeignKey, Index, Reference, Table},
    },
    path::SpecPath,
    spec::{RawAction, RawColumn, RawForeignKey, RawReference, RawTable},
};

impl Lowering<'_> {
    pub(super) fn foreign_key(
        &mut self,
        path: &SpecPath,
        column: &RawColumn,
        raw: &RawReference,
    ) -> Option<Reference> {
        self.actions_work(path, [raw.on_delete, raw.on_update], &[column]);
        let table = self.reference(Target::Table, &raw.table, path.key("table"))?;
        self.referred_column(path, raw);
        Some(Reference {
            table,
            column: ColumnName::new(&raw.column).ok()?,
            on_delete: action(raw.on_delete),
            on_update: action(raw.on_update),
        })
    }

    fn referred_column(&mut self, path: &SpecPath, raw: &RawReference) {
        let Some(table) = self.raw.tables.get(&raw.table) else { return };
        let there = SpecPath::from(["tables", &raw.table, "columns", &raw.column]);
        if table.columns.contains_key(&raw.column) || self.broken.touches(&there) {
            return;
        }
        self.push(
            Diagnostic::new(
                Code::UnknownColumn,
                Place::Value(path.key("column")),
                format!("`{}` has no column `{}`", raw.table, raw.column),
            )
            .maybe_help(nearest(&raw.column, table.columns.keys().map(String::as_str))),
        );
    }

    /// What a foreign key writes into its columns, they must take.
    fn actions_work(&mut self, path: &SpecPath, actions: [RawAction; 2], columns: &[&RawColumn]) {
        let never_null = columns.iter().any(|column| !column.nullable);
        let no_default = columns.iter().any(|column| !column.nullable && column.default.is_none());
        let (problem, help) = if actions.contains(&RawAction::SetNull) && never_null {
            (
                "`set_null` on a column that is never NULL",
                "make the column `nullable = true`, or choose `cascade` or `refuse`",
            )
        } else if actions.contains(&RawAction::SetDefault) && no_default {
            (
                "`set_default` on a column that has none",
                "give the column a `default`, or choose `cascade` or `refuse`",
            )
        } else if columns.iter().any(|column| column.generated.is_some()) {
            ("a computed column cannot refer to rows", "write the column, or leave out the foreign key")
        } else {
            return;
        };
        self.push(Diagnostic::new(Code::InvalidReference, Place::Value(path.clone()), problem).help(help));
    }

    /// The foreign keys of several columns.
    pub(super) fn foreign_keys(&mut self, table: &SpecPath, name: &str, raw: &RawTable) -> Vec<ForeignKey> {
        let keys = raw.foreign_keys.iter();
        keys.filter_map(|(key, it)| self.several(table, key, (name, raw), it)).collect()
    }

    fn several(
        &mut self,
        table: &SpecPath,
        key: &str,
        (name, raw_table): (&str, &RawTable),
        raw: &RawForeignKey,
    ) -> Option<ForeignKey> {
        let path = &table.key("foreign_keys").key(key);
        let columns = self.columns_of(&path.key("columns"), name, raw_table, &raw.columns);
        if raw.columns.len() != raw.references.len() {
            self.push(
                Diagnostic::new(
                    Code::InvalidReference,
                    Place::Value(path.key("references")),
                    format!("{} columns refer to {}", raw.columns.len(), raw.references.len()),
                )
                .related(Place::Value(path.key("columns")), "the columns that refer")
                .help("name one column of the other table for each"),
            );
            return None;
        }
        let declared: Vec<&RawColumn> =
            raw.columns.iter().filter_map(|it| raw_table.columns.get(it)).collect();
        self.actions_work(path, [raw.on_delete, raw.on_update], &declared);
        let other = self.reference(Target::Table, &raw.table, path.key("table"))?;
        let references = match self.raw.tables.get(&raw.table) {
            Some(target) => self.columns_of(&path.key("references"), &raw.table, target, &raw.references),
            None => Vec::new(),
        };
        (columns.len() == references.len()).then(|| ForeignKey {
            name: key.to_owned(),
            columns,
            table: other,
            references,
            on_delete: action(raw.on_delete),
            on_update: action(raw.on_update),
        })
    }

    /// A foreign key leads to a key or a unique column of the same database and type.
    pub(super) fn references(&mut self, table: &Table, tables: &[Table]) {
        self.several_lead(table, tables);
        for column in &table.columns {
            let Some(reference) = &column.references else { continue };
            let path = SpecPath::from([
                "tables",
                table.name.as_str(),
                "columns",
                column.name.as_str(),
                "references",
            ]);
            let Some(target) = tables.iter().find(|it| it.name == reference.table) else { continue };
            let Some(other) = target.column(reference.column.as_str()) else { continue };
            let unique = other.unique || is_unique(target, std::slice::from_ref(&other.name));
            let problem = if target.database != table.database {
                Some(("is in another database", "a foreign key stays within one database"))
            } else if !unique {
                Some((
                    "is neither the key of its table nor unique",
                    "make it `unique = true`, or refer to the key",
                ))
            } else if other.kind != column.kind {
                Some(("has another type", "give both columns the same type"))
            } else if other.generated.is_some() {
                Some(("is computed", "refer to a column that is written"))
            } else if moves_rows(table, &reference.table, reference.on_delete, &[&column.name]) {
                Some((MOVES_ROWS, "choose `cascade` or `refuse`, or leave out `without_rowid`"))
            } else {
                None
            };
            if let Some((problem, help)) = problem {
                let there = SpecPath::from(["tables", target.name.as_str(), "columns", other.name.as_str()]);
                self.push(
                    Diagnostic::new(
                        Code::InvalidReference,
                        Place::Value(path),
                        format!("`{}.{}` {problem}", target.name, other.name),
                    )
                    .related(Place::Key(there), "declared here")
                    .help(help),
                );
            }
        }
    }

    /// A foreign key of several columns leads to a key or a unique index of the same database and types.
    fn several_lead(&mut self, table: &Table, tables: &[Table]) {
        for key in &table.foreign_keys {
            let Some(target) = tables.iter().find(|it| it.name == key.table) else { continue };
            let kinds = |table: &Table, columns: &[ColumnName]| -> Vec<_> {
                columns.iter().map(|name| table.column(name.as_str()).map(|column| column.kind)).collect()
            };
            let problem = if target.database != table.database {
                "are in another database"
            } else if !is_unique(target, &key.references) {
                "are neither the key of their table nor the columns of a unique index, in this order"
            } else if kinds(target, &key.references) != kinds(table, &key.columns) {
                "have other types"
            } else if key.references.iter().any(|name| is_computed(target, name)) {
                "are not all written"
            } else if moves_rows(table, &key.table, key.on_delete, &key.columns.iter().collect::<Vec<_>>()) {
                MOVES_ROWS
            } else {
                continue;
            };
            let path = SpecPath::from(["tables", table.name.as_str(), "foreign_keys", &key.name]);
            let names: Vec<String> =
                key.references.iter().map(|name| format!("`{}.{name}`", target.name)).collect();
            self.push(
                Diagnostic::new(
                    Code::InvalidReference,
                    Place::Value(path),
                    format!("{} {problem}", names.join(", ")),
                )
                .related(Place::Key(SpecPath::from(["tables", target.name.as_str()])), "declared here"),
            );
        }
    }
}

/// Without row ids a row is where its key is. SQLite looks for it there when it deletes all rows, in vain if deleting
/// another one has changed its key, and refuses because rows are left.
const MOVES_ROWS: &str =
    "cannot be referred to with `set_default` by the key of its own table `without_rowid`";

fn moves_rows(table: &Table, parent: &TableName, on_delete: Action, columns: &[&ColumnName]) -> bool {
    let changes_key = || columns.iter().any(|name| table.primary_key.contains(name));
    table.without_rowid && table.name == *parent && on_delete == Action::SetDefault && changes_key()
}

/// Whether the columns are the key of their table, or a unique index has them alone.
fn is_unique(table: &Table, columns: &[ColumnName]) -> bool {
    let indexed =
        |index: &Index| index.unique && index.columns().is_some_and(|it| it.into_iter().eq(columns));
    table.primary_key == columns || table.indexes.iter().any(indexed)
}

fn is_computed(table: &Table, name: &ColumnName) -> bool {
    table.column(name.as_str()).is_some_and(|column| column.generated.is_some())
}

fn action(raw: RawAction) -> Action {
    match raw {
        RawAction::Refuse => Action::Refuse,
        RawAction::Restrict => Action::Restrict,
        RawAction::Cascade => Action::Cascade,
        RawAction::SetNull => Action::SetNull,
        RawAction::SetDefault => Action::SetDefault,
    }
}
