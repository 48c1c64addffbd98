//! What clients may ask, and what becomes of every way in which an answer can come.

mod arguments;
mod completion;
mod mutation;
mod request;
mod stream;

use glue::tools::{Argument, Kind, Tool};
use serde_json::{Value, json};

use super::request::Rules;

const TITLE: Argument =
    Argument { name: "title", optional: false, kind: Kind::Text { min: Some(1), max: Some(20) } };

const COLUMN: Argument = Argument { name: "column", optional: true, kind: Kind::Word(&["todo", "done"]) };

static TOOLS: [Tool; 2] = [
    Tool { name: "create_task", description: "Adds.", parameters: "{}", arguments: &[TITLE, COLUMN] },
    Tool { name: "list_tasks", description: "Lists.", parameters: "{}", arguments: &[] },
];

fn offered() -> Vec<&'static Tool> {
    TOOLS.iter().collect()
}

const RULES: Rules = Rules {
    models: &["small", "large"],
    tools: &["create_task", "list_tasks"],
    definitions: &TOOLS,
    system_prompt: None,
    extra_fields: &["top_k"],
    messages: 3,
    message_bytes: 200,
    output_tokens: 1_000,
};

/// An event with a chunk that has this delta.
fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let choices = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
    let chunk = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "small", "choices": choices,
    });
    format!("data: {chunk}\n\n")
}

fn text(text: &str) -> String {
    chunk(&json!({ "content": text }), None)
}

/// A fragment of a call with whatever of it is given.
fn fragment(index: Option<u64>, id: Option<&str>, name: Option<&str>, arguments: &str) -> String {
    let mut call = json!({ "function": { "arguments": arguments } });
    if let Some(index) = index {
        call["index"] = index.into();
    }
    if let Some(id) = id {
        call["id"] = id.into();
    }
    if let Some(name) = name {
        call["function"]["name"] = name.into();
    }
    chunk(&json!({ "tool_calls": [call] }), None)
}
