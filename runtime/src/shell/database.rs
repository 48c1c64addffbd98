//! The store's questions, put to D1.

use glue::relay::{
    COUNT_STORED, CREATE_STORE, DELETE_EVENTS, DELETE_STORE, OPEN_STORE, READ_PAGE, READ_PAGES, STORE_STATUS,
    mirror,
};
use js_sys::Array;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use worker::{D1Database, D1Result, Error, Result};

use super::store;
use crate::store::{Append, Appended, Compare, Contents, Extent, Opened, Page};

#[derive(Deserialize)]
struct Row {
    backend_id: String,
    head: u64,
}

impl Row {
    fn opened(self) -> Opened {
        Opened { backend_id: self.backend_id, head: self.head }
    }
}

/// Creates the store if it is new, and looks it up, in one round trip.
pub(super) async fn open(database: &D1Database, store_id: &str, now: &str) -> Result<Opened> {
    let backend_id = store::new_backend_id();
    open_with(database, [CREATE_STORE, OPEN_STORE], store_id, backend_id.as_str(), now).await
}

async fn open_with(
    database: &D1Database,
    [create, open]: [&str; 2],
    store_id: &str,
    backend_id: &str,
    now: &str,
) -> Result<Opened> {
    let create = database.prepare(create).bind(&[store_id.into(), backend_id.into(), now.into()])?;
    let open = database.prepare(open).bind(&[store_id.into()])?;
    let results = database.batch(vec![create, open]).await?;
    let rows: Vec<Row> = results.last().map(|result| result.results()).transpose()?.unwrap_or_default();
    let row =
        rows.into_iter().next().ok_or_else(|| Error::from("the store is not there after it was created"))?;
    Ok(row.opened())
}

/// Looks a store up that may not be there.
pub(super) async fn find(database: &D1Database, store_id: &str) -> Result<Option<Opened>> {
    database
        .prepare(OPEN_STORE)
        .bind(&[store_id.into()])?
        .first::<Row>(None)
        .await
        .map(|row| row.map(Row::opened))
}

/// Counts what a store that may not be there holds.
pub(super) async fn contents(database: &D1Database, store_id: &str) -> Result<Option<Contents>> {
    database.prepare(STORE_STATUS).bind(&[store_id.into()])?.first(None).await
}

/// Deletes a store's events and gives it another backend id. All of it or nothing.
pub(super) async fn replace(
    database: &D1Database,
    store_id: &str,
    backend_id: &str,
    now: &str,
) -> Result<()> {
    let delete = [DELETE_EVENTS, DELETE_STORE].map(|sql| database.prepare(sql).bind(&[store_id.into()]));
    let create = database.prepare(CREATE_STORE).bind(&[store_id.into(), backend_id.into(), now.into()]);
    let statements = delete.into_iter().chain([create]).collect::<Result<_>>()?;
    database.batch(statements).await.map(drop)
}

/// The events after `after`; None if there are none.
pub(super) async fn read(
    database: &D1Database,
    store_id: &str,
    after: u64,
    max_events: usize,
    max_bytes: usize,
) -> Result<Option<Page>> {
    let parameters = [store_id.into(), number(after), max_events.into(), max_bytes.into()];
    let rows = database.prepare(READ_PAGE).bind(&parameters)?.raw_js_value().await?;
    Ok(rows.first().and_then(page))
}

/// The pages after `after` that [`READ_PAGES`] finds.
pub(super) async fn read_pages(
    database: &D1Database,
    store_id: &str,
    after: u64,
    extent: Extent,
) -> Result<Vec<Page>> {
    let Extent { pages, events, bytes, all_bytes } = extent;
    let limits = [pages, events, bytes, all_bytes].map(JsValue::from);
    let parameters: Vec<_> = [store_id.into(), number(after)].into_iter().chain(limits).collect();
    let rows = database.prepare(READ_PAGES).bind(&parameters)?.raw_js_value().await?;
    rows.iter().map(|row| page(row).ok_or_else(|| Error::from("a page is incomplete"))).collect()
}

/// The page in a row `(batch, last, …)`. None if it has none.
fn page(row: &JsValue) -> Option<Page> {
    let row: &Array = row.dyn_ref()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sequence number")]
    Some(Page { batch: row.get(0).as_string()?, last: row.get(1).as_f64()? as u64 })
}

/// Stores a push with one statement: all of it or nothing.
pub(super) async fn append(database: &D1Database, store_id: &str, append: &Append) -> Result<Appended> {
    let Append { expected_head, created_at, .. } = append;
    append_with(database, append.statement(), store_id, *expected_head, created_at, append.parts()).await
}

async fn append_with(
    database: &D1Database,
    statement: &str,
    store_id: &str,
    expected_head: u64,
    created_at: &str,
    parts: impl Iterator<Item = &str>,
) -> Result<Appended> {
    let head = [store_id.into(), number(expected_head), created_at.into()];
    let parameters: Vec<JsValue> = head.into_iter().chain(parts.map(JsValue::from)).collect();
    let result = match database.prepare(statement).bind(&parameters) {
        Ok(statement) => statement.run().await,
        Err(error) => Err(error),
    };
    let meta = match result {
        Ok(result) => result.meta()?,
        Err(error) => return store::refused(error),
    };
    match meta.and_then(|meta| meta.changes) {
        Some(0) => Ok(Appended::Overtaken),
        Some(_) => Ok(Appended::Stored),
        None => Err(Error::from("D1 does not say what changed")),
    }
}

/// Whether the store holds exactly these events.
pub(super) async fn compare(database: &D1Database, store_id: &str, compare: &Compare) -> Result<bool> {
    let parameters: Vec<JsValue> =
        std::iter::once(store_id).chain(compare.parts()).map(JsValue::from).collect();
    let found: Option<u64> = database.prepare(COUNT_STORED).bind(&parameters)?.first(Some("found")).await?;
    Ok(found == Some(compare.events))
}

/// Sequence numbers are at most 2^53 - 1, so a JavaScript number holds them exactly.
fn number(seq_num: u64) -> JsValue {
    #[expect(clippy::cast_precision_loss, reason = "within 2^53")]
    JsValue::from_f64(seq_num as f64)
}

/// The copy of a record: creates it with the record's backend id if it is new, and looks it up.
pub(super) async fn open_copy(
    database: &D1Database,
    store_id: &str,
    backend_id: &str,
    now: &str,
) -> Result<Opened> {
    open_with(database, [mirror::CREATE_STORE, mirror::OPEN_STORE], store_id, backend_id, now).await
}

/// Appends events of the record to its copy: all of them or none.
pub(super) async fn append_copy(
    database: &D1Database,
    store_id: &str,
    expected_head: u64,
    events: &str,
) -> Result<Appended> {
    // Each event has a time of its own.
    append_with(database, mirror::APPEND, store_id, expected_head, "", std::iter::once(events)).await
}

/// Deletes the last events of a copy, and its name when it has none. Whether it deleted anything.
pub(super) async fn delete_copy(database: &D1Database, store_id: &str, max_events: usize) -> Result<bool> {
    let events = database.prepare(mirror::DELETE_LAST).bind(&[store_id.into(), max_events.into()])?;
    let store = database.prepare(mirror::DELETE_EMPTY).bind(&[store_id.into()])?;
    let results = database.batch(vec![events, store]).await?;
    let changes = |result: &D1Result| Ok(result.meta()?.and_then(|meta| meta.changes).unwrap_or(0));
    let changes: Vec<usize> = results.iter().map(changes).collect::<Result<_>>()?;
    Ok(changes.iter().any(|changes| *changes > 0))
}
