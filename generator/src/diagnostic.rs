//! What is wrong with a spec, and how to say it.
//!
//! Owns the codes, the shape of a finding and its renderings. Must not know what the rules are: the modules
//! that check them make these. Places are paths until they are rendered.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::{document::Document, path::SpecPath};

/// Where in a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The key itself, as in a misspelt one.
    Key(SpecPath),
    /// The value of a key.
    Value(SpecPath),
    /// A range of bytes, for text that is no TOML.
    Bytes(Range<usize>),
    /// A generated file, by its path in the project.
    File(String),
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// The spec works; something in it is probably not meant.
    Warning,
}

macro_rules! codes {
    ($($code:ident $text:literal $severity:ident $summary:literal)*) => {
        /// The kinds of findings. A code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $summary] $code,)* }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The stable name in kebab case.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text,)* }
            }

            /// How grave it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

            /// What it means, in a line.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$code => $summary,)* }
            }
        }
    };
}

codes! {
    TomlSyntax "toml-syntax" Error "The text is not TOML."
    UnknownKey "unknown-key" Error "A key that this section does not have."
    MissingKey "missing-key" Error "A key that this section must have."
    NeedlessKey "needless-key" Error "A key that means nothing beside the section's others."
    WrongType "wrong-type" Error "A value of another type than the key takes."
    InvalidValue "invalid-value" Error "A value that is none of those the key takes."
    InvalidName "invalid-name" Error "A name that its kind of name does not allow."
    InvalidPath "invalid-path" Error "A route's path that is not a plain absolute path."
    DuplicateName "duplicate-name" Error "Two things share a name, or one is listed twice."
    DuplicateRoute "duplicate-route" Error "Two routes have the same path."
    ShadowedRoute "shadowed-route" Warning "An earlier route already answers this path."
    UnknownBinding "unknown-binding" Error "A binding is named that the spec does not declare."
    WrongBindingType "wrong-binding-type" Error "A binding of another type than its use needs."
    UnusedBinding "unused-binding" Warning "A binding that nothing in the spec uses."
    MissingBinding "missing-binding" Error "A section needs a binding that is not declared."
    UnknownSecret "unknown-secret" Error "A secret is named that the spec does not declare."
    UnusedSecret "unused-secret" Warning "A secret that nothing in the spec reads."
    UnknownAuth "unknown-auth" Error "A route asks for a proof that the spec does not declare."
    UnusedAuth "unused-auth" Warning "A proof that no route asks for."
    OpenRoute "open-route" Warning "A route that everybody may use, without the spec saying that it is meant."
    UnknownVar "unknown-var" Error "A variable is named that the spec does not declare."
    MissingRoute "missing-route" Error "A section that no route leads to."
    MissingFlag "missing-flag" Warning "A section lacks a compatibility flag that it is meant to be served with."
    MissingSection "missing-section" Error "Something needs a section that the spec does not have."
    UnknownTool "unknown-tool" Error "A route offers a tool that is not declared."
    UnusedTool "unused-tool" Warning "A tool that no route offers."
    UnknownTable "unknown-table" Error "A table is named that the spec does not declare."
    UnknownColumn "unknown-column" Error "A column is named that its table does not have."
    RelayColumn "relay-column" Error "A table of the relay is not as the relay needs it."
    LlmColumn "llm-column" Error "A table of the models' route is not as the route needs it."
    TableWithoutKey "table-without-key" Warning "A table without a primary key."
    DefaultType "default-type" Error "A default value of another type than its column."
    DefaultFormat "default-format" Warning "A default that is written otherwise than its column's other values."
    GeneratedColumn "generated-column" Error "A computed column where only one that is written can stand."
    InvalidExpression "invalid-expression" Error "An SQL expression that SQLite refuses, or that could leave its place."
    InvalidReference "invalid-reference" Error "A foreign key that SQLite would refuse or never satisfy."
    SharedResource "shared-resource" Error "Two environments would share a worker, a resource or an address."
    MissingHandler "missing-handler" Error "An event that the runtime has no handler for."
    InvalidCron "invalid-cron" Error "A cron expression that Cloudflare would refuse."
    UnreachableWorker "unreachable-worker" Warning "A worker without an address."
    InvalidDate "invalid-date" Error "A date that is not written as YYYY-MM-DD."
    CompatibilityDate "compatibility-date" Warning "A compatibility date far from what the installed workerd knows."
    OutOfRange "out-of-range" Error "A number, text or list outside its bounds."
    UnsafePath "unsafe-path" Error "A folder outside the project."
    EditedFile "edited-file" Error "A generated file was edited by hand."
    StaleFile "stale-file" Error "A generated file is not what the spec says now."
    InvalidConfig "invalid-config" Error "wrangler's own schema refuses the generated configuration."
    MissingLock "missing-lock" Error "What is generated is there, and spec.lock is gone."
    EditedMigration "edited-migration" Error "A migration differs from what spec.lock recorded of it."
    MigrationConflict "migration-conflict" Error "Two branches each made migrations, or left a conflict in spec.lock."
    DestructiveStep "destructive-step" Error "A change that would lose data, without permission."
    MigrationRefused "migration-refused" Error "A change of the tables that no migration can make safely."
    DatabaseRemoved "database-removed" Error "A D1 binding that was deployed is gone from the spec."
    UnknownDatabase "unknown-database" Error "A D1 binding is to be the new name of one that never was."
    ClassRemoved "class-removed" Error "A Durable Object class that was deployed is gone from the spec."
    ClassRefused "class-refused" Error "A change of Durable Object classes that Cloudflare would refuse."
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What the underlined text is.
    pub label: Option<String>,
    /// Other places that matter, each with what it is.
    pub related: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding without label, other places or help.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, place, message: printable(message.into()), label: None, related: Vec::new(), help: None }
    }

    /// Says what the underlined text is.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(printable(label.into()));
        self
    }

    /// Points at another place.
    pub fn related(mut self, place: Place, text: impl Into<String>) -> Self {
        self.related.push((place, printable(text.into())));
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(printable(help.into()));
        self
    }

    /// Says what to do if there is anything to say.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.map(printable);
        self
    }
}

