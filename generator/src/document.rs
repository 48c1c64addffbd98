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
    /// The text that was parsed.
    pub source: Source,
    /// The values; a table for the whole.
    pub value: Value,
    spans: BTreeMap<SpecPath, Span>,
}

#[derive(Debug, Clone)]
struct Span {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl Document {
    /// Parses `source`. What can't be read is left out and reported; the rest is there.
    pub fn parse(source: Source) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader { spans: BTreeMap::new(), diagnostics: Vec::new() };
        // A byte order mark is not TOML but some editors write one; spans shift by its length.
        let start = if source.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let (table, errors) = DeTable::parse_recoverable(&source.text[start..]);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            reader.diagnostics.push(Diagnostic::new(
                Code::TomlSyntax,
                Place::Bytes(span.start + start..span.end + start),
                error.message(),
            ));
        }
        let value = reader.table(&SpecPath::root(), table.get_ref());
        let spans = reader
            .spans
            .into_iter()
            .map(|(path, span)| {
                let shift = |range: Range<usize>| range.start + start..range.end + start;
                (path, Span { key: span.key.map(shift), value: shift(span.value) })
            })
            .collect();
        (Self { source, value, spans }, reader.diagnostics)
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
            if let Some(value) = self.value(&path, value) {
                map.insert(name, value);
            }
        }
        Value::Object(map)
    }

    fn value(&mut self, path: &SpecPath, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let refuse = |this: &mut Self, message: String| {
            this.diagnostics.push(Diagnostic::new(Code::WrongType, Place::Value(path.clone()), message));
            None
        };
        match value.get_ref() {
            DeValue::String(text) => Some(Value::String(text.to_string())),
            DeValue::Boolean(value) => Some(Value::Bool(*value)),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(value) => Some(Value::from(value)),
                Err(_) => refuse(self, format!("`{}` is no 64-bit integer", integer.as_str())),
            },
            DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
                Some(value) => Some(Value::Number(value)),
                None => refuse(self, format!("`{}` is no finite number", float.as_str())),
            },
            DeValue::Datetime(date) => refuse(self, format!("a date stands in quotes here: \"{date}\"")),
            DeValue::Array(items) => Some(Value::Array(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, item)| {
                        let path = path.index(index);
                        self.spans.insert(path.clone(), Span { key: None, value: item.span() });
                        self.value(&path, item)
                    })
                    .collect(),
            )),
            DeValue::Table(table) => Some(self.table(path, table)),
        }
    }
}
