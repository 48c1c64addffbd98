//! What a client may ask of a model: its request read, held to the spec's rules, and made into the one that goes upstream.
//!
//! Nothing of a request goes on that is not known here, or named in the spec. Tools are the spec's own: a client may
//! narrow them by name, and its definitions are dropped.

use glue::tools::Tool;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::messages;
use super::usage::Usage;

/// Fields that go on as they are: they change how a model answers, not what it may do or what that costs.
const PASSED: [&str; 10] = [
    "top_p",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "response_format",
    "reasoning_effort",
    "verbosity",
    "logit_bias",
    "parallel_tool_calls",
];

/// Fields that are read here.
const READ: [&str; 10] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "tools",
    "tool_choice",
    "n",
];

/// What the spec allows.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The models; the first is the default.
    pub models: &'static [&'static str],
    /// The tools of the route, by name.
    pub tools: &'static [&'static str],
    /// All tools.
    pub definitions: &'static [Tool],
    /// What the model is told before all else.
    pub system_prompt: Option<&'static str>,
    /// Further fields that go on.
    pub extra_fields: &'static [&'static str],
    /// Most messages.
    pub messages: usize,
    /// Most bytes of one message.
    pub message_bytes: usize,
    /// Most tokens of an answer.
    pub output_tokens: u64,
}

impl Rules {
    /// As spec.toml has them.
    pub fn declared() -> Self {
        use glue::llm;
        Self {
            models: llm::MODELS,
            tools: llm::TOOLS,
            definitions: glue::tools::TOOLS,
            system_prompt: llm::SYSTEM_PROMPT,
            extra_fields: llm::EXTRA_FIELDS,
            messages: llm::MESSAGES,
            message_bytes: llm::MESSAGE_BYTES,
            output_tokens: llm::OUTPUT_TOKENS,
        }
    }

    fn offered(&self) -> Vec<&'static Tool> {
        let by_name = |name: &&str| self.definitions.iter().find(|it| it.name == *name);
        self.tools.iter().filter_map(by_name).collect()
    }
}

/// A request that keeps to the rules.
#[derive(Debug, Clone)]
pub struct Request {
    /// The model asked for.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Whether the client wants to be told of the tokens that a streamed answer took.
    pub wants_usage: bool,
    /// The tools that the model is told of.
    pub tools: Vec<&'static Tool>,
    /// Those of them that it may call, as `tool_choice` has it.
    pub callable: Vec<&'static Tool>,
    output_tokens: u64,
    fields: Map<String, Value>,
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// With what the client did wrong.
    pub fn read(body: &str, rules: &Rules) -> Result<Self, ApiError> {
        let parsed = serde_json::from_str(body).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            ApiError {
                param: None,
                ..ApiError::invalid("", "invalid_json", format!("The body is no JSON: {place}."))
            }
        })?;
        let Value::Object(mut given) = parsed else {
            let error = ApiError::invalid("", "invalid_json", "The body must be an object.");
            return Err(ApiError { param: None, ..error });
        };
        known(&given, rules)?;
        let model = model(&given, rules)?;
        let stream = flag(&given, "stream")?;
        let messages = messages::read(given.shift_remove("messages"), rules)?;
        let tools = tools(given.get("tools"), rules)?;
        let mut fields = Map::new();
        fields.insert("messages".to_owned(), messages);
        fields.insert("stream".to_owned(), stream.into());
        let wants_usage = wants_usage(&given, stream)?;
        if stream {
            // The worker counts, whether or not the client does.
            fields.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        }
        let (name, output_tokens) = output_tokens(&given, rules)?;
        fields.insert(name.to_owned(), output_tokens.into());
        temperature(&given, &mut fields)?;
        if given.get("n").is_some_and(|it| !it.is_null() && it != 1) {
            return Err(ApiError::invalid(
                "n",
                "invalid_value",
                "One answer is made for a request: leave out `n`.",
            ));
        }
        if !tools.is_empty() {
            fields.insert("tools".to_owned(), tools.iter().map(|it| definition(it)).collect());
        }
        let choice = tool_choice(given.get("tool_choice"), &tools)?;
        let callable = callable(choice.as_ref(), &tools);
        if let Some(choice) = choice {
            fields.insert("tool_choice".to_owned(), choice);
        }
        let passed = PASSED.iter().chain(rules.extra_fields);
        let without_tools = |name: &str| name == "parallel_tool_calls" && tools.is_empty();
        for name in passed.copied().filter(|name| !READ.contains(name) && !without_tools(name)) {
            if let Some(value) = given.shift_remove(name).filter(|it| !it.is_null()) {
                fields.insert(name.to_owned(), value);
            }
        }
        Ok(Self { model, stream, wants_usage, tools, callable, output_tokens, fields })
    }

    /// The body for upstream.
    pub fn body(&self, model: &str) -> String {
        let mut body = Map::from_iter([("model".to_owned(), model.into())]);
        body.extend(self.fields.clone());
        Value::Object(body).to_string()
    }

    /// How long the body for upstream is.
    pub fn bytes(&self) -> usize {
        self.body(&self.model).len()
    }

    /// About the most tokens that it can take, if it is asked again so many times since a call of a tool was wrong.
    pub fn most_tokens(&self, repairs: u32) -> u64 {
        let input = Usage::estimate(self.bytes(), 0).input;
        input.saturating_add(self.output_tokens).saturating_mul(1 + u64::from(repairs))
    }

    /// Goes on with further messages.
    pub fn extend(&mut self, messages: Vec<Value>) {
        if let Some(Value::Array(all)) = self.fields.get_mut("messages") {
            all.extend(messages);
        }
    }
}

