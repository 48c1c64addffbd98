//! The language models' route.
//!
//! Owns what its clients see, which is what OpenAI's API would answer. It knows nothing of JavaScript.

use serde::Serialize;

use crate::reply::Reply;

/// An error as OpenAI's clients read it.
#[derive(Debug, Serialize)]
pub struct ApiError {
    /// What went wrong and what to do.
    pub message: &'static str,
    /// The kind of error, such as `invalid_request_error`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The parameter at fault.
    pub param: Option<&'static str>,
    /// A code for programs.
    pub code: Option<&'static str>,
}

impl ApiError {
    /// `{"error":{"message","type","param","code"}}`
    pub fn reply(&self, status: u16) -> Reply {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a ApiError,
        }
        Reply::json(status, &Body { error: self })
    }
}

/// The answer of a worker that serves no model.
pub fn not_implemented() -> Reply {
    let error = ApiError {
        message: "This worker does not serve chat completions.",
        kind: "server_error",
        param: None,
        code: Some("not_implemented"),
    };
    error.reply(501)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_shape_that_openai_clients_read() {
        let reply = not_implemented();
        assert_eq!(reply.status, 501);
        assert_eq!(
            reply.body,
            r#"{"error":{"message":"This worker does not serve chat completions.","type":"server_error","param":null,"code":"not_implemented"}}"#
        );
    }
}
