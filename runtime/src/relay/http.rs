//! Requests over HTTP: each is a socket of its own, on which one request comes and one answer goes.

use super::requests::Waiting;
use super::{Closing, Effect, PullKey, Relay, Socket, SocketId};
use crate::auth::Grant;
use crate::protocol::Transport;
use crate::protocol::decode::{self, Message, Request};
use crate::protocol::encode;

impl Relay {
    pub(super) fn asked(&mut self, socket: SocketId, grant: Grant, text: String, now: &str) {
        let transport = Transport::Http;
        let touched = self.next_serial();
        self.add(socket, Socket { touched, ..Socket::new(transport, grant, Vec::new()) });
        let answer = match decode::message(&text, transport) {
            Ok(Message::Request(Request { id, call, .. })) => {
                return self.request(Waiting::new(socket, transport, id, call, text), now);
            }
            Ok(Message::Ping) => Some(encode::pong()),
            // They are about requests on the same socket, and there are none.
            Ok(Message::Ack(_) | Message::Interrupt(_) | Message::Nothing) => None,
            Err(malformed) => Some(encode::defect(&malformed)),
        };
        self.effects.extend(answer.map(|frame| Effect::Send(socket, frame.into())));
        self.finish(socket);
    }

    /// After a page for `pull`: of too many long answers, gives up the one from which nothing has been taken for longest.
    pub(super) fn make_room(&mut self, pull: PullKey) {
        let limit = self.limits.unacknowledged_bytes;
        let is_stalled = |socket: &Socket| {
            socket.transport == Transport::Http && socket.pulls.iter().any(|pull| pull.is_full(limit))
        };
        if !self.sockets.get(&pull.socket).is_some_and(is_stalled) {
            return;
        }
        let stalled = self.sockets.iter().filter(|(_, socket)| is_stalled(socket));
        let mut stalled: Vec<_> = stalled.map(|(id, socket)| (socket.touched, *id)).collect();
        stalled.sort_unstable();
        let surplus = stalled.len().saturating_sub(self.limits.stalled_answers);
        stalled.into_iter().take(surplus).for_each(|(_, socket)| self.close(socket, Closing::Busy));
    }

    /// A frame that was taken is as good as acknowledged.
    pub(super) fn taken(&mut self, socket: SocketId) {
        let now = self.next_serial();
        let Some(socket) = self.sockets.get_mut(&socket) else { return };
        socket.touched = now;
        let Some(pull) = socket.pulls.first_mut() else { return };
        pull.acknowledged();
        let key = pull.key;
        self.advance(key);
    }

    /// Ends an answer over HTTP; to a WebSocket, more may come.
    pub(super) fn finish(&mut self, socket: SocketId) {
        if self.sockets.get(&socket).is_some_and(|socket| socket.transport == Transport::Http) {
            self.effects.push(Effect::Finish(socket));
            self.forget(socket);
        }
    }
}
