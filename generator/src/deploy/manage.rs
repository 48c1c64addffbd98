//! What is done to a deployment that is there: its secrets, and another version of it.
//!
//! Owns what a person says by arguments and reads as answer. Must not know wrangler's arguments.

use std::collections::BTreeSet;
use std::io::{self, Read};

use super::observe;
use super::order::fits;
use super::plan::{Observed, Wanted};
use super::step::{PROGRAM, Target};
use super::version::Mark;
use super::{Ended, deployment, refusal, remote, unreadable, wanted};
use crate::ask;
use crate::migrate::{self, MigrateError};
use crate::model::{Deployment, Spec};
use crate::printed;
use crate::process::ToolError;
use crate::progress::Progress;
use crate::project::Project;
use crate::wrangler::remote::Running;

/// The secrets of one environment: which the spec has, and which are set.
///
/// # Errors
/// If they cannot be found out.
pub fn list_secrets(
    project: &Project,
    spec: &Spec,
    environment: Option<&str>,
    progress: &Progress,
) -> Result<Ended, ToolError> {
    let deployment = deployment(spec, environment)?;
    let set = secrets_of(project, &deployment, progress)?;
    let (text, all) = secrets_text(spec, &set);
    printed::print(&text)?;
    Ok(if all { Ended::Done } else { Ended::Refused })
}

/// A line for each secret, and whether all of the spec are set.
fn secrets_text(spec: &Spec, set: &BTreeSet<String>) -> (String, bool) {
    let mut text = String::new();
    let mut all = true;
    for secret in &spec.secrets {
        let is_set = set.contains(secret.name.as_str());
        all &= is_set;
        let state = if is_set { "set" } else { "missing" };
        text += &format!("{state:<8} {}  {}\n", secret.name, secret.description);
    }
    let declared = |name: &&String| spec.secrets.iter().any(|it| it.name.as_str() == name.as_str());
    for name in set.iter().filter(|name| !declared(name)) {
        text += &format!("{:<8} {name}  is set, and spec.toml does not have it\n", "extra");
    }
    (text, all)
}

/// Sets one secret: its value comes from standard input, or is asked for.
///
/// # Errors
/// If there is no value, or wrangler fails.
pub fn set_secret(
    project: &Project,
    spec: &Spec,
    environment: Option<&str>,
    name: &str,
    progress: &Progress,
) -> Result<Ended, ToolError> {
    if !spec.secrets.iter().any(|it| it.name.as_str() == name) {
        let known: Vec<&str> = spec.secrets.iter().map(|it| it.name.as_str()).collect();
        let help = format!("declare it under `[secrets.{name}]`, or name one of {}", known.join(", "));
        refusal(&format!("spec.toml has no secret {name}"), &help);
        return Ok(Ended::Refused);
    }
    let deployment = deployment(spec, environment)?;
    let value = match ask::is_possible() {
        true => ask::secret(name).map_err(unreadable)?,
        false => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map_err(unreadable)?;
            text.trim_end().to_owned()
        }
    };
    if value.is_empty() {
        return Err(ToolError::new(
            "there is no value",
            format!("`{PROGRAM} secrets set {name} < FILE`, or type it"),
        ));
    }
    let step = progress.step(format!("secret {name} of {}", deployment.worker));
    remote(project, &deployment).put_secret(name, &value, &step)?;
    step.done();
    Ok(Ended::Done)
}

/// Which environment has which secrets.
///
/// # Errors
/// If they cannot be found out.
pub fn compare_secrets(project: &Project, spec: &Spec, progress: &Progress) -> Result<Ended, ToolError> {
    let mut columns = Vec::new();
    for deployment in spec.deployments() {
        let name = deployment.environment.map_or("production", |it| it.as_str()).to_owned();
        columns.push((name, secrets_of(project, &deployment, progress)?));
    }
    let mut names: BTreeSet<&str> = columns.iter().flat_map(|it| &it.1).map(String::as_str).collect();
    names.extend(spec.secrets.iter().map(|it| it.name.as_str()));
    let width = names.iter().map(|it| it.len()).max().unwrap_or_default();
    let mut text = format!("{:width$}", "");
    columns.iter().for_each(|(name, _)| text += &format!("  {name}"));
    text.push('\n');
    let mut same = true;
    for name in names {
        text += &format!("{name:width$}");
        for (environment, set) in &columns {
            let is_set = set.contains(name);
            same &= is_set;
            text += &format!("  {:<space$}", if is_set { "set" } else { "-" }, space = environment.len());
        }
        text = format!("{}\n", text.trim_end());
    }
    printed::print(&text)?;
    Ok(if same { Ended::Done } else { Ended::Refused })
}

fn secrets_of(
    project: &Project,
    deployment: &Deployment<'_>,
    progress: &Progress,
) -> Result<BTreeSet<String>, ToolError> {
    let step = progress.step(format!("secrets of {}", deployment.worker));
    let set = remote(project, deployment).secrets(&step)?;
    match &set {
        Some(_) => step.done(),
        None => step.done_with("there is no such worker"),
    }
    Ok(set.unwrap_or_default())
}

