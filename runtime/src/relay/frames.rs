//! The chunks that several pulls are sent at one moment.

use std::collections::HashMap;
use std::rc::Rc;

use crate::protocol::RequestId;

/// Chunks by request and last sequence number: clients count their requests from 0, so that most have the same id and
/// are sent the same text. For as long as neither the head nor the backend changes.
#[derive(Default)]
pub(super) struct Frames(HashMap<(RequestId, u64), Rc<str>>);

impl Frames {
    /// The chunk, encoded if it is the first of its kind.
    pub(super) fn get(&mut self, id: &RequestId, last: u64, encode: impl FnOnce() -> String) -> Rc<str> {
        Rc::clone(self.0.entry((id.clone(), last)).or_insert_with(|| encode().into()))
    }
}
