//! A model's answer in one piece, with the guarantees of one that is streamed.

use glue::tools::Tool;
use serde_json::Value;

use super::calls::{Calls, Invalid};
use super::error::Failure;

/// Reads the answer `text`; what goes to the client, if its calls can be run.
///
/// # Errors
/// If it is no answer or not a whole one.
pub fn read(text: &str, offered: &[&Tool]) -> Result<Result<String, Invalid>, Failure> {
    let mut answer: Value = serde_json::from_str(text).map_err(|_not_json| Failure::Garbage)?;
    if answer.get("error").is_some_and(|it| !it.is_null()) {
        return Err(Failure::Provider);
    }
    let choices = answer.get_mut("choices").and_then(Value::as_array_mut).ok_or(Failure::Garbage)?;
    let [choice] = choices.as_mut_slice() else { return Err(Failure::Garbage) };
    let reason = match choice.get("finish_reason") {
        Some(Value::String(reason)) => reason.clone(),
        None | Some(Value::Null) => return Err(Failure::Truncated),
        Some(_) => return Err(Failure::Garbage),
    };
    let message = choice.get_mut("message").and_then(Value::as_object_mut).ok_or(Failure::Garbage)?;
    if message.get("function_call").is_some_and(|it| !it.is_null()) {
        return Err(Failure::Garbage);
    }
    let mut calls = Calls::default();
    if let Some(list) = message.get("tool_calls").and_then(Value::as_array) {
        // Each stands for itself here.
        let whole = list.iter().enumerate().map(|(index, call)| {
            let mut call = call.clone();
            if let Some(call) = call.as_object_mut() {
                call.insert("index".to_owned(), index.into());
            }
            call
        });
        calls.take(&whole.collect())?;
    }
    message.shift_remove("tool_calls");
    match reason.as_str() {
        "length" | "content_filter" => {}
        "tool_calls" if calls.is_empty() => {
            return Err(Failure::Call("it said so and named no tool".to_owned()));
        }
        _ if calls.is_empty() => {}
        _ => match calls.released(offered)? {
            Ok(mut calls) => {
                for call in calls.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                    call.shift_remove("index");
                }
                message.insert("tool_calls".to_owned(), calls);
            }
            Err(invalid) => return Ok(Err(invalid)),
        },
    }
    Ok(Ok(answer.to_string()))
}
