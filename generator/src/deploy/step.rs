//! A plan as steps in their order, and what a person is told of them: before, and when one has failed.
//!
//! Pure. Must not know how a step is done.

use std::fmt::{self, Write};

use super::plan::{DatabasePlan, Id, Plan};

/// How the program is called in a project.
pub const PROGRAM: &str = "cargo run -p generator --";

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the web app and the worker.
    Build,
    /// Make a database.
    Create {
        /// Its name.
        name: String,
    },
    /// Write the ids of databases into the lock.
    Record {
        /// Their names.
        names: Vec<String>,
    },
    /// Note a place in a database's history to which it can be brought back.
    Bookmark {
        /// Its binding.
        binding: String,
    },
    /// Apply migrations.
    Migrate {
        /// The binding of their database.
        binding: String,
        /// The last of them, counted from the first of all.
        until: usize,
        /// Their files.
        files: Vec<String>,
    },
    /// Upload a version with the secrets that are new, and let it run.
    Upload {
        /// The secrets' names.
        secrets: Vec<String>,
    },
    /// See whether it does what it should.
    Verify,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build => f.write_str("build the web app and the worker"),
            Self::Create { name } => write!(f, "create the D1 database {name}"),
            Self::Record { names } => {
                write!(f, "write the id of {} to generated/spec.lock", names.join(", "))
            }
            Self::Bookmark { binding } => write!(f, "take a bookmark of {binding}"),
            Self::Migrate { binding, files, .. } => write!(f, "migrate {binding}: {}", files.join(", ")),
            Self::Upload { secrets } if secrets.is_empty() => f.write_str("deploy the worker"),
            Self::Upload { secrets } => write!(f, "deploy the worker with {}", secrets.join(", ")),
            Self::Verify => f.write_str("verify"),
        }
    }
}

impl Plan {
    /// The steps. What takes away from a database comes last, once it is seen that the new version runs.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.upload.is_some() {
            steps.push(Step::Build);
        }
        let missing = self.databases.iter().filter(|it| it.id == Id::Missing);
        steps.extend(missing.map(|it| Step::Create { name: it.name.clone() }));
        let unrecorded = self.databases.iter().filter(|it| !matches!(it.id, Id::Known(_)));
        let names: Vec<String> = unrecorded.map(|it| it.name.clone()).collect();
        if !names.is_empty() {
            steps.push(Step::Record { names });
        }
        for database in &self.databases {
            let changes = !database.before.is_empty() || !database.after.is_empty();
            if changes && database.id != Id::Missing {
                steps.push(Step::Bookmark { binding: database.binding.clone() });
            }
        }
        let migrate = |it: &DatabasePlan, from: usize, files: &[String]| Step::Migrate {
            binding: it.binding.clone(),
            until: from + files.len(),
            files: files.to_vec(),
        };
        let before = self.databases.iter().filter(|it| !it.before.is_empty());
        steps.extend(before.map(|it| migrate(it, it.applied, &it.before)));
        if self.upload.is_some() {
            steps.push(Step::Upload { secrets: self.secrets.clone() });
        }
        steps.push(Step::Verify);
        let after = self.databases.iter().filter(|it| !it.after.is_empty());
        steps.extend(after.map(|it| migrate(it, it.applied + it.before.len(), &it.after)));
        steps
    }
}

/// Where a deployment goes, in words and as arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The environment; None for the main one.
    pub environment: Option<String>,
    /// The worker's name.
    pub worker: String,
}

impl Target {
    /// The environment's name.
    pub fn name(&self) -> &str {
        self.environment.as_deref().unwrap_or("production")
    }

    /// ` --env NAME`, or nothing.
    pub fn flag(&self) -> String {
        self.environment.as_ref().map(|name| format!(" --env {name}")).unwrap_or_default()
    }
}

/// The plan for a person. `sources` says where the values of new secrets come from, by name.
pub fn text(plan: &Plan, target: &Target, sources: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = format!("{}: worker {}\n\n", target.name(), target.worker);
    if plan.is_empty() {
        text.push_str("Nothing to do: what is here runs.\n");
        return text;
    }
    let mut line = |what: &str, rest: &str| {
        let _ = writeln!(text, "  {what:<8} {rest}");
    };
    if plan.upload.is_some() {
        line("build", "web app and worker, as far as they are stale");
    }
    for database in &plan.databases {
        let DatabasePlan { binding, name, before, after, .. } = database;
        match &database.id {
            Id::Missing => line("create", &format!("D1 database {name} ({binding})")),
            Id::Found(id) => line("found", &format!("D1 database {name} ({binding}): {id}")),
            Id::Known(_) => {}
        }
        before.iter().for_each(|file| line("migrate", &format!("{binding}  {file}")));
        after.iter().for_each(|file| {
            line(
                "migrate",
                &format!("{binding}  {file}, after the new version runs: what runs now reads what goes"),
            );
        });
    }
    for name in &plan.secrets {
        let source = sources(name).unwrap_or_else(|| "asked for".to_owned());
        line("secret", &format!("{name}, from {source}"));
    }
    if let Some(upload) = &plan.upload {
        line("deploy", if plan.previous.is_some() { "a new version" } else { "the first version" });
        upload.changes.iter().for_each(|change| line("", &format!("  {change}")));
    }
    line("verify", "health, files, sync");
    text
}

/// What happened until a step failed.
#[derive(Debug, Default)]
pub struct Progressed {
    /// What is done, a sentence each.
    pub done: Vec<String>,
    /// How it could be taken back: what for, and the command.
    pub back: Vec<(String, String)>,
}

/// What a person is told when `left`, of which the first failed, is not done. `url` is where the worker is reached.
pub fn stopped(progressed: &Progressed, left: &[Step], target: &Target, url: Option<&str>) -> String {
    let mut text = String::new();
    let mut list = |title: &str, items: &[String]| {
        let none = [String::from("nothing")];
        let items = if items.is_empty() { &none[..] } else { items };
        for (at, item) in items.iter().enumerate() {
            let _ = writeln!(text, "{:<10} {item}", if at == 0 { title } else { "" });
        }
    };
    list("Done:", &progressed.done);
    list("Not done:", &left.iter().map(Step::to_string).collect::<Vec<_>>());
    // Once the version runs, only who names its address has it looked at again.
    let address = url.filter(|_| left.first() == Some(&Step::Verify)).map(|url| format!(" --url {url}"));
    let flags = format!("{}{}", target.flag(), address.unwrap_or_default());
    let again = format!("{PROGRAM} deploy{flags}    does what is left, and nothing twice");
    list("Go on:", &[again]);
    let back: Vec<String> =
        progressed.back.iter().map(|(what, command)| format!("{command}    {what}")).collect();
    match back.is_empty() {
        true => list("Go back:", &["there is nothing to take back".to_owned()]),
        false => list("Go back:", &back),
    }
    text
}
