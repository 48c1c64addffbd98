//! A `spec.toml` in the making: sections with their keys, and how they are written.
//!
//! Owns the look of the file. Must not know what any section means.

use toml::Value;

use crate::path::{Segment, SpecPath};

/// A section, with a header of its own in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    /// Where it is: `bindings.DB`.
    pub(super) path: SpecPath,
    /// Keys, each a few names deep, and values.
    lines: Vec<(Vec<String>, Value)>,
}

impl Section {
    /// An empty section.
    pub(super) fn new<const N: usize>(path: [&str; N]) -> Self {
        Self { path: SpecPath::from(path), lines: Vec::new() }
    }

    /// An element of a list of sections.
    pub(super) fn element(list: &str, index: usize) -> Self {
        Self { path: SpecPath::from([list]).index(index), lines: Vec::new() }
    }

    /// With one more line.
    pub(super) fn line(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.set(&[key], value);
        self
    }

    /// With a line before all others.
    pub(super) fn line_first(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.lines.insert(0, (vec![key.to_owned()], value.into()));
        self
    }

    /// With one more line, if there is a value.
    pub(super) fn maybe(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.line(key, value),
            None => self,
        }
    }

    /// Adds a line.
    pub(super) fn set(&mut self, key: &[&str], value: impl Into<Value>) {
        self.lines.push((key.iter().map(|part| (*part).to_owned()).collect(), value.into()));
    }

    /// Replaces a field of a line that is a table.
    pub(super) fn set_field(&mut self, key: &[&str], field: &str, value: impl Into<Value>) {
        let line = self.lines.iter_mut().find(|(it, _)| it == key);
        if let Some(Value::Table(fields)) = line.map(|(_, value)| value) {
            fields.insert(field.to_owned(), value.into());
        }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The value of a line.
    pub(super) fn value(&self, key: &[&str]) -> Option<&Value> {
        self.lines.iter().find(|(it, _)| it == key).map(|(_, value)| value)
    }

    /// Takes out the line in which the place is, or the lines that are in the place; the path of the first.
    fn remove_lines(&mut self, place: &SpecPath) -> Option<SpecPath> {
        let base = &self.path;
        let path = |key: &[String]| key.iter().fold(base.clone(), |path, part| path.key(part));
        let is_out = |line: &SpecPath| place.is_within(line) || line.is_within(place);
        let first = self.lines.iter().map(|(key, _)| path(key)).find(is_out)?;
        self.lines.retain(|(key, _)| !is_out(&path(key)));
        Some(first)
    }

    fn write(&self, text: &mut String) {
        let list = matches!(self.path.segments().last(), Some(Segment::Index(_)));
        let names: Vec<String> = self
            .path
            .segments()
            .iter()
            .filter_map(|it| match it {
                Segment::Key(name) => Some(key(name)),
                Segment::Index(_) => None,
            })
            .collect();
        let (open, close) = if list { ("[[", "]]") } else { ("[", "]") };
        text.push_str(&format!("{open}{}{close}\n", names.join(".")));
        for (path, value) in &self.lines {
            let path: Vec<String> = path.iter().map(|name| key(name)).collect();
            text.push_str(&format!("{} = {value}\n", path.join(".")));
        }
    }
}

/// The whole spec.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Draft {
    /// What stands above everything.
    pub(super) head: Vec<String>,
    /// The sections in their order.
    pub(super) sections: Vec<Section>,
}

impl Draft {
    /// Takes out what a finding is about: the line in which the place is, else the section that it names. Its path,
    /// unless what is left would be no spec.
    pub(super) fn remove(&mut self, place: &SpecPath) -> Option<SpecPath> {
        let place = whole(place)?;
        // The narrowest section in which the place can be.
        let within = self
            .sections
            .iter_mut()
            .filter(|section| place != section.path && place.is_within(&section.path));
        if let Some(section) = within.max_by_key(|section| section.path.segments().len()) {
            return section.remove_lines(&place);
        }
        let at = self.sections.iter().position(|section| section.path == place)?;
        let removed = self.sections.remove(at).path;
        if let [Segment::Key(bindings), Segment::Key(name)] = removed.segments()
            && bindings == "bindings"
        {
            // What an environment says of a binding goes with it.
            let env = SpecPath::from(["env"]);
            for section in self.sections.iter_mut().filter(|section| section.path.is_within(&env)) {
                let there = section.path.key(bindings).key(name);
                section.remove_lines(&there);
            }
        }
        Some(removed)
    }

