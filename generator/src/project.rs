//! Where things are in a project's folder.
//!
//! Must not know what is in any of them.

use std::path::{Path, PathBuf};

use crate::process::ToolError;

/// A folder with a `spec.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// The project in this folder.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The project of the nearest `spec.toml`, from the current folder upwards.
    ///
    /// # Errors
    /// If there is none.
    pub fn find() -> Result<Self, ToolError> {
        let here = std::env::current_dir()
            .map_err(|error| ToolError::io("find", Path::new("the current folder"), &error))?;
        Self::above(&here).ok_or_else(|| {
            let what = format!("there is no spec.toml in {} or above it", here.display());
            ToolError::new(what, "run this in the folder of a project")
        })
    }

    fn above(folder: &Path) -> Option<Self> {
        let root = folder.ancestors().find(|folder| folder.join("spec.toml").symlink_metadata().is_ok())?;
        Some(Self::at(root))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The spec.
    pub fn spec(&self) -> PathBuf {
        self.root.join("spec.toml")
    }

    /// What the generator writes.
    pub fn generated(&self) -> PathBuf {
        self.root.join("generated")
    }

    /// What is known of the files in [`generated`](Self::generated).
    pub fn lock(&self) -> PathBuf {
        self.root.join(crate::lock::FILE)
    }

    /// The configuration that wrangler reads.
    pub fn configuration(&self) -> PathBuf {
        self.generated().join("wrangler.jsonc")
    }

    /// The crate of the worker.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("runtime")
    }

    /// The built worker: wrangler's entry point.
    pub fn worker(&self) -> PathBuf {
        self.runtime().join("build/index.js")
    }

    /// Cargo's folder for the wasm target, apart from the host's: another compiler may be at work.
    pub fn wasm_target(&self) -> PathBuf {
        self.root.join("target/worker")
    }

    /// What is known of earlier runs; deleting it costs time only.
    pub fn stamps(&self) -> PathBuf {
        self.root.join("target/stamps")
    }

    /// The databases and objects of the local worker.
    pub fn state(&self) -> PathBuf {
        self.root.join(".wrangler/state")
    }

    /// What `dev` serves on a port: copies, so that a build that fails or is under way changes nothing of it.
    pub fn served(&self, port: u16) -> PathBuf {
        self.root.join(".wrangler/dev").join(port.to_string())
    }

    /// Is there while a worker of an environment is deployed, and after that failed.
    pub fn unfinished(&self, environment: &str) -> PathBuf {
        self.root.join(".wrangler/deploy").join(environment)
    }

    /// The values of secrets for the local worker; need not exist.
    pub fn dev_vars(&self) -> PathBuf {
        self.root.join(".dev.vars")
    }

    /// A program of an npm package.
    pub fn npm_program(&self, name: &str) -> PathBuf {
        self.root.join("node_modules/.bin").join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_spec_marks_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("web/src");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Project::above(&deep), None);
        std::fs::write(folder.path().join("spec.toml"), "").unwrap();
        assert_eq!(Project::above(&deep), Some(Project::at(folder.path())));
    }
}
