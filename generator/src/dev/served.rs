//! What `dev` serves: a copy of the configuration, the built worker and the web app, as they were after the last
//! complete success.
//!
//! A copy has the project's layout, so that the paths in the configuration hold in it. Must not know how what it
//! copies is made, nor who serves it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::build::Web;
use crate::process::ToolError;
use crate::project::Project;
use crate::stamp::Inputs;

/// Up to three copies in one folder: what is served, what is to be, and what was.
#[derive(Debug)]
pub(super) struct Served {
    current: Project,
    next: Project,
    previous: Project,
}

impl Served {
    /// Copies in `folder`, which is nobody else's.
    pub(super) fn at(folder: &Path) -> Self {
        let copy = |name| Project::at(folder.join(name));
        Self { current: copy("current"), next: copy("next"), previous: copy("previous") }
    }

    /// The configuration of what is served.
    pub(super) fn configuration(&self) -> PathBuf {
        self.current.configuration()
    }

    /// Copies what `project` holds now, beside what is served. Gives a hash of it: one that was seen before needs no
    /// [`swap`](Self::swap).
    pub(super) fn stage(&self, project: &Project, web: Option<&Web>) -> Result<String, ToolError> {
        remove(self.next.root())?;
        let worker = project.worker();
        let web = web.map(|web| web.output(project));
        let sources = [Some(project.configuration()), worker.parent().map(Path::to_owned), web];
        let mut inputs = Inputs::default();
        for source in sources.into_iter().flatten() {
            for entry in WalkDir::new(&source).follow_links(true).sort_by_file_name() {
                let entry = entry.map_err(|error| ToolError::io("read", &source, &error.into()))?;
                let Ok(inside) = entry.path().strip_prefix(project.root()) else { continue };
                if entry.file_type().is_file() {
                    copy(entry.path(), &self.next.root().join(inside))?;
                    inputs = inputs.text(&inside.to_string_lossy()).path(self.next.root().join(inside));
                }
            }
        }
        inputs.hash()
    }

    /// Makes what was staged what is served. Nobody may be serving.
    pub(super) fn swap(&self) -> Result<(), ToolError> {
        remove(self.previous.root())?;
        if self.current.root().exists() {
            rename(self.current.root(), self.previous.root())?;
        }
        rename(self.next.root(), self.current.root())
    }

    /// Takes a swap back, if there was one since [`keep`](Self::keep).
    pub(super) fn restore(&self) -> Result<(), ToolError> {
        if !self.previous.root().exists() {
            return Ok(());
        }
        remove(self.current.root())?;
        rename(self.previous.root(), self.current.root())
    }

    /// Lets go of what was served before.
    pub(super) fn keep(&self) -> Result<(), ToolError> {
        remove(self.previous.root())
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), ToolError> {
    let folder = to.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::copy(from, to)).map(drop).map_err(|error| ToolError::io("copy", from, &error))
}

fn remove(folder: &Path) -> Result<(), ToolError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ToolError::io("remove", folder, &error)),
        _ => Ok(()),
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), ToolError> {
    fs::rename(from, to).map_err(|error| ToolError::io("rename", from, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    struct Fixture {
        folder: TempDir,
        project: Project,
        served: Served,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let project = Project::at(folder.path());
            let served = Served::at(&project.served(1));
            let fixture = Self { folder, project, served };
            for file in ["generated/wrangler.jsonc", "runtime/build/index.js", "web/dist/target/page"] {
                fixture.write(file, "1");
            }
            fixture
        }

        fn write(&self, file: &str, text: &str) {
            let path = self.folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn stage(&self) -> String {
            let web = Web { directory: "web/dist".to_owned(), build: None };
            self.served.stage(&self.project, Some(&web)).unwrap()
        }

        fn page(&self) -> String {
            let generated = self.served.configuration();
            fs::read_to_string(generated.parent().unwrap().join("../web/dist/target/page")).unwrap()
        }
    }

    #[test]
    fn what_is_built_is_served_after_the_swap_alone() {
        let fixture = Fixture::new();
        fixture.stage();
        fixture.served.swap().unwrap();
        fixture.write("web/dist/target/page", "2");
        fixture.stage();
        assert_eq!(fixture.page(), "1");
        fixture.served.swap().unwrap();
        assert_eq!(fixture.page(), "2");
    }

    #[test]
    fn a_swap_is_taken_back_until_it_is_kept() {
        let fixture = Fixture::new();
        fixture.stage();
        fixture.served.swap().unwrap();
        fixture.served.restore().unwrap();
        fixture.write("web/dist/target/page", "2");
        fixture.stage();
        fixture.served.swap().unwrap();
        fixture.served.restore().unwrap();
        assert_eq!(fixture.page(), "1");
        fixture.stage();
        fixture.served.swap().unwrap();
        fixture.served.keep().unwrap();
        fixture.served.restore().unwrap();
        assert_eq!(fixture.page(), "2");
    }

    #[test]
    fn a_file_that_is_gone_is_served_no_more() {
        let fixture = Fixture::new();
        fixture.write("web/dist/old", "1");
        fixture.stage();
        fixture.served.swap().unwrap();
        fs::remove_file(fixture.folder.path().join("web/dist/old")).unwrap();
        fixture.stage();
        fixture.served.swap().unwrap();
        assert!(!fixture.folder.path().join(".wrangler/dev/1/current/web/dist/old").exists());
    }

    #[test]
    fn the_hash_changes_with_whatever_is_served() {
        let fixture = Fixture::new();
        let first = fixture.stage();
        assert_eq!(fixture.stage(), first);
        for file in ["generated/wrangler.jsonc", "runtime/build/index.js", "web/dist/target/page"] {
            fixture.write(file, "2");
            assert_ne!(fixture.stage(), first, "{file}");
            fixture.write(file, "1");
        }
    }
}
