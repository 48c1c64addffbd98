//! The tables of LiveStore's own server (`@livestore/sync-cf` 0.4, persistence format 7), read as a log.
//!
//! Owns their names and form. The server keeps each store's events in a table named after it, in a D1 database or in
//! the store's object, and the backend id always in the object. Reads only.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use serde_json::value::RawValue;

use super::log::{Chain, Event, Header, LogError};

/// What a database of the reference holds of one store.
#[derive(Debug)]
pub struct Found {
    /// The log's first line.
    pub header: Header,
    /// The events in order.
    pub events: Vec<Event>,
    /// What they amount to.
    pub chain: Chain,
}

/// Reads the log of `store_id` from the SQLite file `database`. `backend_id` is asked for where the file is a D1
/// database, which does not have it.
///
/// # Errors
/// If the file is no such database, has no such store, or its events are not in order.
pub fn read(database: &Path, store_id: &str, backend_id: Option<&str>) -> Result<Found, LogError> {
    let sqlite = |error: rusqlite::Error| LogError::whole(format!("{}: {error}", database.display()));
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(sqlite)?;
    let table = table(store_id);
    let tables = names(&connection).map_err(sqlite)?;
    if !tables.contains(&table) {
        let stores: Vec<&str> = tables.iter().filter_map(|name| name.strip_prefix(EVENTS)).collect();
        return Err(LogError::whole(match stores.as_slice() {
            [] => {
                format!("{} has no table `{EVENTS}…`: it is no database of sync-cf 0.4", database.display())
            }
            stores => format!("there is no store `{store_id}` here; there are: {}", stores.join(", ")),
        }));
    }
    let recorded = match tables.iter().any(|name| name == CONTEXT) {
        true => recorded_backend_id(&connection, store_id).map_err(sqlite)?,
        false => None,
    };
    let backend_id = match (recorded, backend_id) {
        (Some(recorded), Some(given)) if recorded != given => {
            return Err(LogError::whole(format!("the backend id is {recorded}, and {given} was given")));
        }
        (Some(recorded), _) => recorded,
        (None, Some(given)) => given.to_owned(),
        (None, None) => {
            return Err(LogError::whole(
                "the backend id is not in this file: the server keeps it in the store's object. Any client has it in \
                 each pull (`\"backendId\":…`): give it with --backend-id. With another one every client would wipe \
                 its copy",
            ));
        }
    };
    let events = events(&connection, &table).map_err(sqlite)?;
    let mut chain = Chain::default();
    for event in &events {
        chain.add(event).map_err(LogError::whole)?;
    }
    Ok(Found {
        header: Header { store_id: store_id.to_owned(), backend_id, head: chain.head },
        events,
        chain,
    })
}

const EVENTS: &str = "eventlog_7_";
const CONTEXT: &str = "context_7";

/// The server's name for a store's table. Stores whose ids differ in punctuation alone share one.
fn table(store_id: &str) -> String {
    // A character beyond U+FFFF is two in JavaScript.
    let valid = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_string(),
        c => "_".repeat(c.len_utf16()),
    };
    format!("{EVENTS}{}", store_id.chars().map(valid).collect::<String>())
}

fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    statement.query_map((), |row| row.get(0))?.collect()
}

fn recorded_backend_id(connection: &Connection, store_id: &str) -> rusqlite::Result<Option<String>> {
    let sql = format!("SELECT backendId FROM {CONTEXT} WHERE storeId = ?1");
    let mut statement = connection.prepare(&sql)?;
    statement.query_map([store_id], |row| row.get(0))?.next().transpose()
}

