//! SQLite files as workerd keeps them in wrangler's state folder, read past the worker.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::patience::ANSWER;

/// One stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in the store, from 1.
    pub seq_num: i64,
    /// The place before.
    pub parent_seq_num: i64,
    /// Its name.
    pub name: String,
    /// Its arguments as JSON text; `None` when it came without.
    pub args: Option<String>,
    /// The client that made it.
    pub client_id: String,
}

/// The events of a store in the relay's database, in order.
///
/// # Errors
/// If the database cannot be found or read.
pub fn events(state: &Path, store_id: &str) -> Result<Vec<Row>, String> {
    let file = relay(state)?;
    let read = || {
        let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut rows = database.prepare(
            "SELECT seq_num, parent_seq_num, name, args, client_id FROM events WHERE store_id = ?1 ORDER BY seq_num",
        )?;
        let rows = rows.query_map([store_id], |row| {
            Ok(Row {
                seq_num: row.get(0)?,
                parent_seq_num: row.get(1)?,
                name: row.get(2)?,
                args: row.get(3)?,
                client_id: row.get(4)?,
            })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// The relay's database, to be changed behind the worker's back.
///
/// # Errors
/// If it cannot be found or opened.
pub fn open(state: &Path) -> Result<Connection, String> {
    writable(&relay(state)?)
}

/// The database of the only object that there is, to be changed while the worker is dead.
///
/// # Errors
/// If there is another number of them, or it cannot be opened.
pub fn object(state: &Path) -> Result<Connection, String> {
    let found = objects(state)?;
    match found.as_slice() {
        [file] => writable(file),
        _ => Err(format!("there are {} objects instead of one", found.len())),
    }
}

/// A file of workerd's, to be changed behind its back.
///
/// # Errors
/// If it cannot be opened.
pub fn writable(file: &Path) -> Result<Connection, String> {
    let open = || {
        let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        database.busy_timeout(ANSWER)?;
        Ok(database)
    };
    open().map_err(|error: rusqlite::Error| format!("cannot open {}: {error}", file.display()))
}

/// The file of the D1 database that holds the relay's tables; a worker may have others.
pub fn relay(state: &Path) -> Result<PathBuf, String> {
    holding(state, &["events", "stores"])
}

/// The file of the D1 database that holds these tables.
///
/// # Errors
/// If it cannot be found, or not only one does.
pub fn holding(state: &Path, tables: &[&str]) -> Result<PathBuf, String> {
    let folder = state.join("v3/d1/miniflare-D1DatabaseObject");
    let mut found = Vec::new();
    for file in files(&folder, "sqlite")? {
        let held = || {
            let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            database.query_row(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN (SELECT value FROM json_each(?1))",
                [serde_json::json!(tables).to_string()],
                |row| row.get::<_, isize>(0),
            )
        };
        if held().map_err(|error| format!("cannot read {}: {error}", file.display()))?
            == tables.len().cast_signed()
        {
            found.push(file);
        }
    }
    match <[PathBuf; 1]>::try_from(found) {
        Ok([file]) => Ok(file),
        Err(found) => {
            let (folder, tables) = (folder.display(), tables.join(" and "));
            Err(format!("{folder} holds {} databases with {tables} instead of one", found.len()))
        }
    }
}

/// How many Durable Objects have their storage open: it has a write-ahead log for exactly as long.
///
/// # Errors
/// If the folder cannot be read.
pub fn objects_in_memory(state: &Path) -> Result<usize, String> {
    Ok(of_objects(state, "sqlite-wal")?.len())
}

/// The SQLite files of all Durable Objects.
///
/// # Errors
/// If the folder cannot be read.
pub fn objects(state: &Path) -> Result<Vec<PathBuf>, String> {
    of_objects(state, "sqlite")
}

fn of_objects(state: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for class in entries(&state.join("v3/do"))? {
        found.extend(files(&class, extension)?);
    }
    Ok(found)
}

/// The files with this extension, less those that miniflare keeps for itself.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut files = entries(folder)?;
    files.retain(|path| {
        path.extension().is_some_and(|found| found == extension)
            && path.file_stem().is_some_and(|stem| stem != "metadata")
    });
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let read = || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>();
    read().map_err(|error| format!("cannot read {}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = "CREATE TABLE events (store_id, seq_num, parent_seq_num, name, args, client_id)";

    #[test]
    fn the_relays_database_is_found_beside_others() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("v3/d1/miniflare-D1DatabaseObject");
        std::fs::create_dir_all(&folder).unwrap();
        let create = |name: &str, sql: &str| {
            Connection::open(folder.join(name)).unwrap().execute_batch(sql).unwrap();
        };
        create("a.sqlite", "CREATE TABLE projects (id)");
        assert!(
            events(state.path(), "s")
                .unwrap_err()
                .ends_with("0 databases with events and stores instead of one")
        );
        create(
            "b.sqlite",
            &format!(
                "{EVENTS}; CREATE TABLE stores (id); INSERT INTO events VALUES ('s', 1, 0, 'n', NULL, 'c')"
            ),
        );
        assert_eq!(events(state.path(), "s").unwrap().len(), 1);
        create("c.sqlite", &format!("{EVENTS}; CREATE TABLE stores (id)"));
        assert!(
            events(state.path(), "s")
                .unwrap_err()
                .ends_with("2 databases with events and stores instead of one")
        );
    }
}
