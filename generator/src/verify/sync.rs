//! The check that sync works: one socket that pulls a scratch store, pushes one event to it, and gets it back.
//!
//! The protocol is LiveStore's (sync-cf 0.4): a JSON object in each text frame.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::http::Uri;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Error, Message, WebSocket};

use super::Guarded;

/// How long the whole may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often another that does the same may be in the way.
const ATTEMPTS: usize = 3;

/// What is synced to look whether it works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scratch<'a> {
    /// The store's id.
    pub(super) store: &'a str,
    /// What proves who one is.
    pub(super) token: Option<&'a str>,
}

struct Socket {
    stream: WebSocket<MaybeTlsStream<TcpStream>>,
    store: String,
    deadline: Instant,
    /// Of the last request.
    id: u64,
}

/// The head of a store, and its backend's id.
struct Head {
    number: u64,
    backend: String,
}

/// Pulls, pushes and pulls what was pushed. Without a token, a route that asks for one has to refuse.
pub(super) fn round_trip(base: &str, route: &Guarded, scratch: Scratch<'_>) -> Result<String, String> {
    let began = Instant::now();
    let mut socket = match Socket::open(base, &route.path, scratch) {
        Ok(_) if route.asks && scratch.token.is_none() => return Err("it lets in who is nobody".to_owned()),
        Err(Refused::Status(401)) if route.asks && scratch.token.is_none() => {
            return Ok("refuses who is nobody with 401; for a push and a pull, set VERIFY_TOKEN".to_owned());
        }
        Err(Refused::Status(status)) => return Err(format!("the socket is refused with {status}")),
        Err(Refused::Other(reason)) => return Err(reason),
        Ok(socket) => socket,
    };
    let mut head = socket.pull()?;
    for _ in 0..ATTEMPTS {
        if socket.push(&head)? {
            let time = began.elapsed().as_millis();
            return Ok(format!(
                "event {} of store {} pushed and pulled, {time} ms",
                head.number + 1,
                scratch.store
            ));
        }
        head = socket.pull()?;
    }
    Err(format!("others push to store {} without end", scratch.store))
}

enum Refused {
    Status(u16),
    Other(String),
}

