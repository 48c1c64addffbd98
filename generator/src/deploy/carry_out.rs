//! Does the steps of a plan, one after the other, and stops at the first that fails.
//!
//! Owns what is told of the way. Must not decide what is done.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::plan::{Id, Plan, Wanted, WantedDatabase};
use super::step::{self, PROGRAM, Progressed, Step, Target};
use super::{Ended, Options};
use crate::build::{self, App};
use crate::pipeline::{self, Reading};
use crate::process::ToolError;
use crate::progress::Progress;
use crate::project::Project;
use crate::render;
use crate::stamp;
use crate::verify::{self, Expected};
use crate::wrangler::remote::{Database, Remote};

/// What a deployment goes from and to.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) project: &'a Project,
    pub(super) remote: &'a Remote,
    pub(super) target: &'a Target,
    /// Host names that are the worker's alone.
    pub(super) domains: &'a [String],
}

/// A plan and all that its steps need.
pub(super) struct Run<'a> {
    pub(super) places: Places<'a>,
    pub(super) wanted: &'a Wanted,
    pub(super) plan: &'a Plan,
    pub(super) options: &'a Options,
    /// The values of new secrets, by name.
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) app: App,
    /// What the worker does once it runs.
    pub(super) expected: Expected,
    pub(super) progress: &'a Progress,
}

/// What is known while the steps are done.
#[derive(Default)]
struct State {
    /// The ids of databases by name, as far as they are known.
    ids: BTreeMap<String, String>,
    /// Where the worker is reached.
    url: Option<String>,
    progressed: Progressed,
}

