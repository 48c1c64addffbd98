//! Runs SQL on an in-memory SQLite, the way D1 runs a migration file.
//!
//! Owns the connection's settings and the words of a failure. Must not know what the SQL is for.

use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, Connection, ErrorCode};

use super::error::{MigrateError, Origin};
use super::history::{Migration, check_order};

/// How much of a statement a message shows, in characters.
const EXCERPT_CHARS: usize = 400;

/// The most steps of SQLite's machine for one statement, in millions: about a second, and the same everywhere. A
/// statement that writes a million rows needs some tens of these.
const MOST_MILLION_STEPS: i32 = 200;

const TRANSACTION: Origin = Origin::Program("a transaction");

/// An empty database in memory. Foreign keys are on, as they always are on D1, and a file's SQL cannot
/// reach the disk: ATTACH creates nothing and writes nothing. A statement that never ends is ended.
pub(super) fn open() -> Result<Connection, MigrateError> {
    let opened = || -> rusqlite::Result<Connection> {
        let mut connection = Connection::open_in_memory()?;
        // SQLite counts from each statement's start, so that its first call tells of one that is too long.
        connection.progress_handler(MOST_MILLION_STEPS * 1_000_000, Some(|| true))?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    opened().map_err(|error| failure(Origin::Program("to start"), "", &error))
}

/// The database that the migrations make, without rows of ours.
///
/// # Errors
/// [`MigrateError::Order`], or [`MigrateError::Sql`] naming the first file and statement that fails.
pub(super) fn replay(migrations: &[Migration]) -> Result<Connection, MigrateError> {
    check_order(migrations)?;
    let connection = open()?;
    for migration in migrations {
        transaction(&connection, || apply(&connection, migration))?;
    }
    Ok(connection)
}

/// Runs `work` in one transaction, which a failure takes back.
pub(super) fn transaction<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    let begun = connection.unchecked_transaction().map_err(|error| failure(TRANSACTION, "BEGIN", &error))?;
    let value = work()?;
    begun.commit().map_err(|error| failure(TRANSACTION, "COMMIT", &error))?;
    Ok(value)
}

/// Runs a migration's statements.
pub(super) fn apply(connection: &Connection, migration: &Migration) -> Result<(), MigrateError> {
    execute(connection, &Origin::Migration(migration.file_name()), &migration.sql)
}

/// Runs the statements of `sql` one by one; `origin` is what a failure says they belong to.
pub(super) fn execute(connection: &Connection, origin: &Origin, sql: &str) -> Result<(), MigrateError> {
    let mut batch = Batch::new(connection, sql);
    let mut rest = sql;
    let mut run_next = || -> rusqlite::Result<bool> {
        let Some(mut statement) = batch.next()? else { return Ok(false) };
        let length = statement.expanded_sql().map_or(0, |text| text.len());
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        rest = rest.get(length..).unwrap_or_default();
        Ok(true)
    };
    loop {
        match run_next() {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => return Err(failure(origin.clone(), rest, &error)),
        }
    }
}

/// SQLite's refusal of a statement that belongs to `origin`.
pub(super) fn failure(origin: Origin, statement: &str, error: &rusqlite::Error) -> MigrateError {
    let message = match error {
        _ if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => format!(
            "it is not done after {MOST_MILLION_STEPS} million steps, as a recursive query without an end never is"
        ),
        rusqlite::Error::SqlInputError { msg, .. } | rusqlite::Error::SqliteFailure(_, Some(msg)) => {
            msg.clone()
        }
        other => other.to_string(),
    };
    MigrateError::Sql { origin, statement: excerpt(statement), message }
}

/// The first statement of `sql` without the comments before it, cut to a length that can be shown.
pub(super) fn excerpt(sql: &str) -> String {
    let mut rest = sql.trim_start();
    while let Some((_, after)) =
        rest.strip_prefix("--").map(|comment| comment.split_once('\n').unwrap_or_default())
    {
        rest = after.trim_start();
    }
    let end = rest.find(";\n").map_or(rest.len(), |at| at + 1);
    let statement = rest[..end].trim_end();
    match statement.char_indices().nth(EXCERPT_CHARS) {
        Some((at, _)) => format!("{} …", &statement[..at]),
        None => statement.to_owned(),
    }
}
