//! The store's questions, put to D1.

use glue::relay::{APPEND, CREATE_STORE, OPEN_STORE, READ_PAGE};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use worker::{D1Database, Error, Result};

use super::store;
use crate::store::{Append, Appended, Opened, Page};

/// Creates the store if it is new, and looks it up, in one round trip.
pub(super) async fn open(database: &D1Database, store_id: &str, now: &str) -> Result<Opened> {
    #[derive(Deserialize)]
    struct Row {
        backend_id: String,
        head: u64,
    }
    let backend_id = store::new_backend_id();
    let create =
        database.prepare(CREATE_STORE).bind(&[store_id.into(), backend_id.as_str().into(), now.into()])?;
    let open = database.prepare(OPEN_STORE).bind(&[store_id.into()])?;
    let results = database.batch(vec![create, open]).await?;
    let rows: Vec<Row> = results.last().map(|result| result.results()).transpose()?.unwrap_or_default();
    let row =
        rows.into_iter().next().ok_or_else(|| Error::from("the store is not there after it was created"))?;
    Ok(Opened { backend_id: row.backend_id, head: row.head })
}

/// The events after `after`; None if there are none.
pub(super) async fn read(
    database: &D1Database,
    store_id: &str,
    after: u64,
    max_events: usize,
    max_bytes: usize,
) -> Result<Option<Page>> {
    #[derive(Deserialize)]
    struct Row {
        batch: Option<String>,
        last: Option<u64>,
    }
    let parameters = [store_id.into(), number(after), max_events.into(), max_bytes.into()];
    let row: Option<Row> = database.prepare(READ_PAGE).bind(&parameters)?.first(None).await?;
    Ok(row.and_then(|row| Some(Page { batch: row.batch?, last: row.last? })))
}

/// Stores a push with one statement: all of it or nothing.
pub(super) async fn append(database: &D1Database, store_id: &str, append: &Append) -> Result<Appended> {
    let head = [store_id.into(), number(append.expected_head), append.created_at.as_str().into()];
    let parameters: Vec<JsValue> = head.into_iter().chain(append.parts().map(JsValue::from)).collect();
    let result = match database.prepare(APPEND).bind(&parameters) {
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

/// Sequence numbers are at most 2^53 - 1, so a JavaScript number holds them exactly.
fn number(seq_num: u64) -> JsValue {
    #[expect(clippy::cast_precision_loss, reason = "within 2^53")]
    JsValue::from_f64(seq_num as f64)
}
