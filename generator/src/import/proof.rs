//! What the draft comes to: the spec is read as any other, generated from, and the result compared with what was
//! there.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Builder, Database, Import,
    draft::Draft,
    meaning::{Key, Meaning, compare},
    note::{Kind, of_difference},
    source::Configuration,
};
use crate::{
    diagnostic::{Diagnostic, Place, Severity},
    document::Source,
    histories,
    lock::{self, Lock},
    migrate::{self, Adopted, Migration, Step},
    model::{Spec, tables::Table},
    output::GENERATED,
    path::{Segment, SpecPath},
    pipeline::{self, Reading},
    plan::{self, Before, checksum},
    render,
};

impl Builder<'_> {
    /// Makes the import of a draft, which loses what the spec's rules refuse.
    pub(super) fn prove(
        mut self,
        mut draft: Draft,
        databases: &BTreeMap<String, (Adopted, &Database)>,
    ) -> Import {
        let reading = self.accepted(&mut draft);
        let mut lock = self.lock();
        let mut migrations = BTreeMap::new();
        let mut refused: Vec<Diagnostic> = Vec::new();
        match &reading.spec {
            None => refused = errors(&reading),
            Some(spec) => {
                // Nothing was recorded before that could be gone or renamed.
                lock.databases = histories::histories(spec, &lock, &BTreeSet::new()).unwrap_or_default();
                for (binding, (adopted, database)) in databases {
                    let Some(history) = lock.databases.get(binding) else { continue };
                    let folder = histories::path(history);
                    migrations.extend(self.migrations(spec, (binding, &folder), adopted, database));
                }
                lock.migrations =
                    migrations.iter().map(|(path, sql)| (path.clone(), checksum(sql))).collect();
                match generated(spec, &reading.hash, &lock, &migrations) {
                    Ok(after) => self.compare(&after),
                    Err(diagnostics) => refused = diagnostics,
                }
            }
        }
        self.forget_lost_environments(&draft);
        let mut seen = BTreeSet::new();
        self.notes.retain(|note| seen.insert((note.kind, note.path.clone(), note.reason.clone())));
        Import {
            spec: draft.text(),
            migrations,
            lock,
            notes: self.notes,
            refused: (!refused.is_empty()).then_some((reading.document, refused)),
        }
    }

    /// Keeps silent of what was taken for granted in an environment that is not carried over.
    fn forget_lost_environments(&mut self, draft: &Draft) {
        for (name, _) in self.meaning.others() {
            let path = SpecPath::from(["env", name]);
            if !draft.sections.iter().any(|section| section.path == path) {
                let start = format!("env.{name}.");
                self.notes.retain(|note| note.kind != Kind::Assumed || !note.path.starts_with(&start));
            }
        }
    }

    /// What a run of the generator would have left, had it made the configuration.
    fn lock(&self) -> Lock {
        let mut lock = Lock { classes: self.history.steps.clone(), ..Lock::default() };
        for (environment, facts) in self.meaning.environments() {
            let place =
                if environment.is_empty() { SpecPath::root() } else { SpecPath::from(["env", environment]) };
            for name in facts.names(["bindings"]) {
                let number = facts.text(["bindings", name, "namespace_id"]).and_then(|id| id.parse().ok());
                // Two environments that share a number would share its counters: the second gets one of its own.
                let number = number.filter(|id| !lock.rate_limits.values().any(|taken| taken == id));
                lock.rate_limits.extend(number.map(|id| (place.key("bindings").key(name).to_string(), id)));
                let own = environment.is_empty() && facts.get(["bindings", name, "script_name"]).is_none();
                let class = facts.text(["bindings", name, "class_name"]).filter(|_| own);
                lock.objects.extend(class.map(|class| (name.to_owned(), class.to_owned())));
            }
        }
        lock
    }

    /// Takes out of the draft what is refused, until nothing is.
    fn accepted(&mut self, draft: &mut Draft) -> Reading {
        loop {
            let reading = pipeline::interpret(Source { name: "spec.toml".to_owned(), text: draft.text() });
            let mut removed = false;
            for diagnostic in errors(&reading) {
                let (Place::Key(place) | Place::Value(place)) = &diagnostic.place else { continue };
                if let Some(path) = draft.remove(place) {
                    removed = true;
                    let fact = fact_of(&path);
                    let source = fact
                        .as_ref()
                        .and_then(|fact| self.source_of(fact))
                        .unwrap_or_else(|| path.to_string());
                    let remedy = diagnostic.help.clone().unwrap_or_default();
                    self.note(Kind::Lost, &source, &diagnostic.message, &remedy);
                    self.covered.extend(fact);
                }
            }
            if !removed {
                return reading;
            }
        }
    }

    fn source_of(&self, (environment, key): &(Option<String>, Key)) -> Option<String> {
        let here = |name: &str| environment.as_ref().is_none_or(|it| it == name);
        self.meaning.environments().filter(|(name, _)| here(name)).find_map(|(_, facts)| {
            facts.iter().find(|(it, _)| it.is_within(key)).map(|(_, fact)| fact.source.clone())
        })
    }

    /// Tells of every difference that nothing was said of.
    fn compare(&mut self, after: &Meaning) {
        let new_class = self.new_class.map(str::to_owned);
        let told = |environment: &str, key: &Key, covered: &[(Option<String>, Key)]| {
            covered
                .iter()
                .any(|(it, covered)| it.as_ref().is_none_or(|it| it == environment) && key.is_within(covered))
        };
        for difference in compare(self.meaning, after) {
            let environment = difference.environment.as_str();
            let of_new_class = new_class.is_some()
                && difference.before.is_none()
                && matches!(difference.key.parts()[..], ["classes", ..]);
            if !after.has(environment) {
                let path = format!("env.{environment}");
                let told = (Some(environment.to_owned()), Key::root());
                if !self.covered.contains(&told) {
                    self.note(Kind::Lost, &path, "the spec does not have this environment", "");
                }
            } else if !told(environment, &difference.key, &self.covered) && !of_new_class {
                self.notes.push(of_difference(&difference));
            }
        }
    }

    /// The migrations with which the generator goes on: those that are there, if it can, else a baseline.
    fn migrations(
        &mut self,
        spec: &Spec,
        (binding, folder): (&str, &str),
        adopted: &Adopted,
        database: &Database,
    ) -> BTreeMap<String, String> {
        let tables: Vec<&Table> =
            spec.tables.iter().filter(|table| table.database.as_str() == binding).collect();
        let in_folder = |it: &Migration| (format!("{folder}/{}", it.file_name()), it.sql.clone());
        let ledger = self.meaning.main().get(["bindings", binding, "migrations_table"]).is_some();
        let taken = match ledger {
            true => Err("its ledger of migrations is not wrangler's usual one".to_owned()),
            false => taken_over(adopted, database, &tables),
        };
        let reason = match taken {
            Ok(migrations) => return migrations.iter().map(in_folder).collect(),
            Err(reason) => reason,
        };
        let at = format!("bindings.{binding}");
        let there: Vec<&Table> = tables
            .into_iter()
            .filter(|table| adopted.schema.tables.contains_key(table.name.as_str()))
            .collect();
        let baseline = match migrate::baseline(&there) {
            Ok(Some(baseline)) => baseline,
            Ok(None) => return BTreeMap::new(),
            Err(error) => {
                self.note(Kind::Lost, &at, &error.to_string(), "");
                return BTreeMap::new();
            }
        };
        self.note(
            Kind::Assumed,
            &at,
            &format!(
                "{reason}, so `{folder}/{}` makes the tables where they are not there yet",
                baseline.file_name()
            ),
            "apply it as any other: on a database that has the tables it does nothing",
        );
        self.baseline_differences(adopted, &there);
        BTreeMap::from([in_folder(&baseline)])
    }

    /// Tells how the tables that are there differ from what the spec says of them.
    fn baseline_differences(&mut self, adopted: &Adopted, there: &[&Table]) {
        let Ok(declared) = migrate::declared_schema(there) else { return };
        let renames = migrate::Renames::declared(there);
        let one = |schema: &migrate::Schema, name: &str| migrate::Schema {
            tables: schema
                .tables
                .get(name)
                .map(|table| (name.to_owned(), table.clone()))
                .into_iter()
                .collect(),
        };
        for name in declared.tables.keys() {
            let steps = migrate::diff(&one(&adopted.schema, name), &one(&declared, name), &renames);
            let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
            if !steps.is_empty() {
                let reason = format!(
                    "the spec does not say quite what the database has; to agree, it would {}",
                    steps.join("; ")
                );
                let remedy = "a database that has the table keeps it until a later migration copies it; see that its rows would pass";
                self.note(Kind::Changed, &format!("tables.{name}"), &reason, remedy);
            }
        }
    }
}

