//! The processes of a worker: wrangler and the workerd that it starts.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use generator::process::{Group, Running};
use generator::progress::Progress;
use generator::project::Project;
use generator::toolchain;
use generator::wrangler::{self, Local};

use crate::patience::{ANSWER, within};
use crate::project;
use crate::world::{Values, root};

/// How long wrangler may take until the worker answers.
const START: Duration = Duration::from_secs(90);

/// The secrets of every worker here.
const SECRETS: &str = "ADMIN_TOKEN=known-to-tests\n";

/// What the admin route asks for.
pub const ADMIN_TOKEN: &str = "known-to-tests";

/// Lines of its output that a failed test shows.
const TAIL: usize = 100;

/// A server that runs, in a process group of its own. Dropping it kills it with all that it started.
pub(crate) struct Server {
    wrangler: Mutex<Running>,
    log: Mutex<Vec<String>>,
}

/// Installs the npm packages, wrangler among them, if they are not there; blocks meanwhile.
///
/// # Errors
/// If it cannot, with what to do.
pub fn packages() -> Result<(), String> {
    toolchain::npm_packages(&Project::at(root()), &Progress::of_work()).map_err(|error| error.to_string())
}

/// A loopback port that nobody listens on. Clients come back to it after a restart, so it is chosen here.
///
/// # Errors
/// If there is none.
pub(crate) fn free_port() -> Result<u16, String> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|error| format!("no free loopback port: {error}"))
}

impl Server {
    /// Starts `wrangler dev` on a configuration, on the loopback port `port`, with its state in the folder `state` and the
    /// secrets there, none of the user's. The variables of `values` take the place of the configuration's.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start(
        configuration: &Path,
        port: u16,
        state: &Path,
        values: &Values,
    ) -> Result<Self, String> {
        let secrets = state.join("secrets");
        std::fs::write(&secrets, format!("{SECRETS}{}", values.secrets))
            .map_err(|error| format!("cannot write secrets: {error}"))?;
        let vars = values.vars.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let local = Local {
            project: Project::at(root()),
            state: state.to_owned(),
            port,
            secrets: Some(secrets),
            vars,
        };
        let wrangler = wrangler::dev_from(&local, configuration).map_err(|error| error.to_string())?;
        Ok(Self { wrangler: Mutex::new(wrangler), log: Mutex::default() })
    }

    /// Waits until `url` answers as `is_ready` says.
    ///
    /// # Errors
    /// With what wrangler printed, if that takes too long or it ends.
    pub(crate) async fn serves(
        &self,
        url: &str,
        is_ready: impl Fn(reqwest::StatusCode) -> bool,
    ) -> Result<(), String> {
        let client = reqwest::Client::new();
        let served = within(START, async || match client.get(url).timeout(ANSWER).send().await {
            Ok(response) if is_ready(response.status()) => Ok(Ok(())),
            Ok(response) => Err(format!("{url} answers with {}", response.status())),
            Err(_) if self.has_ended() => Ok(Err("wrangler ended".to_owned())),
            Err(error) => Err(format!("{url} does not answer: {error}")),
        });
        let served = served.await.and_then(|ended| ended);
        served.map_err(|reason| format!("{reason}\n{}", self.log()))
    }

    /// The process group of wrangler and all that it started.
    pub(crate) fn group(&self) -> Group {
        lock(&self.wrangler).group()
    }

    /// Kills all its processes at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        lock(&self.wrangler).kill();
    }

    /// Whether wrangler has ended.
    fn has_ended(&self) -> bool {
        !matches!(lock(&self.wrangler).status(), Ok(None))
    }

    /// Shows the end of what it printed if a test has failed.
    pub(crate) fn show_log_of_failure(&self) {
        if std::thread::panicking() {
            eprintln!("--- what wrangler printed last ---\n{}", self.log());
        }
    }

    /// The end of what it printed.
    fn log(&self) -> String {
        let log = self.lines();
        log[log.len().saturating_sub(TAIL)..].join("\n")
    }

    /// All that it has printed.
    pub(crate) fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        let (wrangler, mut log) = (lock(&self.wrangler), lock(&self.log));
        log.extend(std::iter::from_fn(|| wrangler.next_line(Duration::ZERO)));
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Creates the databases of `project` in the folder `state` with wrangler, from the generated migrations.
///
/// # Errors
/// With wrangler's output, if it fails.
pub(crate) fn migrate(project: &Project, state: &Path) -> Result<(), String> {
    for database in project::app(project)?.databases {
        wrangler::migrate_local(project, state, &database).read().map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
