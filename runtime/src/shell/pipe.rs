//! The body of an answer that is still being made: what is written at one end is read by the client at the other.
//!
//! The platform's own pipe, since it tells the writer that the client has gone, and within the event that the writer
//! belongs to. A stream made of a Rust one is just forgotten then, and dropped by the garbage collector: outside any
//! event, where nothing may be done.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::ResponseBody;
use worker::wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#identitytransformstream>
    type IdentityTransformStream;
    #[wasm_bindgen(constructor)]
    fn new() -> IdentityTransformStream;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> WritableStream;

    type WritableStream;
    #[wasm_bindgen(method, js_name = getWriter)]
    fn writer(this: &WritableStream) -> Writer;

    #[wasm_bindgen(js_name = WritableStreamDefaultWriter)]
    type Writer;
    #[wasm_bindgen(method)]
    fn write(this: &Writer, bytes: &Uint8Array) -> Promise;
    #[wasm_bindgen(method)]
    fn close(this: &Writer) -> Promise;
    #[wasm_bindgen(method)]
    fn abort(this: &Writer, reason: &str) -> Promise;
}

/// The end to write to.
pub(super) struct Sink(Writer);

/// The client takes no more.
pub(super) struct Gone;

/// Both ends.
pub(super) fn pipe() -> (Sink, ResponseBody) {
    let pipe = IdentityTransformStream::new();
    (Sink(pipe.writable().writer()), ResponseBody::Stream(pipe.readable().unchecked_into()))
}

impl Sink {
    /// Writes a piece; waits until it is taken.
    pub(super) async fn write(&self, piece: &str) -> Result<(), Gone> {
        settled(self.0.write(&Uint8Array::from(piece.as_bytes()))).await
    }

    /// Ends the body.
    pub(super) async fn close(self) -> Result<(), Gone> {
        settled(self.0.close()).await
    }

    /// Breaks the body off, so that the client does not take what it has for the whole.
    pub(super) async fn abort(self, reason: &str) -> Result<(), Gone> {
        settled(self.0.abort(reason)).await
    }
}

async fn settled(promise: Promise) -> Result<(), Gone> {
    JsFuture::from(promise).await.map(drop).map_err(|_reason| Gone)
}
