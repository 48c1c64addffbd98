//! Debian's Rust for wasm, for machines where rustup can fetch nothing: packages, and std built from their source.
//!
//! Every command is listed before it is run, and the list is what a user without the rights is told to type.

use std::fs;
use std::path::Path;

use super::rust::{LINKED, TARGET, build_folder};
use crate::process::{Program, ToolError, quoted};
use crate::progress::{Progress, Step};

/// The compiler, its source, a linker for wasm, and the lints that CI runs for the wasm target.
const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", LINTS, "lld"];

const LINTS: &str = "rust-web-clippy";

/// The oldest compiler that the worker's dependencies take, as in the workspace's `rust-version`.
const OLDEST: (u32, u32) = (1, 91);

/// Where Debian's compiler keeps its libraries, a folder for each target.
const LIBRARIES: &str = "/usr/lib/rustlib";

/// An empty crate: building it for the target builds std. A static library needs no linker and leaves no `.rlib`.
const EMPTY_CRATE: &str = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                           [lib]\ncrate-type = [\"staticlib\"]\n\n[workspace]\n";

/// How a command may get root's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    /// The process is root's.
    Root,
    /// `sudo` asks nothing.
    Sudo,
    /// Not at all.
    None,
}

/// The rights to install Debian packages here, or `None` if this is no Debian.
pub(super) fn rights() -> Option<Rights> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !is_debian(&release) || !Path::new("/usr/bin/apt-get").exists() {
        return None;
    }
    Some(if rustix::process::geteuid().is_root() {
        Rights::Root
    } else if Program::new("sudo").args(["-n", "true"]).read().is_ok() {
        Rights::Sudo
    } else {
        Rights::None
    })
}

fn is_debian(os_release: &str) -> bool {
    os_release.lines().filter_map(|line| line.split_once('=')).any(|(key, value)| {
        matches!(key, "ID" | "ID_LIKE") && value.trim_matches('"').split(' ').any(|id| id == "debian")
    })
}

/// Installs what is missing and returns the name of the toolchain for rustup, if rustup is there.
///
/// # Errors
/// If a command fails, or Debian's compiler is too old.
pub(super) fn install(
    cache: &Path,
    rights: Rights,
    rustup: bool,
    progress: &Progress,
) -> Result<Option<&'static str>, ToolError> {
    let missing = missing_packages();
    if !missing.is_empty() {
        install_packages(rights, &missing, progress)?;
    }
    let host = host()?;
    let folder = build_folder(cache);
    prepare_build(&folder)?;
    let step = progress.step(format!("std for {TARGET}, from Debian's source"));
    build_std(&folder).run(&step)?;
    for command in install_std(&folder, &host) {
        command.run_as(rights).run(&step)?;
    }
    let _ = fs::remove_dir_all(&folder);
    step.done();
    if !rustup {
        return Ok(None);
    }
    progress.note(&format!("Telling rustup of it: {}", link().command_line()));
    link().read()?;
    Ok(Some(LINKED))
}

/// Installs Debian's lints if they are missing.
///
/// # Errors
/// If there is no right to, or it fails.
pub(super) fn provide_lints(progress: &Progress) -> Result<(), ToolError> {
    let missing = missing_packages();
    match rights() {
        _ if !missing.contains(&LINTS) => Ok(()),
        Some(rights @ (Rights::Root | Rights::Sudo)) => install_packages(rights, &[LINTS], progress),
        _ => {
            let command = packages(&[LINTS]).0.command_line();
            Err(ToolError::new(
                "the lints of Debian's Rust are not installed",
                format!("run `sudo {command}`"),
            ))
        }
    }
}

fn install_packages(rights: Rights, missing: &[&str], progress: &Progress) -> Result<(), ToolError> {
    progress.note(&format!(
        "rustup has no Rust for wasm here. Installing Debian's packages: {}",
        missing.join(" ")
    ));
    let step = progress.step("Debian packages");
    if candidate() < Some(OLDEST) {
        update().run_as(rights).run(&step)?;
    }
    match candidate() {
        Some(version) if version >= OLDEST => {}
        found => return Err(too_old(found)),
    }
    fetch(rights, missing, &step)?;
    step.done();
    Ok(())
}

/// A package list from last week names files that are gone: it is fetched anew, once.
fn fetch(rights: Rights, names: &[&str], step: &Step) -> Result<(), ToolError> {
    if packages(names).run_as(rights).run(step).is_err() {
        update().run_as(rights).run(step)?;
        packages(names).run_as(rights).run(step)?;
    }
    Ok(())
}

/// Installs packages that have nothing to do with Rust.
///
/// # Errors
/// If this is no Debian or there is no right to, or it fails.
pub(super) fn provide(names: &[&str], progress: &Progress) -> Result<(), ToolError> {
    let Some(rights @ (Rights::Root | Rights::Sudo)) = rights() else {
        let remedy = format!("install it; on Debian: `sudo {}`", packages(names).0.command_line());
        return Err(ToolError::new(format!("something is missing of {}", names.join(", ")), remedy));
    };
    let step = progress.step("Debian packages");
    fetch(rights, names, &step)?;
    step.done();
    Ok(())
}

fn too_old(found: Option<(u32, u32)>) -> ToolError {
    let found =
        found.map_or("no rustc-web".to_owned(), |(major, minor)| format!("rustc-web {major}.{minor}"));
    let what =
        format!("this system's package sources offer {found}, and {}.{} is needed", OLDEST.0, OLDEST.1);
    ToolError::new(what, "on Debian 12 or newer, enable the security sources in /etc/apt")
}

