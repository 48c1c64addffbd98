//! The history of Durable Object classes: what Cloudflare is told to make, rename and delete.
//!
//! Owns the step from the classes of the last run to those of the spec, and refuses offline what Cloudflare would
//! refuse. What was once written stays as it is: a deployed worker has done it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    lock::{self, ClassStep, Lock, Rename},
    model::{Spec, bindings::Class, name::BindingName},
    path::SpecPath,
    spec::RawStorage,
};

/// The command that permits a loss.
const ALLOW: &str = "cargo run -p generator -- generate --allow-destructive";

/// The history with a step for what is new, renamed and gone. `allowed` names classes whose data may be lost.
pub fn history(
    spec: &Spec,
    lock: &Lock,
    allowed: &BTreeSet<String>,
) -> Result<Vec<ClassStep>, Vec<Diagnostic>> {
    let live = replay(&lock.classes).map_err(|reason| vec![broken(&reason)])?;
    let mut change = Change { live: &live, lock, diagnostics: Vec::new(), step: ClassStep::default() };
    for (binding, class) in spec.classes() {
        change.declared(binding, class);
    }
    change.gone(spec, allowed);
    if !change.diagnostics.is_empty() {
        return Err(change.diagnostics);
    }
    let mut step = change.step;
    let mut history = lock.classes.clone();
    if !step.is_empty() {
        step.tag = next_tag(&history);
        history.push(step);
    }
    Ok(history)
}

/// The class of each Durable Object binding, to be told from those of the next run.
pub fn objects(spec: &Spec) -> impl Iterator<Item = (String, String)> {
    spec.classes().map(|(binding, class)| (binding.to_string(), class.name.to_string()))
}

type Live = BTreeMap<String, RawStorage>;

/// The classes that a deployment of all steps has; the error says which step cannot be.
fn replay(steps: &[ClassStep]) -> Result<Live, String> {
    let mut live = Live::new();
    let mut tags = BTreeSet::new();
    for step in steps {
        let tag = &step.tag;
        if !tags.insert(tag) {
            return Err(format!("the tag `{tag}` is there twice"));
        }
        for class in &step.deleted_classes {
            live.remove(class).ok_or_else(|| format!("`{tag}` deletes `{class}`, which is not there"))?;
        }
        for Rename { from, to } in &step.renamed_classes {
            let storage =
                live.remove(from).ok_or_else(|| format!("`{tag}` renames `{from}`, which is not there"))?;
            if live.insert(to.clone(), storage).is_some() {
                return Err(format!("`{tag}` renames `{from}` to `{to}`, which is there already"));
            }
        }
        let new = step.new_classes.iter().map(|it| (it, RawStorage::Kv));
        for (class, storage) in new.chain(step.new_sqlite_classes.iter().map(|it| (it, RawStorage::Sqlite))) {
            if live.insert(class.clone(), storage).is_some() {
                return Err(format!("`{tag}` makes `{class}`, which is there already"));
            }
        }
    }
    Ok(live)
}

fn broken(reason: &str) -> Diagnostic {
    Diagnostic::new(
        Code::ClassRefused,
        Place::File(lock::FILE.to_owned()),
        format!("the history of classes in `{}` does not add up: {reason}", lock::FILE),
    )
    .help("deployed workers remember it: restore the file from version control, and let `generate` add to it")
}

/// The first `v` with a number that no step has and that is above all of theirs.
fn next_tag(history: &[ClassStep]) -> String {
    let number = |step: &ClassStep| step.tag.strip_prefix('v')?.parse::<usize>().ok();
    let most = history.iter().filter_map(number).max().unwrap_or_default();
    format!("v{}", most.max(history.len()) + 1)
}

struct Change<'a> {
    live: &'a Live,
    lock: &'a Lock,
    diagnostics: Vec<Diagnostic>,
    step: ClassStep,
}

