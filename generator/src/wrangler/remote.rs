//! What is asked of wrangler at Cloudflare: databases, versions, secrets.
//!
//! Owns wrangler's arguments, and how what it prints is read. Every call is one start of wrangler, which signs in as the
//! user did (`wrangler login`, or `CLOUDFLARE_API_TOKEN`). No secret is in an argument or in a file: it goes to standard
//! input. Must not know why a call is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::with_configuration;
use crate::process::{Output, Program, ToolError};
use crate::progress::Step;
use crate::project::Project;

/// How long one call may take, in all: an upload over a slow line takes minutes.
const PATIENCE: Duration = Duration::from_secs(600);

/// Where a worker of one environment is deployed to.
#[derive(Debug)]
pub struct Remote {
    project: Project,
    /// The environment's configuration.
    configuration: PathBuf,
    /// The worker's name.
    worker: String,
    /// The account that the spec names.
    account: Option<String>,
}

/// A database with its migrations, however much of it the configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its binding.
    pub binding: String,
    /// Its name at Cloudflare.
    pub name: String,
    /// Its id.
    pub id: String,
}

/// A version that gets requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// Its id.
    pub id: String,
    /// Its share of the requests, in per cent.
    pub percentage: f64,
    /// What whoever deployed it said of it.
    pub message: Option<String>,
    /// Its bindings by name, as Cloudflare describes them; without the texts of secrets.
    pub bindings: BTreeMap<String, Value>,
}

/// What came of an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployed {
    /// The id of the version.
    pub version: Option<String>,
    /// Where it is reached: addresses, and patterns of routes.
    pub targets: Vec<String>,
}

/// What ran from a moment on.
#[derive(Debug, Default, Deserialize)]
struct Deployment {
    /// When, so that texts are in the order of time.
    created_on: String,
    versions: Vec<Share>,
}

#[derive(Debug, Deserialize)]
struct Share {
    version_id: String,
    percentage: f64,
}

impl Remote {
    /// A worker with this name, as `configuration` says.
    pub fn new(project: &Project, configuration: PathBuf, worker: &str, account: Option<&str>) -> Self {
        let (worker, account) = (worker.to_owned(), account.map(str::to_owned));
        Self { project: project.clone(), configuration, worker, account }
    }

    /// The ids of the account's databases, by name.
    ///
    /// # Errors
    /// If wrangler fails, or prints something else.
    pub fn databases(&self, step: &Step) -> Result<BTreeMap<String, String>, ToolError> {
        #[derive(Deserialize)]
        struct Listed {
            uuid: String,
            name: String,
        }
        let listed: Vec<Listed> = self.json(self.wrangler(&["d1", "list", "--json"]), step)?;
        Ok(listed.into_iter().map(|it| (it.name, it.uuid)).collect())
    }

    /// Makes a database.
    ///
    /// # Errors
    /// If wrangler fails; it may have been made nevertheless.
    pub fn create_database(&self, name: &str, step: &Step) -> Result<(), ToolError> {
        self.run(self.wrangler(&["d1", "create", name]), step).map(drop)
    }

