//! How the upstream service is asked: which headers go to it, how long it may take, and when it is asked again.

use std::time::Duration;

use super::error::Failure;

/// The path below the service's base URL.
pub const PATH: &str = "/chat/completions";

/// The variable with which a developer's machine says where a stand-in for the service is.
pub const STAND_IN: &str = "LLM_STAND_IN";

/// How long a client's connection may idle before a comment goes to it. Proxies would bear 100 s; but a client that has
/// gone is found out by writing to it alone, at the second time, and the model goes on at its cost until then.
pub const KEEP_ALIVE: Duration = Duration::from_millis(500);

/// The shortest pause before another attempt.
const PAUSE: Duration = Duration::from_millis(500);

/// The longest `Retry-After` that is waited for; with a longer one the client is told at once.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Further attempts after the first.
    pub retries: u32,
    /// Until the first piece of the answer.
    pub first: Duration,
    /// Between two pieces.
    pub idle: Duration,
    /// For all of it, attempts included.
    pub total: Duration,
}

impl Patience {
    /// As spec.toml has it.
    pub fn declared() -> Self {
        use glue::llm;
        Self {
            retries: llm::RETRIES,
            first: Duration::from_secs(llm::FIRST_BYTE_SECONDS),
            idle: Duration::from_secs(llm::IDLE_SECONDS),
            total: Duration::from_secs(llm::TOTAL_SECONDS),
        }
    }
}

/// Where the service is, without a slash at its end: as the spec has it, or a stand-in on this machine. Elsewhere there is
/// none: a variable that gets to a deployed worker sends the key nowhere.
pub fn base_url<'a>(declared: &'a str, stand_in: Option<&'a str>) -> &'a str {
    // What stands before an `@` is no host.
    let on_loopback = stand_in.filter(|it| it.starts_with("http://127.0.0.1:") && !it.contains('@'));
    on_loopback.unwrap_or(declared).trim_end_matches('/')
}

/// All headers of a call; nothing that a browser sent is among them.
pub fn headers(
    key: &str,
    project: Option<&str>,
    with_tools: bool,
    trace: &Trace,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("authorization", format!("Bearer {key}")),
        ("content-type", "application/json".to_owned()),
        ("accept", "application/json, text/event-stream".to_owned()),
        // The cache repeats the ids of calls, and an answer that broke off.
        ("x-bt-use-cache", if with_tools { "never" } else { "auto" }.to_owned()),
        ("traceparent", trace.parent()),
    ];
    headers.extend(project.map(|id| ("x-bt-parent", format!("project_id:{id}"))));
    headers
}

/// What identifies a request, in the client's answer, in the log and upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace(String);

impl Trace {
    /// Of random bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.0
    }

    /// <https://www.w3.org/TR/trace-context/#traceparent-header>
    fn parent(&self) -> String {
        format!("00-{}-{}-01", self.0, &self.0[16..])
    }
}

/// What the header `retry-after` says in seconds; a time of day is not read.
pub fn retry_after(header: &str) -> Option<u64> {
    header.trim().parse().ok()
}

/// How long to wait before another attempt, after `attempts` that failed; None if there is none. Only before anything of
/// an answer has come. `chance` is from 0 to 1.
pub fn pause(failure: &Failure, attempts: u32, retries: u32, chance: f64) -> Option<Duration> {
    let (may_pass, asked) = match failure {
        Failure::Unreachable | Failure::Silent => (true, None),
        Failure::Refused { status, retry_after } => (matches!(status, 408 | 429 | 500..), *retry_after),
        _ => (false, None),
    };
    if !may_pass || attempts > retries {
        return None;
    }
    // Clients that failed together do not come back together.
    let growing = PAUSE * 2_u32.saturating_pow(attempts.saturating_sub(1)).min(16);
    let spread = growing.mul_f64(0.5 + chance.clamp(0.0, 1.0));
    match asked.map(Duration::from_secs) {
        Some(asked) if asked > LONGEST_PAUSE => None,
        Some(asked) => Some(asked.max(spread)),
        None => Some(spread),
    }
}

