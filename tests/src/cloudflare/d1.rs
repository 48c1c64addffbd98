//! Databases: each a real SQLite file, so that a migration does what it does at Cloudflare.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use axum::http::Method;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Row, fallible_iterator::FallibleIterator};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::account::{Answer, Asked, Refusal, Reply};

/// All databases of the account.
pub(super) struct Databases {
    folder: TempDir,
    /// Where uploads go.
    origin: String,
    databases: Vec<Database>,
    /// Files that were uploaded, by their names.
    uploads: BTreeMap<String, String>,
}

/// One database.
pub(super) struct Database {
    id: String,
    name: String,
    file: PathBuf,
    /// How often it was written to: the place in its history.
    writes: u32,
}

impl Databases {
    pub(super) fn new(origin: String) -> io::Result<Self> {
        Ok(Self { folder: TempDir::new()?, origin, databases: Vec::new(), uploads: BTreeMap::new() })
    }

    pub(super) fn of_name(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|it| it.name == name)
    }

    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        self.databases.iter().filter(|it| it.name == name).map(|it| it.id.clone()).collect()
    }

    pub(super) fn exists(&self, id: &str) -> bool {
        self.databases.iter().any(|it| it.id == id)
    }

    /// An answer to `/d1/database/…`; None if there is no such call.
    pub(super) fn answer(&mut self, path: &[&str], asked: &Asked) -> Option<Answer> {
        let (get, post) = (asked.is(&Method::GET), asked.is(&Method::POST));
        let (id, action) = match path {
            [] if get => return Some(Ok(Reply::Result(self.list(asked)))),
            [] if post => return Some(self.create(asked)),
            [id, action @ ..] => (*id, action),
            [] => return None,
        };
        let Some(at) = self.databases.iter().position(|it| it.id == id) else {
            let message = format!("The database {id} could not be found");
            return Some(Err(Refusal::new(404, 7404, message)));
        };
        match action {
            [] if get => Some(Ok(Reply::Result(self.databases[at].described()))),
            ["query"] if post => {
                Some(asked.text("sql").and_then(|sql| self.databases[at].query(sql)).map(Reply::Result))
            }
            ["import"] if post => Some(self.import(at, asked)),
            ["time_travel", "bookmark"] if get => Some(self.databases[at].bookmark()),
            ["time_travel", "restore"] if post => {
                Some(self.databases[at].restore(asked.parameter("bookmark").unwrap_or_default()))
            }
            _ => None,
        }
    }

    fn list(&self, asked: &Asked) -> Value {
        let wanted = asked.parameter("name");
        let is_wanted = |it: &&Database| wanted.is_none_or(|name| it.name == name);
        // The second page of a list that has one is empty.
        let first = asked.parameter("page").is_none_or(|page| page == "1");
        self.databases.iter().filter(|_| first).filter(is_wanted).map(Database::described).collect()
    }

    fn create(&mut self, asked: &Asked) -> Answer {
        let name = asked.text("name")?;
        if self.of_name(name).is_some() {
            return Err(Refusal::new(400, 7502, "A database with that name already exists"));
        }
        let id = format!("d1d1d1d1-0000-4000-8000-{:012x}", self.databases.len() + 1);
        let file = self.folder.path().join(&id);
        let database = Database { id, name: name.to_owned(), file, writes: 0 };
        let described = database.described();
        self.databases.push(database);
        Ok(Reply::Result(described))
    }

    /// A file of SQL: announced, uploaded, run.
    fn import(&mut self, at: usize, asked: &Asked) -> Answer {
        let action = asked.text("action")?;
        if action == "poll" {
            return Err(Refusal::new(400, 7500, "Not currently importing anything."));
        }
        let etag = asked.text("etag")?;
        let filename = format!("{}-{etag}.sql", self.databases[at].id);
        if action == "init" {
            let url = format!("{}/upload/{filename}", self.origin);
            return Ok(Reply::Result(json!({ "success": true, "filename": filename, "upload_url": url })));
        }
        let sql = self.uploads.get(&filename).ok_or_else(|| Refusal::new(400, 7500, "no such file"))?;
        let results = self.databases[at].query(&sql.clone())?;
        let count = results.as_array().map_or(0, Vec::len);
        let meta = json!({ "duration": 1.0, "rows_read": 0, "rows_written": 0, "size_after": 0 });
        let result =
            json!({ "num_queries": count, "final_bookmark": self.databases[at].place(), "meta": meta });
        Ok(Reply::Result(json!({
            "success": true, "type": "import", "status": "complete", "messages": [], "result": result,
        })))
    }

    /// Takes an uploaded file. Its etag is what wrangler said that it would be.
    pub(super) fn store(&mut self, name: &str, body: &[u8]) -> Answer {
        let etag = name.rsplit_once('-').and_then(|it| it.1.strip_suffix(".sql"));
        let etag = etag.ok_or_else(|| Refusal::new(404, 7500, "no such upload"))?.to_owned();
        self.uploads.insert(name.to_owned(), String::from_utf8_lossy(body).into_owned());
        Ok(Reply::Stored { etag })
    }
}

