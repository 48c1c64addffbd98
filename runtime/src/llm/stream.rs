//! A model's answer as a stream: bytes from upstream in, frames for the client out.
//!
//! What always holds: text goes on at once; a call of a tool goes out whole and valid or not at all; a stream ends with a
//! finish, or with an error that the client sees. It knows neither time nor I/O.

use glue::tools::Tool;
use serde_json::{Value, json};

use super::calls::{Calls, Invalid};
use super::completion::finish;
use super::error::Failure;
use super::sse::{Broken, Events};
use super::usage::Usage;

/// What keeps an idle connection: a comment, which every client skips.
pub const KEEP_ALIVE: &str = ": waiting for the model\n\n";

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With a finish; the client has it all, `[DONE]` too.
    Whole,
    /// With calls that cannot be run. Nothing of them went out.
    Invalid(Invalid),
    /// Otherwise. The client has not been told.
    Failed(Failure),
}

/// One answer as far as it has come.
#[derive(Debug)]
pub struct Stream {
    offered: Vec<&'static Tool>,
    events: Events,
    answer: Answer,
}

#[derive(Debug, Default)]
struct Answer {
    calls: Calls,
    /// Whether a chunk has come that an answer can be made of.
    started: bool,
    finished: bool,
    /// Whether text of the model has gone on.
    spoken: bool,
    /// Whether the client is told of tokens.
    shows_usage: bool,
    usage: Option<Usage>,
    /// The bytes of what the model has said.
    bytes: usize,
    calls_released: usize,
    end: Option<End>,
}

