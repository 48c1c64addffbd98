//! Real LiveStore stores, each in a Node process (`tests/clients/todo-client.js`).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::patience::{CONVERGENCE, answer};
use crate::world;

/// A store that runs until it is dropped or closed.
pub struct Store {
    name: String,
    process: Child,
    input: ChildStdin,
    states: watch::Receiver<State>,
    log: Arc<Mutex<String>>,
}

/// What a store shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Text by id.
    pub todos: BTreeMap<String, String>,
    /// The last sequence number, local commits included.
    pub head: u64,
    /// Commits that the store's sync thread has not taken yet.
    pub pending: u64,
}

impl Store {
    /// Starts the client `client_id` on the store `store_id`, in memory, and waits until it has booted.
    ///
    /// # Panics
    /// If Node cannot be started or the client ends at once.
    pub async fn open(address: &str, store_id: &str, client_id: &str) -> Self {
        Self::open_at(&format!("ws://{address}/websocket"), store_id, client_id, None, None).await
    }

    /// As [`Store::open`], with a token in its payload.
    ///
    /// # Panics
    /// As [`Store::open`].
    pub async fn open_as(address: &str, store_id: &str, client_id: &str, token: &str) -> Self {
        Self::open_at(&format!("ws://{address}/websocket"), store_id, client_id, None, Some(token)).await
    }

    /// As [`Store::open`], but syncing over HTTP.
    ///
    /// # Panics
    /// As [`Store::open`].
    pub async fn open_over_http(address: &str, store_id: &str, client_id: &str) -> Self {
        Self::open_at(&format!("http://{address}/websocket"), store_id, client_id, None, None).await
    }

    /// As [`Store::open_over_http`], with its files in `folder`, from which it goes on when it is opened again.
    ///
    /// # Panics
    /// As [`Store::open`].
    pub async fn open_over_http_in(folder: &Path, address: &str, store_id: &str, client_id: &str) -> Self {
        Self::open_at(&format!("http://{address}/websocket"), store_id, client_id, Some(folder), None).await
    }

    async fn open_at(
        url: &str,
        store_id: &str,
        client_id: &str,
        folder: Option<&Path>,
        token: Option<&str>,
    ) -> Self {
        let mut process = Command::new("node")
            // The WebSocket of Node 20 is behind this flag.
            .arg("--experimental-websocket")
            .arg(world::root().join("tests/clients/todo-client.js"))
            .args([url, store_id, client_id])
            .args(folder)
            .envs(token.map(|token| ("AUTH_TOKEN", token)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start `node` ({error}): install Node.js 20.19 or newer"));

        let input = process.stdin.take().expect("stdin is piped");
        let mut errors = BufReader::new(process.stderr.take().expect("stderr is piped")).lines();
        let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let collected = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = errors.next_line().await {
                collected.lock().expect("no holder of the log panics").push_str(&format!("{line}\n"));
            }
        });
        let (sender, states) = watch::channel(State::default());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                sender.send_replace(State::parse(&line));
            }
        });

        let mut store = Self { name: format!("{client_id} on {store_id}"), process, input, states, log };
        let mut states = store.states.clone();
        let booted = answer("boot of a LiveStore client", states.changed()).await;
        assert!(booted.is_ok(), "{}", store.report("ended while it booted"));
        store.states.mark_unchanged();
        store
    }

    /// Commits events together: names and arguments of `todoCreated` or `todoRenamed`.
    ///
    /// # Panics
    /// If the client has ended.
    pub async fn commit(&mut self, events: &[Value]) {
        let line = format!("{}\n", json!(events));
        let written = self.input.write_all(line.as_bytes()).await;
        assert!(written.is_ok(), "{}", self.report("takes no commits"));
    }

    /// Waits until the store's state is as wanted, and returns it.
    ///
    /// # Panics
    /// If that takes too long or the client ends.
    pub async fn shows(&mut self, what: &str, wanted: impl Fn(&State) -> bool) -> State {
        let mut states = self.states.clone();
        match timeout(CONVERGENCE, states.wait_for(|state| wanted(state))).await {
            Ok(Ok(state)) => state.clone(),
            Ok(Err(_)) => panic!("{}", self.report(&format!("ended while waiting for {what}"))),
            Err(_) => {
                panic!("{}", self.report(&format!("does not show {what} after {} s", CONVERGENCE.as_secs())))
            }
        }
    }

    /// What it shows now.
    pub fn state(&self) -> State {
        self.states.borrow().clone()
    }

    /// Shuts the store down.
    ///
    /// # Panics
    /// If it fails to.
    pub async fn close(self) {
        let Self { name, mut process, input, log, .. } = self;
        drop(input);
        let status = answer("end of a LiveStore client", process.wait()).await;
        let log = log.lock().expect("no holder of the log panics");
        assert!(status.as_ref().is_ok_and(|status| status.success()), "{name} ended with {status:?}\n{log}");
    }

    fn report(&self, what: &str) -> String {
        let log = self.log.lock().expect("no holder of the log panics");
        format!("{} {what}; it shows {:?}\n{log}", self.name, self.state())
    }
}

impl State {
    fn parse(line: &str) -> Self {
        let state: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line:?} is not a state"));
        let todos = state["todos"].as_object().into_iter().flatten();
        Self {
            todos: todos
                .map(|(id, text)| (id.clone(), text.as_str().unwrap_or_default().to_owned()))
                .collect(),
            head: state["head"].as_u64().unwrap_or_default(),
            pending: state["pending"].as_u64().unwrap_or_default(),
        }
    }
}

/// A commit that adds a to-do.
pub fn created(id: &str, text: &str) -> Value {
    json!({ "name": "todoCreated", "args": { "id": id, "text": text } })
}

/// A commit that changes a to-do's text: the last one in the order of events wins.
pub fn renamed(id: &str, text: &str) -> Value {
    json!({ "name": "todoRenamed", "args": { "id": id, "text": text } })
}
