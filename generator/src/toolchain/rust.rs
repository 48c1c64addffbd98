//! A Rust that compiles for wasm: finds one, or provides it.
//!
//! Finding out, deciding and doing are apart: [`Machine`] is what was seen, [`attempts`] decides what is tried in which
//! order, [`provide`] does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::debian::{self, Rights};
use crate::process::{Program, ToolError};
use crate::progress::Progress;
use crate::stamp;

/// The one target of the worker.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which rustup knows the distribution's Rust.
pub(super) const LINKED: &str = "distro";

/// Long enough for 30 MB over a slow line, short enough that a firewall that swallows packets is noticed.
const FETCH_LIMIT: Duration = Duration::from_secs(180);

/// A crate that needs std, the linker and link-time optimisation: what compiles it compiles the worker.
const PROBE: &str =
    "#[unsafe(no_mangle)]\npub extern \"C\" fn probe(n: usize) -> usize {\n    n.to_string().len()\n}\n";

/// A Rust that compiles for wasm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WasmRust {
    toolchain: Option<&'static str>,
    identity: String,
}

/// What matters of the machine when the active toolchain cannot compile for wasm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Machine {
    /// rustup is there, so that it can add the target.
    pub(super) rustup: bool,
    /// The distribution's Rust can be had, and with these rights.
    pub(super) debian: Option<Rights>,
}

/// A way to a Rust that compiles for wasm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// `rustup target add`.
    AddTarget,
    /// Debian's packages, and std built from their source.
    Debian(Rights),
}

/// What to try, the best first.
pub(super) fn attempts(machine: Machine) -> Vec<Attempt> {
    let target = machine.rustup.then_some(Attempt::AddTarget);
    let debian = machine.debian.filter(|rights| *rights != Rights::None).map(Attempt::Debian);
    target.into_iter().chain(debian).collect()
}

impl WasmRust {
    /// A program of this toolchain (`cargo`, `rustc`), or one that runs them.
    pub(super) fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Program {
        toolchain_program(self.toolchain, name)
    }

    /// Installs the lints if the distribution's Rust is in use and lacks them; rustup's come with the compiler.
    ///
    /// # Errors
    /// If they cannot be installed.
    pub(super) fn provide_lints(&self, progress: &Progress) -> Result<(), ToolError> {
        match self.toolchain {
            Some(LINKED) => debian::provide_lints(progress),
            _ => Ok(()),
        }
    }

    /// Changes when the compiler or its std for wasm does; what an older one built is stale then.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }
}

fn toolchain_program(toolchain: Option<&str>, name: impl AsRef<std::ffi::OsStr>) -> Program {
    match toolchain {
        Some(toolchain) => Program::new(name).env("RUSTUP_TOOLCHAIN", toolchain),
        None => Program::new(name),
    }
}

/// Finds a Rust that compiles for wasm or provides one; remembers in `cache` which has been tried.
///
/// # Errors
/// If there is none and none can be had; the remedy is the commands to type.
pub(super) fn provide(cache: &Path, progress: &Progress) -> Result<WasmRust, ToolError> {
    const TITLE: &str = "Rust for wasm";
    for toolchain in [None, Some(LINKED)] {
        if let Ok(found) = usable(cache, toolchain) {
            progress.fresh(TITLE);
            return Ok(found);
        }
    }
    let machine = Machine { rustup: has_rustup(), debian: debian::rights() };
    let mut failures = Vec::new();
    for attempt in attempts(machine) {
        let tried = match attempt {
            Attempt::AddTarget => add_target(progress).and_then(|()| usable(cache, None)),
            Attempt::Debian(rights) => debian::install(cache, rights, machine.rustup, progress)
                .and_then(|toolchain| usable(cache, toolchain)),
        };
        match tried {
            Ok(found) => return Ok(found),
            Err(error) => failures.push(error),
        }
    }
    Err(explain(cache, machine, failures))
}

/// Whether there is a Rust that compiles for wasm.
pub(super) fn find(cache: &Path) -> Option<()> {
    [None, Some(LINKED)].into_iter().any(|toolchain| usable(cache, toolchain).is_ok()).then_some(())
}

/// The toolchain, if it compiles the probe. That it did is remembered for as long as it stays the same.
fn usable(cache: &Path, toolchain: Option<&'static str>) -> Result<WasmRust, ToolError> {
    let identity = identity(toolchain)?;
    let stamp = cache.join(format!("wasm-{}", toolchain.unwrap_or("active")));
    let found = WasmRust { toolchain, identity };
    if !stamp::is_fresh(&stamp, &found.identity) {
        probe(&found)?;
        stamp::record(&stamp, &found.identity)?;
    }
    Ok(found)
}