impl Stream {
    /// Nothing has come yet. `offered` are the tools that the model may call; `shows_usage` says whether the client
    /// wants the tokens, which are asked for in any case.
    pub fn new(offered: &[&'static Tool], shows_usage: bool) -> Self {
        let answer = Answer { shows_usage, ..Answer::default() };
        Self { offered: offered.to_vec(), events: Events::default(), answer }
    }

    /// The tokens, if upstream has said.
    pub fn usage(&self) -> Option<Usage> {
        self.answer.usage
    }

    /// The bytes of what the model has said: its text, its calls, and what it thought aloud.
    pub fn bytes(&self) -> usize {
        self.answer.bytes
    }

    /// How many calls of tools have gone out.
    pub fn tool_calls(&self) -> usize {
        self.answer.calls_released
    }

    /// Whether what has come so far is a model's answer, so that its status can be sent.
    pub fn has_started(&self) -> bool {
        self.answer.started
    }

    /// Whether the model has come to its end, so that nothing is missing.
    pub fn has_finished(&self) -> bool {
        self.answer.finished
    }

    /// Whether the client has some of the model's text, to which another answer cannot be joined.
    pub fn has_spoken(&self) -> bool {
        self.answer.spoken
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<&End> {
        self.answer.end.as_ref()
    }

    /// Takes bytes; what goes on to the client.
    pub fn feed(&mut self, bytes: &[u8]) -> String {
        self.run(|events, take| events.feed(bytes, take))
    }

    /// Upstream has no more; what goes on to the client. [`Stream::end`] is there afterwards.
    pub fn close(&mut self) -> String {
        let mut out = self.run(|events, take| events.end(take));
        if self.answer.end.is_none() {
            self.answer.done(&mut out);
        }
        out
    }

    fn run(
        &mut self,
        read: impl FnOnce(&mut Events, &mut dyn FnMut(&str) -> bool) -> Result<(), Broken>,
    ) -> String {
        let mut out = String::new();
        let Self { offered, events, answer } = self;
        if answer.end.is_some() {
            return out;
        }
        let read = read(events, &mut |data| {
            if let Err(end) = answer.event(data, offered, &mut out) {
                answer.end = Some(end);
            }
            answer.end.is_none()
        });
        // What follows a finish adds nothing that would be missed.
        match read {
            Err(_) if answer.finished => answer.done(&mut out),
            Err(Broken::Encoding) => answer.end = Some(End::Failed(Failure::Garbage)),
            Err(Broken::TooLong) => answer.end = Some(End::Failed(Failure::TooLong)),
            Ok(()) => {}
        }
        out
    }
}

impl Answer {
    /// Nothing follows.
    fn done(&mut self, out: &mut String) {
        self.end = Some(if self.finished {
            out.push_str("data: [DONE]\n\n");
            End::Whole
        } else if self.started {
            End::Failed(Failure::Truncated)
        } else {
            End::Failed(Failure::Garbage)
        });
    }

    fn event(&mut self, data: &str, offered: &[&Tool], out: &mut String) -> Result<(), End> {
        match data.trim() {
            "" => return Ok(()),
            "[DONE]" => {
                self.done(out);
                return Ok(());
            }
            _ => {}
        }
        let chunk = serde_json::from_str::<Value>(data).ok().filter(Value::is_object);
        match chunk {
            Some(chunk) => self.chunk(chunk, offered, out),
            None if self.finished => Ok(()),
            None => Err(End::Failed(Failure::Garbage)),
        }
    }

    fn chunk(&mut self, mut chunk: Value, offered: &[&Tool], out: &mut String) -> Result<(), End> {
        if chunk.get("error").is_some_and(|it| !it.is_null()) {
            return Err(End::Failed(Failure::Provider));
        }
        self.usage = Usage::read(&chunk["usage"]).or(self.usage);
        if !self.shows_usage
            && let Some(fields) = chunk.as_object_mut()
            && fields.shift_remove("usage").is_some()
            && fields.get("choices").and_then(Value::as_array).is_some_and(Vec::is_empty)
        {
            self.started = true;
            return Ok(()); // asked for by the worker alone
        }
        let Some(choices) = chunk.get_mut("choices").and_then(Value::as_array_mut) else {
            // Another service's news, such as a ping.
            return if self.started { Ok(()) } else { Err(End::Failed(Failure::Garbage)) };
        };
        if self.finished {
            if choices.iter().any(|it| says(it, "content") || says(it, "tool_calls")) {
                return Err(End::Failed(Failure::Garbage)); // it was no finish
            }
            choices.clear();
        }
        let Some(choice) = choices.first_mut() else {
            if !self.finished || chunk.get("usage").is_some_and(|it| !it.is_null()) {
                frame(out, &chunk);
            }
            self.started = true;
            return Ok(());
        };
        let garbage = End::Failed(Failure::Garbage);
        if choice.get("index").is_some_and(|it| it != 0) {
            return Err(garbage); // one answer was asked for
        }
        self.bytes += text_bytes(&choice["delta"]);
        let taken = self.delta(choice).map_err(End::Failed)?;
        let finish = finish(&choice["finish_reason"]).map_err(End::Failed)?.map(str::to_owned);
        self.spoken |= says(choice, "content");
        let only_calls =
            taken && choice["delta"].as_object().is_some_and(|it| it.values().all(Value::is_null));
        if choices.len() > 1 {
            return Err(garbage);
        }
        self.started = true;
        match finish {
            Some(reason) => self.finish(&reason, &chunk, offered, out)?,
            None if only_calls && chunk.get("usage").is_none_or(Value::is_null) => return Ok(()),
            None => {}
        }
        frame(out, &chunk);
        Ok(())
    }

    /// Takes the calls out of a delta; whether there were any.
    fn delta(&mut self, choice: &mut Value) -> Result<bool, Failure> {
        if !choice.is_object() {
            return Err(Failure::Garbage);
        }
        match choice.get_mut("delta") {
            Some(Value::Object(delta)) => {
                // Of before there were tools, and never asked for.
                if delta.get("function_call").is_some_and(|it| !it.is_null()) {
                    return Err(Failure::Garbage);
                }
                let Some(calls) = delta.shift_remove("tool_calls") else { return Ok(false) };
                self.calls.take(&calls)?;
                Ok(!calls.is_null())
            }
            None | Some(Value::Null) => Ok(false),
            Some(_) => Err(Failure::Garbage),
        }
    }

    fn finish(
        &mut self,
        reason: &str,
        chunk: &Value,
        offered: &[&Tool],
        out: &mut String,
    ) -> Result<(), End> {
        let calls = std::mem::take(&mut self.calls);
        match reason {
            // What was cut off may be anything: it is not run.
            "length" | "content_filter" => {}
            "tool_calls" if calls.is_empty() => {
                return Err(End::Failed(Failure::Call("it said so and named no tool".to_owned())));
            }
            _ if calls.is_empty() => {}
            _ => match calls.released(offered).map_err(End::Failed)? {
                Ok(calls) => {
                    self.calls_released = calls.as_array().map_or(0, Vec::len);
                    frame(out, &with_calls(chunk, calls));
                }
                Err(invalid) => return Err(End::Invalid(invalid)),
            },
        }
        self.finished = true;
        Ok(())
    }
}

/// A chunk like `chunk` with nothing but calls.
fn with_calls(chunk: &Value, calls: Value) -> Value {
    let mut with = json!({});
    for key in ["id", "object", "created", "model"] {
        if let Some(value) = chunk.get(key) {
            with[key] = value.clone();
        }
    }
    with["choices"] = json!([{ "index": 0, "delta": { "tool_calls": calls }, "finish_reason": null }]);
    with
}

/// Whether a choice has something under this key of its delta.
fn says(choice: &Value, key: &str) -> bool {
    match &choice["delta"][key] {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// The bytes of all texts in a value.
fn text_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(members) => members.values().map(text_bytes).sum(),
        _ => 0,
    }
}

fn frame(out: &mut String, chunk: &Value) {
    out.push_str("data: ");
    out.push_str(&chunk.to_string());
    out.push_str("\n\n");
}
