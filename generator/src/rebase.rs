//! Two branches that each added migrations, and one history made of both.
//!
//! Owns the choice of the migrations that stay: those of one branch, which may be applied somewhere, as they are. The
//! others go, and the plan on top of those that stay makes them anew from the spec. Pure; must not know how a
//! migration is made, nor where the files lie.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diagnostic::{Code, Diagnostic, Place},
    lock::{self, Lock, Side, Sides},
    output::{FileChange, GENERATED},
    outside,
    plan::{Before, checksum},
};

/// The command that this module is for.
pub const COMMAND: &str = "cargo run -p generator -- rebase-migrations";

/// The names by which the branch is known that others are merged into.
const MAINS: &[&str] = &["main", "master", "trunk"];

/// How every generated migration starts.
const MADE: &str = "-- Made from spec.toml by ";

/// What one history is made of.
#[derive(Debug, Clone)]
pub struct Rebased {
    /// What is there once the changes are made, and a lock that knows of nothing else.
    pub before: Before,
    /// The migrations that go, and those of which the merge left a mixture.
    pub changes: Vec<FileChange>,
}

/// The finding for a lock with the conflict markers of a merge, if it has any.
pub fn conflict(before: &Before) -> Option<Diagnostic> {
    let text = before.files.get(lock::FILE).filter(|text| lock::has_markers(text))?;
    let line = text.lines().position(lock::is_marker).map_or(1, |at| at + 1);
    let message = format!("`{}` has the conflict markers of a merge, from line {line}", lock::FILE);
    Some(
        Diagnostic::new(Code::MigrationConflict, Place::File(lock::FILE.to_owned()), message)
            .help(format!("resolve spec.toml first, then run `{COMMAND}`: it reads both sides")),
    )
}

/// Chooses the migrations that stay, in each folder of them. `keep` names files: with a lock that tells two sides
/// apart, the side of such a file stays, else that file alone. `None` if there is nothing to choose.
///
/// # Errors
/// What has to be known first.
pub fn rebase(before: &Before, keep: &[String]) -> Result<Option<Rebased>, Vec<Diagnostic>> {
    let is_one = |path: &&str| folder(path).is_some_and(|folder| number(folder, path).is_some());
    let migrations: BTreeSet<&str> = before.files.keys().map(String::as_str).filter(is_one).collect();
    let paths = named(keep, &migrations)?;
    let text = before.files.get(lock::FILE).map(String::as_str).unwrap_or_default();
    let (lock, removed) = match lock::sides(text) {
        Some(sides) => of_sides(&sides, &migrations, &paths)?,
        None => (before.lock.clone(), of_files(before, &migrations, &paths)?),
    };
    if removed.is_empty() && !lock::has_markers(text) {
        return Ok(None);
    }
    by_hand(before, &removed)?;
    let mut changes = unmixed(before, &lock)?;
    changes.extend(removed.into_iter().map(|path| change(before, path, None)));
    Ok(Some(Rebased { before: after(before, lock, &changes), changes }))
}

/// The paths that `keep` names.
fn named<'a>(keep: &[String], migrations: &BTreeSet<&'a str>) -> Result<BTreeSet<&'a str>, Vec<Diagnostic>> {
    let (mut paths, mut unknown) = (BTreeSet::new(), Vec::new());
    for name in keep {
        let name = name.trim_start_matches("generated/");
        let found = migrations.iter().find(|path| **path == name || path.ends_with(&format!("/{name}")));
        match found {
            Some(path) => _ = paths.insert(*path),
            None => unknown.push(refuse(
                name,
                format!("`--keep {name}` names no migration that is there"),
                String::new(),
            )),
        }
    }
    if unknown.is_empty() { Ok(paths) } else { Err(unknown) }
}

type Choice = (Lock, Vec<String>);

