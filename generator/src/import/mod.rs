//! A worker that exists, as a spec: from wrangler's configuration and a database to `spec.toml`.
//!
//! ```text
//! configuration ─parse→ value ─flatten→ Meaning ─┐
//! database ─replay→ Schema ──────────────────────┴ draft → spec ─the pipeline→ configuration → Meaning
//!                                                                  compare: what differs is a note
//! ```
//! What the spec's own rules refuse is taken out of the draft with a note, and what is lost in the end is found by
//! generating from the spec and comparing, not by a list of what this module knows.
//!
//! Owns the order of that. Pure: text in, text and notes out; [`files`] reads and writes. Must not know the command
//! line.

mod bindings;
mod database;
mod draft;
pub mod files;
mod history;
pub mod meaning;
mod note;
mod proof;
mod reading;
mod relay;
mod secrets;
pub mod source;
mod web;
mod worker;

use std::collections::{BTreeMap, BTreeSet};

pub use note::{Kind, Note, text};
pub use source::{Configuration, Unreadable};

use crate::{
    diagnostic::Diagnostic,
    document::Document,
    lock::Lock,
    migrate::{self, Adopted, MigrateError},
};
use bindings::constant_case;
use draft::{Draft, Section};
use history::History;
use meaning::{Facts, Key, Meaning};
use relay::Relay;

/// A database that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// The binding that leads to it; `None` for the relay's.
    pub binding: Option<String>,
    /// What made its tables: each file's name, and its SQL.
    pub files: Vec<(String, String)>,
    /// Whether the files are migrations that wrangler has applied.
    pub migrations: bool,
    /// What is in it beside tables, as far as that was seen already.
    pub left_out: Vec<String>,
}

/// All that an import reads.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The configuration.
    pub configuration: Configuration,
    /// The databases.
    pub databases: Vec<Database>,
    /// Names of secrets, each with the file that has it.
    pub secrets: Vec<(String, String)>,
}

/// What an import makes.
#[derive(Debug)]
pub struct Import {
    /// The text of `spec.toml`.
    pub spec: String,
    /// What `generated/` starts with: the migrations that are taken over, by path, …
    pub migrations: BTreeMap<String, String>,
    /// … and the lock with the history of classes.
    pub lock: Lock,
    /// What to know.
    pub notes: Vec<Note>,
    /// The errors that keep the text from being a spec, with the text as a document; none for a valid one.
    pub refused: Option<(Document, Vec<Diagnostic>)>,
}

/// Why nothing can be made of the sources.
#[derive(Debug)]
pub enum Refusal {
    /// The configuration is none.
    Configuration(Unreadable),
    /// SQLite refuses what is said to have made a database.
    Database(MigrateError),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Configuration(error) => write!(f, "{error}"),
            Self::Database(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// The folder that wrangler looks for migrations in, if a database names none.
const MIGRATIONS: &str = "migrations";

/// The folders of migrations that a configuration names, each with the binding of its database, seen from the
/// configuration's own folder.
pub fn migration_folders(configuration: &Configuration) -> Result<Vec<(String, String)>, Unreadable> {
    let root = configuration.parse()?;
    let databases = root.get("d1_databases").and_then(serde_json::Value::as_array).into_iter().flatten();
    let text = |database: &serde_json::Value, key: &str| database.get(key)?.as_str().map(str::to_owned);
    let folder = |database: &serde_json::Value| {
        let folder = text(database, "migrations_dir").unwrap_or_else(|| MIGRATIONS.to_owned());
        Some((text(database, "binding")?, folder))
    };
    Ok(databases.filter_map(folder).collect())
}

/// Makes a spec of what there is.
///
/// # Errors
/// If a source cannot be read. A spec that would not be valid is no error: [`Import::refused`] says why.
pub fn import(sources: &Sources) -> Result<Import, Refusal> {
    let configuration = &sources.configuration;
    let root = configuration.parse().map_err(Refusal::Configuration)?;
    let mut meaning = Meaning::of(&root, &configuration.folder);
    let mut notes = Vec::new();
    let renamed = capitals(&mut meaning, &mut notes);
    let environments: Vec<&Facts> = meaning.environments().map(|(_, facts)| facts).collect();
    let relay = Relay::choose(&environments);
    let mut databases: BTreeMap<String, (Adopted, &Database)> = BTreeMap::new();
    for database in &sources.databases {
        let adopted = migrate::adopt(&database.files).map_err(Refusal::Database)?;
        let binding = database.binding.as_ref().map(|it| renamed.get(it).unwrap_or(it).clone());
        databases.insert(binding.unwrap_or_else(|| relay.store.clone()), (adopted, database));
    }
    let mut builder = Builder {
        meaning: &meaning,
        file: &configuration.name,
        notes,
        covered: Vec::new(),
        history: History::of(meaning.main()),
        relay,
        new_class: None,
        claimed: BTreeSet::new(),
    };
    let draft = builder.draft(&databases, &sources.secrets);
    Ok(builder.prove(draft, &databases))
}

/// The facts whose names are those of the worker's environment.
const SECTIONS: [&str; 3] = ["bindings", "vars", "secrets"];

/// Writes every name in the worker's environment in capitals, as the spec has them.
fn capitals(meaning: &mut Meaning, notes: &mut Vec<Note>) -> BTreeMap<String, String> {
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for section in SECTIONS {
        for (_, facts) in meaning.environments() {
            taken.extend(facts.names([section]).into_iter().map(str::to_owned));
        }
    }
    for (_, facts) in meaning.environments() {
        for (key, fact) in facts.iter() {
            let parts = key.parts();
            let [section, name, ..] = parts[..] else { continue };
            let constant = constant_case(name);
            if !SECTIONS.contains(&section)
                || constant == name
                || renamed.contains_key(name)
                || !taken.insert(constant.clone())
            {
                continue;
            }
            let reason =
                format!("`{name}` is named `{constant}`: names in the worker's environment are in capitals");
            notes.push(Note::new(Kind::Changed, &fact.source, reason, "read it by the new name"));
            renamed.insert(name.to_owned(), constant);
        }
    }
    meaning.rename(|key| match key.parts().as_slice() {
        [section @ ("bindings" | "vars" | "secrets"), name, rest @ ..] if renamed.contains_key(*name) => {
            let start = Key::new([section, &renamed[*name]]);
            rest.iter().fold(start, |key, part| key.with(part))
        }
        _ => key.clone(),
    });
    renamed
}

/// An import under way.
struct Builder<'a> {
    meaning: &'a Meaning,
    /// The configuration's name.
    file: &'a str,
    notes: Vec<Note>,
    /// Keys of facts whose differences were told of already, each with its environment; `None` for all.
    covered: Vec<(Option<String>, Key)>,
    history: History,
    relay: Relay,
    /// The class that the relay gets, if none was there.
    new_class: Option<&'static str>,
    /// Resources that an environment has named, and no other may.
    claimed: BTreeSet<String>,
}

impl Builder<'_> {
    fn note(&mut self, kind: Kind, path: &str, reason: &str, remedy: &str) {
        self.notes.push(Note::new(kind, path, reason, remedy));
    }

