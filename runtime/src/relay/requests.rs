//! Frames from clients: requests as they come, wait, are served and answered.

use super::pull::Pull;
use super::push::Admission;
use super::{Closing, Effect, Relay, SocketId, Store, attachment, push};
use crate::protocol::decode::{self, Call, Message, Request};
use crate::protocol::encode::{self, End, Failure};
use crate::protocol::{MAX_SEQ_NUM, RequestId, Transport};
use crate::store::{Appended, Failed, Opened};

/// A request that the store is not ready for.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) socket: SocketId,
    pub(super) transport: Transport,
    pub(super) id: RequestId,
    pub(super) call: Call,
    /// The frame, or the body.
    pub(super) text: String,
    /// Whether the store was opened anew because of it.
    pub(super) reopened: bool,
}

/// The push that is at the store.
#[derive(Debug)]
pub(super) struct Appending {
    /// None once its client has interrupted it. It is kept in case the head was not the expected one.
    request: Option<Waiting>,
    socket: SocketId,
    from: u64,
    chunks: Vec<push::Chunk>,
}

/// The push that the store is asked about, since it may hold it already.
#[derive(Debug)]
pub(super) struct Comparing {
    /// None once its client has interrupted it.
    request: Option<Waiting>,
    socket: SocketId,
    /// What it is told otherwise.
    ahead: Failure,
}

/// A request that ends without more ado.
enum Refused {
    Fail(Failure),
    Die(String),
}

impl Waiting {
    pub(super) fn new(
        socket: SocketId,
        transport: Transport,
        id: RequestId,
        call: Call,
        text: String,
    ) -> Self {
        Self { socket, transport, id, call, text, reopened: false }
    }

    fn decode(&self) -> Result<Request<'_>, Refused> {
        match decode::message(&self.text, self.transport) {
            Ok(Message::Request(request)) => Ok(request),
            _ => Err(Refused::Die("not a request".to_owned())), // it was one when it came
        }
    }
}

impl Relay {
    pub(super) fn frame(&mut self, socket: SocketId, text: String, now: &str, millis: u64) {
        let transport = Transport::WebSocket;
        let message = decode::message(&text, transport);
        // There are no more of these than chunks were sent.
        if let Ok(Message::Ack(id)) = &message
            && self.acknowledged(socket, id)
        {
            return;
        }
        let per_second = self.limits.messages_per_second;
        if !self.sockets.get_mut(&socket).is_some_and(|socket| socket.allowance.take(per_second, millis)) {
            return self.close(socket, Closing::TooFast);
        }
        match message {
            Err(malformed) => self.effects.push(Effect::Send(socket, encode::defect(&malformed).into())),
            Ok(Message::Ping) => self.effects.push(Effect::Send(socket, encode::pong().into())),
            Ok(Message::Request(Request { id, call, .. })) => {
                self.request(Waiting::new(socket, transport, id, call, text), now);
            }
            Ok(Message::Interrupt(id)) => {
                if self.withdraw(socket, &id) {
                    self.end(socket, &id, End::Interrupted);
                }
            }
            Ok(Message::Ack(_) | Message::Nothing) => {}
        }
    }

    pub(super) fn request(&mut self, request: Waiting, now: &str) {
        if self.withdraw(request.socket, &request.id) {
            // An end names no more than the id, so it ends both.
            self.end(request.socket, &request.id, End::Die("a request with this id is still open"));
        } else if self.is_ready_for(request.call) {
            self.serve(request, now);
        } else {
            self.wait(request);
        }
    }

    fn wait(&mut self, request: Waiting) {
        let bytes: usize = self.waiting.iter().map(|waiting| waiting.text.len()).sum();
        if self.waiting.len() >= self.limits.waiting_requests
            || bytes + request.text.len() > self.limits.waiting_bytes
        {
            self.close(request.socket, Closing::Busy);
        } else {
            self.waiting.push_back(request);
            self.open();
        }
    }

