//! The relay of one store: what its object answers to whom, and when.
//!
//! A state machine without I/O or a clock: [`Relay::handle`] takes what happened and returns what to
//! do. It knows nothing of JavaScript, and of the store only [`crate::store`]'s questions and answers.
//!
//! What always holds:
//! - A pull's events come once each, ascending and without a gap: everything that it is sent starts at
//!   its cursor, from memory if the cursor is where a push began, else from a read of the store.
//! - At most one push is at the store. What it stored is published to the live pulls before it is
//!   acknowledged, and it is acknowledged only once the store has it.
//! - After a failed append the outcome is unknown, so the store is opened anew before anything else. After one
//!   that the database refused nothing has changed, and its client is told.
//! - A socket that was closed is sent nothing more.

mod attachment;
mod http;
mod limits;
mod pull;
mod push;
mod requests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::mem;

pub use attachment::store_id;
pub use limits::Limits;
pub use pull::PullKey;

use crate::auth::Grant;
use crate::protocol::encode::{self, End};
use crate::protocol::{MAX_CHUNK_BYTES, MAX_CHUNK_EVENTS, RequestId, Transport};
use crate::store::{Append, Appended, Failed, Opened, Page};
use pull::{Pull, Reading};
use requests::{Appending, Waiting};

/// Names one socket of the object, through its sleep too; or one HTTP request, which is served like a socket on
/// which nothing else is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// When something happened.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// ISO 8601, UTC, milliseconds.
    pub text: &'a str,
    /// Milliseconds since 1970.
    pub millis: u64,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// A client connected, and may do this.
    SocketOpened(SocketId, Grant),
    /// The object woke up with a socket that has this attachment.
    SocketRestored(SocketId, String),
    /// A client sent a frame.
    Frame(SocketId, String),
    /// A socket is gone, or whoever sent an HTTP request.
    SocketClosed(SocketId),
    /// A client that may do this sent an HTTP request with this body.
    Asked(SocketId, Grant, String),
    /// The client has taken one frame of the answer to its HTTP request.
    Taken(SocketId),
    /// The answer to [`Effect::Open`].
    StoreOpened(Result<Opened, Failed>),
    /// The answer to [`Effect::Read`]; None when nothing comes after the cursor.
    PageRead(PullKey, Result<Option<Page>, Failed>),
    /// The answer to [`Effect::Append`].
    Appended(Result<Appended, Failed>),
}

/// Something to do, in the order given. Each of the last three is answered by one [`Input`].
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a text frame; to an HTTP request, as the next element of the answer's array.
    Send(SocketId, String),
    /// The answer to an HTTP request is whole.
    Finish(SocketId),
    /// Replace a socket's attachment.
    Attach(SocketId, String),
    /// Close a socket, whose client will connect again; or fail an HTTP request.
    Close(SocketId, Closing),
    /// Create the store if it is new, and look it up.
    Open,
    /// Read the events after a cursor.
    Read {
        /// For whom; to be given back.
        pull: PullKey,
        /// The cursor, exclusive.
        after: u64,
        /// Most events.
        max_events: usize,
        /// Most bytes, if there is more than one event.
        max_bytes: usize,
    },
    /// Store a push.
    Append(Append),
}

/// Why the relay closes a socket. The code is always [`Closing::CODE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The store cannot be reached, or what became of a push is unknown.
    StoreFailed,
    /// Too many requests wait already.
    Busy,
    /// The socket's attachment makes no sense.
    Forgotten,
    /// What the client may do was granted until now.
    Expired,
}

impl Closing {
    /// Internal error: the stock client connects again and pulls from its cursor.
    pub const CODE: u16 = 1011;

    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::StoreFailed => "the store did not answer; connect again",
            Self::Busy => "too many requests are waiting; connect again later",
            Self::Forgotten => "the relay lost this connection's state; connect again",
            Self::Expired => "the token has expired; connect again with a new one",
        }
    }
}

/// The relay of one store.
#[derive(Debug)]
pub struct Relay {
    store_id: String,
    limits: Limits,
    store: Store,
    sockets: BTreeMap<SocketId, Socket>,
    /// Requests that the store is not ready for, in the order in which they came.
    waiting: VecDeque<Waiting>,
    appending: Option<Appending>,
    reads: usize,
    /// Pulls whose turn to read has not come.
    unread: VecDeque<PullKey>,
    next_serial: u64,
    /// No grant is over before this second.
    next_expiry: u64,
    effects: Vec<Effect>,
}

#[derive(Debug)]
enum Store {
    Closed,
    Opening,
    Open(Opened),
}

#[derive(Debug)]
struct Socket {
    transport: Transport,
    grant: Grant,
    pulls: Vec<Pull>,
    /// Whether its attachment is out of date.
    moved: bool,
}

