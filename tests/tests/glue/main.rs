//! The generated crate, compiled as its users compile it: for the host and for wasm, with every warning an error.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use generator::diagnostic::Format;
use generator::output::Mode;
use generator::pipeline;
use generator::process::Program;
use generator::progress::Progress;
use generator::project::Project;
use generator::toolchain::Toolchain;
use tempfile::TempDir;
use tests::world::root;

const EVERYTHING: &str = include_str!("everything.toml");
const LITTLE: &str = include_str!("little.toml");

/// A workspace with the generated crate alone, which shares the repository's build output.
fn generated(spec: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |path: &str, text: &str| {
        fs::write(folder.path().join(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
    };
    let read =
        |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let members = r#"members = ["generator", "runtime", "generated", "tests"]"#;
    let manifest = read("Cargo.toml");
    assert!(manifest.contains(members), "the workspace has other members than this test knows");
    write("Cargo.toml", &manifest.replace(members, r#"members = ["generated"]"#));
    write("Cargo.lock", &read("Cargo.lock"));
    write("clippy.toml", &read("clippy.toml"));
    write("spec.toml", spec);
    symlink(root().join("target"), folder.path().join("target")).expect("a link can be made");

    let mut reading = pipeline::read(folder.path()).unwrap_or_else(|failure| panic!("{failure}"));
    let written = pipeline::run(folder.path(), &mut reading, Mode::Write { force: false }, &BTreeSet::new());
    written.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(!reading.failed(), "{}", reading.render(Format::Human, false));
    folder
}

fn lint_for_the_host(folder: &Path) {
    let program = Program::new("cargo").args(["clippy", "--package", "glue", "--", "-D", "warnings"]);
    program.current_dir(folder).read().unwrap_or_else(|error| panic!("{error}"));
}

fn lint_for_wasm(folder: &Path) {
    let arguments =
        ["clippy", "--package", "glue", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
    let arguments = arguments.map(str::to_owned);
    let program = Toolchain::cargo(&Project::at(folder), &arguments, &Progress::of_work());
    let linted = program.and_then(|program| program.current_dir(folder).read());
    linted.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn glue_of_everything_that_a_spec_can_say_has_no_warning() {
    let folder = generated(EVERYTHING);
    lint_for_the_host(folder.path());
    lint_for_wasm(folder.path());
}

#[test]
fn glue_of_as_little_as_a_spec_can_say_has_no_warning() {
    let folder = generated(LITTLE);
    lint_for_the_host(folder.path());
    lint_for_wasm(folder.path());
}
