//! Views of the tools: strict JSON Schema for the model, Rust types for its arguments.
//!
//! Strict means what OpenAI asks for: every property required, none besides; one that is optional may be null.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::names::{Taken, field, pascal, renamed};
use crate::model::tools::{GREATEST_WHOLE, Item, Parameter, ParameterType, Tool};

#[derive(Serialize)]
pub(super) struct ToolsView<'a> {
    tools: Vec<ToolView<'a>>,
    types: Vec<TypeView>,
    /// Whether a field of some type has whole numbers.
    whole: bool,
}

#[derive(Serialize)]
struct ToolView<'a> {
    name: &'a str,
    description: &'a str,
    parameters: String,
    /// As Rust has them.
    arguments: String,
}

/// A struct, or an enum if it has variants.
#[derive(Serialize)]
struct TypeView {
    name: String,
    description: String,
    fields: Vec<FieldView>,
    variants: Vec<VariantView>,
}

#[derive(Serialize)]
struct FieldView {
    name: String,
    /// The argument's name in JSON, if another.
    renamed: Option<String>,
    description: String,
    r#type: String,
    /// Whether it has whole numbers, alone or in lists.
    whole: bool,
}

#[derive(Serialize)]
struct VariantView {
    name: String,
    value: String,
    description: String,
}

pub(super) fn view(tools: &[Tool]) -> ToolsView<'_> {
    let mut types = Types { views: Vec::new(), taken: Taken::default() };
    // Taken by the file itself.
    for name in ["Tool", "Argument", "Kind", "Whole", "Serialize", "Deserialize", "Option", "Vec", "String"] {
        types.taken.unique(name.to_owned());
    }
    for tool in tools {
        let name = types.taken.unique(format!("{}Args", pascal(tool.name.as_str())));
        types.object(name, format!("Arguments of `{}`.", tool.name), &tool.parameters);
    }
    ToolsView {
        tools: tools
            .iter()
            .map(|it| ToolView {
                name: it.name.as_str(),
                description: &it.description,
                parameters: object_schema(&it.parameters).to_string(),
                arguments: arguments(&it.parameters),
            })
            .collect(),
        whole: types.views.iter().flat_map(|it| &it.fields).any(|it| it.whole),
        types: types.views,
    }
}

struct Types {
    views: Vec<TypeView>,
    taken: Taken,
}

impl Types {
    fn object(&mut self, name: String, description: String, parameters: &[Parameter]) {
        // The type stands before those of its fields.
        let position = self.views.len();
        let fields = parameters
            .iter()
            .map(|it| {
                let plain = self.of(&name, it.name.as_str(), it.description.as_deref(), &it.kind);
                FieldView {
                    name: field(it.name.as_str()),
                    renamed: renamed(it.name.as_str()).map(str::to_owned),
                    description: it
                        .description
                        .clone()
                        .unwrap_or_else(|| format!("The argument `{}`.", it.name)),
                    r#type: if it.optional { format!("Option<{plain}>") } else { plain },
                    whole: is_whole(&it.kind),
                }
            })
            .collect();
        self.views.insert(position, TypeView { name, description, fields, variants: Vec::new() });
    }

    /// The Rust type of a parameter, which is made if it needs one of its own.
    fn of(&mut self, owner: &str, name: &str, description: Option<&str>, kind: &ParameterType) -> String {
        let describe = || description.map_or_else(|| format!("A value of `{name}`."), str::to_owned);
        match kind {
            ParameterType::String { .. } => "String".to_owned(),
            ParameterType::Integer { .. } => "i64".to_owned(),
            ParameterType::Number { .. } => "f64".to_owned(),
            ParameterType::Boolean => "bool".to_owned(),
            ParameterType::Enum(values) => {
                let type_name = self.taken.unique(format!("{owner}{}", pascal(name)));
                self.views.push(TypeView {
                    name: type_name.clone(),
                    description: describe(),
                    fields: Vec::new(),
                    variants: variants(values),
                });
                type_name
            }
            ParameterType::Array { items, .. } => {
                format!(
                    "Vec<{}>",
                    self.of(owner, &format!("{name}_item"), items.description.as_deref(), &items.kind)
                )
            }
            ParameterType::Object(parameters) => {
                let type_name = self.taken.unique(format!("{owner}{}", pascal(name)));
                self.object(type_name.clone(), describe(), parameters);
                type_name
            }
        }
    }
}

