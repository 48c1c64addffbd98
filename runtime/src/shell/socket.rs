//! A client's socket, with text that is made for JavaScript once however many sockets get it.

use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{JsString, WeakMap};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{State, WebSocket};

use crate::relay::SocketId;

#[wasm_bindgen]
extern "C" {
    type Socket;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Socket, text: &JsString) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    fn serialize_attachment(this: &Socket, text: &JsString) -> Result<(), JsValue>;
}

/// Sends a text frame.
pub(super) fn send(socket: &WebSocket, text: &JsString) -> Result<(), JsValue> {
    socket.as_ref().unchecked_ref::<Socket>().send(text)
}

/// Replaces what the socket carries through sleep.
pub(super) fn attach(socket: &WebSocket, text: &JsString) -> Result<(), JsValue> {
    socket.as_ref().unchecked_ref::<Socket>().serialize_attachment(text)
}

/// The texts of one moment in JavaScript's form, by where they are in memory.
#[derive(Default)]
pub(super) struct Texts(HashMap<*const u8, (Rc<str>, JsString)>);

impl Texts {
    pub(super) fn get(&mut self, text: &Rc<str>) -> &JsString {
        // Kept, so that no other text comes to be at its place.
        &self.0.entry(text.as_ptr()).or_insert_with(|| (Rc::clone(text), JsString::from(&**text))).1
    }
}

/// Which number a socket has. It is its tag, so it is known after sleep; while the object is awake, asking the platform
/// for the tags of each frame's socket would cost more than the rest of an acknowledgement.
pub(super) struct Numbers {
    state: Rc<State>,
    known: WeakMap,
}

impl Numbers {
    pub(super) fn new(state: Rc<State>) -> Self {
        Self { state, known: WeakMap::new() }
    }

    /// Accepts a socket under a number.
    pub(super) fn accept(&self, socket: &WebSocket, id: SocketId) {
        self.state.accept_websocket_with_tags(socket, &[&id.0.to_string()]);
    }

    pub(super) fn get(&self, socket: &WebSocket) -> Option<SocketId> {
        let object = socket.as_ref().unchecked_ref();
        if let Some(number) = self.known.get(object).as_f64() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was one")]
            return Some(SocketId(number as u64));
        }
        let tags = self.state.as_raw().get_tags(socket.as_ref()).ok()?;
        let id: u64 = tags.first()?.parse().ok()?;
        #[expect(clippy::cast_precision_loss, reason = "sockets are counted")]
        self.known.set(object, &JsValue::from_f64(id as f64));
        Some(SocketId(id))
    }
}
