//! Copies the record of an object to D1, one alarm after another.
//!
//! An alarm keeps no object awake, and outlives one that is killed: while it is due, or its run is under way, the
//! platform starts it again. Nothing that is acknowledged or sent waits for it.

use std::cell::{Cell, RefCell};

use serde_json::json;
use worker::{D1Database, Result, ScheduledTime, Storage, console_error};

use super::record::Record;
use super::{database, object, store};
use crate::store::mirror::{Effect, Input, MAX_DELETED, Progress, Run, Status};

/// The copy of one object's record.
pub(super) struct Mirror {
    storage: Storage,
    /// Whether an alarm is set or its run is under way.
    is_awaited: Cell<bool>,
    /// What is remembered, once it was read.
    progress: RefCell<Option<Progress>>,
    /// Whether the copy was to be made anew since the run began.
    is_outdated: Cell<bool>,
}

impl Mirror {
    pub(super) fn new(storage: Storage) -> Self {
        let (is_awaited, is_outdated) = (Cell::new(false), Cell::new(false));
        Self { storage, is_awaited, progress: RefCell::default(), is_outdated }
    }

    /// Sees to it that what was just written is copied. Called in the same turn, so that the alarm is as durable as it.
    pub(super) async fn pushed(&self, record: &Record) {
        self.catch_up(record, |progress| progress.after_push(super::millis())).await;
    }

    /// Sees to it that what an object has that just woke up is copied.
    pub(super) async fn woken(&self, record: &Record, head: u64) {
        self.catch_up(record, |progress| progress.after_waking(super::millis(), head)).await;
    }

    /// The record never waits for its copy, nor fails with it.
    async fn catch_up(&self, record: &Record, when: impl FnOnce(&Progress) -> Option<u64>) {
        if self.is_awaited.get() {
            return;
        }
        let set = async {
            match when(&self.progress(record)?) {
                Some(at) => self.set_alarm(at).await,
                None => Ok(()),
            }
        };
        if let Err(error) = set.await {
            console_error!("the mirror's alarm cannot be set: {}", store::message(&error));
        }
    }

    /// Has the copy made anew.
    pub(super) async fn rebuild(&self, record: &Record) -> Result<()> {
        self.keep(record, Progress::rebuild())?;
        self.is_outdated.set(true);
        self.set_alarm(super::millis()).await
    }

    /// How far the copy is.
    pub(super) fn status(&self, record: &Record) -> Result<Status> {
        let head = record.store()?.map_or(0, |(_, opened)| opened.head);
        Ok(Status::new(head, self.progress(record)?))
    }

    /// Copies until the copy is level, or something is in the way.
    pub(super) async fn run(&self, database: &D1Database, record: &Record) -> Result<()> {
        self.is_awaited.set(true);
        let rested = self.try_run(database, record).await;
        if rested.is_err() {
            self.is_awaited.set(false);
        }
        rested
    }

    async fn try_run(&self, database: &D1Database, record: &Record) -> Result<()> {
        let Some((store_id, opened)) = record.store()? else {
            self.is_awaited.set(false);
            return Ok(());
        };
        self.is_outdated.set(false);
        let backend_id = opened.backend_id.clone();
        let (mut run, mut effect) = Run::start(opened, self.progress(record)?);
        loop {
            let input = match effect {
                Effect::Open => {
                    let now = object::now();
                    let copy = database::open_copy(database, &store_id, &backend_id, &now);
                    Input::Opened(reason(copy.await))
                }
                Effect::Read { after } => Input::Read(reason(record.events(&store_id, after))),
                Effect::Append { expected_head, events } => {
                    let append = database::append_copy(database, &store_id, expected_head, &events.array);
                    Input::Appended(reason(append.await))
                }
                Effect::Delete => {
                    Input::Deleted(reason(database::delete_copy(database, &store_id, MAX_DELETED).await))
                }
                Effect::Rest { progress, next } => return self.rest(record, &store_id, progress, next).await,
            };
            effect = run.handle(super::millis(), input);
        }
    }

    /// Ends a run. Until the alarm is set there is no pause in which a push could come unnoticed.
    async fn rest(
        &self,
        record: &Record,
        store_id: &str,
        progress: Progress,
        next: Option<u64>,
    ) -> Result<()> {
        if self.is_outdated.get() {
            return self.set_alarm(super::millis()).await; // what the run found out is of no use
        }
        let is_troubled = progress.trouble.is_some();
        self.keep(record, progress)?;
        self.is_awaited.set(false);
        if is_troubled {
            let mirror = self.status(record)?;
            let line = json!({ "message": "the mirror is behind", "storeId": store_id, "mirror": mirror });
            console_error!("{line}");
        }
        match next {
            Some(at) => self.set_alarm(at).await,
            None => Ok(()),
        }
    }

    fn progress(&self, record: &Record) -> Result<Progress> {
        if let Some(progress) = self.progress.borrow().as_ref() {
            return Ok(progress.clone());
        }
        let progress = record.progress()?;
        self.progress.replace(Some(progress.clone()));
        Ok(progress)
    }

    fn keep(&self, record: &Record, progress: Progress) -> Result<()> {
        record.keep(&progress)?;
        self.progress.replace(Some(progress));
        Ok(())
    }

    async fn set_alarm(&self, at: u64) -> Result<()> {
        self.is_awaited.set(true);
        #[expect(clippy::cast_precision_loss, reason = "a time is within 2^53")]
        let date = js_sys::Date::new(&(at as f64).into());
        let set = self.storage.set_alarm(ScheduledTime::new(date)).await;
        if set.is_err() {
            self.is_awaited.set(false);
        }
        set
    }
}

fn reason<T>(outcome: Result<T>) -> Result<T, String> {
    outcome.map_err(|error| store::message(&error))
}