    fn is_ready_for(&self, call: Call) -> bool {
        match call {
            Call::Ping => true,
            Call::Pull => matches!(self.store, Store::Open(_)),
            Call::Push => {
                let at_store = self.appending.is_some() || self.comparing.is_some();
                matches!(self.store, Store::Open(_)) && !at_store
            }
        }
    }

    /// Serves what the store is ready for, in the order in which it came.
    pub(super) fn serve_waiting(&mut self, now: &str) {
        for request in std::mem::take(&mut self.waiting) {
            if self.is_ready_for(request.call) {
                self.serve(request, now);
            } else {
                self.waiting.push_back(request);
            }
        }
    }

    fn serve(&mut self, request: Waiting, now: &str) {
        let (socket, id) = (request.socket, request.id.clone());
        let served = match request.call {
            Call::Pull => self.start_pull(&request),
            Call::Push => self.start_push(request, now),
            Call::Ping => self.pong(&request),
        };
        match served {
            Ok(()) => {}
            Err(Refused::Fail(failure)) => self.end(socket, &id, End::Fail(&failure)),
            Err(Refused::Die(why)) => self.end(socket, &id, End::Die(&why)),
        }
    }

    fn start_pull(&mut self, request: &Waiting) -> Result<(), Refused> {
        let pull = request.decode()?.pull().map_err(Refused::Die)?;
        self.check_store(pull.store_id.as_deref())?;
        let Store::Open(Opened { backend_id, .. }) = &self.store else { return Ok(()) };
        let cursor = match pull.cursor() {
            None => 0,
            Some(cursor) if cursor.backend_id != *backend_id => {
                return Err(Refused::Fail(Failure::backend_id(backend_id, &cursor.backend_id)));
            }
            Some(cursor) if cursor.event_sequence_number > MAX_SEQ_NUM => {
                let why = format!("payload.cursor.value.eventSequenceNumber: above {MAX_SEQ_NUM}");
                return Err(Refused::Die(why));
            }
            Some(cursor) => cursor.event_sequence_number,
        };
        let key = self.next_key(request.socket);
        let Some(socket) = self.sockets.get_mut(&request.socket) else { return Ok(()) };
        let live = pull.live && request.transport == Transport::WebSocket;
        socket.pulls.push(Pull::new(key, request.id.clone(), live, cursor));
        if attachment::longest(&self.store_id, socket.grant, &socket.pulls) > self.limits.attachment_bytes {
            socket.pulls.pop();
            return Err(Refused::Die("too many pulls are open on this socket".to_owned()));
        }
        socket.moved = true;
        self.advance(key);
        Ok(())
    }

    fn start_push(&mut self, request: Waiting, now: &str) -> Result<(), Refused> {
        if !self.sockets.get(&request.socket).is_some_and(|socket| socket.grant.write) {
            return Err(Refused::Fail(Failure::unknown(
                "this client may read the store, and not push to it".to_owned(),
            )));
        }
        if request.text.len() > self.limits.frame_bytes {
            return Err(Refused::Fail(Failure::unknown(format!(
                "the push takes {} bytes, and at most {} are taken at a time",
                request.text.len(),
                self.limits.frame_bytes
            ))));
        }
        let Store::Open(Opened { backend_id, head }) = &self.store else { return Ok(()) };
        let decoded = request.decode()?;
        let push = decoded.push().map_err(Refused::Die)?;
        self.check_store(push.store_id.as_deref())?;
        let events = push.events().len();
        if events > self.limits.push_events {
            return Err(Refused::Fail(Failure::unknown(format!(
                "the push has {events} events, and at most {} are taken at a time",
                self.limits.push_events
            ))));
        }
        // Its client has seen events that somebody else stored.
        if push.events().next().is_some_and(|first| first.parent_seq_num > *head) && !request.reopened {
            self.waiting.push_front(Waiting { reopened: true, ..request });
            self.reopen();
            return Ok(());
        }
        match push::admit(&push, backend_id, *head, now).map_err(Refused::Fail)? {
            Admission::Empty => self.end(request.socket, &request.id, End::Pushed),
            Admission::Retried(compare, ahead) => {
                self.effects.push(Effect::Compare(compare));
                self.comparing = Some(Comparing { socket: request.socket, request: Some(request), ahead });
            }
            Admission::New(admitted) => {
                self.effects.push(Effect::Append(admitted.append));
                self.appending = Some(Appending {
                    socket: request.socket,
                    from: *head,
                    chunks: admitted.chunks,
                    request: Some(request),
                });
            }
        }
        Ok(())
    }

