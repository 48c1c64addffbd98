//! The relay's Durable Object: events of the platform go in, effects are carried out.
//!
//! Sends, attachments and closes happen at once, so their order is the relay's; questions to the store
//! are awaited within the event that led to them, and their answers go back in. The relay is never
//! borrowed while something is awaited.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use glue::env::{Env, Missing};
use worker::{
    Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    WebSocketRequestResponsePair, console_error,
};

use super::exchange::{Bodies, Exchange, Part, Parts};
use super::mirror::Mirror;
use super::record::Record;
use super::socket::{self, Numbers, Texts};
use super::store::{Store, logged};
use super::{guard, operating, trap};
use crate::error::Error;
use crate::protocol::Transport;
use crate::relay::{self, Closing, Effect, Input, Limits, Now, Relay, SocketId};
use crate::time;

/// Declares the Durable Object under the name that the spec gives it. Nothing else has a name in its module, and what
/// is named here is named in full, so that the class may be called as it likes.
macro_rules! declare_relay {
    ($class:ident) => {
        /// The relay of one store.
        #[::worker::durable_object]
        pub struct $class(::std::rc::Rc<super::Object>);

        impl ::worker::DurableObject for $class {
            fn new(state: ::worker::State, env: ::worker::Env) -> Self {
                Self(::std::rc::Rc::new(super::Object::new(state, &env)))
            }

            async fn fetch(&self, request: ::worker::Request) -> ::worker::Result<::worker::Response> {
                self.0.fetch(request).await
            }

            async fn alarm(&self) -> ::worker::Result<::worker::Response> {
                self.0.alarm().await
            }

            async fn websocket_message(
                &self,
                socket: ::worker::WebSocket,
                message: ::worker::WebSocketIncomingMessage,
            ) -> ::worker::Result<()> {
                self.0.message(&socket, message).await;
                ::core::result::Result::Ok(())
            }

            async fn websocket_close(
                &self,
                socket: ::worker::WebSocket,
                _code: ::core::primitive::usize,
                _reason: ::std::string::String,
                _was_clean: ::core::primitive::bool,
            ) -> ::worker::Result<()> {
                self.0.closed(&socket).await;
                ::core::result::Result::Ok(())
            }

            async fn websocket_error(
                &self,
                socket: ::worker::WebSocket,
                _error: ::worker::Error,
            ) -> ::worker::Result<()> {
                self.0.failed(&socket).await;
                ::core::result::Result::Ok(())
            }
        }
    };
}

mod class {
    ::glue::relay_class!(declare_relay);
}

pub(super) struct Object {
    state: Rc<State>,
    numbers: Numbers,
    record: Record,
    mirror: Mirror,
    env: Result<Env, Missing>,
    bodies: Bodies,
    /// Whether the sockets are those of an object that a trap ended.
    is_reborn: bool,
    awake: RefCell<Option<Awake>>,
}

/// What the object has in memory, from the first event to its sleep.
struct Awake {
    store_id: String,
    relay: Relay,
    sockets: HashMap<SocketId, WebSocket>,
    /// Where the answers to requests over HTTP go.
    exchanges: HashMap<SocketId, Rc<Parts>>,
    /// The last socket's number.
    last: u64,
}

type Answer<'a> = LocalBoxFuture<'a, Input>;

impl Object {
    fn new(state: State, env: &worker::Env) -> Self {
        match WebSocketRequestResponsePair::new(r#"{"_tag":"Ping"}"#, r#"{"_tag":"Pong"}"#) {
            Ok(pair) => state.set_websocket_auto_response(&pair),
            Err(error) => console_error!("pings will wake the object: {error:?}"),
        }
        let is_reborn = trap::outlived(&state);
        let state = Rc::new(state);
        let numbers = Numbers::new(Rc::clone(&state));
        let (record, mirror) = (Record::new(state.storage()), Mirror::new(state.storage()));
        let (bodies, awake) = (Bodies::default(), RefCell::new(None));
        Self { state, numbers, record, mirror, env: Env::bind(env), bodies, is_reborn, awake }
    }

    async fn fetch(self: &Rc<Self>, request: Request) -> Result<Response> {
        if request.method() == operating::METHOD {
            return self.operate(request).await;
        }
        let headers = super::relay_headers(&request);
        let answer = match super::transport(&request) {
            Ok(Transport::WebSocket) => self.connect(&request),
            Ok(Transport::Http) => self.exchange(request, headers.clone()).await,
            Err(error) => Err(error),
        };
        answer.or_else(|error| super::respond(&error.reply().with_all(headers)))
    }

