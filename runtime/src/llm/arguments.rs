//! Whether a tool's arguments are as the spec says: what the JSON Schema that the model was given accepts, and no more.

use glue::tools::{Argument, Kind};
use serde_json::{Map, Number, Value};

/// Checks the arguments of a call.
///
/// # Errors
/// With the first that is wrong, by its path, in words for the model.
pub fn check(arguments: &Value, declared: &[Argument]) -> Result<(), String> {
    group("the arguments", arguments, declared)
}

fn group(at: &str, value: &Value, declared: &[Argument]) -> Result<(), String> {
    let Value::Object(fields) = value else { return Err(format!("{at} must be an object")) };
    if let Some(name) = fields.keys().find(|name| declared.iter().all(|it| it.name != *name)) {
        let name: String = name.chars().take(64).collect();
        return Err(format!("{at} have no `{name}`"));
    }
    declared.iter().try_for_each(|it| argument(it, fields))
}

fn argument(declared: &Argument, fields: &Map<String, Value>) -> Result<(), String> {
    let name = declared.name;
    match fields.get(name) {
        None => Err(format!("`{name}` is missing{}", if declared.optional { ": send null" } else { "" })),
        Some(Value::Null) if declared.optional => Ok(()),
        Some(value) => self::value(&format!("`{name}`"), value, &declared.kind),
    }
}

fn value(at: &str, value: &Value, kind: &Kind) -> Result<(), String> {
    match (kind, value) {
        (Kind::Text { min, max }, Value::String(text)) => {
            within(at, "characters", text.chars().count(), *min, *max)
        }
        (Kind::Word(words), Value::String(text)) if words.contains(&text.as_str()) => Ok(()),
        (Kind::Word(words), _) => Err(format!("{at} must be one of {}", words.join(", "))),
        (Kind::Integer { min, max }, Value::Number(number)) => integer(at, number, *min, *max),
        (Kind::Number { min, max }, Value::Number(number)) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            bounded(at, min.is_some_and(|min| number < min), max.is_some_and(|max| number > max), min, max)
        }
        (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::List { items, min, max }, Value::Array(values)) => {
            within(at, "items", values.len(), *min, *max)?;
            let mut each = values.iter().enumerate();
            each.try_for_each(|(index, item)| self::value(&format!("{at}[{index}]"), item, items))
        }
        (Kind::Group(declared), _) => group(&format!("the fields of {at}"), value, declared),
        (Kind::Text { .. }, _) => Err(format!("{at} must be text")),
        (Kind::Integer { .. }, _) => Err(format!("{at} must be a whole number")),
        (Kind::Number { .. }, _) => Err(format!("{at} must be a number")),
        (Kind::Boolean, _) => Err(format!("{at} must be true or false")),
        (Kind::List { .. }, _) => Err(format!("{at} must be a list")),
    }
}

/// `2.0` is a whole number, too, as in JSON Schema.
fn integer(at: &str, number: &Number, min: Option<i64>, max: Option<i64>) -> Result<(), String> {
    let (below, above) = if let Some(number) = number.as_i128() {
        (min.is_some_and(|min| number < min.into()), max.is_some_and(|max| number > max.into()))
    } else {
        let number = number.as_f64().unwrap_or(f64::NAN);
        if number.fract() != 0.0 {
            return Err(format!("{at} must be a whole number"));
        }
        #[expect(clippy::cast_precision_loss, reason = "the number has no more digits either")]
        let beyond = (min.is_some_and(|min| number < min as f64), max.is_some_and(|max| number > max as f64));
        beyond
    };
    bounded(at, below, above, &min, &max)
}

fn bounded<T: ToString>(
    at: &str,
    below: bool,
    above: bool,
    min: &Option<T>,
    max: &Option<T>,
) -> Result<(), String> {
    let bound = |bound: &Option<T>| bound.as_ref().map(T::to_string).unwrap_or_default();
    match (below, above) {
        (true, _) => Err(format!("{at} must be at least {}", bound(min))),
        (_, true) => Err(format!("{at} must be at most {}", bound(max))),
        _ => Ok(()),
    }
}

fn within(at: &str, what: &str, count: usize, min: Option<u32>, max: Option<u32>) -> Result<(), String> {
    let limit = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
    match (min, max) {
        (Some(min), _) if count < limit(min) => Err(format!("{at} must have at least {min} {what}")),
        (_, Some(max)) if count > limit(max) => Err(format!("{at} must have at most {max} {what}")),
        _ => Ok(()),
    }
}