impl Run<'_> {
    /// Does all steps.
    pub(super) fn all(&self, reading: &mut Reading) -> Result<Ended, ToolError> {
        let mut state = State { url: self.known_url(), ..State::default() };
        for (planned, wanted) in self.plan.databases.iter().zip(&self.wanted.databases) {
            if let Id::Known(id) | Id::Found(id) = &planned.id {
                state.ids.insert(wanted.name.clone(), id.clone());
            }
        }
        let steps = self.plan.steps();
        for (at, step) in steps.iter().enumerate() {
            if let Err(error) = self.one(step, &mut state, reading) {
                anstream::eprintln!("error: {error}\n");
                let url = state.url.as_deref();
                let told = step::stopped(&state.progressed, &steps[at..], self.places.target, url);
                anstream::eprint!("{told}");
                return Ok(Ended::Stopped);
            }
        }
        if let Some(url) = &state.url {
            self.progress.good(&format!("{} runs", self.places.target.worker), url);
        }
        Ok(Ended::Done)
    }

    fn one(&self, step: &Step, state: &mut State, reading: &mut Reading) -> Result<(), ToolError> {
        match step {
            Step::Build => build::all(self.places.project, &self.app, self.progress).map(drop),
            Step::Create { name } => self.create(name, state),
            Step::Record { names } => self.record(names, state, reading),
            Step::Bookmark { binding } => self.bookmark(binding, state),
            Step::Migrate { binding, until, files } => self.migrate(binding, *until, files, state),
            Step::Upload { .. } => self.upload(state),
            Step::Verify => self.verify(state),
        }
    }

    fn create(&self, name: &str, state: &mut State) -> Result<(), ToolError> {
        let step = self.progress.step(format!("D1 database {name}"));
        self.places.remote.create_database(name, &step)?;
        let id = self.places.remote.databases(&step)?.remove(name).ok_or_else(|| {
            ToolError::new(
                format!("{name} was made, and is not in the list of databases"),
                "try again in a moment",
            )
        })?;
        step.done_with(&id);
        state.progressed.done.push(format!("D1 database {name} made: {id}"));
        state.ids.insert(name.to_owned(), id);
        Ok(())
    }

    fn record(&self, names: &[String], state: &mut State, reading: &mut Reading) -> Result<(), ToolError> {
        let ids: Vec<(String, String)> =
            names.iter().filter_map(|name| Some((name.clone(), state.ids.get(name)?.clone()))).collect();
        let failed = |reason: String| ToolError::new(reason, "run `generator check`");
        let written = pipeline::record_databases(self.places.project.root(), reading, &ids);
        let written = written.map_err(|failure| failed(failure.to_string()))?;
        if written.is_none() || reading.failed() {
            return Err(failed("generated/ cannot be written".to_owned()));
        }
        self.progress.good("generated/spec.lock", "has the ids of databases now: commit it");
        state
            .progressed
            .done
            .push(format!("the id of {} is in generated/spec.lock: commit it", names.join(", ")));
        Ok(())
    }

    fn bookmark(&self, binding: &str, state: &mut State) -> Result<(), ToolError> {
        let step = self.progress.step(format!("bookmark of {binding}"));
        let database = self.database(binding, state)?.1;
        let bookmark = self.places.remote.bookmark(&database, &step)?;
        step.done_with(&bookmark);
        state.progressed.done.push(format!("bookmark of {binding}: {bookmark}"));
        let command = format!(
            "npx wrangler d1 time-travel restore {binding} --bookmark={bookmark} --config {}",
            self.configuration()
        );
        let what = format!("{binding} as it was; all that was written since is lost");
        state.progressed.back.push((what, command));
        Ok(())
    }

    fn migrate(
        &self,
        binding: &str,
        until: usize,
        files: &[String],
        state: &mut State,
    ) -> Result<(), ToolError> {
        let step = self.progress.step(format!("migrations of {binding}"));
        let (wanted, database) = self.database(binding, state)?;
        let folder = self.places.project.generated().join(&wanted.folder);
        let first = wanted.migrations.iter().take(until);
        let paths: Vec<PathBuf> = first.map(|it| folder.join(it.file_name())).collect();
        self.places.remote.migrate(&database, &paths, &step)?;
        step.done_with(&files.join(", "));
        state.progressed.done.push(format!("{binding} migrated: {}", files.join(", ")));
        Ok(())
    }

    fn upload(&self, state: &mut State) -> Result<(), ToolError> {
        let step = self.progress.step(format!("worker {}", self.places.target.worker));
        let mark = self.wanted.mark.to_string();
        // Before it: what fails on the way may run.
        if let Some(previous) = &self.plan.previous {
            let command = format!("{PROGRAM} rollback{} --to {previous}", self.places.target.flag());
            state.progressed.back.push(("the version that ran before".to_owned(), command));
        }
        // The version may run while its routes and addresses are not there yet: that is seen nowhere else.
        let unfinished = self.places.project.unfinished(self.places.target.name());
        stamp::record(&unfinished, &mark)?;
        let deployed = self.places.remote.deploy(&mark, &self.secrets, &step)?;
        stamp::forget(&unfinished)?;
        step.done_with(deployed.version.as_deref().unwrap_or_default());
        let version = deployed.version.map(|id| format!(": version {id}")).unwrap_or_default();
        state.progressed.done.push(format!("worker {} deployed{version}", self.places.target.worker));
        let address = deployed.targets.into_iter().find(|target| target.starts_with("https://"));
        state.url = state.url.take().or(address);
        Ok(())
    }

    fn verify(&self, state: &mut State) -> Result<(), ToolError> {
        let Some(url) = &state.url else {
            let remark = format!("skipped: nothing says where the worker is; `{PROGRAM} verify URL` does it");
            self.progress.good("verify", &remark);
            return Ok(());
        };
        verify::after_deployment(url, &self.expected, self.progress)?;
        state.progressed.done.push(format!("{url} verified"));
        Ok(())
    }

    /// Where the worker is reached, as far as that is known before it is deployed.
    fn known_url(&self) -> Option<String> {
        let domain = || self.places.domains.first().map(|host| format!("https://{host}"));
        self.options.url.clone().or_else(domain)
    }

    fn configuration(&self) -> String {
        format!("generated/{}", render::configuration(self.places.target.environment.as_deref()))
    }

    fn database(&self, binding: &str, state: &State) -> Result<(&WantedDatabase, Database), ToolError> {
        let wanted = self.wanted.databases.iter().find(|it| it.binding == binding);
        let found = wanted.and_then(|it| Some((it, state.ids.get(&it.name)?)));
        let (wanted, id) = found.ok_or_else(|| {
            ToolError::new(format!("the id of {binding} is not known"), "this is a fault of the generator")
        })?;
        Ok((wanted, Database { binding: binding.to_owned(), name: wanted.name.clone(), id: id.clone() }))
    }
}
