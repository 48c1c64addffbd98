//! The processes of a worker: wrangler and the workerd that it starts.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::world::root;

/// Lines of its output that a failed test shows.
const TAIL: usize = 100;

/// A server that runs, in a process group of its own. Dropping it kills it with all that it started.
pub(crate) struct Server {
    wrangler: Child,
    readers: Vec<JoinHandle<()>>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts `wrangler dev` on `address`, with its state in the folder `state`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start(address: &str, state: &Path) -> Result<Self, String> {
        let (ip, port) = address.split_once(':').expect("an address is host:port");
        let mut command = wrangler(&["dev", "--ip", ip, "--port", port, "--inspector-port", "0"], state);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut wrangler = command.spawn().map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let log = Arc::default();
        let mut readers = Vec::new();
        readers.extend(wrangler.stdout.take().map(|stream| collect(stream, &log)));
        readers.extend(wrangler.stderr.take().map(|stream| collect(stream, &log)));
        Ok(Self { wrangler, readers, log })
    }

    /// Kills all its processes at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        if self.readers.is_empty() {
            return;
        }
        let group = format!("-{}", self.wrangler.id());
        let killed = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        assert!(killed.is_ok(), "cannot run `kill`");
        self.wrangler.wait().expect("it is our child");
        for reader in self.readers.drain(..) {
            reader.join().expect("reading lines does not panic");
        }
    }

    /// Whether wrangler has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.readers.iter().all(JoinHandle::is_finished)
    }

    /// The end of what it printed.
    pub(crate) fn log(&self) -> String {
        let log = lock(&self.log);
        log[log.len().saturating_sub(TAIL)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Creates the database in the folder `state` with wrangler, from the generated migrations.
///
/// # Errors
/// With wrangler's output, if it fails.
pub(crate) fn migrate(state: &Path) -> Result<(), String> {
    let mut command = wrangler(&["d1", "migrations", "apply", "DB"], state);
    let output = command.output().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&printed)))
}

fn wrangler(command: &[&str], state: &Path) -> Command {
    let mut wrangler = Command::new(root().join("node_modules/.bin/wrangler"));
    wrangler
        .args(command)
        .arg("--config")
        .arg(root().join("generated/wrangler.jsonc"))
        .arg("--persist-to")
        .arg(state)
        .arg("--local")
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .stdin(Stdio::null());
    wrangler
}

fn collect(stream: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let log = Arc::clone(log);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            lock(&log).push(line);
        }
    })
}

fn lock(log: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