/// What a user types who has the rights that we have not.
pub(super) fn manual(folder: &Path, rustup: bool) -> String {
    let host = host().unwrap_or_else(|_| format!("{}-unknown-linux-gnu", std::env::consts::ARCH));
    let root = |command: AsRoot| format!("sudo {}", command.0.command_line());
    let here = quoted(folder);
    let mut lines = vec![root(update()), root(packages(PACKAGES))];
    lines.push(format!("mkdir -p {here}/src && cd {here} && touch src/lib.rs"));
    lines.push(format!("printf '{}' > Cargo.toml", EMPTY_CRATE.replace('\n', "\\n")));
    lines.push(build_std(folder).command_line());
    lines.extend(install_std(folder, &host).into_iter().map(root));
    lines.extend(rustup.then(|| link().command_line()));
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// A command that needs root's rights.
struct AsRoot(Program);

impl AsRoot {
    fn run_as(self, rights: Rights) -> Program {
        match rights {
            Rights::Sudo => self.0.through(&["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]),
            Rights::Root | Rights::None => self.0.quiet_env("DEBIAN_FRONTEND", "noninteractive"),
        }
    }
}

fn update() -> AsRoot {
    AsRoot(Program::new("apt-get").arg("update"))
}

/// `--no-remove`: that another package would have to go is for the user to decide.
fn packages(names: &[&str]) -> AsRoot {
    let options = ["-y", "--no-install-recommends", "--no-remove", "-o", "DPkg::Lock::Timeout=300"];
    AsRoot(Program::new("apt-get").arg("install").args(options).args(names))
}

/// Bitcode is what lets the worker's build optimise across crates, std among them.
fn build_std(folder: &Path) -> Program {
    Program::new("/usr/bin/cargo")
        .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,panic_unwind"])
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", "target")
        .without_env("CARGO_ENCODED_RUSTFLAGS")
        .without_env("RUSTC_WRAPPER")
        .current_dir(folder)
}

/// Copies std beside its place and then renames it, so that half of it is never found; and gives the compiler the
/// linker under the name by which it asks for it.
fn install_std(folder: &Path, host: &str) -> [AsRoot; 2] {
    let built = folder.join("target").join(TARGET).join("release/deps");
    let place = format!("{LIBRARIES}/{TARGET}");
    let linkers = format!("{LIBRARIES}/{host}/bin");
    let copy = format!(
        "rm -rf {place}.new && install -D -m 644 -t {place}.new/lib {}/*.rlib && rm -rf {place} && mv {place}.new {place}",
        quoted(built)
    );
    let link = format!("mkdir -p {linkers} && ln -sf /usr/bin/lld {linkers}/rust-lld");
    [copy, link].map(|script| AsRoot(Program::new("sh").args(["-c", &script])))
}

fn link() -> Program {
    Program::new("rustup").args(["toolchain", "link", LINKED, "/usr"])
}

fn prepare_build(folder: &Path) -> Result<(), ToolError> {
    let write = || -> std::io::Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), EMPTY_CRATE)?;
        fs::write(folder.join("src/lib.rs"), "")
    };
    write().map_err(|error| ToolError::io("write", folder, &error))
}

fn missing_packages() -> Vec<&'static str> {
    let installed = |name: &&str| {
        let status = Program::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", name]).read();
        status.is_ok_and(|status| status == "installed")
    };
    PACKAGES.iter().copied().filter(|name| !installed(name)).collect()
}

/// The version of Debian's compiler that apt would install, as far as it knows.
fn candidate() -> Option<(u32, u32)> {
    let policy =
        Program::new("apt-cache").args(["policy", PACKAGES[0]]).quiet_env("LC_ALL", "C").read().ok()?;
    candidate_in(&policy)
}

fn candidate_in(policy: &str) -> Option<(u32, u32)> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The triple of Debian's compiler, such as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String, ToolError> {
    let version = Program::new("/usr/bin/rustc").arg("-vV").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| ToolError::new("/usr/bin/rustc -vV names no host", "reinstall rustc-web"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_what_derives_from_it_are_recognised() {
        assert!(is_debian("NAME=x\nID=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nHOME_URL=debian\n"));
    }

    #[test]
    fn the_candidate_is_read_from_apt() {
        let policy =
            "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1~deb12u2\n  Version table:\n";
        assert_eq!(candidate_in(policy), Some((1, 96)));
        assert_eq!(candidate_in("rustc-web:\n  Candidate: (none)\n"), None);
    }

    #[test]
    fn an_offer_that_is_missing_or_old_is_refused() {
        assert!(None < Some(OLDEST) && Some((1, 85)) < Some(OLDEST) && Some((2, 0)) > Some(OLDEST));
        assert!(too_old(Some((1, 85))).to_string().contains("offer rustc-web 1.85, and 1.91 is needed"));
    }

    #[test]
    fn the_manual_is_the_commands_that_would_run() {
        let text = manual(Path::new("/home/u/.cache/x/std"), true);
        for part in ["sudo apt-get update", "rustc-web cargo-web", "-Zbuild-std", "/std/target/", "rust-lld"]
        {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(text.ends_with("rustup toolchain link distro /usr"));
    }
}
