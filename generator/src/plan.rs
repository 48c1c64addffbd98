//! From what the spec says and what was generated before to what is generated now.
//!
//! Owns every decision that depends on earlier runs: migrations, class tags, the lock. Pure: what is on disk comes in
//! as [`Before`]. Must not know what the files look like; [`crate::render`] writes their text.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::{
    allocation, classes, declared,
    diagnostic::{Code, Diagnostic, Place},
    histories,
    lock::{self, History, Lock},
    migrate::{self, Hazard, MigrateError, Migration, NewMigration},
    model::{Spec, bindings::Database, name::BindingName, tables::Table},
    output::GENERATED,
    outside::Outside,
    path::SpecPath,
    rebase,
};

/// The command that writes what is planned.
const GENERATE: &str = "cargo run -p generator -- generate";

/// What earlier runs left.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// The lock; empty before the first run.
    pub lock: Lock,
    /// The text of every file below `generated/`, and of what is generated outside, by path in the project.
    pub files: BTreeMap<String, String>,
}

/// What is generated now.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The spec.
    pub spec: &'a Spec,
    /// SHA-256 of the spec's content in hexadecimal.
    pub spec_hash: &'a str,
    /// All migrations, old and new, by path in the project.
    pub migrations: BTreeMap<String, Migration>,
    /// The migrations that are new, by path.
    pub new_migrations: Vec<(String, NewMigration)>,
    /// The lock, without the checksums of the files.
    pub lock: Lock,
    /// The file outside of `generated/`, as it is now.
    pub outside: Outside,
}

impl Plan<'_> {
    /// What to know before the new migrations are applied.
    pub fn hazards(&self) -> impl Iterator<Item = &Hazard> {
        self.new_migrations.iter().flat_map(|(_, new)| &new.hazards)
    }

    /// Whether a database has migrations; wrangler takes it for a mistake to apply none.
    pub fn has_migrations(&self, database: &BindingName) -> bool {
        let folder = format!("{GENERATED}/{}", self.migrations_folder(database));
        self.migrations.keys().any(|path| is_in(path, &folder))
    }

    /// A database's id at Cloudflare, if the spec names it or a deployment has found it out.
    pub fn database_id<'b>(&'b self, database: &'b Database) -> Option<&'b str> {
        let found = || self.lock.database_ids.get(database.name.as_str());
        database.id.as_deref().or_else(|| found().map(String::as_str))
    }

    /// The folder of a database's migrations, below `generated/`.
    pub fn migrations_folder(&self, database: &BindingName) -> &str {
        // Each database of the spec has one.
        self.lock.databases.get(database.as_str()).map_or("migrations", |history| &history.folder)
    }
}

/// SHA-256 in hexadecimal.
pub fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Plans. `allowed` names what may be lost: tables, columns as `table.column`, classes, D1 bindings.
pub fn plan<'a>(
    spec: &'a Spec,
    spec_hash: &'a str,
    before: &Before,
    allowed: &BTreeSet<String>,
) -> Result<Plan<'a>, Vec<Diagnostic>> {
    if let Some(missing) = missing_lock(before) {
        return Err(vec![missing]);
    }
    let mut diagnostics = recorded(before);
    let mut migrations = BTreeMap::new();
    let mut new_migrations = Vec::new();
    let databases = match histories::histories(spec, &before.lock, allowed) {
        Ok(databases) => databases,
        Err(findings) => {
            diagnostics.extend(findings);
            return Err(diagnostics);
        }
    };
    for (database, history) in of_spec(spec, &databases) {
        let folder = histories::path(history);
        match database_migrations(spec, database, &folder, before, allowed) {
            Ok((existing, new)) => {
                let path = |migration: &Migration| format!("{folder}/{}", migration.file_name());
                migrations.extend(existing.into_iter().map(|it| (path(&it), it)));
                if let Some(new) = new {
                    migrations.insert(path(&new.migration), new.migration.clone());
                    new_migrations.push((path(&new.migration), new));
                }
            }
            Err(error) => diagnostics.extend(refused(&folder, &error)),
        }
    }
    let classes = classes::history(spec, &before.lock, allowed).map_err(|error| diagnostics.extend(error));
    let Ok(classes) = classes else { return Err(diagnostics) };
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let lock = Lock {
        declared: declared::lines(spec),
        files: IndexMap::new(),
        migrations: recorded_migrations(before, &databases, &migrations),
        databases,
        database_ids: before.lock.database_ids.clone(),
        rate_limits: allocation::rate_limits(spec, &before.lock.rate_limits),
        objects: classes::objects(spec).collect(),
        classes,
    };
    Ok(Plan { spec, spec_hash, migrations, new_migrations, lock, outside: Outside::of(before) })
}

/// Proves all migrations again, and that they make the spec's tables.
pub fn prove(plan: &Plan<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (database, history) in of_spec(plan.spec, &plan.lock.databases) {
        let folder = histories::path(history);
        let migrations: Vec<Migration> = plan
            .migrations
            .iter()
            .filter(|(path, _)| is_in(path, &folder))
            .map(|(_, it)| it.clone())
            .collect();
        if let Err(error) = migrate::prove_all(&migrations, &tables_of(plan.spec, database)) {
            diagnostics.extend(refused(&folder, &error));
        }
    }
    diagnostics
}

