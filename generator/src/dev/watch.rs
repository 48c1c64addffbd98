//! Notices edits, and waits until they have settled.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::process::ToolError;
use crate::project::Project;

/// An editor that saves, and a tool that writes many files, are done when nothing came for this long.
const QUIET: Duration = Duration::from_millis(150);

/// Watches a project's sources until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _watcher: RecommendedWatcher,
    paths: Receiver<PathBuf>,
    pending: Vec<PathBuf>,
    last: Instant,
}

impl Watch {
    /// Starts to watch the files in the project's folder and, with all that is in them, its source folders and `web`.
    pub(super) fn start(project: &Project, web: Option<&Path>) -> Result<Self, ToolError> {
        let (sender, paths) = mpsc::channel();
        let on_event = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            for path in event.paths {
                // Nobody listens any more when `dev` is about to end.
                let _ = sender.send(path);
            }
        };
        let mut watcher =
            notify::recommended_watcher(on_event).map_err(|error| failed(project.root(), &error))?;
        let mut watch = |path: &Path, mode| {
            if path.exists() {
                watcher.watch(path, mode).map_err(|error| failed(path, &error))
            } else {
                Ok(())
            }
        };
        // Folders, since an editor that saves by renaming replaces the file.
        watch(project.root(), RecursiveMode::NonRecursive)?;
        watch(&project.generated(), RecursiveMode::NonRecursive)?;
        watch(&project.runtime().join("src"), RecursiveMode::Recursive)?;
        watch(&project.runtime(), RecursiveMode::NonRecursive)?;
        if let Some(web) = web {
            watch(web, RecursiveMode::NonRecursive)?;
            for entry in std::fs::read_dir(web).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if entry.path().is_dir() && name != "node_modules" && name != "dist" {
                    watch(&entry.path(), RecursiveMode::Recursive)?;
                }
            }
        }
        Ok(Self { _watcher: watcher, paths, pending: Vec::new(), last: Instant::now() })
    }

    /// The paths that changed, once no other change followed for a moment; empty until then.
    pub(super) fn settled(&mut self) -> Vec<PathBuf> {
        for path in self.paths.try_iter() {
            self.pending.push(path);
            self.last = Instant::now();
        }
        if self.last.elapsed() < QUIET { Vec::new() } else { std::mem::take(&mut self.pending) }
    }
}

fn failed(path: &Path, error: &notify::Error) -> ToolError {
    let remedy = "on Linux, raise fs.inotify.max_user_watches (sysctl) if it says that a limit is reached";
    ToolError::new(format!("cannot watch {} for edits: {error}", path.display()), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_edit_that_replaces_the_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let spec = root.join("spec.toml");
        fs::write(&spec, "old").unwrap();
        let mut watch = Watch::start(&Project::at(&root), None).unwrap();
        fs::write(root.join("new"), "new").unwrap();
        fs::rename(root.join("new"), &spec).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if watch.settled().contains(&spec) {
                return;
            }
            assert!(Instant::now() < deadline, "no edit was noticed");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
