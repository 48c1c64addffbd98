//! The store's questions, put to the object's own SQLite.
//!
//! Answers come at once. What was written is durable before anything that the object sends leaves it: the platform
//! holds messages back until then, and ends the object if it cannot write.

use std::cell::Cell;

use glue::relay::mirror::{READ_EVENTS, READ_PROGRESS, STORE_ID, WRITE_PROGRESS};
use glue::relay::schema::{CREATE_VERSION, READ_VERSION, WRITE_VERSION};
use glue::relay::{
    COUNT_STORED, CREATE_STORE, DELETE_EVENTS, DELETE_STORE, OPEN_STORE, READ_PAGE, READ_PAGES, STORE_STATUS,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Error, Result, SqlStorage, SqlStorageValue, Storage};

use super::store;
use crate::store::mirror::{self, Events, Progress};
use crate::store::{Append, Appended, Compare, Contents, Extent, Opened, Page, schema};

#[wasm_bindgen]
extern "C" {
    type Transactions;

    /// Undoes what `run` wrote if it fails.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactions,
        run: &mut dyn FnMut() -> std::result::Result<(), JsValue>,
    ) -> std::result::Result<(), JsValue>;
}

/// The record in the object of a store.
pub(super) struct Record {
    storage: Storage,
    /// Whether the tables are known to be of the newest version.
    is_ready: Cell<bool>,
}

impl Record {
    pub(super) fn new(storage: Storage) -> Self {
        Self { storage, is_ready: Cell::new(false) }
    }

