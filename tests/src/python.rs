//! A Python with OpenAI's client, of the versions and hashes in `tests/clients/requirements.txt`: made in `target/tools`
//! when it is first asked for, and kept.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use generator::process::{Program, ToolError};
use generator::progress::Progress;
use generator::toolchain;

use crate::world::root;

/// The program. Blocks while it is set up, which takes a minute.
///
/// # Errors
/// If it cannot be, with what to do.
pub fn openai() -> Result<PathBuf, String> {
    let tools = root().join("target/tools");
    let failed = |error: io::Error| format!("cannot prepare {}: {error}", tools.display());
    fs::create_dir_all(&tools).map_err(failed)?;
    let alone = File::create(tools.join("python.lock")).map_err(failed)?;
    alone.lock().map_err(failed)?;
    let (folder, requirements) = (tools.join("python"), root().join("tests/clients/requirements.txt"));
    let (python, stamp) = (folder.join("bin/python"), folder.join(".installed"));
    let wanted = fs::read(&requirements).map_err(failed)?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    environment(&folder).map_err(|error| error.to_string())?;
    let pip = Program::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--require-hashes", "--only-binary", ":all:", "--requirement"])
        .arg(&requirements)
        .remedy("Python 3.11 or newer and a connection to its package index are needed")
        .read()
        .map_err(|error| error.to_string())?;
    fs::write(&stamp, wanted).map_err(failed)?;
    Ok(python)
}

/// Debian has what makes environments in a package of its own.
fn environment(folder: &Path) -> Result<(), ToolError> {
    let make =
        |python: &str| Program::new(python).args(["-m", "venv", "--clear"]).arg(folder).read().map(drop);
    if make("python3").is_ok() {
        return Ok(());
    }
    toolchain::debian_packages(&["python3", "python3-venv"], &Progress::of_work())?;
    make("/usr/bin/python3")
}