    /// The text of the file.
    pub(super) fn text(&self) -> String {
        let mut text = "#:schema generated/spec.schema.json\n".to_owned();
        if !self.head.is_empty() {
            text.push('\n');
        }
        for line in &self.head {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        for section in &self.sections {
            text.push('\n');
            section.write(&mut text);
        }
        text
    }
}

/// What has to go if `place` has to: a table goes whole, lest the rest of it be lost from the database, and so does
/// what is nothing without a certain key. `None` for what every spec has.
fn whole(place: &SpecPath) -> Option<SpecPath> {
    let names: Vec<&str> = place
        .segments()
        .iter()
        .map(|segment| match segment {
            Segment::Key(name) => name.as_str(),
            Segment::Index(_) => "",
        })
        .collect();
    match names.as_slice() {
        [] | ["worker"] | ["worker", "name", ..] | ["relay" | "routes", ..] => None,
        ["tables", table, _, ..] => Some(SpecPath::from(["tables", table])),
        ["bindings", name, "type", ..] => Some(SpecPath::from(["bindings", name])),
        ["env", name, "worker"] | ["env", name, "worker", "name", ..] => Some(SpecPath::from(["env", name])),
        _ => Some(place.clone()),
    }
}

/// A key as TOML writes it: bare if it can be.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(bare) {
        return name.to_owned();
    }
    // A text of JSON is one of TOML on one line, but for the one control character that JSON lets stand.
    serde_json::Value::from(name).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_written_as_a_person_would() {
        let inline = Value::Table([("type".to_owned(), "text".into())].into_iter().collect());
        let mut table = Section::new(["tables", "notes"]);
        table.set(&["columns", "title"], inline);
        let draft = Draft {
            head: vec!["Imported.".to_owned()],
            sections: vec![
                Section::new(["worker"]).line("name", "a\"b\\c").line("flags", vec!["x", "y"]),
                Section::element("routes", 0).line("path", "/sync"),
                table,
                Section::new(["vars"]).line("A\n\u{7f}\"", 1.5).line("C", true),
            ],
        };
        expect_test::expect![[r##"
            #:schema generated/spec.schema.json

            # Imported.

            [worker]
            name = 'a"b\c'
            flags = ["x", "y"]

            [[routes]]
            path = "/sync"

            [tables.notes]
            columns.title = { type = "text" }

            [vars]
            "A\n\u007f\"" = 1.5
            C = true
        "##]]
        .assert_eq(&draft.text());
        let (document, findings) = crate::document::Document::parse(crate::document::Source {
            name: "spec.toml".to_owned(),
            text: draft.text(),
        });
        assert!(findings.is_empty(), "{findings:?} {document:?}");
    }

    #[test]
    fn what_a_finding_is_about_is_taken_out_and_what_a_spec_needs_is_not() {
        let mut env = Section::new(["env", "staging"]);
        env.set(&["worker", "name"], "b");
        env.set(&["vars", "X"], "1");
        let mut draft = Draft {
            head: Vec::new(),
            sections: vec![
                Section::new(["worker"]).line("name", "a").line("crons", vec!["x"]),
                Section::new(["bindings", "KV"]).line("type", "kv").line("id", "?"),
                env,
            ],
        };
        let mut remove = |parts: &[&str]| {
            let place = parts.iter().fold(SpecPath::root(), |path, part| path.key(*part));
            draft.remove(&place).map(|path| path.to_string())
        };
        assert_eq!(remove(&["worker", "crons", "0"]).as_deref(), Some("worker.crons"));
        assert_eq!(remove(&["bindings", "KV", "id"]).as_deref(), Some("bindings.KV.id"));
        assert_eq!(remove(&["bindings", "KV"]).as_deref(), Some("bindings.KV"));
        assert_eq!(remove(&["env", "staging", "vars", "X"]).as_deref(), Some("env.staging.vars.X"));
        assert_eq!(remove(&["worker", "name"]), None);
        assert_eq!(remove(&["routes"]), None);
        assert_eq!(draft.sections.len(), 2);
    }
}
