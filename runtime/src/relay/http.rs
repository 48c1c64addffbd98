//! Requests over HTTP: each is a socket of its own, on which one request comes and one answer goes.

use super::requests::Waiting;
use super::{Effect, Relay, Socket, SocketId};
use crate::auth::Grant;
use crate::protocol::Transport;
use crate::protocol::decode::{self, Message, Request};
use crate::protocol::encode;

impl Relay {
    pub(super) fn asked(&mut self, socket: SocketId, grant: Grant, text: String, now: &str) {
        let transport = Transport::Http;
        self.add(socket, Socket::new(transport, grant, Vec::new()));
        let answer = match decode::message(&text, transport) {
            Ok(Message::Request(Request { id, call, .. })) => {
                return self.request(Waiting { socket, transport, id, call, text }, now);
            }
            Ok(Message::Ping) => Some(encode::pong()),
            // They are about requests on the same socket, and there are none.
            Ok(Message::Ack(_) | Message::Interrupt(_) | Message::Nothing) => None,
            Err(malformed) => Some(encode::defect(&malformed)),
        };
        self.effects.extend(answer.map(|frame| Effect::Send(socket, frame)));
        self.finish(socket);
    }

    /// A frame that was taken is as good as acknowledged.
    pub(super) fn taken(&mut self, socket: SocketId) {
        let Some(pull) = self.sockets.get_mut(&socket).and_then(|socket| socket.pulls.first_mut()) else {
            return;
        };
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
