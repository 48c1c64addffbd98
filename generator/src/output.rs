//! The folder `generated/` and the little outside of it: what is there, what would change, and the change itself.
//!
//! Owns reading and writing; the only module that writes generated files. Must not know what is in them. Paths are
//! those in the project, with `/`.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{
    diagnostic::{Code, Diagnostic, Place},
    lock::{self, Lock},
    plan::{Before, checksum},
};

/// The folder of generated files, beside the spec.
pub const GENERATED: &str = "generated";

/// A file as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// The path in the project.
    pub path: String,
    /// The text: LF, ends in a newline.
    pub text: String,
}

/// What to do with the difference between the files as they are and as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write it. `force` overwrites what a person edited.
    Write {
        /// Whether edits by hand are lost.
        force: bool,
    },
    /// Report each file as stale.
    Check,
    /// Nothing.
    Diff,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The path in the project.
    pub path: String,
    /// The text now; `None` for a new file.
    pub before: Option<String>,
    /// The text as it should be; `None` for a file that is to go.
    pub after: Option<String>,
}

/// Reads what is in `generated/` of the project in `root`, and the files `outside` of it. What is not there is empty.
pub fn read(root: &Path, outside: &[&str]) -> io::Result<Before> {
    let mut files = BTreeMap::new();
    let folder = root.join(GENERATED);
    if folder.exists() {
        // wrangler keeps a folder of its own here, whose files come and go.
        let walk = walkdir::WalkDir::new(&folder).follow_links(false).into_iter();
        for entry in walk.filter_entry(|entry| entry.file_name() != ".wrangler") {
            let entry = entry?;
            if !entry.file_type().is_file() {
                continue;
            }
            // Files that are not text are nobody's here; one in the place of a generated file differs from it.
            let text = String::from_utf8_lossy(&fs::read(entry.path())?).into_owned();
            let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let path: Vec<_> = below.components().map(|it| it.as_os_str().to_string_lossy()).collect();
            files.insert(path.join("/"), text);
        }
    }
    for path in outside {
        // A link or a folder in the place of a file is somebody's, and nothing that was generated.
        let text = match root.join(path).symlink_metadata() {
            Err(error) if is_absence(&error) => continue,
            Err(error) => return Err(error),
            Ok(there) if there.is_file() => String::from_utf8_lossy(&fs::read(root.join(path))?).into_owned(),
            Ok(_) => String::new(),
        };
        files.insert((*path).to_owned(), text);
    }
    let lock = match files.get(lock::FILE) {
        // What a merge left is for `rebase-migrations`.
        Some(text) if lock::has_markers(text) => Lock::default(),
        Some(text) => Lock::parse(text).map_err(|error| {
            let message = format!("it cannot be read: {}; restore it from version control", error.message());
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?,
        None => Lock::default(),
    };
    Ok(Before { lock, files })
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The files of `rendered` that differ from those before, and those below `generated/` that earlier runs made and that
/// are no longer wanted.
pub fn changes(before: &Before, rendered: &[RenderedFile]) -> Vec<FileChange> {
    let differing = rendered.iter().filter_map(|file| {
        let now = before.files.get(&file.path);
        (now != Some(&file.text)).then(|| FileChange {
            path: file.path.clone(),
            before: now.cloned(),
            after: Some(file.text.clone()),
        })
    });
    let unwanted = before.lock.files.keys().filter_map(|path| {
        let now = before.files.get(path)?;
        let wanted = !path.starts_with("generated/") || rendered.iter().any(|file| file.path == *path);
        (!wanted).then(|| FileChange { path: path.clone(), before: Some(now.clone()), after: None })
    });
    differing.chain(unwanted).collect()
}

/// What `mode` has to say against `changes`; nothing is read or written.
pub fn objections(before: &Before, changes: &[FileChange], mode: Mode) -> Vec<Diagnostic> {
    let edited = |change: &&FileChange| {
        let recorded = before.lock.files.get(&change.path);
        match (&change.before, recorded) {
            (Some(text), Some(sum)) => checksum(text) != *sum,
            (Some(_), None) => change.path != lock::FILE,
            (None, _) => false,
        }
    };
    match mode {
        Mode::Diff | Mode::Write { force: true } => Vec::new(),
        Mode::Write { force: false } => changes
            .iter()
            .filter(edited)
            .map(|change| {
                Diagnostic::new(
                    Code::EditedFile,
                    Place::File(change.path.clone()),
                    format!("`{}` was not written by the generator as it stands", change.path),
                )
                .help("`diff` shows what would be lost; `generate --force` overwrites it")
            })
            .collect(),
        Mode::Check => changes
            .iter()
            .map(|change| {
                let problem = match (&change.before, &change.after) {
                    (None, _) => "is missing",
                    (_, None) => "is no longer wanted",
                    _ => "is not what spec.toml says",
                };
                Diagnostic::new(
                    Code::StaleFile,
                    Place::File(change.path.clone()),
                    format!("`{}` {problem}", change.path),
                )
                .help("run `cargo run -p generator -- generate` and commit the result")
            })
            .collect(),
    }
}

/// Writes `changes` into the project in `root`: every new text beside its place first, then all renamed, then what is no longer
/// wanted removed. The lock comes last: until then the folder is one that somebody edited, and nothing is forgotten.
pub fn write(root: &Path, changes: &[FileChange]) -> io::Result<()> {
    let (locks, others): (Vec<&FileChange>, Vec<&FileChange>) =
        changes.iter().partition(|change| change.path == lock::FILE);
    let written = others.iter().map(|change| beside(root, change)).collect::<io::Result<Vec<_>>>()?;
    let locks = locks.into_iter().map(|change| beside(root, change)).collect::<io::Result<Vec<_>>>()?;
    let persist = |(file, path): (NamedTempFile, PathBuf)| {
        file.persist(&path).map(drop).map_err(|error| named(&path, &error.error))
    };
    written.into_iter().flatten().try_for_each(persist)?;
    for change in others.iter().filter(|change| change.after.is_none()) {
        let path = root.join(&change.path);
        fs::remove_file(&path).map_err(|error| named(&path, &error))?;
    }
    locks.into_iter().flatten().try_for_each(persist)
}

/// The error with the path that it is of.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The new text in a file of its own, and the path that it is for; None for a file that is to go.
fn beside(root: &Path, change: &FileChange) -> io::Result<Option<(NamedTempFile, PathBuf)>> {
    let Some(text) = &change.after else { return Ok(None) };
    let path = root.join(&change.path);
    let parent = path.parent().unwrap_or(root);
    let file = fs::create_dir_all(parent).and_then(|()| file_in(parent, text));
    Ok(Some((file.map_err(|error| named(parent, &error))?, path)))
}

/// Writes one file where somebody wants it, beside its place first.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    file_in(folder, text)?.persist(path)?;
    Ok(())
}

/// Writes one file where somebody wants it, piece by piece, beside its place first. It is its owner's alone.
pub fn stream<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    let mut buffered = io::BufWriter::new(file.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn file_in(folder: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    readable_by_all(file.as_file())?;
    Ok(file)
}

/// A temporary file is its owner's alone; a source file is not.
#[cfg(unix)]
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &fs::File) -> io::Result<()> {
    Ok(())
}
