//! The relay of one store: what its object answers to whom, and when.
//!
//! A state machine without I/O or a clock: [`Relay::handle`] takes what happened and returns what to
//! do. It knows nothing of JavaScript, and of the store only [`crate::store`]'s questions and answers.
//!
//! What always holds:
//! - A pull's events come once each, ascending and without a gap: everything that it is sent starts at
//!   its cursor, from memory if the cursor is where a push began, else from a read of the store.
//! - At most one push is at the store: to be stored, or to be looked for if it may be there since its answer was lost.
//!   What it stored is published to the live pulls before it is acknowledged, and it is acknowledged only once the store
//!   has it.
//! - After a failed append the outcome is unknown, so the store is opened anew before anything else. After one
//!   that the database refused nothing has changed, and its client is told.
//! - A socket that was closed is sent nothing more.
//! - A pull goes on in the store that it began in: when another backend id is found there, its socket is closed.

mod allowance;
mod attachment;
mod closing;
mod frames;
mod http;
mod limits;
mod pull;
mod push;
mod requests;
mod suspension;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::rc::Rc;

pub use attachment::store_id;
pub use closing::Closing;
pub use limits::Limits;
pub use pull::PullKey;
pub(crate) use push::check_storable;

use crate::auth::Grant;
use crate::protocol::encode::{self, End, PageInfo};
use crate::protocol::{MAX_CHUNK_BYTES, MAX_CHUNK_EVENTS, RequestId, Transport};
use crate::store::{Append, Appended, Compare, Extent, Failed, Opened, Page};
use allowance::Allowance;
use frames::Frames;
use pull::{Pull, Read, Reading};
use requests::{Appending, Comparing, Waiting};

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
    /// The answer to [`Effect::Read`]: pages that follow each other; none when nothing comes after the cursor.
    PagesRead(PullKey, Result<Vec<Page>, Failed>),
    /// The answer to [`Effect::Append`].
    Appended(Result<Appended, Failed>),
    /// Somebody else has written to the store.
    Changed,
    /// The store may be used again after [`Relay::suspend`].
    Resumed,
    /// The answer to [`Effect::Compare`]: whether the store holds exactly these events.
    Compared(Result<bool, Failed>),
}

/// Something to do, in the order given. Each of the last four is answered by one [`Input`].
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a text frame; to an HTTP request, as the next element of the answer's array. What several sockets are sent
    /// at once is one text.
    Send(SocketId, Rc<str>),
    /// The answer to an HTTP request is whole.
    Finish(SocketId),
    /// Replace a socket's attachment. Those of several sockets may be one text.
    Attach(SocketId, Rc<str>),
    /// Close a socket, whose client will connect again; or fail an HTTP request.
    Close(SocketId, Closing),
    /// Create the store if it is new, and look it up.
    Open,
    /// Read the events after a cursor.
    Read {
        /// For whom first; to be given back.
        pull: PullKey,
        /// The cursor, exclusive.
        after: u64,
        /// How much.
        extent: Extent,
    },
    /// Store a push.
    Append(Append),
    /// Look whether a push is stored.
    Compare(Compare),
}

/// The relay of one store.
#[derive(Debug)]
pub struct Relay {
    store_id: String,
    limits: Limits,
    store: Store,
    /// The store's, when it was last opened.
    backend_id: Option<String>,
    sockets: BTreeMap<SocketId, Socket>,
    /// Requests that the store is not ready for, in the order in which they came.
    waiting: VecDeque<Waiting>,
    appending: Option<Appending>,
    comparing: Option<Comparing>,
    /// What the store is asked for.
    reads: Vec<Read>,
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
    /// Nobody may use it.
    Suspended,
    /// One question is open. What it finds is out of date if it is to be asked again.
    Opening {
        again: bool,
    },
    Open(Opened),
}

#[derive(Debug)]
struct Socket {
    transport: Transport,
    grant: Grant,
    allowance: Allowance,
    pulls: Vec<Pull>,
    /// Whether its attachment is out of date.
    moved: bool,
    /// Over HTTP, when something was last taken from it: a number that grows.
    touched: u64,
}

