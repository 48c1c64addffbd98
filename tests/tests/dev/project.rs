//! A copy of this repository to edit, with a build folder of its own.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use generator::build;
use generator::process::Program;
use generator::progress::Progress;
use generator::project::Project;
use generator::toolchain::Toolchain;
use tests::project::copy_dependencies;
use tests::world::root;

/// What a project consists of.
const PARTS: &[&str] = &[
    ".npmrc",
    "Cargo.lock",
    "Cargo.toml",
    "generated",
    "generator",
    "package-lock.json",
    "package.json",
    "runtime",
    "spec.toml",
    "tests",
    "web",
];

/// What was made or fetched, wherever it is.
const MADE: &[&str] = &[".wrangler", "build", "dist", "node_modules", "target"];

/// A copy that no other test run touches while it lives.
pub(crate) struct Copy {
    root: PathBuf,
    _alone: File,
}

impl Copy {
    /// Makes it anew. It is always in the same place, so that Cargo replaces what it built there before.
    pub(crate) fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dev");
        fs::create_dir_all(&folder).expect("a folder can be made");
        let alone = File::create(folder.join("lock")).expect("a lock file can be made");
        alone.lock().expect("the lock file can be locked");
        let root = folder.join("project");
        if root.exists() {
            fs::remove_dir_all(&root).expect("the copy of an earlier run can be removed");
        }
        for part in PARTS {
            copy(part, &root);
        }
        share_tools(&root, &folder.join("worker"));
        Self { root, _alone: alone }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.root.join(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// How many files are in a folder.
    pub(crate) fn count(&self, folder: &str) -> usize {
        fs::read_dir(self.root.join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}")).count()
    }

    /// Replaces text that must be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        self.edit_all(path, &[(from, to)]);
    }

    /// Replaces several texts at once.
    pub(crate) fn edit_all(&self, path: &str, edits: &[(&str, &str)]) {
        let edited = edits.iter().fold(self.read(path), |text, (from, to)| {
            assert!(text.contains(from), "{from:?} is not in {path}");
            text.replacen(from, to, 1)
        });
        self.write(path, &edited);
    }
}

/// Copies a file or folder of the repository.
fn copy(part: &str, to: &Path) {
    let is_made = |entry: &walkdir::DirEntry| MADE.iter().any(|name| entry.file_name() == *name);
    for entry in walkdir::WalkDir::new(root().join(part)).into_iter().filter_entry(|entry| !is_made(entry)) {
        let entry = entry.unwrap_or_else(|error| panic!("{error}"));
        let path = to.join(entry.path().strip_prefix(root()).expect("it is in the repository"));
        if entry.file_type().is_file() {
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
            fs::copy(entry.path(), &path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

/// Gives the copy in `root` the repository's npm packages, and in `worker` what Cargo built for the worker: the
/// dependencies need no second build, and what the copy builds never gets into the repository's worker.
fn share_tools(root: &Path, worker: &Path) {
    let (repository, progress) = (Project::at(self::root()), Progress::of_work());
    let built = Toolchain::prepare(&repository, &progress)
        .and_then(|toolchain| build::worker(&repository, &toolchain, &progress));
    built.unwrap_or_else(|error| panic!("{error}"));
    copy_dependencies(worker).unwrap_or_else(|error| panic!("{error}"));
    fs::create_dir(root.join("target")).expect("a folder can be made");
    symlink(worker, root.join("target/worker")).expect("a link can be made");
    symlink(self::root().join("node_modules"), root.join("node_modules")).expect("a link can be made");
}

/// The generator as its users build it.
pub(crate) fn generator() -> PathBuf {
    let program = Program::new("cargo").args(["build", "--quiet", "--package", "generator"]);
    program.current_dir(root()).read().unwrap_or_else(|error| panic!("{error}"));
    root().join("target/debug/generator")
}
