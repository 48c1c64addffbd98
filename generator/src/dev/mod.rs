//! `dev`: from a clean clone to a running app, and from an edit to the app that runs it.
//!
//! Owns the order of the steps on the way up; [`session`] has that of an edit. What an edit makes stale is decided in
//! [`change`]; how a step is done is known to the modules that it calls.

mod change;
mod database;
mod generation;
mod models;
mod served;
mod session;
mod watch;

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use crate::build;
use crate::interrupt;
use crate::process::ToolError;
use crate::progress::Progress;
use crate::project::Project;
use crate::toolchain::Toolchain;
use crate::wrangler::Local;

use change::Stale;
use generation::Generation;
use models::Models;
use served::Served;
use session::{Session, serve};
use watch::Watch;

pub use generation::{Generate, Generated, Refused};

/// Sets up, builds and serves the app on `http://localhost:<port>`, and follows edits, until Ctrl-C ends the process
/// with exit code 0.
///
/// # Errors
/// If the app cannot be brought up, or wrangler ends. Once it runs, a bad edit is shown and changes nothing.
pub fn run(project: &Project, port: u16, generate: &mut Generate) -> Result<(), DevError> {
    let progress = Progress::new();
    free(port)?;
    // Before anything is read, so that no edit is missed.
    let mut watch = Watch::start(project, None)?;
    // Before anything is set up, which may take minutes.
    let mut generation = Generation::new(project, generate, &progress);
    let app = generation.run().map_err(DevError::Spec)?;
    watch.follow(project, app.web.as_ref())?;
    let toolchain = Toolchain::prepare(project, &progress)?;
    build::web(project, app.web.as_ref(), &progress)?;
    build::worker(project, &toolchain, &progress)?;
    let local = Local {
        project: project.clone(),
        state: project.state(),
        port,
        secrets: Some(project.dev_vars()),
        vars: Vec::new(),
    };
    let served = Served::at(&project.served(port));
    let hash = served.stage(project, app.web.as_ref())?;
    database::migrate(&local, &app, &progress)?;
    served.swap()?;
    served.keep()?;
    interrupt::exit_on_interrupt_with(0);
    let mut models = Models::default();
    let vars = models.vars(project, &app, &progress)?;
    let server = serve(&local, vars, &served, &progress)?;
    let session = Session {
        project,
        local,
        toolchain,
        generation,
        watch,
        app,
        served,
        models,
        hash,
        server: Some(server),
        owed: Stale::default(),
        // Of an edit, only what it makes happen is shown.
        progress: &Progress::of_work(),
    };
    Ok(session.follow()?)
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
