//! The language models' route: asks the upstream service and passes its answer on.
//!
//! What is asked, and what becomes of the answer, the pure modules decide; here is who may ask, and what a call needs.
//! [`upstream`] has the fetches and their time limits, [`client`] what is streamed, [`budget`] what a day may take,
//! [`ledger`] where a call is written down. A client that goes away ends the call upstream with it.

mod budget;
mod client;
mod ledger;
mod upstream;

use std::cell::{Cell, RefCell};

use futures_channel::oneshot;
use glue::auth::Auth;
use glue::env::Env;
use worker::{Context, Response, Url, console_error, web_sys};

use self::upstream::{Alarm, as_millis};
use super::{crypto, exchange, guard, header, host, millis, platform};
use crate::auth::User;
use crate::auth::jwks::is_safe;
use crate::error::Error;
use crate::llm::calls::Invalid;
use crate::llm::completion::{self, Completion};
use crate::llm::error::{ApiError, Failure};
use crate::llm::ledger::{Entry, Outcome, Taken};
use crate::llm::request::{Request, Rules};
use crate::llm::upstream::{PATH, Patience, Trace, base_url, headers};
use crate::llm::usage::Usage;
use crate::origin;
use crate::reply::Reply;

/// Where a client's answer goes: its status and body, or why there is none.
type Answer = oneshot::Sender<std::result::Result<Response, ApiError>>;

/// Answers a request to the route; `stand_in` is where a stand-in for the service is, on a developer's machine.
pub(super) async fn complete(
    request: worker::Request,
    env: Env,
    stand_in: Option<String>,
    auth: Option<&'static Auth>,
    context: &Context,
) -> std::result::Result<Response, Error> {
    let trace = Trace::new(crypto::random());
    let id = trace.id().to_owned();
    let (answer, answered) = oneshot::channel();
    // What a call has taken is written down also when its client has gone, with whom this event ends.
    context.wait_until(serve(request, env, stand_in, auth, trace, answer));
    let answered = answered.await.unwrap_or_else(|_canceled| {
        Err(ApiError::server(500, "worker_failed", "The worker failed to answer; its log says why."))
    });
    let mut response = answered.or_else(|error| super::respond(&error.reply(&id)).map_err(platform))?;
    response.headers_mut().set("x-request-id", &id).map_err(platform)?;
    Ok(response)
}

/// Answers a request with another method than those of the route.
pub(super) fn wrong_method(methods: &[&str]) -> std::result::Result<Response, Error> {
    let trace = Trace::new(crypto::random());
    let reply = ApiError::wrong_method(methods).reply(trace.id()).with("allow", methods.join(", "));
    super::respond(&reply.with("x-request-id", trace.id())).map_err(platform)
}

/// Gives a request its answer, and writes down what that took.
async fn serve(
    request: worker::Request,
    env: Env,
    stand_in: Option<String>,
    auth: Option<&'static Auth>,
    trace: Trace,
    answer: Answer,
) {
    let began = millis();
    let user = match admitted(&request, &env, auth, &trace).await {
        Ok(user) => user.to_string(),
        // There is no row of it: to write that would be more work than the caller is let do.
        Err(error) => return drop(answer.send(Err(error))),
    };
    let store = super::store_id(&request).ok();
    let prepared = async {
        let call = Call::new(request, &env, stand_in.as_deref(), began, trace.clone()).await?;
        let tokens = call.request.most_tokens(call.repairs);
        let reserved = budget::reserve(&env, &user, tokens, &trace).await?;
        Ok((call, reserved))
    };
    let (taken, outcome, reserved) = match prepared.await {
        Ok((call, reserved)) => {
            let (taken, outcome) = call.serve(answer).await;
            (taken, outcome, reserved)
        }
        Err(error) => {
            let outcome = Outcome::from(&error);
            let _ = answer.send(Err(error));
            (Taken::default(), outcome, None)
        }
    };
    let (id, store, taken, ended) = (trace.id(), store.as_deref(), &taken, millis());
    budget::settle(&env, reserved, taken.usage.total(), &trace).await;
    ledger::add(&env, &Entry { id, user: &user, store, began, ended, taken, outcome }).await;
}