impl Socket {
    fn new(transport: Transport, grant: Grant, pulls: Vec<Pull>) -> Self {
        Self { transport, grant, allowance: Allowance::default(), pulls, moved: false, touched: 0 }
    }
}

impl Relay {
    /// A relay that has just woken up. Sockets that are already there are to be restored before anything else.
    pub fn new(store_id: String, limits: Limits) -> Self {
        Self {
            store_id,
            limits,
            store: Store::Closed,
            backend_id: None,
            sockets: BTreeMap::new(),
            waiting: VecDeque::new(),
            appending: None,
            comparing: None,
            reads: Vec::new(),
            unread: VecDeque::new(),
            next_serial: 0,
            next_expiry: u64::MAX,
            effects: Vec::new(),
        }
    }

    /// Takes what happened and returns what to do.
    pub fn handle(&mut self, now: Now<'_>, input: Input) -> Vec<Effect> {
        let Now { text: now, millis } = now;
        self.expire(millis / 1_000);
        match input {
            Input::SocketOpened(socket, grant) => {
                let opened = Socket { moved: true, ..Socket::new(Transport::WebSocket, grant, Vec::new()) };
                self.add(socket, opened);
            }
            Input::SocketRestored(socket, attachment) => self.restore(socket, &attachment),
            Input::Frame(socket, text) if self.sockets.contains_key(&socket) => {
                self.frame(socket, text, now, millis);
            }
            Input::Frame(..) => {}
            Input::SocketClosed(socket) => self.forget(socket),
            Input::Asked(socket, grant, text) => self.asked(socket, grant, text, now),
            Input::Taken(socket) => self.taken(socket),
            Input::StoreOpened(_) if matches!(self.store, Store::Opening { again: true }) => {
                self.store = Store::Closed;
                self.open();
            }
            Input::StoreOpened(Ok(opened)) => {
                self.recognise(&opened.backend_id);
                self.store = Store::Open(opened);
                self.reads.iter_mut().for_each(|read| read.is_shared = false);
                self.advance_all();
                self.serve_waiting(now);
            }
            Input::StoreOpened(Err(Failed)) => self.open_failed(),
            Input::PagesRead(pull, pages) => self.pages_read(pull, pages),
            Input::Appended(outcome) => {
                self.appended(outcome);
                self.serve_waiting(now);
            }
            Input::Changed => self.changed(),
            Input::Resumed => self.resumed(),
            Input::Compared(is_stored) => {
                self.compared(is_stored);
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
        PullKey { socket, serial: self.next_serial() }
    }

    fn next_serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }

    fn open(&mut self) {
        if matches!(self.store, Store::Closed) {
            self.store = Store::Opening { again: false };
            self.effects.push(Effect::Open);
        }
    }

    /// What is known of the store is out of date.
    fn reopen(&mut self) {
        self.close_store();
        self.open();
    }

    fn close_store(&mut self) {
        self.store = match self.store {
            Store::Opening { .. } => Store::Opening { again: true },
            _ => Store::Closed,
        };
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
            self.effects.push(Effect::Send(socket, encode::exit(request, end).into()));
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
        if pull.reading != Reading::Idle || pull.pauses(self.limits.unacknowledged_bytes) {
            return;
        }
        if pull.cursor < *head {
            pull.reading = Reading::Asked;
            if let Some(read) = self.reads.iter_mut().find(|read| read.is_shared && read.after == pull.cursor)
            {
                read.others.push(key);
            } else if self.reads.len() == self.limits.reads {
                pull.reading = Reading::Queued;
                self.unread.push_back(key);
            } else {
                let (after, head) = (pull.cursor, *head);
                self.reads.push(Read { first: key, others: Vec::new(), after, head, is_shared: true });
                let extent = Extent {
                    pages: usize::try_from((head - after).div_ceil(MAX_CHUNK_EVENTS as u64))
                        .unwrap_or(usize::MAX)
                        .min(self.limits.read_pages),
                    events: MAX_CHUNK_EVENTS,
                    bytes: MAX_CHUNK_BYTES,
                    all_bytes: pull.room(self.limits.unacknowledged_bytes),
                };
                self.effects.push(Effect::Read { pull: key, after, extent });
            }
            return;
        }
        if !pull.answered {
            let frame = encode::chunk(&pull.id, "", PageInfo::at(pull.cursor, *head), backend_id);
            pull.sent(pull.cursor, frame.len());
            *moved = true;
            self.effects.push(Effect::Send(key.socket, frame.into()));
        }
        if !pull.live {
            let id = pull.id.clone();
            self.remove_pull(key.socket, &id);
            self.end(key.socket, &id, End::Pulled);
        }
    }

    fn pages_read(&mut self, key: PullKey, pages: Result<Vec<Page>, Failed>) {
        let Some(index) = self.reads.iter().position(|read| read.first == key) else { return };
        let read = self.reads.swap_remove(index);
        let mut frames = Frames::default();
        for key in read.pulls() {
            match &pages {
                Ok(pages) => {
                    self.send_pages(key, read.head, pages, &mut frames);
                    self.make_room(key);
                }
                Err(Failed) if self.pull(key).is_some() => self.close(key.socket, Closing::StoreFailed),
                Err(Failed) => {}
            }
        }
        while self.reads.len() < self.limits.reads
            && let Some(next) = self.unread.pop_front()
        {
            if let Some(pull) = self.pull(next) {
                pull.reading = Reading::Idle;
                self.advance(next);
            }
        }
    }

    /// Sends a pull what was read for it; `asked` is the head when that was asked for.
    fn send_pages(&mut self, key: PullKey, asked: u64, pages: &[Page], frames: &mut Frames) {
        let Some((pull, moved)) = find(&mut self.sockets, key) else { return };
        if mem::replace(&mut pull.reading, Reading::Idle) != Reading::Asked {
            return;
        }
        let Store::Open(Opened { head, backend_id }) = &self.store else {
            return; // it is being opened anew, and the pull reads again after that
        };
        // Somebody took the rows away: there is nothing to bring up to the head.
        let none = [Page { batch: String::new(), last: asked }];
        for page in if pages.is_empty() { &none } else { pages } {
            if pull.is_full(self.limits.unacknowledged_bytes) {
                break; // it shares a read of one that has more room
            }
            // The read may have seen a push that is stored and not yet published.
            let info = PageInfo::at(page.last, page.last.max(*head));
            let frame =
                frames.get(&pull.id, page.last, || encode::chunk(&pull.id, &page.batch, info, backend_id));
            pull.sent(page.last, frame.len());
            *moved = true;
            self.effects.push(Effect::Send(key.socket, frame));
        }
        self.advance(key);
    }

    /// Sends what a push stored to the pulls that are where it began; the others catch up by reading.
    fn publish(&mut self, from: u64, chunks: &[push::Chunk]) {
        let Store::Open(Opened { head, backend_id }) = &self.store else { return };
        let mut frames = Frames::default();
        for (id, socket) in &mut self.sockets {
            for pull in
                socket.pulls.iter_mut().filter(|pull| pull.cursor == from && pull.reading == Reading::Idle)
            {
                for chunk in chunks {
                    if pull.is_full(self.limits.unacknowledged_bytes) {
                        break;
                    }
                    let frame = frames.get(&pull.id, chunk.last, || {
                        encode::chunk(&pull.id, &chunk.items, PageInfo::at(chunk.last, *head), backend_id)
                    });
                    pull.sent(chunk.last, frame.len());
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
        let mut last: Option<(Grant, &[Pull], Rc<str>)> = None;
        for (id, Socket { transport, grant, pulls, moved, .. }) in &mut self.sockets {
            if !mem::take(moved) || *transport != Transport::WebSocket {
                continue;
            }
            let text = match last {
                Some((other, others, text)) if other == *grant && attachment::is_same(others, pulls) => text,
                _ => attachment::write(&self.store_id, *grant, pulls).into(),
            };
            self.effects.push(Effect::Attach(*id, Rc::clone(&text)));
            last = Some((*grant, pulls, text));
        }
    }
}

fn find(sockets: &mut BTreeMap<SocketId, Socket>, key: PullKey) -> Option<(&mut Pull, &mut bool)> {
    let socket = sockets.get_mut(&key.socket)?;
    let pull = socket.pulls.iter_mut().find(|pull| pull.key == key)?;
    Some((pull, &mut socket.moved))
}
