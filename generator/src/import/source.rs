//! The text of a configuration, as a value.
//!
//! Owns the two languages that wrangler reads. Must not know what any key means.

use std::fmt;

use jsonc_parser::ParseOptions;
use serde_json::{Map, Value};

/// The longest configuration that is read, in bytes: far beyond any that a person writes.
pub const LONGEST: u64 = 1 << 20;

/// The most values that a configuration may say in all its environments. Cloudflare takes far fewer.
const MOST_VALUES: usize = 20_000;

/// A configuration of wrangler, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The file's name; what follows its last dot says which language it is in.
    pub name: String,
    /// What it says.
    pub text: String,
    /// The folder that it lies in, seen from the spec's, with `/`; empty for the same.
    pub folder: String,
}

/// Why a text is no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.name, self.reason)
    }
}

impl std::error::Error for Unreadable {}

impl Configuration {
    /// The value that the text says: TOML for a name that ends in `.toml`, else JSON with comments.
    ///
    /// # Errors
    /// If it says none, or no table.
    pub fn parse(&self) -> Result<Map<String, Value>, Unreadable> {
        let bad = |reason: String| Unreadable { name: self.name.clone(), reason };
        if self.text.len() as u64 > LONGEST {
            return Err(bad(format!(
                "it has {} bytes, and the most is {} MiB",
                self.text.len(),
                LONGEST >> 20
            )));
        }
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        let value: Value = if self.name.ends_with(".toml") {
            // Dates of TOML have no JSON; `toml` writes them as a table of its own, which no key takes.
            toml::from_str(text).map_err(|error| bad(error.to_string()))?
        } else {
            jsonc_parser::parse_to_serde_value(text, &as_wrangler_reads())
                .map_err(|error| bad(error.to_string()))?
        };
        let values = values(&value).saturating_mul(environments(&value) + 1);
        if values > MOST_VALUES {
            return Err(bad(format!(
                "it says {values} things in all its environments, and the most is {MOST_VALUES}"
            )));
        }
        match value {
            Value::Object(object) => Ok(object),
            Value::Null => Err(bad("it is empty".to_owned())),
            _ => Err(bad("it is no object with wrangler's keys".to_owned())),
        }
    }
}

/// How many values there are, however deep.
fn values(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(fields) => fields.values().map(values).sum(),
        _ => 0,
    }
}

fn environments(root: &Value) -> usize {
    root.get("env").and_then(Value::as_object).map_or(0, Map::len)
}

/// JSON with comments and trailing commas, and none of the further liberties that the parser offers.
fn as_wrangler_reads() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_extended_string_escapes: false,
        allow_non_finite_numbers: false,
    }
}

/// `path` as seen from the spec's folder, if it is written as seen from `folder`: plain segments with `/` between,
/// and `..` at the start alone.
pub fn joined(folder: &str, path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in folder.split(['/', '\\']).chain(path.split(['/', '\\'])) {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => _ = segments.pop(),
            other => segments.push(other),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(name: &str, text: &str) -> Result<Value, String> {
        let configuration =
            Configuration { name: name.to_owned(), text: text.to_owned(), folder: String::new() };
        configuration.parse().map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn comments_and_trailing_commas_are_read_as_wrangler_reads_them() {
        let text = "\u{feff}{ // the worker\n \"name\": \"a\", /* \"main\": 1, */ \"flags\": [\"x\",], }\n";
        assert_eq!(parse("wrangler.jsonc", text).unwrap(), json!({ "name": "a", "flags": ["x"] }));
    }

    #[test]
    fn toml_is_read_in_the_order_that_it_is_written_in() {
        let value = parse("wrangler.toml", "name = \"a\"\n[vars]\nB = 1\nA = true\n").unwrap();
        assert_eq!(value.to_string(), r#"{"name":"a","vars":{"B":1,"A":true}}"#);
    }

    #[test]
    fn what_is_no_configuration_is_refused_with_a_reason() {
        for (name, text, reason) in [
            ("wrangler.jsonc", "", "it is empty"),
            ("wrangler.jsonc", "null", "it is empty"),
            ("wrangler.json", "[]", "no object"),
            ("wrangler.json", "\"a\"", "no object"),
            ("wrangler.jsonc", "{ \"a\": }", "line 1"),
            ("wrangler.jsonc", "{ 'a': 1 }", "line 1"),
            ("wrangler.toml", "a = ", "line 1"),
        ] {
            let error = parse(name, text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let deep = 100_000;
        for (name, text) in [
            ("wrangler.jsonc", "[".repeat(deep)),
            ("wrangler.jsonc", "{\"a\":".repeat(deep)),
            ("wrangler.toml", format!("a = {}", "[".repeat(deep))),
            ("wrangler.toml", format!("a = {}", "{a = ".repeat(deep))),
        ] {
            assert!(parse(name, &text).is_err(), "{}", &text[..8]);
        }
    }

    #[test]
    fn a_text_beyond_the_limit_is_not_parsed() {
        let text = " ".repeat(usize::try_from(LONGEST).unwrap() + 1);
        assert!(parse("wrangler.jsonc", &text).unwrap_err().contains("1 MiB"));
    }

    #[test]
    fn what_multiplies_with_environments_is_bounded() {
        let env: Map<String, Value> = (0..200).map(|it| (format!("e{it}"), json!({}))).collect();
        let vars: Map<String, Value> = (0..200).map(|it| (format!("V{it}"), json!(1))).collect();
        let text = json!({ "vars": vars, "env": env }).to_string();
        assert!(parse("wrangler.json", &text).unwrap_err().contains("the most is 20000"));
    }

    #[test]
    fn a_path_is_seen_from_the_spec() {
        for (folder, path, joint) in [
            ("", "./dist/", "dist"),
            ("apps/api", "../web/dist", "apps/web/dist"),
            ("..", "dist", "../dist"),
            ("../a", "../../b", "../../b"),
            ("", "public\\app", "public/app"),
        ] {
            assert_eq!(joined(folder, path), joint);
        }
    }
}