    /// Creates the store if it is new, and looks it up.
    pub(super) fn open(&self, store_id: &str, now: &str) -> Result<Opened> {
        let sql = self.sql()?;
        let backend_id = store::new_backend_id();
        sql.exec(CREATE_STORE, vec![store_id.into(), backend_id.as_str().into(), now.into()])?;
        match row(&sql, OPEN_STORE, vec![store_id.into()])? {
            [SqlStorageValue::String(backend_id), SqlStorageValue::Integer(head)] => {
                Ok(Opened { backend_id, head: unsigned(head)? })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// The events after `after`; None if there are none.
    pub(super) fn read(
        &self,
        store_id: &str,
        after: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Option<Page>> {
        let limits = [integer(after)?, integer(max_events as u64)?, integer(max_bytes as u64)?];
        let parameters = [store_id.into()].into_iter().chain(limits).collect();
        match row(&self.sql()?, READ_PAGE, parameters)? {
            [SqlStorageValue::String(batch), SqlStorageValue::Integer(last), _] => {
                Ok(Some(Page { batch, last: unsigned(last)? }))
            }
            [SqlStorageValue::Null, ..] => Ok(None),
            other => Err(unexpected(&other)),
        }
    }

    /// The pages after `after` that [`READ_PAGES`] finds.
    pub(super) fn read_pages(&self, store_id: &str, after: u64, extent: Extent) -> Result<Vec<Page>> {
        let Extent { pages, events, bytes, all_bytes } = extent;
        let numbers = [after, pages as u64, events as u64, bytes as u64, all_bytes as u64].map(integer);
        let parameters: Result<Vec<_>> = std::iter::once(Ok(store_id.into())).chain(numbers).collect();
        let rows = self.sql()?.exec(READ_PAGES, parameters?)?;
        let page = |row: Result<Vec<SqlStorageValue>>| match row?.as_mut_slice() {
            [SqlStorageValue::String(batch), SqlStorageValue::Integer(last)] => {
                Ok(Page { batch: std::mem::take(batch), last: unsigned(*last)? })
            }
            other => Err(unexpected(other)),
        };
        rows.raw().map(page).collect()
    }

    /// Looks a store up that may not be there.
    pub(super) fn find(&self, store_id: &str) -> Result<Option<Opened>> {
        match maybe_row(&self.sql()?, OPEN_STORE, vec![store_id.into()])? {
            None => Ok(None),
            Some([SqlStorageValue::String(backend_id), SqlStorageValue::Integer(head)]) => {
                Ok(Some(Opened { backend_id, head: unsigned(head)? }))
            }
            Some(other) => Err(unexpected(&other)),
        }
    }

    /// Counts what a store that may not be there holds.
    pub(super) fn contents(&self, store_id: &str) -> Result<Option<Contents>> {
        use SqlStorageValue::{Integer, String};
        match maybe_row(&self.sql()?, STORE_STATUS, vec![store_id.into()])? {
            None => Ok(None),
            Some(
                [String(backend_id), String(created_at), Integer(head), Integer(events), Integer(bytes)],
            ) => {
                let (head, events, bytes) = (unsigned(head)?, unsigned(events)?, unsigned(bytes)?);
                Ok(Some(Contents { backend_id, created_at, head, events, bytes }))
            }
            Some(other) => Err(unexpected(&other)),
        }
    }

    /// Deletes a store's events and gives it another backend id. All of it or nothing.
    pub(super) fn replace(&self, store_id: &str, backend_id: &str, now: &str) -> Result<()> {
        let sql = self.sql()?;
        self.transaction(|| {
            sql.exec(DELETE_EVENTS, vec![store_id.into()])?;
            sql.exec(DELETE_STORE, vec![store_id.into()])?;
            sql.exec(CREATE_STORE, vec![store_id.into(), backend_id.into(), now.into()]).map(drop)
        })
    }

    /// Whether the store holds exactly these events.
    pub(super) fn compare(&self, store_id: &str, compare: &Compare) -> Result<bool> {
        let parameters = std::iter::once(store_id).chain(compare.parts()).map(SqlStorageValue::from);
        match row(&self.sql()?, COUNT_STORED, parameters.collect())? {
            [SqlStorageValue::Integer(found)] => Ok(unsigned(found)? == compare.events),
            other => Err(unexpected(&other)),
        }
    }

    /// Stores a push with one statement: all of it or nothing.
    pub(super) fn append(&self, store_id: &str, append: &Append) -> Result<Appended> {
        let head = [store_id.into(), integer(append.expected_head)?, append.created_at.as_str().into()];
        let parameters = head.into_iter().chain(append.parts().map(SqlStorageValue::from));
        match self.sql()?.exec(append.statement(), parameters.collect::<Vec<_>>()) {
            Ok(cursor) if cursor.rows_written() == 0 => Ok(Appended::Overtaken),
            Ok(_) => Ok(Appended::Stored),
            Err(error) => store::refused(error),
        }
    }

    /// The only store that the object has; None if nobody has opened it.
    pub(super) fn store(&self) -> Result<Option<(String, Opened)>> {
        let Some([SqlStorageValue::String(store_id)]) = maybe_row(&self.sql()?, STORE_ID, vec![])? else {
            return Ok(None);
        };
        Ok(self.find(&store_id)?.map(|opened| (store_id, opened)))
    }

    /// The events after `after` as a copy takes them; None if there are none.
    pub(super) fn events(&self, store_id: &str, after: u64) -> Result<Option<Events>> {
        let limits =
            [integer(after)?, integer(mirror::MAX_EVENTS as u64)?, integer(mirror::MAX_BYTES as u64)?];
        let parameters = [store_id.into()].into_iter().chain(limits).collect();
        match row(&self.sql()?, READ_EVENTS, parameters)? {
            [SqlStorageValue::String(array), SqlStorageValue::Integer(last)] => {
                Ok(Some(Events { array, last: unsigned(last)? }))
            }
            [SqlStorageValue::Null, _] => Ok(None),
            other => Err(unexpected(&other)),
        }
    }

    /// How far the copy is.
    pub(super) fn progress(&self) -> Result<Progress> {
        match maybe_row(&self.sql()?, READ_PROGRESS, vec![])? {
            None => Ok(Progress::default()),
            Some([SqlStorageValue::String(json)]) => Ok(serde_json::from_str(&json)?),
            Some(other) => Err(unexpected(&other)),
        }
    }

    /// Remembers how far the copy is.
    pub(super) fn keep(&self, progress: &Progress) -> Result<()> {
        let json = serde_json::to_string(progress)?;
        self.sql()?.exec(WRITE_PROGRESS, vec![json.into()]).map(drop)
    }

    fn transaction(&self, run: impl Fn() -> Result<()>) -> Result<()> {
        let transactions: &Transactions = self.storage.as_raw().unchecked_ref();
        transactions.transaction_sync(&mut || Ok(run()?))?;
        Ok(())
    }

    /// The object's database, with tables of the newest version.
    fn sql(&self) -> Result<SqlStorage> {
        let sql = self.storage.sql();
        if !self.is_ready.get() {
            self.transaction(|| migrate(&sql))?;
            self.is_ready.set(true);
        }
        Ok(sql)
    }
}

/// Brings the tables to the newest version.
fn migrate(sql: &SqlStorage) -> Result<()> {
    sql.exec(CREATE_VERSION, None)?;
    let [SqlStorageValue::Integer(version)] = row(sql, READ_VERSION, vec![])? else {
        return Err("the version of the object's tables is no number".into());
    };
    let steps = schema::steps(unsigned(version)?).map_err(|later| later.to_string())?;
    if steps.is_empty() {
        return Ok(());
    }
    for step in steps {
        sql.exec(step, None)?;
    }
    sql.exec(WRITE_VERSION, vec![integer(schema::NEWEST as u64)?])?;
    Ok(())
}

/// The only row that a statement gives.
fn row<const COLUMNS: usize>(
    sql: &SqlStorage,
    statement: &str,
    parameters: Vec<SqlStorageValue>,
) -> Result<[SqlStorageValue; COLUMNS]> {
    let row = maybe_row(sql, statement, parameters)?;
    row.ok_or_else(|| Error::from("the object's database has no row where it must have one"))
}

/// The only row that a statement gives, if it gives one.
fn maybe_row<const COLUMNS: usize>(
    sql: &SqlStorage,
    statement: &str,
    parameters: Vec<SqlStorageValue>,
) -> Result<Option<[SqlStorageValue; COLUMNS]>> {
    let row = sql.exec(statement, parameters)?.raw().next().transpose()?;
    row.map(|row| row.try_into().map_err(|row: Vec<_>| unexpected(&row))).transpose()
}

fn unexpected(row: &[SqlStorageValue]) -> Error {
    format!("the object's database gives a row of {} other values than were asked for", row.len()).into()
}

/// Sequence numbers are at most 2^53 - 1, as JavaScript's are.
fn integer(number: u64) -> Result<SqlStorageValue> {
    let number = i64::try_from(number).map_err(|error| error.to_string())?;
    SqlStorageValue::try_from_i64(number)
}

fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|error| format!("{number} is no sequence number: {error}").into())
}
