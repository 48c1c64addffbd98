//! An upstream that streams tokens at an even pace, each with the moment at which it was sent.

use std::time::{Duration, Instant};

use tokio::io::{self, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};

/// The tokens of an answer.
pub(crate) const TOKENS: usize = 100;

/// From one token to the next: about what models do.
const PACE: Duration = Duration::from_millis(20);

/// A server on loopback, for as long as the program runs.
pub(crate) struct Upstream(String);

impl Upstream {
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}/v1", listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A caller that goes away is missed by who waits for its answer.
                tokio::spawn(async move { drop(serve(stream).await) });
            }
        });
        Ok(Self(base_url))
    }

    pub(crate) fn base_url(&self) -> String {
        self.0.clone()
    }

    /// Where answers are asked for.
    pub(crate) fn completions(&self) -> String {
        format!("{}/chat/completions", self.0)
    }
}

/// Nanoseconds on this program's clock.
pub(crate) fn now() -> u64 {
    use std::sync::LazyLock;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

async fn serve(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).await?;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        .await?;
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..TOKENS {
        pace.tick().await;
        let event = event(&format!("{{\"content\":\"{} \"}}", now()), "null");
        stream.write_all(event.as_bytes()).await?;
    }
    stream.write_all(event("{}", "\"stop\"").as_bytes()).await?;
    stream.write_all(b"data: [DONE]\n\n").await?;
    stream.shutdown().await
}

fn event(delta: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"first\",\"choices\":\
         [{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
    )
}
