//! Node, and the npm packages that the project pins.

use std::path::PathBuf;

use crate::process::{Program, ToolError};
use crate::progress::Progress;
use crate::project::Project;
use crate::stamp::{self, Inputs};

/// The oldest Node that the packages run on, as in `package.json`.
const OLDEST: (u32, u32) = (20, 19);

/// Checks that Node is there and new enough.
pub(super) fn check() -> Result<(), ToolError> {
    version().map(drop)
}

/// Its version, if it is there and new enough.
pub(super) fn version() -> Result<String, ToolError> {
    let remedy =
        format!("install Node {}.{} or newer (https://nodejs.org) and try again", OLDEST.0, OLDEST.1);
    let version = Program::new("node").arg("--version").remedy(&remedy).read()?;
    if parse(&version).is_some_and(|version| version >= OLDEST) {
        return Ok(version);
    }
    Err(ToolError::new(format!("Node {version} is too old"), remedy))
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The packages of a `package-lock.json`, and whether they are installed.
pub(super) struct Packages<'a> {
    project: &'a Project,
    hash: String,
}

impl<'a> Packages<'a> {
    pub(super) fn of(project: &'a Project) -> Result<Self, ToolError> {
        let root = project.root();
        let inputs = Inputs::default().path(root.join("package.json")).path(root.join("package-lock.json"));
        Ok(Self { project, hash: inputs.hash()? })
    }

    /// Whether they were installed from the same lock file before.
    pub(super) fn are_installed(&self) -> bool {
        stamp::is_fresh(&self.stamp(), &self.hash)
    }

    /// Installs them unless they are.
    pub(super) fn install(&self, progress: &Progress) -> Result<(), ToolError> {
        const TITLE: &str = "npm packages";
        if self.are_installed() {
            progress.fresh(TITLE);
            return Ok(());
        }
        let step = progress.step(TITLE);
        Program::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(self.project.root())
            .remedy("check the connection to npm's registry, then try again")
            .run(&step)?;
        stamp::record(&self.stamp(), &self.hash)?;
        step.done();
        Ok(())
    }

    /// Inside the folder of the packages, so that it goes when they go.
    fn stamp(&self) -> PathBuf {
        self.project.root().join("node_modules/.installed")
    }
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