fn is_whole(kind: &ParameterType) -> bool {
    match kind {
        ParameterType::Integer { .. } => true,
        ParameterType::Array { items, .. } => is_whole(&items.kind),
        _ => false,
    }
}

fn variants(values: &[String]) -> Vec<VariantView> {
    let mut taken = Taken::default();
    taken.unique("Self".to_owned());
    let variant = |value: &String| {
        let name = pascal(value);
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let name = if plain { name } else { format!("Value{name}") };
        VariantView { name: taken.unique(name), value: value.clone(), description: format!("`{value}`") }
    };
    values.iter().map(variant).collect()
}

/// What the schema says, as a constant of Rust.
fn arguments(parameters: &[Parameter]) -> String {
    let argument = |it: &Parameter| {
        let (name, optional, kind) = (it.name.as_str(), it.optional, kind(&it.kind));
        format!("Argument {{ name: {name:?}, optional: {optional}, kind: {kind} }}")
    };
    format!("&[{}]", parameters.iter().map(argument).collect::<Vec<_>>().join(", "))
}

fn kind(kind: &ParameterType) -> String {
    match kind {
        ParameterType::String { min_length: min, max_length: max } => {
            format!("Kind::Text {{ min: {min:?}, max: {max:?} }}")
        }
        ParameterType::Enum(values) => format!("Kind::Word(&{values:?})"),
        ParameterType::Integer { minimum, maximum } => {
            let [min, max] = whole(*minimum, *maximum);
            format!("Kind::Integer {{ min: {min}, max: {max} }}")
        }
        ParameterType::Number { minimum: min, maximum: max } => {
            format!("Kind::Number {{ min: {min:?}, max: {max:?} }}")
        }
        ParameterType::Boolean => "Kind::Boolean".to_owned(),
        ParameterType::Array { items, min_items: min, max_items: max } => {
            format!("Kind::List {{ items: &{}, min: {min:?}, max: {max:?} }}", self::kind(&items.kind))
        }
        ParameterType::Object(parameters) => format!("Kind::Group({})", arguments(parameters)),
    }
}

/// The bounds of a whole number.
pub(super) fn whole(minimum: Option<i64>, maximum: Option<i64>) -> [i64; 2] {
    [minimum.unwrap_or(-GREATEST_WHOLE), maximum.unwrap_or(GREATEST_WHOLE)]
}

fn object_schema(parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> =
        parameters.iter().map(|it| (it.name.to_string(), parameter_schema(it))).collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

fn parameter_schema(parameter: &Parameter) -> Value {
    let mut schema = type_schema(&parameter.kind);
    if parameter.optional {
        schema = or_null(schema);
    }
    described(schema, parameter.description.as_deref())
}

fn item_schema(item: &Item) -> Value {
    described(type_schema(&item.kind), item.description.as_deref())
}

fn described(mut schema: Value, description: Option<&str>) -> Value {
    if let Some(description) = description {
        schema["description"] = description.into();
    }
    schema
}

/// What is optional may be null. An object or list is a union, for strict mode has no list of types there.
fn or_null(mut schema: Value) -> Value {
    if schema["type"] == "object" || schema["type"] == "array" {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    }
    schema["type"] = json!([schema["type"], "null"]);
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    schema
}

fn type_schema(kind: &ParameterType) -> Value {
    let bounded = |mut schema: Value, bounds: [(&str, Option<Value>); 2]| {
        for (key, value) in bounds {
            if let Some(value) = value {
                schema[key] = value;
            }
        }
        schema
    };
    match kind {
        ParameterType::String { min_length, max_length } => bounded(
            json!({ "type": "string" }),
            [("minLength", min_length.map(Into::into)), ("maxLength", max_length.map(Into::into))],
        ),
        ParameterType::Enum(values) => json!({ "type": "string", "enum": values }),
        ParameterType::Integer { minimum, maximum } => {
            let [min, max] = whole(*minimum, *maximum);
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        ParameterType::Number { minimum, maximum } => bounded(
            json!({ "type": "number" }),
            [("minimum", minimum.map(Into::into)), ("maximum", maximum.map(Into::into))],
        ),
        ParameterType::Boolean => json!({ "type": "boolean" }),
        ParameterType::Array { items, min_items, max_items } => bounded(
            json!({ "type": "array", "items": item_schema(items) }),
            [("minItems", min_items.map(Into::into)), ("maxItems", max_items.map(Into::into))],
        ),
        ParameterType::Object(parameters) => object_schema(parameters),
    }
}
