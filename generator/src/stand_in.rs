//! A stand-in for Braintrust's API on loopback: what a model's answers look like on the wire, without a model.
//!
//! Owns one listener and what it was asked. It says that it is none: its words are fixed. It takes the form of a request
//! and a key as Braintrust does, calls a declared tool when asked to `create a task …`, and misbehaves when the last
//! message holds a word of [`MISBEHAVIOURS`], each in a way in which real services fail.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Words in a message, and what they make of the answer.
pub const MISBEHAVIOURS: [(&str, &str); 15] = [
    ("#truncate", "ends cleanly without a finish"),
    ("#reset", "the connection breaks within the stream"),
    ("#error-frame", "an error within the stream"),
    ("#html", "a page of HTML with status 200"),
    ("#empty", "an empty stream"),
    ("#garbage", "an event that is no JSON"),
    ("#comments", "comments and an event of another name between chunks"),
    ("#split", "one byte at a time"),
    ("#bad-arguments", "a call whose arguments are no JSON, each time"),
    ("#repairable", "such a call at first, a good one once it was told"),
    ("#cut-call", "a call that is cut off by the length"),
    ("#slow", "a piece of text every tenth of a second, for a minute"),
    ("#silent", "silence after the first piece"),
    ("#429", "status 429 with the provider's text"),
    ("#leak", "status 401 whose text holds the key"),
];

/// The longest body that is read.
const MAX_BODY: usize = 16 << 20;

/// The longest that an answer may go on.
const LONGEST: Duration = Duration::from_secs(60);

/// A server on loopback. Its threads end with the process, and each answer within a minute.
pub struct StandIn {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Asked>>>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
    /// How long after it came the caller was found to have gone; None if it has not, or the answer was whole.
    pub left_after: Option<Duration>,
}

impl StandIn {
    /// Listens on a free port.
    ///
    /// # Errors
    /// If there is none.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, seen) = (listener.local_addr()?, Arc::new(Mutex::new(Vec::new())));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let seen = Arc::clone(&shared);
                // A caller that goes away is no failure.
                thread::spawn(move || drop(serve(stream, &seen)));
            }
        });
        Ok(Self { address, seen })
    }

    /// What takes the place of Braintrust's base URL.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What has been asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One request a connection.
fn serve(stream: TcpStream, seen: &Mutex<Vec<Asked>>) -> io::Result<()> {
    stream.set_read_timeout(Some(LONGEST))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let is_known = line.starts_with("POST /v1/chat/completions ");
    let headers = headers(&mut reader)?;
    let length = header(&headers, "content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut bytes = vec![0; usize::min(length, MAX_BODY)];
    reader.read_exact(&mut bytes)?;
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let key = header(&headers, "authorization").unwrap_or_default().to_owned();
    let position = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(Asked { headers, body: body.clone(), left_after: None });
        seen.len() - 1
    };
    let (mut answer, began) = (Answer { stream, body, key }, Instant::now());
    let answered = match is_known {
        true => answer.write(),
        false => answer.plain("404 Not Found", "", "text/plain", "not found"),
    };
    if answered.is_err() {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = seen.get_mut(position) {
            asked.left_after = Some(began.elapsed());
        }
    }
    answered
}

fn headers(reader: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => return Ok(headers),
        }
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
}

struct Answer {
    stream: TcpStream,
    body: Value,
    key: String,
}

impl Answer {
    fn write(&mut self) -> io::Result<()> {
        let messages = self.body["messages"].as_array().cloned().unwrap_or_default();
        let said = messages.iter().rev().find(|it| it["role"] == "user");
        let said = said.and_then(|it| it["content"].as_str()).unwrap_or_default().to_owned();
        let told = messages.last().is_some_and(|it| it["role"] == "tool");
        if !self.key.starts_with("Bearer ") {
            return self.plain("401 Unauthorized", "", "text/plain", "no key");
        }
        let word = MISBEHAVIOURS.iter().map(|it| it.0).find(|word| said.contains(word));
        match word {
            Some("#429") => {
                self.plain("429 Too Many Requests", "retry-after: 1\r\n", "text/plain", "org-1234 is over")
            }
            Some("#leak") => {
                let text = format!("{{\"headers\":{{\"authorization\":\"{}\"}}}}", self.key);
                self.plain("401 Unauthorized", "", "text/plain", &text)
            }
            Some("#html") => self.plain("200 OK", "", "text/html", "<html><body>Sign in</body></html>"),
            _ if self.body["stream"] == true => self.events(&said, word, told),
            _ => self.whole(&said, word, told),
        }
    }

