//! While somebody else works on the store: nobody uses it, and afterwards it is looked up anew.

use std::mem;

use super::{Closing, Effect, Relay, Store};
use crate::protocol::Transport;

impl Relay {
    /// Keeps everybody away from the store until [`Input::Changed`]: closes all sockets, whose clients come back, and
    /// lets what is asked meanwhile wait. None while a question to the store is open whose answer would count later.
    pub fn suspend(&mut self) -> Option<Vec<Effect>> {
        let asked = self.appending.is_some() || self.comparing.is_some();
        if asked || matches!(self.store, Store::Opening) {
            return None;
        }
        let sockets: Vec<_> = self.sockets.keys().copied().collect();
        sockets.into_iter().for_each(|socket| self.close(socket, Closing::Suspended));
        self.store = Store::Suspended;
        Some(mem::take(&mut self.effects))
    }

    /// How many sockets there are, and how many pulls they have.
    pub fn connections(&self) -> (usize, usize) {
        let sockets = self.sockets.values().filter(|socket| socket.transport == Transport::WebSocket);
        sockets.fold((0, 0), |(count, pulls), socket| (count + 1, pulls + socket.pulls.len()))
    }

    /// Looks the store up anew, for those who wait for it and those who may be behind.
    pub(super) fn changed(&mut self) {
        self.store = Store::Closed;
        if !self.waiting.is_empty() || self.sockets.values().any(|socket| !socket.pulls.is_empty()) {
            self.open();
        }
    }
}
