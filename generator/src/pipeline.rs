//! The stages in their order, from the text of a spec to the folder `generated/`.
//!
//! Owns the order and what is done when a stage has findings. Must not know the command line.

use std::{collections::BTreeSet, fmt, fs, io, path::Path, thread};

use crate::{
    compatibility,
    declared::{self, Difference},
    diagnostic::{self, Code, Diagnostic, Format, Place, Severity},
    document::{Document, Source},
    graph::GraphFormat,
    migrate::Hazard,
    model::{self, Spec},
    output::{self, FileChange, GENERATED, Mode, RenderedFile},
    outside::{self, Kept},
    plan::{self, Before, checksum},
    rebase,
    render::{self, RenderError, Rendered},
    shape,
};

/// A spec that was read, with all that is to be said of it.
#[derive(Debug)]
pub struct Reading {
    /// The text and its places.
    pub document: Document,
    /// The spec, if there is no error in it.
    pub spec: Option<Spec>,
    /// Errors and warnings in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// SHA-256 of the spec's content.
    pub hash: String,
}

impl Reading {
    /// Whether any finding is an error.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(|it| it.code.severity() == Severity::Error)
    }

    /// Adds findings of a later stage.
    pub fn add(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.diagnostics.extend(diagnostics);
        diagnostic::sort(&self.document, &mut self.diagnostics);
    }

    /// All findings as text.
    pub fn render(&self, format: Format, colour: bool) -> String {
        diagnostic::render(&self.document, &self.diagnostics, format, colour)
    }
}

/// What a run would make of the files, and why.
#[derive(Debug)]
pub struct Outcome {
    /// The differences between what was declared at the last run and now.
    pub differences: Vec<Difference>,
    /// What to know of the new migrations, each for a table or column.
    pub hazards: Vec<Danger>,
    /// The files that differ.
    pub changes: Vec<FileChange>,
    /// Every file as it should be.
    pub files: Vec<RenderedFile>,
    /// Why the workflow is left to a person, if it is.
    pub kept: Option<Kept>,
}

/// What to know before a change is deployed.
#[derive(Debug)]
pub struct Danger {
    /// The declaration that it is about: `tables.events.note`.
    pub place: String,
    /// What may happen.
    pub text: String,
}

impl Danger {
    fn of(hazard: &Hazard) -> Self {
        Self { place: format!("tables.{}", hazard.name()), text: hazard.to_string() }
    }
}

impl Outcome {
    /// What of it is one environment's alone: its declarations and its configuration.
    pub fn of_environment(self, name: &str) -> Self {
        let place = format!("env.{name}");
        let is_its = |it: &Difference| {
            it.place().strip_prefix(&place).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let file = format!("{GENERATED}/{}", render::configuration(Some(name)));
        Self {
            differences: self.differences.into_iter().filter(is_its).collect(),
            hazards: Vec::new(),
            changes: self.changes.into_iter().filter(|it| it.path == file).collect(),
            files: self.files,
            kept: None,
        }
    }
}

/// Something outside the spec that kept a stage from its work.
#[derive(Debug)]
pub struct Failure {
    /// What was being done: "read spec.toml".
    pub action: String,
    /// What went wrong.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.action, self.reason)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |error| Self { action, reason: error.to_string() }
    }
}

/// The longest spec that is read, in MiB: far beyond any that a person writes.
const LONGEST_SPEC: u64 = 4;

/// Reads `spec.toml` in `root` and checks it by itself, and its date against the locked packages.
pub fn read(root: &Path) -> Result<Reading, Failure> {
    let path = root.join("spec.toml");
    let text = fs::metadata(&path).and_then(|metadata| match metadata.len() {
        _ if !metadata.is_file() => Err(io::Error::other("it is no file")),
        bytes if bytes > LONGEST_SPEC << 20 => {
            Err(io::Error::other(format!("it has {bytes} bytes, and the most is {LONGEST_SPEC} MiB")))
        }
        _ => fs::read_to_string(&path),
    });
    let text = text.map_err(Failure::io("read spec.toml"))?;
    let mut reading = interpret(Source { name: "spec.toml".to_owned(), text });
    // A project whose packages are not locked has no workerd to compare with.
    if let (Some(spec), Ok(lock)) = (&reading.spec, fs::read_to_string(root.join("package-lock.json"))) {
        let finding = compatibility::findings(spec, &lock);
        reading.add(finding);
    }
    Ok(reading)
}

