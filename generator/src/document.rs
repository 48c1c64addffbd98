//! The text of a spec as a tree of values that know where they stand.
//!
//! Owns TOML syntax, spans, lines and columns. Must not know what any key means.

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Map, Number, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    diagnostic::{Code, Diagnostic, Place},
    path::SpecPath,
};

/// A spec's text and the name by which messages call it.
#[derive(Debug, Clone)]
pub struct Source {
    /// A path as the user would type it: `spec.toml`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A parsed spec: JSON-like values, and the place of each in the text.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text that was parsed, without a byte order mark.
    pub source: Source,
    /// The values; a table for the whole. Null, which TOML has not, stands for what could not be read.
    pub value: Value,
    spans: BTreeMap<SpecPath, Span>,
}

#[derive(Debug, Clone)]
struct Span {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl Document {
    /// Parses `source`. What can't be read is null and reported; the rest is there.
    pub fn parse(mut source: Source) -> (Self, Vec<Diagnostic>) {
        // A byte order mark is not TOML but some editors write one. It is no column of the first line.
        if source.text.starts_with('\u{feff}') {
            source.text.remove(0);
        }
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let errors: Vec<_> =
            errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message())).collect();
        let diagnostics = syntax_errors(&source.text, &errors)
            .map(|(span, message)| Diagnostic::new(Code::TomlSyntax, Place::Bytes(span), message))
            .collect();
        let mut reader = Reader { spans: BTreeMap::new(), diagnostics };
        let value = reader.table(&SpecPath::root(), table.get_ref());
        let Reader { spans, diagnostics } = reader;
        (Self { source, value, spans }, diagnostics)
    }

    /// The bytes of `place`, or of the nearest place around it that the text has.
    pub fn span(&self, place: &Place) -> Range<usize> {
        let (path, of_key) = match place {
            Place::Bytes(range) => {
                let end = range.end.min(self.source.text.len());
                return range.start.min(end)..end;
            }
            Place::File(_) => return 0..0,
            Place::Key(path) => (path, true),
            Place::Value(path) => (path, false),
        };
        let mut at = Some(path.clone());
        while let Some(path) = at {
            if let Some(span) = self.spans.get(&path) {
                return match &span.key {
                    Some(key) if of_key || span.value.is_empty() => key.clone(),
                    _ => self.first_line(&span.value),
                };
            }
            at = path.parent();
        }
        0..0
    }

    /// Line and column of a byte, both from 1, columns in characters.
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = &self.source.text[..self.source.text.floor_char_boundary(byte)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// A value of several lines is shown by its first.
    fn first_line(&self, range: &Range<usize>) -> Range<usize> {
        let text = &self.source.text[range.clone()];
        range.start..range.start + text.find(['\n', '\r']).unwrap_or(text.len())
    }
}

struct Reader {
    spans: BTreeMap<SpecPath, Span>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn table(&mut self, path: &SpecPath, table: &DeTable<'_>) -> Value {
        let mut map = Map::new();
        for (key, value) in table.iter() {
            let name = key.get_ref().to_string();
            let path = path.key(&name);
            self.spans.insert(path.clone(), Span { key: Some(key.span()), value: value.span() });
            let value = self.value(&path, value);
            map.insert(name, value);
        }
        Value::Object(map)
    }

    fn value(&mut self, path: &SpecPath, value: &Spanned<DeValue<'_>>) -> Value {
        let refuse = |this: &mut Self, message: String| {
            this.diagnostics.push(Diagnostic::new(Code::WrongType, Place::Value(path.clone()), message));
            Value::Null
        };
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(value) => Value::from(value),
                Err(_) => refuse(self, format!("`{}` is no 64-bit integer", integer.as_str())),
            },
            DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
                Some(value) => Value::Number(value),
                None => refuse(self, format!("`{}` is no finite number", float.as_str())),
            },
            DeValue::Datetime(date) => refuse(self, format!("a date stands in quotes here: \"{date}\"")),
            DeValue::Array(items) => Value::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        let path = path.index(index);
                        self.spans.insert(path.clone(), Span { key: None, value: item.span() });
                        self.value(&path, item)
                    })
                    .collect(),
            ),
            DeValue::Table(table) => self.table(path, table),
        }
    }
}

/// The parser's errors in our words. A section that is written twice makes a double of every key in it; the section
/// alone is told.
fn syntax_errors<'a>(
    text: &'a str,
    errors: &'a [(Range<usize>, &'a str)],
) -> impl Iterator<Item = (Range<usize>, String)> + 'a {
    let mut doubled: Option<Range<usize>> = None;
    errors.iter().filter_map(move |(span, message)| {
        if *message != "duplicate key" {
            return Some((span.clone(), (*message).to_owned()));
        }
        if doubled.as_ref().is_some_and(|section| section.contains(&span.start)) {
            return None;
        }
        let line_start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let header = text[line_start..].trim_start().starts_with('[');
        if header {
            let end = text[span.end..].find("\n[").map_or(text.len(), |at| span.end + at);
            doubled = Some(span.end..end);
        }
        let what = if header { "the section" } else { "the key" };
        Some((span.clone(), format!("{what} `{}` is written twice", &text[span.clone()])))
    })
}
