//! Whether a document has the keys and types of the spec.
//!
//! Owns the way from a document to [`RawSpec`], and which mistakes of shape are said. All are found at once: the
//! schema that editors use is the rule, and what breaks it is cut out, so that the rest can be read and checked
//! further. Must not know the rules between keys.

mod wording;

use std::{borrow::Cow, collections::BTreeSet};

use jsonschema::{
    Keyword, ValidationError, Validator, error::ValidationErrorKind as Kind, paths::LocationSegment,
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    document::Document,
    path::{Segment, SpecPath},
    spec::{RawSpec, schema},
};
use wording::{invalid_value, missing_key, out_of_bounds, subject, wrong_type};

/// What a document says, as far as its shape allows to read it.
#[derive(Debug)]
pub struct Shaped {
    /// The spec without what was cut out; `None` where nothing can be read.
    pub raw: Option<RawSpec>,
    /// What was cut out. Nothing should be said about the absence of these.
    pub broken: Broken,
}

/// Places that were cut out of the document because their shape is wrong, and those that are missing because their
/// key is misspelt.
#[derive(Debug, Default)]
pub struct Broken(BTreeSet<SpecPath>);

impl Broken {
    /// Whether `path` or something in it was cut out.
    pub fn touches(&self, path: &SpecPath) -> bool {
        self.0.iter().any(|broken| broken.is_within(path) || path.is_within(broken))
    }
}

/// Checks the shape of `document` and reads it.
pub fn shape(document: &Document) -> (Shaped, Vec<Diagnostic>) {
    let schema = schema().to_value();
    let validator = match validator(&schema) {
        Ok(validator) => validator,
        Err(error) => unreachable!("the schema is derived from the types of this crate: {error}"),
    };
    let mut findings = Findings::new(&schema);
    for error in validator.iter_errors(&document.value) {
        findings.error(&error);
    }
    let (mut diagnostics, mut cut, misspelt) = findings.finish();
    let mut value = document.value.clone();
    let mut broken = Broken(misspelt);
    // What is cut out may leave a hole in what holds it, up to a whole section.
    while !cut.is_empty() {
        // From the last to the first, so that positions in arrays stay true.
        for path in cut.iter().rev() {
            remove(&mut value, path);
        }
        broken.0.append(&mut cut);
        let holes = validator.iter_errors(&value).filter(|error| !error.instance().is_null());
        cut = holes.map(|error| cuttable(spec_path(&error))).filter(|path| !is_root(path)).collect();
    }
    let raw = match RawSpec::deserialize(&value) {
        Ok(raw) => Some(raw),
        Err(error) => {
            if diagnostics.is_empty() {
                let place = Place::Value(SpecPath::root());
                diagnostics.push(Diagnostic::new(Code::InvalidValue, place, error.to_string()));
            }
            None
        }
    };
    (Shaped { raw, broken }, diagnostics)
}

/// JSON Schema takes `2.0` for an integer; the types of the spec do not.
struct Whole;

impl Keyword<'_> for Whole {
    fn validate<'i>(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom("a float")) }
    }

    fn is_valid(&self, instance: &Value) -> bool {
        // A float with a fraction breaks the rule of the type already.
        instance.as_f64().is_none_or(|float| !instance.is_f64() || float.fract() != 0.0)
    }
}

struct Any;

impl Keyword<'_> for Any {
    fn validate<'i>(&self, _: &'i Value) -> Result<(), ValidationError<'i>> {
        Ok(())
    }

    fn is_valid(&self, _: &Value) -> bool {
        true
    }
}

fn validator(schema: &Value) -> Result<Validator, ValidationError<'_>> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .with_keyword("format", |_, format, _| match format.as_str() {
            Some("int64" | "uint32") => Ok(Box::new(Whole)),
            _ => Ok(Box::new(Any)),
        })
        .build(schema)
}

struct Findings<'a> {
    schema: &'a Value,
    diagnostics: Vec<Diagnostic>,
    /// Keys that are not there, each with what is said of it.
    missing: Vec<(SpecPath, Diagnostic)>,
    /// Keys that are there by another name.
    misspelt: BTreeSet<SpecPath>,
    cut: BTreeSet<SpecPath>,
}

impl<'a> Findings<'a> {
    fn new(schema: &'a Value) -> Self {
        let (missing, misspelt, cut) = Default::default();
        Self { schema, diagnostics: Vec::new(), missing, misspelt, cut }
    }

