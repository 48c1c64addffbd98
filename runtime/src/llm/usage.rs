//! The tokens of an answer, as the upstream service counts them, or as they are estimated where it does not say.
//!
//! Knows the field `usage` of OpenAI's answers. It must not know what tokens are counted for.

use serde_json::Value;

/// Bytes of text that are taken for a token where nobody has counted.
const BYTES_OF_A_TOKEN: u64 = 4;

/// Tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the request.
    pub input: u64,
    /// Of the answer.
    pub output: u64,
    /// Those of `input` that the model's service had read before.
    pub cached: u64,
}

impl Usage {
    /// Reads the field `usage` of an answer or a chunk; None if it holds no counts.
    pub fn read(usage: &Value) -> Option<Self> {
        let count = |value: &Value| value.as_u64();
        Some(Self {
            input: count(&usage["prompt_tokens"])?,
            output: count(&usage["completion_tokens"])?,
            cached: count(&usage["prompt_tokens_details"]["cached_tokens"]).unwrap_or_default(),
        })
    }

    /// About as many as so many bytes of JSON are.
    pub fn estimate(request_bytes: usize, answer_bytes: usize) -> Self {
        let tokens = |bytes: usize| (bytes as u64).div_ceil(BYTES_OF_A_TOKEN);
        Self { input: tokens(request_bytes), output: tokens(answer_bytes), cached: 0 }
    }

    /// Of request and answer.
    pub fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cached: self.cached.saturating_add(other.cached),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_are_read_as_openai_writes_them() {
        let mut usage = json!({ "prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12 });
        assert_eq!(Usage::read(&usage), Some(Usage { input: 7, output: 5, cached: 0 }));
        usage["prompt_tokens_details"] = json!({ "cached_tokens": 4 });
        assert_eq!(Usage::read(&usage), Some(Usage { input: 7, output: 5, cached: 4 }));
    }

    #[test]
    fn what_holds_no_counts_is_no_usage() {
        for odd in [json!(null), json!({}), json!({ "prompt_tokens": -1, "completion_tokens": 2 })] {
            assert_eq!(Usage::read(&odd), None, "{odd}");
        }
    }
}