impl Socket {
    fn new(transport: Transport, grant: Grant, pulls: Vec<Pull>) -> Self {
        Self { transport, grant, pulls, moved: false }
    }
}

impl Relay {
    /// A relay that has just woken up. Sockets that are already there are to be restored before anything else.
    pub fn new(store_id: String, limits: Limits) -> Self {
        Self {
            store_id,
            limits,
            store: Store::Closed,
            sockets: BTreeMap::new(),
            waiting: VecDeque::new(),
            appending: None,
            reads: 0,
            unread: VecDeque::new(),
            next_serial: 0,
            next_expiry: u64::MAX,
            effects: Vec::new(),
        }
    }

    /// Takes what happened and returns what to do.
    pub fn handle(&mut self, now: Now<'_>, input: Input) -> Vec<Effect> {
        self.expire(now.millis / 1_000);
        let now = now.text;
        match input {
            Input::SocketOpened(socket, grant) => {
                let opened = Socket { moved: true, ..Socket::new(Transport::WebSocket, grant, Vec::new()) };
                self.add(socket, opened);
            }
            Input::SocketRestored(socket, attachment) => self.restore(socket, &attachment),
            Input::Frame(socket, text) if self.sockets.contains_key(&socket) => {
                self.frame(socket, text, now);
            }
            Input::Frame(..) => {}
            Input::SocketClosed(socket) => self.forget(socket),
            Input::Asked(socket, grant, text) => self.asked(socket, grant, text, now),
            Input::Taken(socket) => self.taken(socket),
            Input::StoreOpened(Ok(opened)) => {
                self.store = Store::Open(opened);
                self.advance_all();
                self.serve_waiting(now);
            }
            Input::StoreOpened(Err(Failed)) => self.open_failed(),
            Input::PageRead(pull, page) => self.page_read(pull, page),
            Input::Appended(outcome) => {
                self.appended(outcome);
                self.serve_waiting(now);
            }
        }
        self.attach_moved();
        mem::take(&mut self.effects)
    }

    fn restore(&mut self, socket: SocketId, attachment: &str) {
        let Some(attachment) = attachment::parse(attachment) else {
            self.effects.push(Effect::Close(socket, Closing::Forgotten));
            return;
        };
        let mut pulls = Vec::new();
        for entry in attachment.pulls {
            pulls.push(Pull::restored(self.next_key(socket), entry));
        }
        if !pulls.is_empty() {
            self.open(); // they may be behind
        }
        self.add(socket, Socket::new(Transport::WebSocket, attachment.grant, pulls));
    }

    fn add(&mut self, id: SocketId, socket: Socket) {
        self.next_expiry = self.next_expiry.min(socket.grant.until.unwrap_or(u64::MAX));
        self.sockets.insert(id, socket);
    }

    /// Closes the sockets whose grant is over, so that they hear nothing more and whatever they send is not taken.
    fn expire(&mut self, now: u64) {
        if now < self.next_expiry {
            return;
        }
        let over: Vec<_> =
            self.sockets.iter().filter(|(_, socket)| socket.grant.is_over(now)).map(|(id, _)| *id).collect();
        over.into_iter().for_each(|socket| self.close(socket, Closing::Expired));
        let next = self.sockets.values().filter_map(|socket| socket.grant.until).min();
        self.next_expiry = next.unwrap_or(u64::MAX);
    }

    fn next_key(&mut self, socket: SocketId) -> PullKey {
        self.next_serial += 1;
        PullKey { socket, serial: self.next_serial }
    }

    fn open(&mut self) {
        if matches!(self.store, Store::Closed) {
            self.store = Store::Opening;
            self.effects.push(Effect::Open);
        }
    }

    fn reopen(&mut self) {
        self.store = Store::Closed;
        self.open();
    }

    /// Whoever waits for the store connects again, and so does whoever may be behind without knowing.
    fn open_failed(&mut self) {
        self.store = Store::Closed;
        let affected: Vec<_> = self
            .sockets
            .iter()
            .filter(|(id, socket)| {
                !socket.pulls.is_empty() || self.waiting.iter().any(|request| request.socket == **id)
            })
            .map(|(id, _)| *id)
            .collect();
        affected.into_iter().for_each(|socket| self.close(socket, Closing::StoreFailed));
    }

    fn close(&mut self, socket: SocketId, why: Closing) {
        if self.sockets.contains_key(&socket) {
            self.effects.push(Effect::Close(socket, why));
            self.forget(socket);
        }
    }

    fn forget(&mut self, socket: SocketId) {
        self.sockets.remove(&socket);
        self.waiting.retain(|request| request.socket != socket);
    }

    fn end(&mut self, socket: SocketId, request: &RequestId, end: End<'_>) {
        if self.sockets.contains_key(&socket) {
            self.effects.push(Effect::Send(socket, encode::exit(request, end)));
            self.finish(socket);
        }
    }

