//! A database that other tools made: what it has, and a first migration that such a database has already.
//!
//! Owns what a spec can never declare: views, triggers, virtual tables, the tools' own ledgers. Must not know where
//! the SQL was found, nor what becomes of the tables in a spec.

use super::{
    declared_schema,
    error::{MigrateError, Origin},
    history::Migration,
    introspect,
    replay::{execute, failure, open, transaction},
    schema::Schema,
    sqlite,
};
use crate::model::tables as model;

/// What statements of other tools make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The tables.
    pub schema: Schema,
    /// What else there is, in words: "the view recent".
    pub left_out: Vec<String>,
}

/// Runs files, each by its name, on an empty database, and reads what they make.
///
/// # Errors
/// [`MigrateError::Sql`] for the first statement that SQLite refuses.
pub fn adopt(files: &[(String, String)]) -> Result<Adopted, MigrateError> {
    let connection = open()?;
    for (name, sql) in files {
        transaction(&connection, || execute(&connection, &Origin::Foreign(name.clone()), sql))?;
    }
    let refused =
        |error: rusqlite::Error| failure(Origin::Program("the reading of the database"), "", &error);
    let left_out = take_out(&connection).map_err(refused)?;
    Ok(Adopted { schema: introspect::Reader::default().read(&connection)?, left_out })
}

/// Drops what is no plain table.
fn take_out(connection: &rusqlite::Connection) -> rusqlite::Result<Vec<String>> {
    let objects = connection
        .prepare(
            "SELECT 'trigger', name FROM sqlite_schema WHERE type = 'trigger'
             UNION ALL SELECT 'view', name FROM sqlite_schema WHERE type = 'view'
             UNION ALL SELECT 'virtual table', name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'",
        )?
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for (kind, name) in &objects {
        let kind = if kind == "virtual table" { "table" } else { kind };
        connection.execute_batch(&format!("DROP {kind} {}", sqlite::quote(name)))?;
    }
    Ok(objects.into_iter().map(|(kind, name)| format!("the {kind} {name}")).collect())
}

/// The first migration of a database that has its tables already: it makes those that are not there, and does nothing
/// to the others. `None` for no tables.
///
/// # Errors
/// As for [`declared_schema`].
pub fn baseline(tables: &[&model::Table]) -> Result<Option<Migration>, MigrateError> {
    let schema = declared_schema(tables)?;
    if schema.tables.is_empty() {
        return Ok(None);
    }
    let mut statements = vec![
        "-- The tables that were there when this project took the database over. Where they are, nothing happens."
            .to_owned(),
    ];
    for (name, table) in &schema.tables {
        let create = sqlite::create_table(name, table, |parent| parent.to_owned());
        statements.push(create.replacen("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1));
        for (index, it) in &table.indexes {
            let create = sqlite::create_index(index, name, it);
            statements.push(create.replacen("INDEX ", "INDEX IF NOT EXISTS ", 1));
        }
    }
    let sql = format!("{}\n", statements.join("\n\n"));
    Ok(Some(Migration { number: 1, slug: "baseline".to_owned(), sql }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sql: &[&str]) -> Vec<(String, String)> {
        sql.iter().enumerate().map(|(at, sql)| (format!("{at:04}_a.sql"), (*sql).to_owned())).collect()
    }

    #[test]
    fn what_is_no_plain_table_is_named_and_left_out() {
        let adopted = adopt(&files(&[
            "CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT); CREATE VIEW v AS SELECT * FROM a;",
            "CREATE TRIGGER g AFTER INSERT ON a BEGIN DELETE FROM a WHERE 0; END;
             CREATE VIRTUAL TABLE f USING fts5(t);",
        ]))
        .unwrap();
        assert_eq!(adopted.schema.tables.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(adopted.left_out, ["the trigger g", "the view v", "the virtual table f"]);
    }

    #[test]
    fn a_statement_that_sqlite_refuses_is_shown_with_its_file() {
        let error =
            adopt(&files(&["CREATE TABLE a (id INTEGER);", "CREATE TABLE a (id INTEGER);"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("0001_a.sql") && text.contains("already exists"), "{text}");
    }
}
