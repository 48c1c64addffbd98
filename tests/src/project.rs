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

/// The project of a spec, set up and built once for all tests of this process; the repository's without one. Blocks
/// meanwhile.
///
/// # Errors
/// If it cannot be built, with what to do.
pub(crate) fn built(spec: Option<Spec>) -> Result<Project, String> {
    // One after another: each build takes all processors.
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
    let toolchain = Toolchain::prepare(&Project::at(root()), &progress);
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
    // Whoever builds the repository's worker waits, and is waited for.
    fs::create_dir_all(root().join("target/stamps"))?;
    for shared in ["node_modules", "target/stamps/worker.lock"] {
        let link = folder.join(shared);
        fs::create_dir_all(link.parent().unwrap_or(folder))?;
        if !link.is_symlink() {
            symlink(root().join(shared), link)?;
        }
    }
    Ok(())
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
