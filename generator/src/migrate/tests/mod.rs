//! Migrations from end to end, on tables as the spec declares them.

pub(super) mod build;
mod property;
mod refusals;
mod rows_survive;
mod rules;
mod schemas;
mod steps;

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{MigrateError, Migration, NewMigration, plan_database, prove_all, replay};
use crate::model::tables::Table;

/// A database as its migrations grow.
#[derive(Default)]
struct Database {
    migrations: Vec<Migration>,
}

impl Database {
    /// A database that has these tables.
    fn with(tables: &[Table]) -> Self {
        let mut database = Self::default();
        if !tables.is_empty() {
            database.migrate(tables, &[]).unwrap();
        }
        database
    }

    /// Plans the migration to `tables` and keeps it. Then nothing may be left to do and every migration
    /// must prove again.
    fn migrate(&mut self, tables: &[Table], allowed: &[&str]) -> Result<NewMigration, MigrateError> {
        let planned = self.plan(tables, allowed)?.expect("something changes");
        self.migrations.push(planned.migration.clone());
        assert_eq!(self.plan(tables, &[]), Ok(None), "a second plan finds nothing");
        assert_eq!(prove_all(&self.migrations, &tables.iter().collect::<Vec<_>>()), Ok(()));
        Ok(planned)
    }

    fn plan(&self, tables: &[Table], allowed: &[&str]) -> Result<Option<NewMigration>, MigrateError> {
        let allowed: BTreeSet<String> = allowed.iter().map(ToString::to_string).collect();
        plan_database(&self.migrations, &tables.iter().collect::<Vec<_>>(), &allowed)
    }

    /// The database itself, with foreign keys on.
    fn open(&self) -> Connection {
        replay::replay(&self.migrations).unwrap()
    }
}

/// Runs a migration as D1 does: the whole file in one transaction.
fn apply(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(sql)?;
    transaction.commit()
}

/// The first column of every row that the query gives, as SQL literals.
fn ask(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("SELECT quote(value) FROM ({query})")).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
