//! The projects whose workers run in tests: the repository, and others of the same runtime with a spec of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use generator::build::{self, App};
use generator::diagnostic::Format;
use generator::output::Mode;
use generator::pipeline;
use generator::process::Program;
use generator::progress::Progress;
use generator::project::Project;
use generator::toolchain::Toolchain;

use crate::world::root;

/// A spec that is not the repository's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spec {
    /// The name of its folder.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// The record in each store's own object, and no database.
pub const OBJECT: Spec = Spec { name: "object", text: include_str!("../specs/object.toml") };

/// The record in each store's own object, and a copy of all in D1.
pub const MIRRORED: Spec = Spec { name: "mirrored", text: include_str!("../specs/mirrored.toml") };
/// A relay that asks for a token which all clients share: the secret `SYNC_TOKEN`.
pub const TOKEN: Spec = Spec { name: "token", text: include_str!("../specs/token.toml") };

/// A relay that asks for a JSON Web Token signed with the secret `JWT_KEY`.
pub const SHARED_KEY: Spec = Spec { name: "shared-key", text: include_str!("../specs/shared-key.toml") };

/// A relay that asks for a JSON Web Token signed with a key of the set at `JWKS_URL`.
pub const KEY_SET: Spec = Spec { name: "key-set", text: include_str!("../specs/key-set.toml") };

/// A proxy to models at `BRAINTRUST_URL`, which has little patience.
pub const LLM: Spec = Spec { name: "llm", text: include_str!("../specs/llm.toml") };

/// A proxy to models at `BRAINTRUST_URL` that takes three calls of a user in a minute.
pub const LIMITED: Spec = Spec { name: "limited", text: include_str!("../specs/limited.toml") };

/// A proxy to models at `BRAINTRUST_URL` that counts the tokens of a day.
pub const BUDGETED: Spec = Spec { name: "budgeted", text: include_str!("../specs/budgeted.toml") };

/// The project of a spec, set up and built once for all tests of this process; the repository's without one. Blocks
/// meanwhile.
///
/// # Errors
/// If it cannot be built, with what to do.
pub(crate) fn built(spec: Option<Spec>) -> Result<Project, String> {
    type Projects = BTreeMap<Option<Spec>, Result<Project, String>>;
    static BUILT: Mutex<Projects> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let repository = built.entry(None).or_insert_with(|| {
        let project = Project::at(root());
        build::all(&project, &app(&project)?, &Progress::of_work()).map_err(|error| error.to_string())?;
        Ok(project)
    });
    let Some(spec) = spec else { return repository.clone() };
    repository.as_ref().map_err(String::clone)?;
    built.entry(Some(spec)).or_insert_with(|| build(spec)).clone()
}

/// The project of a spec that a worker runs from.
///
/// # Panics
/// If it cannot be built.
pub fn of(spec: Spec) -> Project {
    built(Some(spec)).unwrap_or_else(|reason| panic!("{reason}"))
}

/// The app of a project's spec.
///
/// # Errors
/// If the spec has mistakes.
pub(crate) fn app(project: &Project) -> Result<App, String> {
    let reading = pipeline::read(project.root()).map_err(|failure| failure.to_string())?;
    let spec = reading.spec.as_ref().ok_or_else(|| reading.render(Format::Human, false))?;
    Ok(App::of(spec))
}

fn build(spec: Spec) -> Result<Project, String> {
    let folder = root().join("target/worlds").join(spec.name);
    laid_out(&folder, spec).map_err(|error| format!("cannot lay out {}: {error}", folder.display()))?;
    let mut reading = pipeline::read(&folder).map_err(|failure| failure.to_string())?;
    pipeline::run(&folder, &mut reading, Mode::Write { force: false }, &BTreeSet::new())
        .map_err(|failure| failure.to_string())?;
    if reading.failed() {
        return Err(reading.render(Format::Human, false));
    }
    let (project, progress) = (Project::at(folder), Progress::of_work());
    copy_dependencies(&project.wasm_target())?;
    let toolchain = Toolchain::prepare(&project, &progress);
    toolchain
        .and_then(|toolchain| build::worker(&project, &toolchain, &progress))
        .map_err(|error| error.to_string())?;
    Ok(project)
}

/// A workspace of the runtime and the crate that `spec` becomes. Files that would not change are left alone, so that
/// nothing is built again without need.
fn laid_out(folder: &Path, spec: Spec) -> io::Result<()> {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let members = manifest.lines().find(|line| line.starts_with("members = ")).unwrap_or_default();
    write(&folder.join("Cargo.toml"), manifest.replace(members, r#"members = ["runtime", "generated"]"#))?;
    write(&folder.join("Cargo.lock"), fs::read(root().join("Cargo.lock"))?)?;
    if fs::read_to_string(folder.join("spec.toml")).is_ok_and(|text| text != spec.text) {
        // Another spec has another history of migrations.
        fs::remove_dir_all(folder.join("generated"))?;
    }
    write(&folder.join("spec.toml"), spec.text)?;
    write(&folder.join("runtime/Cargo.toml"), fs::read(root().join("runtime/Cargo.toml"))?)?;
    same(&root().join("runtime/src"), &folder.join("runtime/src"))?;
    for package in ["package.json", "package-lock.json"] {
        write(&folder.join(package), fs::read(root().join(package))?)?;
    }
    let packages = folder.join("node_modules");
    if packages.is_symlink() { Ok(()) } else { symlink(root().join("node_modules"), packages) }
}

/// Fills a build folder that is not there with what Cargo built for the repository's worker, so that dependencies need no
/// second build. No two projects share one: Cargo cannot tell their crates apart, which have the same names.
///
/// # Errors
/// If it cannot be filled.
pub fn copy_dependencies(folder: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot fill {}: {error}", folder.display());
    if folder.exists() {
        return Ok(());
    }
    let partial = folder.with_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(partial.join("wasm32-unknown-unknown")).map_err(failed)?;
    for built in [".rust", "release", "wasm32-unknown-unknown/release"] {
        // It keeps the times, by which Cargo knows what is fresh.
        let copy = Program::new("cp").arg("-a").arg(Project::at(root()).wasm_target().join(built));
        copy.arg(partial.join(built)).read().map_err(|error| error.to_string())?;
    }
    let fingerprints = partial.join("wasm32-unknown-unknown/release/.fingerprint");
    for entry in fs::read_dir(&fingerprints).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if ["glue-", "runtime-"].iter().any(|own| name.starts_with(own)) {
            fs::remove_dir_all(path).map_err(failed)?;
        }
    }
    fs::rename(&partial, folder).map_err(failed)
}

/// Makes a folder the same as another.
fn same(from: &Path, to: &Path) -> io::Result<()> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = walkdir::WalkDir::new(folder).min_depth(1).into_iter().filter_map(Result::ok);
        entries.filter_map(|entry| Some(entry.path().strip_prefix(folder).ok()?.to_owned())).collect()
    };
    for path in entries(from) {
        if from.join(&path).is_file() {
            write(&to.join(&path), fs::read(from.join(&path))?)?;
        }
    }
    for path in entries(to) {
        if !from.join(&path).exists() && to.join(&path).is_file() {
            fs::remove_file(to.join(&path))?;
        }
    }
    Ok(())
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == content.as_ref()) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, content)
}
