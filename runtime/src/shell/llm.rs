//! The language models' route: asks the upstream service and passes its answer on.
//!
//! What is asked, and what becomes of the answer, the pure modules decide; here are fetches, timers and the client's end.
//! A client that goes away ends the call upstream with it.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use glue::auth::Auth;
use glue::env::Env;
use worker::wasm_bindgen::JsValue;
use worker::{
    AbortController, AbortSignal, ByteStream, Context, Delay, Fetch, Method, RequestInit, RequestRedirect,
    Response, Result, Url, console_error, web_sys,
};

use super::pipe::{Gone, Sink, pipe};
use super::{crypto, exchange, guard, header, host, millis, platform};
use crate::auth::User;
use crate::auth::jwks::is_safe;
use crate::error::Error;
use crate::llm::calls::Invalid;
use crate::llm::completion;
use crate::llm::error::{ApiError, Failure};
use crate::llm::request::{Request, Rules};
use crate::llm::stream::{End, KEEP_ALIVE, Stream};
use crate::llm::upstream::{self, Patience, Trace};
use crate::origin;
use crate::reply::Reply;

/// How long a client may take for the last that it is told.
const GRACE: Duration = Duration::from_secs(5);

/// The longest answer in one piece, in bytes.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// Answers a request to the route; `stand_in` is where a stand-in for the service is, on a developer's machine.
pub(super) async fn complete(
    request: worker::Request,
    env: &Env,
    stand_in: Option<&str>,
    auth: Option<&'static Auth>,
    context: &Context,
) -> std::result::Result<Response, Error> {
    let trace = Trace::new(crypto::random());
    let id = trace.id().to_owned();
    let answered = match Call::new(request, env, stand_in, auth, trace).await {
        Ok(call) if call.request.stream => call.stream(context).await,
        Ok(call) => call.whole().await,
        Err(error) => Err(error),
    };
    let mut response = answered.or_else(|error| super::respond(&error.reply(&id)).map_err(platform))?;
    response.headers_mut().set("x-request-id", &id).map_err(platform)?;
    Ok(response)
}

/// A call that a client has asked for.
struct Call {
    request: Request,
    url: String,
    headers: Vec<(&'static str, String)>,
    patience: Patience,
    /// When it has to be over, in milliseconds since 1970.
    deadline: u64,
    repairs: u32,
    trace: Trace,
    /// Fires when the client has gone.
    client: web_sys::AbortSignal,
}

/// An answer that has begun.
struct Opened {
    body: ByteStream,
    stream: Stream,
    /// What goes to the client next.
    out: String,
    /// When the last piece came, in milliseconds since 1970.
    heard: u64,
    /// When the client last took something, likewise.
    said: u64,
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

/// Why the client has not taken a piece.
enum Unsaid {
    /// It has gone; nobody is there to be told.
    Gone,
    /// There is none, or the time is over.
    Failed(Failure),
}

/// Why an attempt failed, and what upstream says about another.
struct Refusal {
    failure: Failure,
    retry_after: Option<String>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { failure, retry_after: None }
    }
}

impl Call {
    async fn new(
        mut request: worker::Request,
        env: &Env,
        stand_in: Option<&str>,
        auth: Option<&'static Auth>,
        trace: Trace,
    ) -> std::result::Result<Self, ApiError> {
        let own = request.url().map(|url| host(&url)).unwrap_or_default();
        // Nobody else's page could read the answer, and every answer costs.
        if !origin::allowed(header(&request, "origin").as_deref(), &own, &[]) {
            let message = "Only the app's own pages may ask the models.";
            return Err(ApiError::forbidden("foreign_origin", message));
        }
        let user = guard::known(&request, env, auth).await.map_err(unknown)?;
        may_ask(env, &user, &trace).await?;
        let client = request.inner().signal();
        let body = exchange::text(&mut request, glue::llm::BODY_BYTES).await.map_err(unread)?;
        let request = Request::read(&body, &Rules::declared())?;
        let key = match glue::llm::api_key(env) {
            Some(Ok(key)) => key.expose(),
            missing => {
                if let Some(Err(missing)) = missing {
                    console_error!("llm {}: {missing}", trace.id());
                }
                let message = "The worker has no key for the models: its operator has to set the secret.";
                return Err(ApiError::server(503, "no_api_key", message));
            }
        };
        let base_url = upstream::base_url(glue::llm::base_url(env), stand_in);
        if !Url::parse(base_url).is_ok_and(|url| is_safe(url.scheme(), url.host_str())) {
            console_error!("llm {}: {base_url} is neither https nor on this machine", trace.id());
            return Err(ApiError::server(
                500,
                "unsafe_base_url",
                "The worker does not know where its models are.",
            ));
        }
        let patience = Patience::declared();
        Ok(Self {
            headers: upstream::headers(key, glue::llm::project(env), !request.tools.is_empty(), &trace),
            url: format!("{base_url}{}", upstream::PATH),
            deadline: millis() + as_millis(patience.total),
            repairs: glue::llm::REPAIRS,
            patience,
            request,
            trace,
            client,
        })
    }

