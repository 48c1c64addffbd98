//! Whoever signs users in, in a Node process (`tests/clients/issuer.js`): its key set on loopback, and tokens.

use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::patience::answer;
use crate::world;

/// An issuer that serves its key set until it is dropped.
pub struct Issuer {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Where its key set is.
    pub jwks: String,
}

impl Issuer {
    /// Starts one without keys.
    ///
    /// # Panics
    /// If Node cannot be started.
    pub async fn start() -> Self {
        let mut process = Command::new("node")
            .arg(world::root().join("tests/clients/issuer.js"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start `node` ({error}): install Node.js 20.19 or newer"));
        let input = process.stdin.take().expect("stdin is piped");
        let output = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let mut issuer = Self { _process: process, input, output, jwks: String::new() };
        issuer.jwks = issuer.line().await;
        issuer
    }

    /// Exchanges all keys for a new one of that name.
    pub async fn rotate(&mut self, name: &str, algorithm: &str) {
        self.order(&json!({ "rotate": name, "alg": algorithm })).await;
    }

    /// A token signed with the key of that name.
    pub async fn token(&mut self, name: &str, algorithm: &str, claims: &Value) -> String {
        self.order(&json!({ "sign": claims, "alg": algorithm, "kid": name })).await
    }

    /// A token signed with a shared key.
    pub async fn shared(&mut self, secret: &str, claims: &Value) -> String {
        self.order(&json!({ "sign": claims, "alg": "HS256", "secret": secret })).await
    }

    async fn order(&mut self, order: &Value) -> String {
        let written = self.input.write_all(format!("{order}\n").as_bytes()).await;
        assert!(written.is_ok(), "the issuer has ended");
        self.line().await
    }

    async fn line(&mut self) -> String {
        let line = answer("line of the issuer", self.output.next_line()).await;
        line.ok().flatten().expect("the issuer goes on")
    }
}

/// The moment so many seconds from now, as tokens have it.
pub fn from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    i64::try_from(now).map_or(0, |now| now + seconds)
}
