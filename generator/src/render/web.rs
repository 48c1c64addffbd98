//! Views of what the web app imports: paths, and the tools with their checks, in TypeScript.
//!
//! Owns the text of TypeScript's types. Only a spec with `[web]` has these files.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    HEADER, RenderError, Renderer, comment_lines,
    names::{Taken, pascal},
    tools::whole,
};
use crate::{
    model::{
        Spec,
        routes::{Handler, Route},
        tools::{Parameter, ParameterType, Tool},
    },
    output::RenderedFile,
};

/// The files, none if the spec has no web app.
pub(super) fn files(renderer: &Renderer, spec: &Spec) -> Result<Vec<RenderedFile>, RenderError> {
    let mut files = Vec::new();
    if spec.web.is_some() {
        if !spec.routes.is_empty() {
            files.push(renderer.text("web/routes.ts", routes(&spec.routes))?);
        }
        if !spec.tools.is_empty() {
            files.push(renderer.text("web/tools.ts", tools(&spec.tools))?);
        }
    }
    Ok(files)
}

#[derive(Serialize)]
struct RoutesView<'a> {
    header: &'static str,
    /// The type of all paths.
    paths: String,
    constants: Vec<PathView<'a>>,
    /// Whether there is a relay.
    sync: bool,
}

#[derive(Serialize)]
struct PathView<'a> {
    name: String,
    description: &'static str,
    path: &'a str,
}

fn routes(routes: &[Route]) -> RoutesView<'_> {
    let mut taken = Taken::default();
    let constants = routes.iter().map(|route| {
        let (name, description) = match route.handler {
            Handler::Relay { .. } => ("SYNC_PATH", "LiveStore sync."),
            Handler::Llm { .. } => ("LLM_PATH", "Chat completions."),
            Handler::Admin { .. } => ("ADMIN_PATH", "Operating the relay."),
            Handler::Health => ("HEALTH_PATH", "The worker's state as JSON."),
        };
        PathView { name: taken.unique(name.to_owned()), description, path: route.path.as_str() }
    });
    RoutesView {
        header: HEADER,
        paths: routes.iter().map(|it| literal(it.path.as_str())).collect::<Vec<_>>().join(" | "),
        constants: constants.collect(),
        sync: routes.iter().any(|it| matches!(it.handler, Handler::Relay { .. })),
    }
}

#[derive(Serialize)]
struct ToolsView<'a> {
    header: &'static str,
    tools: Vec<ToolView<'a>>,
}

#[derive(Serialize)]
struct ToolView<'a> {
    name: &'a str,
    /// As a comment.
    description: String,
    type_name: String,
    r#type: String,
    /// What is checked.
    fields: Value,
}

fn tools<'a>(tools: &'a [Tool]) -> ToolsView<'a> {
    let mut taken = Taken::default();
    taken.unique("ToolArguments".to_owned()); // by the file itself
    let view = |tool: &'a Tool| {
        let Tool { name, description, parameters } = tool;
        ToolView {
            name: name.as_str(),
            description: comment(&format!("Arguments of `{name}`: {description}"), ""),
            type_name: taken.unique(format!("{}Arguments", pascal(name.as_str()))),
            r#type: object(parameters, ""),
            fields: fields(parameters),
        }
    };
    ToolsView { header: HEADER, tools: tools.iter().map(view).collect() }
}

/// A text as documentation, behind this indentation.
fn comment(text: &str, indentation: &str) -> String {
    let lines: Vec<_> = comment_lines(text).map(|line| line.replace("*/", "*\\/")).collect();
    match lines.as_slice() {
        [line] => format!("{indentation}/** {line} */"),
        lines => {
            let lines =
                lines.iter().map(|line| format!("{indentation} * {line}").trim_end().to_owned() + "\n");
            format!("{indentation}/**\n{}{indentation} */", lines.collect::<String>())
        }
    }
}

/// A text as a literal. JSON is JavaScript.
fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

fn object(parameters: &[Parameter], indentation: &str) -> String {
    let inner = format!("{indentation}  ");
    let field = |it: &Parameter| {
        let described = it.description.as_deref().map(|text| comment(text, &inner) + "\n");
        let or_null = if it.optional { " | null" } else { "" };
        let plain = type_of(&it.kind, &inner);
        format!("{}{inner}{}: {plain}{or_null};\n", described.unwrap_or_default(), literal(it.name.as_str()))
    };
    match parameters {
        [] => "Record<string, never>".to_owned(),
        _ => format!("{{\n{}{indentation}}}", parameters.iter().map(field).collect::<String>()),
    }
}

fn type_of(kind: &ParameterType, indentation: &str) -> String {
    match kind {
        ParameterType::String { .. } => "string".to_owned(),
        ParameterType::Integer { .. } | ParameterType::Number { .. } => "number".to_owned(),
        ParameterType::Boolean => "boolean".to_owned(),
        ParameterType::Enum(words) => words.iter().map(|word| literal(word)).collect::<Vec<_>>().join(" | "),
        ParameterType::Array { items, .. } => format!("Array<{}>", type_of(&items.kind, indentation)),
        ParameterType::Object(parameters) => object(parameters, indentation),
    }
}

fn fields(parameters: &[Parameter]) -> Value {
    let field =
        |it: &Parameter| json!({ "name": it.name.as_str(), "optional": it.optional, "kind": kind(&it.kind) });
    parameters.iter().map(field).collect()
}

fn kind(kind: &ParameterType) -> Value {
    let bounded = |mut kind: Value, [min, max]: [Option<Value>; 2]| {
        for (key, bound) in [("min", min), ("max", max)] {
            if let Some(bound) = bound {
                kind[key] = bound;
            }
        }
        kind
    };
    match kind {
        ParameterType::String { min_length, max_length } => {
            bounded(json!({ "is": "text" }), [min_length.map(Into::into), max_length.map(Into::into)])
        }
        ParameterType::Enum(words) => json!({ "is": "word", "words": words }),
        ParameterType::Integer { minimum, maximum } => {
            let [min, max] = whole(*minimum, *maximum);
            json!({ "is": "integer", "min": min, "max": max })
        }
        ParameterType::Number { minimum, maximum } => {
            bounded(json!({ "is": "number" }), [minimum.map(Into::into), maximum.map(Into::into)])
        }
        ParameterType::Boolean => json!({ "is": "boolean" }),
        ParameterType::Array { items, min_items, max_items } => bounded(
            json!({ "is": "list", "items": self::kind(&items.kind) }),
            [min_items.map(Into::into), max_items.map(Into::into)],
        ),
        ParameterType::Object(parameters) => json!({ "is": "group", "fields": fields(parameters) }),
    }
}
