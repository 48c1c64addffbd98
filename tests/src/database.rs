//! SQLite files as workerd keeps them in wrangler's state folder, read past the worker.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

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

/// The events of a store in the D1 database, in order.
///
/// # Errors
/// If the database cannot be found or read.
pub fn events(state: &Path, store_id: &str) -> Result<Vec<Row>, String> {
    let file = d1_file(state)?;
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

/// The file of the one D1 database.
///
/// # Errors
/// If there is none, or there are several.
pub fn d1_file(state: &Path) -> Result<PathBuf, String> {
    let folder = state.join("v3/d1/miniflare-D1DatabaseObject");
    let mut files = files(&folder, "sqlite")?;
    match (files.pop(), files.as_slice()) {
        (Some(file), []) => Ok(file),
        (_, others) => Err(format!("{} holds {} databases beside one", folder.display(), others.len())),
    }
}

/// How many Durable Objects have their storage open: it has a write-ahead log for exactly as long.
///
/// # Errors
/// If the folder cannot be read.
pub fn objects_in_memory(state: &Path) -> Result<usize, String> {
    let classes = entries(&state.join("v3/do"))?;
    classes.iter().map(|class| Ok(files(class, "sqlite-wal")?.len())).sum()
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
