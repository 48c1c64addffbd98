//! Indexes, and the lists of columns that they and the keys are made of.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        name::ColumnName,
        tables::{Index, Term, TermValue},
    },
    path::SpecPath,
    spec::{RawIndex, RawTable},
};

impl Lowering<'_> {
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
        let name = self.database_name(name, path)?;
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
        if !raw.columns.contains_key(name) {
            if self.broken.touches(&declared) || self.is_missed(table, name) {
                return None;
            }
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
                        .related(Place::Key(first.clone()), "first declared here")
                        .help(format!("name it after its table too, as in `{table}_{index}`")),
                    );
                }
                seen.push((index, path));
            }
        }
    }
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
