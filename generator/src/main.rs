//! Arguments in, exit code out.

use std::{collections::BTreeSet, error::Error, path::Path, process::ExitCode};

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use generator::{
    build::{self, App},
    cli::{self, Cli, Command},
    dev::{self, DevError, Generated, Refused},
    diagnostic::{self, Code, Format, Severity, nearest},
    difference, explain,
    graph::GraphFormat,
    import::{self, files::Places},
    operate,
    output::{self, Mode},
    pipeline::{self, Failure, Reading},
    printed,
    process::ToolError,
    progress::Progress,
    project::Project,
    render,
    toolchain::{self, Toolchain},
    usage, wrangler,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
            printed::print(&render::schema_text())?;
            Ok(GOOD)
        }
        Command::Explain { code } => explain(code.as_deref()),
        Command::Generate { force, permission } => generate(force, &permission.allow_destructive),
        Command::Diff { summary, json, env, permission } => {
            diff(summary, json, env.as_deref(), &permission.allow_destructive)
        }
        Command::Check { format } => check(format),
        Command::Import(arguments) => import(arguments),
        Command::Graph { format, output } => graph(format, output.as_deref()),
        Command::RebaseMigrations { keep, permission } => rebase(&keep, &permission.allow_destructive),
        Command::Dev { port } => serve(port),
        Command::Build => build(),
        Command::Cargo { arguments } => cargo(&arguments),
        Command::Store { command } => {
            operate::run(&command)?;
            Ok(GOOD)
        }
        Command::Llm { command } => {
            usage::run(&command)?;
            Ok(GOOD)
        }
        Command::Completions { shell } => {
            printed::print(&completions(shell))?;
            Ok(GOOD)
        }
    }
}

fn explain(code: Option<&str>) -> Outcome {
    let Some(name) = code else {
        printed::print(&explain::table())?;
        return Ok(GOOD);
    };
    match explain::find(name) {
        Some(code) => {
            printed::print(&explain::text(code))?;
            Ok(GOOD)
        }
        None => {
            let help = nearest(name, Code::ALL.iter().map(|code| code.as_str())).unwrap_or_default();
            Err(format!("there is no code `{name}`; {help}").into())
        }
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
        printed::print(&difference::summary(&outcome))?;
    }
    Ok(GOOD)
}

fn diff(summary: bool, json: bool, environment: Option<&str>, allowed: &[String]) -> Outcome {
    let project = Project::find()?;
    let mut reading = pipeline::read(project.root())?;
    let outcome = pipeline::run(project.root(), &mut reading, Mode::Diff, &names(allowed))?;
    report(&reading);
    let outcome = match (outcome, environment, &reading.spec) {
        (Some(outcome), Some(name), Some(spec)) => {
            Some(outcome.of_environment(spec.environment(name)?.name.as_str()))
        }
        (outcome, ..) => outcome,
    };
    match outcome {
        Some(outcome) => {
            if json {
                printed::print(&format!("{:#}\n", difference::json(&outcome)))?;
            } else if !outcome.changes.is_empty() {
                printed::print(&difference::text(&outcome, summary))?;
            }
            Ok(if outcome.changes.is_empty() { GOOD } else { FOUND })
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
            printed::print(&difference::summary(&outcome))?;
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
    let reading = checked(&Project::find()?, &Progress::of_work())?;
    printed::print(&reading.render(format, is_coloured(&std::io::stdout())))?;
    if format == Format::Human {
        conclude(&reading);
    }
    Ok(if reading.failed() { FOUND } else { GOOD })
}

fn import(arguments: cli::Import) -> Outcome {
    let cli::Import { wrangler, database, migrations, output, force } = arguments;
    let output = (output.as_os_str() != "-").then_some(output);
    let places = Places { wrangler, database, migrations, output, force };
    import::files::refuse_existing(&places)?;
    let import = import::import(&import::files::read(&places)?)?;
    anstream::eprint!("{}", import::text(&import.notes));
    if places.output.is_none() {
        printed::print(&import.spec)?;
    }
    if let Some((document, findings)) = &import.refused {
        let colour = is_coloured(&std::io::stderr());
        anstream::eprint!("{}", diagnostic::render(document, findings, Format::Human, colour));
        anstream::eprintln!(
            "This would not be a valid spec, so nothing was written. Correct the configuration, or a copy of it."
        );
        return Ok(FOUND);
    }
    if let Some(output) = &places.output {
        for path in import::files::write(output, &import)? {
            printed::print(&format!("wrote {path}\n"))?;
        }
    }
    Ok(GOOD)
}

fn graph(format: GraphFormat, output: Option<&Path>) -> Outcome {
    let reading = pipeline::read(Project::find()?.root())?;
    report(&reading);
    let Some(spec) = &reading.spec else { return Ok(FOUND) };
    let text = pipeline::graph(spec, format)?;
    match output {
        Some(path) => output::replace(path, &text).map_err(|error| ToolError::io("write", path, &error))?,
        None => printed::print(&text)?,
    }
    Ok(GOOD)
}

/// The spec with all that is to be said of it and of what is generated.
fn checked(project: &Project, progress: &Progress) -> Result<Reading, Box<dyn Error>> {
    let mut reading = pipeline::read(project.root())?;
    if let Some(outcome) = pipeline::run(project.root(), &mut reading, Mode::Check, &BTreeSet::new())? {
        toolchain::npm_packages(project, progress)?;
        reading.add(pipeline::check_configuration(project.root(), &outcome.files)?);
    }
    Ok(reading)
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

/// Writes `generated/`.
fn write(project: &Project) -> Result<Generated, Refused> {
    let mode = Mode::Write { force: false };
    let failed = |failure: Failure| Refused { text: format!("error: {failure}\n"), loses: false };
    let mut reading = pipeline::read(project.root()).map_err(failed)?;
    let outcome = pipeline::run(project.root(), &mut reading, mode, &BTreeSet::new()).map_err(failed)?;
    let text = reading.render(Format::Human, is_coloured(&std::io::stderr()));
    match (&reading.spec, outcome) {
        (Some(spec), Some(outcome)) if !reading.failed() => Ok(Generated {
            app: App::of(spec),
            warnings: text,
            summary: difference::summary(&outcome),
            written: outcome.changes.into_iter().map(|change| change.path).collect(),
        }),
        _ => {
            let loses = reading.diagnostics.iter().any(|it| it.code == Code::DestructiveStep);
            Err(Refused { text, loses })
        }
    }
}

fn build() -> Outcome {
    let project = Project::find()?;
    let progress = Progress::new();
    let reading = checked(&project, &progress)?;
    report(&reading);
    let Some(spec) = reading.spec.as_ref().filter(|_| !reading.failed()) else { return Ok(FOUND) };
    build::all(&project, &App::of(spec), &progress)?;
    let size = wrangler::dry_run(&project, &progress)?;
    printed::print(&format!("Upload: {} ({} compressed)\n", size.total, size.compressed))?;
    Ok(GOOD)
}

fn cargo(arguments: &[String]) -> Outcome {
    let program = Toolchain::cargo(&Project::find()?, arguments, &Progress::of_work())?;
    let status = program.pass_through()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(FAILED))
}

fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "generator", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn names(allowed: &[String]) -> BTreeSet<String> {
    allowed.iter().cloned().collect()
}
