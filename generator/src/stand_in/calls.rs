//! Which tools the stand-in calls, and with what.
//!
//! A tool that a message names is called with arguments made from its schema; `create a task …` calls `create_task` with
//! that title, once for each time it is said. Tools that the request does not declare are not called.

use serde_json::{Value, json};

/// A call as a model makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    /// JSON, unless it misbehaves.
    pub(super) arguments: String,
}

impl Call {
    /// As an entry of `tool_calls`.
    pub(super) fn json(&self, arguments: &str) -> Value {
        json!({ "id": self.id, "type": "function", "function": { "name": self.name, "arguments": arguments } })
    }
}

/// The calls that answer `request`, whose user said `said`, which may hold the misbehaviour `word`.
pub(super) fn calls(request: &Value, said: &str, word: Option<&str>) -> Vec<Call> {
    let (messages, told) = (request["messages"].as_array().map_or(0, Vec::len), is_told(request));
    let numbered = |(number, (name, arguments)): (usize, (String, String))| Call {
        id: format!("call_{messages}_{}", number + 1),
        name,
        arguments,
    };
    let wrong = match word {
        Some("#bad-arguments") => Some("{\"title\": \"Milk"),
        Some("#repairable" | "#slow-repair") if !told => Some("{\"title\": 7}"),
        Some("#cut-call") => Some("{\"title\": \"Mi"),
        Some("#unasked") => Some("{\"title\":\"Milk\",\"column\":null}"),
        _ => None,
    };
    let wanted = match wrong {
        Some(arguments) => vec![("create_task".to_owned(), arguments.to_owned())],
        // What was asked for has been done.
        None if told && !matches!(word, Some("#repairable" | "#slow-repair")) => Vec::new(),
        None => asked_for(request, said),
    };
    wanted.into_iter().enumerate().map(numbered).collect()
}

/// Whether the last message says what became of a call.
pub(super) fn is_told(request: &Value) -> bool {
    let messages = request["messages"].as_array();
    messages.and_then(|it| it.last()).is_some_and(|it| it["role"] == "tool")
}

fn asked_for(request: &Value, said: &str) -> Vec<(String, String)> {
    let choice = &request["tool_choice"];
    let tools = request["tools"].as_array().into_iter().flatten().map(|it| &it["function"]);
    let mut wanted = Vec::new();
    for tool in tools.filter(|_| choice != "none") {
        let name = tool["name"].as_str().unwrap_or_default();
        let sample = sample(&tool["parameters"]);
        if name == "create_task" {
            for title in said.split("create a task").skip(1) {
                let title = title.trim().trim_end_matches(" and");
                let mut arguments = sample.clone();
                arguments["title"] = title.into();
                wanted.push((name.to_owned(), arguments.to_string()));
            }
        }
        if said.contains(name) || choice["function"]["name"] == name {
            wanted.push((name.to_owned(), sample.to_string()));
        }
    }
    wanted
}

/// The least that a tool's parameters allow.
fn sample(schema: &Value) -> Value {
    let number = |key: &str| schema[key].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
    let words = schema["enum"].as_array().and_then(|it| it.first());
    let is = |kind: &str| {
        let kinds = schema["type"].as_array().map_or(std::slice::from_ref(&schema["type"]), Vec::as_slice);
        kinds.iter().any(|it| it == kind)
    };
    match words {
        _ if is("null") => Value::Null,
        Some(word) => word.clone(),
        None if schema["anyOf"].is_array() => Value::Null, // an optional one
        None if is("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            Value::Object(properties.map(|(name, schema)| (name.clone(), sample(schema))).collect())
        }
        None if is("array") => vec![sample(&schema["items"]); number("minItems")].into(),
        None if is("boolean") => false.into(),
        None if is("integer") || is("number") => [&schema["minimum"], &schema["maximum"]]
            .into_iter()
            .find(|it| it.is_number())
            .cloned()
            .unwrap_or(0.into()),
        None => "x".repeat(number("minLength").max(1)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(said: &str) -> Value {
        let properties = json!({
            "title": { "type": "string", "minLength": 3 },
            "column": { "type": ["string", "null"], "enum": ["todo", null] },
            "steps": { "type": "array", "minItems": 2, "items": { "type": "integer", "minimum": 4 } },
        });
        let parameters = json!({ "type": "object", "properties": properties });
        json!({
            "messages": [{ "role": "user", "content": said }],
            "tools": [{ "type": "function", "function": { "name": "create_task", "parameters": parameters } }],
        })
    }

    fn arguments(said: &str) -> Vec<Value> {
        let calls = calls(&request(said), said, None);
        calls.iter().map(|it| serde_json::from_str(&it.arguments).unwrap()).collect()
    }

    #[test]
    fn a_task_is_created_each_time_it_is_asked_for() {
        let titles: Vec<_> = arguments("create a task Tea and create a task Milk")
            .iter()
            .map(|it| it["title"].clone())
            .collect();
        assert_eq!(titles, ["Tea", "Milk"]);
    }

    #[test]
    fn a_tool_that_is_named_gets_arguments_that_its_schema_allows() {
        let expected = json!({ "title": "xxx", "column": null, "steps": [4, 4] });
        assert_eq!(arguments("use create_task"), [expected]);
    }

    #[test]
    fn a_tool_that_may_not_be_called_is_not() {
        let mut request = request("create a task Tea");
        request["tool_choice"] = "none".into();
        assert_eq!(calls(&request, "create a task Tea", None), []);
        assert_eq!(calls(&json!({}), "create a task Tea", None), []);
    }
}