impl Socket {
    fn open(base: &str, path: &str, scratch: Scratch<'_>) -> Result<Self, Refused> {
        let other = |reason: String| Refused::Other(reason);
        let url = url(base, path, scratch);
        let uri: Uri = url.parse().map_err(|error| other(format!("{url}: {error}")))?;
        let host = uri.host().ok_or_else(|| other(format!("{url} has no host")))?;
        let port = uri.port_u16().unwrap_or(if url.starts_with("wss:") { 443 } else { 80 });
        let addresses = (host.trim_matches(['[', ']']), port).to_socket_addrs();
        let addresses = addresses.map_err(|error| other(format!("{host}: {error}")))?;
        let mut connected = Err(other(format!("{host} has no address")));
        for address in addresses {
            connected =
                TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| other(error.to_string()));
            if connected.is_ok() {
                break;
            }
        }
        let tcp = connected?;
        let limits =
            tcp.set_read_timeout(Some(PATIENCE)).and_then(|()| tcp.set_write_timeout(Some(PATIENCE)));
        limits.map_err(|error| other(error.to_string()))?;
        match tungstenite::client_tls(url.as_str(), tcp) {
            Ok((stream, _)) => Ok(Self {
                stream,
                store: scratch.store.to_owned(),
                deadline: Instant::now() + PATIENCE,
                id: 0,
            }),
            Err(tungstenite::HandshakeError::Failure(Error::Http(answer))) => {
                Err(Refused::Status(answer.status().as_u16()))
            }
            Err(error) => Err(other(error.to_string())),
        }
    }

    /// Pulls all that there is; what is pushed later comes, too.
    fn pull(&mut self) -> Result<Head, String> {
        let request = json!({ "storeId": self.store, "live": true, "cursor": { "_tag": "None" } });
        let id = self.request("SyncWsRpc.Pull", &request)?;
        let mut number = 0;
        loop {
            let chunk = self.answer(&id)?;
            for value in chunk["values"].as_array().into_iter().flatten() {
                let last = value["batch"].as_array().and_then(|batch| batch.last());
                number = last.and_then(|it| it["eventEncoded"]["seqNum"].as_u64()).unwrap_or(number);
                if value["pageInfo"]["_tag"] == "NoMore" {
                    let backend =
                        value["backendId"].as_str().ok_or("a chunk without a backend id")?.to_owned();
                    return Ok(Head { number, backend });
                }
            }
        }
    }

    /// Pushes the next event and waits for its acknowledgement, and for itself on a pull. False if another came first.
    fn push(&mut self, head: &Head) -> Result<bool, String> {
        let number = head.number + 1;
        let event = json!({
            "name": "generator.verify", "args": {}, "seqNum": number, "parentSeqNum": head.number,
            "clientId": "verify", "sessionId": "verify",
        });
        let backend = json!({ "_tag": "Some", "value": head.backend });
        let request = json!({ "storeId": self.store, "batch": [event], "backendId": backend });
        let id = self.request("SyncWsRpc.Push", &request)?;
        let (mut acknowledged, mut pulled) = (false, false);
        while !(acknowledged && pulled) {
            let frame = self.frame()?;
            if frame["_tag"] == "Exit" && frame["requestId"] == id.as_str() {
                if frame["exit"]["_tag"] != "Success" {
                    let error = &frame["exit"]["cause"]["error"];
                    let is_behind = error["_tag"] == "ServerAheadError";
                    return if is_behind {
                        Ok(false)
                    } else {
                        Err(format!("the push was refused: {}", frame["exit"]))
                    };
                }
                acknowledged = true;
            }
            let values = frame["values"].as_array().into_iter().flatten();
            let batches = values.filter_map(|value| value["batch"].as_array()).flatten();
            pulled |= batches.into_iter().any(|item| item["eventEncoded"]["seqNum"] == number);
        }
        Ok(true)
    }

    fn request(&mut self, tag: &str, payload: &Value) -> Result<String, String> {
        self.id += 1;
        let id = self.id.to_string();
        let request = json!({
            "_tag": "Request", "id": id, "tag": tag, "payload": payload, "traceId": "0".repeat(32),
            "spanId": "0".repeat(16), "sampled": false, "headers": [],
        });
        self.send(&request)?;
        Ok(id)
    }

    /// The next frame for a request that is not its end.
    fn answer(&mut self, id: &str) -> Result<Value, String> {
        loop {
            let frame = self.frame()?;
            match frame["_tag"].as_str() {
                Some("Chunk") if frame["requestId"] == id => return Ok(frame),
                Some("Exit") if frame["requestId"] == id => {
                    return Err(format!("the pull ended: {}", frame["exit"]));
                }
                Some("Defect") => return Err(format!("the relay says: {}", frame["defect"])),
                _ => {}
            }
        }
    }

    /// The next frame; a chunk is acknowledged.
    fn frame(&mut self) -> Result<Value, String> {
        loop {
            if Instant::now() > self.deadline {
                return Err(format!("no answer within {} s", PATIENCE.as_secs()));
            }
            match self.stream.read().map_err(|error| error.to_string())? {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
                    if frame["_tag"] == "Chunk" {
                        self.send(&json!({ "_tag": "Ack", "requestId": frame["requestId"] }))?;
                    }
                    return Ok(frame);
                }
                Message::Close(_) => return Err("the relay closed the socket".to_owned()),
                _ => {}
            }
        }
    }

    fn send(&mut self, frame: &Value) -> Result<(), String> {
        self.stream.send(Message::text(frame.to_string())).map_err(|error| error.to_string())
    }
}

/// Where a store's socket is.
fn url(base: &str, path: &str, scratch: Scratch<'_>) -> String {
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let scheme = if scheme == "http" { "ws" } else { "wss" };
    let rest = rest.trim_end_matches('/');
    let payload = scratch.token.map(|token| {
        // LiveStore's client encodes it twice.
        format!("&payload={}", encoded(&encoded(&json!({ "authToken": token }).to_string())))
    });
    let store = encoded(scratch.store);
    format!("{scheme}://{rest}{path}?storeId={store}&transport=ws{}", payload.unwrap_or_default())
}

/// Percent-encoded but for what needs it nowhere.
fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_beside_the_page() {
        let scratch = Scratch { store: "a b", token: None };
        let plain = url("http://localhost:8787/", "/websocket", scratch);
        assert_eq!(plain, "ws://localhost:8787/websocket?storeId=a%20b&transport=ws");
        let secret = url("https://a.example", "/s", Scratch { token: Some("t"), ..scratch });
        assert!(
            secret.starts_with("wss://a.example/s?") && secret.contains("payload=%257B%2522authToken"),
            "{secret}"
        );
    }
}