fn known(given: &Map<String, Value>, rules: &Rules) -> Result<(), ApiError> {
    let is_known =
        |name: &str| READ.contains(&name) || PASSED.contains(&name) || rules.extra_fields.contains(&name);
    match given.keys().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let name = short(name);
            let message = format!(
                "`{name}` is not taken: leave it out, or name it in `llm.extra_fields` of spec.toml."
            );
            Err(ApiError::invalid(name, "unknown_parameter", message))
        }
    }
}

fn model(given: &Map<String, Value>, rules: &Rules) -> Result<String, ApiError> {
    let of_spec = rules.models.join(", ");
    match given.get("model") {
        None => rules.models.first().map(|model| (*model).to_owned()).ok_or_else(|| {
            ApiError::server(500, "no_models", "This worker has no models: its spec names none.")
        }),
        Some(Value::String(model)) if rules.models.contains(&model.as_str()) => Ok(model.clone()),
        Some(Value::String(model)) => {
            let message = format!("There is no model {:?}: ask for one of {of_spec}.", short(model));
            Err(ApiError { status: 404, ..ApiError::invalid("model", "model_not_found", message) })
        }
        Some(_) => Err(ApiError::invalid("model", "invalid_type", format!("`model` is one of {of_spec}."))),
    }
}

fn flag(given: &Map<String, Value>, name: &'static str) -> Result<bool, ApiError> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(ApiError::invalid(name, "invalid_type", format!("`{name}` is true or false."))),
    }
}

fn wants_usage(given: &Map<String, Value>, stream: bool) -> Result<bool, ApiError> {
    match given.get("stream_options").filter(|it| !it.is_null()) {
        None => Ok(false),
        Some(_) if !stream => {
            let message = "`stream_options` is for requests with `stream: true`.";
            Err(ApiError::invalid("stream_options", "invalid_value", message))
        }
        Some(options) => Ok(options.get("include_usage").is_some_and(|it| it == true)),
    }
}

