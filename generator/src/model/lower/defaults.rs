//! Defaults of columns: of the column's type, in the form of its other values, and such that a migration can carry
//! them.

use serde::de::IgnoredAny;

use super::{Lowering, is_date, type_word};
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::tables::{ColumnType, DefaultValue, Literal},
    path::SpecPath,
    spec::RawColumn,
};

/// The longest default in bytes. It is a part of statements, of which D1 takes 100 KB.
const LONGEST: usize = 90_000;

impl Lowering<'_> {
    pub(super) fn default(
        &mut self,
        path: &SpecPath,
        kind: ColumnType,
        raw: &RawColumn,
    ) -> Option<DefaultValue> {
        if let Some(text) = &raw.default_expression {
            let at = path.key("default_expression");
            if raw.default.is_some() {
                self.push(
                    Diagnostic::new(
                        Code::InvalidValue,
                        Place::Key(at.clone()),
                        "the column has two defaults",
                    )
                    .related(Place::Key(path.key("default")), "the other one")
                    .help("keep one of them"),
                );
            }
            if !self.portable(&at, text) {
                return None;
            }
            return self.default_expression(path, kind, raw, text).map(DefaultValue::Expression);
        }
        let value = raw.default.as_ref()?;
        let at = path.key("default");
        let Some(literal) = literal(kind, value) else {
            self.push(
                Diagnostic::new(
                    Code::DefaultType,
                    Place::Value(at),
                    format!("{value} is no value of type `{}`", type_word(kind)),
                )
                .related(Place::Value(path.key("type")), "the column's type")
                .help(default_help(kind)),
            );
            return None;
        };
        if let Literal::Text(text) = &literal {
            if !self.portable(&at, text) {
                return None;
            }
            self.form(&at, kind, text);
        }
        Some(DefaultValue::Literal(literal))
    }

    /// Whether a migration's file and D1 can carry the text.
    fn portable(&mut self, at: &SpecPath, text: &str) -> bool {
        // A quote is written twice.
        let bytes = text.len() + text.matches('\'').count();
        let diagnostic = if text.contains('\r') {
            let message = "the default has a carriage return, which a migration's file cannot carry";
            Diagnostic::new(Code::InvalidValue, Place::Value(at.clone()), message)
                .help("take out `\\r`; a line ends in `\\n` alone")
        } else if bytes > LONGEST {
            let message = format!("the default has {bytes} bytes, and the most is {LONGEST}");
            Diagnostic::new(Code::OutOfRange, Place::Value(at.clone()), message)
                .help("shorten it, or let the code that writes a row give the value")
        } else {
            return true;
        };
        self.push(diagnostic);
        false
    }

    /// The form that the column's other values have.
    fn form(&mut self, at: &SpecPath, kind: ColumnType, text: &str) {
        let (code, help) = match kind {
            ColumnType::Json if serde_json::from_str::<IgnoredAny>(text).is_err() => (
                Code::DefaultType,
                "write JSON within the quotes, as in `'{\"open\": true}'`, `'[]'` or `'\"text\"'`",
            ),
            ColumnType::Uuid if !is_uuid(text) => (
                Code::DefaultFormat,
                "write it as `0b7c7dd2-5c1f-4b0e-9a43-2f6a3c1d9e10`, or make the column of type `text`",
            ),
            ColumnType::Timestamp if !is_timestamp(text) => (
                Code::DefaultFormat,
                "write it as `2026-01-31T09:00:00.000Z`, or make the column of type `text`",
            ),
            _ => return,
        };
        let shown: String = text.chars().take(60).collect();
        let cut = if shown.len() < text.len() { " …" } else { "" };
        let message = match kind {
            ColumnType::Json => format!("{shown:?}{cut} is no JSON"),
            ColumnType::Uuid => format!("{shown:?}{cut} is no UUID"),
            _ => format!("{shown:?}{cut} is no time as `timestamp` columns write it"),
        };
        self.push(Diagnostic::new(code, Place::Value(at.clone()), message).help(help));
    }
}

/// Whether `text` is 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// Whether `text` is a moment as `2026-01-31T09:00:00.000Z`.
fn is_timestamp(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let Some(time) = time.strip_suffix('Z') else { return false };
    let below = |part: Option<&str>, digits: usize, bound: u32| {
        let written = part.filter(|it| it.len() == digits && it.bytes().all(|b| b.is_ascii_digit()));
        written.and_then(|it| it.parse().ok()).is_some_and(|number: u32| number < bound)
    };
    let mut parts = time.split([':', '.']);
    let fits = [(2, 24), (2, 60), (2, 60), (3, 1000)];
    let fits = fits.iter().all(|(digits, bound)| below(parts.next(), *digits, *bound));
    is_date(day) && fits && parts.next().is_none() && time.find('.') == Some(8)
}

/// How a default of a type is written.
fn default_help(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer => "write a whole number",
        ColumnType::Real => "write a number",
        ColumnType::Boolean => "write `true` or `false`",
        ColumnType::Text | ColumnType::Timestamp | ColumnType::Json | ColumnType::Uuid => {
            "write text in quotes"
        }
        ColumnType::Blob => "bytes have no default: leave it out",
    }
}

/// A default value, if it is one of the column's type.
fn literal(kind: ColumnType, value: &serde_json::Value) -> Option<Literal> {
    match kind {
        ColumnType::Integer => value.as_i64().map(Literal::Integer),
        ColumnType::Real => value.as_f64().map(Literal::Real),
        ColumnType::Boolean => value.as_bool().map(Literal::Boolean),
        ColumnType::Text | ColumnType::Timestamp | ColumnType::Json | ColumnType::Uuid => {
            value.as_str().filter(|text| !text.contains('\0')).map(|text| Literal::Text(text.to_owned()))
        }
        ColumnType::Blob => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_timestamp, is_uuid};

    #[test]
    fn a_moment_is_written_in_one_form_alone() {
        assert!(is_timestamp("2026-01-31T23:59:59.999Z"));
        for text in [
            "yesterday",
            "2026-13-45T00:00:00Z",
            "2026-01-31",
            "2026-01-31T09:00:00Z",
            "2026-01-31T09:00:00.000",
            "2026-01-31T09:00.00:000Z",
            "2026-01-31T09:00:00.000.0Z",
            "2026-01-31T24:00:00.000Z",
            "2026-02-30T09:00:00.000Z",
            "2026-01-31 09:00:00.000Z",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn a_uuid_has_five_groups_of_hexadecimal_digits() {
        assert!(is_uuid("0b7c7dd2-5c1f-4b0e-9a43-2f6a3c1d9e10"));
        for text in ["zz", "", "0b7c7dd25c1f4b0e9a432f6a3c1d9e10", "0b7c7dd2-5c1f-4b0e-9a43-2f6a3c1d9e1g"] {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
