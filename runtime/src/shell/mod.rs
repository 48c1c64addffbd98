//! The worker's entry: finds who answers, and turns answers into the platform's.
//!
//! It decides nothing: the route table, the relay and the replies come from the pure modules.

mod crypto;
mod database;
mod exchange;
mod files;
mod guard;
mod key_set;
mod llm;
mod mirror;
mod object;
mod operating;
mod pipe;
mod record;
mod socket;
mod store;
mod trap;

use glue::env::Env;
use glue::relay::{ALLOWED_ORIGINS, RESPONSE_HEADERS};
use glue::routes::{Handler, ROUTES, Route};
use glue::web::{API, HEADERS};
use worker::{Context, Headers, Method, Request, Response, ResponseBuilder, Result, console_error, event};

use crate::error::Error;
use crate::llm::upstream::STAND_IN;
use crate::protocol::Transport;
use crate::reply::{self, Reply};
use crate::route::WrongMethod;
use crate::{cors, origin, page, route};

#[event(fetch)]
async fn fetch(request: Request, env: worker::Env, context: Context) -> Result<Response> {
    let of_program = page::is_api(API, &request.path());
    let response = match answer(request, &env, &context).await {
        Ok(response) => response,
        Err(error) if of_program => respond(&error.reply_to_program())?,
        Err(error) => respond(&error.reply())?,
    };
    complete(response)
}

/// Adds what every answer says.
fn complete(response: Response) -> Result<Response> {
    // A socket's answer is the object's own, and cannot be made anew.
    if response.status_code() == 101 {
        return Ok(response);
    }
    // Those of an answer from elsewhere cannot be changed.
    let headers = response.headers().clone();
    let says = |name: &str| response.headers().has(name).unwrap_or(false);
    for (name, value) in reply::unsaid(HEADERS, says) {
        headers.set(name, value)?;
    }
    Ok(response.with_headers(headers))
}

async fn answer(request: Request, bound: &worker::Env, context: &Context) -> Result<Response, Error> {
    let env = Env::bind(bound).map_err(|missing| Error::NotBound(missing.to_string()))?;
    let route = match route::resolve(ROUTES, request.method().as_ref(), &request.path()) {
        Ok(route) => route,
        Err(WrongMethod(Route { handler: Handler::Llm, methods, .. })) => return llm::wrong_method(methods),
        Err(WrongMethod(route)) => return Err(Error::MethodNotAllowed(route.methods)),
    };
    match route {
        Some(route @ Route { handler: Handler::Relay, .. }) => {
            let headers = relay_headers(&request);
            let answer = relay(request, &env, route).await;
            answer.or_else(|error| respond(&error.reply().with_all(headers)).map_err(platform))
        }
        Some(Route { handler: Handler::Llm, auth, .. }) => {
            let stand_in = bound.var(STAND_IN).ok().map(|it| it.to_string());
            llm::complete(request, env, stand_in, *auth, context).await
        }
        Some(Route { handler: Handler::Admin, path, .. }) => operating::operate(request, &env, path).await,
        Some(Route { handler: Handler::Health, .. }) => respond(&reply::health()).map_err(platform),
        None => {
            let files = glue::web::assets(&env).ok_or(Error::NotFound)?;
            files::file(&request, files).await
        }
    }
}

/// Hands a client to the object of its store, if it may, and answers a browser's question whether it may be.
async fn relay(request: Request, env: &Env, route: &Route) -> Result<Response, Error> {
    let host = host(&request.url().map_err(platform)?);
    if !origin::allowed(header(&request, "origin").as_deref(), &host, ALLOWED_ORIGINS) {
        return Err(Error::ForeignOrigin);
    }
    if request.method() == Method::Options {
        let wanted = header(&request, "access-control-request-headers");
        let reply = cors::preflight(route.methods, wanted.as_deref());
        return respond(&reply.with_all(relay_headers(&request))).map_err(platform);
    }
    transport(&request)?;
    let store_id = store_id(&request)?;
    let grant = guard::grant(&request, env, route.auth, &store_id).await?;
    let request = guard::granted(&request, grant)?;
    let object = glue::relay::objects(env).id_from_name(&store_id).and_then(|id| id.get_stub());
    object.map_err(platform)?.fetch_with_request(request).await.map_err(platform)
}

/// What every answer of the relay over HTTP says.
fn relay_headers(request: &Request) -> Vec<(&'static str, String)> {
    let fixed = RESPONSE_HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let origin = header(request, "origin");
    fixed.chain(cors::headers(ALLOWED_ORIGINS, origin.as_deref())).collect()
}

/// As a browser writes it into an origin: with the port if it is not the scheme's own.
fn host(url: &worker::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

fn transport(request: &Request) -> Result<Transport, Error> {
    let url = request.url().map_err(platform)?;
    let upgrade = header(request, "upgrade");
    route::transport(request.method().as_ref(), url.query().unwrap_or_default(), upgrade.as_deref())
}

fn store_id(request: &Request) -> Result<String, Error> {
    let url = request.url().map_err(platform)?;
    route::store_id(url.query().unwrap_or_default())
}

fn respond(reply: &Reply) -> Result<Response> {
    let response = response(reply)?;
    Ok(match reply.body.as_str() {
        "" => response.empty(), // an answer like 204 cannot have one
        body => response.fixed(body.to_owned().into_bytes()),
    })
}

/// All but the body.
fn response(reply: &Reply) -> Result<ResponseBuilder> {
    let headers = Headers::new();
    for (name, value) in &reply.headers {
        headers.append(name, value)?;
    }
    Ok(ResponseBuilder::new().with_status(reply.status).with_headers(headers))
}

/// Milliseconds since 1970.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, after 1970")]
fn millis() -> u64 {
    js_sys::Date::now() as u64
}

fn platform(error: worker::Error) -> Error {
    console_error!("{error}");
    Error::Platform
}