impl Database {
    /// The first column of each row, as text.
    pub(super) fn ask(&self, sql: &str) -> Vec<String> {
        let rows = self.open().and_then(|connection| {
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([], |row| row.get_ref(0).map(text))?;
            rows.collect::<Result<Vec<_>, _>>()
        });
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn described(&self) -> Value {
        json!({ "uuid": self.id, "name": self.name, "version": "production", "created_at": "2026-04-01T00:00:00Z" })
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.file)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    }

    /// All statements, in one transaction.
    fn query(&mut self, sql: &str) -> Result<Value, Refusal> {
        let failed = |error: rusqlite::Error| Refusal::new(400, 7500, format!("{error}: SQLITE_ERROR"));
        let mut connection = self.open().map_err(failed)?;
        let before = connection.total_changes();
        let transaction = connection.transaction().map_err(failed)?;
        let mut results = Vec::new();
        let mut batch = Batch::new(&transaction, sql);
        while let Some(mut statement) = batch.next().map_err(failed)? {
            let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let rows = statement.query_map([], |row| object(row, &names)).map_err(failed)?;
            let rows = rows.collect::<Result<Vec<_>, _>>().map_err(failed)?;
            results.push(json!({ "success": true, "results": rows, "meta": { "duration": 0.1 } }));
        }
        transaction.commit().map_err(failed)?;
        let is_read = sql.trim_start().to_ascii_lowercase().starts_with("select");
        if !is_read || connection.total_changes() > before {
            self.writes += 1;
        }
        Ok(Value::Array(results))
    }

    fn place(&self) -> String {
        format!("{:08x}-00000000-{:08x}", self.writes, 0)
    }

    /// Where it is now; a copy is kept, to come back to.
    fn bookmark(&self) -> Answer {
        let kept = |error: io::Error| Refusal::new(500, 7500, error.to_string());
        // One that was never written to has no file.
        self.open()
            .and_then(|it| it.execute_batch("SELECT 1"))
            .map_err(|error| Refusal::new(500, 7500, error.to_string()))?;
        fs::copy(&self.file, self.file.with_extension(self.place())).map_err(kept)?;
        Ok(Reply::Result(json!({ "bookmark": self.place() })))
    }

    fn restore(&mut self, bookmark: &str) -> Answer {
        let missing = |_| Refusal::new(400, 7500, format!("there is no bookmark {bookmark}"));
        let previous = self.place();
        fs::copy(self.file.with_extension(bookmark), &self.file).map_err(missing)?;
        self.writes += 1;
        Ok(Reply::Result(
            json!({ "bookmark": self.place(), "previous_bookmark": previous, "message": "restored" }),
        ))
    }
}

fn object(row: &Row<'_>, names: &[String]) -> rusqlite::Result<Value> {
    let mut object = Map::new();
    for (at, name) in names.iter().enumerate() {
        let value = match row.get_ref(at)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => json!(number),
            ValueRef::Real(number) => json!(number),
            other => Value::String(text(other)),
        };
        object.insert(name.clone(), value);
    }
    Ok(Value::Object(object))
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