    fn pong(&mut self, request: &Waiting) -> Result<(), Refused> {
        let ping = request.decode()?.ping().map_err(Refused::Die)?;
        self.check_store(ping.store_id.as_deref())?;
        self.end(request.socket, &request.id, End::Ponged);
        Ok(())
    }

    /// A socket speaks for the store of its URL alone.
    fn check_store(&self, named: Option<&str>) -> Result<(), Refused> {
        match named {
            Some(named) if named != self.store_id => {
                Err(Refused::Die("payload.storeId: not the store of this connection".to_owned()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn appended(&mut self, outcome: Result<Appended, Failed>) {
        let Some(Appending { request, socket, from, chunks }) = self.appending.take() else { return };
        match outcome {
            Ok(Appended::Stored) => {
                if let (Store::Open(opened), Some(last)) = (&mut self.store, chunks.last()) {
                    opened.head = opened.head.max(last.last);
                }
                self.publish(from, &chunks);
                if let Some(Waiting { socket, id, .. }) = request {
                    self.end(socket, &id, End::Pushed);
                }
            }
            Ok(Appended::Overtaken) => {
                // Somebody else moved the head: once it is known, the push is judged again.
                if let Some(request) = request.filter(|request| self.sockets.contains_key(&request.socket)) {
                    self.waiting.push_front(request);
                }
                self.reopen();
            }
            Ok(Appended::Refused(why)) => {
                if let Some(Waiting { socket, id, .. }) = request {
                    let why =
                        format!("the database does not take these events and stored none of them: {why}");
                    self.end(socket, &id, End::Fail(&Failure::unknown(why)));
                }
            }
            Err(Failed) => {
                self.close(socket, Closing::StoreFailed);
                self.reopen();
            }
        }
    }

    pub(super) fn compared(&mut self, is_stored: Result<bool, Failed>) {
        let Some(Comparing { request, socket, ahead }) = self.comparing.take() else { return };
        match (is_stored, request) {
            (Ok(true), Some(Waiting { id, .. })) => self.end(socket, &id, End::Pushed),
            (Ok(false), Some(Waiting { id, .. })) => self.end(socket, &id, End::Fail(&ahead)),
            (Ok(_), None) => {}
            (Err(Failed), _) => self.close(socket, Closing::StoreFailed),
        }
    }

    /// The client has taken a chunk of a pull. Whether one was sent.
    fn acknowledged(&mut self, socket: SocketId, id: &RequestId) -> bool {
        let pulls = self.sockets.get_mut(&socket).map(|socket| &mut socket.pulls);
        let pull = pulls.into_iter().flatten().find(|pull| pull.id == *id);
        let acknowledged = pull.map(|pull| (pull.key, pull.acknowledged()));
        if let Some((key, _)) = acknowledged {
            self.advance(key);
        }
        acknowledged.is_some_and(|(_, was_sent)| was_sent)
    }

    /// Gives up a request. Whether there was one.
    fn withdraw(&mut self, socket: SocketId, id: &RequestId) -> bool {
        let is_it = |request: &Waiting| request.socket == socket && request.id == *id;
        let before = self.waiting.len();
        self.waiting.retain(|request| !is_it(request));
        let waited = self.waiting.len() < before;
        // What is at the store will be stored; its client is not told any more.
        let appending = self.appending.as_mut().and_then(|appending| appending.request.take_if(|r| is_it(r)));
        let comparing = self.comparing.as_mut().and_then(|comparing| comparing.request.take_if(|r| is_it(r)));
        self.remove_pull(socket, id) || waited || appending.is_some() || comparing.is_some()
    }
}
