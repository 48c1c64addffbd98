//! The store's questions, put to D1.

use glue::relay::{APPEND, CREATE_STORE, OPEN_STORE, READ_PAGE};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{D1Database, D1PreparedStatement, Error, Result};

use crate::store::{Append, BackendId, ENTROPY, Opened, Page};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// Creates the store if it is new, and looks it up, in one round trip.
pub(super) async fn open(database: &D1Database, store_id: &str, now: &str) -> Result<Opened> {
    #[derive(Deserialize)]
    struct Row {
        backend_id: String,
        head: u64,
    }
    let mut entropy = [0; ENTROPY];
    get_random_values(&mut entropy);
    let backend_id = BackendId::new(entropy);
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

/// Stores a push in one atomic batch. Whether the head was the expected one.
pub(super) async fn append(database: &D1Database, store_id: &str, append: &Append) -> Result<bool> {
    let statements = append.statements.iter().map(|statement| {
        database.prepare(APPEND).bind(&[
            store_id.into(),
            statement.events.as_str().into(),
            number(statement.expected_head),
            append.created_at.as_str().into(),
        ])
    });
    let results = database.batch(statements.collect::<Result<Vec<D1PreparedStatement>>>()?).await?;
    let mut stored = 0;
    for result in &results {
        let changes = result.meta()?.and_then(|meta| meta.changes);
        stored += usize::from(changes.ok_or_else(|| Error::from("D1 does not say what changed"))? > 0);
    }
    match stored {
        0 => Ok(false),
        all if all == results.len() => Ok(true),
        part => Err(Error::from(format!("{part} of {} statements found their head", results.len()))),
    }
}

/// Sequence numbers are at most 2^53 - 1, so a JavaScript number holds them exactly.
fn number(seq_num: u64) -> JsValue {
    #[expect(clippy::cast_precision_loss, reason = "within 2^53")]
    JsValue::from_f64(seq_num as f64)
}
