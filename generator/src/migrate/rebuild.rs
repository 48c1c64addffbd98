//! Makes tables anew and keeps their rows.
//!
//! Owns the one procedure that is safe on D1, where foreign keys are always on and dropping a table
//! deletes what refers to it: all tables that hang together are made anew beside the old ones and refer
//! to each other there, the rows are copied, the old tables are dropped and the new ones take their
//! names. Must not know why a table is made anew.
//!
//! Rows of tables that refer to each other in a ring are copied with NULL first, which is filled in once
//! both ends are there.

use std::collections::BTreeSet;

use super::affinity::{Conversion, conversion};
use super::drops::drops;
use super::rings::Rings;
use super::schema::{Column, ForeignKey, Index, Schema, Table};
use super::sqlite::{create_index, create_table, drop_index, quote, rename_table};

/// SQLite's own name for the row id, which no column of a spec can take.
const ROW_ID: &str = "_rowid_";

/// One rebuild of all tables that need it, with the tables that are dropped.
pub(super) struct Rebuild<'a> {
    before: &'a Schema,
    rebuilt: &'a BTreeSet<String>,
    /// The new tables, parents first, each with the columns that are filled in later.
    new: Vec<(&'a str, &'a Table, BTreeSet<&'a str>)>,
    /// The old tables, with those that are dropped for good.
    old: BTreeSet<&'a str>,
}

impl<'a> Rebuild<'a> {
    /// Plans the rebuild of `rebuilt` and the dropping of `dropped`.
    pub(super) fn new(
        before: &'a Schema,
        after: &'a Schema,
        rebuilt: &'a BTreeSet<String>,
        dropped: &BTreeSet<&'a str>,
    ) -> Self {
        let names = || rebuilt.iter().map(String::as_str);
        let copied = Rings::new(after, names());
        let new = copied.graph.parents_first().into_iter().filter_map(|name| {
            let later = copied.opened.iter().filter(|(table, _)| *table == name).map(|(_, column)| *column);
            Some((name, after.tables.get(name)?, later.collect()))
        });
        let new = new.collect();
        Self { before, rebuilt, new, old: names().chain(dropped.iter().copied()).collect() }
    }

    /// The statements in order, the first of each stage under a comment; none if there is nothing to do.
    pub(super) fn statements(&self) -> Vec<String> {
        let needed = self.indexes_referred_to();
        let mut made: Vec<String> = self
            .new
            .iter()
            .map(|(name, table, _)| create_table(&beside(name), table, |parent| self.name_of(parent)))
            .collect();
        made.extend(
            needed.iter().map(|(name, table, index)| create_index(&beside(name), &beside(table), index)),
        );
        let renamed = self.new.iter().map(|(name, ..)| rename_table(&beside(name), name));
        let indexed = self.new.iter().flat_map(|(name, table, _)| {
            table.indexes.iter().map(|(index, it)| create_index(index, name, it))
        });
        let undone = needed.iter().map(|(name, ..)| drop_index(&beside(name)));
        [
            stage("The new tables, beside the old ones.", made),
            stage("Their rows.", self.copies()),
            stage(
                "The old tables, those that refer before those referred to.",
                drops(self.before, self.old.iter().copied()),
            ),
            stage("The new tables take their names.", renamed.collect()),
            stage("Their indexes.", undone.chain(indexed).collect()),
        ]
        .concat()
    }

    fn copies(&self) -> Vec<String> {
        let old = |name: &str| self.before.tables.get(name);
        let copies =
            self.new.iter().filter_map(|(name, table, later)| Some(copy(name, old(name)?, table, later)));
        let filled = self.new.iter().flat_map(|(name, table, later)| {
            later.iter().filter_map(move |column| fill_in(name, old(name)?, table, (column, later)))
        });
        copies.chain(filled).collect()
    }

    /// Where a table is found while the old and the new tables are both there.
    fn name_of(&self, table: &str) -> String {
        if self.rebuilt.contains(table) { beside(table) } else { table.to_owned() }
    }

    /// Unique indexes of new tables that a foreign key of a new table refers to and therefore needs from
    /// the first row on: name, table, index.
    fn indexes_referred_to(&self) -> Vec<(&'a str, &'a str, &'a Index)> {
        let keys: Vec<&ForeignKey> = self.new.iter().flat_map(|(_, table, _)| &table.foreign_keys).collect();
        let mut needed = Vec::new();
        for (name, table, _) in &self.new {
            for (index, it) in &table.indexes {
                let columns = it.unique_columns();
                let meant = |key: &&ForeignKey| {
                    key.table == *name && columns.as_ref().is_some_and(|columns| *columns == key.parents)
                };
                if keys.iter().any(meant) {
                    needed.push((index.as_str(), *name, it));
                }
            }
        }
        needed
    }
}

/// A stage of the rebuild, its comment before its first statement.
fn stage(comment: &str, mut statements: Vec<String>) -> Vec<String> {
    if let Some(first) = statements.first_mut() {
        first.insert_str(0, &format!("-- {comment}\n"));
    }
    statements
}

