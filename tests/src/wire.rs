//! A client that speaks the sync protocol frame by frame, so that a test says exactly what goes over the
//! wire and sees exactly what comes back.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::patience::{ANSWER, answer};

/// A socket to one store's relay. It answers nothing by itself.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    store_id: String,
    next_id: u64,
}

/// Where the sockets of a store are.
fn url(address: &str, store_id: &str) -> reqwest::Url {
    let mut url = reqwest::Url::parse(&format!("ws://{address}/websocket")).expect("an address makes a URL");
    url.query_pairs_mut().append_pair("storeId", store_id).append_pair("transport", "ws");
    url
}

/// What an upgrade is refused with.
async fn refusal_text(mut url: reqwest::Url, introduction: &Introduction<'_>) -> String {
    url.set_scheme("http").expect("a WebSocket's URL is one of HTTP");
    let request =
        reqwest::Client::new().get(url).header("connection", "upgrade").header("upgrade", "websocket");
    let request =
        request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let headers = introduction.headers.iter();
    let request = headers.fold(request, |request, (name, value)| request.header(*name, *value));
    let response = answer("HTTP response", request.send()).await;
    let response = response.unwrap_or_else(|error| panic!("no answer to an upgrade: {error}"));
    answer("text", response.text()).await.unwrap_or_else(|error| panic!("no text of a refusal: {error}"))
}

/// What a client says of itself when it connects.
#[derive(Debug, Clone, Copy, Default)]
pub struct Introduction<'a> {
    /// `authToken` of the payload.
    pub token: Option<&'a str>,
    /// Further headers.
    pub headers: &'a [(&'static str, &'a str)],
}

/// One chunk of a pull.
#[derive(Debug)]
pub struct Chunk {
    /// The items, as they came.
    pub batch: Vec<Value>,
    /// How many events of history are left; `None` when none are.
    pub remaining: Option<u64>,
    /// The store's backend id.
    pub backend_id: String,
}

impl Socket {
    /// Connects to `address` (`host:port`) for the store `store_id`.
    ///
    /// # Panics
    /// If the upgrade is refused.
    pub async fn open(address: &str, store_id: &str) -> Self {
        let opened = Self::open_as(address, store_id, &Introduction::default()).await;
        opened.unwrap_or_else(|refusal| panic!("the upgrade was refused: {refusal:?}"))
    }