    /// The answer in one piece.
    async fn whole(mut self) -> std::result::Result<Response, ApiError> {
        loop {
            let text = self.attempts(Self::ask_whole).await.map_err(|failure| self.told(&failure))?;
            let read = completion::read(&text, &self.request.callable);
            match read.map_err(|failure| self.told(&failure))?.body {
                Ok(body) => {
                    let reply = Reply { body, ..Reply::empty(200) }.with("content-type", "application/json");
                    return super::respond(&reply).map_err(unanswered);
                }
                Err(invalid) => self.repair(&invalid).map_err(|failure| self.told(&failure))?,
            }
        }
    }

    /// The answer piece by piece. Its status is sent once its first piece has come.
    async fn stream(self, context: &Context) -> std::result::Result<Response, ApiError> {
        let opened = self.attempts(Self::open).await.map_err(|failure| self.told(&failure))?;
        let reply = Reply::empty(200)
            .with("content-type", "text/event-stream; charset=utf-8")
            .with("cache-control", "no-store");
        let builder = super::response(&reply).map_err(unanswered)?;
        let (sink, body) = pipe();
        context.wait_until(self.pass_on(opened, sink));
        Ok(builder.body(body))
    }

    async fn pass_on(mut self, mut opened: Opened, sink: Sink) {
        loop {
            let out = std::mem::take(&mut opened.out);
            let before = millis();
            match self.say(&sink, &out).await {
                Ok(()) => {}
                Err(Unsaid::Gone) => return,
                // The upstream service is not to be paid for a client that takes nothing.
                Err(Unsaid::Failed(failure)) => return self.abandon(sink, &failure).await,
            }
            if !out.is_empty() {
                opened.said = millis();
                opened.heard += opened.said - before; // while the client took its time, nobody listened
            }
            let failure = match opened.stream.end() {
                None => match self.next(&mut opened).await {
                    Ok(()) => continue,
                    Err(failure) => failure,
                },
                Some(End::Whole) => return drop(sink.close().await),
                Some(End::Failed(failure)) => failure.clone(),
                Some(End::Invalid(invalid)) if opened.stream.has_spoken() => invalid.failure(),
                Some(End::Invalid(invalid)) => match self.repair(invalid) {
                    Ok(()) => match self.open_again(&sink).await {
                        Ok(again) => {
                            opened = again;
                            continue;
                        }
                        Err(Unsaid::Gone) => return,
                        Err(Unsaid::Failed(failure)) => failure,
                    },
                    Err(failure) => failure,
                },
            };
            self.told(&failure);
            let last = async {
                sink.write(&failure.frames(self.trace.id())).await.is_ok() && sink.close().await.is_ok()
            };
            within(GRACE, last).await;
            return;
        }
    }

