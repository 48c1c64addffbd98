//! Arguments in, exit code out.

use std::{
    collections::BTreeSet,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use generator::{
    build::{self, App},
    cli::{Cli, Command},
    dev::{self, DevError},
    diagnostic::{Format, Severity},
    difference, interrupt,
    output::Mode,
    pipeline::{self, Failure, Outcome, Reading},
    process::{Program, ToolError},
    progress::Progress,
    project::Project,
    render,
    toolchain::Toolchain,
    wrangler,
};

/// Nothing to say against it.
const GOOD: u8 = 0;
/// The spec has errors, or `diff` and `check` found differences.
const FOUND: u8 = 1;
/// Something outside the spec failed.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            anstream::eprintln!("error: {failure}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Schema => {
            anstream::print!("{}", render::schema_text());
            Ok(GOOD)
        }
        Command::Generate { force, permission } => {
            generate(&root()?, force, &allowed(permission.allow_destructive))
        }
        Command::Diff { summary, permission } => {
            diff(&root()?, summary, &allowed(permission.allow_destructive))
        }
        Command::Check { format } => check(&root()?, format),
        Command::Dev { port } => serve(port),
        Command::Build => build(),
        Command::Cargo { arguments } => cargo(&arguments),
    }
}

fn generate(root: &Path, force: bool, allowed: &BTreeSet<String>) -> Result<u8, Failure> {
    let mut reading = pipeline::read(root)?;
    let outcome = pipeline::run(root, &mut reading, Mode::Write { force }, allowed)?;
    report(&reading);
    if reading.failed() {
        return Ok(FOUND);
    }
    if let Some(outcome) = outcome {
        anstream::print!("{}", difference::summary(&outcome));
    }
    Ok(GOOD)
}

fn diff(root: &Path, summary: bool, allowed: &BTreeSet<String>) -> Result<u8, Failure> {
    let mut reading = pipeline::read(root)?;
    let outcome = pipeline::run(root, &mut reading, Mode::Diff, allowed)?;
    report(&reading);
    match outcome {
        Some(Outcome { changes, .. }) if changes.is_empty() => Ok(GOOD),
        Some(outcome) => {
            anstream::print!("{}", difference::text(&outcome, summary));
            Ok(FOUND)
        }
        // For `diff`, 1 says that there is a difference.
        None => Ok(FAILED),
    }
}

fn check(root: &Path, format: Format) -> Result<u8, Failure> {
    let mut reading = pipeline::read(root)?;
    if let Some(outcome) = pipeline::run(root, &mut reading, Mode::Check, &BTreeSet::new())? {
        reading.add(pipeline::check_configuration(root, &outcome.files)?);
    }
    let colour = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    anstream::print!("{}", reading.render(format, colour));
    if format == Format::Human {
        conclude(&reading);
    }
    Ok(if reading.failed() { FOUND } else { GOOD })
}

/// Findings for a person, on standard error, so that what a command prints can be piped.
fn report(reading: &Reading) {
    let colour = std::io::stderr().is_terminal();
    anstream::eprint!("{}", reading.render(Format::Human, colour));
    if reading.failed() {
        conclude(reading);
    }
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
fn serve(port: u16) -> Result<u8, Failure> {
    let project = Project::at(root()?);
    match dev::run(&project, port, &mut || write(&project)) {
        Ok(()) => Ok(GOOD),
        Err(DevError::Spec(text)) => {
            anstream::eprint!("{text}");
            Ok(FOUND)
        }
        Err(DevError::Tool(error)) => Ok(tool_failed(&error)),
    }
}

/// Writes `generated/`; the error is the findings, as text.
fn write(project: &Project) -> Result<App, String> {
    let mode = Mode::Write { force: false };
    let mut reading = pipeline::read(project.root()).map_err(|failure| failure.to_string())?;
    pipeline::run(project.root(), &mut reading, mode, &BTreeSet::new())
        .map_err(|failure| failure.to_string())?;
    match &reading.spec {
        Some(spec) if !reading.failed() => Ok(App::of(spec)),
        _ => Err(reading.render(Format::Human, std::io::stderr().is_terminal())),
    }
}

fn build() -> Result<u8, Failure> {
    let project = Project::at(root()?);
    interrupt::end_children_on_interrupt();
    let app = match write(&project) {
        Ok(app) => app,
        Err(text) => {
            anstream::eprint!("{text}");
            return Ok(FOUND);
        }
    };
    let progress = Progress::new();
    let built = build::all(&project, &app, &progress).and_then(|_| wrangler::dry_run(&project, &progress));
    Ok(match built {
        Ok(size) => {
            anstream::println!("Upload: {} ({} compressed)", size.total, size.compressed);
            GOOD
        }
        Err(error) => tool_failed(&error),
    })
}

fn cargo(arguments: &[String]) -> Result<u8, Failure> {
    interrupt::end_children_on_interrupt();
    let project = Project::at(root()?);
    let program = Toolchain::cargo(&project, arguments, &Progress::of_work());
    Ok(match program.and_then(Program::pass_through) {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(FAILED),
        Err(error) => tool_failed(&error),
    })
}

fn tool_failed(error: &ToolError) -> u8 {
    anstream::eprintln!("error: {error}");
    FAILED
}

fn allowed(names: Vec<String>) -> BTreeSet<String> {
    names.into_iter().collect()
}

/// The folder of the nearest spec.toml, from the current one upwards.
fn root() -> Result<PathBuf, Failure> {
    let action = "find spec.toml".to_owned();
    let here = std::env::current_dir()
        .map_err(|error| Failure { action: action.clone(), reason: error.to_string() })?;
    let found = here.ancestors().find(|folder| folder.join("spec.toml").exists());
    found
        .map(Path::to_owned)
        .ok_or_else(|| Failure { action, reason: format!("there is none in {} or above it", here.display()) })
}
