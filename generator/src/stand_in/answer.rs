//! The form of the stand-in's answers: in one piece or as events, whole or broken in the way that a word asks for.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::calls::{Call, calls, is_told};
use super::{LONGEST, MISBEHAVIOURS};

const TEXT: &str = "I am a stand-in. Grüße ☕";

/// An answer to one request.
pub(super) struct Answer {
    stream: TcpStream,
    request: Value,
    /// The header `authorization`.
    key: String,
    word: Option<&'static str>,
    calls: Vec<Call>,
}

impl Answer {
    /// Nothing is written yet.
    pub(super) fn new(stream: TcpStream, request: Value, key: String) -> Self {
        let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let said = messages.iter().rev().find(|it| it["role"] == "user").map(|it| text(&it["content"]));
        let said = said.unwrap_or_default();
        let word = MISBEHAVIOURS.iter().map(|it| it.0).find(|word| said.contains(word));
        let calls = calls(&request, &said, word);
        Self { stream, request, key, word, calls }
    }

    /// Tells that there is nothing at this path.
    pub(super) fn unknown(&mut self) -> io::Result<()> {
        self.plain("404 Not Found", "text/plain", "not found")
    }

    /// Writes all of it.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if !self.key.starts_with("Bearer ") {
            return self.plain("401 Unauthorized", "text/plain", "no key");
        }
        // As a provider's own answer is passed on, headers and all.
        let quoted = format!("{{\"headers\":{{\"authorization\":\"{}\"}}}}", self.key);
        match self.word {
            Some("#429") => {
                let text = format!("org-1234 is over; {quoted}");
                self.plain("429 Too Many Requests\r\nretry-after: 1", "text/plain", &text)
            }
            Some("#422") => self.plain("422 Unprocessable Entity", "text/plain", &quoted),
            Some("#leak") => self.plain("401 Unauthorized", "text/plain", &quoted),
            Some("#html") => self.plain("200 OK", "text/html", "<html><body>Sign in</body></html>"),
            Some("#empty") => self.plain("200 OK", "text/event-stream", ""),
            _ => {
                if self.word == Some("#slow-repair") && is_told(&self.request) {
                    thread::sleep(Duration::from_secs(2));
                }
                if self.request["stream"] == true { self.events() } else { self.whole() }
            }
        }
    }

    fn whole(&mut self) -> io::Result<()> {
        let mut message = json!({ "role": "assistant", "content": TEXT });
        if !self.calls.is_empty() {
            message["content"] = Value::Null;
            message["tool_calls"] = self.calls.iter().map(|it| it.json(&it.arguments)).collect();
        }
        let finish = if self.word == Some("#truncate") { None } else { Some(self.finish()) };
        let choices = json!([{ "index": 0, "message": message, "finish_reason": finish }]);
        let mut answer = self.answer("chat.completion", choices);
        answer["usage"] = usage();
        let answer = match self.word {
            Some("#error-frame" | "#error-done") => self.error().to_string(),
            Some("#garbage") => "{\"choices\": oh no".to_owned(),
            _ => answer.to_string(),
        };
        match self.word {
            Some("#reset" | "#silent") => {
                let half = &answer[..30];
                self.head("200 OK", "application/json", &format!("content-length: {}\r\n", answer.len()))?;
                self.stream.write_all(half.as_bytes())?;
                if self.word == Some("#silent") { self.silence() } else { Ok(()) }
            }
            _ => self.plain("200 OK", "application/json", &answer),
        }
    }

    fn events(&mut self) -> io::Result<()> {
        if self.word == Some("#reset") {
            // A chunk that is announced and does not come whole.
            let event = format!("data: {}\n\n", self.chunk(&json!({ "content": "I am" }), None));
            self.head("200 OK", "text/event-stream", "transfer-encoding: chunked\r\n")?;
            return self.stream.write_all(format!("{:x}\r\n{event}", event.len() + 9).as_bytes());
        }
        self.head("200 OK", "text/event-stream", "")?;
        self.delta(&json!({ "role": "assistant", "content": "" }), None)?;
        if !self.calls.is_empty() {
            return self.calling();
        }
        self.delta(&json!({ "content": "I am a stand-in. " }), None)?;
        match self.word {
            Some("#truncate") => return Ok(()),
            Some("#error-frame") => return self.event(&self.error().to_string()),
            Some("#error-done") => {
                self.event(&self.error().to_string())?;
                return self.event("[DONE]");
            }
            Some("#garbage") => return self.event("{\"choices\": oh no"),
            Some("#comments") => {
                self.stream
                    .write_all(b": OPENROUTER PROCESSING\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n")?;
            }
            Some("#other-event") => {
                let event = b"event: message_delta\ndata: {\"delta\":{\"content\":\"no text\"}}\n\n";
                self.stream.write_all(event)?;
            }
            Some("#split") => return self.bytewise(),
            Some("#slow") => self.repeat("tick ", Duration::from_millis(100))?,
            Some("#flood") => self.repeat(&"x".repeat(16 << 10), Duration::ZERO)?,
            Some("#silent") => return self.silence(),
            _ => {}
        }
        self.delta(&json!({ "content": "Grüße ☕" }), None)?;
        self.end("stop")
    }

    fn calling(&mut self) -> io::Result<()> {
        for (index, call) in std::mem::take(&mut self.calls).into_iter().enumerate() {
            let index = match self.word {
                Some("#no-index") => None,
                Some("#one-index") => Some(0),
                _ => Some(index),
            };
            self.fragment(call.json(""), index)?;
            for piece in call.arguments.chars().collect::<Vec<_>>().chunks(5) {
                let piece: String = piece.iter().collect();
                self.fragment(json!({ "function": { "arguments": piece } }), index)?;
                if self.word == Some("#slow-call") {
                    thread::sleep(Duration::from_millis(300));
                }
            }
        }
        let finish = if self.word == Some("#cut-call") { "length" } else { "tool_calls" };
        self.end(finish)
    }

    fn fragment(&mut self, mut fragment: Value, index: Option<usize>) -> io::Result<()> {
        if let Some(index) = index {
            fragment["index"] = index.into();
        }
        self.delta(&json!({ "tool_calls": [fragment] }), None)
    }

    fn end(&mut self, finish: &str) -> io::Result<()> {
        self.delta(&json!({}), Some(finish))?;
        if self.word == Some("#lingers") {
            return self.silence();
        }
        if self.request["stream_options"]["include_usage"] == true {
            let mut chunk = self.answer("chat.completion.chunk", json!([]));
            chunk["usage"] = usage();
            self.event(&chunk.to_string())?;
        }
        self.event("[DONE]")
    }

    fn bytewise(&mut self) -> io::Result<()> {
        let chunks = [(json!({ "content": "Grüße ☕" }), None), (json!({}), Some("stop"))];
        let text: String = chunks
            .iter()
            .map(|(delta, finish)| format!("data: {}\r\n\r\n", self.chunk(delta, *finish)))
            .collect();
        for byte in text.as_bytes() {
            self.stream.write_all(&[*byte])?;
            thread::sleep(Duration::from_millis(1));
        }
        self.event("[DONE]")
    }

    fn repeat(&mut self, text: &str, pause: Duration) -> io::Result<()> {
        let began = Instant::now();
        while began.elapsed() < LONGEST {
            self.delta(&json!({ "content": text }), None)?;
            thread::sleep(pause);
        }
        Ok(())
    }

    /// Ends when the caller does.
    fn silence(&mut self) -> io::Result<()> {
        match self.stream.read(&mut [0]) {
            Ok(0) => Err(io::ErrorKind::ConnectionAborted.into()),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn finish(&self) -> &'static str {
        match self.word {
            Some("#cut-call") => "length",
            _ if self.calls.is_empty() => "stop",
            _ => "tool_calls",
        }
    }

    fn error(&self) -> Value {
        json!({ "error": { "message": format!("provider saw {}", self.key) } })
    }

    fn answer(&self, object: &str, choices: Value) -> Value {
        let model = &self.request["model"];
        json!({ "id": "standin-1", "object": object, "created": 1, "model": model, "choices": choices })
    }

    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Value {
        let choices = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
        self.answer("chat.completion.chunk", choices)
    }

    fn delta(&mut self, delta: &Value, finish: Option<&str>) -> io::Result<()> {
        self.event(&self.chunk(delta, finish).to_string())
    }

    fn event(&mut self, data: &str) -> io::Result<()> {
        self.stream.write_all(format!("data: {data}\n\n").as_bytes())
    }

    fn plain(&mut self, status: &str, kind: &str, body: &str) -> io::Result<()> {
        self.head(status, kind, &format!("content-length: {}\r\n", body.len()))?;
        self.stream.write_all(body.as_bytes())
    }

    /// Every answer repeats the key, as services do that pass a provider's headers on.
    fn head(&mut self, status: &str, kind: &str, headers: &str) -> io::Result<()> {
        let key = &self.key;
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nx-authorization: {key}\r\n{headers}connection: close\r\n\r\n"
        );
        self.stream.write_all(head.as_bytes())
    }
}

fn usage() -> Value {
    json!({ "prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12 })
}

/// The text of a message, in one piece or in parts.
fn text(content: &Value) -> String {
    match content {
        Value::Array(parts) => parts.iter().filter_map(|it| it["text"].as_str()).collect(),
        _ => content.as_str().unwrap_or_default().to_owned(),
    }
}