    /// As [`Socket::open`], for a client that says who it is.
    ///
    /// # Errors
    /// With status and text, if the upgrade is refused.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn open_as(
        address: &str,
        store_id: &str,
        introduction: &Introduction<'_>,
    ) -> Result<Self, (u16, String)> {
        let mut url = url(address, store_id);
        if let Some(token) = introduction.token {
            let payload = json!({ "authToken": token }).to_string();
            let component: String = form_urlencoded::byte_serialize(payload.as_bytes()).collect();
            url.query_pairs_mut().append_pair("payload", &component.replace('+', "%20"));
        }
        let mut request = url.as_str().into_client_request().expect("a URL makes a request");
        for (name, value) in introduction.headers {
            request.headers_mut().insert(*name, value.parse().expect("the value of a header"));
        }
        match answer("upgrade", connect_async(request)).await {
            Ok((stream, _)) => Ok(Self { stream, store_id: store_id.to_owned(), next_id: 0 }),
            // It has read no further than the headers.
            Err(Error::Http(refusal)) => {
                Err((refusal.status().as_u16(), refusal_text(url, introduction).await))
            }
            Err(error) => panic!("{url} does not answer: {error}"),
        }
    }

    /// As [`Socket::open`].
    ///
    /// # Errors
    /// If nobody answers, or the upgrade is refused.
    pub async fn try_open(address: &str, store_id: &str) -> Result<Self, String> {
        let url = url(address, store_id);
        let (stream, _) = timeout(ANSWER, connect_async(url.as_str()))
            .await
            .map_err(|_elapsed| format!("{url} did not answer within {} s", ANSWER.as_secs()))?
            .map_err(|error| format!("{url} refused the upgrade: {error}"))?;
        Ok(Self { stream, store_id: store_id.to_owned(), next_id: 0 })
    }

    /// Sends a text frame as it is.
    pub async fn send_text(&mut self, frame: &str) {
        self.send_message(Message::text(frame)).await;
    }

    /// Sends a binary frame as it is.
    pub async fn send_binary(&mut self, frame: &[u8]) {
        self.send_message(Message::binary(frame.to_vec())).await;
    }

    /// What a socket that is lost does not take, the next receiving tells.
    async fn send_message(&mut self, message: Message) {
        drop(self.stream.send(message).await);
    }

    /// Sends a request and returns its id.
    pub async fn request(&mut self, tag: &str, payload: Value) -> String {
        let id = self.next_id.to_string();
        self.next_id += 1;
        let frame = json!({
            "_tag": "Request", "id": id, "tag": tag, "payload": payload,
            "traceId": "f942b947693404765cac1e04d2e23b4d", "spanId": "34872da09ddd7d8b", "sampled": true, "headers": [],
        });
        self.send_text(&frame.to_string()).await;
        id
    }

    /// Asks for every event.
    pub async fn pull(&mut self, live: bool) -> String {
        let payload = json!({ "storeId": self.store_id, "live": live, "cursor": { "_tag": "None" } });
        self.request("SyncWsRpc.Pull", payload).await
    }

    /// Asks for the events after `seq_num`.
    pub async fn pull_after(&mut self, live: bool, backend_id: &str, seq_num: u64) -> String {
        let cursor =
            json!({ "_tag": "Some", "value": { "backendId": backend_id, "eventSequenceNumber": seq_num } });
        self.request("SyncWsRpc.Pull", json!({ "storeId": self.store_id, "live": live, "cursor": cursor }))
            .await
    }

    /// Offers events.
    pub async fn push(&mut self, backend_id: &str, batch: &[Value]) -> String {
        let backend_id = json!({ "_tag": "Some", "value": backend_id });
        self.request(
            "SyncWsRpc.Push",
            json!({ "storeId": self.store_id, "batch": batch, "backendId": backend_id }),
        )
        .await
    }

    /// Offers events and waits until they are stored. For sockets without a live pull.
    ///
    /// # Panics
    /// If they are refused.
    pub async fn store(&mut self, backend_id: &str, batch: &[Value]) {
        let id = self.push(backend_id, batch).await;
        assert_eq!(self.receive().await, stored(&id));
    }

    /// Acknowledges a chunk.
    pub async fn ack(&mut self, request_id: &str) {
        self.send_text(&json!({ "_tag": "Ack", "requestId": request_id }).to_string()).await;
    }

    /// Gives up a request.
    pub async fn interrupt(&mut self, request_id: &str) {
        self.send_text(&json!({ "_tag": "Interrupt", "requestId": request_id }).to_string()).await;
    }

    /// The next frame as text.
    ///
    /// # Panics
    /// If the socket closes, or the frame is not text.
    pub async fn receive_text(&mut self) -> String {
        match answer("frame", self.stream.next()).await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("expected a text frame, got {other:?}"),
        }
    }

    /// The next frame, or why there is none within `limit`.
    ///
    /// # Errors
    /// If none comes, the socket closes, or the frame is not JSON.
    pub async fn next(&mut self, limit: Duration) -> Result<Value, String> {
        match timeout(limit, self.stream.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => serde_json::from_str(&text)
                .map_err(|error| format!("the frame {text:?} is not JSON: {error}")),
            Ok(Some(Ok(Message::Close(frame)))) => Err(format!("the socket was closed: {frame:?}")),
            Ok(other) => Err(format!("expected a text frame, got {other:?}")),
            Err(_) => Err(format!("no frame within {} s", limit.as_secs())),
        }
    }

    /// The next frame.
    ///
    /// # Panics
    /// If the socket closes, or the frame is not JSON.
    pub async fn receive(&mut self) -> Value {
        let text = self.receive_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("the frame {text:?} is not JSON: {error}"))
    }

    /// The code with which the server closes, past any frames before it.
    ///
    /// # Panics
    /// If it does not close.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match answer("close", self.stream.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Message::Text(_))) => {}
                other => panic!("expected a close with a code, got {other:?}"),
            }
        }
    }

    /// The next frame, which must be a chunk of this pull. It is not acknowledged.
    ///
    /// # Panics
    /// If it is anything else.
    pub async fn chunk(&mut self, request_id: &str) -> Chunk {
        let frame = self.receive().await;
        Chunk::parse(&frame, request_id)
            .unwrap_or_else(|| panic!("expected a chunk of pull {request_id}, got {frame}"))
    }

    /// All events, pulled and acknowledged chunk by chunk, and the backend id.
    ///
    /// # Panics
    /// If the pull is answered with anything else.
    pub async fn history(&mut self) -> (Vec<Value>, String) {
        let pull = self.pull(false).await;
        self.try_history(&pull).await.unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// What a pull that is not live still brings, and the backend id.
    ///
    /// # Errors
    /// If it is answered with anything else.
    pub async fn try_history(&mut self, pull: &str) -> Result<(Vec<Value>, String), String> {
        let mut events = Vec::new();
        loop {
            let frame = self.next(ANSWER).await?;
            let chunk = Chunk::parse(&frame, pull)
                .ok_or_else(|| format!("the pull was answered with {}", start_of(&frame)))?;
            self.ack(pull).await;
            events.extend(chunk.batch.into_iter().map(|mut item| item["eventEncoded"].take()));
            if chunk.remaining.is_none() {
                return match self.next(ANSWER).await? {
                    end if end == ended(pull) => Ok((events, chunk.backend_id)),
                    other => Err(format!("the pull was ended with {}", start_of(&other))),
                };
            }
        }
    }

    /// The end of a request, past chunks before it.
    ///
    /// # Errors
    /// As [`Socket::next`].
    pub async fn exit(&mut self, request_id: &str) -> Result<Value, String> {
        loop {
            let frame = self.next(ANSWER).await?;
            if frame["_tag"] != "Chunk" && frame["requestId"] == request_id {
                return Ok(frame);
            }
        }
    }

    /// The backend id of the store.
    pub async fn backend_id(&mut self) -> String {
        self.history().await.1
    }
}