    async fn message(&self, socket: &WebSocket, message: WebSocketIncomingMessage) {
        let text = match message {
            WebSocketIncomingMessage::String(text) => text,
            WebSocketIncomingMessage::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        self.on_socket(socket, |id| Input::Frame(id, text)).await;
    }

    async fn closed(&self, socket: &WebSocket) {
        // Answers the client's close; after ours this fails and does not matter.
        let _ = socket.close(Some(1000), Some(""));
        self.on_socket(socket, Input::SocketClosed).await;
    }

    async fn failed(&self, socket: &WebSocket) {
        self.on_socket(socket, Input::SocketClosed).await;
    }

    /// Accepts a client's socket.
    fn connect(self: &Rc<Self>, request: &Request) -> Result<Response, Error> {
        let store_id = super::store_id(request)?;
        let grant = guard::of_object(request)?;
        self.store()?;
        let WebSocketPair { client, server } = WebSocketPair::new().map_err(super::platform)?;
        let mut inputs = self.wake(|| Some(store_id));
        let is_full = Limits::default().is_full(self.sockets());
        if !is_full {
            inputs.extend(self.accept(server).map(|id| Input::SocketOpened(id, grant)));
        }
        // What the store answers, its client need not wait for, nor for the pushes that others make meanwhile.
        self.start(inputs);
        if is_full {
            return Err(Error::StoreFull);
        }
        Response::from_websocket(client).map_err(super::platform)
    }

    /// Answers a request over HTTP.
    async fn exchange(
        self: &Rc<Self>,
        mut request: Request,
        headers: Vec<(&'static str, String)>,
    ) -> Result<Response, Error> {
        let store_id = super::store_id(&request)?;
        let grant = guard::of_object(&request)?;
        self.store()?;
        let text = self.bodies.text(&mut request, Limits::default().frame_bytes).await?;
        let mut inputs = self.wake(|| Some(store_id));
        let exchange = self.begin().ok_or(Error::Platform)?;
        inputs.push_back(Input::Asked(exchange.id, grant, text));
        self.start(inputs);
        exchange.response(headers).await
    }

    /// Makes room for the answer to a request over HTTP.
    fn begin(self: &Rc<Self>) -> Option<Exchange> {
        let mut awake = self.awake.borrow_mut();
        let Awake { exchanges, last, .. } = awake.as_mut()?;
        *last += 1;
        let id = SocketId(*last);
        let parts = Rc::<Parts>::default();
        exchanges.insert(id, Rc::clone(&parts));
        Some(Exchange::new(Rc::clone(self), id, parts))
    }

    /// Runs inputs to their end, whatever becomes of the event that they belong to.
    pub(super) fn start(self: &Rc<Self>, inputs: impl Into<VecDeque<Input>>) {
        let (object, inputs) = (Rc::clone(self), inputs.into());
        self.wait_until(async move { object.run(inputs).await });
    }

    /// Sees work to its end, whatever becomes of the event that it belongs to; to be called within one.
    pub(super) fn wait_until(&self, work: impl Future<Output = ()> + 'static) {
        self.state.wait_until(work);
    }

    /// Accepts a socket under a number that no other has had: one that was closed may still have events to
    /// come, and they must not be taken for its successor's.
    fn accept(&self, socket: WebSocket) -> Option<SocketId> {
        let mut awake = self.awake.borrow_mut();
        let Awake { sockets, last, .. } = awake.as_mut()?;
        *last += 1;
        let id = SocketId(*last);
        self.numbers.accept(&socket, id);
        sockets.insert(id, socket);
        Some(id)
    }

    async fn on_socket(&self, socket: &WebSocket, input: impl FnOnce(SocketId) -> Input) {
        let Some(id) = self.numbers.get(socket) else { return };
        let mut inputs = self.wake(|| attachment(socket).as_deref().and_then(relay::store_id));
        if self.awake.borrow().is_none() {
            console_error!("a socket came back without its store");
            close(socket, Closing::Forgotten);
        }
        inputs.push_back(input(id));
        self.run(inputs).await;
    }

    /// Builds the relay if the object has just been loaded. What comes of its sockets is to be run.
    pub(super) fn wake(&self, store_id: impl FnOnce() -> Option<String>) -> VecDeque<Input> {
        let mut awake = self.awake.borrow_mut();
        let mut inputs = VecDeque::new();
        if awake.is_none()
            && let Some(store_id) = store_id()
        {
            let mut sockets = HashMap::new();
            for socket in self.state.get_websockets() {
                let Some(id) = self.numbers.get(&socket) else { continue };
                // What a trap took from a client is not in its attachment: without one, the client starts over.
                let attachment = attachment(&socket).filter(|_| !self.is_reborn);
                inputs.push_back(Input::SocketRestored(id, attachment.unwrap_or_default()));
                sockets.insert(id, socket);
            }
            let relay = Relay::new(store_id.clone(), Limits::default());
            let last = sockets.keys().map(|id| id.0).max().unwrap_or(0);
            *awake = Some(Awake { store_id, relay, sockets, exchanges: HashMap::new(), last });
        }
        inputs
    }

    pub(super) async fn run(&self, mut inputs: VecDeque<Input>) {
        let mut questions = FuturesUnordered::new();
        loop {
            while let Some(input) = inputs.pop_front() {
                questions.extend(self.handle(input));
            }
            match questions.next().await {
                Some(answer) => inputs.push_back(answer),
                None => return,
            }
        }
    }

    /// Tells the relay what happened and carries out what it wants; returns its questions to the store.
    fn handle(&self, input: Input) -> Vec<Answer<'_>> {
        let gone = match &input {
            Input::SocketClosed(id) => Some(*id),
            _ => None,
        };
        let questions = self.act(|relay, now| relay.handle(now, input));
        if let (Some(id), Some(awake)) = (gone, self.awake.borrow_mut().as_mut()) {
            awake.exchanges.remove(&id);
            awake.sockets.remove(&id);
        }
        questions
    }

    /// Carries out what the relay wants; returns its questions to the store.
    pub(super) fn act(&self, wanted: impl FnOnce(&mut Relay, Now<'_>) -> Vec<Effect>) -> Vec<Answer<'_>> {
        let mut awake = self.awake.borrow_mut();
        let Some(Awake { store_id, relay, sockets, exchanges, .. }) = awake.as_mut() else {
            return Vec::new();
        };
        let millis = super::millis();
        let now = time::iso(millis);
        let mut questions = Vec::new();
        let mut texts = Texts::default();
        for effect in wanted(relay, Now { text: &now, millis }) {
            match effect {
                // A send fails when the client has just gone; the platform reports that by itself.
                Effect::Send(id, text) => match exchanges.get(&id) {
                    Some(parts) => parts.push(Part::Frame(text)),
                    None => drop(sockets.get(&id).map(|socket| socket::send(socket, texts.get(&text)))),
                },
                Effect::Finish(id) => {
                    if let Some(parts) = exchanges.remove(&id) {
                        parts.push(Part::End);
                    }
                }
                Effect::Attach(id, text) => {
                    if let Some(Err(error)) =
                        sockets.get(&id).map(|socket| socket::attach(socket, texts.get(&text)))
                    {
                        console_error!("a socket will not survive sleep: {error:?}");
                    }
                }
                Effect::Close(id, why) => {
                    if let Some(parts) = exchanges.remove(&id) {
                        parts.push(Part::Failed(why));
                    }
                    if let Some(socket) = sockets.remove(&id) {
                        close(&socket, why);
                    }
                }
                question => questions.push(self.ask(store_id.clone(), question, now.clone())),
            }
        }
        questions
    }

    /// How many sockets there are, those among them that the relay has not been told of.
    fn sockets(&self) -> usize {
        self.awake.borrow().as_ref().map_or(0, |awake| awake.sockets.len())
    }

    /// How many sockets there are, and how many pulls they have.
    pub(super) fn connections(&self) -> (usize, usize) {
        self.awake.borrow().as_ref().map(|awake| awake.relay.connections()).unwrap_or_default()
    }

    fn ask(&self, store_id: String, question: Effect, now: String) -> Answer<'_> {
        Box::pin(async move {
            let store = self.store().map_err(|error| worker::Error::from(error.to_string()));
            match question {
                Effect::Read { pull, after, extent } => {
                    let pages = async { store?.read_pages(&store_id, after, extent).await };
                    Input::PagesRead(pull, logged("read", pages.await))
                }
                Effect::Append(append) => {
                    let appended = async { store?.append(&store_id, &append).await };
                    Input::Appended(logged("append", appended.await))
                }
                Effect::Compare(compare) => {
                    let compared = async { store?.compare(&store_id, &compare).await };
                    Input::Compared(logged("compare", compared.await))
                }
                _ => {
                    let opened = async { store?.open(&store_id, &now).await };
                    Input::StoreOpened(logged("open", opened.await))
                }
            }
        })
    }

    /// An alarm means that the copy of the record is behind.
    async fn alarm(&self) -> Result<Response> {
        let env = self.env().map_err(|error| worker::Error::from(error.to_string()))?;
        if let Some(database) = glue::relay::mirror::database(env) {
            self.mirror.run(database, &self.record).await?;
        }
        Response::empty()
    }

    pub(super) fn store(&self) -> Result<Store<'_>, Error> {
        let env = self.env()?;
        let mirror = glue::relay::mirror::database(env).map(|_| &self.mirror);
        Ok(glue::relay::database(env).map_or(Store::Object(&self.record, mirror), Store::Database))
    }

    fn env(&self) -> Result<&Env, Error> {
        self.env.as_ref().map_err(|missing| Error::NotBound(missing.to_string()))
    }
}

fn close(socket: &WebSocket, why: Closing) {
    // It fails when the client has closed already, which is as good.
    let _ = socket.close(Some(Closing::CODE), Some(why.reason()));
}

fn attachment(socket: &WebSocket) -> Option<String> {
    socket.deserialize_attachment().ok().flatten()
}

/// ISO 8601, UTC, milliseconds.
pub(super) fn now() -> String {
    time::iso(super::millis())
}
