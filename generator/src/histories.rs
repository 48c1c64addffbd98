//! Which folder holds the migrations of which database.
//!
//! Owns the choice of a folder, which is made once: a database that has some migrations of its history must never be
//! given another's, whatever its binding is called later and whichever database the relay uses. Pure.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    lock::{History, Lock},
    model::{Spec, bindings::Database, name::BindingName},
    output::GENERATED,
    path::SpecPath,
};

/// The command that permits a loss.
const ALLOW: &str = "cargo run -p generator -- generate --allow-destructive";

/// The histories of all databases that there ever were, by binding: those of `lock`, renamed as the spec says, and new
/// ones. `allowed` names bindings whose databases may go.
pub fn histories(
    spec: &Spec,
    lock: &Lock,
    allowed: &BTreeSet<String>,
) -> Result<IndexMap<String, History>, Vec<Diagnostic>> {
    let mut histories = lock.databases.clone();
    let mut diagnostics = Vec::new();
    for (binding, database) in spec.databases() {
        diagnostics.extend(take_over(&mut histories, binding, database));
    }
    let declared = |binding: &str| spec.databases().any(|(it, _)| it.as_str() == binding);
    for (binding, history) in &mut histories {
        if declared(binding) || allowed.contains(binding) {
            history.gone = !declared(binding);
        } else if !history.gone {
            diagnostics.push(gone(binding, spec, lock));
        }
    }
    for (binding, _) in spec.databases().filter(|(binding, _)| !lock.databases.contains_key(binding.as_str()))
    {
        if !histories.contains_key(binding.as_str()) {
            let folder = free_folder(spec, binding, lock, &histories);
            histories.insert(binding.to_string(), History { folder, gone: false });
        }
    }
    if diagnostics.is_empty() { Ok(histories) } else { Err(diagnostics) }
}

/// The folder of a history, by its path in the project.
pub fn path(history: &History) -> String {
    format!("{GENERATED}/{}", history.folder)
}

/// Gives a binding that is new the history of the one that it was; the finding is that there was none. A rename that
/// was done earlier may stay in the spec.
fn take_over(
    histories: &mut IndexMap<String, History>,
    binding: &BindingName,
    database: &Database,
) -> Option<Diagnostic> {
    let new = !histories.contains_key(binding.as_str());
    let before = database.renamed_from.as_ref().filter(|_| new)?;
    if let Some(history) = histories.shift_remove(before.as_str()) {
        histories.insert(binding.to_string(), history);
        return None;
    }
    let near = closest(before.as_str(), histories.keys().map(String::as_str));
    let place = Place::Value(SpecPath::from(["bindings", binding.as_str(), "renamed_from"]));
    let finding = Diagnostic::new(
        Code::UnknownDatabase,
        place,
        format!("there was no database `{before}` to be renamed"),
    );
    Some(finding.help(match near {
        Some(name) => format!("did you mean `{name}`?"),
        None => "leave `renamed_from` out for a database that is new".to_owned(),
    }))
}

fn gone(binding: &str, spec: &Spec, lock: &Lock) -> Diagnostic {
    let new = spec.databases().find(|(it, _)| !lock.databases.contains_key(it.as_str()));
    let renamed = new.map(|(new, _)| {
        format!("if it is `{new}` by a new name, add `renamed_from = \"{binding}\"` to `[bindings.{new}]`; ")
    });
    Diagnostic::new(
        Code::DatabaseRemoved,
        Place::Key(SpecPath::from(["bindings"])),
        format!("the D1 binding `{binding}` is gone, and with it the worker's way to the rows of its database"),
    )
    .help(format!(
        "{}if it is meant to go, run `{ALLOW} {binding}`; the database itself stays at Cloudflare, and its migrations here",
        renamed.unwrap_or_default()
    ))
}

/// A folder that no history has or had: the plain name for the relay's database, else one with the binding in it.
fn free_folder(
    spec: &Spec,
    binding: &BindingName,
    lock: &Lock,
    histories: &IndexMap<String, History>,
) -> String {
    let own = format!("migrations_{}", binding.as_str().to_lowercase());
    let plain = (spec.relay.store.tables().is_some_and(|it| it.database == *binding))
        .then(|| "migrations".to_owned());
    let numbered = (2..).map(|number| format!("{own}_{number}"));
    let mut names = plain.into_iter().chain([own.clone()]).chain(numbered);
    // The first lock with histories in it finds the folders as they were.
    let known = |folder: &String| {
        histories.values().any(|it| it.folder == *folder)
            || (!lock.databases.is_empty()
                && lock.migrations.keys().any(|path| path.starts_with(&format!("{GENERATED}/{folder}/"))))
    };
    names.find(|name| !known(name)).unwrap_or(own)
}