/// One side of the lock stays with all its migrations.
fn of_sides(
    sides: &Sides,
    migrations: &BTreeSet<&str>,
    keep: &BTreeSet<&str>,
) -> Result<Choice, Vec<Diagnostic>> {
    let read = |side: &Side| {
        Lock::parse(&side.text).map_err(|error| {
            let message =
                format!("the side `{}` of the conflict cannot be read: {}", side.label, error.message());
            let help =
                format!("take one side, as in `git checkout --theirs {}`, then run `{COMMAND}`", lock::FILE);
            vec![refuse(lock::FILE, message, help)]
        })
    };
    let locks = [read(&sides.ours)?, read(&sides.theirs)?];
    let own = |side: &Lock, other: &Lock| -> Vec<String> {
        let only_here =
            side.migrations.iter().filter(|(path, sum)| other.migrations.get(*path) != Some(*sum));
        only_here.map(|(path, _)| path.clone()).filter(|path| migrations.contains(path.as_str())).collect()
    };
    let own = [own(&locks[0], &locks[1]), own(&locks[1], &locks[0])];
    // A history of classes that is deployed must stay, as migrations that were applied must.
    let has_own = |at: usize| !own[at].is_empty() || !locks[1 - at].classes.starts_with(&locks[at].classes);
    let kept_by_name = |at: usize| own[at].iter().any(|path| keep.contains(path.as_str()));
    let is_main = |side: &Side| {
        MAINS.iter().any(|main| side.label == *main || side.label.ends_with(&format!("/{main}")))
    };
    let stays = match [kept_by_name(0), kept_by_name(1)] {
        [true, false] => 0,
        [false, true] => 1,
        [false, false] if !has_own(1) => 0,
        [false, false] if !has_own(0) => 1,
        [false, false] if is_main(&sides.theirs) => 1,
        [false, false] if is_main(&sides.ours) || is_replayed(&sides.theirs) => 0,
        _ if own.iter().all(Vec::is_empty) => return Err(vec![undecided_classes()]),
        _ => return Err(vec![undecided(own[0].iter().chain(&own[1]).map(String::as_str))]),
    };
    let [ours, theirs] = locks;
    let (mut lock, other) = if stays == 0 { (ours, theirs) } else { (theirs, ours) };
    let removed = opposed(&own[1 - stays], &own[stays]);
    // What the other side has for itself and nothing stands against stays as it is.
    for (path, sum) in other.migrations.into_iter().filter(|(path, _)| !removed.contains(path)) {
        lock.migrations.entry(path).or_insert(sum);
    }
    for (binding, history) in other.databases {
        lock.databases.entry(binding).or_insert(history);
    }
    for (name, id) in other.database_ids {
        lock.database_ids.entry(name).or_insert(id);
    }
    for (place, number) in other.rate_limits {
        lock.rate_limits.entry(place).or_insert(number);
    }
    // What either side generated is the generator's to write again.
    for (path, sum) in other.files {
        lock.files.entry(path).or_insert(sum);
    }
    Ok((lock, removed))
}

/// The migrations of one side that are in the way of the other's: in a folder to which both added some.
fn opposed(own: &[String], staying: &[String]) -> Vec<String> {
    let is_opposed =
        |path: &&String| !staying.contains(path) && staying.iter().any(|other| folder(other) == folder(path));
    own.iter().filter(is_opposed).cloned().collect()
}

