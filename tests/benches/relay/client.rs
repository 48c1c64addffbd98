//! A client that speaks as LiveStore's does, one acknowledgement a chunk included, and does as little as it can beside.

use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// A socket to one store.
pub(crate) struct Client {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    store_id: String,
    next_id: u64,
}

/// What came of the events that a pull was sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Received {
    pub(crate) events: u64,
    /// The last sequence number.
    pub(crate) last: u64,
    /// How many did not follow the one before.
    pub(crate) misplaced: u64,
}

impl Client {
    /// Connects without Nagle's delay.
    pub(crate) async fn open(address: &str, store_id: &str) -> Result<Self, Box<dyn Error>> {
        let mut url = reqwest::Url::parse(&format!("ws://{address}/websocket"))?;
        url.query_pairs_mut().append_pair("storeId", store_id).append_pair("transport", "ws");
        let (stream, _) = connect_async_with_config(url.as_str(), None, true).await?;
        Ok(Self { stream, store_id: store_id.to_owned(), next_id: 0 })
    }

    /// Asks for every event, and returns the frame of the first chunk.
    pub(crate) async fn pull(&mut self, live: bool) -> Result<Utf8Bytes, Box<dyn Error>> {
        let cursor = json!({ "_tag": "None" });
        self.request("SyncWsRpc.Pull", &json!({ "storeId": self.store_id, "live": live, "cursor": cursor }))
            .await?;
        let frame = self.next().await?;
        if !is_chunk(&frame) {
            return Err(format!("a pull was answered with {frame}").into());
        }
        self.acknowledge(&frame).await?;
        Ok(frame)
    }

    /// Pushes events and waits until they are stored.
    pub(crate) async fn push(&mut self, backend_id: &str, batch: &[Value]) -> Result<(), Box<dyn Error>> {
        let backend_id = json!({ "_tag": "Some", "value": backend_id });
        let payload = json!({ "storeId": self.store_id, "batch": batch, "backendId": backend_id });
        self.request("SyncWsRpc.Push", &payload).await?;
        let frame = self.next().await?;
        if frame.contains(r#""_tag":"Success""#) {
            Ok(())
        } else {
            Err(format!("a push was answered with {frame}").into())
        }
    }

    async fn request(&mut self, tag: &str, payload: &Value) -> Result<(), Box<dyn Error>> {
        let frame = json!({
            "_tag": "Request", "id": self.next_id.to_string(), "tag": tag, "payload": payload,
            "traceId": "f942b947693404765cac1e04d2e23b4d", "spanId": "34872da09ddd7d8b", "sampled": true, "headers": [],
        });
        self.next_id += 1;
        Ok(self.stream.send(Message::text(frame.to_string())).await?)
    }

    /// Acknowledges a chunk.
    pub(crate) async fn acknowledge(&mut self, chunk: &str) -> Result<(), Box<dyn Error>> {
        let id = between(chunk, r#""requestId":""#, '"').ok_or("a chunk without a request")?;
        Ok(self.stream.send(Message::text(format!(r#"{{"_tag":"Ack","requestId":"{id}"}}"#))).await?)
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Result<Utf8Bytes, Box<dyn Error>> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Ok(text),
            other => Err(format!("expected a text frame, got {other:?}").into()),
        }
    }

    /// The store's backend id, which a first pull tells.
    pub(crate) async fn backend_id(address: &str, store_id: &str) -> Result<String, Box<dyn Error>> {
        let frame = Self::open(address, store_id).await?.pull(false).await?;
        backend_id(&frame).map(str::to_owned).ok_or_else(|| format!("no backend id in {frame}").into())
    }
}

impl Received {
    /// Takes note of a chunk's events.
    pub(crate) fn take(&mut self, chunk: &str) {
        // The events of this benchmark hold this text nowhere else.
        for (at, key) in chunk.match_indices(r#""seqNum":"#) {
            let digits = &chunk[at + key.len()..];
            let end = digits.find(|it: char| !it.is_ascii_digit()).unwrap_or(digits.len());
            let seq_num = digits[..end].parse().unwrap_or(0);
            self.misplaced += u64::from(seq_num != self.last + 1);
            self.last = seq_num;
            self.events += 1;
        }
    }
}

/// Whether a frame brings events.
pub(crate) fn is_chunk(frame: &str) -> bool {
    frame.starts_with(r#"{"_tag":"Chunk""#)
}

/// The backend id in a chunk.
fn backend_id(chunk: &str) -> Option<&str> {
    let at = chunk.rfind(r#""backendId":""#)?;
    between(&chunk[at..], r#""backendId":""#, '"')
}

fn between<'a>(text: &'a str, before: &str, after: char) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
