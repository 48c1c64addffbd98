//! Errors of the language models' route, as OpenAI's clients read them.
//!
//! Owns which status, type and code a failure has. What the upstream service wrote is not repeated, since it may hold
//! keys and other people's text; of what a model called wrongly there are a tool's and an argument's name, cut short.

use serde::Serialize;

use crate::reply::Reply;

/// An error as OpenAI's clients read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status, if none has been sent yet.
    pub status: u16,
    /// What went wrong and what to do.
    pub message: String,
    /// The kind of error, such as `invalid_request_error`.
    pub kind: &'static str,
    /// The parameter at fault, as a path: `messages[2].role`.
    pub param: Option<String>,
    /// A code for programs.
    pub code: &'static str,
    /// After how many seconds another attempt makes sense, if that is known.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// A request that is refused with 400 for what it says at `param`.
    pub fn invalid(param: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        let (param, message) = (Some(param.into()), message.into());
        Self { status: 400, message, kind: "invalid_request_error", param, code, retry_after: None }
    }

    /// A request that is refused with 403 for where it comes from.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self { kind: "permission_error", ..Self::server(403, code, message) }
    }

    /// A failure that is not the client's.
    pub fn server(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), kind: "server_error", param: None, code, retry_after: None }
    }

    /// A request with another method than the route takes.
    pub fn wrong_method(methods: &[&str]) -> Self {
        let message = format!("This path does not take that method: use {}.", methods.join(" or "));
        Self { status: 405, param: None, ..Self::invalid("", "method_not_allowed", message) }
    }

    /// A user who has called too often in a period of so many seconds.
    pub fn too_often(period: u64) -> Self {
        let message = format!("You have asked too often: wait {period} seconds.");
        let (kind, retry_after) = ("rate_limit_error", Some(period));
        Self { kind, retry_after, ..Self::server(429, "rate_limit_exceeded", message) }
    }

    /// `{"error":{"message","type","param","code","request_id"}}`; the last is for who has to find it in the log.
    pub fn body(&self, request_id: &str) -> String {
        let Self { message, kind, param, code, .. } = self;
        let error = Fields { message, kind, param: param.as_deref(), code, request_id };
        serde_json::to_string(&Body { error }).expect("a struct of text is JSON")
    }

    /// As the answer to a request.
    pub fn reply(&self, request_id: &str) -> Reply {
        let body = self.body(request_id);
        let reply = Reply { body, ..Reply::empty(self.status) }.with("content-type", "application/json");
        match self.retry_after {
            Some(seconds) => reply.with("retry-after", seconds.to_string()),
            None => reply,
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: &'a str,
    request_id: &'a str,
}

/// Why there is no answer of a model, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The upstream service cannot be reached.
    Unreachable,
    /// Nothing came for so long.
    Silent,
    /// The whole answer took too long.
    TooSlow,
    /// The upstream service answered with another status than 200.
    Refused {
        /// The status.
        status: u16,
        /// After how many seconds it wants to be asked again, if it has said.
        retry_after: Option<u64>,
    },
    /// It answered with something that is no answer of a model.
    Garbage,
    /// It said within its answer that something went wrong.
    Provider,
    /// It ended before the answer did.
    Truncated,
    /// One piece of its answer is longer than is kept in memory.
    TooLong,
    /// The model called a tool in a way that cannot be run; in words.
    Call(String),
}

