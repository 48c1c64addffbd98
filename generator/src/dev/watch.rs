//! Notices edits, and waits until they have settled.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::build::Web;
use crate::process::ToolError;
use crate::project::Project;
use crate::stamp::NO_INPUT;

/// An editor that saves, and a tool that writes many files, are done when nothing came for this long.
const QUIET: Duration = Duration::from_millis(150);

/// Watches a project's sources until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _watcher: RecommendedWatcher,
    sender: Sender<PathBuf>,
    paths: Receiver<PathBuf>,
    pending: Vec<PathBuf>,
    last: Instant,
}

impl Watch {
    /// Starts to watch the sources of `project` and of its web app as far as it is known.
    pub(super) fn start(project: &Project, web: Option<&Web>) -> Result<Self, ToolError> {
        let (sender, paths) = mpsc::channel();
        let watcher = watcher(&folders(project, web), sender.clone())?;
        Ok(Self { _watcher: watcher, sender, paths, pending: Vec::new(), last: Instant::now() })
    }

    /// Watches what the sources are by now: folders come and go, and the spec names others. No edit is lost.
    pub(super) fn follow(&mut self, project: &Project, web: Option<&Web>) -> Result<(), ToolError> {
        self._watcher = watcher(&folders(project, web), self.sender.clone())?;
        Ok(())
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

/// What to watch. Folders, since an editor that saves by renaming replaces the file.
fn folders(project: &Project, web: Option<&Web>) -> Vec<(PathBuf, RecursiveMode)> {
    let mut folders = vec![
        (project.root().to_owned(), RecursiveMode::NonRecursive),
        (project.generated(), RecursiveMode::NonRecursive),
        (project.runtime(), RecursiveMode::NonRecursive),
        (project.runtime().join("src"), RecursiveMode::Recursive),
    ];
    match web {
        // Files that are served as they are.
        Some(web) if web.build.is_none() => folders.push((web.output(project), RecursiveMode::Recursive)),
        Some(web) => {
            let (source, others) = (web.source(project), web.no_source(project));
            for entry in std::fs::read_dir(&source).into_iter().flatten().flatten() {
                let (path, name) = (entry.path(), entry.file_name());
                if path.is_dir() && !NO_INPUT.iter().any(|it| name == *it) && !others.contains(&path) {
                    folders.push((path, RecursiveMode::Recursive));
                }
            }
            folders.push((source, RecursiveMode::NonRecursive));
        }
        None => {}
    }
    folders
}

fn watcher(
    folders: &[(PathBuf, RecursiveMode)],
    sender: Sender<PathBuf>,
) -> Result<RecommendedWatcher, ToolError> {
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
    let root = folders.first().map_or(Path::new("."), |(path, _)| path);
    let mut watcher = notify::recommended_watcher(on_event).map_err(|error| failed(root, &error))?;
    for (path, mode) in folders {
        match watcher.watch(path, *mode) {
            // It went while the list was made, or is still to come; its parent's watch tells of it.
            Err(_) if !path.exists() => {}
            watched => watched.map_err(|error| failed(path, &error))?,
        }
    }
    Ok(watcher)
}

fn failed(path: &Path, error: &notify::Error) -> ToolError {
    let remedy = "on Linux, raise fs.inotify.max_user_watches (sysctl) if it says that a limit is reached";
    ToolError::new(format!("cannot watch {} for edits: {error}", path.display()), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    struct Fixture {
        _folder: TempDir,
        root: PathBuf,
        project: Project,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().canonicalize().unwrap();
            for folder in ["web/src", "web/dist", "app/src", "app/built"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            fs::write(root.join("spec.toml"), "old").unwrap();
            Self { _folder: folder, project: Project::at(&root), root }
        }

        fn write(&self, path: &str) {
            fs::write(self.root.join(path), "new").unwrap();
        }

        /// Waits until an edit of `path` was noticed; the paths that were noticed up to then.
        fn noticed(&self, watch: &mut Watch, path: &str) -> Vec<PathBuf> {
            let deadline = Instant::now() + Duration::from_secs(10);
            let mut seen = Vec::new();
            while !seen.contains(&self.root.join(path)) {
                assert!(Instant::now() < deadline, "no edit of {path} was noticed, but {seen:?}");
                seen.extend(watch.settled());
                std::thread::sleep(Duration::from_millis(10));
            }
            seen
        }
    }

    fn web(directory: &str, build: Option<&str>) -> Web {
        Web { directory: directory.to_owned(), build: build.map(str::to_owned) }
    }

    #[test]
    fn an_edit_that_replaces_the_file_is_noticed() {
        let fixture = Fixture::new();
        let mut watch = Watch::start(&fixture.project, None).unwrap();
        fixture.write("new");
        fs::rename(fixture.root.join("new"), fixture.project.spec()).unwrap();
        fixture.noticed(&mut watch, "spec.toml");
    }

    #[test]
    fn the_folder_that_the_spec_names_now_is_followed_and_the_output_in_it_is_not() {
        let fixture = Fixture::new();
        let mut watch = Watch::start(&fixture.project, Some(&web("web/dist", Some("make")))).unwrap();
        watch.follow(&fixture.project, Some(&web("app/built", Some("make")))).unwrap();
        fixture.write("app/built/page");
        fixture.write("web/src/main");
        fixture.write("app/src/main");
        let seen = fixture.noticed(&mut watch, "app/src/main");
        assert_eq!(seen.iter().find(|path| !path.ends_with("app/src/main")), None);
    }

    #[test]
    fn a_new_folder_beside_the_sources_is_followed() {
        let fixture = Fixture::new();
        let web = web("web/dist", Some("make"));
        let mut watch = Watch::start(&fixture.project, Some(&web)).unwrap();
        fs::create_dir(fixture.root.join("web/styles")).unwrap();
        fixture.noticed(&mut watch, "web/styles");
        watch.follow(&fixture.project, Some(&web)).unwrap();
        fixture.write("web/styles/page");
        fixture.noticed(&mut watch, "web/styles/page");
    }

    #[test]
    fn files_that_are_served_as_they_are_are_followed() {
        let fixture = Fixture::new();
        let mut watch = Watch::start(&fixture.project, Some(&web("web/dist", None))).unwrap();
        fixture.write("web/dist/page");
        fixture.noticed(&mut watch, "web/dist/page");
    }
}
