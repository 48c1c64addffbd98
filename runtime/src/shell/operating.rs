//! The admin route: the worker's side, which lets in who knows the token, and the object's, which does what is wanted.

use std::rc::Rc;

use glue::env::Env;
use worker::wasm_bindgen::JsValue;
use worker::{Method, Request, RequestInit, Response, Result, console_log};

use super::object::{self, Object};
use super::{exchange, platform};
use crate::admin::{self, Command, Import, Imported, Status};
use crate::error::Error;
use crate::protocol::MAX_CHUNK_BYTES;
use crate::relay::Input;
use crate::reply::Reply;
use crate::store::{Appended, Contents};

/// The method of what the worker asks of an object. No client reaches an object with it: the relay's route has others.
pub(super) const METHOD: Method = Method::Put;

/// Most events of a page that is exported.
const PAGE_EVENTS: usize = 1_000;

/// Lets an operator's request through to the object of its store.
pub(super) async fn operate(mut request: Request, env: &Env, route: &str) -> Result<Response, Error> {
    let token = glue::admin::token(env).ok_or(Error::NotFound)?;
    let token = token.map_err(|missing| Error::NotBound(missing.to_string()))?;
    if !admin::knows(super::header(&request, "authorization").as_deref(), token.expose()) {
        return Err(Error::TokenRequired);
    }
    let url = request.url().map_err(platform)?;
    let path = request.path();
    let below = path.strip_prefix(route.trim_end_matches('*')).ok_or(Error::NotFound)?;
    let (method, query) = (request.method(), url.query().unwrap_or_default());
    let wanted = admin::request(method.as_ref(), below, query)?;
    let body = exchange::text(&mut request, admin::BODY_BYTES).await?;
    let mut init = RequestInit::new();
    init.with_method(METHOD).with_body((!body.is_empty()).then(|| JsValue::from(body)));
    let inside = format!("https://relay/{}/{below}?{query}", method.as_ref());
    let inside = Request::new_with_init(&inside, &init).map_err(platform)?;
    let object = glue::relay::objects(env).id_from_name(&wanted.store_id).and_then(|id| id.get_stub());
    object.map_err(platform)?.fetch_with_request(inside).await.map_err(platform)
}

impl Object {
    /// Does what [`operate`] let through.
    pub(super) async fn operate(self: &Rc<Self>, request: Request) -> Result<Response> {
        match self.operated(request).await {
            Ok(reply) => super::respond(&reply),
            Err(error) => super::respond(&error.reply()),
        }
    }

    async fn operated(self: &Rc<Self>, mut request: Request) -> Result<Reply, Error> {
        let url = request.url().map_err(platform)?;
        let (_, path) = url.path().split_at(1);
        let (method, below) = path.split_once('/').ok_or(Error::NotFound)?;
        let admin::Request { store_id, command } =
            admin::request(method, below, url.query().unwrap_or_default())?;
        // Sockets that sleep are there too, and a change of the store is theirs to hear.
        self.run(self.wake(|| Some(store_id.clone()))).await;
        match command {
            Command::Status => self.status(&store_id).await,
            Command::Export { after } => self.export(&store_id, after).await,
            Command::Import => {
                let body = exchange::text(&mut request, admin::BODY_BYTES).await?;
                let head = self.import(&store_id, &Import::parse(&body)?).await?;
                Ok(Reply::json(200, &Imported { head }))
            }
            Command::Reset => {
                self.replace(&store_id, Replacement::New).await?;
                self.status(&store_id).await
            }
            Command::Rebuild => {
                if !self.store()?.rebuild().await.map_err(platform)? {
                    return Err(Error::Conflict("its record has no mirror".to_owned()));
                }
                self.status(&store_id).await
            }
        }
    }

    async fn status(&self, store_id: &str) -> Result<Reply, Error> {
        let store = self.store()?;
        let contents = store.contents(store_id).await.map_err(platform)?;
        let Contents { backend_id, created_at, head, events, bytes } = contents.ok_or(Error::UnknownStore)?;
        let (connections, pulls) = self.connections();
        let store_id = store_id.to_owned();
        let mirror = store.mirror().map_err(platform)?;
        let status =
            Status { store_id, backend_id, created_at, head, events, bytes, connections, pulls, mirror };
        Ok(Reply::json(200, &status))
    }

    async fn export(&self, store_id: &str, after: u64) -> Result<Reply, Error> {
        let store = self.store()?;
        let found = store.find(store_id).await.map_err(platform)?.ok_or(Error::UnknownStore)?;
        let page = store.read(store_id, after, PAGE_EVENTS, MAX_CHUNK_BYTES).await.map_err(platform)?;
        let body = admin::page(&found, after, page.as_ref());
        Ok(Reply { body, ..Reply::empty(200) }.with("content-type", "application/json"))
    }

    /// Puts events onto the head of a store, and gives the new one. A store that is empty gets the backend id first.
    async fn import(self: &Rc<Self>, store_id: &str, import: &Import<'_>) -> Result<u64, Error> {
        let append = import.append()?;
        let store = self.store()?;
        let found = store.find(store_id).await.map_err(platform)?;
        let same = found.as_ref().is_some_and(|found| found.backend_id == import.backend_id);
        let head = found.map_or(0, |found| found.head);
        if !same && head > 0 {
            let why = "it has events and another backend id; `reset` empties it".to_owned();
            return Err(Error::Conflict(why));
        }
        if head != import.after {
            return Err(Error::Conflict(format!(
                "its head is {head}, and the page continues {}",
                import.after
            )));
        }
        if !same {
            self.replace(store_id, Replacement::OfEmpty(&import.backend_id)).await?;
        }
        let Some((append, last)) = append else { return Ok(head) };
        match store.append(store_id, &append).await.map_err(platform)? {
            Appended::Stored => {
                self.run([Input::Changed].into()).await;
                Ok(last)
            }
            Appended::Overtaken => Err(Error::Conflict("a client pushed meanwhile".to_owned())),
            Appended::Refused(why) => Err(Error::Conflict(why)),
        }
    }

    /// Empties a store and gives it another backend id, with nobody there.
    async fn replace(self: &Rc<Self>, store_id: &str, replacement: Replacement<'_>) -> Result<(), Error> {
        let mut suspended = false;
        self.act(|relay, _| {
            let effects = relay.suspend();
            suspended = effects.is_some();
            effects.unwrap_or_default()
        });
        if !suspended {
            return Err(Error::Conflict("a push or another operator is at work; try again".to_owned()));
        }
        let outcome = self.replaced(store_id, replacement).await;
        console_log!(
            "the store {store_id:?} was replaced: {}",
            if outcome.is_ok() { "done" } else { "failed" }
        );
        self.run([Input::Resumed].into()).await;
        outcome
    }

    async fn replaced(&self, store_id: &str, replacement: Replacement<'_>) -> Result<(), Error> {
        let store = self.store()?;
        let backend_id = match replacement {
            Replacement::New => None,
            Replacement::OfEmpty(backend_id) => {
                // A client may have pushed before it was sent away.
                let found = store.find(store_id).await.map_err(platform)?;
                if found.is_some_and(|found| found.head > 0) {
                    return Err(Error::Conflict("a client pushed meanwhile".to_owned()));
                }
                Some(backend_id)
            }
        };
        store.replace(store_id, backend_id, &object::now()).await.map_err(platform)
    }
}

/// What a store becomes.
enum Replacement<'a> {
    /// Another one, whatever is in it.
    New,
    /// The one with this backend id, if it is empty.
    OfEmpty(&'a str),
}