    /// Gives the client a piece, if it takes it before the end of the whole call.
    async fn say(&self, sink: &Sink, piece: &str) -> std::result::Result<(), Unsaid> {
        if piece.is_empty() {
            return Ok(());
        }
        let written = self.until(self.deadline, sink.write(piece)).await.map_err(Unsaid::Failed)?;
        written.map_err(|Gone| Unsaid::Gone)
    }

    /// Ends with a client that has not taken all.
    async fn abandon(&self, sink: Sink, failure: &Failure) {
        let error = self.told(failure);
        within(GRACE, sink.abort(error.code)).await;
    }

    /// Another answer, while comments keep the client.
    async fn open_again(&self, sink: &Sink) -> std::result::Result<Opened, Unsaid> {
        let mut opening = pin!(self.attempts(Self::open));
        loop {
            match within(upstream::KEEP_ALIVE, &mut opening).await {
                Some(opened) => return opened.map_err(Unsaid::Failed),
                None => self.say(sink, KEEP_ALIVE).await?,
            }
        }
    }

    /// Waits for the next piece of an answer; a comment goes to the client if that takes long.
    async fn next(&self, opened: &mut Opened) -> std::result::Result<(), Failure> {
        let silent = opened.heard + as_millis(self.patience.idle);
        let comment = opened.said + as_millis(upstream::KEEP_ALIVE);
        match self.piece(&mut opened.body, comment.min(silent)).await {
            Ok(Some(bytes)) => {
                opened.heard = millis();
                opened.out = opened.stream.feed(&bytes);
                // Fragments of calls are held, and comments of the upstream service kept.
                if opened.out.is_empty() && opened.heard >= comment {
                    KEEP_ALIVE.clone_into(&mut opened.out);
                }
            }
            Ok(None) => opened.out = opened.stream.close(),
            // The client has it all.
            Err(_) if opened.stream.has_finished() => opened.out = opened.stream.close(),
            Err(Failure::Silent) if millis() < silent => opened.out = KEEP_ALIVE.to_owned(),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    /// Goes on with what the model did wrong, if it may try again.
    fn repair(&mut self, invalid: &Invalid) -> std::result::Result<(), Failure> {
        self.repairs = self.repairs.checked_sub(1).ok_or_else(|| invalid.failure())?;
        self.request.extend(invalid.messages());
        Ok(())
    }

    /// Asks until there is an answer, or no more attempt.
    async fn attempts<T>(
        &self,
        ask: impl AsyncFn(&Self, &str) -> std::result::Result<T, Refusal>,
    ) -> std::result::Result<T, Failure> {
        let retries = self.patience.retries;
        for attempt in 0.. {
            let model = upstream::model(&self.request.model, glue::llm::FALLBACK_MODEL, attempt, retries);
            let Refusal { failure, retry_after } = match ask(self, model).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let after = retry_after.as_deref();
            let pause = upstream::pause(&failure, attempt + 1, retries, after, js_sys::Math::random());
            match pause.filter(|pause| millis() + as_millis(*pause) < self.deadline && !self.client.aborted())
            {
                Some(pause) => Delay::from(pause).await,
                None => return Err(failure),
            }
        }
        Err(Failure::Unreachable)
    }

    /// An answer that has begun.
    async fn open(&self, model: &str) -> std::result::Result<Opened, Refusal> {
        let first = millis() + as_millis(self.patience.first);
        let (mut response, connection) = self.fetch(model, first).await?;
        let mut body = response.stream().map_err(|_no_body| Failure::Garbage)?;
        let (mut stream, mut out) =
            (Stream::new(&self.request.callable, self.request.wants_usage), String::new());
        loop {
            match stream.end() {
                Some(End::Failed(failure)) if !stream.has_started() => return Err(failure.clone().into()),
                None if !stream.has_started() => {}
                _ => {
                    let now = millis();
                    return Ok(Opened { body, stream, out, heard: now, said: now, _connection: connection });
                }
            }
            out.push_str(&match self.piece(&mut body, first).await? {
                Some(bytes) => stream.feed(&bytes),
                None => stream.close(),
            });
        }
    }

    async fn ask_whole(&self, model: &str) -> std::result::Result<String, Refusal> {
        let (mut response, _connection) = self.fetch(model, self.deadline).await?;
        let mut body = response.stream().map_err(|_no_body| Failure::Garbage)?;
        let mut bytes = Vec::new();
        while let Some(piece) = self.piece(&mut body, self.deadline).await? {
            bytes.extend(piece);
            if bytes.len() > MAX_ANSWER_BYTES {
                return Err(Failure::TooLong.into());
            }
        }
        String::from_utf8(bytes).map_err(|_not_text| Failure::Garbage.into())
    }

    /// The next piece of a body until the moment `limit`; None at its end.
    async fn piece(
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
    async fn fetch(&self, model: &str, limit: u64) -> std::result::Result<(Response, Connection), Refusal> {
        let controller = AbortController::default();
        let signals = js_sys::Array::of2(&self.client, &controller.signal());
        let signal = AbortSignal::from(web_sys::AbortSignal::any(&signals));
        let connection = Connection(Some(controller));
        let sent = Fetch::Request(self.message(model).map_err(|_holds_the_key| Failure::Unreachable)?);
        let answered = self.until(limit, sent.send_with_signal(&signal)).await?;
        let response = answered.map_err(|_unreachable| Failure::Unreachable)?;
        match response.status_code() {
            200 => Ok((response, connection)),
            status => {
                let retry_after = response.headers().get("retry-after").ok().flatten();
                Err(Refusal { failure: Failure::Refused(status), retry_after })
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
    async fn until<T>(&self, limit: u64, work: impl Future<Output = T>) -> std::result::Result<T, Failure> {
        let now = millis();
        if now >= self.deadline {
            return Err(Failure::TooSlow);
        }
        let left = limit.min(self.deadline).saturating_sub(now);
        match within(Duration::from_millis(left), pin!(work)).await {
            Some(done) => Ok(done),
            None if millis() >= self.deadline => Err(Failure::TooSlow),
            None => Err(Failure::Silent),
        }
    }

    /// Logs a failure; what the client is told of it.
    fn told(&self, failure: &Failure) -> ApiError {
        if self.client.aborted() {
            worker::console_log!("llm {}: the client has gone", self.trace.id());
        } else {
            console_error!("llm {}: {failure:?}", self.trace.id());
        }
        failure.error()
    }
}

/// What `work` yields, if it does within this time.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(Delay::from(limit))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// Counts a call of a user, who may have made too many.
async fn may_ask(env: &Env, user: &User, trace: &Trace) -> std::result::Result<(), ApiError> {
    let Some(limit) = glue::llm::rate_limit(env) else { return Ok(()) };
    match limit.limit(user.to_string()).await {
        Ok(outcome) if outcome.success => Ok(()),
        Ok(_) => Err(ApiError::too_often(glue::llm::RATE_LIMIT_SECONDS)),
        // Where calls cannot be counted, nobody is kept from the models.
        Err(error) => {
            console_error!("llm {}: calls cannot be counted: {error}", trace.id());
            Ok(())
        }
    }
}

/// An answer that the platform does not take.
fn unanswered(error: worker::Error) -> ApiError {
    ApiError::server(500, "worker_failed", platform(error).to_string())
}

/// A client that has not proven who it is.
fn unknown(error: Error) -> ApiError {
    let status = error.reply().status;
    match status {
        500.. => ApiError::server(status, "unchecked_token", error.to_string()),
        _ => ApiError { status, param: None, ..ApiError::invalid("", "invalid_token", error.to_string()) },
    }
}

/// A body that cannot be read.
fn unread(error: Error) -> ApiError {
    let message = match error {
        Error::BodyTooLong(limit) => format!("The request is too long: at most {limit} bytes are taken."),
        _ => "The request's body did not come whole.".to_owned(),
    };
    let status = if matches!(error, Error::BodyTooLong(_)) { 413 } else { 400 };
    ApiError { status, param: None, ..ApiError::invalid("", "body_not_taken", message) }
}

fn as_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