    /// What is to be said, what is to be cut out, and what is missing for another reason.
    fn finish(mut self) -> (Vec<Diagnostic>, BTreeSet<SpecPath>, BTreeSet<SpecPath>) {
        let missing = self.missing.into_iter().filter(|(path, _)| !self.misspelt.contains(path));
        self.diagnostics.extend(missing.map(|(_, diagnostic)| diagnostic));
        (self.diagnostics, self.cut, self.misspelt)
    }

    fn error(&mut self, error: &ValidationError<'_>) {
        let path = spec_path(error);
        match error.kind() {
            // What could not be read was reported by who tried.
            _ if error.instance().is_null() => self.cut(path),
            Kind::AdditionalProperties { unexpected } => {
                let known = self.known_keys(error);
                for key in unexpected {
                    self.unknown_key(&path, key, known.iter().map(String::as_str), error.instance());
                }
            }
            Kind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                let diagnostic = missing_key(&path, key, self.schema, &self.schema_of(error));
                self.missing.push((path.key(key), diagnostic));
                // Without the key nothing here can be read; only the spec as a whole gets by.
                let hole = if is_root(&path) { path.key(key) } else { path };
                self.cut(hole);
            }
            Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
                self.alternatives(&path, error, context)
            }
            _ => self.value(&path, error),
        }
    }

    fn unknown_key<'k>(
        &mut self,
        path: &SpecPath,
        key: &str,
        known: impl Iterator<Item = &'k str>,
        table: &Value,
    ) {
        let place = path.key(key);
        let known: Vec<&str> = known.collect();
        let absent = known.iter().copied().filter(|known| table.get(known).is_none());
        let help = match closest(key, absent) {
            Some(meant) => {
                self.misspelt.insert(path.key(meant));
                format!("did you mean `{meant}`?")
            }
            None => format!("its keys are: {}", known.join(", ")),
        };
        self.diagnostics.push(
            Diagnostic::new(
                Code::UnknownKey,
                Place::Key(place.clone()),
                format!("{} has no key `{key}`", subject(path)),
            )
            .help(help),
        );
        self.cut(place);
    }

    /// One value that is not what its key takes.
    fn value(&mut self, path: &SpecPath, error: &ValidationError<'_>) {
        let given = error.instance();
        let diagnostic = match error.kind() {
            // One among several is a string or an integer: of another, the type was said to be wrong.
            Kind::Enum { options } if !same_type(given, options) => return,
            Kind::Type { kind } => wrong_type(path, given, &wording::expected(kind)),
            Kind::Custom { .. } => wrong_type(path, given, &["integer".to_owned()]),
            Kind::Enum { options } => {
                let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
                let options: Vec<String> = options.iter().map(plain).collect();
                invalid_value(path, given, options.iter().map(String::as_str))
            }
            _ => out_of_bounds(path, error),
        };
        self.diagnostics.push(diagnostic);
        self.cut(path.clone());
    }

    /// A table whose `type` or `handler` chooses among several forms: the mistakes of the chosen form.
    fn alternatives(
        &mut self,
        path: &SpecPath,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'_>>],
    ) {
        let given = error.instance();
        if !given.is_object() {
            self.diagnostics.push(wrong_type(path, given, &["object".to_owned()]));
            self.cut(path.clone());
            return;
        }
        let tags: Vec<(String, &str)> =
            context.iter().flatten().filter_map(|it| constant(it, path)).collect();
        let fits = |errors: &&Vec<ValidationError<'_>>| {
            !errors.iter().any(|it| constant(it, path).is_some() || lacks_tag(it, path, &tags))
        };
        if let Some(chosen) = context.iter().find(fits) {
            for error in chosen {
                self.error(error);
            }
            return;
        }
        let Some((tag, _)) = tags.first().cloned().or_else(|| self.tag_of(error)) else {
            self.value(path, error);
            return;
        };
        let known = self.tag_values(error, &tag);
        match given.get(&tag) {
            Some(Value::Null) => {}
            Some(given) => {
                let mut diagnostic = invalid_value(&path.key(&tag), given, known.iter().map(String::as_str));
                if !given.is_string() {
                    diagnostic.code = Code::WrongType;
                }
                self.diagnostics.push(diagnostic);
            }
            None => self.missing_tag(path, given, &tag, &known),
        }
        self.cut(path.clone());
    }

    fn missing_tag(&mut self, path: &SpecPath, table: &Value, tag: &str, known: &[String]) {
        let keys = table.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        match closest(tag, keys) {
            Some(key) => {
                let key = key.to_owned();
                self.unknown_key(path, &key, [tag].into_iter(), table);
            }
            None => self.diagnostics.push(
                Diagnostic::new(
                    Code::MissingKey,
                    Place::Key(path.clone()),
                    format!("{} needs the key `{tag}`", subject(path)),
                )
                .help(format!("`{tag}` is one of: {}", known.join(", "))),
            ),
        }
    }

    fn cut(&mut self, path: SpecPath) {
        self.cut.insert(cuttable(path));
    }

    /// The schema that holds the keyword which `error` broke.
    fn schema_of(&self, error: &ValidationError<'_>) -> Cow<'a, Value> {
        let pointer = error.schema_path().as_str();
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.schema.pointer(parent).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
    }

    fn known_keys(&self, error: &ValidationError<'_>) -> Vec<String> {
        let schema = self.schema_of(error);
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.map(|it| it.keys().cloned().collect()).unwrap_or_default()
    }

    /// The key by which the forms of a table are told apart.
    fn tag_of(&self, error: &ValidationError<'_>) -> Option<(String, &str)> {
        Some((wording::tag(&self.schema_of(error))?, ""))
    }

    fn tag_values(&self, error: &ValidationError<'_>, tag: &str) -> Vec<String> {
        let schema = self.schema_of(error);
        let forms = schema.get("oneOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        forms
            .iter()
            .filter_map(|form| form.get("properties")?.get(tag)?.get("const")?.as_str().map(str::to_owned))
            .collect()
    }
}

/// The tag that `error` says is another constant, if it says so of a key of `path`.
fn constant<'a>(error: &'a ValidationError<'_>, path: &SpecPath) -> Option<(String, &'a str)> {
    let Kind::Constant { expected_value } = error.kind() else { return None };
    let place = spec_path(error);
    if place.parent().as_ref() != Some(path) {
        return None;
    }
    match place.segments().last() {
        Some(Segment::Key(key)) => Some((key.clone(), expected_value.as_str()?)),
        _ => None,
    }
}

