//! Foreign keys and indexes: what leads from rows to rows, and how they are found.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        name::ColumnName,
        tables::{Action, ForeignKey, Index, Reference, Table, Term, TermValue},
    },
    path::SpecPath,
    spec::{RawAction, RawColumn, RawForeignKey, RawIndex, RawReference, RawTable},
};

impl Lowering<'_> {
    pub(super) fn foreign_key(
        &mut self,
        path: &SpecPath,
        column: &RawColumn,
        raw: &RawReference,
    ) -> Option<Reference> {
        self.actions_work(path, [raw.on_delete, raw.on_update], &[column]);
        Some(Reference {
            table: self.reference(Code::UnknownTable, "tables", &raw.table, path.key("table"))?,
            column: ColumnName::new(&raw.column).ok()?,
            on_delete: action(raw.on_delete),
            on_update: action(raw.on_update),
        })
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
        let other = self.reference(Code::UnknownTable, "tables", &raw.table, path.key("table"))?;
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
            let Some(other) = target.column(reference.column.as_str()) else {
                let columns = target.columns.iter().map(|it| it.name.as_str());
                self.push(
                    Diagnostic::new(
                        Code::UnknownColumn,
                        Place::Value(path.key("column")),
                        format!("`{}` has no column `{}`", target.name, reference.column),
                    )
                    .maybe_help(nearest(reference.column.as_str(), columns)),
                );
                continue;
            };
            let problem = if target.database != table.database {
                Some("is in another database")
            } else if !other.unique && !is_unique(target, std::slice::from_ref(&other.name)) {
                Some("is neither the key of its table nor unique")
            } else if other.kind != column.kind {
                Some("has another type")
            } else if other.generated.is_some() {
                Some("is computed")
            } else {
                None
            };
            if let Some(problem) = problem {
                let there = SpecPath::from(["tables", target.name.as_str(), "columns", other.name.as_str()]);
                self.push(
                    Diagnostic::new(
                        Code::InvalidReference,
                        Place::Value(path),
                        format!("`{}.{}` {problem}", target.name, other.name),
                    )
                    .related(Place::Key(there), "declared here"),
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

    /// The indexes of a table.
    pub(super) fn indexes(&mut self, table: &SpecPath, name: &str, raw: &RawTable) -> Vec<Index> {
        let indexes = raw.indexes.iter();
        indexes
            .filter_map(|(index, it)| self.index(&table.key("indexes").key(index), index, (name, raw), it))
            .collect()
    }

    fn index(
        &mut self,
        path: &SpecPath,
        name: &str,
        (table, raw_table): (&str, &RawTable),
        raw: &RawIndex,
    ) -> Option<Index> {
        self.reserved(name, path);
        let at = path.key("columns");
        let terms: Vec<(&str, bool)> = raw.columns.iter().map(|text| without_order(text)).collect();
        // An expression stands at its own place and is none of the table's columns.
        let names: Vec<String> = terms.iter().map(|(text, _)| (*text).to_owned()).collect();
        let mut values = Vec::new();
        for (position, (text, descending)) in terms.iter().enumerate() {
            let value = if ColumnName::new(text).is_ok() {
                let known = self.column_of(&at, table, raw_table, &names, position);
                known.map(TermValue::Column)
            } else {
                self.expression(at.index(position), text).map(TermValue::Expression)
            };
            values.extend(value.map(|value| Term { value, descending: *descending }));
        }
        let condition = raw.condition.as_ref().map(|text| self.expression(path.key("where"), text));
        let name = self.name(name, Place::Key(path.clone()))?;
        Some(Index { name, terms: values, unique: raw.unique, condition: condition.flatten() })
    }

    /// Columns of `table` named in a key or an index, each once.
    pub(super) fn columns_of(
        &mut self,
        path: &SpecPath,
        table: &str,
        raw: &RawTable,
        names: &[String],
    ) -> Vec<ColumnName> {
        let each = 0..names.len();
        each.filter_map(|position| self.column_of(path, table, raw, names, position)).collect()
    }

    /// The column of `table` that stands at `position` of a list, if it stands there for the first time.
    fn column_of(
        &mut self,
        path: &SpecPath,
        table: &str,
        raw: &RawTable,
        names: &[String],
        position: usize,
    ) -> Option<ColumnName> {
        let (name, at) = (&names[position], path.index(position));
        let declared = SpecPath::from(["tables", table, "columns", name]);
        if !raw.columns.contains_key(name) && !self.broken.touches(&declared) {
            self.push(
                Diagnostic::new(
                    Code::UnknownColumn,
                    Place::Value(at),
                    format!("`{table}` has no column `{name}`"),
                )
                .maybe_help(nearest(name, raw.columns.keys().map(String::as_str))),
            );
            return None;
        }
        if let Some(first) = names[..position].iter().position(|it| it == name) {
            self.push(
                Diagnostic::new(Code::DuplicateName, Place::Value(at), format!("`{name}` is listed twice"))
                    .related(Place::Value(path.index(first)), "first listed here"),
            );
            return None;
        }
        ColumnName::new(name).ok()
    }

    /// SQLite keeps tables and indexes in one space of names.
    pub(super) fn one_index_of_a_name(&mut self) {
        let raw = self.raw;
        let mut seen: Vec<(&str, SpecPath)> =
            raw.tables.keys().map(|name| (name.as_str(), SpecPath::from(["tables", name]))).collect();
        for (table, it) in &raw.tables {
            for index in it.indexes.keys() {
                let path = SpecPath::from(["tables", table, "indexes", index]);
                if let Some((_, first)) = seen.iter().find(|(name, _)| name == index) {
                    self.push(
                        Diagnostic::new(
                            Code::DuplicateName,
                            Place::Key(path.clone()),
                            format!("`{index}` is taken: tables and indexes share their names"),
                        )
                        .related(Place::Key(first.clone()), "first declared here"),
                    );
                }
                seen.push((index, path));
            }
        }
    }
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

/// What an index is sorted by, and whether the greatest comes first.
fn without_order(term: &str) -> (&str, bool) {
    let term = term.trim();
    match term.rsplit_once(char::is_whitespace) {
        Some((value, order)) if order.eq_ignore_ascii_case("desc") => (value.trim_end(), true),
        Some((value, order)) if order.eq_ignore_ascii_case("asc") => (value.trim_end(), false),
        _ => (term, false),
    }
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
