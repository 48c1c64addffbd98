//! Names that the spec introduces, each a newtype whose constructor validates.
//!
//! Owns the alphabet of every kind of name: what passes here needs no escaping in SQL, Rust, JSONC or
//! a shell. Must not know what a name refers to.

use std::fmt;

/// Why a text is no name of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidName {
    /// What the text was meant to name: "a binding".
    pub kind: &'static str,
    /// The rule in words: "capital letters, digits and `_`, …".
    pub rule: &'static str,
}

/// A kind of name.
pub trait Name: Sized {
    /// Takes `text` if it is a name of this kind.
    fn new(text: &str) -> Result<Self, InvalidName>;
    /// The name as written in the spec.
    fn as_str(&self) -> &str;
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal, $rule:literal, $first:expr, $rest:expr
        $(, except $taken:path)?;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The rule in words, for messages and the schema.
            pub const RULE: &'static str = $rule;

            /// Takes `text` if it keeps the rule and is at most
            #[doc = concat!(stringify!($max), " bytes long.")]
            pub fn new(text: &str) -> Result<Self, InvalidName> {
                let first: fn(char) -> bool = $first;
                let rest: fn(char) -> bool = $rest;
                let mut chars = text.chars();
                let valid = text.len() <= $max && chars.next().is_some_and(first) && chars.all(rest);
                let rule = if text.len() > $max { concat!("at most ", $max, " characters") } else { $rule };
                $(if valid && $taken(text) {
                    return Err(InvalidName { kind: $kind, rule: TAKEN });
                })?
                if valid { Ok(Self(text.to_owned())) } else { Err(InvalidName { kind: $kind, rule }) }
            }

            /// The name as written in the spec.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Name for $name {
            fn new(text: &str) -> Result<Self, InvalidName> {
                Self::new(text)
            }

            fn as_str(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

const TAKEN: &str = "a name that the platform has not given to something of its own";

/// What the worker's Rust and JavaScript name without saying where it is from. A class of the same name would take its
/// place there: Rust's own, the crate `worker`'s and wasm-bindgen's; JavaScript's; Workers'.
const TAKEN_BY_THE_PLATFORM: &str = "
    Closure ContainerStartupOptions DurableObject JsCast JsError JsValue MinifyConfig None Nullable R2Range
    ScopedClosure Self Some String UnwrapThrowExt Upcast

    AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError
    FinalizationRegistry Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Iterator JSON Map
    Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer Symbol
    SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet
    WebAssembly

    AbortController AbortSignal Blob Cache CacheStorage CryptoKey Event EventTarget File FormData Headers
    ReadableStream Request Response TextDecoder TextEncoder TransformStream URL URLSearchParams WebSocket WebSocketPair
    WebSocketRequestResponsePair WorkerEntrypoint WritableStream";

fn is_taken(text: &str) -> bool {
    TAKEN_BY_THE_PLATFORM.split_whitespace().any(|taken| taken == text)
}

names! {
    /// A key of the worker's environment: a binding, a variable or a secret.
    BindingName, "a binding", 64, "capital letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_uppercase(), |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    /// A table of a D1 database.
    TableName, "a table", 64, "small letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    /// A column of a table.
    ColumnName, "a column", 64, "small letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    /// An index of a table. SQLite keeps these in one space for the whole database.
    IndexName, "an index", 64, "small letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    /// A check of a table.
    CheckName, "a check", 64, "small letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    /// A tool that a language model may call. The snake case is for the Rust and TypeScript types; the
    /// length is OpenAI's.
    ToolName, "a tool", 64, "small letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    /// A parameter of a tool.
    ParameterName, "a parameter", 64, "small letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    /// A way in which clients prove who they are.
    AuthName, "an auth section", 64, "small letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    /// A Durable Object class, also the name of the Rust type that wasm exports.
    ClassName, "a class", 64, "letters and digits, starting with a capital",
        |c| c.is_ascii_uppercase(), |c| c.is_ascii_alphanumeric(), except is_taken;
    /// A deployment environment such as `staging`.
    EnvironmentName, "an environment", 32, "small letters, digits and `-`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    /// A worker's name at Cloudflare, part of its workers.dev host name.
    WorkerName, "a worker", 63, "small letters, digits and `-`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    /// A D1 database's name at Cloudflare.
    DatabaseName, "a D1 database", 64, "small letters, digits, `-` and `_`, starting with a letter",
        |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    /// An R2 bucket's name at Cloudflare.
    BucketName, "an R2 bucket", 63, "small letters, digits and `-`, starting with a letter or digit",
        |c| c.is_ascii_lowercase() || c.is_ascii_digit(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    /// A queue's name at Cloudflare.
    QueueName, "a queue", 63, "small letters, digits and `-`, starting with a letter or digit",
        |c| c.is_ascii_lowercase() || c.is_ascii_digit(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    /// A dataset of Workers Analytics Engine, which is a table for its SQL.
    DatasetName, "a dataset", 96, "letters, digits and `_`, starting with a letter",
        |c| c.is_ascii_alphabetic(), |c| c.is_ascii_alphanumeric() || c == '_';
    /// An entrypoint of another worker: the name of a class in JavaScript.
    EntrypointName, "an entrypoint", 128, "letters, digits, `_` and `$`, starting with no digit",
        |c| c.is_ascii_alphabetic() || c == '_' || c == '$', |c| c.is_ascii_alphanumeric() || c == '_' || c == '$';
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_end_a_quoted_text_is_refused() {
        for text in ["", "a\"b", "a`b", "a'b", "a b", "a;b", "a\nb", "ä", "1a", "A"] {
            assert!(TableName::new(text).is_err(), "{text:?}");
        }
        assert_eq!(TableName::new("events_2").unwrap().as_str(), "events_2");
    }

    #[test]
    fn a_class_takes_no_name_that_the_platform_needs() {
        for text in ["Self", "String", "Error", "WebSocket", "R2Range"] {
            assert_eq!(ClassName::new(text).unwrap_err().rule, TAKEN, "{text}");
        }
        for text in ["Relay", "Env", "State", "Result", "Option", "Room"] {
            assert_eq!(ClassName::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_name_longer_than_its_limit_is_refused() {
        assert!(ToolName::new(&"a".repeat(64)).is_ok());
        assert!(ToolName::new(&"a".repeat(65)).is_err());
    }
}
