//! The local databases: whether they have every generated migration, and how they get them.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::build::App;
use crate::lock::{self, Lock};
use crate::process::ToolError;
use crate::progress::Progress;
use crate::stamp::{self, Inputs};
use crate::wrangler::{self, Local};

/// Applies the migrations that the databases lack. They must be closed.
pub(super) fn migrate(local: &Local, app: &App, progress: &Progress) -> Result<(), ToolError> {
    const TITLE: &str = "local database";
    if app.databases.is_empty() {
        return Ok(());
    }
    if is_migrated(local, app)? {
        progress.fresh(TITLE);
        return Ok(());
    }
    let hash = migrations(local, app)?;
    let step = progress.step(TITLE);
    for database in &app.databases {
        wrangler::migrate_local(&local.project, &local.state, database).run(&step)?;
    }
    stamp::record(&stamp(local), &hash)?;
    step.done();
    Ok(())
}

/// Whether the databases have every migration.
pub(super) fn is_migrated(local: &Local, app: &App) -> Result<bool, ToolError> {
    Ok(app.databases.is_empty() || stamp::is_fresh(&stamp(local), &migrations(local, app)?))
}

/// Beside the databases, so that it goes when they go.
fn stamp(local: &Local) -> PathBuf {
    local.state.join("migrated")
}

/// A hash of all migrations, as the lock records them, and of who gets them.
fn migrations(local: &Local, app: &App) -> Result<String, ToolError> {
    let path = local.project.root().join(lock::FILE);
    let text = fs::read_to_string(&path).map_err(|error| ToolError::io("read", &path, &error))?;
    let lock = Lock::parse(&text).map_err(|error| ToolError::io("read", &path, &io::Error::other(error)))?;
    let inputs = app.databases.iter().fold(Inputs::default(), |inputs, it| inputs.text(it));
    lock.migrations.iter().fold(inputs, |inputs, (path, sum)| inputs.text(path).text(sum)).hash()
}