/// Checks a spec's text by itself: every mistake of syntax, of shape and between sections.
pub fn interpret(source: Source) -> Reading {
    let (document, mut diagnostics) = Document::parse(source);
    let readable = !diagnostics.iter().any(|it| it.code == Code::TomlSyntax);
    let mut spec = None;
    // After a mistake of syntax, keys are missing that the user wrote; nothing can be said about those.
    if readable {
        let (shaped, findings) = shape::shape(&document);
        diagnostics.extend(findings);
        if let Some(raw) = &shaped.raw {
            let (lowered, findings) = model::lower(raw, &shaped.broken);
            diagnostics.extend(findings);
            spec = lowered;
        }
    }
    let hash = checksum(&document.value.to_string());
    let mut reading = Reading { document, spec: None, diagnostics: Vec::new(), hash };
    reading.add(diagnostics);
    reading.spec = spec.filter(|_| !reading.failed());
    reading
}

/// Plans and renders `reading` on top of what is in `root`; writes only in [`Mode::Write`], and then only if there is
/// nothing to object. Findings are added to `reading`; there is an outcome unless one of them is an error of the
/// spec.
pub fn run(
    root: &Path,
    reading: &mut Reading,
    mode: Mode,
    allowed: &BTreeSet<String>,
) -> Result<Option<Outcome>, Failure> {
    let Some(spec) = reading.spec.clone() else { return Ok(None) };
    // Two that write would each number a migration of their own; the folder itself is locked, so that no file is left.
    let _alone = match mode {
        Mode::Write { .. } => Some(alone(root).map_err(Failure::io("wait for another run"))?),
        Mode::Check | Mode::Diff => None,
    };
    let before =
        output::read(root, &[outside::WORKFLOW]).map_err(Failure::io(format!("read {GENERATED}/")))?;
    if let Some(conflict) = rebase::conflict(&before) {
        reading.add([conflict]);
        return Ok(None);
    }
    carry_out(root, reading, &spec, (&before, &[]), (mode, allowed))
}

/// Makes one history of the migrations that two branches added, and writes it with all that follows from it. `keep`
/// names migrations that stay. There is an outcome unless there was nothing to do, or something to object.
pub fn rebase_migrations(
    root: &Path,
    reading: &mut Reading,
    keep: &[String],
    allowed: &BTreeSet<String>,
) -> Result<Option<Outcome>, Failure> {
    let Some(spec) = reading.spec.clone() else { return Ok(None) };
    let _alone = alone(root).map_err(Failure::io("wait for another run"))?;
    let before =
        output::read(root, &[outside::WORKFLOW]).map_err(Failure::io(format!("read {GENERATED}/")))?;
    match rebase::rebase(&before, keep) {
        Ok(None) => Ok(None),
        Ok(Some(rebased)) => {
            let mode = Mode::Write { force: false };
            carry_out(root, reading, &spec, (&rebased.before, &rebased.changes), (mode, allowed))
        }
        Err(diagnostics) => {
            reading.add(diagnostics);
            Ok(None)
        }
    }
}

/// Writes the ids that databases have at Cloudflare, by their names, into the lock and into every configuration. Nothing
/// else may be stale.
pub fn record_databases(
    root: &Path,
    reading: &mut Reading,
    ids: &[(String, String)],
) -> Result<Option<Outcome>, Failure> {
    let Some(spec) = reading.spec.clone() else { return Ok(None) };
    let _alone = alone(root).map_err(Failure::io("wait for another run"))?;
    let mut before =
        output::read(root, &[outside::WORKFLOW]).map_err(Failure::io(format!("read {GENERATED}/")))?;
    before.lock.database_ids.extend(ids.iter().cloned());
    carry_out(root, reading, &spec, (&before, &[]), (Mode::Write { force: false }, &BTreeSet::new()))
}

