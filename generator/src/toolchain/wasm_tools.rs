//! The tools that turn the worker's crate into what wrangler takes: `worker-build` and `wasm-bindgen`.
//!
//! Both are built from source once for each version and kept in the user's cache. `wasm-opt` and `esbuild` come from npm.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::process::{Program, ToolError};
use crate::progress::Progress;
use crate::project::Project;

/// The version that goes with the `worker` crate of the workspace.
const WORKER_BUILD: &str = "0.8.7";

/// Optimisation that the tools need to be quick enough, and no more: half the time that a release build takes.
const PROFILE: &[(&str, &str)] = &[
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// The tools, by path.
#[derive(Debug)]
pub(super) struct WasmTools {
    pub(super) worker_build: PathBuf,
    pub(super) wasm_bindgen: PathBuf,
}

/// A tool as Cargo installs it.
#[derive(Debug, PartialEq, Eq)]
struct Crate<'a> {
    name: &'a str,
    version: &'a str,
    program: &'a str,
    /// Whether its own lock file is used. That of wasm-bindgen-cli names dependencies that are newer than itself.
    locked: bool,
}

impl WasmTools {
    /// Changes when a version does.
    pub(super) fn identity(&self) -> String {
        format!("{} {}", self.worker_build.display(), self.wasm_bindgen.display())
    }
}

/// Those of the tools that are in `cache`, and those that are not, with their versions.
pub(super) fn find(project: &Project, cache: &Path) -> Result<(Vec<String>, Vec<String>), ToolError> {
    let bindgen = bindgen_version(project)?;
    let tools = wanted(&bindgen);
    let (found, missing): (Vec<_>, Vec<_>) = tools.iter().partition(|tool| tool.program_in(cache).exists());
    let named =
        |tools: Vec<&Crate<'_>>| tools.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    Ok((named(found), named(missing)))
}

fn bindgen_version(project: &Project) -> Result<String, ToolError> {
    let lock = project.root().join("Cargo.lock");
    let text = fs::read_to_string(&lock).map_err(|error| ToolError::io("read", &lock, &error))?;
    locked_version(&text, "wasm-bindgen").ok_or_else(|| {
        let what = format!("{} names no version of wasm-bindgen", lock.display());
        ToolError::new(what, "restore the file from the repository")
    })
}

/// `worker-build` and `wasm-bindgen`.
fn wanted(bindgen: &str) -> [Crate<'_>; 2] {
    [
        Crate { name: "worker-build", version: WORKER_BUILD, program: "worker-build", locked: true },
        Crate { name: "wasm-bindgen-cli", version: bindgen, program: "wasm-bindgen", locked: false },
    ]
}

impl Crate<'_> {
    fn root_in(&self, cache: &Path) -> PathBuf {
        cache.join(format!("{}-{}", self.name, self.version))
    }

    fn program_in(&self, cache: &Path) -> PathBuf {
        self.root_in(cache).join("bin").join(self.program)
    }
}

/// Finds the tools in `cache` or installs them there.
pub(super) fn provide(project: &Project, cache: &Path, progress: &Progress) -> Result<WasmTools, ToolError> {
    let bindgen = bindgen_version(project)?;
    let [worker_build, wasm_bindgen] = wanted(&bindgen);
    let tools = WasmTools {
        worker_build: installed(&worker_build, cache, progress)?,
        wasm_bindgen: installed(&wasm_bindgen, cache, progress)?,
    };
    let build = build_folder(cache);
    if build.exists() {
        fs::remove_dir_all(&build).map_err(|error| ToolError::io("remove", &build, &error))?;
    }
    Ok(tools)
}

fn installed(tool: &Crate, cache: &Path, progress: &Progress) -> Result<PathBuf, ToolError> {
    let title = format!("{} {}", tool.name, tool.version);
    let (root, program) = (tool.root_in(cache), tool.program_in(cache));
    // Cargo moves a program there when it is complete.
    if program.exists() {
        progress.fresh(&title);
        return Ok(program);
    }
    let step = progress.step(format!("{title}, built once (a minute or two)"));
    install(tool, &root, &build_folder(cache)).run(&step)?;
    step.done();
    Ok(program)
}

fn install(tool: &Crate, root: &Path, build: &Path) -> Program {
    let program = Program::new("cargo")
        .args(["install", tool.name, "--version", tool.version])
        .args(tool.locked.then_some("--locked"))
        .arg("--root")
        .arg(root)
        .quiet_env("CARGO_TARGET_DIR", build)
        .remedy("check the connection to crates.io and that a C compiler is installed, then try again");
    PROFILE.iter().fold(program, |program, (name, value)| program.quiet_env(name, value))
}

/// Shared by the tools, which have dependencies in common.
fn build_folder(cache: &Path) -> PathBuf {
    cache.join("build")
}

/// The version of a package in the text of a `Cargo.lock`.
fn locked_version(text: &str, name: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let lock: Lock = toml::from_str(text).ok()?;
    lock.package.into_iter().find(|package| package.name == name).map(|package| package.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_package_and_of_none_like_it() {
        let lock = "version = 4\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "worker"), None);
    }

    #[test]
    fn worker_build_is_of_the_version_of_the_worker_crate() {
        let lock = include_str!("../../../Cargo.lock");
        assert_eq!(locked_version(lock, "worker").as_deref(), Some(WORKER_BUILD));
    }

    #[test]
    fn a_tool_is_pinned_and_stays_out_of_the_users_programs() {
        let tool = Crate { name: "worker-build", version: "1.2.3", program: "worker-build", locked: true };
        assert_eq!(
            install(&tool, Path::new("/c/worker-build-1.2.3"), Path::new("/c/build")).command_line(),
            "cargo install worker-build --version 1.2.3 --locked --root /c/worker-build-1.2.3"
        );
    }
}