/// Who asks, if that is somebody who may.
async fn admitted(
    request: &worker::Request,
    env: &Env,
    auth: Option<&'static Auth>,
    trace: &Trace,
) -> std::result::Result<User, ApiError> {
    let own = request.url().map(|url| host(&url)).unwrap_or_default();
    // Nobody else's page could read the answer, and every answer costs.
    if !origin::allowed(header(request, "origin").as_deref(), &own, &[]) {
        let message = "Only the app's own pages may ask the models.";
        return Err(ApiError::forbidden("foreign_origin", message));
    }
    let user = guard::known(request, env, auth).await.map_err(unknown)?;
    may_ask(env, &user, trace).await?;
    Ok(user)
}

/// A call that a client has asked for.
struct Call {
    request: Request,
    url: String,
    headers: Vec<(&'static str, String)>,
    patience: Patience,
    /// When it came, in milliseconds since 1970.
    began: u64,
    /// When it has to be over, likewise.
    deadline: u64,
    repairs: u32,
    taken: RefCell<Taken>,
    alarm: Cell<Alarm>,
    trace: Trace,
    /// Fires when the client has gone.
    client: web_sys::AbortSignal,
}

impl Call {
    async fn new(
        mut request: worker::Request,
        env: &Env,
        stand_in: Option<&str>,
        began: u64,
        trace: Trace,
    ) -> std::result::Result<Self, ApiError> {
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
        let base = base_url(glue::llm::base_url(env), stand_in);
        if !Url::parse(base).is_ok_and(|url| is_safe(url.scheme(), url.host_str())) {
            console_error!("llm {}: {base} is neither https nor on this machine", trace.id());
            return Err(ApiError::server(
                500,
                "unsafe_base_url",
                "The worker does not know where its models are.",
            ));
        }
        let patience = Patience::declared();
        Ok(Self {
            headers: headers(key, glue::llm::project(env), !request.tools.is_empty(), &trace),
            url: format!("{base}{}", PATH),
            began,
            deadline: millis() + as_millis(patience.total),
            repairs: glue::llm::REPAIRS,
            taken: RefCell::default(),
            alarm: Cell::default(),
            patience,
            request,
            trace,
            client,
        })
    }

    /// Gives the client its answer; what that took, and how it ended.
    async fn serve(mut self, answer: Answer) -> (Taken, Outcome) {
        let outcome = if self.request.stream {
            self.stream(answer).await
        } else {
            match self.whole().await {
                Ok(body) => {
                    let reply = Reply { body, ..Reply::empty(200) }.with("content-type", "application/json");
                    let _ = answer.send(super::respond(&reply).map_err(unanswered));
                    Outcome::Answered
                }
                Err(failure) => {
                    let _ = answer.send(Err(self.told(&failure)));
                    self.outcome(&failure)
                }
            }
        };
        (self.taken.into_inner(), outcome)
    }

    /// The answer in one piece.
    async fn whole(&mut self) -> std::result::Result<String, Failure> {
        loop {
            let text = self.attempts(Self::ask_whole).await?;
            let read = completion::read(&text, &self.request.callable);
            match &read {
                Err(Failure::Garbage | Failure::Provider) => {} // no model has answered
                read => self.count(read.as_ref().ok().and_then(|it| it.usage), text.len()),
            }
            let Completion { tool_calls, body, .. } = read?;
            match body {
                Ok(body) => {
                    self.taken.borrow_mut().tool_calls += tool_calls;
                    return Ok(body);
                }
                Err(invalid) => self.repair(&invalid)?,
            }
        }
    }

    /// Counts an answer: its tokens if upstream has said, else about as many as it has bytes for.
    fn count(&self, counted: Option<Usage>, bytes: usize) {
        self.taken.borrow_mut().answer(counted, || Usage::estimate(self.request.bytes(), bytes));
    }

    /// How a call ended that failed.
    fn outcome(&self, failure: &Failure) -> Outcome {
        if self.client.aborted() { Outcome::ClientGone } else { failure.into() }
    }

    /// Goes on with what the model did wrong, if it may try again.
    fn repair(&mut self, invalid: &Invalid) -> std::result::Result<(), Failure> {
        self.repairs = self.repairs.checked_sub(1).ok_or_else(|| invalid.failure())?;
        self.request.extend(invalid.messages());
        Ok(())
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
