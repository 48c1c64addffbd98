//! What a deployment is to do: the difference between what is wanted and what is there.
//!
//! Nothing is remembered of earlier runs: what they did is seen at Cloudflare, so a run that follows one that failed plans
//! only what is left. Pure. Must not know how anything is asked or done.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{NoOrder, order};
use super::version::{self, Mark};
use crate::migrate::{self, Migration, Schema};
use crate::wrangler::remote::Running;

/// What is to run.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What the version is made from.
    pub mark: Mark,
    /// Its databases.
    pub databases: Vec<WantedDatabase>,
    /// The names of its secrets.
    pub secrets: Vec<String>,
    /// Its bindings, variables and secrets by name, a line each.
    pub bindings: BTreeMap<String, String>,
}

/// A database that a version needs.
#[derive(Debug, Clone)]
pub struct WantedDatabase {
    /// Its binding.
    pub binding: String,
    /// Its name at Cloudflare.
    pub name: String,
    /// Its id, as far as spec and lock know it.
    pub id: Option<String>,
    /// The folder of its migrations, below `generated/`.
    pub folder: String,
    /// All its migrations, in order.
    pub migrations: Vec<Migration>,
}

/// What is there.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The ids of the account's databases by name.
    pub databases: BTreeMap<String, String>,
    /// The names of the migrations that each database has, by binding.
    pub ledgers: BTreeMap<String, Vec<String>>,
    /// The names of the worker's secrets; None if there is no worker.
    pub secrets: Option<BTreeSet<String>>,
    /// The versions that get requests.
    pub running: Vec<Running>,
    /// Whether the last deployment from here broke off within wrangler: a version that runs may be reached nowhere.
    pub unfinished: bool,
}

/// What is to be done. What is there already is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// For each database.
    pub databases: Vec<DatabasePlan>,
    /// The secrets that the worker lacks.
    pub secrets: Vec<String>,
    /// The upload; None if what runs is what is wanted.
    pub upload: Option<Upload>,
    /// The version to come back to.
    pub previous: Option<String>,
}

/// What is to be done to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabasePlan {
    /// Its binding.
    pub binding: String,
    /// Its name at Cloudflare.
    pub name: String,
    /// Whether there is one.
    pub id: Id,
    /// The files of the migrations that come before the new version.
    pub before: Vec<String>,
    /// Those that come after it, since what runs reads what they take away.
    pub after: Vec<String>,
    /// How many it has already.
    pub applied: usize,
}

/// What is known of a database's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// Spec or lock name it.
    Known(String),
    /// There is a database of the name, and the lock does not know it yet.
    Found(String),
    /// There is none.
    Missing,
}

/// A new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What differs from the version that runs, a line each with its sign; empty for the first one.
    pub changes: Vec<String>,
}

/// Why nothing is done, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is in the way.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        let done =
            |it: &DatabasePlan| matches!(it.id, Id::Known(_)) && it.before.is_empty() && it.after.is_empty();
        self.upload.is_none() && self.databases.iter().all(done)
    }
}

