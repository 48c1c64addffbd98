//! The repository's worker with a weakness: its WebAssembly breaks down when a client says so.
//!
//! Owns the configuration of it. Must not know what that does to anyone.

use std::path::{Path, PathBuf};

use generator::project::Project;
use serde_json::{Value, json};

use crate::world::root;

/// Writes wrangler's configuration of the worker into `folder`.
///
/// # Errors
/// If it cannot be made from the generated one.
pub(crate) fn configuration(project: &Project, folder: &Path) -> Result<PathBuf, String> {
    let generated = project.configuration();
    let text = std::fs::read_to_string(&generated)
        .map_err(|error| format!("cannot read {}: {error}", generated.display()))?;
    let is_value = |line: &&str| !line.trim_start().starts_with("//");
    let text: String = text.lines().filter(is_value).collect();
    let mut configuration: Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", generated.display()))?;
    configuration["main"] = json!(root().join("tests/clients/trapping-worker.js"));
    configuration["assets"]["directory"] = json!(project.generated().join("../web/dist"));
    let path = folder.join("wrangler.json");
    std::fs::write(&path, configuration.to_string())
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(path)
}
