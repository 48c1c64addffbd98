//! What a user is told of a program that failed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::{fmt, io};

/// A program that failed, could not be started, or a step that could not be done. Displays the command line, how it
/// ended, the end of its output and, where one is known, the remedy.
#[derive(Debug)]
pub struct ToolError {
    what: String,
    command: Option<String>,
    directory: Option<PathBuf>,
    output: Vec<String>,
    remedy: Option<String>,
}

/// What an error says of the program: enough to run it again by hand.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) command: String,
    pub(super) directory: Option<PathBuf>,
    pub(super) remedy: Option<String>,
}

impl Shown {
    fn program(&self) -> &str {
        self.command.split(' ').find(|word| !word.contains('=')).unwrap_or(&self.command)
    }

    pub(super) fn not_started(&self, error: &io::Error) -> ToolError {
        let what = match error.kind() {
            io::ErrorKind::NotFound => format!("`{}` is not installed, or not on PATH", self.program()),
            _ => format!("`{}` cannot be started: {error}", self.program()),
        };
        self.error(what, Vec::new())
    }

    pub(super) fn failed(&self, how: &str, output: Vec<String>) -> ToolError {
        self.error(format!("`{}` {how}", self.program()), output)
    }

    fn error(&self, what: String, output: Vec<String>) -> ToolError {
        ToolError {
            what,
            command: Some(self.command.clone()),
            directory: self.directory.clone(),
            output,
            remedy: self.remedy.clone(),
        }
    }
}

impl ToolError {
    /// A failure that is no program's: `what` went wrong, and what to do about it.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { what: what.into(), command: None, directory: None, output: Vec::new(), remedy }
    }

    /// A file or folder that cannot be read or written.
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        let what = format!("cannot {doing} {}: {error}", path.display());
        Self { what, command: None, directory: None, output: Vec::new(), remedy: None }
    }

    /// Adds to the remedy.
    #[must_use]
    pub fn and_try(mut self, remedy: &str) -> Self {
        self.remedy = Some(match self.remedy.take() {
            Some(first) => format!("{first}\n{remedy}"),
            None => remedy.to_owned(),
        });
        self
    }

    /// What went wrong, in a line.
    pub fn summary(&self) -> &str {
        &self.what
    }

    /// What the user can do.
    pub fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    /// The end of what the program printed, a line each.
    pub fn output(&self) -> &[String] {
        &self.output
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(command) = &self.command {
            write!(f, "\n  command: {command}")?;
        }
        if let Some(directory) = &self.directory {
            write!(f, "\n  in: {}", directory.display())?;
        }
        if !self.output.is_empty() {
            f.write_str("\n  output:")?;
            for line in &self.output {
                write!(f, "\n  | {line}")?;
            }
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  help: {}", remedy.replace('\n', "\n        "))?;
        }
        Ok(())
    }
}

impl std::error::Error for ToolError {}

pub(super) fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("failed with exit code {code}"),
        None => format!("was ended by a signal ({status})"),
    }
}

/// A word as a shell reads it back.
pub(crate) fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref().to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
