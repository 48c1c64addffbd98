//! A stand-in for Braintrust's API on loopback: what a model's answers look like on the wire, without a model.
//!
//! Owns one listener and what it was asked; [`answer`] has the form of answers, [`calls`] which tools they call. It says
//! that it is none: its words are fixed. It takes the form of a request and a key as Braintrust does, calls a tool that it
//! was told of when a message names it or says `create a task …`, and misbehaves when the last message holds a word of
//! [`MISBEHAVIOURS`], each in a way in which real services fail.

mod answer;
mod calls;

use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use answer::Answer;

/// Words in a message, and what they make of the answer.
pub const MISBEHAVIOURS: [(&str, &str); 25] = [
    ("#truncate", "ends cleanly without a finish"),
    ("#reset", "the connection breaks within the answer"),
    ("#error-frame", "an error within the answer"),
    ("#error-done", "such an error, and then the regular end"),
    ("#html", "a page of HTML with status 200"),
    ("#empty", "status 200 and nothing"),
    ("#garbage", "what should be JSON and is not"),
    ("#comments", "comments and an event of another name between chunks"),
    ("#other-event", "an event of another name whose JSON looks like text of the model"),
    ("#split", "one byte at a time"),
    ("#no-index", "calls whose fragments have no index"),
    ("#one-index", "calls that share an index and are told apart by their ids"),
    ("#bad-arguments", "a call whose arguments are no JSON, each time"),
    ("#repairable", "such a call at first, a good one once it was told"),
    ("#slow-repair", "the same, and the good one takes two seconds to begin"),
    ("#slow-call", "a call whose fragments take seconds"),
    ("#cut-call", "a call that is cut off by the length"),
    ("#unasked", "a call of a tool that nobody allowed"),
    ("#slow", "a piece of text every tenth of a second, for a minute"),
    ("#flood", "text as fast as it is taken, for a minute"),
    ("#silent", "silence after the first piece"),
    ("#lingers", "silence after the finish"),
    ("#429", "status 429 with the provider's text"),
    ("#422", "status 422 whose text and headers hold the key"),
    ("#leak", "status 401 whose text and headers hold the key"),
];

/// The longest body that is read.
const MAX_BODY: usize = 16 << 20;

/// Requests that are kept.
const KEPT: usize = 1_000;

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

    /// What has been asked, in order: the first thousand.
    pub fn asked(&self) -> Vec<Asked> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One request a connection.
fn serve(stream: TcpStream, seen: &Mutex<Vec<Asked>>) -> io::Result<()> {
    stream.set_read_timeout(Some(LONGEST))?;
    stream.set_write_timeout(Some(LONGEST))?;
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
        if seen.len() < KEPT {
            seen.push(Asked { headers, body: body.clone(), left_after: None });
        }
        seen.len() - 1
    };
    let (mut answer, began) = (Answer::new(stream, body, key), Instant::now());
    let answered = if is_known { answer.write() } else { answer.unknown() };
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
