//! The store's questions, put to D1.

use glue::relay::{APPEND, CREATE_STORE, OPEN_STORE, READ_PAGE, READ_PAGES};
use js_sys::Array;
use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{D1Database, Error, Result, console_error};

use crate::relay::Extent;
use crate::store::{Append, Appended, BackendId, ENTROPY, Opened, Page, refusal};

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

/// The events after `after`.
pub(super) async fn read(
    database: &D1Database,
    store_id: &str,
    after: u64,
    extent: Extent,
) -> Result<Vec<Page>> {
    let Extent { pages, events, bytes, all_bytes } = extent;
    if pages > 1 {
        let limits = [pages, events, bytes, all_bytes].map(JsValue::from);
        let parameters: Vec<_> = [store_id.into(), number(after)].into_iter().chain(limits).collect();
        let rows = database.prepare(READ_PAGES).bind(&parameters)?.raw_js_value().await?;
        if !rows.is_empty() {
            return rows
                .iter()
                .map(|row| page(row).ok_or_else(|| Error::from("a page is incomplete")))
                .collect();
        }
    }
    let parameters = [store_id.into(), number(after), events.into(), bytes.into()];
    let rows = database.prepare(READ_PAGE).bind(&parameters)?.raw_js_value().await?;
    Ok(rows.first().and_then(page).into_iter().collect())
}

/// The page in a row `(batch, last, …)`. None if it has none.
fn page(row: &JsValue) -> Option<Page> {
    let row: &Array = row.dyn_ref()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sequence number")]
    Some(Page { batch: row.get(0).as_string()?, last: row.get(1).as_f64()? as u64 })
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
