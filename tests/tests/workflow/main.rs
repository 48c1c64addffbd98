//! The workflow that is generated for GitHub, by actionlint: its syntax, its expressions and what its jobs wait for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use generator::output::Mode;
use generator::process::Program;
use generator::progress::Progress;
use generator::project::Project;
use generator::{outside, pipeline, toolchain};
use tempfile::TempDir;
use tests::world::root;

const LITTLE: &str = include_str!("../glue/little.toml");
const EVERYTHING: &str = include_str!("../glue/everything.toml");
const PREVIEW: &str = "
[env.preview]
worker.name = \"little-preview\"
bindings.EVENTS = { database = \"little-preview\", id = \"00000000-0000-4000-8000-000000000000\" }
";

fn generated(spec: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("spec.toml"), spec).expect("a file can be written");
    let mut reading = pipeline::read(folder.path()).unwrap_or_else(|failure| panic!("{failure}"));
    let written = pipeline::run(folder.path(), &mut reading, Mode::Write { force: false }, &BTreeSet::new());
    written.unwrap_or_else(|failure| panic!("{failure}"));
    folder
}

fn lint(files: &[PathBuf]) -> String {
    toolchain::npm_packages(&Project::at(root()), &Progress::of_work())
        .unwrap_or_else(|error| panic!("{error}"));
    let linter = root().join("tests/clients/actionlint.js");
    let program = Program::new("node").arg(linter).args(files);
    program.read().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_workflow_of_any_spec_is_one_that_github_takes() {
    let specs = [LITTLE.to_owned(), EVERYTHING.to_owned(), format!("{LITTLE}{PREVIEW}")];
    let folders = specs.map(|spec| generated(&spec));
    let workflow = |folder: &TempDir| folder.path().join(outside::WORKFLOW);
    assert_eq!(lint(&folders.each_ref().map(workflow)), "[]");
    assert_eq!(lint(&[root().join(outside::WORKFLOW)]), "[]");
}

#[test]
fn a_workflow_with_a_mistake_is_found() {
    let folder = generated(LITTLE);
    let path: &Path = &folder.path().join(outside::WORKFLOW);
    let text = fs::read_to_string(path).expect("a file can be read");
    fs::write(path, text.replace("needs: [check, test]", "needs: [chek]")).expect("a file can be written");
    assert!(lint(&[path.to_owned()]).contains("chek"));
}