/// The facts from which a line of the draft was made: their environment, `None` for all, and their key.
fn fact_of(path: &SpecPath) -> Option<(Option<String>, Key)> {
    let names: Vec<&str> = path
        .segments()
        .iter()
        .filter_map(|it| match it {
            Segment::Key(name) => Some(name.as_str()),
            Segment::Index(_) => None,
        })
        .collect();
    let (environment, names) = match names.as_slice() {
        ["env", name, rest @ ..] => (Some((*name).to_owned()), rest),
        // What is no section is in no environment.
        all => (None, all),
    };
    let key = match names {
        [] => Key::root(),
        ["worker", key, ..] => Key::new([key]),
        ["bindings", name, ..] => Key::new(["bindings", name]),
        [section @ ("vars" | "secrets"), name, ..] => Key::new([section, name]),
        ["web", ..] => Key::new(["assets"]),
        _ => return None,
    };
    Some((environment, key))
}

/// The migrations themselves, if the generator can go on from them without a change; else why not.
fn taken_over(adopted: &Adopted, database: &Database, tables: &[&Table]) -> Result<Vec<Migration>, String> {
    if !database.migrations {
        return Err("there is a database and no migrations".to_owned());
    }
    let parsed = database.files.iter().map(|(name, sql)| Migration::parse(name, sql.clone()).ok());
    let Some(migrations) = parsed.collect::<Option<Vec<_>>>() else {
        return Err(
            "the names of its migrations are not the generator's, and names are what wrangler remembers"
                .to_owned(),
        );
    };
    if migrations.iter().zip(1..).any(|(it, number)| it.number != number) {
        return Err("its migrations are not numbered from 0001 without a gap".to_owned());
    }
    let new = "the spec cannot say all that its migrations make".to_owned();
    let Ok(declared) = migrate::declared_schema(tables) else { return Err(new) };
    let steps = migrate::diff(&adopted.schema, &declared, &migrate::Renames::declared(tables));
    let only_new = steps.iter().all(|step| matches!(step, Step::CreateTable { .. }));
    if adopted.left_out.is_empty() && only_new { Ok(migrations) } else { Err(new) }
}

