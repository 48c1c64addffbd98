//! What a socket carries through its object's sleep: its store, what it may do and its pulls, as text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::pull::Pull;
use crate::auth::Grant;
use crate::protocol::{MAX_SEQ_NUM, RequestId};

/// One socket's memory.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Attachment<'a> {
    #[serde(borrow)]
    store: Cow<'a, str>,
    pub(super) grant: Grant,
    pub(super) pulls: Vec<Entry>,
}

/// One pull: its id, its cursor, whether it is live, whether it has had a chunk.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry(pub(super) RequestId, pub(super) u64, pub(super) bool, pub(super) bool);

/// The store that a socket belongs to, from its attachment. None if the text is no attachment.
pub fn store_id(attachment: &str) -> Option<String> {
    parse(attachment).map(|attachment| attachment.store.into_owned())
}

pub(super) fn parse(attachment: &str) -> Option<Attachment<'_>> {
    serde_json::from_str(attachment).ok()
}

pub(super) fn write(store_id: &str, grant: Grant, pulls: &[Pull]) -> String {
    text(
        store_id,
        grant,
        pulls.iter().map(|pull| Entry(pull.id.clone(), pull.cursor, pull.live, pull.answered)),
    )
}

/// Whether sockets with these pulls have the same attachment.
pub(super) fn is_same(pulls: &[Pull], others: &[Pull]) -> bool {
    let entry = |pull: &Pull| (pull.cursor, pull.live, pull.answered);
    pulls.len() == others.len() && pulls.iter().zip(others).all(|(a, b)| entry(a) == entry(b) && a.id == b.id)
}

/// The longest that the attachment can become as these pulls go on.
pub(super) fn longest(store_id: &str, grant: Grant, pulls: &[Pull]) -> usize {
    text(store_id, grant, pulls.iter().map(|pull| Entry(pull.id.clone(), MAX_SEQ_NUM, false, false))).len()
}

fn text(store_id: &str, grant: Grant, pulls: impl Iterator<Item = Entry>) -> String {
    let attachment = Attachment { store: Cow::Borrowed(store_id), grant, pulls: pulls.collect() };
    serde_json::to_string(&attachment).expect("text and numbers are JSON")
}
