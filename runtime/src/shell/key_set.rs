//! Fetches key sets, and keeps them for all requests of this isolate.

use std::cell::RefCell;
use std::collections::HashMap;

use futures_util::StreamExt;
use worker::web_sys::AbortSignal;
use worker::{Fetch, Method, Request, RequestInit, RequestRedirect, Result, Url, console_error};

use crate::auth::Refusal;
use crate::auth::jwks::{self, Choice, Jwks};
use crate::auth::key::Key;
use crate::auth::token::Token;
use crate::error::Error;

thread_local! {
    static SETS: RefCell<HashMap<String, Jwks>> = RefCell::default();
}

/// The key for a token of the set at `url`, at `now` in seconds since 1970.
pub(super) async fn key(url: &str, token: &Token<'_>, now: u64) -> std::result::Result<Key, Error> {
    if let Some(chosen) = choose(url, token, now) {
        return chosen;
    }
    let text = text(url).await.map_err(|error| console_error!("no keys from {url}: {error}")).ok();
    SETS.with_borrow_mut(|sets| sets.entry(url.to_owned()).or_default().answered(text.as_deref(), now));
    choose(url, token, now).unwrap_or(Err(Error::Refused(Refusal::NoKeys)))
}

/// None if the set is to be asked for first.
fn choose(url: &str, token: &Token<'_>, now: u64) -> Option<std::result::Result<Key, Error>> {
    SETS.with_borrow_mut(|sets| match sets.entry(url.to_owned()).or_default().choose(token, now) {
        Choice::Key(key) => Some(Ok(key.clone())),
        Choice::Ask => None,
        Choice::Unknown => Some(Err(Error::Refused(Refusal::UnknownKey))),
        Choice::Unavailable => Some(Err(Error::Refused(Refusal::NoKeys))),
    })
}

async fn text(url: &str) -> Result<String> {
    let url = Url::parse(url)?;
    if !jwks::is_safe(url.scheme(), url.host_str()) {
        return Err("it is neither https nor on this machine".into());
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url.as_str(), &init)?;
    let patience = AbortSignal::timeout_with_u32(jwks::PATIENCE).into();
    let mut response = Fetch::Request(request).send_with_signal(&patience).await?;
    if response.status_code() != 200 {
        return Err(format!("it answers with {}", response.status_code()).into());
    }
    let mut bytes = Vec::new();
    let mut body = response.stream()?;
    while let Some(piece) = body.next().await {
        bytes.extend(piece?);
        if bytes.len() > jwks::MAX_BYTES {
            return Err("the answer is too long".into());
        }
    }
    String::from_utf8(bytes).map_err(|error| error.to_string().into())
}
