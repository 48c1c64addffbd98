//! What is there at Cloudflare. Only reads; what can be asked at the same time is.

use std::thread::{self, ScopedJoinHandle};

use super::plan::{Observed, Wanted};
use crate::process::ToolError;
use crate::progress::{Progress, Step};
use crate::wrangler::remote::{Database, Remote};

/// Asks for all that a plan depends on.
pub(super) fn observe(remote: &Remote, wanted: &Wanted, progress: &Progress) -> Result<Observed, ToolError> {
    let step = progress.step("what is there");
    let observed = thread::scope(|scope| {
        let secrets = scope.spawn(|| remote.secrets(&step));
        let running = scope.spawn(|| remote.running(&step));
        let observed = databases(remote, wanted, &step);
        let (secrets, running) = (joined(secrets), joined(running));
        Ok(Observed { secrets: secrets?, running: running?, ..observed? })
    });
    if observed.is_ok() {
        step.done();
    }
    observed
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn databases(remote: &Remote, wanted: &Wanted, step: &Step<'_>) -> Result<Observed, ToolError> {
    let mut observed = Observed::default();
    if wanted.databases.is_empty() {
        return Ok(observed);
    }
    observed.databases = remote.databases(step)?;
    for database in wanted.databases.iter().filter(|it| !it.migrations.is_empty()) {
        // What the spec says goes before what has the name; an id that the account does not have is for the plan to tell.
        let known = database.id.as_ref().filter(|id| observed.databases.values().any(|it| it == *id));
        let found = || observed.databases.get(&database.name).filter(|_| database.id.is_none());
        let Some(id) = known.or_else(found).cloned() else { continue };
        let asked = Database { binding: database.binding.clone(), name: database.name.clone(), id };
        let ledger = remote.applied(&asked, step)?;
        observed.ledgers.insert(database.binding.clone(), ledger);
    }
    Ok(observed)
}
