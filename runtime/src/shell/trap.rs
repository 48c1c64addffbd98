//! What is left to be done when WebAssembly traps, as it does at a panic, or is torn down by an exception.
//!
//! All Rust of the isolate is dead then, with whatever it was doing, and is started anew at the next event. Only
//! JavaScript can still tell the clients, and knows later that there was something before. Must not know what the
//! object was doing.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::State;

use crate::relay::Closing;

#[wasm_bindgen(inline_js = r#"
const objects = new Set()

const close = () => {
  for (const it of objects) {
    try {
      for (const socket of it.state.deref()?.getWebSockets() ?? []) socket.close(it.code, it.reason)
    } catch {
      // Another object's sockets: it closes them itself when it is built again.
    }
  }
}

addEventListener("error", ({ error }) => {
  // The second is what `wasm-bindgen` makes of an exception that no one was to throw.
  if (error instanceof WebAssembly.RuntimeError || error?.message === "Critical error") close()
})

// What another object waited for has come, and whoever was to hear of it is gone: so its clients hear nothing more.
addEventListener("unhandledrejection", ({ reason }) => {
  if (String(reason?.message).includes("previous WASM instance")) close()
})

export function outlive(state, code, reason) {
  for (const it of objects) {
    const known = it.state.deref()
    if (known === state) return true
    if (known === undefined) objects.delete(it)
  }
  objects.add({ state: new WeakRef(state), code, reason })
  return false
}
"#)]
extern "C" {
    /// Whether `state` outlived a trap. At the next one its sockets are closed.
    fn outlive(state: &JsValue, code: u16, reason: &str) -> bool;
}

/// Whether the object was there before, and its memory was lost to a trap: what its sockets wait for may never come.
pub(super) fn outlived(state: &State) -> bool {
    outlive(state.as_raw().as_ref(), Closing::CODE, Closing::Forgotten.reason())
}
