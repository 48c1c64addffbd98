//! Arguments in, exit code out.

use std::{collections::BTreeSet, error::Error, process::ExitCode};

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use clap::Parser;
use generator::{
    build::{self, App},
    cli::{Cli, Command},
    dev::{self, DevError},
    diagnostic::{Format, Severity},
    difference, interrupt,
    output::Mode,
    pipeline::{self, Failure, Reading},
    progress::Progress,
    project::Project,
    render,
    toolchain::{self, Toolchain},
    wrangler,
};

/// Nothing to say against it.
const GOOD: u8 = 0;
/// The spec has errors, or `diff` and `check` found differences.
const FOUND: u8 = 1;
/// Something outside the spec failed.
const FAILED: u8 = 2;

type Outcome = Result<u8, Box<dyn Error>>;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Schema => {
            anstream::print!("{}", render::schema_text());
            Ok(GOOD)
        }
        Command::Generate { force, permission } => generate(force, &permission.allow_destructive),
        Command::Diff { summary, permission } => diff(summary, &permission.allow_destructive),
        Command::Check { format } => check(format),
        Command::RebaseMigrations { keep, permission } => rebase(&keep, &permission.allow_destructive),
        Command::Dev { port } => serve(port),
        Command::Build => build(),
        Command::Cargo { arguments } => cargo(&arguments),
    }
}

fn generate(force: bool, allowed: &[String]) -> Outcome {
    let project = Project::find()?;
    let mut reading = pipeline::read(project.root())?;
    let outcome = pipeline::run(project.root(), &mut reading, Mode::Write { force }, &names(allowed))?;
    report(&reading);
    if reading.failed() {
        return Ok(FOUND);
    }
    if let Some(outcome) = outcome {
        anstream::print!("{}", difference::summary(&outcome));
    }
    Ok(GOOD)
}

fn diff(summary: bool, allowed: &[String]) -> Outcome {
    let project = Project::find()?;
    let mut reading = pipeline::read(project.root())?;
    let outcome = pipeline::run(project.root(), &mut reading, Mode::Diff, &names(allowed))?;
    report(&reading);
    match outcome {
        Some(outcome) if outcome.changes.is_empty() => Ok(GOOD),
        Some(outcome) => {
            anstream::print!("{}", difference::text(&outcome, summary));
            Ok(FOUND)
        }
        // For `diff`, 1 says that there is a difference.
        None => Ok(FAILED),
    }
}

fn rebase(keep: &[String], allowed: &[String]) -> Outcome {
    let project = Project::find()?;
    let mut reading = pipeline::read(project.root())?;
    let outcome = pipeline::rebase_migrations(project.root(), &mut reading, keep, &names(allowed))?;
    report(&reading);
    if reading.failed() {
        return Ok(FOUND);
    }
    match outcome {
        Some(outcome) => {
            anstream::print!("{}", difference::summary(&outcome));
            if outcome.changes.iter().any(|change| change.after.is_none()) {
                anstream::eprintln!(
                    "A database that has what was removed cannot go on; the local one starts anew once \
                     .wrangler/state is deleted."
                );
            }
        }
        None => anstream::eprintln!("No two migrations share a number, and spec.lock has no conflict."),
    }
    Ok(GOOD)
}

fn check(format: Format) -> Outcome {
    let project = Project::find()?;
    let mut reading = pipeline::read(project.root())?;
    if let Some(outcome) = pipeline::run(project.root(), &mut reading, Mode::Check, &BTreeSet::new())? {
        toolchain::npm_packages(&project, &Progress::of_work())?;
        reading.add(pipeline::check_configuration(project.root(), &outcome.files)?);
    }
    anstream::print!("{}", reading.render(format, is_coloured(&std::io::stdout())));
    if format == Format::Human {
        conclude(&reading);
    }
    Ok(if reading.failed() { FOUND } else { GOOD })
}

/// Findings for a person, on standard error, so that what a command prints can be piped.
fn report(reading: &Reading) {
    anstream::eprint!("{}", reading.render(Format::Human, is_coloured(&std::io::stderr())));
    if reading.failed() {
        conclude(reading);
    }
}

fn is_coloured(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

fn conclude(reading: &Reading) {
    let count = |severity| reading.diagnostics.iter().filter(|it| it.code.severity() == severity).count();
    let of = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if errors + warnings == 0 {
        anstream::eprintln!("spec.toml and generated/ are in order.");
    } else {
        anstream::eprintln!("{}, {}", of(errors, "error"), of(warnings, "warning"));
    }
}

/// Ends by an error alone: Ctrl-C ends the process with code 0.
fn serve(port: u16) -> Outcome {
    let project = Project::find()?;
    match dev::run(&project, port, &mut || write(&project)) {
        Ok(()) => Ok(GOOD),
        Err(DevError::Spec(text)) => {
            anstream::eprint!("{text}");
            Ok(FOUND)
        }
        Err(DevError::Tool(error)) => Err(error.into()),
    }
}

/// Writes `generated/`; the error is the findings, as text.
fn write(project: &Project) -> Result<App, String> {
    let mode = Mode::Write { force: false };
    let text = |failure: Failure| format!("error: {failure}\n");
    let mut reading = pipeline::read(project.root()).map_err(text)?;
    pipeline::run(project.root(), &mut reading, mode, &BTreeSet::new()).map_err(text)?;
    match &reading.spec {
        Some(spec) if !reading.failed() => Ok(App::of(spec)),
        _ => Err(reading.render(Format::Human, is_coloured(&std::io::stderr()))),
    }
}

fn build() -> Outcome {
    let project = Project::find()?;
    interrupt::end_children_on_interrupt();
    let app = match write(&project) {
        Ok(app) => app,
        Err(text) => {
            anstream::eprint!("{text}");
            return Ok(FOUND);
        }
    };
    let progress = Progress::new();
    build::all(&project, &app, &progress)?;
    let size = wrangler::dry_run(&project, &progress)?;
    anstream::println!("Upload: {} ({} compressed)", size.total, size.compressed);
    Ok(GOOD)
}

fn cargo(arguments: &[String]) -> Outcome {
    interrupt::end_children_on_interrupt();
    let program = Toolchain::cargo(&Project::find()?, arguments, &Progress::of_work())?;
    let status = program.pass_through()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(FAILED))
}

fn names(allowed: &[String]) -> BTreeSet<String> {
    allowed.iter().cloned().collect()
}
