//! `deploy`: from a green check to a version that runs.
//!
//! Owns the order of asking, planning, confirming and doing. What is to be done is decided in [`plan`] and [`order`],
//! how it is told in [`step`]; wrangler is spoken to by [`crate::wrangler::remote`] alone.

mod carry_out;
pub mod manage;
mod observe;
pub mod order;
pub mod plan;
pub mod secrets;
pub mod step;
pub mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::thread;

use crate::ask;
use crate::build::{self, App};
use crate::migrate::Migration;
use crate::model::{Deployment, Spec};
use crate::output;
use crate::outside;
use crate::pipeline::Reading;
use crate::plan::{self as generation, Plan as Generation};
use crate::printed;
use crate::process::ToolError;
use crate::progress::Progress;
use crate::project::Project;
use crate::render;
use crate::verify::Expected;
use crate::wrangler::remote::Remote;

use plan::{Refusal, Wanted, WantedDatabase};
use secrets::Sources;
use step::Target;
use version::Mark;

/// What the user says of a deployment.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The environment; None for the main one.
    pub environment: Option<String>,
    /// Only plan.
    pub dry_run: bool,
    /// Do not ask.
    pub yes: bool,
    /// A file with values of secrets.
    pub secrets_file: Option<PathBuf>,
    /// Where the worker is reached, if wrangler does not say it.
    pub url: Option<String>,
    /// Whether what runs may fail until the new version is there.
    pub downtime: bool,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All is done, or planned.
    Done,
    /// Nothing was changed: something is in the way.
    Refused,
    /// Nothing was changed: nobody said yes.
    Unconfirmed,
    /// A step failed.
    Stopped,
}

/// Deploys what `reading` declares; the check of it is done, and found nothing.
///
/// # Errors
/// If it cannot be found out what is there; nothing was changed then.
pub fn run(
    project: &Project,
    reading: &mut Reading,
    options: &Options,
    progress: &Progress,
) -> Result<Ended, ToolError> {
    let Some(spec) = reading.spec.clone() else { return Ok(Ended::Refused) };
    let deployment = deployment(&spec, options.environment.as_deref())?;
    let wanted = wanted(project, &spec, &deployment, &reading.hash)?;
    let target = Target { environment: options.environment.clone(), worker: deployment.worker.to_string() };
    let remote = remote(project, &deployment);
    let mut observed = observe::observe(&remote, &wanted, progress).map_err(|error| {
        let again = format!("nothing was changed: run `{} deploy{}` again", step::PROGRAM, target.flag());
        error.and_try(&again)
    })?;
    observed.unfinished = project.unfinished(target.name()).exists();
    let plan = match plan::plan(&wanted, &observed, options.downtime) {
        Ok(plan) => plan,
        Err(refusals) => return Ok(refused(&refusals)),
    };
    let sources = Sources::read(project, options.environment.as_deref(), options.secrets_file.as_deref())?;
    let (mut given, missing) = sources.all(&plan.secrets);
    let source = |name: &str| given.get(name).map(|it| it.source.clone());
    printed::print(&step::text(&plan, &target, &source))?;
    if !missing.is_empty() && !ask::is_possible() {
        return Ok(refused(&[no_values(&missing, &target)]));
    }
    if options.dry_run || (plan.is_empty() && options.url.is_none()) {
        return Ok(Ended::Done);
    }
    if !options.yes && !plan.is_empty() && !confirmed()? {
        return Ok(Ended::Unconfirmed);
    }
    for name in missing {
        let value = ask::secret(&name).map_err(unreadable)?;
        given.insert(name, secrets::Given { value, source: "the terminal".to_owned() });
    }
    let secrets: BTreeMap<String, String> = given.into_iter().map(|(name, it)| (name, it.value)).collect();
    let places = carry_out::Places {
        project,
        remote: &remote,
        target: &target,
        domains: &deployment.settings.domains,
    };
    let expected = Expected::of(&spec, &reading.hash);
    let run = carry_out::Run {
        places,
        wanted: &wanted,
        plan: &plan,
        options,
        secrets,
        app: App::of(&spec),
        expected,
        progress,
    };
    run.all(reading)
}

