//! An app that runs, and what an edit does to it.
//!
//! What is served changes all at once, after everything succeeded: files are generated and built beside it, and only
//! then is the worker stopped, the database migrated and the worker started on the new copy.

use std::time::Duration;

use crate::build::{self, App};
use crate::process::{Running, ToolError};
use crate::progress::Progress;
use crate::project::Project;
use crate::toolchain::Toolchain;
use crate::wrangler::{self, Local};

use super::change::Stale;
use super::database;
use super::generation::Generation;
use super::models::Models;
use super::served::Served;
use super::watch::Watch;

/// How long wrangler may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// An app that runs.
pub(super) struct Session<'a, 'b> {
    pub(super) project: &'a Project,
    pub(super) local: Local,
    pub(super) toolchain: Toolchain,
    pub(super) generation: Generation<'a, 'b>,
    pub(super) watch: Watch,
    /// What the spec declares, which may not have been built yet.
    pub(super) app: App,
    pub(super) served: Served,
    pub(super) models: Models,
    /// A hash of what is served.
    pub(super) hash: String,
    /// `None` after it could not be started again, until an edit mends that.
    pub(super) server: Option<Running>,
    /// What edits made stale and could not be done yet.
    pub(super) owed: Stale,
    pub(super) progress: &'a Progress,
}

impl Session<'_, '_> {
    /// Follows edits until wrangler ends, or the process does.
    pub(super) fn follow(mut self) -> Result<(), ToolError> {
        loop {
            self.show_output()?;
            let stale = self.stale();
            if !stale.any() {
                continue;
            }
            self.owed = self.owed.or(stale);
            match self.catch_up() {
                Ok(()) => self.owed = Stale::default(),
                Err(text) => self.show_failure(&text),
            }
        }
    }

    /// What the edits since the last time made stale.
    fn stale(&mut self) -> Stale {
        let mut stale = Stale::default();
        for path in self.watch.settled() {
            stale.add(self.project, self.app.web.as_ref(), &path);
        }
        stale.generated = stale.generated && self.generation.is_due();
        stale
    }

    fn show_failure(&self, text: &str) {
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

    /// Does what is owed. On an error, what ran before still runs.
    fn catch_up(&mut self) -> Result<(), String> {
        if self.owed.generated {
            let app = self.generation.run()?;
            // Both take in generated files; what does not change is not built.
            self.owed.web = true;
            self.owed.worker = true;
            self.app = app;
        }
        self.rebuild().map_err(|error| error.to_string())
    }

    fn rebuild(&mut self) -> Result<(), ToolError> {
        let web = self.app.web.as_ref();
        // Before it is built: an edit from here on is a further one, also in a folder that is new.
        self.watch.follow(self.project, web)?;
        if self.owed.web {
            build::web(self.project, web, self.progress)?;
        }
        if self.owed.worker {
            build::worker(self.project, &self.toolchain, self.progress)?;
        }
        let hash = self.served.stage(self.project, web)?;
        let same = hash == self.hash && database::is_migrated(&self.local, &self.app)?;
        if same && !self.owed.secrets && self.server.is_some() {
            return Ok(());
        }
        self.restart()?;
        self.hash = hash;
        Ok(())
    }

    /// Replaces what is served by what is staged; on an error, what was served runs again.
    fn restart(&mut self) -> Result<(), ToolError> {
        // A database that is open cannot be migrated.
        if let Some(mut server) = self.server.take() {
            server.stop(PATIENCE);
        }
        let started = database::migrate(&self.local, &self.app, self.progress)
            .and_then(|()| self.served.swap())
            .and_then(|()| self.serve());
        match started {
            Ok(server) => {
                self.server = Some(server);
                self.served.keep()
            }
            Err(error) => {
                let back = self.served.restore();
                self.server = back.and_then(|()| self.serve()).ok();
                Err(error)
            }
        }
    }

    fn serve(&mut self) -> Result<Running, ToolError> {
        let vars = self.models.vars(self.project, &self.app, self.progress)?;
        serve(&self.local, vars, &self.served, self.progress)
    }
}

/// Starts the worker and waits until it serves. `vars` are variables of this run, `NAME:value` each.
pub(super) fn serve(
    local: &Local,
    vars: Vec<String>,
    served: &Served,
    progress: &Progress,
) -> Result<Running, ToolError> {
    let step = progress.step("wrangler dev");
    let local = Local { vars, ..local.clone() };
    let mut server = wrangler::dev_from(&local, &served.configuration())?;
    wrangler::until_ready(&mut server, |line| step.line(line))?;
    step.done();
    progress.note(&format!("Serving http://localhost:{} — Ctrl-C ends it", local.port));
    Ok(server)
}
