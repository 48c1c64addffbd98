//! Proves a migration on invented rows before anyone's rows meet it.
//!
//! Owns what a sound migration leaves as it was: the number of rows, the values of the columns that stay,
//! and foreign keys that all find their row. Must not know how the migration's SQL was made: what it
//! knows of the migration it sees in the database before and after.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::affinity::Affinity;
use super::diff::{Renames, Step, diff};
use super::error::{MigrateError, Origin};
use super::history::{Migration, check_order};
use super::introspect::Reader;
use super::lawful::Judge;
use super::reach::{Reach, watch};
use super::replay::{apply, execute, failure, open, transaction};
use super::rows::{Rows, invent};
use super::schema::{Column, Schema, Table};
use super::sqlite::{quote, quote_all};

/// Proves every migration on top of those before it, and that together they make `desired`; `renames` are
/// those that the spec declares. A rename that a migration by hand does not have in its header counts as
/// a loss and an addition.
///
/// # Errors
/// [`MigrateError::Sql`] or [`MigrateError::Unproven`] for the first migration that fails;
/// [`MigrateError::Behind`] if the spec has moved on.
pub(super) fn prove_all(
    migrations: &[Migration],
    desired: &Schema,
    renames: &Renames,
) -> Result<(), MigrateError> {
    check_order(migrations)?;
    let mut connection = open()?;
    let mut reader = Reader::default();
    let mut schema = Schema::default();
    for migration in migrations {
        schema = prove(&mut connection, &mut reader, &schema, migration)?;
    }
    let left = diff(&schema, desired, renames);
    if left.is_empty() {
        Ok(())
    } else {
        Err(MigrateError::Behind { steps: left.iter().map(ToString::to_string).collect() })
    }
}

/// Proves one migration on a database that holds `before` and no rows, and gives the schema that it
/// leaves there, again without rows. Only tables that it can reach get rows.
pub(super) fn prove(
    connection: &mut Connection,
    reader: &mut Reader,
    before: &Schema,
    migration: &Migration,
) -> Result<Schema, MigrateError> {
    if before.tables.is_empty() {
        return prove_on_nothing(connection, reader, migration);
    }
    let (after, reach) = rehearse(connection, reader, migration)?;
    let (steps, renamed) = Renames::recorded(&migration.sql).apply(before, &after);
    let reached = reach.tables(&renamed, &after, &steps);
    let (renamed, left) = (renamed.only(&reached), after.only(&reached));
    let subjects: Vec<Subject<'_>> =
        renamed.tables.keys().map(|name| Subject::new(name, before, &renamed, &left, &steps)).collect();
    let invented = invent(&renamed, &left, &Judge::new(&renamed, &left)?);
    let setting = format!("PRAGMA ignore_check_constraints = {}", !invented.checked);
    execute(connection, &OWN_WORK, &setting)?;
    seed(connection, &subjects, &invented.rows)?;
    let kept = subjects.iter().filter(|subject| subject.after.is_some());
    let kept = kept.map(|subject| Ok((subject, texts(connection, &subject.select_before())?)));
    let kept: Vec<(&Subject<'_>, Vec<String>)> = kept.collect::<Result<_, MigrateError>>()?;
    transaction(connection, || {
        apply(connection, migration).map_err(|error| on_rows(migration, error))?;
        no_orphans(connection, migration)?;
        for (subject, expected) in &kept {
            let found = texts(connection, &subject.select_after())?;
            subject.compare(expected, &found).map_err(|difference| unproven(migration, difference))?;
        }
        Ok(())
    })?;
    clear(connection, left.tables.keys())?;
    Ok(after)
}

/// Proves a migration of a database without tables, so that there is no row to keep.
fn prove_on_nothing(
    connection: &mut Connection,
    reader: &mut Reader,
    migration: &Migration,
) -> Result<Schema, MigrateError> {
    let reach = watch(connection, |connection| {
        transaction(connection, || {
            apply(connection, migration)?;
            no_orphans(connection, migration)
        })
    })?;
    let after = reader.read(connection)?;
    clear(connection, after.tables.keys().filter(|name| reach.writes(name)))?;
    Ok(after)
}

fn no_orphans(connection: &Connection, migration: &Migration) -> Result<(), MigrateError> {
    let orphan = texts(connection, ORPHANS)?.into_iter().next();
    orphan.map_or(Ok(()), |orphan| Err(unproven(migration, orphan)))
}

/// Takes all rows out of tables.
fn clear<'a>(connection: &Connection, tables: impl Iterator<Item = &'a String>) -> Result<(), MigrateError> {
    let clear: String = tables.map(|name| format!("DELETE FROM {};", quote(name))).collect();
    without_foreign_keys(connection, || execute(connection, &OWN_WORK, &clear))
}

/// What a failure of our own statements is said to belong to.
const OWN_WORK: Origin = Origin::Program("the preparation of the proof");

const ORPHANS: &str = "SELECT '`' || \"table\" || '` refers to rows that `' || parent || '` lacks' FROM pragma_foreign_key_check";

/// The schema that the migration leaves, and how far it reaches; the database is left as it was.
fn rehearse(
    connection: &mut Connection,
    reader: &mut Reader,
    migration: &Migration,
) -> Result<(Schema, Reach), MigrateError> {
    execute(connection, &OWN_WORK, "BEGIN")?;
    let reach = watch(connection, |connection| apply(connection, migration))?;
    let after = reader.read(connection)?;
    execute(connection, &OWN_WORK, "ROLLBACK")?;
    Ok((after, reach))
}