fn confirmed() -> Result<bool, ToolError> {
    if !ask::is_possible() {
        anstream::eprintln!("error: nobody is here to confirm this: add --yes if it is what you want");
        return Ok(false);
    }
    let yes = ask::confirm("Go on?").map_err(unreadable)?;
    if !yes {
        anstream::eprintln!("Nothing was changed.");
    }
    Ok(yes)
}

fn unreadable(error: std::io::Error) -> ToolError {
    ToolError::new(
        format!("cannot read the terminal: {error}"),
        "add --yes, and give secrets by --secrets-file",
    )
}

fn refused(refusals: &[Refusal]) -> Ended {
    refusals.iter().for_each(|it| refusal(&it.message, &it.help));
    anstream::eprintln!("Nothing was changed.");
    Ended::Refused
}

fn refusal(message: &str, help: &str) {
    anstream::eprintln!("error: {}\n  help: {help}", message.replace('\n', "\n  "));
}

fn no_values(missing: &[String], target: &Target) -> Refusal {
    Refusal {
        message: format!("the worker lacks secrets, and they have no value here: {}", missing.join(", ")),
        help: format!(
            "set them in the environment or in {} (a line NAME=value each, never committed), or name a file with \
             --secrets-file; at a terminal they are asked for",
            secrets::own_file(target.environment.as_deref())
        ),
    }
}

/// The environment of that name, as it is deployed.
///
/// # Errors
/// If the spec has none.
pub fn deployment<'a>(spec: &'a Spec, environment: Option<&str>) -> Result<Deployment<'a>, ToolError> {
    if let Some(name) = environment {
        spec.environment(name)
            .map_err(|reason| ToolError::new(reason, "leave --env out for the main one"))?;
    }
    let is_it = |it: &Deployment<'_>| it.environment.map(|name| name.as_str()) == environment;
    let found = spec.deployments().into_iter().find(is_it);
    found.ok_or_else(|| ToolError::new("there is no such environment", "leave --env out for the main one"))
}

/// Wrangler for an environment.
pub fn remote(project: &Project, deployment: &Deployment<'_>) -> Remote {
    let name = render::configuration(deployment.environment.map(|it| it.as_str()));
    let account = deployment.settings.account_id.as_deref();
    Remote::new(project, project.generated().join(name), deployment.worker.as_str(), account)
}

/// What is to run, from the spec and what is generated of it.
fn wanted(
    project: &Project,
    spec: &Spec,
    deployment: &Deployment<'_>,
    hash: &str,
) -> Result<Wanted, ToolError> {
    let before = output::read(project.root(), &[outside::WORKFLOW])
        .map_err(|error| ToolError::io("read", &project.generated(), &error))?;
    let app = App::of(spec);
    // Each takes a moment: one reads all sources, the other runs all migrations.
    let (generation, source) = thread::scope(|scope| {
        let source = scope.spawn(|| build::source(project, &app));
        let generation = generation::plan(spec, hash, &before, &BTreeSet::new());
        (generation, source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let stale = |_| ToolError::new("generated/ is not what spec.toml says", "run `generator check`");
    let generation = generation.map_err(stale)?;
    let databases: Vec<WantedDatabase> = deployment
        .databases()
        .map(|(binding, database)| WantedDatabase {
            binding: binding.to_string(),
            name: database.name.to_string(),
            id: generation.database_id(database).map(str::to_owned),
            folder: generation.migrations_folder(binding).to_owned(),
            migrations: migrations(&generation, generation.migrations_folder(binding)),
        })
        .collect();
    let last = |it: &WantedDatabase| Some((it.binding.clone(), it.migrations.last()?.number));
    let ids = |name: &str| before.lock.database_ids.get(name).cloned();
    Ok(Wanted {
        mark: Mark::new(hash, &source?, databases.iter().filter_map(last).collect()),
        secrets: spec.secrets.iter().map(|it| it.name.to_string()).collect(),
        bindings: version::wanted(spec, deployment, &ids),
        databases,
    })
}

fn migrations(generation: &Generation<'_>, folder: &str) -> Vec<Migration> {
    let folder = format!("{}/{folder}/", output::GENERATED);
    generation
        .migrations
        .iter()
        .filter(|(path, _)| path.starts_with(&folder))
        .map(|(_, it)| it.clone())
        .collect()
}
