//! Waiting for a condition, with an end.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// How long an answer over loopback may take on a machine that is busy with other things.
pub const ANSWER: Duration = Duration::from_secs(60);

/// How long clients may take to find a worker that was away (they wait up to 8 s between attempts) and to
/// agree with each other.
pub const CONVERGENCE: Duration = Duration::from_secs(120);

const POLL: Duration = Duration::from_millis(50);

/// What `future` yields.
///
/// # Panics
/// If it takes longer than [`ANSWER`]; the message names `what` was awaited.
pub async fn answer<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(ANSWER, future).await {
        Ok(value) => value,
        Err(_) => panic!("no {what} within {} s", ANSWER.as_secs()),
    }
}

/// Asks until `probe` holds a value.
///
/// # Errors
/// With the last reason that it gave, if it does not within `limit`.
pub async fn within<T>(
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, String> {
    let deadline = Instant::now() + limit;
    loop {
        match probe().await {
            Ok(value) => return Ok(value),
            Err(reason) if Instant::now() > deadline => {
                return Err(format!("after {} s: {reason}", limit.as_secs()));
            }
            Err(_) => sleep(POLL).await,
        }
    }
}

/// Asks until `probe` holds a value.
///
/// # Panics
/// As [`within`] fails.
pub async fn until<T>(limit: Duration, probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    within(limit, probe).await.unwrap_or_else(|reason| panic!("{reason}"))
}