/// A text with control characters spelt out: what a spec holds must not become a command for the terminal.
fn printable(text: String) -> String {
    let spelt_out = |c: char| c.is_control() && c != '\n';
    if !text.contains(spelt_out) {
        return text;
    }
    let spell = |c: char| if spelt_out(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(spell).collect()
}

/// The name of `names` that `given` is probably a misspelling of.
pub fn closest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase()), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len().max(given.len()) / 4)
        .map(|(_, name)| name)
}

/// "did you mean `x`?" for the name nearest to `given`, else the list of all names.
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().collect();
    match (closest(given, names.iter().copied()), names.as_slice()) {
        (Some(name), _) => Some(format!("did you mean `{name}`?")),
        (None, []) => None,
        (None, [one]) => Some(format!("expected `{one}`")),
        (None, _) => Some(format!("expected one of: {}", names.join(", "))),
    }
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text with the lines of the spec underlined.
    Human,
    /// Annotations of a GitHub workflow.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// One JSON object a line.
    Json,
}

/// Puts findings in the order of the text, errors and warnings together, and drops repetitions.
pub fn sort(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|it| (document.span(&it.place).start, it.code));
    diagnostics.dedup();
}

/// Writes findings out. `Human` keeps its colours only if `colour`.
pub fn render(document: &Document, diagnostics: &[Diagnostic], format: Format, colour: bool) -> String {
    match format {
        Format::Human => human(document, diagnostics, colour),
        Format::Github => diagnostics.iter().map(|it| github(document, it)).collect(),
        Format::Json => diagnostics.iter().map(|it| format!("{}\n", json(document, it))).collect(),
        Format::Sarif => format!("{:#}\n", sarif(document, diagnostics)),
    }
}

fn human(document: &Document, diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.code.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
        let mut group: Group<'_> = match &diagnostic.place {
            Place::File(file) => title.element(Origin::path(file.as_str())),
            _ => title.element(snippet(document, diagnostic)),
        };
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    text
}