/// A hash over the compiler's version and its std for wasm (names, sizes and times of the libraries).
fn identity(toolchain: Option<&str>) -> Result<String, ToolError> {
    let rustc = || toolchain_program(toolchain, "rustc");
    let version = rustc().arg("-vV").read()?;
    let folder = rustc().args(["--target", TARGET, "--print", "target-libdir"]).read()?;
    let entries = fs::read_dir(&folder).map_err(|error| ToolError::io("read", Path::new(&folder), &error))?;
    let mut libraries: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let seen = entry.metadata().ok()?;
            Some(format!("{:?} {} {:?}", entry.file_name(), seen.len(), seen.modified().ok()?))
        })
        .collect();
    libraries.sort();
    let digest = Sha256::digest(format!("{version}\n{}", libraries.join("\n")));
    Ok(stamp::hex(&digest))
}

fn probe(rust: &WasmRust) -> Result<(), ToolError> {
    let folder = tempfile::tempdir()
        .map_err(|error| ToolError::io("make a folder in", &std::env::temp_dir(), &error))?;
    let source = folder.path().join("probe.rs");
    fs::write(&source, PROBE).map_err(|error| ToolError::io("write", &source, &error))?;
    rust.program("rustc")
        .args([
            "--target",
            TARGET,
            "--edition",
            "2024",
            "--crate-type",
            "cdylib",
            "-C",
            "lto",
            "-o",
            "probe.wasm",
        ])
        .arg("probe.rs")
        .current_dir(folder.path())
        .read()
        .map(drop)
}

fn has_rustup() -> bool {
    Program::new("rustup").arg("--version").read().is_ok()
}

fn add_target(progress: &Progress) -> Result<(), ToolError> {
    let command = Program::new("rustup").args(["target", "add", TARGET]).timeout(FETCH_LIMIT);
    let step = progress.step(format!("Rust for wasm: {}", command.command_line()));
    match command.run(&step) {
        Ok(_) => {
            step.done();
            Ok(())
        }
        Err(error) => {
            step.gave_up("rustup could not fetch it");
            Err(error)
        }
    }
}

/// Why there is no Rust for wasm, and what to type.
fn explain(cache: &Path, machine: Machine, failures: Vec<ToolError>) -> ToolError {
    let what = failures.iter().fold(format!("no Rust here compiles for {TARGET}"), |text, failure| {
        format!("{text}\n  tried: {}", failure.to_string().replace('\n', "\n  "))
    });
    ToolError::new(what, remedy(machine, &debian::manual(&build_folder(cache), machine.rustup)))
}

fn remedy(machine: Machine, debian: &str) -> String {
    let first = if machine.rustup {
        format!("run `rustup target add {TARGET}`")
    } else {
        format!("install rustup (https://rustup.rs) and run `rustup target add {TARGET}`")
    };
    match machine.debian {
        Some(_) => format!("{first},\nor, where rustup can fetch nothing, use Debian's Rust:\n{debian}"),
        None => first,
    }
}

/// Where std is built before it is installed.
pub(super) fn build_folder(cache: &Path) -> PathBuf {
    cache.join("std")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustup_is_asked_before_the_distribution() {
        let machine = Machine { rustup: true, debian: Some(Rights::Root) };
        assert_eq!(attempts(machine), [Attempt::AddTarget, Attempt::Debian(Rights::Root)]);
    }

    #[test]
    fn a_machine_without_rustup_gets_the_distributions_rust() {
        let machine = Machine { rustup: false, debian: Some(Rights::Sudo) };
        assert_eq!(attempts(machine), [Attempt::Debian(Rights::Sudo)]);
    }

    #[test]
    fn nothing_is_installed_without_the_right_to() {
        let machine = Machine { rustup: true, debian: Some(Rights::None) };
        assert_eq!(attempts(machine), [Attempt::AddTarget]);
        assert!(remedy(machine, "COMMANDS").ends_with("use Debian's Rust:\nCOMMANDS"));
    }

    #[test]
    fn elsewhere_rustup_is_the_only_way() {
        let machine = Machine { rustup: false, debian: None };
        assert_eq!(attempts(machine), []);
        assert!(remedy(machine, "COMMANDS").contains("https://rustup.rs"));
        assert!(!remedy(machine, "COMMANDS").contains("COMMANDS"));
    }
}
