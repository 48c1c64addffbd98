//! Answers in one piece.

use serde_json::{Value, json};

use super::super::completion::read;
use super::super::error::Failure;
use super::offered;

fn answer(message: Value, finish: Value) -> String {
    let choices = json!([{ "index": 0, "message": message, "finish_reason": finish }]);
    json!({ "id": "c", "choices": choices, "x": 1 }).to_string()
}

fn calling(arguments: &str) -> Value {
    let function = json!({ "name": "create_task", "arguments": arguments });
    json!({ "role": "assistant", "content": null, "tool_calls": [{ "id": "a", "type": "function", "function": function }] })
}

#[test]
fn a_whole_answer_goes_on_unchanged() {
    let offered = offered();
    for message in
        [json!({ "role": "assistant", "content": "Hi" }), calling("{\"title\":\"x\",\"column\":null}")]
    {
        let finish = if message["content"].is_null() { "tool_calls" } else { "stop" };
        let text = answer(message, finish.into());
        assert_eq!(read(&text, &offered).map(|it| it.body), Ok(Ok(text)));
    }
}

#[test]
fn what_is_no_answer_or_not_whole_fails() {
    let offered = offered();
    let message = json!({ "role": "assistant", "content": "Hi" });
    for (text, failure) in [
        ("<html>".to_owned(), Failure::Garbage),
        ("{}".to_owned(), Failure::Garbage),
        (r#"{"choices":[]}"#.to_owned(), Failure::Garbage),
        (r#"{"error":{"message":"sk-1"}}"#.to_owned(), Failure::Provider),
        (answer(message, Value::Null), Failure::Truncated),
    ] {
        assert_eq!(read(&text, &offered), Err(failure), "{text}");
    }
}

#[test]
fn an_invalid_call_is_kept_back_and_one_that_was_cut_off_is_dropped() {
    let offered = offered();
    let invalid =
        read(&answer(calling("{\"title\":7}"), "tool_calls".into()), &offered).unwrap().body.unwrap_err();
    assert_eq!(invalid.messages().len(), 2);
    let cut = read(&answer(calling("{\"title"), "length".into()), &offered).unwrap().body.unwrap();
    assert!(!cut.contains("tool_calls"), "{cut}");
}
