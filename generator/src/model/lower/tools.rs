//! Tools and the types of their arguments.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::tools::{GREATEST_WHOLE, Item, Parameter, ParameterType, Tool},
    path::SpecPath,
    spec::{Named, RawParameter},
};

/// OpenAI's limit for strict schemas, counted from the arguments' own object.
const DEEPEST: usize = 10;

/// OpenAI's limit for strict schemas: properties of one schema, at all its levels.
const MOST_PROPERTIES: usize = 5_000;

impl Lowering<'_> {
    pub(super) fn tools(&mut self) -> Vec<Tool> {
        let raw = self.raw;
        let mut tools = Vec::new();
        for (name, tool) in &raw.tools {
            let path = SpecPath::from(["tools", name]);
            if tool.description.trim().is_empty() {
                self.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        Place::Value(path.key("description")),
                        format!("the tool `{name}` has no description"),
                    )
                    .help("the model chooses a tool by its description: say what it does"),
                );
            }
            let parameters = self.parameters(&path.key("parameters"), &tool.parameters, 1);
            self.few_enough(&path, count(&parameters));
            let name = self.name(name, Place::Key(path));
            tools.extend(name.map(|name| Tool { name, description: tool.description.clone(), parameters }));
        }
        tools
    }

    fn few_enough(&mut self, path: &SpecPath, count: usize) {
        if count > MOST_PROPERTIES {
            self.push(
                Diagnostic::new(
                    Code::OutOfRange,
                    Place::Key(path.clone()),
                    format!(
                        "a tool has at most {MOST_PROPERTIES} arguments at all levels together, not {count}"
                    ),
                )
                .help("models refuse more: make several tools of it"),
            );
        }
    }

    fn parameters(&mut self, path: &SpecPath, raw: &Named<RawParameter>, depth: usize) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for (name, parameter) in raw {
            let path = path.key(name);
            let kind = self.parameter_type(&path, parameter, depth);
            let name = self.name(name, Place::Key(path));
            let (description, optional) = common(parameter);
            parameters.extend(name.zip(kind).map(|(name, kind)| Parameter {
                name,
                description,
                optional,
                kind,
            }));
        }
        parameters
    }

    fn parameter_type(&mut self, path: &SpecPath, raw: &RawParameter, depth: usize) -> Option<ParameterType> {
        if depth > DEEPEST {
            self.push(
                Diagnostic::new(
                    Code::OutOfRange,
                    Place::Key(path.clone()),
                    format!("arguments nest at most {DEEPEST} deep"),
                )
                .help("models refuse more: make it flatter"),
            );
            return None;
        }
        Some(match raw {
            RawParameter::String { values, min_length, max_length, .. } if !values.is_empty() => {
                self.no_lengths(path, [("min_length", *min_length), ("max_length", *max_length)]);
                self.distinct(path, values);
                ParameterType::Enum(values.clone())
            }
            RawParameter::String { min_length, max_length, .. } => {
                self.bounds(path, ["min_length", "max_length"], *min_length, *max_length);
                ParameterType::String { min_length: *min_length, max_length: *max_length }
            }
            RawParameter::Integer { minimum, maximum, .. } => {
                self.bounds(path, ["minimum", "maximum"], *minimum, *maximum);
                let exact = |bound: i64| (-GREATEST_WHOLE..=GREATEST_WHOLE).contains(&bound);
                self.exact(path, [("minimum", minimum.map(exact)), ("maximum", maximum.map(exact))]);
                ParameterType::Integer { minimum: *minimum, maximum: *maximum }
            }
            RawParameter::Number { minimum, maximum, .. } => {
                self.bounds(path, ["minimum", "maximum"], *minimum, *maximum);
                #[expect(clippy::cast_precision_loss, reason = "a double holds it")]
                let exact = |bound: f64| bound.abs() <= GREATEST_WHOLE as f64;
                self.exact(path, [("minimum", minimum.map(exact)), ("maximum", maximum.map(exact))]);
                ParameterType::Number { minimum: *minimum, maximum: *maximum }
            }
            RawParameter::Boolean { .. } => ParameterType::Boolean,
            RawParameter::Array { items, min_items, max_items, .. } => {
                self.bounds(path, ["min_items", "max_items"], *min_items, *max_items);
                let (description, optional) = common(items);
                if optional {
                    self.push(
                        Diagnostic::new(
                            Code::InvalidValue,
                            Place::Key(path.key("items").key("optional")),
                            "an item of a list cannot be left out",
                        )
                        .help("remove `optional`"),
                    );
                }
                let kind = self.parameter_type(&path.key("items"), items, depth + 1)?;
                let items = Box::new(Item { description, kind });
                ParameterType::Array { items, min_items: *min_items, max_items: *max_items }
            }
            RawParameter::Object { properties, .. } => {
                ParameterType::Object(self.parameters(&path.key("properties"), properties, depth + 1))
            }
        })
    }

    fn bounds<N: PartialOrd + std::fmt::Display>(
        &mut self,
        path: &SpecPath,
        [low, high]: [&str; 2],
        least: Option<N>,
        most: Option<N>,
    ) {
        if let Some((least, most)) = least.zip(most)
            && least > most
        {
            self.push(
                Diagnostic::new(
                    Code::OutOfRange,
                    Place::Value(path.key(high)),
                    format!("`{high}` ({most}) is below `{low}` ({least})"),
                )
                .related(Place::Value(path.key(low)), "the lower bound"),
            );
        }
    }

    /// A bound that some readers round would be another one for them.
    fn exact(&mut self, path: &SpecPath, bounds: [(&str, Option<bool>); 2]) {
        for (key, _) in bounds.into_iter().filter(|(_, exact)| *exact == Some(false)) {
            self.push(
                Diagnostic::new(
                    Code::OutOfRange,
                    Place::Value(path.key(key)),
                    format!("`{key}` is beyond the numbers that JavaScript tells apart"),
                )
                .help(format!("keep it between -{GREATEST_WHOLE} and {GREATEST_WHOLE}, or leave it out")),
            );
        }
    }

    /// A text that is one of a few has its length from those.
    fn no_lengths(&mut self, path: &SpecPath, lengths: [(&str, Option<u32>); 2]) {
        for (key, _) in lengths.into_iter().filter(|(_, length)| length.is_some()) {
            self.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    Place::Key(path.key(key)),
                    format!("`{path}` has both `enum` and `{key}`"),
                )
                .related(Place::Key(path.key("enum")), "the only values allowed")
                .help(format!("remove `{key}`")),
            );
        }
    }

    fn distinct(&mut self, path: &SpecPath, values: &[String]) {
        for (position, value) in values.iter().enumerate() {
            if let Some(first) = values[..position].iter().position(|it| it == value) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        Place::Value(path.key("enum").index(position)),
                        format!("{value:?} is listed twice"),
                    )
                    .related(Place::Value(path.key("enum").index(first)), "first listed here"),
                );
            }
        }
    }
}

/// How many properties the strict schema has, at all levels.
fn count(parameters: &[Parameter]) -> usize {
    parameters.iter().map(|it| 1 + count_within(&it.kind)).sum()
}

fn count_within(kind: &ParameterType) -> usize {
    match kind {
        ParameterType::Object(parameters) => count(parameters),
        ParameterType::Array { items, .. } => count_within(&items.kind),
        _ => 0,
    }
}

fn common(raw: &RawParameter) -> (Option<String>, bool) {
    match raw {
        RawParameter::String { description, optional, .. }
        | RawParameter::Integer { description, optional, .. }
        | RawParameter::Number { description, optional, .. }
        | RawParameter::Boolean { description, optional }
        | RawParameter::Array { description, optional, .. }
        | RawParameter::Object { description, optional, .. } => (description.clone(), *optional),
    }
}
