//! While somebody else works on the store: nobody uses it, and afterwards it is looked up anew, and may be another.

use std::mem;

use super::{Closing, Effect, Relay, Socket, Store};
use crate::protocol::Transport;

impl Relay {
    /// Keeps everybody away from the store until [`Input::Resumed`]: closes all sockets, whose clients come back, and
    /// lets what is asked meanwhile wait. None while a question to the store is open whose answer would count later, or
    /// while somebody else has the store.
    pub fn suspend(&mut self) -> Option<Vec<Effect>> {
        let asked = self.appending.is_some() || self.comparing.is_some();
        if asked || matches!(self.store, Store::Opening { .. } | Store::Suspended) {
            return None;
        }
        let sockets: Vec<_> = self.sockets.keys().copied().collect();
        sockets.into_iter().for_each(|socket| self.close(socket, Closing::Suspended));
        self.store = Store::Suspended;
        Some(mem::take(&mut self.effects))
    }

    /// How many sockets there are, and how many pulls they and requests over HTTP have.
    pub fn connections(&self) -> (usize, usize) {
        let is_socket = |socket: &&Socket| socket.transport == Transport::WebSocket;
        let pulls = self.sockets.values().map(|socket| socket.pulls.len()).sum();
        (self.sockets.values().filter(is_socket).count(), pulls)
    }

    /// Looks the store up anew, unless it will be anyway.
    pub(super) fn changed(&mut self) {
        if !matches!(self.store, Store::Suspended) {
            self.look_up();
        }
    }

    /// Lets everybody use the store again.
    pub(super) fn resumed(&mut self) {
        if matches!(self.store, Store::Suspended) {
            self.look_up();
        }
    }

    /// For those who wait for the store and those who may be behind.
    fn look_up(&mut self) {
        self.close_store();
        if !self.waiting.is_empty() || self.sockets.values().any(|socket| !socket.pulls.is_empty()) {
            self.open();
        }
    }

    /// Takes the backend id that the store has now. Cursors of pulls say nothing in another one.
    pub(super) fn recognise(&mut self, backend_id: &str) {
        let known = self.backend_id.replace(backend_id.to_owned());
        if known.is_some_and(|known| known != backend_id) {
            let pulling = self.sockets.iter().filter(|(_, socket)| !socket.pulls.is_empty());
            let pulling: Vec<_> = pulling.map(|(id, _)| *id).collect();
            pulling.into_iter().for_each(|socket| self.close(socket, Closing::Suspended));
        }
    }
}