/// What the spec's own configuration means.
fn generated(
    spec: &Spec,
    hash: &str,
    lock: &Lock,
    migrations: &BTreeMap<String, String>,
) -> Result<Meaning, Vec<Diagnostic>> {
    let mut before = Before { lock: lock.clone(), files: migrations.clone() };
    before.files.insert(lock::FILE.to_owned(), String::new());
    let plan = plan::plan(spec, hash, &before, &BTreeSet::new())?;
    let files = render::render(&plan, false).map(|rendered| rendered.files).unwrap_or_default();
    let mut values = Vec::new();
    for file in &files {
        let name = file.path.strip_prefix("generated/wrangler");
        let Some(middle) = name.and_then(|rest| rest.strip_suffix("jsonc")) else {
            continue;
        };
        let configuration =
            Configuration { name: file.path.clone(), text: file.text.clone(), folder: GENERATED.to_owned() };
        values.extend(configuration.parse().ok().map(|value| (middle.trim_matches('.').to_owned(), value)));
    }
    Ok(Meaning::of_each(values.iter().map(|(name, value)| (name.as_str(), value)), GENERATED))
}

fn errors(reading: &Reading) -> Vec<Diagnostic> {
    reading.diagnostics.iter().filter(|it| it.code.severity() == Severity::Error).cloned().collect()
}
