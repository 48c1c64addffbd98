//! Whoever is asked, and how long its answer took.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

use crate::upstream::{TOKENS, now};

/// An address that answers as OpenAI's API does.
pub(crate) struct Asked {
    url: String,
    token: &'static str,
    client: Client,
}

/// When the tokens of an answer came.
pub(crate) struct Answer {
    /// From the request to the first token.
    pub(crate) first: Duration,
    /// From the upstream to here, each of them.
    pub(crate) lags: Vec<Duration>,
}

impl Asked {
    pub(crate) fn new(url: String, token: &'static str) -> Self {
        Self { url, token, client: Client::new() }
    }

    /// Asks for an answer and reads all of it.
    pub(crate) async fn answer(&self) -> Result<Answer, Box<dyn Error>> {
        let body =
            json!({ "model": "first", "stream": true, "messages": [{ "role": "user", "content": "Go." }] });
        let began = Instant::now();
        let mut response = self.client.post(&self.url).bearer_auth(self.token).json(&body).send().await?;
        let (mut text, mut first, mut lags) = (Vec::new(), None, Vec::new());
        while let Some(chunk) = response.chunk().await? {
            let came = now();
            text.extend_from_slice(&chunk);
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                let Some(sent) = sent(&line) else { continue };
                first.get_or_insert_with(|| began.elapsed());
                lags.push(Duration::from_nanos(came.saturating_sub(sent)));
            }
        }
        if lags.len() != TOKENS {
            return Err(format!("{} gave {} tokens of {TOKENS}", self.url, lags.len()).into());
        }
        Ok(Answer { first: first.unwrap_or_default(), lags })
    }
}

/// When the token of a line was sent, if it has one.
fn sent(line: &[u8]) -> Option<u64> {
    let event: Value = serde_json::from_slice(line.strip_prefix(b"data: ")?).ok()?;
    event["choices"][0]["delta"]["content"].as_str()?.trim().parse().ok()
}