/// What the user says of going back.
#[derive(Debug, Clone, Default)]
pub struct Back {
    /// The environment; None for the main one.
    pub environment: Option<String>,
    /// The version; None for the one before.
    pub to: Option<String>,
    /// Do not ask.
    pub yes: bool,
    /// Whether it may run on a database that it was not made for.
    pub downtime: bool,
}

/// Lets an older version run again, if it can use the databases as they are. They stay as they are.
///
/// # Errors
/// If it cannot be found out what is there, or wrangler fails.
pub fn rollback(
    project: &Project,
    spec: &Spec,
    hash: &str,
    back: &Back,
    progress: &Progress,
) -> Result<Ended, ToolError> {
    let deployment = deployment(spec, back.environment.as_deref())?;
    let target = Target { environment: back.environment.clone(), worker: deployment.worker.to_string() };
    let remote = remote(project, &deployment);
    let wanted = wanted(project, spec, &deployment, hash)?;
    let observed = observe::observe(&remote, &wanted, progress)?;
    let step = progress.step("versions");
    let id = match &back.to {
        Some(id) => Some(id.clone()),
        None => remote.previous(&step)?,
    };
    let Some(id) = id else {
        step.done();
        refusal(
            "there is no version before the one that runs",
            "name one: `--to VERSION`; `npx wrangler versions list`",
        );
        return Ok(Ended::Refused);
    };
    let version = remote.version(id.clone(), 100.0, &step)?;
    step.done();
    let runs: Vec<&str> = observed.running.iter().map(|it| it.id.as_str()).collect();
    if runs == [id.as_str()] {
        printed::print(&format!("Nothing to do: {id} runs.\n"))?;
        return Ok(Ended::Done);
    }
    let made = version.message.as_deref().unwrap_or("nothing is known of it");
    printed::print(&format!(
        "{}: {}\n\n  runs now  {}\n  to run    {id} ({made})\n",
        target.name(),
        target.worker,
        runs.join(", ")
    ))?;
    let misfits = misfits(&version, &wanted, &observed)
        .map_err(|error| ToolError::new(error.to_string(), "run `generator check`"))?;
    if !misfits.is_empty() && !back.downtime {
        let help = "bring the database back, too (`npx wrangler d1 time-travel`; what was written since is lost), or \
                    deploy a version that fits; `--allow-downtime` does it all the same";
        refusal(&format!("{id} cannot use the database as it is: {}", misfits.join("; ")), help);
        return Ok(Ended::Refused);
    }
    if !back.yes && !super::confirmed()? {
        return Ok(Ended::Unconfirmed);
    }
    let step = progress.step(format!("back to {id}"));
    // Its mark stays with it.
    remote.rollback(&id, made, &step)?;
    step.done();
    Ok(Ended::Done)
}

/// What a version misses in the databases as they are, or is asked for there.
fn misfits(version: &Running, wanted: &Wanted, observed: &Observed) -> Result<Vec<String>, MigrateError> {
    let mark = version.message.as_deref().and_then(Mark::parse).unwrap_or_default();
    let mut misfits = Vec::new();
    for database in &wanted.databases {
        let ledger = observed.ledgers.get(&database.binding).map_or(0, Vec::len);
        let all = database.migrations.len();
        let made_for = mark.migrations.get(&database.binding).and_then(|it| usize::try_from(*it).ok());
        // Of a version without a mark, nothing is known that could be in the way.
        let Some(made_for) = made_for else { continue };
        let schema = |count: usize| migrate::current_schema(&database.migrations[..count.min(all)]);
        misfits.extend(fits(&schema(made_for)?, &schema(ledger)?));
    }
    Ok(misfits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::plan::WantedDatabase;
    use crate::migrate::Migration;

    fn misfits_of(mark: &str, applied: usize) -> Vec<String> {
        let scripts = ["CREATE TABLE t (a TEXT, b TEXT) STRICT;", "ALTER TABLE t DROP COLUMN b;"];
        let migrations: Vec<Migration> = scripts
            .iter()
            .zip(1..)
            .map(|(sql, number)| Migration { number, slug: "step".to_owned(), sql: (*sql).to_owned() })
            .collect();
        let ledger = migrations[..applied].iter().map(Migration::file_name).collect();
        let database = WantedDatabase {
            binding: "DB".to_owned(),
            name: "app".to_owned(),
            id: None,
            folder: "migrations".to_owned(),
            migrations,
        };
        let wanted = Wanted {
            mark: Mark::default(),
            databases: vec![database],
            secrets: Vec::new(),
            bindings: std::collections::BTreeMap::new(),
        };
        let observed = Observed { ledgers: [("DB".to_owned(), ledger)].into(), ..Observed::default() };
        let version = Running {
            id: "v".to_owned(),
            percentage: 100.0,
            message: Some(mark.to_owned()),
            bindings: std::collections::BTreeMap::new(),
        };
        misfits(&version, &wanted, &observed).unwrap()
    }

    #[test]
    fn a_version_whose_column_is_gone_cannot_run_again() {
        assert_eq!(misfits_of("spec a, source b, DB 1", 2), ["there is no column `t.b`"]);
        assert_eq!(misfits_of("spec a, source b, DB 1", 1), Vec::<String>::new());
        assert_eq!(misfits_of("by hand", 2), Vec::<String>::new());
    }
}