/// What is generated is remembered, or it is not the generator's.
fn missing_lock(before: &Before) -> Option<Diagnostic> {
    let is_remembered = |path: &&String| {
        path.starts_with(&format!("{GENERATED}/migrations"))
            || **path == format!("{GENERATED}/wrangler.jsonc")
    };
    let orphan =
        before.files.keys().find(is_remembered).filter(|_| !before.files.contains_key(lock::FILE))?;
    let message = format!("`{orphan}` is there, and `{}`, which remembers it, is gone", lock::FILE);
    Some(Diagnostic::new(Code::MissingLock, Place::File(lock::FILE.to_owned()), message).help(
        "restore it from version control: without it, numbers and tags would be given out that are deployed already",
    ))
}

/// A migration that was once generated stays as it was: it may be applied somewhere.
fn recorded(before: &Before) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (path, sum) in &before.lock.migrations {
        let problem = match before.files.get(path) {
            None => "is gone",
            Some(text) if checksum(text) != *sum => "is not the text that was generated",
            Some(_) => continue,
        };
        diagnostics.push(
            Diagnostic::new(
                Code::EditedMigration,
                Place::File(path.clone()),
                format!("the migration `{path}` {problem}"),
            )
            .help("a migration is never edited: restore the file from version control and edit spec.toml instead"),
        );
    }
    diagnostics
}

/// The databases of the spec, each with its history.
fn of_spec<'a>(
    spec: &'a Spec,
    databases: &'a IndexMap<String, History>,
) -> impl Iterator<Item = (&'a BindingName, &'a History)> {
    spec.databases().filter_map(|(binding, _)| Some((binding, databases.get(binding.as_str())?)))
}

/// Those of databases that are gone, as they are recorded, and all that are planned.
fn recorded_migrations(
    before: &Before,
    databases: &IndexMap<String, History>,
    planned: &BTreeMap<String, Migration>,
) -> IndexMap<String, String> {
    let gone: Vec<String> = databases.values().filter(|it| it.gone).map(histories::path).collect();
    let recorded = before.lock.migrations.iter();
    let kept = recorded.filter(|(path, _)| gone.iter().any(|folder| is_in(path, folder)));
    let kept = kept.map(|(path, sum)| (path.clone(), sum.clone()));
    kept.chain(planned.iter().map(|(path, it)| (path.clone(), checksum(&it.sql)))).collect()
}

type Migrations = (Vec<Migration>, Option<NewMigration>);

fn database_migrations(
    spec: &Spec,
    database: &BindingName,
    folder: &str,
    before: &Before,
    allowed: &BTreeSet<String>,
) -> Result<Migrations, MigrateError> {
    let existing = before
        .files
        .iter()
        .filter(|(path, _)| is_in(path, folder))
        .map(|(path, sql)| Migration::parse(&path[folder.len() + 1..], sql.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    let new = migrate::plan_database(&existing, &tables_of(spec, database), allowed)?;
    Ok((existing, new))
}

fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn tables_of<'a>(spec: &'a Spec, database: &BindingName) -> Vec<&'a Table> {
    spec.tables.iter().filter(|table| table.database == *database).collect()
}

/// What the migrations refuse, as findings at the places of the spec that ask for it.
fn refused(folder: &str, error: &MigrateError) -> Vec<Diagnostic> {
    match error {
        MigrateError::Destructive(losses) => losses
            .iter()
            .map(|loss| {
                let path = table_path(&loss.name);
                Diagnostic::new(Code::DestructiveStep, Place::Key(path), loss.loss.clone())
                    .help(format!("if that is meant, run `{GENERATE} {}`", loss.flag()))
            })
            .collect(),
        MigrateError::Impossible(changes) => changes
            .iter()
            .map(|it| {
                let path = SpecPath::from(["tables", it.table.as_str(), "columns", it.column.as_str()]);
                let message = format!("`{}.{}` cannot be changed like this", it.table, it.column);
                Diagnostic::new(Code::MigrationRefused, Place::Key(path), message).help(it.reason)
            })
            .collect(),
        MigrateError::Twice { files: [first, second] } => {
            let place = |file: &str| Place::File(format!("{folder}/{file}"));
            vec![
                Diagnostic::new(Code::MigrationConflict, place(second), error.to_string())
                    .related(place(first), "the other one")
                    .help(format!(
                        "one of them goes on top: run `{}`; `--keep {first}` says which one stays as it is",
                        rebase::COMMAND
                    )),
            ]
        }
        MigrateError::FileName { file }
        | MigrateError::Order { file, .. }
        | MigrateError::Unproven { file, .. } => {
            let place = Place::File(format!("{folder}/{file}"));
            vec![Diagnostic::new(Code::MigrationRefused, place, error.to_string())]
        }
        _ => vec![Diagnostic::new(Code::MigrationRefused, Place::File(folder.to_owned()), error.to_string())],
    }
}

fn table_path(name: &str) -> SpecPath {
    match name.split_once('.') {
        Some((table, column)) => SpecPath::from(["tables", table, "columns", column]),
        None => SpecPath::from(["tables", name]),
    }
}
