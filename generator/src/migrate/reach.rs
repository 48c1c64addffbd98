//! How far a migration reaches: the tables whose rows it could change.
//!
//! Owns what SQLite tells of statements while it prepares them, and the way along foreign keys from there. Must not
//! know what the statements are for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::diff::Step;
use super::error::{MigrateError, Origin};
use super::replay::failure;
use super::schema::{ForeignKey, Schema};

/// What statements name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Tables that a statement reads, changes or makes.
    named: BTreeSet<String>,
    /// Tables of which a statement writes rows, or which it drops with them. What refers to those may change too.
    written: BTreeSet<String>,
    /// Whether a statement makes what may write anywhere, such as a trigger.
    everywhere: bool,
}

/// Does `work` and tells how far its statements reach.
///
/// # Errors
/// Those of `work`.
pub(super) fn watch(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<(), MigrateError>,
) -> Result<Reach, MigrateError> {
    let refused = |error: rusqlite::Error| failure(Origin::Program("to watch"), "", &error);
    let seen = Arc::new(Mutex::new(Reach::default()));
    let sees = Arc::clone(&seen);
    let see = move |context: AuthContext<'_>| {
        sees.lock().unwrap_or_else(PoisonError::into_inner).add(&context.action);
        Authorization::Allow
    };
    connection.authorizer(Some(see)).map_err(refused)?;
    let done = work(connection);
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).map_err(refused)?;
    done?;
    let reach = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(reach)
}

impl Reach {
    fn add(&mut self, action: &AuthAction<'_>) {
        match action {
            AuthAction::Delete { table_name }
            | AuthAction::Insert { table_name }
            | AuthAction::Update { table_name, .. }
            | AuthAction::DropTable { table_name } => {
                self.written.insert((*table_name).to_owned());
                self.named.insert((*table_name).to_owned());
            }
            AuthAction::Read { table_name, .. }
            | AuthAction::CreateTable { table_name }
            | AuthAction::AlterTable { table_name, .. }
            | AuthAction::CreateIndex { table_name, .. }
            | AuthAction::DropIndex { table_name, .. } => _ = self.named.insert((*table_name).to_owned()),
            AuthAction::Select
            | AuthAction::Function { .. }
            | AuthAction::Pragma { .. }
            | AuthAction::Recursive
            | AuthAction::Reindex { .. }
            | AuthAction::Analyze { .. }
            | AuthAction::Transaction { .. }
            | AuthAction::Savepoint { .. } => {}
            _ => self.everywhere = true,
        }
    }

    /// Whether a statement may have written rows of a table.
    pub(super) fn writes(&self, table: &str) -> bool {
        self.everywhere || self.written.contains(table)
    }

    /// The tables, under the names that they have after `steps`, whose rows the statements could change, and those
    /// without whose rows these could not be: `before` has the names of `after`.
    pub(super) fn tables(&self, before: &Schema, after: &Schema, steps: &[Step]) -> BTreeSet<String> {
        let names = || before.tables.keys().chain(after.tables.keys());
        if self.everywhere {
            return names().cloned().collect();
        }
        let renamed_from = |name: &str| {
            steps.iter().find_map(|step| match step {
                Step::RenameTable { from, to } if to == name => Some(from.as_str()),
                _ => None,
            })
        };
        let is_in = |set: &BTreeSet<String>, name: &str| {
            set.contains(name) || renamed_from(name).is_some_and(|from| set.contains(from))
        };
        let differs = |name: &String| before.tables.get(name) != after.tables.get(name);
        let written: BTreeSet<String> = names().filter(|name| is_in(&self.written, name)).cloned().collect();
        let named = names().filter(|name| differs(name) || is_in(&self.named, name)).cloned();
        let edges: Vec<(&str, &str)> = [before, after].into_iter().flat_map(references).collect();
        let mut reached = closed(written, edges.iter().map(|(child, parent)| (*parent, *child)));
        reached.extend(named);
        closed(reached, edges.iter().copied())
    }
}

/// Each foreign key as the table that has it and the one that it refers to.
fn references(schema: &Schema) -> impl Iterator<Item = (&str, &str)> {
    schema.tables.iter().flat_map(|(name, table)| {
        table.foreign_keys.iter().map(move |key: &ForeignKey| (name.as_str(), key.table.as_str()))
    })
}

/// All that `edges` lead to from `start`, which is part of it.
fn closed<'a>(
    mut start: BTreeSet<String>,
    edges: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> BTreeSet<String> {
    loop {
        let is_next = |(from, to): &(&str, &str)| start.contains(*from) && !start.contains(*to);
        let next: Vec<String> = edges.clone().filter(is_next).map(|(_, to)| to.to_owned()).collect();
        if next.is_empty() {
            return start;
        }
        start.extend(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::introspect::Reader;
    use crate::migrate::replay::{execute, open};

    const TABLES: &str = "CREATE TABLE grand (id INTEGER PRIMARY KEY) STRICT;
         CREATE TABLE parent (id INTEGER PRIMARY KEY, g INTEGER REFERENCES grand (id)) STRICT;
         CREATE TABLE child (p INTEGER REFERENCES parent (id) ON DELETE CASCADE) STRICT;
         CREATE TABLE apart (n INTEGER) STRICT;";

    fn check(migration: &str, expected: &[&str]) {
        let mut connection = open().unwrap();
        let run = |connection: &Connection, sql| execute(connection, &Origin::Program("the test"), sql);
        run(&connection, TABLES).unwrap();
        let before = Reader::default().read(&connection).unwrap();
        let reach = watch(&mut connection, |connection| run(connection, migration)).unwrap();
        let after = Reader::default().read(&connection).unwrap();
        assert_eq!(reach.tables(&before, &after, &[]).iter().collect::<Vec<_>>(), expected, "{migration}");
    }

    #[test]
    fn a_change_of_a_table_reaches_what_its_rows_need() {
        check("ALTER TABLE parent ADD COLUMN a TEXT", &["grand", "parent"]);
        check("CREATE INDEX i ON apart (n)", &["apart"]);
        check("CREATE TABLE new (a INTEGER REFERENCES apart (n)) STRICT", &["apart", "new"]);
    }

    #[test]
    fn a_change_of_rows_reaches_what_refers_to_them() {
        check("DELETE FROM parent", &["child", "grand", "parent"]);
        check("UPDATE apart SET n = (SELECT max(id) FROM grand)", &["apart", "grand"]);
        check("DROP TABLE child", &["child", "grand", "parent"]);
    }

    #[test]
    fn what_may_write_anywhere_reaches_all() {
        let trigger = "CREATE TRIGGER t AFTER INSERT ON apart BEGIN DELETE FROM child; END; DROP TRIGGER t";
        check(trigger, &["apart", "child", "grand", "parent"]);
    }
}