fn beside(name: &str) -> String {
    format!("__new_{name}")
}

/// Copies the rows of an old table, with NULL in the columns in `later`.
fn copy(name: &str, old: &Table, new: &Table, later: &BTreeSet<&str>) -> String {
    let (mut targets, mut values) = (Vec::new(), Vec::new());
    if !later.is_empty() && identity(old, new, later).is_some_and(|row| row[0].1 == ROW_ID) {
        targets.push(ROW_ID.to_owned());
        values.push(ROW_ID.to_owned());
    }
    for column in written(new) {
        let value = match old.column(&column.name) {
            _ if later.contains(column.name.as_str()) => "NULL".to_owned(),
            Some(from) => value(quote(&from.name), from, column),
            None => continue,
        };
        targets.push(quote(&column.name));
        values.push(value);
    }
    if let (true, Some(column)) = (targets.is_empty(), written(new).next()) {
        // Nothing is kept but the number of rows, so one column says its default.
        targets.push(quote(&column.name));
        values.push(column.default.as_ref().map_or_else(|| "NULL".to_owned(), ToString::to_string));
    }
    format!(
        "INSERT INTO {} ({})\nSELECT {}\nFROM {};",
        quote(&beside(name)),
        targets.join(", "),
        values.join(", "),
        quote(name)
    )
}

/// Gives the copied rows the value of `name` that [`copy`] left out: the old one, or the default of a
/// column that is new; none if that is NULL.
fn fill_in(table: &str, old: &Table, new: &Table, (name, later): (&str, &BTreeSet<&str>)) -> Option<String> {
    let column = new.column(name)?;
    let target = quote(&beside(table));
    let value = match old.column(name) {
        Some(from) => {
            let same = |(from, to): &(String, String)| format!("{from} = {target}.{to}");
            let row: Vec<String> = identity(old, new, later)?.iter().map(same).collect();
            let value = value(quote(&from.name), from, column);
            format!("(SELECT {value} FROM {} WHERE {})", quote(table), row.join(" AND "))
        }
        None => column.default.as_ref()?.to_string(),
    };
    Some(format!("UPDATE {target}\nSET {} = {value};", quote(name)))
}

/// The columns that take a value.
fn written(table: &Table) -> impl Iterator<Item = &Column> {
    table.columns.iter().filter(|column| column.generated.is_none())
}

/// What a row is known by, as pairs of values in the old table and columns of the new one: the row id, under the
/// name of the column that is the new table's row id, if the old table has it; where one of them has no row id,
/// columns that are unique, never NULL, and not filled in `later`.
fn identity(old: &Table, new: &Table, later: &BTreeSet<&str>) -> Option<Vec<(String, String)>> {
    let kept = |name: &str| {
        let (from, to) = (old.column(name)?, new.column(name)?);
        Some((value(quote(name), from, to), quote(name)))
    };
    if !old.without_rowid && !new.without_rowid {
        let row_id = || (ROW_ID.to_owned(), ROW_ID.to_owned());
        return Some(vec![new.rowid_alias().and_then(kept).unwrap_or_else(row_id)]);
    }
    let tells_apart =
        |name: &&str| !later.contains(name) && old.column(name).is_some_and(|column| !column.nullable);
    let mut lists = new.unique_lists().chain(old.unique_lists()).filter(|list| list.iter().all(tells_apart));
    lists.find_map(|list| list.into_iter().map(kept).collect())
}

/// What [`unidentified`] columns are refused with.
pub(super) const UNIDENTIFIED: &str = "is in a ring of references, whose rows are told apart by their key while they \
     are copied: keep all columns of the key in this step, and change them in the next";

/// Tables, each with a column, whose references can only be filled in later, and whose rows cannot be told apart by
/// then.
pub(super) fn unidentified(
    before: &Schema,
    after: &Schema,
    rebuilt: &BTreeSet<String>,
) -> Vec<(String, String)> {
    let opened = Rings::new(after, rebuilt.iter().map(String::as_str)).opened;
    let later = |name: &str| opened.iter().filter(|(table, _)| *table == name).map(|(_, it)| *it).collect();
    let lost = opened.iter().filter(|(name, column)| {
        let tables = before.tables.get(*name).zip(after.tables.get(*name));
        tables.is_some_and(|(old, new)| {
            old.column(column).is_some() && identity(old, new, &later(name)).is_none()
        })
    });
    lost.map(|(table, column)| ((*table).to_owned(), (*column).to_owned())).collect()
}

/// An old column's value, which is `value`, as the new column takes it.
pub(super) fn value(mut value: String, from: &Column, to: &Column) -> String {
    if conversion(&from.kind, &to.kind) != Conversion::Copy {
        value = format!("CAST({value} AS {})", to.kind);
    }
    match &to.default {
        Some(default) if from.nullable && !to.nullable => format!("coalesce({value}, {default})"),
        _ => value,
    }
}
