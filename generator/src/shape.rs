//! Whether a document has the keys and types of the spec.
//!
//! Owns the way from a document to [`RawSpec`], and the wording of every mistake of shape. All mistakes are
//! found at once: the schema that editors use is the rule, and what breaks it is cut out, so that the rest can be
//! read and checked further. Must not know the rules between keys.

use std::{borrow::Cow, collections::BTreeSet};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind, paths::LocationSegment};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    document::Document,
    path::{Segment, SpecPath},
    spec::{RawSpec, schema},
};

/// What a document says, as far as its shape allows to read it.
#[derive(Debug)]
pub struct Shaped {
    /// The spec; `None` where a section that everything needs is missing or broken.
    pub raw: Option<RawSpec>,
    /// What was cut out. Nothing should be said about the absence of these.
    pub broken: Broken,
}

/// Places that were cut out of the document because their shape is wrong.
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
    let validator = match jsonschema::draft7::new(&schema) {
        Ok(validator) => validator,
        Err(error) => unreachable!("the schema is derived from the types of this crate: {error}"),
    };
    let mut findings = Findings { schema: &schema, diagnostics: Vec::new(), cut: BTreeSet::new() };
    let mut value = document.value.clone();
    findings.validate(&validator, &value);
    // From the last to the first, so that positions in arrays stay true.
    for path in findings.cut.iter().rev() {
        remove(&mut value, path);
    }
    let mut broken = Broken(findings.cut);
    let mut diagnostics = findings.diagnostics;
    let raw = match RawSpec::deserialize(&value) {
        Ok(raw) => Some(raw),
        Err(error) => {
            if diagnostics.is_empty() {
                diagnostics.push(Diagnostic::new(
                    Code::InvalidValue,
                    Place::Value(SpecPath::root()),
                    error.to_string(),
                ));
            }
            broken.0.insert(SpecPath::root());
            None
        }
    };
    (Shaped { raw, broken }, diagnostics)
}

struct Findings<'a> {
    schema: &'a Value,
    diagnostics: Vec<Diagnostic>,
    cut: BTreeSet<SpecPath>,
}

