//! Asks a client to prove who it is, and tells the object of its store what it may do there.

use glue::auth::{Auth, Jwt, Keys, Proof, Setting};
use glue::env::Env;
use worker::{Request, console_error};

use super::{crypto, header, key_set, platform};
use crate::auth::claims::{self, Claims, Rules};
use crate::auth::{self, Credentials, GRANT_HEADER, Grant, Refusal, User, key, stores, token};
use crate::error::Error;

/// What the sender of a request may do in a store.
pub(super) async fn grant(
    request: &Request,
    env: &Env,
    auth: Option<&'static Auth>,
    store_id: &str,
) -> Result<Grant, Error> {
    let Some(auth) = auth else { return Ok(Grant::EVERYTHING) };
    match proven(request, env, auth).await? {
        Proven::Shared => Ok(Grant::EVERYTHING),
        Proven::Bearer(claims, jwt) => {
            stores::grant(&claims, jwt.read, jwt.write, store_id).map_err(Error::Refused)
        }
    }
}

/// Who has sent a request, if it has to prove that and has.
pub(super) async fn known(request: &Request, env: &Env, auth: Option<&'static Auth>) -> Result<User, Error> {
    let claims = match auth {
        Some(auth) => match proven(request, env, auth).await? {
            Proven::Shared => None,
            Proven::Bearer(claims, _) => Some(claims),
        },
        None => None,
    };
    let subject = claims.as_ref().and_then(|claims| claims.texts("sub").next());
    // Cloudflare sets it, whatever a client sends.
    Ok(User::new(subject, header(request, "cf-connecting-ip").as_deref()))
}

/// How a sender has proven who it is.
enum Proven {
    /// By the token that all clients share.
    Shared,
    /// As the bearer of these claims.
    Bearer(Claims, &'static Jwt),
}

async fn proven(request: &Request, env: &Env, auth: &'static Auth) -> Result<Proven, Error> {
    let url = request.url().map_err(platform)?;
    let (authorization, cookie) = (header(request, "authorization"), header(request, "cookie"));
    let credentials = Credentials {
        query: url.query().unwrap_or_default(),
        authorization: authorization.as_deref(),
        cookie: cookie.as_deref(),
    };
    let token = credentials.token(auth.places).ok_or(Error::Refused(Refusal::NoToken(auth.places)))?;
    match &auth.proof {
        Proof::Token(secret) => {
            auth::shared(read(env, secret)?, &token).map_err(Error::Refused)?;
            Ok(Proven::Shared)
        }
        Proof::Jwt(jwt) => Ok(Proven::Bearer(bearer(env, jwt, &token).await?, jwt)),
    }
}

/// What a JSON Web Token claims of its bearer, if it is good.
async fn bearer(env: &Env, jwt: &'static Jwt, text: &str) -> Result<Claims, Error> {
    let now = super::millis() / 1_000;
    let token = token::read(text, jwt.algorithms).map_err(Error::Refused)?;
    let key = match jwt.keys {
        Keys::Jwks(url) => key_set::key(setting(env, url)?, &token, now).await?,
        Keys::Named(name) => {
            let wrong = |why| Error::NotBound(format!("the key in `{name}` cannot be used: {why}"));
            let keys = key::parse(read(env, name)?).map_err(wrong)?;
            key::select(&keys, &token).ok_or(Error::Refused(Refusal::UnknownKey))?.clone()
        }
    };
    // A key that the platform does not take has signed nothing.
    let signed = crypto::is_signed(&token, &key).await.unwrap_or_else(|error| {
        console_error!("the platform takes no {key:?}: {error}");
        false
    });
    if !signed {
        return Err(Error::Refused(Refusal::Signature));
    }
    let rules = Rules {
        issuer: jwt.issuer.map(|issuer| setting(env, issuer)).transpose()?,
        audience: jwt.audience.iter().map(|audience| setting(env, *audience)).collect::<Result<_, _>>()?,
        leeway: jwt.leeway,
        require: jwt.require,
    };
    claims::check(&token, &rules, now).map_err(Error::Refused)
}

/// The request for the object of its store, with what its sender may do.
pub(super) fn granted(request: &Request, grant: Grant) -> Result<Request, Error> {
    let mut request = request.clone_mut().map_err(platform)?;
    request.headers_mut().and_then(|it| it.set(GRANT_HEADER, &String::from(grant))).map_err(platform)?;
    Ok(request)
}

/// What the worker has granted the sender of a request to the object. Whoever reaches the object past the worker may
/// do nothing.
pub(super) fn of_object(request: &Request) -> Result<Grant, Error> {
    let grant = header(request, GRANT_HEADER).and_then(|text| Grant::parse(&text));
    grant.ok_or_else(|| Error::NotBound("the object was reached past the worker".to_owned()))
}

fn setting(env: &Env, setting: Setting) -> Result<&str, Error> {
    match setting {
        Setting::Text(text) => Ok(text),
        Setting::Named(name) => read(env, name),
    }
}

/// The value of a secret or variable.
fn read<'a>(env: &'a Env, name: &str) -> Result<&'a str, Error> {
    match glue::auth::read(env, name) {
        Some(Ok("")) | None => Err(Error::NotBound(format!("`{name}` is empty"))),
        Some(Ok(value)) => Ok(value),
        Some(Err(missing)) => Err(Error::NotBound(missing.to_string())),
    }
}
