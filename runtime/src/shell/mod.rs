//! The worker's entry: finds who answers, and turns answers into the platform's.
//!
//! It decides nothing: the route table, the relay and the replies come from the pure modules.

mod database;
mod object;

use glue::env::Env;
use glue::routes::{Handler, ROUTES};
use worker::{Context, Headers, Request, Response, ResponseBuilder, Result, console_error, event};

use crate::error::Error;
use crate::reply::{self, Reply};
use crate::{llm, route};

#[event(fetch)]
async fn fetch(request: Request, env: worker::Env, _: Context) -> Result<Response> {
    match answer(request, &env).await {
        Ok(response) => Ok(response),
        Err(error) => respond(&error.reply()),
    }
}

async fn answer(request: Request, env: &worker::Env) -> Result<Response, Error> {
    let env = Env::bind(env).map_err(|missing| Error::NotBound(missing.to_string()))?;
    match route::resolve(ROUTES, request.method().as_ref(), &request.path())? {
        Some(Handler::Relay) => connect(request, &env).await,
        Some(Handler::Llm) => respond(&llm::not_implemented()).map_err(platform),
        Some(Handler::Health) => respond(&reply::health()).map_err(platform),
        None => {
            let assets = glue::web::assets(&env).ok_or(Error::NotFound)?;
            assets.fetch_request(request).await.map_err(platform)
        }
    }
}

/// Hands a client to the object of its store.
async fn connect(request: Request, env: &Env) -> Result<Response, Error> {
    let upgrade = request.headers().get("upgrade").map_err(platform)?.unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return Err(Error::UpgradeRequired);
    }
    let store_id = store_id(&request)?;
    let object = glue::relay::objects(env).id_from_name(&store_id).and_then(|id| id.get_stub());
    object.map_err(platform)?.fetch_with_request(request).await.map_err(platform)
}

fn store_id(request: &Request) -> Result<String, Error> {
    let url = request.url().map_err(platform)?;
    route::store_id(url.query().unwrap_or_default())
}

fn respond(reply: &Reply) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    let response = ResponseBuilder::new().with_status(reply.status).with_headers(headers);
    Ok(response.fixed(reply.body.clone().into_bytes()))
}

fn platform(error: worker::Error) -> Error {
    console_error!("{error}");
    Error::Platform
}
