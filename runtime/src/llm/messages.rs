//! The messages of a request: held to the spec's rules, and reduced to what a model is told.
//!
//! Clients add members for themselves (`audio`, `annotations`, ids): those that are not known here, or named in the spec,
//! are left out.

use serde_json::{Value, json};

use super::error::ApiError;
use super::request::Rules;

/// What goes on of a message.
const MESSAGE: [&str; 6] = ["role", "content", "name", "tool_calls", "tool_call_id", "refusal"];

/// What goes on of a part of its content.
const PART: [&str; 6] = ["type", "text", "image_url", "input_audio", "file", "refusal"];

/// What goes on of a call of a tool.
const CALL: [&str; 3] = ["id", "type", "function"];

/// What goes on of what a call calls.
const FUNCTION: [&str; 2] = ["name", "arguments"];

/// Reads the field `messages`; what the spec says itself goes first.
///
/// # Errors
/// With what the client did wrong.
pub(super) fn read(given: Option<Value>, rules: &Rules) -> Result<Value, ApiError> {
    let Some(Value::Array(mut messages)) = given.filter(|it| it.as_array().is_some_and(|it| !it.is_empty()))
    else {
        let message = "`messages` is a list of at least one message.";
        return Err(ApiError::invalid("messages", "invalid_type", message));
    };
    if messages.len() > rules.messages {
        let message = format!("At most {} messages are taken: leave out the oldest.", rules.messages);
        return Err(ApiError::invalid("messages", "too_many_messages", message));
    }
    for (index, it) in messages.iter().enumerate() {
        message(&format!("messages[{index}]"), it, rules)?;
    }
    for message in &mut messages {
        reduce(message, rules);
    }
    let system = rules.system_prompt.map(|prompt| json!({ "role": "system", "content": prompt }));
    Ok(system.into_iter().chain(messages).collect())
}

fn message(at: &str, message: &Value, rules: &Rules) -> Result<(), ApiError> {
    let invalid = |key: &str, code, why: String| Err(ApiError::invalid(format!("{at}{key}"), code, why));
    let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
    let content = message.get("content").unwrap_or(&Value::Null);
    let needs_content = match role {
        "system" | "developer" if rules.system_prompt.is_some() => {
            let why = "The worker says itself what the model is told first: leave this message out.";
            return invalid(".role", "system_prompt_fixed", why.to_owned());
        }
        "system" | "developer" | "user" => true,
        "assistant" => message.get("tool_calls").is_none_or(Value::is_null),
        "tool" if message.get("tool_call_id").is_some_and(Value::is_string) => true,
        "tool" => {
            let why = "A tool's answer names the call with `tool_call_id`.";
            return invalid(".tool_call_id", "missing_required_parameter", why.to_owned());
        }
        _ => {
            let why = "The role is system, developer, user, assistant or tool.";
            return invalid(".role", "invalid_value", why.to_owned());
        }
    };
    let calls = message.get("tool_calls").filter(|it| !it.is_null());
    if calls.is_some_and(|it| role != "assistant" || !it.is_array()) {
        let why = "`tool_calls` is a list, in messages of the assistant.";
        return invalid(".tool_calls", "invalid_type", why.to_owned());
    }
    match content {
        Value::String(_) | Value::Array(_) => {}
        Value::Null if !needs_content => {}
        _ => {
            return invalid(
                ".content",
                "invalid_type",
                "The content is text, or a list of parts.".to_owned(),
            );
        }
    }
    if message.to_string().len() > rules.message_bytes {
        let why = format!("A message has at most {} bytes: shorten it.", rules.message_bytes);
        return invalid("", "message_too_long", why);
    }
    Ok(())
}

/// Leaves out what no model is told.
fn reduce(message: &mut Value, rules: &Rules) {
    let keep = |value: &mut Value, known: &[&str]| {
        if let Value::Object(members) = value {
            members.retain(|name, _| {
                known.contains(&name.as_str()) || rules.extra_fields.contains(&name.as_str())
            });
        }
    };
    keep(message, &MESSAGE);
    for part in message.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        keep(part, &PART);
    }
    for call in message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
        keep(call, &CALL);
        if let Some(function) = call.get_mut("function") {
            keep(function, &FUNCTION);
        }
    }
}