impl Chunk {
    /// Reads a frame, if it is a chunk of `request_id` with one page.
    pub fn parse(frame: &Value, request_id: &str) -> Option<Self> {
        if frame["_tag"] != "Chunk" || frame["requestId"] != request_id {
            return None;
        }
        let [page] = frame["values"].as_array()?.as_slice() else { return None };
        let remaining = match page["pageInfo"]["_tag"].as_str()? {
            "NoMore" => None,
            "MoreKnown" => Some(page["pageInfo"]["remaining"].as_u64()?),
            _ => return None,
        };
        let backend_id = page["backendId"].as_str()?.to_owned();
        Some(Self { batch: page["batch"].as_array()?.clone(), remaining, backend_id })
    }

    /// The sequence numbers of its events.
    pub fn seq_nums(&self) -> Vec<u64> {
        self.batch.iter().filter_map(|item| item["eventEncoded"]["seqNum"].as_u64()).collect()
    }
}

/// A frame, short enough to be read.
pub fn start_of(frame: &Value) -> String {
    frame.to_string().chars().take(300).collect()
}

/// A to-do event at `seq_num` whose parent is the one before.
pub fn event(seq_num: u64) -> Value {
    json!({
        "name": "todoCreated", "args": { "id": format!("todo-{seq_num}"), "text": "Buy \"milk\" ☕" },
        "seqNum": seq_num, "parentSeqNum": seq_num - 1, "clientId": "client-1", "sessionId": "session-1",
    })
}

/// A chain of such events.
pub fn events(seq_nums: std::ops::RangeInclusive<u64>) -> Vec<Value> {
    seq_nums.map(event).collect()
}

/// The answer to a push that was stored.
pub fn stored(request_id: &str) -> Value {
    json!({ "_tag": "Exit", "requestId": request_id, "exit": { "_tag": "Success", "value": {} } })
}

/// The end of a pull that is not live.
pub fn ended(request_id: &str) -> Value {
    json!({ "_tag": "Exit", "requestId": request_id, "exit": { "_tag": "Success" } })
}

/// The answer to a request that failed with one of the protocol's errors.
pub fn failed(request_id: &str, error: &Value) -> Value {
    let exit = json!({ "_tag": "Failure", "cause": { "_tag": "Fail", "error": error } });
    json!({ "_tag": "Exit", "requestId": request_id, "exit": exit })
}
