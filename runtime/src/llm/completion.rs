//! A model's answer in one piece, with the guarantees of one that is streamed.

use glue::tools::Tool;
use serde_json::Value;

use super::calls::{Calls, Invalid};
use super::error::Failure;
use super::usage::Usage;

/// Why a model came to an end; None as long as it has not. Some services send an empty text until then.
///
/// # Errors
/// If it is no reason that a client could make something of.
pub(super) fn finish(reason: &Value) -> Result<Option<&str>, Failure> {
    match reason {
        Value::Null => Ok(None),
        Value::String(reason) => match reason.as_str() {
            "" => Ok(None),
            "stop" | "length" | "tool_calls" | "content_filter" => Ok(Some(reason)),
            _ => Err(Failure::Garbage),
        },
        _ => Err(Failure::Garbage),
    }
}

/// An answer that is whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Completion {
    /// Its tokens, if upstream has said.
    pub usage: Option<Usage>,
    /// How many tools it calls.
    pub tool_calls: usize,
    /// What goes to the client, if its calls can be run.
    pub body: Result<String, Invalid>,
}

/// Reads the answer `text`.
///
/// # Errors
/// If it is no answer or not a whole one.
pub fn read(text: &str, offered: &[&Tool]) -> Result<Completion, Failure> {
    let mut answer: Value = serde_json::from_str(text).map_err(|_not_json| Failure::Garbage)?;
    if answer.get("error").is_some_and(|it| !it.is_null()) {
        return Err(Failure::Provider);
    }
    let (usage, mut tool_calls) = (Usage::read(&answer["usage"]), 0);
    let choices = answer.get_mut("choices").and_then(Value::as_array_mut).ok_or(Failure::Garbage)?;
    let [choice] = choices.as_mut_slice() else { return Err(Failure::Garbage) };
    let reason = finish(&choice["finish_reason"])?.ok_or(Failure::Truncated)?.to_owned();
    let message = choice.get_mut("message").and_then(Value::as_object_mut).ok_or(Failure::Garbage)?;
    if message.get("function_call").is_some_and(|it| !it.is_null()) {
        return Err(Failure::Garbage);
    }
    let mut calls = Calls::default();
    let mut list = message.shift_remove("tool_calls").unwrap_or_default();
    // Each stands for itself here.
    for (index, call) in list.as_array_mut().into_iter().flatten().enumerate() {
        if let Some(call) = call.as_object_mut() {
            call.insert("index".to_owned(), index.into());
        }
    }
    calls.take(&list)?;
    match reason.as_str() {
        "length" | "content_filter" => {}
        "tool_calls" if calls.is_empty() => {
            return Err(Failure::Call("it said so and named no tool".to_owned()));
        }
        _ if calls.is_empty() => {}
        _ => match calls.released(offered)? {
            Ok(mut calls) => {
                tool_calls = calls.as_array().map_or(0, Vec::len);
                for call in calls.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                    call.shift_remove("index");
                }
                message.insert("tool_calls".to_owned(), calls);
            }
            Err(invalid) => return Ok(Completion { usage, tool_calls, body: Err(invalid) }),
        },
    }
    Ok(Completion { usage, tool_calls, body: Ok(answer.to_string()) })
}
