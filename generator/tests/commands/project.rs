//! A project in a folder of its own, and the program run in it as a user would.

#![expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::SystemTime,
};

use generator::{progress::Progress, project::Project as Folder, toolchain};
use tempfile::TempDir;

/// A project that starts with this repository's spec and nothing generated.
pub(crate) struct Project {
    folder: TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Every file below a folder: when it was written, and its bytes.
pub(crate) type Tree = BTreeMap<PathBuf, (SystemTime, Vec<u8>)>;

impl Project {
    /// One without even a spec.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// One whose spec is as large as a real one. It is not this repository's, which may change.
    pub(crate) fn new() -> Self {
        let project = Self::empty();
        project.write("spec.toml", include_str!("../fixture/spec.toml"));
        project
    }

    /// One whose files are generated.
    pub(crate) fn generated() -> Self {
        let project = Self::new();
        project.run(&["generate"]).expect_code(0);
        project
    }

    /// Gives it what `check` needs of the repository's npm packages: wrangler's schema.
    pub(crate) fn with_packages(self) -> Self {
        toolchain::npm_packages(&Folder::at(repository()), &Progress::of_work()).unwrap();
        fs::create_dir_all(self.path("node_modules/wrangler")).unwrap();
        for name in [
            "package.json",
            "package-lock.json",
            "node_modules/.installed",
            "node_modules/wrangler/config-schema.json",
        ] {
            fs::copy(repository().join(name), self.path(name)).unwrap();
        }
        self
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap()
    }

    pub(crate) fn write(&self, below: &str, text: &str) {
        fs::write(self.path(below), text).unwrap();
    }

    /// Replaces text of the spec that must be there.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let spec = self.read("spec.toml");
        assert!(spec.contains(from), "{from:?} is not in the spec");
        self.write("spec.toml", &spec.replacen(from, to, 1));
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().unwrap())
    }

    /// Runs it where no other program is found, so that nothing is set up or built.
    pub(crate) fn run_alone(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).env("PATH", "").output().unwrap())
    }

    /// The program, to be run in the project's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    pub(crate) fn tree(&self) -> Tree {
        let files = walkdir::WalkDir::new(self.folder.path()).into_iter().map(Result::unwrap);
        let entry = |entry: walkdir::DirEntry| {
            let bytes =
                if entry.file_type().is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
            (entry.path().to_owned(), (entry.metadata().unwrap().modified().unwrap(), bytes))
        };
        files.map(entry).collect()
    }

    /// The names of the files in a folder.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Run {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