/// Whether a side is a commit that `git rebase` puts on top of the other one: `12ab34c (its subject)`.
fn is_replayed(side: &Side) -> bool {
    side.label
        .split_once(" (")
        .is_some_and(|(commit, _)| commit.len() >= 7 && commit.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Files that share a number: those stay that are kept by name, or that alone are in the lock.
fn of_files(
    before: &Before,
    migrations: &BTreeSet<&str>,
    keep: &BTreeSet<&str>,
) -> Result<Vec<String>, Vec<Diagnostic>> {
    let (mut removed, mut findings) = (Vec::new(), Vec::new());
    let folders: BTreeSet<&str> = migrations.iter().filter_map(|path| folder(path)).collect();
    for folder in folders {
        let mut by_number: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for path in migrations {
            by_number.entry(number(folder, path).unwrap_or_default()).or_default().push(path);
        }
        by_number.remove(&0);
        let Some(first) = by_number.iter().find(|(_, paths)| paths.len() > 1).map(|(number, _)| *number)
        else {
            continue;
        };
        let open: Vec<&str> = by_number.range(first..).flat_map(|(_, paths)| paths).copied().collect();
        let recorded = |path: &&str| before.lock.migrations.contains_key(*path);
        let named = open.iter().any(|path| keep.contains(path));
        let stays = |path: &&str| if named { keep.contains(path) } else { recorded(path) };
        let staying: Vec<&str> = open.iter().copied().filter(stays).collect();
        let mut numbers = staying.iter().map(|path| number(folder, path));
        if numbers.clone().eq((first..).map(Some).take(staying.len())) && numbers.next().is_some() {
            removed.extend(open.iter().filter(|path| !stays(path)).map(|path| (*path).to_owned()));
        } else {
            findings.push(undecided(open.into_iter()));
        }
    }
    if findings.is_empty() { Ok(removed) } else { Err(findings) }
}

/// A migration that a person wrote cannot be made anew.
fn by_hand(before: &Before, removed: &[String]) -> Result<(), Vec<Diagnostic>> {
    let own = |path: &&String| before.files.get(*path).is_some_and(|text| !text.starts_with(MADE));
    let findings: Vec<Diagnostic> = removed
        .iter()
        .filter(own)
        .map(|path| {
            let message = format!("`{path}` was written by hand and cannot be made anew");
            refuse(path, message, "give it the next free number yourself, in its name".to_owned())
        })
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// The migrations that stay and of which the merge left both sides in one file: the side that stays.
fn unmixed(before: &Before, lock: &Lock) -> Result<Vec<FileChange>, Vec<Diagnostic>> {
    let (mut changes, mut findings) = (Vec::new(), Vec::new());
    for (path, sum) in &lock.migrations {
        let Some(sides) = before.files.get(path).and_then(|text| lock::sides(text)) else { continue };
        match [sides.ours.text, sides.theirs.text].into_iter().find(|text| checksum(text) == *sum) {
            Some(text) => changes.push(change(before, path.clone(), Some(text))),
            None => {
                let message =
                    format!("`{path}` has conflict markers, and no side of them is what was generated");
                findings.push(refuse(path, message, "restore the file from version control".to_owned()));
            }
        }
    }
    if findings.is_empty() { Ok(changes) } else { Err(findings) }
}

fn change(before: &Before, path: String, after: Option<String>) -> FileChange {
    FileChange { before: before.files.get(&path).cloned(), path, after }
}

fn after(before: &Before, mut lock: Lock, changes: &[FileChange]) -> Before {
    let mut files = before.files.clone();
    for change in changes {
        match &change.after {
            Some(text) => _ = files.insert(change.path.clone(), text.clone()),
            None => {
                files.remove(&change.path);
                lock.migrations.shift_remove(&change.path);
            }
        }
    }
    // A file that a merge mixed is neither side's, so that what is there counts as generated; but a workflow that is no
    // mixture may be a person's.
    let is_mixed = |path: &String| files.get(path).is_some_and(|text| lock::has_markers(text));
    let sum = |path: &String, recorded: &String| match path.as_str() {
        outside::WORKFLOW if !is_mixed(path) => Some(recorded.clone()),
        _ => files.get(path).map(|text| checksum(text)),
    };
    lock.files =
        lock.files.iter().filter_map(|(path, recorded)| Some((path.clone(), sum(path, recorded)?))).collect();
    Before { lock, files }
}

fn undecided<'a>(paths: impl Iterator<Item = &'a str>) -> Diagnostic {
    let paths: Vec<&str> = paths.collect();
    let file = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", file(path))).collect();
    let first = paths.first().copied().unwrap_or_default();
    refuse(
        first,
        format!(
            "two branches made these migrations, and which of them stay is not told: {}",
            names.join(", ")
        ),
        format!(
            "those stay that a database may have, such as those of main: run `{COMMAND} --keep {}`; the others are \
             made anew on top",
            file(first)
        ),
    )
}

fn undecided_classes() -> Diagnostic {
    refuse(
        lock::FILE,
        "two branches made Durable Object classes, and whose history is deployed is not told".to_owned(),
        format!(
            "take the side that is, as in `git checkout --theirs {}`, then run `generate`: it adds the other's",
            lock::FILE
        ),
    )
}

fn refuse(path: &str, message: String, help: String) -> Diagnostic {
    let finding = Diagnostic::new(Code::MigrationConflict, Place::File(path.to_owned()), message);
    if help.is_empty() { finding } else { finding.help(help) }
}

/// The folder that a file is in, if it is one that [`crate::histories`] gives.
fn folder(path: &str) -> Option<&str> {
    let (folder, _) = path.rsplit_once('/')?;
    let name = folder.strip_prefix(GENERATED)?.strip_prefix('/')?;
    (name == "migrations" || name.starts_with("migrations_")).then_some(folder)
}

/// The number of a migration of the folder.
fn number(folder: &str, path: &str) -> Option<u32> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".sql")?;
    name.split_once('_')?.0.parse().ok().filter(|number| *number > 0)
}