/// What bounds the answer, under the name that the client used; the spec's own bound, if it has named none.
fn output_tokens(given: &Map<String, Value>, rules: &Rules) -> Result<(&'static str, u64), ApiError> {
    let named = |name: &'static str| given.get(name).filter(|it| !it.is_null()).map(|value| (name, value));
    match (named("max_tokens"), named("max_completion_tokens")) {
        (None, None) => Ok(("max_completion_tokens", rules.output_tokens)),
        (Some((name, value)), None) | (None, Some((name, value))) => match value.as_u64() {
            Some(tokens) if (1..=rules.output_tokens).contains(&tokens) => Ok((name, tokens)),
            _ => {
                let message = format!("`{name}` is a number from 1 to {}.", rules.output_tokens);
                Err(ApiError::invalid(name, "invalid_value", message))
            }
        },
        (Some((name, _)), Some(_)) => {
            let message = "`max_tokens` and `max_completion_tokens` say the same: leave one out.";
            Err(ApiError::invalid(name, "invalid_value", message))
        }
    }
}

fn temperature(given: &Map<String, Value>, fields: &mut Map<String, Value>) -> Result<(), ApiError> {
    match given.get("temperature") {
        None | Some(Value::Null) => {}
        Some(value) if value.as_f64().is_some_and(|it| (0.0..=2.0).contains(&it)) => {
            fields.insert("temperature".to_owned(), value.clone());
        }
        Some(_) => {
            let message = "`temperature` is a number from 0 to 2.";
            return Err(ApiError::invalid("temperature", "invalid_value", message));
        }
    }
    Ok(())
}

fn tools(given: Option<&Value>, rules: &Rules) -> Result<Vec<&'static Tool>, ApiError> {
    let offered = rules.offered();
    let list = match given {
        None | Some(Value::Null) => return Ok(offered),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(ApiError::invalid("tools", "invalid_type", "`tools` is a list.")),
    };
    let mut chosen: Vec<&'static Tool> = Vec::new();
    for (index, tool) in list.iter().enumerate() {
        let name = tool["function"]["name"].as_str().unwrap_or_default();
        let Some(tool) = offered.iter().find(|it| it.name == name) else {
            let message = format!(
                "There is no tool {:?}: the worker's are {}.",
                short(name),
                if rules.tools.is_empty() { "none".to_owned() } else { rules.tools.join(", ") }
            );
            return Err(ApiError::invalid(format!("tools[{index}].function.name"), "unknown_tool", message));
        };
        if !chosen.iter().any(|it| it.name == name) {
            chosen.push(tool);
        }
    }
    Ok(chosen)
}

fn tool_choice(given: Option<&Value>, tools: &[&Tool]) -> Result<Option<Value>, ApiError> {
    let choice = match given {
        None | Some(Value::Null) => return Ok(None),
        Some(choice) => choice,
    };
    let named = choice["function"]["name"].as_str().filter(|_| choice["type"] == "function");
    match (choice.as_str(), named) {
        // Nothing to choose from.
        (Some("auto" | "none"), _) if tools.is_empty() => Ok(None),
        (Some("auto" | "none"), _) => Ok(Some(choice.clone())),
        (Some("required"), _) if !tools.is_empty() => Ok(Some(choice.clone())),
        (_, Some(name)) if tools.iter().any(|it| it.name == name) => {
            Ok(Some(json!({ "type": "function", "function": { "name": name } })))
        }
        _ => {
            let message = "`tool_choice` is auto, none, required, or names one of the tools offered.";
            Err(ApiError::invalid("tool_choice", "invalid_value", message))
        }
    }
}

/// The tools that `choice` leaves to the model. No service is relied on to keep to it.
fn callable(choice: Option<&Value>, tools: &[&'static Tool]) -> Vec<&'static Tool> {
    let may = |name: &str| match choice {
        None => true,
        Some(choice) => match choice["function"]["name"].as_str() {
            Some(named) => named == name,
            None => choice != "none",
        },
    };
    tools.iter().copied().filter(|it| may(it.name)).collect()
}

/// As upstream is told of a tool.
fn definition(tool: &Tool) -> Value {
    // The generator wrote it.
    let parameters: Value = serde_json::from_str(tool.parameters).unwrap_or_default();
    let (name, description) = (tool.name, tool.description);
    let function =
        json!({ "name": name, "description": description, "parameters": parameters, "strict": true });
    json!({ "type": "function", "function": function })
}

/// A client's word, short enough to be repeated.
fn short(word: &str) -> String {
    word.chars().take(64).collect()
}