    fn draft(
        &mut self,
        databases: &BTreeMap<String, (Adopted, &Database)>,
        secrets: &[(String, String)],
    ) -> Draft {
        let worker = self.worker();
        let mut bindings = self.relay_bindings();
        let web = self.web();
        bindings.extend(self.bindings());
        bindings.extend(web.iter().skip(1).cloned());
        let vars = self.vars();
        let secrets = self.secrets(secrets);
        let (tables, relay) = self.all_tables(databases, &bindings);
        let mut environments = Vec::new();
        let meaning = self.meaning;
        for (name, facts) in meaning.others() {
            environments.push(self.environment(name, facts, &bindings, vars.as_ref()));
        }
        let head =
            vec![format!("Imported from {}. After an edit: `cargo run -p generator -- diff`.", self.file)];
        let sections = [worker].into_iter().chain(web.into_iter().take(1)).chain(bindings).chain(vars);
        Draft {
            head,
            sections: sections.chain(secrets).chain(relay).chain(tables).chain(environments).collect(),
        }
    }

    /// The tables of all databases, and the relay's route and section.
    fn all_tables(
        &mut self,
        databases: &BTreeMap<String, (Adopted, &Database)>,
        bindings: &[Section],
    ) -> (Vec<Section>, Vec<Section>) {
        let d1 = |section: &&Section| section.value(&["type"]).and_then(toml::Value::as_str) == Some("d1");
        let several = bindings.iter().filter(d1).count() > 1;
        let (mut sections, mut taken) = (Vec::new(), BTreeSet::new());
        let mut of_store = BTreeSet::new();
        for (binding, (adopted, database)) in databases {
            for object in adopted.left_out.iter().chain(&database.left_out) {
                let reason = "a spec declares tables alone";
                self.note(
                    Kind::Lost,
                    object,
                    reason,
                    "it stays in the database that has it; make it by hand elsewhere",
                );
            }
            let before = taken.clone();
            sections.extend(self.tables(binding, several, &adopted.schema, &mut taken));
            if *binding == self.relay.store {
                of_store = taken.difference(&before).cloned().collect();
            }
        }
        let store = databases.get(&self.relay.store).map(|(adopted, _)| &adopted.schema);
        let store = store.map(|schema| migrate::Schema {
            tables: schema
                .tables
                .iter()
                .filter(|(name, _)| of_store.contains(*name))
                .map(|(name, it)| (name.clone(), it.clone()))
                .collect(),
        });
        let tables = self.relay_tables(store.as_ref(), several, &mut sections, &taken);
        let relay = self.relay(&tables.events, &tables.stores);
        (sections, relay)
    }

    fn environment(
        &mut self,
        name: &str,
        facts: &Facts,
        bindings: &[Section],
        vars: Option<&Section>,
    ) -> Section {
        let mut section = Section::new(["env", name]);
        let worker = facts.text(["name"]).map_or_else(|| format!("my-worker-{name}"), str::to_owned);
        section.set(&["worker", "name"], worker);
        let meaning = self.meaning;
        for (key, value) in self.settings(name, facts, Some(meaning.main())) {
            let key: Vec<&str> = ["worker"].into_iter().chain(key).collect();
            section.set(&key, value);
        }
        self.environment_bindings(name, facts, bindings, &mut section);
        self.environment_vars(facts, &mut section, vars);
        section
    }
}
