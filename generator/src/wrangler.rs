//! What is asked of wrangler on this machine: databases, the local worker, the size of an upload.
//!
//! Every call names its configuration and its state, so that a test and `dev` never meet. Must not know how either is
//! made.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::process::{Program, Running, ToolError};
use crate::progress::Progress;
use crate::project::Project;

/// How long wrangler may take until the worker listens.
const START: Duration = Duration::from_secs(90);

/// A local worker: what it runs from and where it is reached.
#[derive(Debug, Clone)]
pub struct Local {
    /// The project whose wrangler and built worker are used.
    pub project: Project,
    /// The folder of its databases and objects.
    pub state: PathBuf,
    /// The loopback port that it listens on.
    pub port: u16,
    /// A file of secrets, `NAME=value` a line, if it exists.
    pub secrets: Option<PathBuf>,
    /// Variables with other values than the configuration's: `NAME:value` each.
    pub vars: Vec<String>,
}

/// The size of the worker as it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// As wrangler writes it: `93.41 KiB`.
    pub total: String,
    /// Compressed, which is what Cloudflare's limit counts.
    pub compressed: String,
}

/// The program that brings a local database up to date with the generated migrations. What a migration that fails did
/// is undone.
pub fn migrate_local(project: &Project, state: &Path, database: &str) -> Program {
    wrangler(project, &["d1", "migrations", "apply", database, "--local", "--persist-to"]).arg(state).remedy(
        "the local database is only for development: delete .wrangler/state to start with an empty one",
    )
}

/// A D1 database of a configuration.
#[derive(Debug, Clone, Copy)]
pub struct Database<'a> {
    /// The configuration.
    pub configuration: &'a Path,
    /// The database's binding there.
    pub binding: &'a str,
    /// The folder of the local one; None for the one at Cloudflare.
    pub state: Option<&'a Path>,
}

/// The program that asks a database with one statement and prints `[{"results":[…]}]`.
pub fn query(project: &Project, database: &Database<'_>, sql: &str) -> Program {
    let program = with_configuration(project, database.configuration, &["d1", "execute", database.binding]);
    let program = program.args(["--json", "--command", sql]);
    match database.state {
        Some(state) => program
            .args(["--local", "--persist-to"])
            .arg(state)
            .remedy("`generator dev` makes and migrates the local database"),
        None => program
            .arg("--remote")
            .remedy("log in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN; migrations come with a deployment"),
    }
}

/// Starts `wrangler dev` on what is generated and built; it serves once [`until_ready`] returns.
///
/// # Errors
/// If it cannot be started.
pub fn dev(local: &Local) -> Result<Running, ToolError> {
    dev_from(local, &local.project.configuration())
}

/// Starts `wrangler dev` on another configuration and what it names.
///
/// # Errors
/// If it cannot be started.
pub fn dev_from(local: &Local, configuration: &Path) -> Result<Running, ToolError> {
    let port = local.port.to_string();
    let command = ["dev", "--local", "--ip", "127.0.0.1", "--port", &port];
    let program = with_configuration(&local.project, configuration, &command);
    let program = program
        .args(["--inspector-port", "0", "--show-interactive-dev-session", "false", "--persist-to"])
        .arg(&local.state)
        .args(local.vars.iter().flat_map(|var| ["--var", var]))
        // Where workers on one machine find each other: this one finds itself alone.
        .quiet_env("WRANGLER_REGISTRY_PATH", local.state.join("registry"))
        // Where the user is, asked of Cloudflare: a placeholder does, and nothing leaves the machine.
        .quiet_env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    // wrangler would look beside its configuration, among what is generated.
    match local.secrets.as_ref().filter(|path| path.is_file()) {
        Some(secrets) => program.arg("--env-file").arg(secrets),
        None => program,
    }
    .start()
}

/// Waits until the worker listens; `on_line` gets what wrangler prints meanwhile.
///
/// # Errors
/// If wrangler ends, or takes longer than 90 s.
pub fn until_ready(running: &mut Running, mut on_line: impl FnMut(&str)) -> Result<(), ToolError> {
    let deadline = Instant::now() + START;
    let mut printed = Vec::new();
    loop {
        if let Some(line) = running.next_line(Duration::from_millis(50)) {
            on_line(&line);
            let ready = is_ready(&line);
            printed.push(line);
            if ready {
                return Ok(());
            }
            continue;
        }
        if let Ok(Some(status)) = running.status() {
            return Err(running.ended_early(status, printed));
        }
        if Instant::now() > deadline {
            return Err(running.too_slow(&format!("did not serve within {} s", START.as_secs()), printed));
        }
    }
}

fn is_ready(line: &str) -> bool {
    line.contains("Ready on http")
}

/// Bundles the worker as a deployment would, and says how large it is. Nothing is uploaded.
///
/// # Errors
/// If wrangler refuses the configuration or the worker.
pub fn dry_run(project: &Project, progress: &Progress) -> Result<Size, ToolError> {
    let folder = tempfile::tempdir()
        .map_err(|error| ToolError::io("make a folder in", &std::env::temp_dir(), &error))?;
    let step = progress.step("upload, as a dry run");
    let output = wrangler(project, &["deploy", "--dry-run", "--outdir"]).arg(folder.path()).run(&step)?;
    let size = output.stdout.iter().find_map(|line| size_in(line)).ok_or_else(|| {
        ToolError::new("wrangler did not say how large the worker is", "is the pinned wrangler in use?")
    })?;
    step.done_with(&format!("{} compressed", size.compressed));
    Ok(size)
}

/// Reads `Total Upload: 93.41 KiB / gzip: 42.00 KiB`.
fn size_in(line: &str) -> Option<Size> {
    let (total, compressed) = line.trim().strip_prefix("Total Upload:")?.split_once("/ gzip:")?;
    Some(Size { total: total.trim().to_owned(), compressed: compressed.trim().to_owned() })
}

fn wrangler(project: &Project, command: &[&str]) -> Program {
    with_configuration(project, &project.configuration(), command)
}

fn with_configuration(project: &Project, configuration: &Path, command: &[&str]) -> Program {
    Program::new(project.npm_program("wrangler"))
        .arg("--config")
        .arg(configuration)
        .args(command)
        // It asks nothing, and shows no banner about newer versions.
        .quiet_env("CI", "1")
        .current_dir(project.root())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_read_from_wranglers_line() {
        let size = Size { total: "93.41 KiB".to_owned(), compressed: "42.00 KiB".to_owned() };
        assert_eq!(size_in("Total Upload: 93.41 KiB / gzip: 42.00 KiB"), Some(size));
        assert_eq!(size_in("Uploaded work-squared"), None);
    }

    #[test]
    fn a_worker_is_ready_when_wrangler_names_its_address() {
        assert!(is_ready("[wrangler:info] Ready on http://127.0.0.1:8787"));
        assert!(!is_ready("⎔ Starting local server..."));
    }
}
