//! The ledger's rows, in D1.

use glue::env::Env;
use glue::llm::ADD_CALL;
use worker::{D1Database, Result, console_error};

use crate::llm::ledger::Entry;

/// Writes a call down, where the spec has a ledger. What fails is logged: the client has its answer.
pub(super) async fn add(env: &Env, entry: &Entry<'_>) {
    let Some(database) = glue::llm::ledger(env) else { return };
    if let Err(error) = insert(database, entry).await {
        console_error!("llm {}: the call is not in the ledger: {error}", entry.id);
    }
}

async fn insert(database: &D1Database, entry: &Entry<'_>) -> Result<()> {
    database.prepare(ADD_CALL).bind(&[entry.row().into()])?.run().await.map(drop)
}
