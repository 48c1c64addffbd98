//! A project that somebody deploys: the real program, run in a folder of its own, against an account of its own.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use generator::process::Program;
use generator::project::Project;
use tempfile::TempDir;
use tests::cloudflare::Cloudflare;
use tests::project::{self, Spec};
use tests::world::root;

/// The value of the first version's secret.
pub(crate) const ADMIN: (&str, &str) = ("ADMIN_TOKEN", "a-long-random-text");

/// The value of the later version's secret.
pub(crate) const KEY: (&str, &str) = ("BRAINTRUST_API_KEY", "bt-st-another-one");

/// A copy of a built project, and an account with nothing in it.
pub(crate) struct Copy {
    pub(crate) cloudflare: Cloudflare,
    folder: TempDir,
    generator: PathBuf,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    /// Both streams.
    pub(crate) said: String,
}

impl Copy {
    pub(crate) async fn new(spec: Spec) -> Self {
        let project = built(spec).await;
        let generator = tokio::task::spawn_blocking(generator).await.expect("no panic");
        let folder = TempDir::new().expect("a folder can be made");
        let copy = Self { cloudflare: Cloudflare::start().await.expect("a port is free"), folder, generator };
        let parts = ["Cargo.toml", "Cargo.lock", "package.json", "package-lock.json", "spec.toml"];
        for part in parts.into_iter().chain(["generated", "runtime", "site", "target/stamps"]) {
            copy.take(&project, part);
        }
        // The build took out of it what its two crates do not need, and counts as made from what was there before.
        fs::copy(root().join("Cargo.lock"), copy.path("Cargo.lock")).expect("a file can be copied");
        symlink(root().join("node_modules"), copy.path("node_modules")).expect("a link can be made");
        copy
    }

    /// Edits the spec to this one, generates, and has it built.
    pub(crate) async fn edit(&self, spec: Spec) {
        let project = built(spec).await;
        self.take(&project, "spec.toml");
        let generated = self.run(&["generate"], &[]);
        assert_eq!(generated.code, Some(0), "{}", generated.said);
        // What a build would make of it now.
        self.take(&project, "runtime/build");
        self.take(&project, "target/stamps");
    }

    fn take(&self, project: &Project, part: &str) {
        let to = self.path(part);
        let folder = to.parent().expect("it is in the folder");
        fs::create_dir_all(folder).expect("a folder can be made");
        if to.is_dir() {
            fs::remove_dir_all(&to).expect("a folder can be removed");
        }
        let copy = Program::new("cp").arg("-a").arg(project.root().join(part)).arg(folder);
        copy.read().unwrap_or_else(|error| panic!("{error}"));
    }

    pub(crate) fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    pub(crate) fn read(&self, part: &str) -> String {
        fs::read_to_string(self.path(part)).unwrap_or_else(|error| panic!("{part}: {error}"))
    }

    /// Runs the program as somebody would who has these variables and no terminal.
    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        self.run_with("", arguments, variables)
    }

    /// As [`Copy::run`], with something on its standard input.
    pub(crate) fn run_with(&self, input: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new(&self.generator);
        command.args(arguments).current_dir(self.folder.path());
        fs::write(self.path("input"), input).expect("a file can be written");
        command.stdin(File::open(self.path("input")).expect("it was written"));
        for name in [ADMIN.0, KEY.0, "CI"] {
            command.env_remove(name);
        }
        command.env("WRANGLER_LOG_PATH", self.path("logs"));
        command.envs(self.cloudflare.environment()).envs(variables.iter().copied());
        let output = tokio::task::block_in_place(|| command.output()).expect("the program can be started");
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Run { code: output.status.code(), said: said.concat() }
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn expect(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.said);
        for part in parts {
            assert!(self.said.contains(part), "{part:?} was not said: {}", self.said);
        }
        for (name, value) in [ADMIN, KEY] {
            assert!(!self.said.contains(value), "the value of {name} was said: {}", self.said);
        }
        self
    }
}

async fn built(spec: Spec) -> Project {
    tokio::task::spawn_blocking(move || project::of(spec)).await.expect("no panic")
}

/// The program as its users build it, built once; a copy, so that a build beside the tests changes nothing of it.
fn generator() -> PathBuf {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let program = Program::new("cargo").args(["build", "--quiet", "--package", "generator"]);
        program.current_dir(root()).read().unwrap_or_else(|error| panic!("{error}"));
        let folder = TempDir::new().expect("a folder can be made");
        let copy = folder.path().join("generator");
        fs::copy(root().join("target/debug/generator"), &copy).expect("the program can be copied");
        (folder, copy)
    });
    built.1.clone()
}
