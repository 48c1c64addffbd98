//! The programs that a build needs: finds them, or provides them in the project and the user's cache.
//!
//! What is provided is pinned, kept and used again. Must not know what is built with it.

mod debian;
mod node;
mod rust;
mod wasm_tools;

use std::path::{Path, PathBuf};

use crate::process::{Program, ToolError};
use crate::progress::Progress;
use crate::project::Project;
use crate::stamp;

use node::Packages;
use rust::WasmRust;
use wasm_tools::WasmTools;

/// Everything that a build needs.
#[derive(Debug)]
pub struct Toolchain {
    project: Project,
    rust: WasmRust,
    tools: WasmTools,
}

impl Toolchain {
    /// Checks for Node and Rust and installs what is missing: npm packages, the wasm target and the worker's build
    /// tools. Takes part of a second when all is there, and minutes on a new machine.
    ///
    /// # Errors
    /// If something is missing that only the user can provide, or an installation fails. Says what to do.
    pub fn prepare(project: &Project, progress: &Progress) -> Result<Self, ToolError> {
        let cache = cache()?;
        let _alone = stamp::exclusive(&cache.join("lock"), progress)?;
        node::check()?;
        Packages::of(project)?.install(progress)?;
        let rust = rust::provide(&cache, progress)?;
        let tools = wasm_tools::provide(project, &cache, progress)?;
        Ok(Self { project: project.clone(), rust, tools })
    }

    /// The Rust for wasm alone, which is all that lints need.
    ///
    /// # Errors
    /// As [`Toolchain::prepare`].
    pub fn cargo(project: &Project, arguments: &[String], progress: &Progress) -> Result<Program, ToolError> {
        let cache = cache()?;
        let _alone = stamp::exclusive(&cache.join("lock"), progress)?;
        let rust = rust::provide(&cache, progress)?;
        if arguments.first().is_some_and(|command| command == "clippy") {
            rust.provide_lints(progress)?;
        }
        Ok(in_wasm_target(rust.program("cargo"), project, &rust)?.args(arguments))
    }

    /// The program that builds the worker, to be run in its crate's folder.
    ///
    /// # Errors
    /// If the output of an older compiler cannot be removed.
    pub(crate) fn worker_build(&self) -> Result<Program, ToolError> {
        let program = self.rust.program(&self.tools.worker_build);
        Ok(in_wasm_target(program, &self.project, &self.rust)?
            .quiet_env("WASM_BINDGEN_BIN", &self.tools.wasm_bindgen)
            .quiet_env("WASM_OPT_BIN", self.project.npm_program("wasm-opt"))
            .quiet_env("ESBUILD_BIN", self.project.npm_program("esbuild")))
    }

    /// Changes when any of them does; what was built before is stale then.
    pub(crate) fn identity(&self) -> String {
        format!("{} {}", self.rust.identity(), self.tools.identity())
    }
}

/// Installs the npm packages that the project pins, wrangler among them, unless they are there.
///
/// # Errors
/// If Node is missing or too old, or npm fails.
pub fn npm_packages(project: &Project, progress: &Progress) -> Result<(), ToolError> {
    let packages = Packages::of(project)?;
    if packages.are_installed() {
        return Ok(());
    }
    let _alone = stamp::exclusive(&cache()?.join("lock"), progress)?;
    node::check()?;
    packages.install(progress)
}

/// What of the toolchain is there, by what it is called: the state of each, or what is missing. Installs nothing.
pub fn look(project: &Project) -> Vec<(&'static str, Result<String, ToolError>)> {
    let setup = "`generator build` sets it up";
    let missing = |what: &str| ToolError::new(what, setup);
    let packages = Packages::of(project).and_then(|packages| match packages.are_installed() {
        true => Ok("as package-lock.json says".to_owned()),
        false => Err(missing("not installed, or older than package-lock.json")),
    });
    let cache = cache();
    let rust = cache.as_ref().ok().and_then(|cache| rust::find(cache));
    let rust = rust.map(|()| rust::TARGET.to_owned()).ok_or_else(|| missing("none compiles for wasm"));
    let tools = cache.and_then(|cache| wasm_tools::find(project, &cache));
    let tools = tools.and_then(|(found, absent)| match absent.is_empty() {
        true => Ok(found.join(", ")),
        false => Err(missing(&format!("not built yet: {}", absent.join(", ")))),
    });
    vec![
        ("Node", node::version()),
        ("npm packages", packages),
        ("C compiler", c_compiler()),
        ("Rust for wasm", rust),
        ("build tools", tools),
    ]
}

fn c_compiler() -> Result<String, ToolError> {
    let remedy = "install one: `apt install build-essential`, or `xcode-select --install`";
    let version = Program::new("cc").arg("--version").remedy(remedy).read()?;
    Ok(version.lines().next().unwrap_or_default().to_owned())
}

/// Installs Debian packages that tests need.
///
/// # Errors
/// If this is no Debian or there is no right to, with the command to type; or if it fails.
pub fn debian_packages(names: &[&str], progress: &Progress) -> Result<(), ToolError> {
    debian::provide(names, progress)
}

/// Sets Cargo's output folder for wasm, emptied if another compiler or std filled it: Cargo knows neither.
fn in_wasm_target(program: Program, project: &Project, rust: &WasmRust) -> Result<Program, ToolError> {
    let folder = project.wasm_target();
    let filled_by = folder.join(".rust");
    if !stamp::is_fresh(&filled_by, rust.identity()) {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| ToolError::io("remove", &folder, &error))?;
        }
        stamp::record(&filled_by, rust.identity())?;
    }
    Ok(program.quiet_env("CARGO_TARGET_DIR", folder))
}

/// The folder for what all projects of the user share.
fn cache() -> Result<PathBuf, ToolError> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    cache_in(variable("XDG_CACHE_HOME"), variable("HOME")).ok_or_else(|| {
        ToolError::new("there is no place to keep tools in: HOME is not set", "set HOME to your folder")
    })
}

/// By the XDG Base Directory Specification, which has relative paths ignored.
fn cache_in(xdg: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let caches = xdg.filter(absolute).or_else(|| home.filter(absolute).map(|home| home.join(".cache")))?;
    Some(caches.join(Path::new("livestore-worker-generator")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_where_the_user_wants_it() {
        let path = |text: &str| Some(PathBuf::from(text));
        let name = "livestore-worker-generator";
        assert_eq!(cache_in(path("/c"), path("/h")), path("/c").map(|it| it.join(name)));
        assert_eq!(cache_in(path("c"), path("/h")), path("/h/.cache").map(|it| it.join(name)));
        assert_eq!(cache_in(None, None), None);
    }
}
