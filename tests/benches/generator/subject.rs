//! What is measured: a program with its input in a folder of its own, and what it is to do there.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use generator::process::Program;
use generator::progress::Progress;
use generator::project::Project;
use generator::toolchain;
use tempfile::TempDir;

use crate::measure::{self, Measured};
use crate::schema::Schema;

/// What a user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// Generates for the first time.
    FromNothing,
    /// Asks what an edit changes that changes nothing.
    NoChange,
    /// Adds a column and generates.
    ColumnAdded,
}

impl Scenario {
    /// In the order of a user's day.
    pub(crate) const ALL: [Self; 3] = [Self::FromNothing, Self::NoChange, Self::ColumnAdded];
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FromNothing => "generate from nothing",
            Self::NoChange => "nothing changed",
            Self::ColumnAdded => "one column added",
        })
    }
}

/// A program that makes migrations.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Its name and version.
    pub(crate) name: String,
    /// The command line that writes what is to be written.
    generate: Vec<PathBuf>,
    /// The command line that finds that there is nothing to write.
    compare: Vec<PathBuf>,
    /// The schema's file, and its text.
    input: (&'static str, fn(Schema, bool) -> String),
    /// The folder that it writes.
    output: &'static str,
    /// The folder of the migrations, within `output`, or that itself.
    migrations: &'static str,
    /// Packages that the schema's file needs beside it.
    packages: Option<PathBuf>,
}

/// A subject with a schema before it.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    subject: &'a Subject,
    scenario: Scenario,
    folder: TempDir,
}

/// The generator's release binary, built if need be.
pub(crate) fn generator(project: &Project, progress: &Progress) -> Result<Subject, Box<dyn Error>> {
    // This program is in <target>/release/deps.
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(3).ok_or("the benchmark is not where Cargo puts it")?;
    let step = progress.step("the generator's release binary");
    Program::new("cargo")
        .args(["build", "--release", "--locked", "--package", "generator", "--target-dir"])
        .arg(target)
        .current_dir(project.root())
        .run(&step)?;
    step.done();
    let binary = target.join("release/generator");
    Ok(Subject {
        name: "generator".to_owned(),
        generate: vec![binary.clone(), "generate".into()],
        compare: vec![binary, "diff".into()],
        input: ("spec.toml", Schema::spec),
        output: "generated",
        migrations: "migrations",
        packages: None,
    })
}

/// The drizzle-kit that `package-lock.json` pins: by itself, and by npm's command.
pub(crate) fn drizzle_kit(project: &Project, progress: &Progress) -> Result<[Subject; 2], Box<dyn Error>> {
    toolchain::npm_packages(project, progress)?;
    let packages = project.root().join("node_modules");
    let kit = packages.join("drizzle-kit");
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(kit.join("package.json"))?)?;
    let version = manifest["version"].as_str().unwrap_or("of unknown version");
    // Flags in the place of a configuration file save it a read.
    let options = ["generate", "--dialect", "sqlite", "--schema", "schema.ts", "--out", "drizzle"];
    let subject = |name: String, program: [PathBuf; 2]| {
        let line: Vec<PathBuf> = program.into_iter().chain(options.map(PathBuf::from)).collect();
        Subject {
            name,
            generate: line.clone(),
            compare: line,
            input: ("schema.ts", Schema::drizzle),
            output: "drizzle",
            migrations: "",
            packages: Some(packages.clone()),
        }
    };
    Ok([
        subject(format!("drizzle-kit {version}"), ["node".into(), kit.join("bin.cjs")]),
        subject("npx drizzle-kit".to_owned(), ["npx".into(), "drizzle-kit".into()]),
    ])
}

impl Subject {
    /// Makes everything ready but what is measured.
    pub(crate) fn stage(&self, scenario: Scenario, schema: Schema) -> Result<Stage<'_>, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        if let Some(packages) = &self.packages {
            std::os::unix::fs::symlink(packages, folder.path().join("node_modules"))?;
        }
        let stage = Stage { subject: self, scenario, folder };
        let (file, text) = self.input;
        let input = stage.path(file);
        fs::write(&input, text(schema, false))?;
        if scenario != Scenario::FromNothing {
            stage.measure(&self.generate)?;
            stage.migrations_are(1)?;
        }
        if scenario == Scenario::ColumnAdded {
            fs::rename(stage.path(self.output), stage.path("before"))?;
            fs::write(&input, text(schema, true))?;
        }
        Ok(stage)
    }
}

impl Stage<'_> {
    /// Does what the scenario says once, from the same start each time.
    pub(crate) fn run(&self) -> Result<Measured, Box<dyn Error>> {
        let output = self.path(self.subject.output);
        if self.scenario != Scenario::NoChange && output.exists() {
            fs::remove_dir_all(&output)?;
        }
        if self.scenario == Scenario::ColumnAdded {
            copy(&self.path("before"), &output)?;
        }
        let (line, migrations) = match self.scenario {
            Scenario::FromNothing => (&self.subject.generate, 1),
            Scenario::NoChange => (&self.subject.compare, 1),
            Scenario::ColumnAdded => (&self.subject.generate, 2),
        };
        let measured = self.measure(line)?;
        self.migrations_are(migrations)?;
        Ok(measured)
    }

    fn measure(&self, line: &[PathBuf]) -> Result<Measured, Box<dyn Error>> {
        let (program, arguments) = line.split_first().ok_or("there is no program to run")?;
        let mut command = Command::new(program);
        measure::run(command.args(arguments).current_dir(self.folder.path()), &self.path("log"))
    }

    /// What was measured has done its work.
    fn migrations_are(&self, expected: usize) -> Result<(), Box<dyn Error>> {
        let folder = self.path(self.subject.output).join(self.subject.migrations);
        let files = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
        let found = files.iter().filter(|it| it.path().extension().is_some_and(|it| it == "sql")).count();
        if found == expected {
            return Ok(());
        }
        let (name, printed) = (&self.subject.name, fs::read_to_string(self.path("log"))?);
        Err(format!("{name} has {found} migrations where {expected} should be:\n{printed}").into())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A folder with all that is in it.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