impl Failure {
    /// As the client is told.
    pub fn error(&self) -> ApiError {
        match self {
            Self::Unreachable => {
                ApiError::server(502, "upstream_unreachable", "The model cannot be reached: try again later.")
            }
            Self::Silent => ApiError::server(504, "upstream_timeout", "The model fell silent: try again."),
            Self::TooSlow => {
                ApiError::server(504, "upstream_timeout", "The answer took too long: ask for a shorter one.")
            }
            Self::Refused { status, retry_after } => {
                ApiError { retry_after: *retry_after, ..refused(*status) }
            }
            Self::Garbage => {
                ApiError::server(502, "upstream_invalid", "What came was no answer of a model: try again.")
            }
            Self::Provider => {
                ApiError::server(502, "upstream_error", "The model failed within its answer: try again.")
            }
            Self::Truncated => {
                ApiError::server(502, "upstream_truncated", "The answer broke off before its end: try again.")
            }
            Self::TooLong => {
                ApiError::server(502, "upstream_too_long", "The answer is longer than can be passed on.")
            }
            Self::Call(why) => {
                ApiError::server(502, "invalid_tool_call", format!("The model called a tool wrongly: {why}."))
            }
        }
    }

    /// As the end of a stream: a client that does not know the frame takes the end for one without a finish.
    pub fn frames(&self, request_id: &str) -> String {
        format!("data: {}\n\ndata: [DONE]\n\n", self.error().body(request_id))
    }
}

/// The client's own mistakes stay the client's; a key or project that is refused is the operator's matter.
fn refused(status: u16) -> ApiError {
    match status {
        429 => ApiError {
            kind: "rate_limit_error",
            ..ApiError::server(429, "rate_limit_exceeded", "The model has too much to do: try again later.")
        },
        400 | 404 | 413 | 422 => ApiError {
            kind: "invalid_request_error",
            ..ApiError::server(400, "upstream_refused", "The model does not take this request.")
        },
        401..=403 => {
            let message = "The worker may not use the model: its operator has to look at key and project.";
            ApiError::server(502, "upstream_unauthorized", message)
        }
        503 => ApiError::server(503, "upstream_error", "The model is not there now: try again later."),
        _ => ApiError::server(502, "upstream_error", "The model failed to answer: try again later."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_error_has_all_four_keys_that_openai_clients_read() {
        let error = ApiError::invalid("model", "model_not_found", "No such model.");
        assert_eq!(
            error.body("7f"),
            r#"{"error":{"message":"No such model.","type":"invalid_request_error","param":"model","code":"model_not_found","request_id":"7f"}}"#
        );
        assert_eq!(error.reply("7f").status, 400);
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let error = ApiError::wrong_method(&["POST"]);
        assert_eq!((error.status, error.param.as_deref()), (405, None));
        assert_eq!(error.message, "This path does not take that method: use POST.");
    }

    #[test]
    fn who_asks_too_often_is_told_when_to_come_back() {
        let reply = ApiError::too_often(60).reply("7f");
        assert_eq!(reply.status, 429);
        assert!(reply.headers.contains(&("retry-after", "60".to_owned())), "{reply:?}");
        assert!(reply.body.contains("\"code\":\"rate_limit_exceeded\""), "{reply:?}");
        assert!(ApiError::server(500, "x", "").reply("7f").headers.iter().all(|it| it.0 != "retry-after"));
    }

    #[test]
    fn a_failure_after_the_status_is_a_frame_and_the_end() {
        let frames = Failure::Truncated.frames("7f");
        let (first, rest) = frames.split_once("\n\n").unwrap();
        let error: Value = serde_json::from_str(first.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "upstream_truncated");
        assert_eq!(rest, "data: [DONE]\n\n");
    }

    #[test]
    fn a_key_that_upstream_refuses_is_not_the_clients_mistake() {
        let error = |status| Failure::Refused { status, retry_after: None }.error();
        assert_eq!((error(401).status, error(403).code), (502, "upstream_unauthorized"));
        assert_eq!([429, 422, 503, 500].map(|status| error(status).status), [429, 400, 503, 502]);
    }

    #[test]
    fn when_upstream_wants_to_be_asked_again_the_client_is_told() {
        for status in [429, 503] {
            let failure = Failure::Refused { status, retry_after: Some(30) };
            let reply = failure.error().reply("7f");
            assert!(reply.headers.contains(&("retry-after", "30".to_owned())), "{reply:?}");
        }
    }
}
