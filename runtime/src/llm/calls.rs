//! Calls of tools: their fragments gathered, and held until they are whole and valid.
//!
//! Fragments belong together by id *and* index: some providers leave out the one, some use one index twice, and then the
//! latest call goes on. Calls that end up without an id, or with one that another has, are refused.

use glue::tools::Tool;
use serde_json::{Value, json};

use super::arguments;
use super::error::Failure;

/// Most calls of one answer.
const MAX_CALLS: usize = 128;

/// Most bytes of all calls of one answer; they are held in memory until they are whole.
const MAX_BYTES: usize = 2 << 20;

/// The calls of one answer as far as they have come.
#[derive(Debug, Default)]
pub struct Calls(Vec<Call>);

/// A call of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    /// JSON, if the model kept to it.
    arguments: String,
}

/// Calls that cannot be run although they are whole, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    calls: Vec<Call>,
    /// One for each call; none for those that are valid.
    reasons: Vec<Option<String>>,
}

impl Calls {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes `tool_calls` of a delta, or of a message.
    ///
    /// # Errors
    /// If they are nothing that a call could be made of.
    pub fn take(&mut self, fragments: &Value) -> Result<(), Failure> {
        match fragments {
            Value::Null => Ok(()),
            Value::Array(fragments) => fragments.iter().try_for_each(|it| self.fragment(it)),
            _ => Err(Failure::Garbage),
        }
    }

    fn fragment(&mut self, fragment: &Value) -> Result<(), Failure> {
        if !fragment.is_object() {
            return Err(Failure::Garbage);
        }
        let function = &fragment["function"];
        let (index, id) = (index(&fragment["index"])?, text(&fragment["id"])?);
        let (name, arguments) = (text(&function["name"])?, text(&function["arguments"])?);
        let position = match self.position(index, id) {
            Some(position) => position,
            None if self.0.len() < MAX_CALLS => {
                self.0.push(Call { index, id: id.to_owned(), ..Call::default() });
                self.0.len() - 1
            }
            None => return Err(Failure::TooLong),
        };
        let Some(call) = self.0.get_mut(position) else { return Err(Failure::Garbage) };
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        } else if !name.is_empty() && name != call.name {
            return Err(Failure::Call("one call names two tools".to_owned()));
        }
        call.arguments.push_str(arguments);
        let bytes = self.0.iter().map(|it| it.id.len() + it.name.len() + it.arguments.len());
        if bytes.sum::<usize>() > MAX_BYTES { Err(Failure::TooLong) } else { Ok(()) }
    }

    /// The call that a fragment goes on with; a new one, if none. The latest counts.
    fn position(&self, index: Option<u64>, id: &str) -> Option<usize> {
        match (index, id) {
            (None, "") => self.0.len().checked_sub(1),
            (Some(index), "") => self.0.iter().rposition(|it| it.index == Some(index)),
            (None, id) => self.0.iter().rposition(|it| it.id == id),
            (Some(index), id) => self.0.iter().rposition(|it| it.id == id && it.index == Some(index)),
        }
    }

    /// The calls as `tool_calls` has them, each whole in one fragment, if they can be run.
    ///
    /// # Errors
    /// `Ok(Err(_))` if the model called wrongly, and can be told so; [`Failure`] if it cannot.
    pub fn released(self, offered: &[&Tool]) -> Result<Result<Value, Invalid>, Failure> {
        for (position, call) in self.0.iter().enumerate() {
            if call.id.is_empty() {
                return Err(Failure::Call("a call has no id".to_owned()));
            }
            if self.0[..position].iter().any(|it| it.id == call.id) {
                return Err(Failure::Call("two calls have one id".to_owned()));
            }
        }
        let reasons: Vec<_> = self.0.iter().map(|call| call.fault(offered)).collect();
        if reasons.iter().any(Option::is_some) {
            return Ok(Err(Invalid { calls: self.0, reasons }));
        }
        let fragments = self.0.iter().enumerate().map(|(index, call)| {
            let mut fragment = call.message();
            fragment["index"] = index.into();
            fragment
        });
        Ok(Ok(fragments.collect()))
    }
}

impl Call {
    fn fault(&self, offered: &[&Tool]) -> Option<String> {
        let Some(tool) = offered.iter().find(|it| it.name == self.name) else {
            return Some("there is no such tool, or it may not be called now".to_owned());
        };
        arguments::read::<Value>(&self.arguments, tool.arguments).err()
    }

    fn arguments(&self) -> &str {
        arguments::or_none(&self.arguments)
    }

    fn message(&self) -> Value {
        let function = json!({ "name": self.name, "arguments": self.arguments() });
        json!({ "id": self.id, "type": "function", "function": function })
    }
}

impl Invalid {
    /// What tells the model: its calls, and an answer to each.
    pub fn messages(&self) -> Vec<Value> {
        // Upstream refuses arguments that are no JSON object.
        let sane = |call: &Call| {
            let mut message = call.message();
            if !serde_json::from_str::<Value>(call.arguments()).is_ok_and(|it| it.is_object()) {
                message["function"]["arguments"] = "{}".into();
            }
            message
        };
        let calls: Vec<_> = self.calls.iter().map(sane).collect();
        let answers = self.calls.iter().zip(&self.reasons).map(|(call, reason)| {
            let content = match reason {
                Some(reason) => format!("Not run: {reason}. Correct this call and make all calls again."),
                None => "Not run, since another call was wrong. Make all calls again.".to_owned(),
            };
            json!({ "role": "tool", "tool_call_id": call.id, "content": content })
        });
        let called = json!({ "role": "assistant", "content": null, "tool_calls": calls });
        std::iter::once(called).chain(answers).collect()
    }

    /// As the client is told.
    pub fn failure(&self) -> Failure {
        let wrong = self.calls.iter().zip(&self.reasons).find_map(|(call, reason)| {
            let name: String = call.name.chars().take(64).collect();
            reason.as_ref().map(|reason| format!("{name:?}: {reason}"))
        });
        Failure::Call(wrong.unwrap_or_default())
    }
}

/// A position among the calls, or nothing.
fn index(value: &Value) -> Result<Option<u64>, Failure> {
    if value.is_null() { Ok(None) } else { value.as_u64().map(Some).ok_or(Failure::Garbage) }
}

/// A text, or nothing.
fn text(value: &Value) -> Result<&str, Failure> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(""),
        _ => Err(Failure::Garbage),
    }
}
