//! Where the store's questions go, and what its errors say.

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{D1Database, Error, Result, console_error};

use super::database;
use super::record::Record;
use crate::store::{Append, Appended, BackendId, ENTROPY, Failed, Opened, Page, refusal};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// The record of all events.
#[derive(Clone, Copy)]
pub(super) enum Store<'a> {
    Database(&'a D1Database),
    Object(&'a Record),
}

impl Store<'_> {
    /// Creates the store if it is new, and looks it up.
    pub(super) async fn open(self, store_id: &str, now: &str) -> Result<Opened> {
        match self {
            Self::Database(database) => database::open(database, store_id, now).await,
            Self::Object(record) => record.open(store_id, now),
        }
    }

    /// The events after `after`; None if there are none.
    pub(super) async fn read(
        self,
        store_id: &str,
        after: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Option<Page>> {
        match self {
            Self::Database(database) => {
                database::read(database, store_id, after, max_events, max_bytes).await
            }
            Self::Object(record) => record.read(store_id, after, max_events, max_bytes),
        }
    }

    /// Stores a push with one statement: all of it or nothing.
    pub(super) async fn append(self, store_id: &str, append: &Append) -> Result<Appended> {
        match self {
            Self::Database(database) => database::append(database, store_id, append).await,
            Self::Object(record) => record.append(store_id, append),
        }
    }
}

/// A name for a store that may be new.
pub(super) fn new_backend_id() -> BackendId {
    let mut entropy = [0; ENTROPY];
    get_random_values(&mut entropy);
    BackendId::new(entropy)
}

/// What an append's error means.
pub(super) fn refused(error: Error) -> Result<Appended> {
    let message = message(&error);
    let Some(why) = refusal(&message) else { return Err(error) };
    console_error!("the database refused a push: {why}");
    Ok(Appended::Refused(why.to_owned()))
}

/// Logs an error and forgets it.
pub(super) fn logged<T>(what: &str, outcome: Result<T>) -> Result<T, Failed> {
    outcome.map_err(|error| {
        console_error!("the store failed to {what}: {}", message(&error));
        Failed
    })
}

/// What the platform says of an error, in one line.
fn message(error: &Error) -> String {
    match error {
        Error::D1(error) => AsRef::<js_sys::Error>::as_ref(error).message().into(),
        Error::UnknownJsError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}