fn events(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Event>> {
    // The name has letters, digits and `_` alone.
    let sql = format!(
        "SELECT seqNum, parentSeqNum, name, args, clientId, sessionId, createdAt FROM \"{table}\" ORDER BY seqNum"
    );
    let mut statement = connection.prepare(&sql)?;
    statement.query_map((), event)?.collect()
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let number = |column: usize| {
        let number: i64 = row.get(column)?;
        u64::try_from(number).map_err(|error| invalid(column, error))
    };
    let args: Option<String> = row.get(3)?;
    let args = args.map(|text| RawValue::from_string(text).map_err(|error| invalid(3, error))).transpose()?;
    Ok(Event {
        seq_num: number(0)?,
        parent_seq_num: number(1)?,
        name: row.get(2)?,
        args,
        client_id: row.get(4)?,
        session_id: row.get(5)?,
        created_at: row.get(6)?,
    })
}

fn invalid(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A file as the server leaves it, with its object's table if `context` says so.
    fn database(rows: &[(i64, i64, Option<&str>)], context: bool) -> (TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.sqlite");
        let connection = Connection::open(&path).unwrap();
        let schema =
            "CREATE TABLE \"eventlog_7_team_1\" (seqNum INTEGER PRIMARY KEY, parentSeqNum INTEGER, name TEXT,
             args TEXT, createdAt TEXT, clientId TEXT, sessionId TEXT) STRICT";
        connection.execute_batch(schema).unwrap();
        if context {
            let context = "CREATE TABLE context_7 (storeId TEXT PRIMARY KEY, currentHead INTEGER, backendId TEXT) STRICT;
                 INSERT INTO context_7 VALUES ('team-1', 1, 'backend')";
            connection.execute_batch(context).unwrap();
        }
        let insert = "INSERT INTO eventlog_7_team_1 VALUES (?1, ?2, 'n', ?3, '2026', 'c', 's')";
        for row in rows {
            connection.execute(insert, *row).unwrap();
        }
        (folder, path)
    }

    #[test]
    fn a_store_is_read_with_its_backend_id_and_its_gaps() {
        let (_folder, path) = database(&[(1, 0, Some("{\"a\":1.0}")), (4, 1, None)], true);
        let found = read(&path, "team-1", None).unwrap();
        // The head that the server wrote beside the rows may be stale.
        let header = Header { store_id: "team-1".into(), backend_id: "backend".into(), head: 4 };
        assert_eq!(found.header, header);
        assert_eq!(found.chain, Chain { head: 4, events: 2, gaps: 1 });
        let args: Vec<_> = found.events.iter().map(|it| it.args.as_ref().map(|it| it.get())).collect();
        assert_eq!(args, [Some("{\"a\":1.0}"), None]);
    }

    #[test]
    fn a_database_without_the_backend_id_asks_for_it() {
        let (_folder, path) = database(&[(1, 0, None)], false);
        assert!(read(&path, "team-1", None).unwrap_err().to_string().contains("--backend-id"));
        assert_eq!(read(&path, "team-1", Some("b")).unwrap().header.backend_id, "b");
    }

    #[test]
    fn another_backend_id_than_the_recorded_one_is_refused() {
        let (_folder, path) = database(&[], true);
        assert!(read(&path, "team-1", Some("other")).is_err());
        assert_eq!(read(&path, "team-1", Some("backend")).unwrap().chain.head, 0);
    }

    #[test]
    fn a_store_that_is_not_there_is_told_those_that_are() {
        let (_folder, path) = database(&[], true);
        let error = read(&path, "team-2", None).unwrap_err().to_string();
        assert_eq!(error, "there is no store `team-2` here; there are: team_1");
    }

    #[test]
    fn rows_that_are_no_chain_are_refused() {
        let (_folder, path) = database(&[(1, 0, None), (3, 2, None)], true);
        let error = read(&path, "team-1", None).unwrap_err().to_string();
        assert_eq!(error, "event 3 names 2 as its parent, but follows 1");
    }

    #[test]
    fn arguments_that_are_no_json_are_refused() {
        let (_folder, path) = database(&[(1, 0, Some("{"))], true);
        assert!(read(&path, "team-1", None).is_err());
    }
}
