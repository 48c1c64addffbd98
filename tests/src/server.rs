//! The processes of a worker: wrangler and the workerd that it starts.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use generator::build::{self, App};
use generator::pipeline;
use generator::process::Running;
use generator::progress::Progress;
use generator::project::Project;
use generator::wrangler::{self, Local};

use crate::world::root;

/// Lines of its output that a failed test shows.
const TAIL: usize = 100;

/// A server that runs, in a process group of its own. Dropping it kills it with all that it started.
pub(crate) struct Server {
    wrangler: Mutex<Running>,
    log: Mutex<Vec<String>>,
}

/// Sets up and builds what a worker needs, once for all tests of this process; blocks meanwhile.
///
/// # Errors
/// If it cannot, with what to do.
pub(crate) fn prepare() -> Result<(), String> {
    static PREPARED: OnceLock<Result<(), String>> = OnceLock::new();
    PREPARED
        .get_or_init(|| {
            let app = app()?;
            let built = build::all(&project(), &app, &Progress::of_work());
            built.map(drop).map_err(|error| error.to_string())
        })
        .clone()
}

impl Server {
    /// Starts `wrangler dev` on the loopback port `port`, with its state in the folder `state` and no secrets of the
    /// user's.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start(port: u16, state: &Path) -> Result<Self, String> {
        let local = Local { project: project(), state: state.to_owned(), port, secrets: None };
        let wrangler = wrangler::dev(&local).map_err(|error| error.to_string())?;
        Ok(Self { wrangler: Mutex::new(wrangler), log: Mutex::default() })
    }

    /// Kills all its processes at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        lock(&self.wrangler).kill();
    }

    /// Whether wrangler has ended.
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(lock(&self.wrangler).status(), Ok(None))
    }

    /// The end of what it printed.
    pub(crate) fn log(&self) -> String {
        let (wrangler, mut log) = (lock(&self.wrangler), lock(&self.log));
        log.extend(std::iter::from_fn(|| wrangler.next_line(Duration::ZERO)));
        log[log.len().saturating_sub(TAIL)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Creates the databases in the folder `state` with wrangler, from the generated migrations.
///
/// # Errors
/// With wrangler's output, if it fails.
pub(crate) fn migrate(state: &Path) -> Result<(), String> {
    for database in app()?.databases {
        wrangler::migrate_local(&project(), state, &database).read().map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn project() -> Project {
    Project::at(root())
}

/// The app of the project's spec.
fn app() -> Result<App, String> {
    let reading = pipeline::read(root()).map_err(|failure| failure.to_string())?;
    let spec =
        reading.spec.as_ref().ok_or("spec.toml has errors: `cargo run -p generator -- check` shows them")?;
    Ok(App::of(spec))
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
