//! Real clients on the route, in each of their ways of reading: what upstream gets right comes whole, and what it gets
//! wrong is an error that they raise, never silence.

use std::ffi::OsString;
use std::time::Duration;

use serde_json::{Value, json};
use tests::patience::{ANSWER, until};
use tests::python;
use tests::world::root;
use tokio::process::Command;

use super::{Proxy, TOKEN};

/// How long a client may take for all that it is to say; silence of upstream is among it.
const ALL: Duration = Duration::from_secs(120);

/// What comes of what is said, whichever way it is read.
#[derive(Debug, Clone, Copy)]
enum Comes {
    /// The stand-in's text.
    Text,
    /// Tasks with these titles.
    Tasks(&'static [&'static str]),
    /// No call of a tool.
    NoCall,
    /// An error with this code.
    Error(&'static str),
}

use Comes::{Error, NoCall, Tasks, Text};

const SAID: [(&str, Comes); 25] = [
    ("Hello", Text),
    ("create a task Milk", Tasks(&["Milk"])),
    ("create a task Milk and create a task Tea", Tasks(&["Milk", "Tea"])),
    ("#comments", Text),
    ("#other-event", Text),
    ("#split", Text),
    ("#lingers", Text),
    ("#no-index create a task Milk and create a task Tea", Tasks(&["Milk", "Tea"])),
    ("#one-index create a task Milk and create a task Tea", Tasks(&["Milk", "Tea"])),
    ("#repairable create a task Bread", Tasks(&["Bread"])),
    ("#slow-repair create a task Bread", Tasks(&["Bread"])),
    ("#slow-call create a task Bread", Tasks(&["Bread"])),
    ("#cut-call", NoCall),
    ("#bad-arguments", Error("invalid_tool_call")),
    ("#truncate", Error("upstream_truncated")),
    ("#reset", Error("upstream_truncated")),
    ("#error-frame", Error("upstream_error")),
    ("#error-done", Error("upstream_error")),
    ("#html", Error("upstream_invalid")),
    ("#empty", Error("upstream_invalid")),
    ("#garbage", Error("upstream_invalid")),
    ("#silent", Error("upstream_timeout")),
    ("#429", Error("rate_limit_exceeded")),
    ("#422", Error("upstream_refused")),
    ("#leak", Error("upstream_unauthorized")),
];

/// A client: the program that runs it, and how many ways it has to read an answer and to leave one.
struct Client {
    program: OsString,
    script: &'static str,
    ways: (usize, usize),
}

impl Client {
    fn node(script: &'static str, ways: (usize, usize)) -> Self {
        Self { program: "node".into(), script, ways }
    }

    async fn python() -> Self {
        let python = tokio::task::spawn_blocking(python::openai).await;
        let python =
            python.unwrap_or_else(|error| panic!("{error}")).unwrap_or_else(|reason| panic!("{reason}"));
        Self { program: python.into(), script: "openai_client.py", ways: (4, 3) }
    }

    /// What comes, a value for each way of each saying.
    async fn run(&self, proxy: &Proxy, task: &str, said: &[&str], model: &str, token: &str) -> Vec<Value> {
        let mut client = Command::new(&self.program);
        client
            .arg(root().join("tests/clients").join(self.script))
            .arg(proxy.world.url("/v1"))
            .arg(task)
            .args(said);
        client.env("OPENAI_API_KEY", token).env("MODEL", model).kill_on_drop(true);
        let output = tokio::time::timeout(ALL, client.output()).await;
        let output = output.unwrap_or_else(|_| panic!("{} does not end", self.script));
        let output = output.unwrap_or_else(|error| panic!("cannot start {:?}: {error}", self.program));
        let text = String::from_utf8_lossy(&output.stdout);
        let came: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let ways = if task == "ask" { self.ways.0 } else { self.ways.1 };
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(came.len(), ways * said.len(), "{}: {text}\n{stderr}", self.script);
        came
    }
}

async fn is_served(client: &Client) {
    let proxy = Proxy::start().await;
    reads_every_answer(client, &proxy).await;
    is_told_its_mistakes(client, &proxy).await;
    ends_upstream_when_it_leaves(client, &proxy).await;
}

async fn reads_every_answer(client: &Client, proxy: &Proxy) {
    let said: Vec<_> = SAID.iter().map(|it| it.0).collect();
    let came = client.run(proxy, "ask", &said, "first", TOKEN).await;
    let wrong: Vec<_> = came.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}:\n{}", client.script, wrong.join("\n"));
}

/// What is wrong with what came, if anything is.
fn wrong(came: &Value) -> Option<String> {
    let Some((_, comes)) = SAID.iter().find(|it| came["said"] == it.0) else { return Some(came.to_string()) };
    let is_right = match comes {
        Text => came["text"] == "I am a stand-in. Grüße ☕" && came["calls"] == json!([]),
        Tasks(titles) => {
            let call = |title: &&str| json!(["create_task", { "title": title, "column": null }]);
            came["calls"] == titles.iter().map(call).collect::<Value>()
        }
        NoCall => came["calls"].as_array().is_none_or(Vec::is_empty),
        Error(code) => came["error"]["code"] == *code,
    };
    (!is_right).then(|| format!("{came} is not {comes:?}"))
}

async fn is_told_its_mistakes(client: &Client, proxy: &Proxy) {
    for (model, token, status, code) in
        [("third", TOKEN, 404, "model_not_found"), ("first", "wrong", 401, "invalid_token")]
    {
        for came in client.run(proxy, "ask", &["Hello"], model, token).await {
            let error = &came["error"];
            assert_eq!((&error["status"], &error["code"]), (&json!(status), &json!(code)), "{came}");
        }
    }
}

async fn ends_upstream_when_it_leaves(client: &Client, proxy: &Proxy) {
    for left in client.run(proxy, "leave", &["#slow"], "first", TOKEN).await {
        assert!(left["error"].is_null(), "{left}");
        let said = format!("#slow, {}", left["way"].as_str().unwrap_or_default());
        let after = until(ANSWER, async || {
            let asked = proxy.asked(&said);
            asked
                .first()
                .and_then(|it| it.left_after)
                .ok_or_else(|| format!("{said}: upstream is still asked"))
        });
        let after = after.await;
        assert!(after < Duration::from_secs(7), "{said}: upstream was asked for {after:?} more");
    }
}

#[tokio::test]
async fn openais_client_for_node_is_told_all_that_goes_wrong() {
    is_served(&Client::node("openai-client.js", (3, 2))).await;
}

#[tokio::test]
async fn openais_client_for_python_is_told_all_that_goes_wrong() {
    is_served(&Client::python().await).await;
}

#[tokio::test]
async fn the_ai_sdk_is_told_all_that_goes_wrong() {
    is_served(&Client::node("ai-sdk-client.js", (4, 1))).await;
}