impl Change<'_> {
    fn declared(&mut self, binding: &BindingName, class: &Class) {
        let path = SpecPath::from(["bindings", binding.as_str()]);
        let name = class.name.as_str();
        let before = class.renamed_from.as_ref().map(|it| it.as_str());
        match (self.live.get(name), before.map(|from| (from, self.live.get(from)))) {
            (Some(_), Some((from, Some(_)))) => self.onto_existing(&path, from, name),
            // A rename that was done earlier may stay in the spec.
            (Some(storage), _) => self.stored(&path, name, *storage, class.storage),
            (None, Some((from, Some(storage)))) => {
                self.stored(&path, from, *storage, class.storage);
                self.step.renamed_classes.push(Rename { from: from.to_owned(), to: name.to_owned() });
            }
            (None, Some((from, None))) => self.unknown(&path, from),
            (None, None) => match class.storage {
                RawStorage::Sqlite => self.step.new_sqlite_classes.push(name.to_owned()),
                RawStorage::Kv => self.step.new_classes.push(name.to_owned()),
            },
        }
    }

    /// Cloudflare moves no class onto one that is there.
    fn onto_existing(&mut self, path: &SpecPath, from: &str, to: &str) {
        self.diagnostics.push(
            Diagnostic::new(
                Code::ClassRefused,
                Place::Value(path.key("renamed_from")),
                format!("`{from}` cannot be renamed to `{to}`: both are deployed"),
            )
            .help(format!(
                "rename it to a name that is free. If nothing in `{to}` is to be kept, it takes two deploys: \
                 first bind `{from}` alone, run `{ALLOW} {to}` and deploy; then rename it"
            )),
        );
    }

    fn unknown(&mut self, path: &SpecPath, from: &str) {
        let near = closest(from, self.live.keys().map(String::as_str));
        self.diagnostics.push(
            Diagnostic::new(
                Code::ClassRefused,
                Place::Value(path.key("renamed_from")),
                format!("there is no class `{from}` to be renamed"),
            )
            .help(match near {
                Some(name) => format!("did you mean `{name}`?"),
                None => "leave `renamed_from` out for a class that is new".to_owned(),
            }),
        );
    }

    /// A class keeps its storage for ever.
    fn stored(&mut self, path: &SpecPath, class: &str, is: RawStorage, wanted: RawStorage) {
        if is == wanted {
            return;
        }
        let word = |storage| match storage {
            RawStorage::Sqlite => "sqlite",
            RawStorage::Kv => "kv",
        };
        let (is, wanted) = (word(is), word(wanted));
        self.diagnostics.push(
            Diagnostic::new(
                Code::ClassRefused,
                Place::Value(path.key("storage")),
                format!("`{class}` was made with the storage `{is}`, which cannot become `{wanted}`"),
            )
            .help(format!(
                "write `storage = \"{is}\"`. For the other storage, bind a class of another name beside it, move the \
                 data in your own code, and take `{class}` out in a later deploy"
            )),
        );
    }

    /// Classes that the spec no longer has.
    fn gone(&mut self, spec: &Spec, allowed: &BTreeSet<String>) {
        let is_kept = |class: &str| {
            spec.classes().any(|(_, it)| it.name.as_str() == class)
                || self.step.renamed_classes.iter().any(|it| it.from == class)
        };
        let gone: Vec<&str> = self.live.keys().map(String::as_str).filter(|it| !is_kept(it)).collect();
        // One that was to be renamed and could not be is no further mistake.
        let refused = |class: &&str| {
            !spec
                .classes()
                .any(|(_, it)| it.renamed_from.as_ref().is_some_and(|from| from.as_str() == *class))
        };
        for class in gone.into_iter().filter(refused) {
            let bound = self.lock.objects.iter().find(|(_, it)| it.as_str() == class);
            let moved = bound.and_then(|(name, _)| spec.classes().find(|(it, _)| it.as_str() == name));
            match moved {
                Some((binding, to)) => self.moved(binding, class, to.name.as_str()),
                None if allowed.contains(class) => self.step.deleted_classes.push(class.to_owned()),
                None => self.diagnostics.push(
                    Diagnostic::new(
                        Code::ClassRemoved,
                        Place::Key(SpecPath::from(["bindings"])),
                        format!("the Durable Object class `{class}` is no longer declared"),
                    )
                    .help(format!(
                        "its objects and their data would be deleted; if that is meant, run `{ALLOW} {class}`"
                    )),
                ),
            }
        }
    }

    /// Cloudflare deletes no class in the deploy that gives its binding to another (error 10061).
    fn moved(&mut self, binding: &BindingName, from: &str, to: &str) {
        let path = SpecPath::from(["bindings", binding.as_str()]);
        self.diagnostics.push(
            Diagnostic::new(
                Code::ClassRefused,
                Place::Value(path.key("class")),
                format!("`{binding}` cannot move from `{from}` to `{to}` in the deploy that deletes `{from}`"),
            )
            .help(format!(
                "if `{to}` is `{from}` by a new name, add `renamed_from = \"{from}\"`. If not, it takes two deploys: \
                 first keep `{from}` as `[bindings.{binding}_OLD]` and deploy; then remove that binding, run \
                 `{ALLOW} {from}` and deploy again"
            )),
        );
    }
}
