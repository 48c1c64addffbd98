//! A `dev` that runs, as its user sees it: what it prints, what it serves, and Ctrl-C.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use generator::process::{Program, Running};
use reqwest::Client;
use serde_json::{Value, json};
use tests::patience::{ANSWER, until};

/// How long `dev` may take to end.
const END: Duration = Duration::from_secs(30);

/// A `dev`. Dropping it ends it.
pub(crate) struct Dev {
    running: Running,
    port: u16,
    log: String,
    /// Where the part of the log begins that the test has not looked at.
    mark: usize,
}

/// The command, to be run in the folder of a project, by somebody without a key for the models.
pub(crate) fn command(generator: &Path, project: &Path, port: u16) -> Program {
    let program = Program::new(generator).args(["dev", "--port", &port.to_string()]);
    program.current_dir(project).without_env("BRAINTRUST_API_KEY")
}

/// A loopback port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free loopback port");
    listener.local_addr().expect("it is bound").port()
}

impl Dev {
    pub(crate) fn start(generator: &Path, project: &Path, port: u16) -> Self {
        let running = command(generator, project, port).start().unwrap_or_else(|error| panic!("{error}"));
        Self { running, port, log: String::new(), mark: 0 }
    }

    /// Waits until it prints `text`, after what was waited for before; gives what it printed up to then.
    pub(crate) async fn says(&mut self, text: &str, limit: Duration) -> String {
        let end = until(limit, async || {
            while let Some(line) = self.running.next_line(Duration::ZERO) {
                self.log.push_str(&line);
                self.log.push('\n');
            }
            if let Some(at) = self.log[self.mark..].find(text) {
                return Ok(self.mark + at + text.len());
            }
            let state = match self.running.status() {
                Ok(None) => "it runs",
                _ => "it ended",
            };
            Err(format!("`dev` does not say {text:?}; {state}, and said\n{}", self.log))
        });
        let end = end.await;
        let said = self.log[self.mark..end].to_owned();
        self.mark = end;
        said
    }

    /// What a path answers with.
    pub(crate) async fn get(&self, path: &str) -> String {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let answer = async { Client::new().get(&url).timeout(ANSWER).send().await?.text().await };
        answer.await.unwrap_or_else(|error| panic!("{url}: {error}\n{}", self.log))
    }

    /// What the models' route answers with when a user says this.
    pub(crate) async fn chat(&self, said: &str) -> String {
        let url = format!("http://127.0.0.1:{}/api/chat/completions", self.port);
        let body = json!({ "messages": [{ "role": "user", "content": said }], "stream": true });
        let answer =
            async { Client::new().post(&url).json(&body).timeout(ANSWER).send().await?.text().await };
        answer.await.unwrap_or_else(|error| panic!("{url}: {error}\n{}", self.log))
    }

    /// The spec that the worker was built from, as its path `path` says.
    pub(crate) async fn spec_at(&self, path: &str) -> String {
        let text = self.get(path).await;
        let health: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path} is {text:?}"));
        health["spec"].as_str().unwrap_or_else(|| panic!("{path} is {text:?}")).to_owned()
    }

    /// Presses Ctrl-C and waits for the end. Nothing that it started may be left.
    pub(crate) async fn interrupt(mut self) -> ExitStatus {
        let id = self.running.group().id();
        let started = descendants(id);
        assert!(!started.is_empty(), "nobody serves");
        let signal = Program::new("kill").args(["-INT", &id.to_string()]);
        signal.read().unwrap_or_else(|error| panic!("{error}"));
        let status = until(END, async || match self.running.status() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("`dev` goes on after Ctrl-C".to_owned()),
            Err(error) => panic!("{error}"),
        });
        let status = status.await;
        let alive: BTreeSet<i32> = processes().into_iter().map(|(process, _)| process).collect();
        let left: Vec<_> = started.intersection(&alive).collect();
        assert!(left.is_empty(), "{left:?} outlived `dev`");
        assert!(!self.running.group().is_alive(), "its group outlived `dev`");
        status
    }
}

/// Every process that `id` started, and those that they did.
fn descendants(id: i32) -> BTreeSet<i32> {
    let processes = processes();
    let mut found = BTreeSet::from([id]);
    loop {
        let more = processes.iter().filter(|(_, parent)| found.contains(parent)).map(|(process, _)| *process);
        let more: BTreeSet<i32> = more.filter(|process| !found.contains(process)).collect();
        if more.is_empty() {
            found.remove(&id);
            return found;
        }
        found.extend(more);
    }
}

/// Every process of this machine that has not ended, with its parent.
fn processes() -> Vec<(i32, i32)> {
    let list = Program::new("ps").args(["-A", "-o", "pid=,ppid=,stat="]).read();
    let list = list.unwrap_or_else(|error| panic!("{error}"));
    let process = |line: &str| {
        let mut words = line.split_whitespace();
        let (id, parent) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        (!words.next()?.starts_with('Z')).then_some((id, parent))
    };
    list.lines().filter_map(process).collect()
}
