//! Asks a client to prove who it is, and tells the object of its store what it may do there.

use glue::auth::{Auth, Proof};
use glue::env::Env;
use worker::Request;

use super::{header, platform};
use crate::auth::{self, Credentials, GRANT_HEADER, Grant, Refusal};
use crate::error::Error;

/// What the sender of a request may do.
pub(super) fn grant(request: &Request, env: &Env, auth: Option<&'static Auth>) -> Result<Grant, Error> {
    let Some(auth) = auth else { return Ok(Grant::EVERYTHING) };
    let url = request.url().map_err(platform)?;
    let (authorization, cookie) = (header(request, "authorization"), header(request, "cookie"));
    let credentials = Credentials {
        query: url.query().unwrap_or_default(),
        authorization: authorization.as_deref(),
        cookie: cookie.as_deref(),
    };
    let token = credentials.token(auth.places).ok_or(Error::Refused(Refusal::NoToken(auth.places)))?;
    match auth.proof {
        Proof::Token(secret) => auth::shared(read(env, secret)?, &token).map_err(Error::Refused),
    }
}

/// The request for the object of its store, with what its sender may do.
pub(super) fn granted(request: &Request, grant: Grant) -> Result<Request, Error> {
    let mut request = request.clone_mut().map_err(platform)?;
    request.headers_mut().and_then(|it| it.set(GRANT_HEADER, &grant.to_text())).map_err(platform)?;
    Ok(request)
}

/// What the worker has granted the sender of a request to the object. Whoever reaches the object past the worker may
/// do nothing.
pub(super) fn of_object(request: &Request) -> Result<Grant, Error> {
    let grant = header(request, GRANT_HEADER).and_then(|text| Grant::parse(&text));
    grant.ok_or_else(|| Error::NotBound("the object was reached past the worker".to_owned()))
}

/// The value of a secret or variable.
fn read<'a>(env: &'a Env, name: &str) -> Result<&'a str, Error> {
    match glue::auth::read(env, name) {
        Some(Ok("")) | None => Err(Error::NotBound(format!("`{name}` is empty"))),
        Some(Ok(value)) => Ok(value),
        Some(Err(missing)) => Err(Error::NotBound(missing.to_string())),
    }
}
