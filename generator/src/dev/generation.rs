//! Generating during `dev`: when it is due, and what the user is told of it.
//!
//! Must not know how files are generated.

use crate::build::App;
use crate::process::ToolError;
use crate::progress::Progress;
use crate::project::Project;
use crate::stamp::Inputs;

/// Generates what is stale.
pub type Generate<'a> = dyn FnMut() -> Result<Generated, Refused> + 'a;

/// What was generated.
#[derive(Debug)]
pub struct Generated {
    /// What the spec declares.
    pub app: App,
    /// Warnings, as text for the user; empty if there are none.
    pub warnings: String,
    /// What changed, as text for the user.
    pub summary: String,
    /// The files that were written, below `generated/`.
    pub written: Vec<String>,
}

/// Why nothing was generated.
#[derive(Debug)]
pub struct Refused {
    /// The findings, as text for the user.
    pub text: String,
    /// Whether rows or columns would be lost, which needs a permission.
    pub loses: bool,
}

/// The generated files of a session.
pub(super) struct Generation<'a, 'b> {
    project: &'a Project,
    generate: &'a mut Generate<'b>,
    progress: &'a Progress,
    /// Hashes of the spec and the lock as they were last seen.
    seen: Option<(String, String)>,
    /// The migrations that this session wrote.
    migrations: Vec<String>,
}

impl<'a, 'b> Generation<'a, 'b> {
    pub(super) fn new(project: &'a Project, generate: &'a mut Generate<'b>, progress: &'a Progress) -> Self {
        Self { project, generate, progress, seen: None, migrations: Vec::new() }
    }

    /// Generates and shows what came of it. The error is the text that tells the user why nothing was generated.
    pub(super) fn run(&mut self) -> Result<App, String> {
        let text = |error: ToolError| error.to_string();
        // Before it is read: an edit from here on is a further one.
        let spec = self.spec().map_err(text)?;
        let done = (self.generate)();
        self.seen = Some((spec, self.lock().map_err(text)?));
        let generated = done.map_err(|refused| self.explain(refused))?;
        if !generated.warnings.is_empty() {
            self.progress.print(generated.warnings.trim_end());
        }
        match generated.written.len() {
            0 => self.progress.good("generated/", "fresh"),
            count => {
                let noun = if count == 1 { "file" } else { "files" };
                self.progress.good("generated/", &format!("{count} {noun} written"));
                self.progress.print(generated.summary.trim_end());
            }
        }
        // None that was there before is ever written again.
        self.migrations.extend(generated.written.into_iter().filter(|path| path.ends_with(".sql")));
        Ok(generated.app)
    }

    /// Whether the spec or the lock is another one than at the last run, which writes the lock itself. What cannot be
    /// read is: the next run says why.
    pub(super) fn is_due(&self) -> bool {
        match (&self.seen, self.spec(), self.lock()) {
            (Some((spec, lock)), Ok(now), Ok(lock_now)) => *spec != now || *lock != lock_now,
            _ => true,
        }
    }

    fn spec(&self) -> Result<String, ToolError> {
        Inputs::default().path(self.project.spec()).hash()
    }

    fn lock(&self) -> Result<String, ToolError> {
        Inputs::default().path(self.project.lock()).hash()
    }

    fn explain(&self, refused: Refused) -> String {
        match refused.loses {
            true => format!("{}\n{}", refused.text.trim_end(), advice(&self.migrations)),
            false => refused.text,
        }
    }
}

/// What to do when an edit would lose data; `migrations` are those of this session.
fn advice(migrations: &[String]) -> String {
    let mut lines = vec![
        "`dev` deletes nothing by itself. One of:".to_owned(),
        "- It only has another name now: write `renamed_from = \"the old name\"` where the new one is declared."
            .to_owned(),
        "- It is to go: run the command above in another terminal; `dev` goes on by itself.".to_owned(),
        "- It was not meant: take the edit of spec.toml back.".to_owned(),
    ];
    if !migrations.is_empty() {
        lines.push(format!(
            "- It should never have been: {} of this session {} in no commit and applied nowhere but here? End `dev`, \
             run `git checkout generated && git clean -f generated && rm -r .wrangler/state`, and start it again with \
             an empty local database.",
            migrations.iter().map(|path| format!("generated/{path}")).collect::<Vec<_>>().join(", "),
            if migrations.len() == 1 { "is" } else { "are" },
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn generated() -> Generated {
        Generated {
            app: App { web: None, databases: Vec::new(), models_key: None },
            warnings: String::new(),
            summary: String::new(),
            written: Vec::new(),
        }
    }

    #[test]
    fn what_it_writes_itself_makes_it_not_due_again() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        fs::create_dir(project.generated()).unwrap();
        fs::write(project.spec(), "1").unwrap();
        let progress = Progress::of_work();
        let mut generate = || {
            fs::write(project.lock(), "1").unwrap();
            Ok(generated())
        };
        let mut generation = Generation::new(&project, &mut generate, &progress);
        assert!(generation.is_due());
        generation.run().unwrap();
        assert!(!generation.is_due());
        fs::write(project.lock(), "2").unwrap();
        assert!(generation.is_due());
    }

    #[test]
    fn an_edit_while_it_runs_is_a_further_one() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        fs::write(project.spec(), "1").unwrap();
        let progress = Progress::of_work();
        let mut generate = || {
            fs::write(project.spec(), "2").unwrap();
            Ok(generated())
        };
        let mut generation = Generation::new(&project, &mut generate, &progress);
        generation.run().unwrap();
        assert!(generation.is_due());
    }

    #[test]
    fn an_edit_that_loses_data_is_answered_with_every_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        let progress = Progress::of_work();
        let mut first = true;
        let mut generate = || {
            if std::mem::take(&mut first) {
                return Ok(Generated {
                    written: vec!["migrations/0002_add_tit.sql".to_owned()],
                    ..generated()
                });
            }
            Err(Refused { text: "error: the column goes\n".to_owned(), loses: true })
        };
        let mut generation = Generation::new(&project, &mut generate, &progress);
        generation.run().unwrap();
        let text = generation.run().unwrap_err();
        for part in [
            "error: the column goes\n",
            "renamed_from",
            "in another terminal",
            "generated/migrations/0002_add_tit.sql",
            "git clean -f generated",
        ] {
            assert!(text.contains(part), "{part} is missing: {text}");
        }
    }
}