/// Plans and renders on top of `before`, to which `earlier` changes lead, and writes in [`Mode::Write`].
fn carry_out(
    root: &Path,
    reading: &mut Reading,
    spec: &Spec,
    (before, earlier): (&Before, &[FileChange]),
    (mode, allowed): (Mode, &BTreeSet<String>),
) -> Result<Option<Outcome>, Failure> {
    let hash = reading.hash.clone();
    // Each takes about as long as the other.
    let (plan, glue) = thread::scope(|scope| {
        let glue = scope.spawn(|| render::glue(spec, &hash));
        (plan::plan(spec, &hash, before, allowed), glue.join())
    });
    let glue = glue.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let plan = match plan {
        Ok(plan) => plan,
        Err(diagnostics) => {
            reading.add(diagnostics);
            return Ok(None);
        }
    };
    if mode == Mode::Check {
        reading.add(plan::prove(&plan));
    }
    let force = mode == Mode::Write { force: true };
    let Rendered { files, kept } =
        glue.and_then(|glue| render::with_glue(&plan, glue, force)).map_err(|error| fault(&error))?;
    let mut changes = output::changes(before, &files);
    let objections = output::objections(before, &changes, mode);
    let refused = !objections.is_empty();
    reading.add(objections);
    // What was to go may be made anew at the same place.
    let earlier = earlier.iter().filter(|it| !changes.iter().any(|change| change.path == it.path));
    changes.extend(earlier.cloned().collect::<Vec<_>>());
    if matches!(mode, Mode::Write { .. }) && !refused {
        output::write(root, &changes).map_err(Failure::io("write what is generated"))?;
    }
    let renames = declared::renames(spec, &before.lock.objects);
    let differences = declared::differences(&before.lock.declared, &plan.lock.declared, &renames);
    let behind = declared::left_behind(&differences).into_iter().map(|(place, text)| Danger { place, text });
    let retyped =
        declared::retyped(&differences).filter_map(|(name, from, to)| Hazard::of_type(name, from, to));
    let hazards =
        plan.hazards().map(Danger::of).chain(retyped.map(|it| Danger::of(&it))).chain(behind).collect();
    Ok(Some(Outcome { differences, hazards, changes, files, kept }))
}

/// Keeps other runs that write out until the handle is dropped; waits for one that is in.
fn alone(root: &Path) -> io::Result<fs::File> {
    let folder = fs::File::open(root)?;
    folder.lock()?;
    Ok(folder)
}

/// The picture of a spec.
pub fn graph(spec: &Spec, format: GraphFormat) -> Result<String, Failure> {
    render::graph_text(spec, format).map_err(|error| fault(&error))
}

fn fault(error: &RenderError) -> Failure {
    Failure {
        action: format!("render {}", error.file),
        reason: format!("{}; this is a fault of the generator", error.reason),
    }
}

/// Whether wrangler's own JSON Schema takes every generated configuration.
pub fn check_configuration(root: &Path, files: &[RenderedFile]) -> Result<Vec<Diagnostic>, Failure> {
    let path = root.join("node_modules/wrangler/config-schema.json");
    let action = "read wrangler's configuration schema";
    let text = fs::read_to_string(&path).map_err(Failure::io(action))?;
    let invalid = |reason: String| Failure { action: action.to_owned(), reason };
    let schema = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    let validator = jsonschema::draft7::new(&schema).map_err(|error| invalid(error.to_string()))?;
    let mut diagnostics = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".jsonc")) {
        let comment = |line: &&str| !line.trim_start().starts_with("//");
        let json: String = file.text.lines().filter(comment).collect::<Vec<_>>().join("\n");
        let problems: Vec<String> = match serde_json::from_str(&json) {
            Ok(value) => {
                let errors = validator.iter_errors(&value);
                errors.map(|it| format!("{}: {it}", it.instance_path())).collect()
            }
            Err(error) => vec![error.to_string()],
        };
        diagnostics.extend(
            problems
                .into_iter()
                .map(|problem| Diagnostic::new(Code::InvalidConfig, Place::File(file.path.clone()), problem)),
        );
    }
    Ok(diagnostics)
}