    fn whole(&mut self, said: &str, word: Option<&str>, told: bool) -> io::Result<()> {
        let mut message = json!({ "role": "assistant", "content": "I am a stand-in. Grüße ☕" });
        let mut finish = json!("stop");
        if let Some(arguments) = arguments(said, word, told) {
            message["content"] = Value::Null;
            message["tool_calls"] = json!([call(&arguments)]);
            finish = json!(if word == Some("#cut-call") { "length" } else { "tool_calls" });
        }
        if word == Some("#truncate") {
            finish = Value::Null;
        }
        let choices = json!([{ "index": 0, "message": message, "finish_reason": finish }]);
        let usage = json!({ "prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12 });
        let (model, object) = (&self.body["model"], "chat.completion");
        let answer = json!({ "id": "standin-1", "object": object, "created": 1, "model": model, "choices": choices, "usage": usage });
        self.plain("200 OK", "", "application/json", &answer.to_string())
    }

    fn events(&mut self, said: &str, word: Option<&str>, told: bool) -> io::Result<()> {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n";
        self.stream.write_all(head.as_bytes())?;
        if word == Some("#reset") {
            // A chunk that is announced and does not come whole.
            let event = format!("data: {}\n\n", self.chunk(&json!({ "content": "I am" }), None));
            let chunk = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{event}", event.len() + 9);
            return self.stream.write_all(chunk.as_bytes());
        }
        self.stream.write_all(b"\r\n")?;
        if word == Some("#empty") {
            return Ok(());
        }
        self.delta(&json!({ "role": "assistant", "content": "" }), None)?;
        if let Some(arguments) = arguments(said, word, told) {
            return self.calling(&arguments, word);
        }
        self.delta(&json!({ "content": "I am a stand-in. " }), None)?;
        match word {
            Some("#truncate") => return Ok(()),
            Some("#error-frame") => {
                let error = json!({ "error": { "message": format!("provider saw {}", self.key) } });
                return self.event(&error.to_string());
            }
            Some("#garbage") => return self.event("{\"choices\": oh no"),
            Some("#comments") => {
                self.stream
                    .write_all(b": OPENROUTER PROCESSING\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n")?;
            }
            Some("#split") => return self.bytewise(),
            Some("#slow") => self.slowly(Duration::from_millis(100), "tick ")?,
            Some("#silent") => return self.silence(),
            _ => {}
        }
        self.delta(&json!({ "content": "Grüße ☕" }), None)?;
        self.delta(&json!({}), Some("stop"))?;
        if self.body["stream_options"]["include_usage"] == true {
            let usage = json!({ "prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12 });
            let chunk = json!({ "id": "standin-1", "object": "chat.completion.chunk", "created": 1, "model": self.body["model"], "choices": [], "usage": usage });
            self.event(&chunk.to_string())?;
        }
        self.event("[DONE]")
    }

    fn calling(&mut self, arguments: &str, word: Option<&str>) -> io::Result<()> {
        let mut begun = call("");
        begun["index"] = 0.into();
        self.delta(&json!({ "tool_calls": [begun] }), None)?;
        for piece in arguments.chars().collect::<Vec<_>>().chunks(5) {
            let piece: String = piece.iter().collect();
            self.delta(&json!({ "tool_calls": [{ "index": 0, "function": { "arguments": piece } }] }), None)?;
        }
        self.delta(&json!({}), Some(if word == Some("#cut-call") { "length" } else { "tool_calls" }))?;
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

    fn slowly(&mut self, pause: Duration, text: &str) -> io::Result<()> {
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

    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Value {
        let choices = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
        json!({ "id": "standin-1", "object": "chat.completion.chunk", "created": 1, "model": self.body["model"], "choices": choices })
    }

    fn delta(&mut self, delta: &Value, finish: Option<&str>) -> io::Result<()> {
        self.event(&self.chunk(delta, finish).to_string())
    }

    fn event(&mut self, data: &str) -> io::Result<()> {
        self.stream.write_all(format!("data: {data}\n\n").as_bytes())
    }

    fn plain(&mut self, status: &str, headers: &str, kind: &str, body: &str) -> io::Result<()> {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        self.stream.write_all(head.as_bytes())?;
        self.stream.write_all(body.as_bytes())
    }
}

/// What `create_task` is called with, if it is to be called.
fn arguments(said: &str, word: Option<&str>, told: bool) -> Option<String> {
    match word {
        Some("#bad-arguments") => return Some("{\"title\": \"Milk".to_owned()),
        Some("#repairable") if !told => return Some("{\"title\": 7}".to_owned()),
        Some("#cut-call") => return Some("{\"title\": \"Mi".to_owned()),
        _ => {}
    }
    let (_, title) = said.split_once("create a task")?;
    if told && word != Some("#repairable") {
        return None; // it has been done
    }
    Some(json!({ "title": title.trim(), "column": null }).to_string())
}

fn call(arguments: &str) -> Value {
    json!({ "id": "call_1", "type": "function", "function": { "name": "create_task", "arguments": arguments } })
}
