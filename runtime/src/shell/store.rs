//! Where the store's questions go, and what its errors say.

use worker::{D1Database, Error, Result, console_error};

use super::mirror::Mirror;
use super::record::Record;
use super::{crypto, database};
use crate::store::mirror::Status;
use crate::store::{
    Append, Appended, BackendId, Compare, Contents, ENTROPY, Extent, Failed, Opened, Page, refusal,
};

/// The record of all events.
#[derive(Clone, Copy)]
pub(super) enum Store<'a> {
    Database(&'a D1Database),
    /// With the copy of it, if there is one.
    Object(&'a Record, Option<&'a Mirror>),
}

impl Store<'_> {
    /// Creates the store if it is new, and looks it up.
    pub(super) async fn open(self, store_id: &str, now: &str) -> Result<Opened> {
        match self {
            Self::Database(database) => database::open(database, store_id, now).await,
            Self::Object(record, mirror) => {
                let opened = record.open(store_id, now)?;
                if let Some(mirror) = mirror {
                    mirror.woken(record, opened.head).await;
                }
                Ok(opened)
            }
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
            Self::Object(record, _) => record.read(store_id, after, max_events, max_bytes),
        }
    }

    /// The events after `after` in several pages; none if there are none.
    pub(super) async fn read_pages(self, store_id: &str, after: u64, extent: Extent) -> Result<Vec<Page>> {
        if extent.pages > 1 {
            let pages = match self {
                Self::Database(database) => database::read_pages(database, store_id, after, extent).await?,
                Self::Object(record, _) => record.read_pages(store_id, after, extent)?,
            };
            if !pages.is_empty() {
                return Ok(pages);
            }
        }
        let page = self.read(store_id, after, extent.events, extent.bytes).await?;
        Ok(page.into_iter().collect())
    }

    /// Looks a store up that may not be there.
    pub(super) async fn find(self, store_id: &str) -> Result<Option<Opened>> {
        match self {
            Self::Database(database) => database::find(database, store_id).await,
            Self::Object(record, _) => record.find(store_id),
        }
    }

    /// Counts what a store that may not be there holds.
    pub(super) async fn contents(self, store_id: &str) -> Result<Option<Contents>> {
        match self {
            Self::Database(database) => database::contents(database, store_id).await,
            Self::Object(record, _) => record.contents(store_id),
        }
    }

    /// Deletes a store's events and gives it another backend id: the one given, else a new one. All of it or nothing.
    pub(super) async fn replace(self, store_id: &str, backend_id: Option<&str>, now: &str) -> Result<()> {
        let new = new_backend_id();
        let backend_id = backend_id.unwrap_or(new.as_str());
        match self {
            Self::Database(database) => database::replace(database, store_id, backend_id, now).await,
            Self::Object(record, mirror) => {
                record.replace(store_id, backend_id, now)?;
                match mirror {
                    Some(mirror) => mirror.rebuild(record).await,
                    None => Ok(()),
                }
            }
        }
    }

    /// How far the copy of the record is; None if there is none.
    pub(super) fn mirror(self) -> Result<Option<Status>> {
        match self {
            Self::Object(record, Some(mirror)) => mirror.status(record).map(Some),
            Self::Object(_, None) | Self::Database(_) => Ok(None),
        }
    }

    /// Has the copy of the record made anew. Whether there is one.
    pub(super) async fn rebuild(self) -> Result<bool> {
        match self {
            Self::Object(record, Some(mirror)) => mirror.rebuild(record).await.map(|()| true),
            Self::Object(_, None) | Self::Database(_) => Ok(false),
        }
    }

    /// Whether the store holds exactly these events.
    pub(super) async fn compare(self, store_id: &str, compare: &Compare) -> Result<bool> {
        match self {
            Self::Database(database) => database::compare(database, store_id, compare).await,
            Self::Object(record, _) => record.compare(store_id, compare),
        }
    }

    /// Stores a push with one statement: all of it or nothing.
    pub(super) async fn append(self, store_id: &str, append: &Append) -> Result<Appended> {
        match self {
            Self::Database(database) => database::append(database, store_id, append).await,
            Self::Object(record, mirror) => {
                let appended = record.append(store_id, append)?;
                if let Some(mirror) = mirror {
                    mirror.pushed(record).await;
                }
                Ok(appended)
            }
        }
    }
}

/// A name for a store that may be new.
pub(super) fn new_backend_id() -> BackendId {
    BackendId::new(crypto::random::<ENTROPY>())
}

/// What an append's error means.
pub(super) fn refused(error: Error) -> Result<Appended> {
    let message = message(&error);
    let Some(why) = refusal(&message) else { return Err(error) };
    console_error!("the database refused events: {why}");
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
pub(super) fn message(error: &Error) -> String {
    match error {
        Error::D1(error) => AsRef::<js_sys::Error>::as_ref(error).message().into(),
        Error::UnknownJsError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}
