//! Asks SQLite whether invented rows keep what only SQLite can judge: CHECKs, computed columns, and indexes that are
//! unique over expressions or over a part of the rows.
//!
//! Owns two databases of such tables, as they are before and after a migration, in which the rows are tried. Must not
//! know the migration's SQL, which is to be proven on rows that it has not chosen.

use rusqlite::Connection;

use super::error::{MigrateError, Origin};
use super::rebuild::value;
use super::replay::{execute, open};
use super::schema::{Schema, Table};
use super::sqlite::{create_with_indexes, quote, quote_all};

const TRIAL: Origin = Origin::Program("the trial of invented rows");

/// The judge of the rows of one migration.
pub(super) struct Judge<'a> {
    before: &'a Schema,
    after: &'a Schema,
    old: Connection,
    new: Connection,
}

impl<'a> Judge<'a> {
    /// A judge of rows that are to be lawful in both schemas, under the names of the later one.
    ///
    /// # Errors
    /// If SQLite cannot be started.
    pub(super) fn new(before: &'a Schema, after: &'a Schema) -> Result<Self, MigrateError> {
        let judge = Self { before, after, old: open()?, new: open()? };
        for connection in [&judge.old, &judge.new] {
            execute(connection, &TRIAL, "PRAGMA foreign_keys = OFF")?;
        }
        for (name, table) in before.tables.iter().filter(|(name, _)| judge.judges(name)) {
            execute(&judge.old, &TRIAL, &create_with_indexes(name, table))?;
            if let Some(after) = after.tables.get(name) {
                execute(&judge.new, &TRIAL, &create_with_indexes(name, &relaxed(table, after)))?;
            }
        }
        Ok(judge)
    }

    /// Whether a table has anything that needs a judge, before or after.
    pub(super) fn judges(&self, table: &str) -> bool {
        let has_conditions = |schema: &Schema| {
            schema.tables.get(table).is_some_and(|table| {
                let mut indexes = table.indexes.values();
                table.expressions().next().is_some()
                    || indexes.any(|index| index.unique && index.unique_columns().is_none())
            })
        };
        has_conditions(self.before) || has_conditions(self.after)
    }

    /// Whether the row can stand beside those that were lawful before it. Without `checked`, CHECKs do not count.
    pub(super) fn is_lawful(&self, table: &str, row: &[Option<String>], checked: bool) -> bool {
        if !self.judges(table) {
            return true;
        }
        let attempt = || -> rusqlite::Result<()> {
            let setting = format!("PRAGMA ignore_check_constraints = {}", !checked);
            [&self.old, &self.new].iter().try_for_each(|connection| connection.execute_batch(&setting))?;
            let old = self.old.unchecked_transaction()?;
            let stored = self.store(table, row)?;
            self.new.execute_batch(&self.carried(table, &stored))?;
            old.commit()
        };
        attempt().is_ok()
    }

    /// Adds the row as it is before the migration, and gives it as it is then stored, with what is computed.
    fn store(&self, name: &str, row: &[Option<String>]) -> rusqlite::Result<Vec<String>> {
        let Some(table) = self.before.tables.get(name) else { return Ok(Vec::new()) };
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let given = columns.iter().zip(row).filter_map(|(column, value)| Some((*column, value.clone()?)));
        let stored: Vec<String> = columns.iter().map(|column| format!("quote({})", quote(column))).collect();
        let mut statement =
            self.old.prepare(&format!("{} RETURNING {}", insert(name, given), stored.join(", ")))?;
        statement.query_row([], |row| (0..columns.len()).map(|at| row.get(at)).collect())
    }

    /// The statement that adds the row as the migration carries it over.
    fn carried(&self, name: &str, stored: &[String]) -> String {
        let (Some(old), Some(new)) = (self.before.tables.get(name), self.after.tables.get(name)) else {
            return String::new();
        };
        let carried = old.columns.iter().zip(stored).filter_map(|(from, stored)| {
            let to = new.column(&from.name).filter(|to| to.generated.is_none())?;
            Some((to.name.as_str(), value(stored.clone(), from, to)))
        });
        insert(name, carried)
    }
}

fn insert<'a>(table: &str, values: impl Iterator<Item = (&'a str, String)>) -> String {
    let (names, values): (Vec<&str>, Vec<String>) = values.unzip();
    if names.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", quote(table));
    }
    format!("INSERT INTO {} ({}) VALUES ({})", quote(table), quote_all(&names), values.join(", "))
}

/// The table as it is after the migration, but without asking for values that no row brings along: how a migration
/// fills a column that is new is its own affair.
fn relaxed(before: &Table, after: &Table) -> Table {
    let mut table = after.clone();
    for column in table.columns.iter_mut().filter(|column| column.generated.is_none()) {
        column.nullable |= before.column(&column.name).is_none();
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::introspect::Reader;

    fn schema(sql: &str) -> Schema {
        let connection = open().unwrap();
        execute(&connection, &TRIAL, sql).unwrap();
        Reader::default().read(&connection).unwrap()
    }

    #[test]
    fn a_row_is_judged_by_what_holds_before_and_after_and_by_the_rows_before_it() {
        let before =
            schema("CREATE TABLE t (n INTEGER CHECK (n > 0), s TEXT) STRICT; CREATE TABLE u (n INTEGER);");
        let after = schema(
            "CREATE TABLE t (n INTEGER, s TEXT, l TEXT NOT NULL AS (lower(s)), x INTEGER NOT NULL) STRICT;
             CREATE UNIQUE INDEX i ON t (l);",
        );
        let judge = Judge::new(&before, &after).unwrap();
        let is_lawful = |table: &str, row: &[&str], checked| {
            let row: Vec<Option<String>> = row.iter().map(|value| Some((*value).to_owned())).collect();
            judge.is_lawful(table, &row, checked)
        };
        assert!(is_lawful("t", &["1", "'a'"], true));
        assert!(!is_lawful("t", &["2", "'A'"], true), "the index of expressions");
        assert!(!is_lawful("t", &["0", "'b'"], true), "the check");
        assert!(is_lawful("t", &["0", "'b'"], false), "no check");
        assert!(!is_lawful("t", &["3", "NULL"], true), "the computed column");
        assert!(is_lawful("t", &["3", "'c'"], true), "what was refused is not there");
        assert!(is_lawful("u", &["nonsense"], true), "nothing to judge");
    }
}
