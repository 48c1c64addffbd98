//! `dev`: from a clean clone to a running app, and from an edit to the app that runs it.
//!
//! Owns the order of the steps. What an edit makes stale is decided in [`change`]; how a step is done is known to the
//! modules that it calls.

mod change;
mod watch;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::build::{self, App, Database};
use crate::interrupt;
use crate::process::{Running, ToolError};
use crate::progress::Progress;
use crate::project::Project;
use crate::stamp::{self, Inputs};
use crate::toolchain::Toolchain;
use crate::wrangler::{self, Local};

use change::Stale;
use watch::Watch;

/// How long wrangler may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Generates what is stale. The error is the text that tells the user why not.
pub type Generate<'a> = dyn FnMut() -> Result<App, String> + 'a;

/// Sets up, builds and serves the app on `http://localhost:<port>`, and follows edits, until Ctrl-C ends the process
/// with exit code 0.
///
/// # Errors
/// If the app cannot be brought up, or wrangler ends. Once it runs, a bad edit is shown and changes nothing.
pub fn run(project: &Project, port: u16, generate: &mut Generate) -> Result<(), DevError> {
    interrupt::end_children_on_interrupt();
    let progress = Progress::new();
    free(port)?;
    let toolchain = Toolchain::prepare(project, &progress)?;
    let app = generate().map_err(DevError::Spec)?;
    progress.fresh("generated/");
    build::web(project, app.web.as_ref(), &progress)?;
    build::worker(project, &toolchain, &progress)?;
    let local =
        Local { project: project.clone(), state: project.state(), port, secrets: Some(project.dev_vars()) };
    migrate(&local, &app, &progress)?;
    let watch = Watch::start(project, web_source(project, &app).as_deref())?;
    let server = serve(&local, &progress)?;
    interrupt::exit_on_interrupt_with(0);
    Session {
        project,
        local,
        toolchain,
        app,
        server: Some(server),
        owed: Stale::default(),
        progress: &progress,
    }
    .follow(watch, generate)
}

/// Why `dev` could not go on.
#[derive(Debug)]
pub enum DevError {
    /// The spec's errors, as they are shown to the user.
    Spec(String),
    /// Anything else.
    Tool(ToolError),
}

impl From<ToolError> for DevError {
    fn from(error: ToolError) -> Self {
        Self::Tool(error)
    }
}

/// An app that runs.
struct Session<'a> {
    project: &'a Project,
    local: Local,
    toolchain: Toolchain,
    app: App,
    /// `None` after the migrations of an edit failed, until another edit mends them.
    server: Option<Running>,
    /// What an edit made stale and could not be done yet.
    owed: Stale,
    progress: &'a Progress,
}

impl Session<'_> {
    fn follow(mut self, mut watch: Watch, generate: &mut Generate) -> Result<(), DevError> {
        loop {
            self.show_output()?;
            let output = self.app.web.as_ref().map(|web| self.project.root().join(&web.directory));
            let mut stale = Stale::default();
            for path in watch.settled() {
                stale.add(self.project, output.as_deref(), &path);
            }
            if stale.any() {
                stale = stale.or(self.owed);
                let done = self.follow_edit(stale, generate);
                self.owed = if done.is_ok() { Stale::default() } else { stale };
                self.show_failure(done);
            }
        }
    }

    fn show_failure(&self, done: Result<(), String>) {
        let Err(text) = done else { return };
        self.progress.print(text.trim_end());
        self.progress.note(match self.server {
            Some(_) => "The app still runs as it was before this edit",
            None => "The app is stopped until this is mended",
        });
    }

    /// Prints what the worker logs.
    fn show_output(&mut self) -> Result<(), ToolError> {
        let Some(server) = &mut self.server else {
            std::thread::sleep(Duration::from_millis(100));
            return Ok(());
        };
        // Bounded, so that a worker that never stops logging does not keep edits waiting.
        for _ in 0..100 {
            let Some(line) = server.next_line(Duration::from_millis(100)) else { break };
            self.progress.print(&line);
        }
        match server.status() {
            Ok(Some(status)) => Err(server.ended_early(status, Vec::new())),
            _ => Ok(()),
        }
    }

    /// Does again what is stale; on an error, what ran before still runs unless the database stood in the way.
    fn follow_edit(&mut self, stale: Stale, generate: &mut Generate) -> Result<(), String> {
        let text = |error: ToolError| error.to_string();
        let app = if stale.generated { generate()? } else { self.app.clone() };
        if stale.web || app.web != self.app.web {
            build::web(self.project, app.web.as_ref(), self.progress).map_err(text)?;
        }
        if stale.worker || stale.generated {
            build::worker(self.project, &self.toolchain, self.progress).map_err(text)?;
        }
        self.app = app;
        // wrangler loads a new worker, configuration or web app by itself; a database that is open cannot be migrated.
        let migrations = stale.generated && !is_migrated(&self.local, &self.app).map_err(text)?;
        if migrations || stale.secrets || self.server.is_none() {
            if let Some(mut server) = self.server.take() {
                server.stop(PATIENCE);
            }
            migrate(&self.local, &self.app, self.progress).map_err(text)?;
            self.server = Some(serve(&self.local, self.progress).map_err(text)?);
        }
        Ok(())
    }
}

/// Applies the migrations that the local databases lack.
fn migrate(local: &Local, app: &App, progress: &Progress) -> Result<(), ToolError> {
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
        wrangler::migrate_local(&local.project, &local.state, &database.binding).run(&step)?;
    }
    stamp::record(&migrated(local), &hash)?;
    step.done();
    Ok(())
}

fn is_migrated(local: &Local, app: &App) -> Result<bool, ToolError> {
    Ok(stamp::is_fresh(&migrated(local), &migrations(local, app)?))
}

/// Beside the databases, so that it goes when they go.
fn migrated(local: &Local) -> PathBuf {
    local.state.join("migrated")
}

fn migrations(local: &Local, app: &App) -> Result<String, ToolError> {
    let add = |inputs: Inputs, database: &Database| {
        inputs.text(&database.binding).path(local.project.generated().join(&database.migrations))
    };
    app.databases.iter().fold(Inputs::default(), add).hash()
}

fn serve(local: &Local, progress: &Progress) -> Result<Running, ToolError> {
    let step = progress.step("wrangler dev");
    let mut server = wrangler::dev(local)?;
    wrangler::until_ready(&mut server, |line| step.line(line))?;
    step.done();
    progress.note(&format!("Serving http://localhost:{} — Ctrl-C ends it", local.port));
    Ok(server)
}

/// The folder with the web app's source, if it is one of its own.
fn web_source(project: &Project, app: &App) -> Option<PathBuf> {
    let output = project.root().join(&app.web.as_ref()?.directory);
    output.parent().filter(|source| *source != project.root()).map(Path::to_owned)
}

/// Fails if something listens on the port, before minutes are spent on a build.
fn free(port: u16) -> Result<(), ToolError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            let remedy = format!(
                "end what uses it, or choose another: `dev --port {}`",
                port.wrapping_add(1).max(1024)
            );
            ToolError::new(format!("port {port} is taken"), remedy)
        }
        _ => ToolError::new(format!("cannot listen on port {port}: {error}"), "choose another with `--port`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_named_with_the_way_out() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = free(port).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} is taken")) && error.contains("--port"), "{error}");
    }
}
