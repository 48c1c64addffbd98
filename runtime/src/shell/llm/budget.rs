//! The day's tokens, in D1. Each statement counts for a user and the deployment at once.

use glue::env::Env;
use glue::llm::{RESERVE_TOKENS, SETTLE_TOKENS};
use worker::{D1Database, Error, Result, console_error};

use crate::llm::budget::{Budget, Reservation, uncounted};
use crate::llm::error::ApiError;
use crate::llm::upstream::Trace;
use crate::shell::millis;

/// Sets tokens of today aside, where the spec has a budget.
pub(super) async fn reserve(
    env: &Env,
    user: &str,
    tokens: u64,
    trace: &Trace,
) -> std::result::Result<Option<Reservation>, ApiError> {
    let Some(database) = glue::llm::budget(env) else { return Ok(None) };
    let reservation = Budget::declared().reserve(user, tokens, millis());
    match run(database, RESERVE_TOKENS, &reservation).await {
        Ok(0) => Err(reservation.refused(millis())),
        Ok(_) => Ok(Some(reservation)),
        Err(error) => {
            console_error!("llm {}: tokens cannot be counted: {error}", trace.id());
            Err(uncounted())
        }
    }
}

/// Gives back what a call has not used. What cannot be given back counts until the day is over.
pub(super) async fn settle(env: &Env, reservation: Option<Reservation>, used: u64, trace: &Trace) {
    let Some((database, reservation)) = glue::llm::budget(env).zip(reservation) else { return };
    if let Err(error) = run(database, SETTLE_TOKENS, &reservation.settled(used)).await {
        console_error!("llm {}: tokens cannot be given back: {error}", trace.id());
    }
}

/// How many rows a statement has changed.
async fn run(database: &D1Database, statement: &str, reservation: &Reservation) -> Result<usize> {
    let result = database.prepare(statement).bind(&[reservation.json().into()])?.run().await?;
    let changes = result.meta()?.and_then(|meta| meta.changes);
    changes.ok_or_else(|| Error::from("D1 does not say what changed"))
}