/// Whether `given` is a string as `options` are, or an integer as they are.
fn same_type(given: &Value, options: &Value) -> bool {
    let like = |it: &Value| (it.is_string(), it.is_i64() || it.is_u64());
    options.as_array().is_some_and(|all| all.iter().any(|it| like(it) == like(given)))
}

/// A value as a person would name it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn lacks_tag(error: &ValidationError<'_>, path: &SpecPath, tags: &[(String, &str)]) -> bool {
    let Kind::Required { property } = error.kind() else { return false };
    let is_tag = |key: &str| {
        tags.iter().any(|(tag, _)| tag == key)
            || (tags.is_empty() && matches!(key, "type" | "handler" | "mode"))
    };
    spec_path(error) == *path && property.as_str().is_some_and(is_tag)
}

fn spec_path(error: &ValidationError<'_>) -> SpecPath {
    error.instance_path().iter().fold(SpecPath::root(), |path, segment| match segment {
        LocationSegment::Property(key) => path.key(key.into_owned()),
        LocationSegment::Index(index) => path.index(index),
    })
}

fn is_root(path: &SpecPath) -> bool {
    path.segments().is_empty()
}

/// What goes when `path` does: of a list the whole, so that no item moves to another's position. Routes have a
/// place to stay, see `RawSpec::routes`.
fn cuttable(path: SpecPath) -> SpecPath {
    match path.segments() {
        [Segment::Key(key), Segment::Index(_)] if key == "routes" => path,
        [.., Segment::Index(_)] => path.parent().unwrap_or_default(),
        _ => path,
    }
}

fn remove(value: &mut Value, path: &SpecPath) {
    let Some((last, parents)) = path.segments().split_last() else { return };
    let mut at = value;
    for segment in parents {
        let next = match segment {
            Segment::Key(key) => at.get_mut(key),
            Segment::Index(index) => at.get_mut(index),
        };
        match next {
            Some(next) => at = next,
            None => return,
        }
    }
    match (last, at) {
        (Segment::Key(key), Value::Object(map)) => drop(map.shift_remove(key)),
        (Segment::Index(index), Value::Array(items)) if *index < items.len() => items[*index] = Value::Null,
        _ => {}
    }
}
