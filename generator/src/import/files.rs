//! The files of an import: those that it reads, and `spec.toml` with what `generated/` starts with.
//!
//! Owns where things lie. Must not know what is in them, but for the names in a file of secrets.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use super::{Configuration, Database, Import, Sources, migration_folders, secrets, source::LONGEST};
use crate::{
    lock,
    output::{self, FileChange, GENERATED},
    pipeline::Failure,
    render::HEADER,
};

/// Where to look and to write.
#[derive(Debug, Clone)]
pub struct Places {
    /// The configuration; the one in the current folder if not given.
    pub wrangler: Option<PathBuf>,
    /// A database.
    pub database: Option<PathBuf>,
    /// A folder of migrations; those that the configuration names if neither is given.
    pub migrations: Option<PathBuf>,
    /// The spec to write; `None` for standard output.
    pub output: Option<PathBuf>,
    /// Whether what is there may be replaced.
    pub force: bool,
}

/// The names that wrangler looks for, in its order.
const CONFIGURATIONS: [&str; 3] = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/// The files of secrets for development.
const SECRETS: [&str; 2] = [".dev.vars", ".dev.vars.example"];

fn failure(action: &str, path: &Path, reason: impl ToString) -> Failure {
    Failure { action: format!("{action} {}", path.display()), reason: reason.to_string() }
}

/// Reads what is to be imported.
///
/// # Errors
/// If a file cannot be read, or is none of its kind.
pub fn read(places: &Places) -> Result<Sources, Failure> {
    let path = match &places.wrangler {
        Some(path) => path.clone(),
        None => {
            CONFIGURATIONS.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or_else(|| Failure {
                action: "find wrangler.jsonc, wrangler.json or wrangler.toml here".to_owned(),
                reason: "there is none; name it with --wrangler".to_owned(),
            })?
        }
    };
    let base = parent(&path);
    let configuration = Configuration {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        text: text(&path)?,
        folder: seen_from(&parent(places.output.as_deref().unwrap_or(Path::new(""))), &base)?,
    };
    let named = migration_folders(&configuration)
        .map_err(|error| Failure { action: format!("read {}", path.display()), reason: error.reason })?;
    let named: Vec<(String, PathBuf)> =
        named.into_iter().map(|(binding, it)| (binding, base.join(it))).collect();
    let databases = match (&places.database, &places.migrations) {
        (Some(file), _) => vec![dump(file)?],
        (None, Some(folder)) => {
            let same = |it: &&(String, PathBuf)| matches!((it.1.canonicalize(), folder.canonicalize()), (Ok(a), Ok(b)) if a == b);
            vec![replayed(folder, named.iter().find(same).map(|(binding, _)| binding.clone()))?]
        }
        (None, None) => {
            let mut databases: Vec<Database> = Vec::new();
            let mut seen: Vec<&PathBuf> = Vec::new();
            for (binding, folder) in named.iter().filter(|(_, folder)| folder.is_dir()) {
                // Two databases without a folder of their own do not have the same tables.
                if !seen.contains(&folder) {
                    seen.push(folder);
                    databases.push(replayed(folder, Some(binding.clone()))?);
                }
            }
            databases
        }
    };
    let mut secrets = Vec::new();
    for file in SECRETS.iter().filter(|file| base.join(file).is_file()) {
        let names = secrets::names(&text(&base.join(file))?);
        secrets.extend(names.into_iter().map(|name| (name, (*file).to_owned())));
    }
    Ok(Sources { configuration, databases, secrets })
}

fn parent(path: &Path) -> PathBuf {
    let parent = path.parent().unwrap_or(Path::new(""));
    if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() }
}

/// The text of a file of a size that a person writes.
fn text(path: &Path) -> Result<String, Failure> {
    let metadata = fs::metadata(path).map_err(|error| failure("read", path, error))?;
    if !metadata.is_file() {
        return Err(failure("read", path, "it is no file"));
    }
    if metadata.len() > LONGEST {
        let reason = format!("it has {} bytes, and the most is {} MiB", metadata.len(), LONGEST >> 20);
        return Err(failure("read", path, reason));
    }
    fs::read_to_string(path).map_err(|error| failure("read", path, error))
}