/// A table that the migration finds.
struct Subject<'a> {
    /// Its name before, and the names of its columns.
    original: (&'a str, Vec<&'a str>),
    /// Its name once the renames are done, and its columns under theirs.
    renamed: (&'a str, &'a Table),
    /// What the migration leaves of it, if anything.
    after: Option<&'a Table>,
}

impl<'a> Subject<'a> {
    fn new(
        name: &'a str,
        before: &'a Schema,
        renamed: &'a Schema,
        after: &'a Schema,
        steps: &'a [Step],
    ) -> Self {
        let rename = steps.iter().find_map(|step| match step {
            Step::RenameTable { from, to } if to == name => Some(from.as_str()),
            _ => None,
        });
        let original = rename.unwrap_or(name);
        // A rename leaves the columns in their places.
        let columns = before.tables[original].columns.iter().map(|column| column.name.as_str()).collect();
        let renamed = (name, &renamed.tables[name]);
        Self { original: (original, columns), renamed, after: after.tables.get(name) }
    }

    /// The columns that stay: the original name, and the column before and after.
    fn kept(&self) -> impl Iterator<Item = (&'a str, &'a Column, &'a Column)> {
        let (after, names) = (self.after, self.original.1.clone());
        self.renamed
            .1
            .columns
            .iter()
            .zip(names)
            .filter_map(move |(column, original)| Some((original, column, after?.column(&column.name)?)))
            // What is computed follows from the rest, which may be written otherwise now.
            .filter(|(.., to)| to.generated.is_none())
    }

    /// The statement that inserts `rows`, none if there are none. A column that fills itself does so in every row.
    fn insert(&self, rows: &Rows) -> Option<String> {
        let given = self.original.1.iter().zip(rows.first()?).filter(|(_, value)| value.is_some());
        let names: Vec<&str> = given.map(|(name, _)| *name).collect();
        let values = |row: &Vec<Option<String>>| {
            format!("({})", row.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", "))
        };
        let (table, names) = (quote(self.original.0), quote_all(&names));
        let rows: Vec<String> = rows.iter().map(values).collect();
        Some(format!("INSERT INTO {table} ({names}) VALUES {};", rows.join(", ")))
    }

    /// The rows as they should be after the migration, read before it.
    fn select_before(&self) -> String {
        let value = |(name, from, to): (&str, &Column, &Column)| {
            let mut value = quote(name);
            if Affinity::of(&from.kind) != Affinity::of(&to.kind) {
                value = format!("CAST({value} AS {})", to.kind);
            }
            match &to.default {
                Some(default) if from.nullable && !to.nullable => format!("ifnull({value}, {default})"),
                _ => value,
            }
        };
        select(self.original.0, self.kept().map(|kept| (kept.2.name.as_str(), value(kept))))
    }

    fn select_after(&self) -> String {
        select(self.renamed.0, self.kept().map(|(.., to)| (to.name.as_str(), quote(&to.name))))
    }

    /// # Errors
    /// What differs, in words.
    fn compare(&self, expected: &[String], found: &[String]) -> Result<(), String> {
        let name = self.renamed.0;
        if expected.len() != found.len() {
            return Err(format!("`{name}` had {} rows and has {}", expected.len(), found.len()));
        }
        match expected.iter().zip(found).find(|(expected, found)| expected != found) {
            Some((expected, found)) => {
                Err(format!("a row of `{name}` should be ({expected}) and is ({found})"))
            }
            None => Ok(()),
        }
    }
}

/// A query for all rows, each as one text that tells types apart, in an order of its own.
fn select<'a>(table: &str, values: impl Iterator<Item = (&'a str, String)>) -> String {
    let texts: Vec<String> = values
        .map(|(label, value)| format!("'{} = ' || quote({value})", label.replace('\'', "''")))
        .collect();
    let row = if texts.is_empty() { "''".to_owned() } else { texts.join(" || ', ' || ") };
    format!("SELECT {row} AS row FROM {} ORDER BY row", quote(table))
}

fn seed(
    connection: &Connection,
    subjects: &[Subject<'_>],
    rows: &BTreeMap<&str, Rows>,
) -> Result<(), MigrateError> {
    let insert = |subject: &Subject<'_>| subject.insert(rows.get(subject.renamed.0)?);
    let insert: String = subjects.iter().filter_map(insert).collect();
    // In rings no order of insertion would do.
    without_foreign_keys(connection, || execute(connection, &OWN_WORK, &insert))
}

fn without_foreign_keys(
    connection: &Connection,
    work: impl FnOnce() -> Result<(), MigrateError>,
) -> Result<(), MigrateError> {
    execute(connection, &OWN_WORK, "PRAGMA foreign_keys = OFF")?;
    work()?;
    execute(connection, &OWN_WORK, "PRAGMA foreign_keys = ON")
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>, MigrateError> {
    let read = || connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>();
    read().map_err(|error| failure(OWN_WORK, sql, &error))
}

/// A statement that works on empty tables and fails on rows.
fn on_rows(migration: &Migration, error: MigrateError) -> MigrateError {
    match error {
        MigrateError::Sql { statement, message, .. } => {
            unproven(migration, format!("SQLite says \"{message}\" for {statement}"))
        }
        other => other,
    }
}

fn unproven(migration: &Migration, difference: String) -> MigrateError {
    MigrateError::Unproven { file: migration.file_name(), difference }
}