/// The lines of the spec that matter, with their labels.
fn snippet<'a>(document: &'a Document, diagnostic: &'a Diagnostic) -> Snippet<'a, Annotation<'a>> {
    let primary =
        AnnotationKind::Primary.span(document.span(&diagnostic.place)).label(diagnostic.label.as_deref());
    let others = diagnostic
        .related
        .iter()
        .map(|(place, label)| AnnotationKind::Context.span(document.span(place)).label(label.as_str()));
    Snippet::source(document.source.text.as_str())
        .path(document.source.name.as_str())
        .annotation(primary)
        .annotations(others)
}

/// <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>: `%`, CR and LF are
/// escaped in the message, `:` and `,` in properties too.
fn github(document: &Document, diagnostic: &Diagnostic) -> String {
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let command = match diagnostic.code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let at = Position::of(document, &diagnostic.place);
    format!(
        "::{command} file={},line={},col={},title={}::{}\n",
        property(&at.file),
        at.line,
        at.column,
        property(diagnostic.code.as_str()),
        escape(&sentence(diagnostic)),
    )
}

/// A place as machines have it: lines and columns from 1, columns in characters, the end behind the last.
struct Position {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Position {
    fn of(document: &Document, place: &Place) -> Self {
        if let Place::File(file) = place {
            // A file that was generated is meant as a whole; where a line is needed, that is its first.
            return Self { file: file.clone(), line: 1, column: 1, end_line: 1, end_column: 1 };
        }
        let span = document.span(place);
        let (line, column) = document.line_and_column(span.start);
        let (end_line, end_column) = document.line_and_column(span.end);
        Self { file: document.source.name.clone(), line, column, end_line, end_column }
    }
}

fn json(document: &Document, diagnostic: &Diagnostic) -> serde_json::Value {
    let at = |place: &Place| {
        let at = Position::of(document, place);
        serde_json::json!({
            "file": at.file,
            "line": at.line, "column": at.column, "end_line": at.end_line, "end_column": at.end_column,
        })
    };
    let path = match &diagnostic.place {
        Place::Key(path) | Place::Value(path) => Some(path.to_string()),
        Place::Bytes(_) | Place::File(_) => None,
    };
    serde_json::json!({
        "code": diagnostic.code.as_str(),
        "severity": severity_name(diagnostic.code),
        "path": path,
        "message": diagnostic.message,
        "label": diagnostic.label,
        "help": diagnostic.help,
        "place": at(&diagnostic.place),
        "related": diagnostic.related.iter()
            .map(|(place, text)| serde_json::json!({ "place": at(place), "message": text }))
            .collect::<Vec<_>>(),
    })
}

fn sarif(document: &Document, diagnostics: &[Diagnostic]) -> serde_json::Value {
    let location = |place: &Place| {
        let at = Position::of(document, place);
        serde_json::json!({
            "artifactLocation": { "uri": at.file },
            "region": {
                "startLine": at.line, "startColumn": at.column,
                "endLine": at.end_line, "endColumn": at.end_column,
            },
        })
    };
    let results: Vec<_> = diagnostics
        .iter()
        .map(|it| {
            let related = it.related.iter().map(|(place, text)| {
                serde_json::json!({ "physicalLocation": location(place), "message": { "text": text } })
            });
            serde_json::json!({
                "ruleId": it.code.as_str(),
                "level": severity_name(it.code),
                "message": { "text": sentence(it) },
                "locations": [{ "physicalLocation": location(&it.place) }],
                "relatedLocations": related.collect::<Vec<_>>(),
            })
        })
        .collect();
    let rules: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            serde_json::json!({
                "id": code.as_str(), "shortDescription": { "text": code.summary() },
            })
        })
        .collect();
    serde_json::json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "generator", "rules": rules } },
            // Without this, columns would be in UTF-16.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn severity_name(code: Code) -> &'static str {
    match code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// All that is said of the place itself, in a line.
fn sentence(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.label.iter().map(|label| format!(": {label}"));
    let help = diagnostic.help.iter().map(|help| format!("; {help}"));
    std::iter::once(diagnostic.message.clone()).chain(label).chain(help).collect()
}
