//! The words for a mistake of shape.
//!
//! Owns what is said of a key or a value that the schema refuses, with the documentation and the examples of the
//! schema itself. Must not decide what is a mistake.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    path::SpecPath,
};

/// A place as the subject of a sentence.
pub(super) fn subject(path: &SpecPath) -> String {
    if path.segments().is_empty() { path.to_string() } else { format!("`{path}`") }
}

/// The key `key` that is missing at `path`, whose schema is `schema`, a part of `root`.
pub(super) fn missing_key(path: &SpecPath, key: &str, root: &Value, schema: &Value) -> Diagnostic {
    let property = schema.get("properties").and_then(|it| it.get(key)).unwrap_or(&Value::Null);
    let needed = needed_keys(root, property);
    let at_top = path.segments().is_empty();
    let name = if at_top { format!("section `[{key}]`") } else { format!("key `{key}`") };
    let message = format!("{} needs the {name}", subject(path));
    let help = match needed.as_slice() {
        [] => documentation(property, key),
        [one] if !at_top => Some(format!("add `{key}.{one}`")),
        many => {
            let many: Vec<String> = many.iter().map(|key| format!("`{key}`")).collect();
            let table = if at_top { format!("[{key}]") } else { key.to_owned() };
            Some(format!("add `{table}` with {}", list(&many, "and")))
        }
    };
    Diagnostic::new(Code::MissingKey, Place::Key(path.clone()), message).maybe_help(help)
}

/// The keys that a table of the schema `property` cannot do without.
fn needed_keys(root: &Value, property: &Value) -> Vec<String> {
    let reference = property.get("$ref").or_else(|| property.get("allOf")?.get(0)?.get("$ref"));
    let pointer = reference.and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
    let schema = pointer.and_then(|it| root.pointer(it)).unwrap_or(property);
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required.filter_map(Value::as_str).map(str::to_owned).chain(tag(schema)).collect()
}

/// The key by which the forms of a table are told apart, if `schema` has several.
pub(super) fn tag(schema: &Value) -> Option<String> {
    let properties = schema.get("oneOf")?.get(0)?.get("properties")?.as_object()?;
    let (tag, _) = properties.iter().find(|(_, it)| it.get("const").is_some())?;
    Some(tag.clone())
}

fn documentation(property: &Value, key: &str) -> Option<String> {
    let text = property.get("description")?.as_str()?;
    let text = uncapital(&text.lines().collect::<Vec<_>>().join(" "));
    // A string or a list of strings reads in TOML as it does in JSON.
    let example = property.get("examples").and_then(|it| it.get(0)).filter(|it| !it.is_object());
    Some(match example {
        Some(example) => format!("`{key} = {example}`: {text}"),
        None => format!("`{key}`: {text}"),
    })
}

/// The JSON types that a value may have.
pub(super) fn expected(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect(),
    }
}

/// A value of another type than `expected`, which are names of JSON types.
pub(super) fn wrong_type(path: &SpecPath, given: &Value, expected: &[String]) -> Diagnostic {
    let names: Vec<String> = match expected {
        [one] if one == "boolean" => vec!["true or false".to_owned()],
        _ => expected.iter().map(|one| type_name(one).to_owned()).collect(),
    };
    let message = format!("{} is {}", subject(path), value_type(given));
    Diagnostic::new(Code::WrongType, Place::Value(path.clone()), message)
        .label(format!("expected {}", list(&names, "or")))
        .maybe_help(conversion(path, given, expected))
}

/// How what was given can be what was meant.
fn conversion(path: &SpecPath, given: &Value, expected: &[String]) -> Option<String> {
    let [expected] = expected else { return None };
    match (expected.as_str(), given) {
        ("string", Value::Number(_) | Value::Bool(_)) => Some("put it in quotes".to_owned()),
        ("integer" | "number" | "boolean", Value::String(text)) => {
            let meant: Value = serde_json::from_str(text).ok()?;
            let fits = if expected == "boolean" { meant.is_boolean() } else { meant.is_number() };
            fits.then(|| "leave the quotes out".to_owned())
        }
        ("array", Value::String(_)) => Some(format!("write `[{given}]`")),
        ("array", Value::Object(_)) => Some(format!("write `[[{path}]]`, in two brackets")),
        _ => None,
    }
}

/// A value that is none of those that its key takes.
pub(super) fn invalid_value<'a>(
    path: &SpecPath,
    given: &Value,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let help = nearest(given.as_str().unwrap_or_default(), known);
    let message = format!("{} cannot be {given}", subject(path));
    Diagnostic::new(Code::InvalidValue, Place::Value(path.clone()), message).maybe_help(help)
}

/// A number, text or list outside its bounds.
pub(super) fn out_of_bounds(path: &SpecPath, error: &ValidationError<'_>) -> Diagnostic {
    let given = error.instance();
    let (message, label) = match error.kind() {
        Kind::Minimum { limit } => {
            (format!("{} cannot be {given}", subject(path)), format!("expected {limit} or more"))
        }
        Kind::Maximum { limit } => {
            (format!("{} cannot be {given}", subject(path)), format!("expected {limit} or less"))
        }
        Kind::MinItems { .. } => {
            (format!("{} is empty", subject(path)), "expected at least one item".to_owned())
        }
        Kind::MinProperties { .. } => {
            (format!("{} is empty", subject(path)), "expected at least one key".to_owned())
        }
        _ => (format!("{} is out of its bounds", subject(path)), error.to_string()),
    };
    Diagnostic::new(Code::OutOfRange, Place::Value(path.clone()), message).label(label)
}

/// "a, b and c", with `last` before the last.
fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}

/// A sentence of documentation as the end of another. A name in mixed case stays as it is.
fn uncapital(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let word = text.split(' ').next().unwrap_or_default();
    let name = word.chars().skip(1).any(char::is_uppercase);
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !name => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// What TOML calls a JSON type.
fn type_name(json: &str) -> &str {
    match json {
        "object" => "a table",
        "array" => "an array",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
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
