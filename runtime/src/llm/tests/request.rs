//! Requests, and why they are refused.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::request::{Request, Rules};
use super::RULES;

fn read(fields: Value, rules: &Rules) -> Result<Request, ApiError> {
    let mut body = json!({ "messages": [{ "role": "user", "content": "Hi" }] });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    Request::read(&body.to_string(), rules)
}

fn sent(fields: Value) -> Value {
    let request = read(fields, &RULES).unwrap();
    serde_json::from_str(&request.body(&request.model)).unwrap()
}

fn refused(fields: Value) -> (u16, Option<String>, &'static str) {
    let error = read(fields.clone(), &RULES).expect_err(&fields.to_string());
    (error.status, error.param, error.code)
}

#[test]
fn what_is_not_said_is_as_the_spec_says() {
    let body = sent(json!({}));
    assert_eq!(body["model"], "small");
    assert_eq!(body["stream"], false);
    assert_eq!(body["max_completion_tokens"], 1_000);
    let names: Vec<_> = body["tools"].as_array().unwrap().iter().map(|it| &it["function"]["name"]).collect();
    assert_eq!(names, ["create_task", "list_tasks"]);
    assert_eq!(body["tools"][0]["function"]["strict"], true);
}

#[test]
fn what_is_known_or_named_in_the_spec_goes_on_and_nothing_else() {
    let body = sent(json!({ "top_p": 0.5, "stop": ["x"], "seed": null, "top_k": 3, "temperature": 2 }));
    assert_eq!((&body["top_p"], &body["stop"], &body["top_k"]), (&json!(0.5), &json!(["x"]), &json!(3)));
    assert_eq!(body["temperature"], 2);
    assert!(body.get("seed").is_none());
    let unknown = refused(json!({ "service_tier": "priority" }));
    assert_eq!(unknown, (400, Some("service_tier".to_owned()), "unknown_parameter"));
}

#[test]
fn a_body_that_is_no_object_is_refused_with_its_place() {
    for body in ["", "[]", "{\"messages\": [}", "\u{0}"] {
        let error = Request::read(body, &RULES).expect_err(body);
        assert_eq!((error.status, error.code, error.param), (400, "invalid_json", None), "{body:?}");
    }
}

#[test]
fn a_model_that_is_not_listed_is_told_which_are() {
    let error = read(json!({ "model": "huge" }), &RULES).unwrap_err();
    assert_eq!((error.status, error.code), (404, "model_not_found"));
    assert!(error.message.contains("small, large"), "{}", error.message);
}

#[test]
fn bounds_are_held() {
    for (name, value) in [
        ("max_tokens", json!(1_001)),
        ("max_tokens", json!(0)),
        ("max_completion_tokens", json!("9")),
        ("temperature", json!(2.1)),
        ("temperature", json!(-1)),
        ("n", json!(2)),
    ] {
        assert_eq!(refused(json!({ name: value })), (400, Some(name.to_owned()), "invalid_value"));
    }
    assert_eq!(sent(json!({ "max_tokens": 1_000 }))["max_tokens"], 1_000);
    assert_eq!(refused(json!({ "max_tokens": 1, "max_completion_tokens": 1 })).2, "invalid_value");
}

#[test]
fn messages_are_held_to_their_form_and_size() {
    let user = json!({ "role": "user", "content": "x" });
    for (messages, param, code) in [
        (json!([]), "messages", "invalid_type"),
        (json!("x"), "messages", "invalid_type"),
        (json!([user, user, user, user]), "messages", "too_many_messages"),
        (json!([user, { "role": "robot", "content": "x" }]), "messages[1].role", "invalid_value"),
        (json!([7]), "messages[0].role", "invalid_value"),
        (json!([{ "role": "user" }]), "messages[0].content", "invalid_type"),
        (json!([{ "role": "user", "content": "x".repeat(200) }]), "messages[0]", "message_too_long"),
        (
            json!([{ "role": "tool", "content": "x" }]),
            "messages[0].tool_call_id",
            "missing_required_parameter",
        ),
        (
            json!([{ "role": "user", "content": "x", "tool_calls": [] }]),
            "messages[0].tool_calls",
            "invalid_type",
        ),
    ] {
        assert_eq!(refused(json!({ "messages": messages })), (400, Some(param.to_owned()), code));
    }
    let called = json!([{ "role": "assistant", "content": null, "tool_calls": [{ "id": "a" }] }]);
    assert_eq!(sent(json!({ "messages": called }))["messages"], called);
}

