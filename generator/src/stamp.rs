//! Whether something that was made is still what its inputs would make.
//!
//! A stamp is a file with the hash of the inputs, written after the work succeeded. Must not know what the work is.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use crate::process::ToolError;
use crate::progress::Progress;

/// Folders that hold what was made or fetched, never an input.
pub(crate) const NO_INPUT: &[&str] = &[".git", ".wrangler", "node_modules", "target"];

/// What something is made from.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    paths: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
    digest: Sha256,
}

impl Inputs {
    /// Adds a file, or a folder with all that is in it. One that is missing counts as empty.
    pub(crate) fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// A file or folder below one of the inputs that is no input.
    pub(crate) fn except(mut self, path: impl Into<PathBuf>) -> Self {
        self.outputs.push(path.into());
        self
    }

    /// Adds a text, such as the version of a tool.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.add(text.as_bytes());
        self
    }

    /// The hash over all of it, in hexadecimal.
    pub(crate) fn hash(mut self) -> Result<String, ToolError> {
        for root in std::mem::take(&mut self.paths) {
            let outputs = self.outputs.clone();
            let wanted = |entry: &DirEntry| {
                let made = entry.depth() > 0 && NO_INPUT.iter().any(|name| entry.file_name() == *name);
                !made && outputs.iter().all(|output| output != entry.path())
            };
            if !root.exists() {
                continue;
            }
            for entry in WalkDir::new(&root).sort_by_file_name().into_iter().filter_entry(wanted) {
                let entry = entry.map_err(|error| ToolError::io("read", &root, &error.into()))?;
                if entry.file_type().is_file() {
                    self.file(&root, entry.path())
                        .map_err(|error| ToolError::io("read", entry.path(), &error))?;
                }
            }
        }
        Ok(hex(&self.digest.finalize()))
    }

    fn file(&mut self, root: &Path, path: &Path) -> io::Result<()> {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
        self.add(name.as_bytes());
        self.add(&fs::read(path)?);
        Ok(())
    }

    /// With its length, so that two texts and their concatenation differ.
    fn add(&mut self, bytes: &[u8]) {
        self.digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.digest.update(bytes);
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the work that `stamp` stands for was done from inputs with this hash.
pub(crate) fn is_fresh(stamp: &Path, hash: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|known| known == hash)
}

/// Forgets that the work was done, before it is done anew: cut short, it leaves an output that no inputs stand for.
pub(crate) fn forget(stamp: &Path) -> Result<(), ToolError> {
    match fs::remove_file(stamp) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ToolError::io("remove", stamp, &error)),
        _ => Ok(()),
    }
}

/// Notes that the work was done.
pub(crate) fn record(stamp: &Path, hash: &str) -> Result<(), ToolError> {
    let write = || {
        if let Some(folder) = stamp.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(stamp, hash)
    };
    write().map_err(|error| ToolError::io("write", stamp, &error))
}

/// Keeps other processes out until the file is dropped; waits for one that is in.
pub(crate) fn exclusive(path: &Path, progress: &Progress) -> Result<File, ToolError> {
    let lock = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.note("Waiting for another run that sets up or builds the same");
                file.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(file)
    };
    lock().map_err(|error| ToolError::io("lock", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(root: &Path) -> String {
        Inputs::default().path(root).except(root.join("dist")).hash().unwrap()
    }

    #[test]
    fn a_changed_renamed_or_new_file_changes_the_hash() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a"), "1").unwrap();
        let first = hash(root);
        fs::write(root.join("a"), "2").unwrap();
        let changed = hash(root);
        fs::rename(root.join("a"), root.join("b")).unwrap();
        let renamed = hash(root);
        fs::write(root.join("a"), "").unwrap();
        assert_eq!(std::collections::BTreeSet::from([first, changed, renamed, hash(root)]).len(), 4);
    }

    #[test]
    fn what_was_made_or_fetched_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let first = hash(root);
        for made in ["dist", "node_modules"] {
            fs::create_dir(root.join(made)).unwrap();
            fs::write(root.join(made).join("x"), "x").unwrap();
        }
        assert_eq!(hash(root), first);
    }

    #[test]
    fn a_stamp_is_fresh_for_its_inputs_alone() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = folder.path().join("stamps/web");
        assert!(!is_fresh(&stamp, "1"));
        record(&stamp, "1").unwrap();
        assert!(is_fresh(&stamp, "1") && !is_fresh(&stamp, "2"));
        forget(&stamp).unwrap();
        assert!(!is_fresh(&stamp, "1"));
        forget(&stamp).unwrap();
    }
}