/// The folder `to` as seen from the folder `from`, with `/` between names.
fn seen_from(from: &Path, to: &Path) -> Result<String, Failure> {
    let whole = |path: &Path| path.canonicalize().map_err(|error| failure("find", path, error));
    let (from, to) = (whole(from)?, whole(to)?);
    let (from, to): (Vec<Component>, Vec<Component>) =
        (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    let down = to[shared..].iter().map(|it| it.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// A folder of migrations, in the order in which wrangler applies them.
fn replayed(folder: &Path, binding: Option<String>) -> Result<Database, Failure> {
    let bad = |error: std::io::Error| failure("read", folder, error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(bad)? {
        let path = entry.map_err(bad)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            files.push((name, text(&path)?));
        }
    }
    let number = |name: &str| {
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap_or(u64::MAX)
    };
    files.sort_by(|(a, _), (b, _)| number(a).cmp(&number(b)).then_with(|| a.cmp(b)));
    Ok(Database { binding, files, migrations: true, left_out: Vec::new() })
}

/// What made the tables of a database, as it remembers.
fn dump(file: &Path) -> Result<Database, Failure> {
    let bad = |error: rusqlite::Error| failure("read", file, error);
    // SQLite would make a file that is not there, or wait for one that is a pipe.
    if !file.is_file() {
        return Err(failure("read", file, "there is no such file"));
    }
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(bad)?;
    let rows = |sql: &str| -> rusqlite::Result<Vec<String>> {
        connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    };
    let statements = rows(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ('table', 'index')
         AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
         AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow'))
         ORDER BY type DESC, rowid",
    )
    .map_err(bad)?;
    let left_out = rows(
        "SELECT 'the ' || type || ' ' || name FROM sqlite_schema WHERE type IN ('view', 'trigger')
         UNION ALL SELECT 'the virtual table ' || name FROM pragma_table_list WHERE type = 'virtual'",
    )
    .map_err(bad)?;
    let sql = statements.iter().map(|statement| format!("{statement}\n;\n")).collect();
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Database { binding: None, files: vec![(name, sql)], migrations: false, left_out })
}

/// Refuses to write over what is there.
///
/// # Errors
/// If something is and nobody allowed it.
pub fn refuse_existing(places: &Places) -> Result<(), Failure> {
    let Some(output) = places.output.as_ref().filter(|_| !places.force) else { return Ok(()) };
    let lock = parent(output).join(lock::FILE);
    let there = [output, &lock].into_iter().find(|path| path.symlink_metadata().is_ok());
    match there {
        None => Ok(()),
        Some(path) => {
            Err(failure("write", path, "it is there already; --force replaces it, or name another --output"))
        }
    }
}

/// Writes the spec and what `generated/` starts with; the paths that were written.
///
/// # Errors
/// If a file cannot be written. The spec comes last, so that without it nothing is imported.
pub fn write(output: &Path, import: &Import) -> Result<Vec<String>, Failure> {
    let root = parent(output);
    let folder = root.join(GENERATED);
    let before = output::read(&root, &[]).map_err(|error| failure("read", &folder, error))?;
    let mut lock = import.lock.clone();
    // What an earlier spec generated may be generated over, and its migrations are not this worker's.
    lock.files.clone_from(&before.lock.files);
    let text = lock.to_text().map_err(|error| failure("write", &folder, error))?;
    let change = |path: &str, after: Option<String>| FileChange {
        path: path.to_owned(),
        before: before.files.get(path).cloned(),
        after,
    };
    let gone = before.lock.migrations.keys().filter(|path| !import.migrations.contains_key(*path));
    let mut changes: Vec<FileChange> =
        gone.filter(|path| before.files.contains_key(*path)).map(|path| change(path, None)).collect();
    changes.extend(import.migrations.iter().map(|(path, sql)| change(path, Some(sql.clone()))));
    changes.push(change(lock::FILE, Some(format!("# {HEADER}\n\n{text}"))));
    output::write(&root, &changes).map_err(|error| failure("write", &folder, error))?;
    output::replace(output, &import.spec).map_err(|error| failure("write", output, error))?;
    let base = output.parent().unwrap_or(Path::new(""));
    let written = changes.iter().filter(|change| change.after.is_some());
    let written = written.map(|change| base.join(&change.path).display().to_string());
    Ok([output.display().to_string()].into_iter().chain(written).collect())
}