#[test]
fn of_a_message_what_is_known_or_named_in_the_spec_goes_on_and_nothing_else() {
    let message =
        json!({ "role": "user", "content": "x", "name": "Ann", "top_k": 1, "id": "m1", "parts": [] });
    let kept = json!([{ "role": "user", "content": "x", "name": "Ann", "top_k": 1 }]);
    assert_eq!(sent(json!({ "messages": [message] }))["messages"], kept);
}

#[test]
fn of_parts_and_calls_too() {
    let message =
        |part: Value, call: Value| json!({ "role": "assistant", "content": [part], "tool_calls": [call] });
    let image = json!({ "url": "data:,", "detail": "low" });
    let part = json!({ "type": "image_url", "image_url": image, "top_k": 1, "providerOptions": { "x": 1 } });
    let function = json!({ "name": "list_tasks", "arguments": "{}", "parsed_arguments": {} });
    let call = json!({ "id": "a", "type": "function", "function": function, "index": 0 });
    let kept = message(
        json!({ "type": "image_url", "image_url": image, "top_k": 1 }),
        json!({ "id": "a", "type": "function", "function": { "name": "list_tasks", "arguments": "{}" } }),
    );
    let rules = Rules { message_bytes: 1_000, ..RULES };
    let request = read(json!({ "messages": [message(part, call)] }), &rules).unwrap();
    let body: Value = serde_json::from_str(&request.body("small")).unwrap();
    assert_eq!(body["messages"], json!([kept]));
}

#[test]
fn the_most_that_a_request_can_take_is_its_bound_for_each_answer() {
    let request = read(json!({ "max_tokens": 100 }), &RULES).unwrap();
    let input = u64::try_from(request.bytes().div_ceil(4)).unwrap();
    assert_eq!(request.most_tokens(0), input + 100);
    assert_eq!(request.most_tokens(2), 3 * (input + 100));
    assert_eq!(read(json!({}), &RULES).unwrap().most_tokens(0) / 1_000, 1, "the spec's own bound counts");
}

#[test]
fn a_model_may_call_what_the_choice_leaves_it() {
    let named = json!({ "type": "function", "function": { "name": "list_tasks" } });
    for (choice, expected) in [
        (json!("auto"), &["create_task", "list_tasks"][..]),
        (json!("required"), &["create_task", "list_tasks"][..]),
        (json!("none"), &[][..]),
        (named, &["list_tasks"][..]),
    ] {
        let request = read(json!({ "tool_choice": choice }), &RULES).unwrap();
        assert_eq!(request.callable.iter().map(|it| it.name).collect::<Vec<_>>(), expected, "{choice}");
    }
}

#[test]
fn a_system_prompt_of_the_spec_comes_first_and_alone() {
    let rules = Rules { system_prompt: Some("Be brief."), ..RULES };
    let body: Value = serde_json::from_str(&read(json!({}), &rules).unwrap().body("small")).unwrap();
    assert_eq!(body["messages"][0], json!({ "role": "system", "content": "Be brief." }));
    for role in ["system", "developer"] {
        let messages = json!([{ "role": role, "content": "Forget it." }]);
        assert_eq!(read(json!({ "messages": messages }), &rules).unwrap_err().code, "system_prompt_fixed");
        assert_eq!(sent(json!({ "messages": messages }))["messages"], messages);
    }
}

#[test]
fn a_client_narrows_tools_and_cannot_change_or_add_any() {
    let tool = |name: &str| json!({ "type": "function", "function": { "name": name, "description": "Mine", "parameters": {} } });
    let body = sent(json!({ "tools": [tool("list_tasks")] }));
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body["tools"][0]["function"]["description"], "Lists.");
    let added = refused(json!({ "tools": [tool("list_tasks"), tool("rm")] }));
    assert_eq!(added, (400, Some("tools[1].function.name".to_owned()), "unknown_tool"));
    let none = sent(json!({ "tools": [], "parallel_tool_calls": true, "tool_choice": "auto" }));
    for name in ["tools", "parallel_tool_calls", "tool_choice"] {
        assert!(none.get(name).is_none(), "{name}");
    }
}

#[test]
fn a_choice_is_among_the_tools_offered() {
    let named = |name: &str| json!({ "type": "function", "function": { "name": name } });
    assert_eq!(sent(json!({ "tool_choice": named("list_tasks") }))["tool_choice"], named("list_tasks"));
    assert_eq!(sent(json!({ "tool_choice": "required" }))["tool_choice"], "required");
    for fields in [
        json!({ "tool_choice": named("rm") }),
        json!({ "tool_choice": "perhaps" }),
        json!({ "tool_choice": "required", "tools": [] }),
    ] {
        assert_eq!(refused(fields), (400, Some("tool_choice".to_owned()), "invalid_value"));
    }
}
