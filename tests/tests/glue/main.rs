//! The generated crate and the runtime on top of it, compiled as their users compile them, with every warning an error.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use generator::diagnostic::Format;
use generator::output::Mode;
use generator::pipeline;
use generator::process::{Program, ToolError};
use generator::progress::Progress;
use generator::project::Project;
use generator::toolchain::Toolchain;
use tests::project::{MIRRORED, OBJECT};
use tests::world::root;

const EVERYTHING: &str = include_str!("everything.toml");
const LITTLE: &str = include_str!("little.toml");

/// A workspace of the runtime and the crate that `spec` becomes. It is in the same place in every run and shares the
/// repository's build output, so dependencies are built once.
fn workspace(name: &str, spec: &str) -> PathBuf {
    let folder = root().join("target/glue").join(name);
    let _ = fs::remove_dir_all(&folder); // of an earlier run
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let write = |path: &str, text: &str| {
        fs::write(folder.join(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
    };
    let read =
        |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let replaced = |text: &str, before: &str, after: &str| {
        assert!(text.contains(before), "the workspace is not what this test knows: it lacks {before}");
        text.replace(before, after)
    };
    let members = r#"members = ["generator", "runtime", "generated", "tests"]"#;
    let manifest = replaced(&read("Cargo.toml"), members, r#"members = ["runtime", "generated"]"#);
    // In a build output that is shared, Cargo knows crates by name and version.
    let version = concat!("version = \"", env!("CARGO_PKG_VERSION"));
    let manifest = replaced(&manifest, version, &format!("{version}-{name}"));
    let lints = "[workspace.lints.rust]\n";
    write("Cargo.toml", &replaced(&manifest, lints, &format!("{lints}warnings = \"deny\"\n")));
    write("Cargo.lock", &read("Cargo.lock"));
    write("spec.toml", spec);
    for shared in ["runtime", "target"] {
        symlink(root().join(shared), folder.join(shared)).expect("a link can be made");
    }

    let mut reading = pipeline::read(&folder).unwrap_or_else(|failure| panic!("{failure}"));
    let written = pipeline::run(&folder, &mut reading, Mode::Write { force: false }, &BTreeSet::new());
    written.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(!reading.failed(), "{}", reading.render(Format::Human, false));
    folder
}

/// Compiles the workspace that `spec` becomes, for the host and for wasm.
fn compiles(name: &str, spec: &str) {
    let folder = workspace(name, spec);
    compiles_for_the_host(&folder);
    compiles_for_wasm(&folder);
}

fn compiles_for_the_host(folder: &Path) {
    let program = Program::new("cargo").args(["check", "--workspace"]);
    program.current_dir(folder).read().unwrap_or_else(|error| panic!("{error}"));
}

fn compiles_for_wasm(folder: &Path) {
    let arguments = ["check", "--workspace", "--target", "wasm32-unknown-unknown"].map(str::to_owned);
    let program = Toolchain::cargo(&Project::at(folder), &arguments, &Progress::of_work());
    let compiled: Result<String, ToolError> = program.and_then(|program| program.current_dir(folder).read());
    compiled.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_worker_of_everything_that_a_spec_can_say_compiles_without_a_warning() {
    compiles("everything", EVERYTHING);
}

#[test]
fn a_worker_of_as_little_as_a_spec_can_say_compiles_without_a_warning() {
    compiles("little", LITTLE);
}

#[test]
fn a_worker_whose_record_is_in_its_objects_compiles_without_a_warning() {
    compiles(OBJECT.name, OBJECT.text);
}

#[test]
fn a_worker_whose_record_has_a_copy_in_d1_compiles_without_a_warning() {
    compiles(MIRRORED.name, MIRRORED.text);
}