impl Findings<'_> {
    fn validate(&mut self, validator: &Validator, value: &Value) {
        for error in validator.iter_errors(value) {
            self.error(&error);
        }
    }

    fn error(&mut self, error: &ValidationError<'_>) {
        let path = spec_path(error);
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                let known = self.known_keys(error);
                for key in unexpected {
                    let place = path.key(key);
                    self.push(
                        Diagnostic::new(
                            Code::UnknownKey,
                            Place::Key(place.clone()),
                            format!("{} has no key `{key}`", capital(&path)),
                        )
                        .maybe_help(nearest(key, known.iter().map(String::as_str))),
                    );
                    self.cut.insert(place);
                }
            }
            Kind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                self.push(
                    Diagnostic::new(
                        Code::MissingKey,
                        Place::Key(path.clone()),
                        format!("{} needs the key `{key}`", capital(&path)),
                    )
                    .maybe_help(self.documentation(error, key)),
                );
                // Without the key nothing here can be read; at the top, that is the spec as a whole.
                self.cut.insert(path);
            }
            Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
                self.alternatives(&path, error, context)
            }
            _ => self.value(&path, error),
        }
    }

    /// One value that is not what its key takes.
    fn value(&mut self, path: &SpecPath, error: &ValidationError<'_>) {
        let place = Place::Value(path.clone());
        let given = error.instance();
        let diagnostic = match error.kind() {
            Kind::Type { kind } => {
                let expected = match kind {
                    jsonschema::error::TypeKind::Single(one) => type_name(&one.to_string()).to_owned(),
                    jsonschema::error::TypeKind::Multiple(many) => {
                        let names: Vec<_> =
                            many.iter().map(|one| type_name(&one.to_string()).to_owned()).collect();
                        names.join(" or ")
                    }
                };
                Diagnostic::new(Code::WrongType, place, format!("{} is {}", capital(path), value_type(given)))
                    .label(format!("expected {expected}"))
            }
            Kind::Enum { options } => {
                let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
                invalid_value(path, given, options.iter().filter_map(Value::as_str))
            }
            _ => Diagnostic::new(Code::OutOfRange, place, format!("{}: {error}", capital(path))),
        };
        self.push(diagnostic);
        self.cut.insert(path.clone());
    }

    /// A table whose `type` or `handler` chooses among several forms: the mistakes of the chosen form.
    fn alternatives(
        &mut self,
        path: &SpecPath,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'_>>],
    ) {
        if !error.instance().is_object() {
            self.push(
                Diagnostic::new(
                    Code::WrongType,
                    Place::Value(path.clone()),
                    format!("{} is {}", capital(path), value_type(error.instance())),
                )
                .label("expected a table"),
            );
            self.cut.insert(path.clone());
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
        match error.instance().get(&tag) {
            Some(given) => {
                let mut diagnostic = invalid_value(&path.key(&tag), given, known.iter().map(String::as_str));
                if !given.is_string() {
                    diagnostic.code = Code::WrongType;
                }
                self.push(diagnostic);
            }
            None => self.push(
                Diagnostic::new(
                    Code::MissingKey,
                    Place::Key(path.clone()),
                    format!("{} needs the key `{tag}`", capital(path)),
                )
                .help(format!("expected one of: {}", known.join(", "))),
            ),
        }
        self.cut.insert(path.clone());
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The schema that holds the keyword which `error` broke.
    fn schema_of(&self, error: &ValidationError<'_>) -> Cow<'_, Value> {
        let pointer = error.schema_path().as_str();
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.schema.pointer(parent).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
    }

    fn known_keys(&self, error: &ValidationError<'_>) -> Vec<String> {
        let schema = self.schema_of(error);
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.map(|it| it.keys().cloned().collect()).unwrap_or_default()
    }

    fn documentation(&self, error: &ValidationError<'_>, key: &str) -> Option<String> {
        let schema = self.schema_of(error);
        let property = schema.get("properties")?.get(key)?;
        let text = property.get("description")?.as_str()?;
        let example = property.get("examples").and_then(|it| it.get(0));
        let line = text.lines().collect::<Vec<_>>().join(" ");
        Some(match example.and_then(Value::as_str) {
            Some(example) => format!("`{key} = {example:?}`: {}", uncapital(&line)),
            None => format!("`{key}`: {}", uncapital(&line)),
        })
    }

    /// The key by which the forms of a table are told apart.
    fn tag_of(&self, error: &ValidationError<'_>) -> Option<(String, &str)> {
        let schema = self.schema_of(error);
        let forms = schema.get("oneOf")?.as_array()?;
        let properties = forms.first()?.get("properties")?.as_object()?;
        let (tag, _) = properties.iter().find(|(_, it)| it.get("const").is_some())?;
        Some((tag.clone(), ""))
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

fn lacks_tag(error: &ValidationError<'_>, path: &SpecPath, tags: &[(String, &str)]) -> bool {
    let Kind::Required { property } = error.kind() else { return false };
    let is_tag = |key: &str| {
        tags.iter().any(|(tag, _)| tag == key) || (tags.is_empty() && matches!(key, "type" | "handler"))
    };
    spec_path(error) == *path && property.as_str().is_some_and(is_tag)
}

fn invalid_value<'a>(path: &SpecPath, given: &Value, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let help = match given {
        Value::String(text) => nearest(text, known),
        _ => nearest("", known),
    };
    Diagnostic::new(
        Code::InvalidValue,
        Place::Value(path.clone()),
        format!("{} cannot be {given}", capital(path)),
    )
    .maybe_help(help)
}

fn spec_path(error: &ValidationError<'_>) -> SpecPath {
    error.instance_path().iter().fold(SpecPath::root(), |path, segment| match segment {
        LocationSegment::Property(key) => path.key(key.into_owned()),
        LocationSegment::Index(index) => path.index(index),
    })
}

fn remove(value: &mut Value, path: &SpecPath) {
    let Some((last, parents)) = path.segments().split_last() else {
        *value = Value::Null;
        return;
    };
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
        (Segment::Index(index), Value::Array(items)) if *index < items.len() => match parents {
            // Routes are told apart by their position alone; see `RawSpec::routes`.
            [Segment::Key(key)] if key == "routes" => items[*index] = Value::Null,
            _ => drop(items.remove(*index)),
        },
        _ => {}
    }
}

fn capital(path: &SpecPath) -> String {
    if path.segments().is_empty() { "The spec".to_owned() } else { format!("`{path}`") }
}

fn uncapital(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// What TOML calls a JSON type.
fn type_name(json: &str) -> &str {
    match json {
        "object" => "a table",
        "array" => "an array",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        _ => "a string",
    }
}

fn value_type(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "a table",
        Value::Array(_) => "an array",
        Value::Number(number) if number.is_f64() => "a float",
        Value::Number(_) => "an integer",
        Value::Bool(_) => "a boolean",
        Value::String(_) | Value::Null => "a string",
    }
}