/// The model of an attempt, counted from 0: the last is made with the fallback, if there is one.
pub fn model<'a>(wanted: &'a str, fallback: Option<&'a str>, attempt: u32, retries: u32) -> &'a str {
    fallback.filter(|_| attempt > 0 && attempt >= retries).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: [u8; 16] = [0xab; 16];

    fn refused(status: u16) -> Failure {
        Failure::Refused { status, retry_after: None }
    }

    #[test]
    fn a_stand_in_is_on_this_machine_or_nowhere() {
        let base_url = |stand_in| base_url("https://gateway.example/v1/", stand_in);
        assert_eq!(base_url(None), "https://gateway.example/v1");
        assert_eq!(base_url(Some("http://127.0.0.1:4000/v1")), "http://127.0.0.1:4000/v1");
        for elsewhere in [
            "https://thief.example",
            "http://127.0.0.1.thief.example",
            "http://127.0.0.1:1@thief.example",
            "",
        ] {
            assert_eq!(base_url(Some(elsewhere)), "https://gateway.example/v1", "{elsewhere:?}");
        }
    }

    #[test]
    fn a_trace_is_the_same_for_client_log_and_upstream() {
        let trace = Trace::new(TRACE);
        let headers = headers("k", Some("p"), true, &trace);
        let header = |name: &str| headers.iter().find(|it| it.0 == name).map(|it| it.1.clone());
        assert_eq!(header("traceparent"), Some(format!("00-{}-{}-01", trace.id(), "ab".repeat(8))));
        assert_eq!(header("x-bt-parent"), Some("project_id:p".to_owned()));
    }

    #[test]
    fn a_turn_with_tools_is_never_answered_from_a_cache() {
        let cache = |tools| {
            let headers = headers("k", None, tools, &Trace::new(TRACE));
            headers.into_iter().find(|it| it.0 == "x-bt-use-cache").map(|it| it.1)
        };
        assert_eq!(cache(true).as_deref(), Some("never"));
        assert_eq!(cache(false).as_deref(), Some("auto"));
    }

    #[test]
    fn what_may_pass_is_tried_again_a_bounded_number_of_times() {
        for (failure, again) in [
            (refused(429), true),
            (refused(503), true),
            (Failure::Unreachable, true),
            (refused(400), false),
            (refused(401), false),
            (Failure::Garbage, false),
            (Failure::Truncated, false),
        ] {
            assert_eq!(pause(&failure, 1, 2, 0.5).is_some(), again, "{failure:?}");
            assert_eq!(pause(&failure, 3, 2, 0.5), None, "{failure:?}");
        }
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        let failure = refused(503);
        let millis = |attempts, chance| pause(&failure, attempts, 9, chance).map(|it| it.as_millis());
        assert_eq!((millis(1, 0.0), millis(1, 1.0)), (Some(250), Some(750)));
        assert_eq!((millis(3, 0.0), millis(3, 1.0)), (Some(1_000), Some(3_000)));
    }

    #[test]
    fn upstream_says_how_long_to_wait_if_that_is_not_too_long() {
        let after = |header| {
            let failure = Failure::Refused { status: 429, retry_after: retry_after(header) };
            pause(&failure, 1, 2, 0.0)
        };
        assert_eq!(after("3"), Some(Duration::from_secs(3)));
        assert_eq!(after("60"), None);
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn the_last_attempt_is_made_with_the_fallback() {
        assert_eq!(model("a", Some("b"), 1, 2), "a");
        assert_eq!(model("a", Some("b"), 2, 2), "b");
        assert_eq!(model("a", None, 2, 2), "a");
        assert_eq!(model("a", Some("b"), 0, 0), "a");
    }
}