/// Plans. With `downtime`, migrations come first even if what runs cannot use what they make.
pub fn plan(wanted: &Wanted, observed: &Observed, downtime: bool) -> Result<Plan, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut databases = Vec::new();
    for database in &wanted.databases {
        match database_plan(database, observed, downtime) {
            Ok(plan) => databases.push(plan),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let there = observed.secrets.clone().unwrap_or_default();
    let secrets: Vec<String> = wanted.secrets.iter().filter(|it| !there.contains(*it)).cloned().collect();
    let changes = changes(wanted, observed);
    let is_new = observed.running.is_empty() || !changes.is_empty() || !secrets.is_empty();
    Ok(Plan {
        databases,
        secrets,
        upload: is_new.then_some(Upload { changes }),
        previous: observed.running.first().map(|it| it.id.clone()),
    })
}

fn database_plan(
    wanted: &WantedDatabase,
    observed: &Observed,
    downtime: bool,
) -> Result<DatabasePlan, Refusal> {
    let id = id(wanted, observed)?;
    let none = Vec::new();
    let ledger = observed.ledgers.get(&wanted.binding).unwrap_or(&none);
    let applied = applied(wanted, ledger)?;
    let pending: Vec<String> = wanted.migrations[applied..].iter().map(Migration::file_name).collect();
    let before = match downtime {
        true => pending.len(),
        false => before(wanted, applied, &observed.running)?,
    };
    let (before, after) = pending.split_at(before);
    Ok(DatabasePlan {
        binding: wanted.binding.clone(),
        name: wanted.name.clone(),
        id,
        before: before.to_vec(),
        after: after.to_vec(),
        applied,
    })
}

fn id(wanted: &WantedDatabase, observed: &Observed) -> Result<Id, Refusal> {
    let found = observed.databases.get(&wanted.name);
    match (&wanted.id, found) {
        (None, None) => Ok(Id::Missing),
        (None, Some(found)) => Ok(Id::Found(found.clone())),
        (Some(id), _) if observed.databases.values().any(|it| it == id) => Ok(Id::Known(id.clone())),
        (Some(id), _) => Err(Refusal {
            message: format!(
                "the account has no database with the id {id}, which `{}` has here",
                wanted.binding
            ),
            help: format!(
                "is it the right account (`npx wrangler whoami`)? If the database was deleted, or this is another \
                 account, take `{} = \"{id}\"` out of `[database_ids]` in generated/spec.lock (or `id` out of \
                 spec.toml) and run `generate`: the next deployment looks for the name, and makes the database if there is none",
                wanted.name
            ),
        }),
    }
}

/// How many of our migrations the database has: it must have them from the first one on, and no others.
fn applied(wanted: &WantedDatabase, ledger: &[String]) -> Result<usize, Refusal> {
    let ours: Vec<String> = wanted.migrations.iter().map(Migration::file_name).collect();
    let has = |file: &String| ledger.contains(file);
    let count = ours.iter().take_while(|file| has(file)).count();
    if let Some(late) = ours[count..].iter().find(|file| has(file)) {
        return Err(Refusal {
            message: format!(
                "database `{}` has {late}, but not {}, which comes before it",
                wanted.name, ours[count]
            ),
            help:
                "somebody applied it by hand, or it came from another branch: `generator rebase-migrations` \
                   makes one history of two"
                    .to_owned(),
        });
    }
    // Names from before the project was taken over are in nobody's way.
    let foreign = ledger.iter().find(|file| count > 0 && !ours.contains(file));
    foreign.map_or(Ok(count), |file| {
        Err(Refusal {
            message: format!("database `{}` has the migration {file}, which is not here", wanted.name),
            help: "another branch, or a newer commit, was deployed: get it (`git pull`), and if both branches have \
                   added migrations, run `generator rebase-migrations`. To run an older version again, use \
                   `generator rollback`"
                .to_owned(),
        })
    })
}

/// How many of the migrations that the database lacks come before the new version.
fn before(wanted: &WantedDatabase, applied: usize, running: &[Running]) -> Result<usize, Refusal> {
    let lacking = wanted.migrations.len() - applied;
    if running.is_empty() || lacking == 0 {
        return Ok(lacking);
    }
    let schema = |count: usize| migrate::current_schema(&wanted.migrations[..count]);
    let failed = |error: migrate::MigrateError| Refusal {
        message: error.to_string(),
        help: "run `generator check`".to_owned(),
    };
    let schemas = (applied..=wanted.migrations.len())
        .map(schema)
        .collect::<Result<Vec<Schema>, _>>()
        .map_err(failed)?;
    let mut made_for = Vec::new();
    for version in running.iter().filter(|it| it.bindings.contains_key(&wanted.binding)) {
        let mark = version.message.as_deref().and_then(Mark::parse);
        let known = mark.and_then(|it| it.migrations.get(&wanted.binding).copied());
        // What is not known to read less may read all that there is; a baseline stands for what was there before it.
        let count = known.and_then(|it| usize::try_from(it).ok()).unwrap_or(applied.max(1));
        made_for.push(schema(count.min(wanted.migrations.len())).map_err(failed)?);
    }
    order(&made_for, &schemas).map(|it| it.before).map_err(|reason| unordered(wanted, applied, &reason))
}

fn unordered(wanted: &WantedDatabase, applied: usize, reason: &NoOrder) -> Refusal {
    let files: Vec<String> = wanted.migrations[applied..].iter().map(Migration::file_name).collect();
    let files = files.join(", ");
    Refusal {
        message: format!(
            "{files} can come neither before the new version of the worker nor after it.\n\
             Before: the version that runs would find that {}.\n\
             After: the new version would find that {}.",
            reason.running.join("; "),
            reason.new.join("; "),
        ),
        help: "make two deployments of it: first one that only adds (a new column beside the old one, or a default for \
               the one that is to go), then one that takes away. Or accept that what runs fails until the new version \
               is there: `--allow-downtime`"
            .to_owned(),
    }
}

/// What the new version changes, a line each.
fn changes(wanted: &Wanted, observed: &Observed) -> Vec<String> {
    let Some(running) = observed.running.first() else { return Vec::new() };
    let mut lines = Vec::new();
    match running.message.as_deref().and_then(Mark::parse) {
        None => lines.push("~ what runs was not deployed by this command".to_owned()),
        Some(mark) if mark.spec != wanted.mark.spec => {
            lines.push(format!("~ spec  {} → {}", mark.spec, wanted.mark.spec));
        }
        Some(mark) if mark.source != wanted.mark.source => {
            lines.push(format!("~ source  {} → {}", mark.source, wanted.mark.source));
        }
        Some(_) => {}
    }
    if observed.unfinished {
        lines.push(
            "~ the last deployment from here did not end: routes and addresses may be missing".to_owned(),
        );
    }
    if observed.running.len() > 1 {
        let shares = observed.running.iter().map(|it| format!("{} at {} %", it.id, it.percentage));
        lines.push(format!("~ several versions run: {}", shares.collect::<Vec<_>>().join(", ")));
    }
    let before: BTreeMap<&String, String> =
        running.bindings.iter().map(|(name, it)| (name, version::running(it))).collect();
    for (name, line) in &wanted.bindings {
        match before.get(name) {
            None => lines.push(format!("+ {name}  {line}")),
            Some(was) if was != line => lines.push(format!("~ {name}  {was} → {line}")),
            Some(_) => {}
        }
    }
    // Secrets that are set beside the spec stay.
    let gone =
        before.iter().filter(|(name, line)| !wanted.bindings.contains_key(**name) && *line != "secret");
    lines.extend(gone.map(|(name, line)| format!("- {name}  {line}")));
    lines
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
