//! The upstream service's side of a call: attempts, the answer's pieces, and how long each is waited for.

use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::wasm_bindgen::JsValue;
use worker::{
    AbortController, AbortSignal, ByteStream, Delay, Fetch, Method, RequestInit, RequestRedirect, Response,
    Result, web_sys,
};

use super::Call;
use crate::llm::error::Failure;
use crate::llm::stream::{End, Stream};
use crate::llm::upstream;
use crate::shell::millis;

/// The longest answer in one piece, in bytes.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// An answer that has begun.
pub(super) struct Opened {
    pub(super) body: ByteStream,
    pub(super) stream: Stream,
    /// What goes to the client next.
    pub(super) out: String,
    /// When the last piece came, in milliseconds since 1970.
    pub(super) heard: u64,
    /// When the client last took something, likewise.
    pub(super) said: u64,
    _connection: Connection,
}

/// A request to upstream, which ends with this.
struct Connection(Option<AbortController>);

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

impl Call {
    /// Asks until there is an answer, or no more attempt.
    pub(super) async fn attempts<T>(
        &self,
        ask: impl AsyncFn(&Self, &str) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let retries = self.patience.retries;
        for attempt in 0.. {
            let model = upstream::model(&self.request.model, glue::llm::FALLBACK_MODEL, attempt, retries);
            self.taken.borrow_mut().model = Some(model.to_owned());
            let failure = match ask(self, model).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = upstream::pause(&failure, attempt + 1, retries, js_sys::Math::random());
            match pause.filter(|pause| millis() + as_millis(*pause) < self.deadline && !self.client.aborted())
            {
                Some(pause) => Delay::from(pause).await,
                None => return Err(failure),
            }
        }
        Err(Failure::Unreachable)
    }

    /// An answer that has begun.
    pub(super) async fn open(&self, model: &str) -> std::result::Result<Opened, Failure> {
        let first = millis() + as_millis(self.patience.first);
        let (mut response, connection) = self.fetch(model, first).await?;
        let mut body = response.stream().map_err(|_no_body| Failure::Garbage)?;
        let (mut stream, mut out) =
            (Stream::new(&self.request.callable, self.request.wants_usage), String::new());
        loop {
            match stream.end() {
                Some(End::Failed(failure)) if !stream.has_started() => return Err(failure.clone()),
                None if !stream.has_started() => {}
                _ => {
                    let now = millis();
                    return Ok(Opened { body, stream, out, heard: now, said: now, _connection: connection });
                }
            }
            out.push_str(&match self.piece(&mut body, first).await {
                Ok(Some(bytes)) => stream.feed(&bytes),
                Ok(None) => stream.close(),
                Err(failure) => {
                    self.count(None, stream.bytes());
                    return Err(failure);
                }
            });
        }
    }

    pub(super) async fn ask_whole(&self, model: &str) -> std::result::Result<String, Failure> {
        let (mut response, _connection) = self.fetch(model, self.deadline).await?;
        let mut body = response.stream().map_err(|_no_body| Failure::Garbage)?;
        let mut bytes = Vec::new();
        let failure = loop {
            match self.piece(&mut body, self.deadline).await {
                Ok(Some(piece)) => bytes.extend(piece),
                Ok(None) => return String::from_utf8(bytes).map_err(|_not_text| Failure::Garbage),
                Err(failure) => break failure,
            }
            if bytes.len() > MAX_ANSWER_BYTES {
                break Failure::TooLong;
            }
        };
        self.count(None, bytes.len());
        Err(failure)
    }

    /// The next piece of a body until the moment `limit`; None at its end.
    pub(super) async fn piece(
        &self,
        body: &mut ByteStream,
        limit: u64,
    ) -> std::result::Result<Option<Vec<u8>>, Failure> {
        match self.until(limit, body.next()).await? {
            None => Ok(None),
            Some(Ok(bytes)) => Ok(Some(bytes)),
            Some(Err(_broken)) => Err(Failure::Truncated),
        }
    }

    /// The head of an answer of 200.
    async fn fetch(&self, model: &str, limit: u64) -> std::result::Result<(Response, Connection), Failure> {
        let controller = AbortController::default();
        let signals = js_sys::Array::of2(&self.client, &controller.signal());
        let signal = AbortSignal::from(web_sys::AbortSignal::any(&signals));
        let connection = Connection(Some(controller));
        let sent = Fetch::Request(self.message(model).map_err(|_holds_the_key| Failure::Unreachable)?);
        let answered = self.until(limit, sent.send_with_signal(&signal)).await;
        let may_go_on = match &answered {
            Err(_waited_enough) => true,
            Ok(Err(_)) => self.client.aborted(),
            Ok(Ok(_)) => false,
        };
        if may_go_on {
            self.count(None, 0); // what was asked may cost, though nobody waits for the answer
        }
        let response = answered?.map_err(|_unreachable| Failure::Unreachable)?;
        match response.status_code() {
            200 => Ok((response, connection)),
            status => {
                let retry_after = response.headers().get("retry-after").ok().flatten();
                let retry_after = retry_after.as_deref().and_then(upstream::retry_after);
                Err(Failure::Refused { status, retry_after })
            }
        }
    }

    fn message(&self, model: &str) -> Result<worker::Request> {
        let headers = worker::Headers::new();
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        let mut init = RequestInit::new();
        // The key goes to nobody else.
        init.with_method(Method::Post).with_headers(headers).with_redirect(RequestRedirect::Manual);
        init.with_body(Some(JsValue::from(self.request.body(model))));
        worker::Request::new_with_init(&self.url, &init)
    }

    /// What `work` yields, if it does before `limit` and the end of the whole call.
    pub(super) async fn until<T>(
        &self,
        limit: u64,
        work: impl Future<Output = T>,
    ) -> std::result::Result<T, Failure> {
        let now = millis();
        if now >= self.deadline {
            return Err(Failure::TooSlow);
        }
        let mut alarm = self.alarm.take();
        let done = alarm.within(limit.min(self.deadline), work).await;
        self.alarm.set(alarm);
        match done {
            Some(done) => Ok(done),
            None if millis() >= self.deadline => Err(Failure::TooSlow),
            None => Err(Failure::Silent),
        }
    }
}

/// A timer that is kept from one wait to the next: to set one for each piece of an answer takes longer than to pass the
/// piece on.
#[derive(Default)]
pub(super) struct Alarm(Option<(u64, Pin<Box<Delay>>)>);

impl Alarm {
    /// What `work` yields, if it does before the moment `limit`.
    async fn within<T>(&mut self, limit: u64, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            // One that rings too early is set again then.
            let mut set = self.0.take().filter(|(at, _)| *at <= limit).unwrap_or_else(|| {
                let left = Duration::from_millis(limit.saturating_sub(millis()));
                (limit, Box::pin(Delay::from(left)))
            });
            match select(work.as_mut(), set.1.as_mut()).await {
                Either::Left((done, _)) => {
                    self.0 = Some(set);
                    return Some(done);
                }
                Either::Right(_) if millis() >= limit => return None,
                Either::Right(_) => {}
            }
        }
    }
}

/// What `work` yields, if it does within this time.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(Delay::from(limit))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

pub(super) fn as_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