    fn pull(&mut self, key: PullKey) -> Option<&mut Pull> {
        find(&mut self.sockets, key).map(|(pull, _)| pull)
    }

    /// Brings every pull on, after the head has moved.
    fn advance_all(&mut self) {
        let keys: Vec<_> =
            self.sockets.values().flat_map(|socket| &socket.pulls).map(|pull| pull.key).collect();
        keys.into_iter().for_each(|key| self.advance(key));
    }

    /// Brings a pull one step on: the next read, its only chunk or its end.
    fn advance(&mut self, key: PullKey) {
        let Store::Open(Opened { head, backend_id }) = &self.store else { return };
        let Some((pull, moved)) = find(&mut self.sockets, key) else { return };
        if pull.reading != Reading::Idle || pull.is_full(self.limits.unacknowledged_bytes) {
            return;
        }
        if pull.cursor < *head {
            if self.reads == self.limits.reads {
                pull.reading = Reading::Queued;
                self.unread.push_back(key);
                return;
            }
            self.reads += 1;
            pull.reading = Reading::Asked { head: *head };
            self.effects.push(Effect::Read {
                pull: key,
                after: pull.cursor,
                max_events: MAX_CHUNK_EVENTS,
                max_bytes: MAX_CHUNK_BYTES,
            });
            return;
        }
        if !pull.answered {
            let frame = pull.chunk("", pull.cursor, *head, backend_id);
            *moved = true;
            self.effects.push(Effect::Send(key.socket, frame));
        }
        if !pull.live {
            let id = pull.id.clone();
            self.remove_pull(key.socket, &id);
            self.end(key.socket, &id, End::Pulled);
        }
    }

    fn page_read(&mut self, key: PullKey, page: Result<Option<Page>, Failed>) {
        self.reads -= 1;
        match page {
            Ok(page) => self.send_page(key, page),
            Err(Failed) if self.pull(key).is_some() => self.close(key.socket, Closing::StoreFailed),
            Err(Failed) => {}
        }
        while self.reads < self.limits.reads
            && let Some(next) = self.unread.pop_front()
        {
            if let Some(pull) = self.pull(next) {
                pull.reading = Reading::Idle;
                self.advance(next);
            }
        }
    }

    fn send_page(&mut self, key: PullKey, page: Option<Page>) {
        let Some((pull, moved)) = find(&mut self.sockets, key) else { return };
        let Reading::Asked { head: asked } = mem::replace(&mut pull.reading, Reading::Idle) else { return };
        if let Store::Open(Opened { head, backend_id }) = &self.store {
            let frame = match page {
                // The read may have seen a push that is stored and not yet published.
                Some(page) => pull.chunk(&page.batch, page.last, page.last.max(*head), backend_id),
                // Somebody took the rows away: there is nothing to bring up to the head.
                None => pull.chunk("", asked, asked.max(*head), backend_id),
            };
            *moved = true;
            self.effects.push(Effect::Send(key.socket, frame));
            self.advance(key);
        } // else the store is being opened anew, and the pull reads again after that
    }

    /// Sends what a push stored to the pulls that are where it began; the others catch up by reading.
    fn publish(&mut self, from: u64, chunks: &[push::Chunk]) {
        let Store::Open(Opened { head, backend_id }) = &self.store else { return };
        for (id, socket) in &mut self.sockets {
            for pull in
                socket.pulls.iter_mut().filter(|pull| pull.cursor == from && pull.reading == Reading::Idle)
            {
                for chunk in chunks {
                    if pull.is_full(self.limits.unacknowledged_bytes) {
                        break;
                    }
                    let frame = pull.chunk(&chunk.items, chunk.last, *head, backend_id);
                    socket.moved = true;
                    self.effects.push(Effect::Send(*id, frame));
                }
            }
        }
        self.advance_all();
    }

    fn remove_pull(&mut self, socket: SocketId, id: &RequestId) -> bool {
        let Some(socket) = self.sockets.get_mut(&socket) else { return false };
        let before = socket.pulls.len();
        socket.pulls.retain(|pull| pull.id != *id);
        let removed = socket.pulls.len() < before;
        socket.moved |= removed;
        removed
    }

    fn attach_moved(&mut self) {
        for (id, socket) in &mut self.sockets {
            if mem::take(&mut socket.moved) && socket.transport == Transport::WebSocket {
                self.effects.push(Effect::Attach(
                    *id,
                    attachment::write(&self.store_id, socket.grant, &socket.pulls),
                ));
            }
        }
    }
}

fn find(sockets: &mut BTreeMap<SocketId, Socket>, key: PullKey) -> Option<(&mut Pull, &mut bool)> {
    let socket = sockets.get_mut(&key.socket)?;
    let pull = socket.pulls.iter_mut().find(|pull| pull.key == key)?;
    Some((pull, &mut socket.moved))
}