    /// The names of the migrations that a database has, in the order in which it got them.
    ///
    /// # Errors
    /// If wrangler fails, or prints something else.
    pub fn applied(&self, database: &Database, step: &Step) -> Result<Vec<String>, ToolError> {
        #[derive(Deserialize)]
        struct Ledger {
            results: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            name: String,
        }
        let (_folder, configuration) = self.of_database(database, &[])?;
        let select = "SELECT name FROM d1_migrations ORDER BY id";
        let command = ["d1", "execute", &database.binding, "--remote", "--json", "--command", select];
        match self.json(with_configuration(&self.project, &configuration, &command), step) {
            Ok(ledgers) => {
                let ledgers: Vec<Ledger> = ledgers;
                Ok(ledgers.into_iter().flat_map(|it| it.results).map(|it| it.name).collect())
            }
            // Nothing was ever applied to it.
            Err(error) if says(&error, "no such table: d1_migrations") => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The place in a database's history to which it can be brought back.
    ///
    /// # Errors
    /// If wrangler fails, or prints something else.
    pub fn bookmark(&self, database: &Database, step: &Step) -> Result<String, ToolError> {
        #[derive(Deserialize)]
        struct Info {
            bookmark: String,
        }
        let (_folder, configuration) = self.of_database(database, &[])?;
        let command = ["d1", "time-travel", "info", &database.binding, "--json"];
        let info: Info = self.json(with_configuration(&self.project, &configuration, &command), step)?;
        Ok(info.bookmark)
    }

    /// Applies those of the migrations, each a path to a file, that a database does not have.
    ///
    /// # Errors
    /// If wrangler fails. Of the migration that failed nothing is left, of those before it all.
    pub fn migrate(&self, database: &Database, files: &[PathBuf], step: &Step) -> Result<(), ToolError> {
        let (_folder, configuration) = self.of_database(database, files)?;
        let command = ["d1", "migrations", "apply", &database.binding, "--remote"];
        self.run(with_configuration(&self.project, &configuration, &command), step).map(drop)
    }

    /// The names of the worker's secrets; None if there is no such worker.
    ///
    /// # Errors
    /// If wrangler fails, or prints something else.
    pub fn secrets(&self, step: &Step) -> Result<Option<BTreeSet<String>>, ToolError> {
        #[derive(Deserialize)]
        struct Listed {
            name: String,
        }
        let listed = self.json(self.wrangler(&["secret", "list", "--format", "json"]), step);
        let listed: Option<Vec<Listed>> = self.if_there(listed)?;
        Ok(listed.map(|listed| listed.into_iter().map(|it| it.name).collect()))
    }

    /// Sets one secret, at once.
    ///
    /// # Errors
    /// If wrangler fails.
    pub fn put_secret(&self, name: &str, value: &str, step: &Step) -> Result<(), ToolError> {
        self.run(self.wrangler(&["secret", "put", name]).input(value.to_owned()), step).map(drop)
    }

    /// The versions that get requests; none if there is no such worker, or it was never deployed.
    ///
    /// # Errors
    /// If wrangler fails, or prints something else.
    pub fn running(&self, step: &Step) -> Result<Vec<Running>, ToolError> {
        let deployment = self.json(self.wrangler(&["deployments", "status", "--json"]), step);
        let deployment: Option<Deployment> = self.if_there(deployment)?;
        let shares = deployment.map(|it| it.versions).unwrap_or_default();
        shares.into_iter().map(|it| self.version(it.version_id, it.percentage, step)).collect()
    }

    /// The version that ran before the one that runs; None if there was none.
    ///
    /// # Errors
    /// If wrangler fails, or prints something else.
    pub fn previous(&self, step: &Step) -> Result<Option<String>, ToolError> {
        let list = self.json(self.wrangler(&["deployments", "list", "--json"]), step);
        Ok(previous(self.if_there(list)?.unwrap_or_default()))
    }

    /// A version, with a share of the requests.
    ///
    /// # Errors
    /// If there is none with this id, wrangler fails, or prints something else.
    pub fn version(&self, id: String, percentage: f64, step: &Step) -> Result<Running, ToolError> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(default)]
            annotations: Map<String, Value>,
            resources: Resources,
        }
        #[derive(Deserialize)]
        struct Resources {
            #[serde(default)]
            bindings: Vec<Value>,
        }
        let version: Version = self.json(self.wrangler(&["versions", "view", &id, "--json"]), step)?;
        let message = version.annotations.get("workers/message").and_then(Value::as_str).map(str::to_owned);
        let named = |it: Value| Some((it.get("name")?.as_str()?.to_owned(), it));
        let bindings = version.resources.bindings.into_iter().filter_map(named).collect();
        Ok(Running { id, percentage, message, bindings })
    }

    /// Uploads what is built and lets it run, with `secrets` that are new or changed, by name.
    ///
    /// # Errors
    /// If wrangler fails. The version may be there, and may run.
    pub fn deploy(
        &self,
        message: &str,
        secrets: &BTreeMap<String, String>,
        step: &Step,
    ) -> Result<Deployed, ToolError> {
        let folder = temporary()?;
        let written = folder.path().join("written");
        let mut program =
            self.wrangler(&["deploy", "--message", message]).quiet_env("WRANGLER_OUTPUT_FILE_PATH", &written);
        if !secrets.is_empty() {
            program = program.args(["--secrets-file", "/dev/stdin"]).input(json!(secrets).to_string());
        }
        self.run(program, step)?;
        Ok(deployed(&fs::read_to_string(&written).unwrap_or_default()))
    }

    /// Lets an older version run.
    ///
    /// # Errors
    /// If wrangler fails.
    pub fn rollback(&self, version: &str, message: &str, step: &Step) -> Result<(), ToolError> {
        self.run(self.wrangler(&["rollback", version, "--message", message, "--yes"]), step).map(drop)
    }

    /// A configuration of this database alone, with these migrations: the worker's may not have its id yet, and has all.
    fn of_database(&self, database: &Database, files: &[PathBuf]) -> Result<(TempDir, PathBuf), ToolError> {
        let folder = temporary()?;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| ToolError::io("write", &path, &error)
        };
        let migrations = folder.path().join("migrations");
        fs::create_dir(&migrations).map_err(failed(&migrations))?;
        for file in files {
            let copy = migrations.join(file.file_name().unwrap_or_default());
            fs::copy(file, &copy).map_err(failed(&copy))?;
        }
        let mut configuration = json!({
            "name": self.worker,
            "d1_databases": [{
                "binding": database.binding, "database_name": database.name, "database_id": database.id,
                "migrations_dir": migrations,
            }],
        });
        if let Some(account) = &self.account {
            configuration["account_id"] = json!(account);
        }
        let path = folder.path().join("wrangler.json");
        fs::write(&path, configuration.to_string()).map_err(failed(&path))?;
        Ok((folder, path))
    }

    fn wrangler(&self, command: &[&str]) -> Program {
        with_configuration(&self.project, &self.configuration, command)
    }

    fn run(&self, program: Program, step: &Step) -> Result<Output, ToolError> {
        program.timeout(PATIENCE).run(step)
    }

    fn json<T: for<'a> Deserialize<'a>>(&self, program: Program, step: &Step) -> Result<T, ToolError> {
        let line = program.command_line();
        let output = self.run(program, step)?;
        read(&output.stdout).map_err(|error| {
            let what = format!("`{line}` printed something else than was expected: {error}");
            ToolError::new(what, "is the pinned wrangler in use?")
        })
    }

    /// None where wrangler says that there is no worker of this name.
    fn if_there<T>(&self, answer: Result<T, ToolError>) -> Result<Option<T>, ToolError> {
        let missing = [
            format!("Worker \"{}\" not found", self.worker),
            format!("The Worker {} has no deployments", self.worker),
            "[code: 10007]".to_owned(),
        ];
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if missing.iter().any(|it| says(&error, it)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn says(error: &ToolError, text: &str) -> bool {
    error.output().iter().any(|line| line.contains(text))
}

fn temporary() -> Result<TempDir, ToolError> {
    tempfile::tempdir().map_err(|error| ToolError::io("make a folder in", &std::env::temp_dir(), &error))
}

/// The JSON that a command printed, behind whatever it printed before.
fn read<T: for<'a> Deserialize<'a>>(lines: &[String]) -> Result<T, serde_json::Error> {
    let begins = lines.iter().position(|line| line.starts_with(['{', '['])).unwrap_or(lines.len());
    serde_json::from_str(&lines[begins..].join("\n"))
}

/// The version before the one that runs.
fn previous(mut deployments: Vec<Deployment>) -> Option<String> {
    deployments.sort_by(|a, b| b.created_on.cmp(&a.created_on));
    let mut versions = deployments.into_iter().filter_map(|it| it.versions.into_iter().next());
    let runs = versions.next()?.version_id;
    versions.map(|it| it.version_id).find(|id| *id != runs)
}

/// What wrangler wrote down of a deployment: a line of JSON for each thing that it did.
fn deployed(written: &str) -> Deployed {
    #[derive(Deserialize)]
    struct Entry {
        r#type: String,
        version_id: Option<String>,
        #[serde(default)]
        targets: Option<Vec<String>>,
    }
    let entries = written.lines().rev().filter_map(|line| serde_json::from_str::<Entry>(line).ok());
    let entry = entries.into_iter().find(|it| it.r#type == "deploy");
    entry.map_or_else(Deployed::default, |it| Deployed {
        version: it.version_id,
        targets: it.targets.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_behind_what_was_printed_before() {
        let lines = ["A warning", "", "[", "  1,", "  2", "]"].map(str::to_owned);
        assert_eq!(read::<Vec<u8>>(&lines).unwrap(), [1, 2]);
        assert!(read::<Vec<u8>>(&lines[..2]).is_err());
    }

    #[test]
    fn the_version_before_is_the_last_other_one() {
        let ran = |created_on: &str, id: &str| Deployment {
            created_on: created_on.to_owned(),
            versions: vec![Share { version_id: id.to_owned(), percentage: 100.0 }],
        };
        let history = vec![
            ran("2026-01-01", "a"),
            ran("2026-01-03", "c"),
            ran("2026-01-02", "b"),
            ran("2026-01-04", "c"),
        ];
        assert_eq!(previous(history).as_deref(), Some("b"));
        assert_eq!(previous(vec![ran("2026-01-01", "a")]), None);
    }

    #[test]
    fn what_wrangler_wrote_down_says_where_the_worker_is() {
        let written = concat!(
            "{\"type\":\"wrangler-session\",\"version\":1}\n",
            "{\"type\":\"deploy\",\"version_id\":\"v\",\"targets\":[\"https://a.b.workers.dev\"],\"timestamp\":\"t\"}\n"
        );
        let expected =
            Deployed { version: Some("v".to_owned()), targets: vec!["https://a.b.workers.dev".to_owned()] };
        assert_eq!(deployed(written), expected);
        assert_eq!(deployed("nonsense\n"), Deployed::default());
    }
}
