//! Node, and the npm packages that the project pins.

use crate::process::{Program, ToolError};
use crate::progress::Progress;
use crate::project::Project;
use crate::stamp::{self, Inputs};

/// The oldest Node that the packages run on, as in `package.json`.
const OLDEST: (u32, u32) = (20, 19);

/// Checks that Node is there and new enough.
pub(super) fn check() -> Result<(), ToolError> {
    let remedy =
        format!("install Node {}.{} or newer (https://nodejs.org) and try again", OLDEST.0, OLDEST.1);
    let version = Program::new("node").arg("--version").remedy(&remedy).read()?;
    if parse(&version).is_some_and(|version| version >= OLDEST) {
        return Ok(());
    }
    Err(ToolError::new(format!("Node {version} is too old"), remedy))
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Installs the packages of `package-lock.json`, unless it did so from the same one before.
pub(super) fn install_packages(project: &Project, progress: &Progress) -> Result<(), ToolError> {
    const TITLE: &str = "npm packages";
    let root = project.root();
    let hash =
        Inputs::default().path(root.join("package.json")).path(root.join("package-lock.json")).hash()?;
    // Inside, so that it goes when the packages go.
    let stamp = root.join("node_modules/.installed");
    if stamp::is_fresh(&stamp, &hash) {
        progress.fresh(TITLE);
        return Ok(());
    }
    let step = progress.step(TITLE);
    Program::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(root)
        .remedy("check the connection to npm's registry, then try again")
        .run(&step)?;
    stamp::record(&stamp, &hash)?;
    step.done();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(parse("v20.19.0\n") >= Some(OLDEST) && parse("v100.2.0") > Some(OLDEST));
        assert!(parse("v20.9.0") < Some(OLDEST) && parse("v18.20.1") < Some(OLDEST));
        assert_eq!(parse("nonsense"), None);
    }
}
