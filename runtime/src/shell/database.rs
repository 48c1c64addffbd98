//! The store's questions, put to D1.

use glue::relay::{APPEND, COUNT_STORED, CREATE_STORE, OPEN_STORE, READ_PAGE};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{D1Database, Error, Result, console_error};

use crate::store::{Append, Appended, BackendId, Compare, ENTROPY, Opened, Page, refusal};

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
        Err(error) => {
            let message = message(&error);
            let Some(why) = refusal(&message) else { return Err(error) };
            console_error!("the database refused a push: {why}");
            return Ok(Appended::Refused(why.to_owned()));
        }
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

/// What the platform says of an error, in one line.
pub(super) fn message(error: &Error) -> String {
    match error {
        Error::D1(error) => AsRef::<js_sys::Error>::as_ref(error).message().into(),
        other => other.to_string(),
    }
}

/// Sequence numbers are at most 2^53 - 1, so a JavaScript number holds them exactly.
fn number(seq_num: u64) -> JsValue {
    #[expect(clippy::cast_precision_loss, reason = "within 2^53")]
    JsValue::from_f64(seq_num as f64)
}
