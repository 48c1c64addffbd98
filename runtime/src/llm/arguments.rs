//! The arguments of a call of a tool, from the model's text to what runs it.
//!
//! Owns which arguments are as the spec says. Three say it, and mean the same: the JSON Schema that the model was given,
//! this, and `generated/web/tools.ts` for the page.
//! - The text is JSON of at most 127 levels without half characters (lone surrogates). Of members with one name the last
//!   counts. No text stands for `{}`.
//! - Every argument is there, and none besides; what is optional may be null.
//! - Lengths are in code points. Bounds are inclusive.
//! - Numbers are doubles. A whole number may be written `2.0`, and is at most 2⁵³ − 1 from zero, where doubles end to hold
//!   each of them.
//!
//! What differs is told by its path, in the same words to the model and to the page.

use glue::tools::{Argument, Kind};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// The arguments in `text` as `T`: as JSON, or as the type that the crate `glue` has for the tool.
///
/// # Errors
/// With the first that is wrong, by its path, in words for the model.
pub fn read<T: DeserializeOwned>(text: &str, declared: &[Argument]) -> Result<T, String> {
    // What a parser says of bad JSON, the page's could not say in the same words.
    let Ok(arguments) = serde_json::from_str(or_none(text)) else {
        return Err("the arguments are not JSON".to_owned());
    };
    group("", &arguments, declared)?;
    serde_json::from_value(arguments).map_err(|error| format!("the arguments are of another type: {error}"))
}

/// Some providers send nothing for no arguments.
pub fn or_none(text: &str) -> &str {
    if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() { "{}" } else { text }
}

fn group(at: &str, value: &Value, declared: &[Argument]) -> Result<(), String> {
    let Value::Object(fields) = value else {
        return Err(
            if at.is_empty() { "the arguments".to_owned() } else { format!("`{at}`") } + " must be an object"
        );
    };
    if let Some(name) = fields.keys().find(|name| declared.iter().all(|it| it.name != *name)) {
        let name: String = name.chars().take(64).collect();
        return Err(format!("there is no `{}`", within(at, &name)));
    }
    declared.iter().try_for_each(|it| argument(at, it, fields))
}

/// The path of what is in a group.
fn within(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn argument(at: &str, declared: &Argument, fields: &Map<String, Value>) -> Result<(), String> {
    let at = within(at, declared.name);
    match fields.get(declared.name) {
        None => Err(format!("`{at}` is missing{}", if declared.optional { ": send null" } else { "" })),
        Some(Value::Null) if declared.optional => Ok(()),
        Some(value) => self::value(&at, value, &declared.kind),
    }
}

fn value(at: &str, value: &Value, kind: &Kind) -> Result<(), String> {
    match (kind, value) {
        (Kind::Text { min, max }, Value::String(text)) => {
            counted(at, "characters", text.chars().count(), *min, *max)
        }
        (Kind::Word(words), Value::String(text)) if words.contains(&text.as_str()) => Ok(()),
        (Kind::Word(words), _) => Err(format!("`{at}` must be one of {}", words.join(", "))),
        (Kind::Integer { min, max }, Value::Number(number)) => integer(at, number, *min, *max),
        (Kind::Number { min, max }, Value::Number(number)) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            bounded(at, number, *min, *max)
        }
        (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::List { items, min, max }, Value::Array(values)) => {
            counted(at, "items", values.len(), *min, *max)?;
            let mut each = values.iter().enumerate();
            each.try_for_each(|(index, item)| self::value(&format!("{at}[{index}]"), item, items))
        }
        (Kind::Group(declared), _) => group(at, value, declared),
        (Kind::Text { .. }, _) => Err(format!("`{at}` must be text")),
        (Kind::Integer { .. }, _) => Err(format!("`{at}` must be a whole number")),
        (Kind::Number { .. }, _) => Err(format!("`{at}` must be a number")),
        (Kind::Boolean, _) => Err(format!("`{at}` must be true or false")),
        (Kind::List { .. }, _) => Err(format!("`{at}` must be a list")),
    }
}

/// As JSON Schema has it, `2.0` is a whole number, too.
fn integer(at: &str, number: &Number, min: i64, max: i64) -> Result<(), String> {
    let number = number.as_f64().unwrap_or(f64::NAN);
    if number.fract() != 0.0 {
        return Err(format!("`{at}` must be a whole number"));
    }
    #[expect(clippy::cast_precision_loss, reason = "the bounds are numbers that a double holds")]
    bounded(at, number, Some(min as f64), Some(max as f64))
}

fn bounded(at: &str, number: f64, min: Option<f64>, max: Option<f64>) -> Result<(), String> {
    match (min, max) {
        (Some(min), _) if number < min => Err(format!("`{at}` must be at least {min}")),
        (_, Some(max)) if number > max => Err(format!("`{at}` must be at most {max}")),
        _ => Ok(()),
    }
}

fn counted(at: &str, what: &str, count: usize, min: Option<u32>, max: Option<u32>) -> Result<(), String> {
    let limit = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
    match (min, max) {
        (Some(min), _) if count < limit(min) => Err(format!("`{at}` must have at least {min} {what}")),
        (_, Some(max)) if count > limit(max) => Err(format!("`{at}` must have at most {max} {what}")),
        _ => Ok(()),
    }
}
