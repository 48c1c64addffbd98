//! Specs that nobody would write: whatever a text holds, the pipeline ends with findings or with files that are sound.
//!
//! `PROPTEST_CASES=100000 cargo test -p generator --release --test fuzz` runs longer; a failure prints the smallest text
//! that shows it.

#![expect(clippy::unwrap_used, reason = "what is unsound is to fail its test")]

use std::collections::{BTreeMap, BTreeSet};

use generator::{
    diagnostic::Format,
    document::Source,
    lock::{self, Lock},
    output::RenderedFile,
    pipeline::interpret,
    plan::{self, Before},
    render,
};
use proptest::prelude::*;

const REAL: &str = include_str!("fixture/spec.toml");
const EVERYTHING: &str = include_str!("../../tests/tests/glue/everything.toml");

/// What breaks out of something, somewhere: TOML, SQL, Rust, JSONC, a shell, a template, a terminal.
const NASTY: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\",
    "\\\"",
    "#",
    "=",
    ".",
    ",",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "{{ 1 }}",
    "{% raw %}",
    "*/",
    "/*",
    "//",
    "--",
    ";",
    "\"); DROP TABLE events; --",
    "r#\"",
    "\"#",
    "$(id)",
    "`id`",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{1b}[31m",
    "\u{feff}",
    "\u{202e}",
    "é",
    "🦀",
    "a\u{301}",
    "-1",
    "0",
    "1e999",
    "9223372036854775808",
    "0xff",
    "nan",
    "inf",
    "true",
    "false",
    "1979-05-27",
    "null",
    "__proto__",
    "self",
    "type",
    "Self",
    "sqlite_x",
    "../..",
    "/",
];

#[derive(Debug, Clone)]
enum Edit {
    /// Drops a range of lines.
    Drop(usize, usize),
    /// Repeats a line at another place.
    Repeat(usize, usize),
    /// Changes two lines about.
    Swap(usize, usize),
    /// Puts text at a place.
    Insert(usize, &'static str),
    /// Replaces the value of a line's key.
    Value(usize, &'static str),
    /// Replaces the text within a line's quotes.
    Quoted(usize, String),
    /// Cuts off the rest.
    Truncate(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<usize>;
    let nasty = || proptest::sample::select(NASTY);
    prop_oneof![
        (place(), 0..4usize).prop_map(|(at, count)| Edit::Drop(at, count)),
        (place(), place()).prop_map(|(from, to)| Edit::Repeat(from, to)),
        (place(), place()).prop_map(|(a, b)| Edit::Swap(a, b)),
        (place(), nasty()).prop_map(|(at, text)| Edit::Insert(at, text)),
        (place(), nasty()).prop_map(|(at, text)| Edit::Value(at, text)),
        (place(), proptest::collection::vec(nasty(), 1..3))
            .prop_map(|(at, it)| Edit::Quoted(at, it.concat())),
        (place(), "\\PC{0,12}").prop_map(|(at, text)| Edit::Quoted(at, text)),
        place().prop_map(Edit::Truncate),
    ]
}

/// Carries out an edit; places wrap around.
fn apply(text: &str, edit: &Edit) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let count = lines.len().max(1);
    let boundary = |at: usize| text.floor_char_boundary(at % (text.len() + 1));
    match edit {
        Edit::Drop(at, length) => _ = lines.drain(at % count..(at % count + length).min(lines.len())),
        Edit::Repeat(from, to) => {
            let line = lines.get(from % count).cloned().unwrap_or_default();
            lines.insert(to % count, line);
        }
        Edit::Swap(a, b) if !lines.is_empty() => lines.swap(a % count, b % count),
        Edit::Swap(..) => {}
        Edit::Insert(at, insert) => {
            let (before, after) = text.split_at(boundary(*at));
            return format!("{before}{insert}{after}");
        }
        Edit::Value(at, value) => {
            if let Some(line) = lines.get_mut(at % count)
                && let Some((key, _)) = line.split_once('=')
            {
                *line = format!("{key}= {value}");
            }
        }
        Edit::Quoted(at, content) => {
            if let Some(line) = lines.get_mut(at % count)
                && let (Some(start), Some(end)) = (line.find('"'), line.rfind('"'))
                && start < end
            {
                // Written as TOML escapes it, so that the text itself arrives.
                let escaped = toml::Value::from(content.as_str()).to_string();
                line.replace_range(start..=end, &escaped);
            }
        }
        Edit::Truncate(at) => return text[..boundary(*at)].to_owned(),
    }
    lines.join("\n")
}

fn mutated() -> impl Strategy<Value = String> {
    let base = prop_oneof![Just(REAL), Just(EVERYTHING)];
    (base, proptest::collection::vec(edit(), 1..4))
        .prop_map(|(base, edits)| edits.iter().fold(base.to_owned(), |text, edit| apply(&text, edit)))
}

fn before(files: &[RenderedFile]) -> Before {
    let files: BTreeMap<String, String> =
        files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    Before { lock: Lock::parse(&files[lock::FILE]).unwrap(), files }
}

/// Takes a text through the pipeline as `generate` would.
fn survives(text: &str) {
    let reading = interpret(Source { name: "spec.toml".to_owned(), text: text.to_owned() });
    for format in [Format::Human, Format::Github, Format::Sarif, Format::Json] {
        let rendered = reading.render(format, false);
        assert!(!rendered.contains('\u{1b}'), "a command for the terminal in {rendered:?}");
    }
    let Some(spec) = &reading.spec else {
        assert!(reading.failed(), "no spec and no error");
        return;
    };
    // What the migrations refuse is a finding as well.
    let Ok(plan) = plan::plan(spec, &reading.hash, &Before::default(), &BTreeSet::new()) else { return };
    let render::Rendered { files, .. } =
        render::render(&plan, false).unwrap_or_else(|error| panic!("{}: {}", error.file, error.reason));
    assert_eq!(plan::prove(&plan), [], "a migration that does not prove");
    for file in files.iter().filter(|file| file.path.ends_with(".jsonc")) {
        let comment = |line: &&str| !line.trim_start().starts_with("//");
        let json: String = file.text.lines().filter(comment).collect();
        serde_json::from_str::<serde_json::Value>(&json).unwrap_or_else(|error| panic!("{error} in {json}"));
    }
    let again = plan::plan(spec, &reading.hash, &before(&files), &BTreeSet::new()).unwrap();
    assert_eq!(render::render(&again, false).unwrap().files, files, "a second run makes something else");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_spec_ends_in_findings_or_in_sound_files(text in mutated()) {
        survives(&text);
    }

    #[test]
    fn any_text_ends_in_findings(text in "\\PC{0,200}|[\\x00-\\x7f]{0,200}|(\\[[a-z.\\[\\]\"]{0,9}\\]\n|[a-z.\"]{1,5} = [\\PC]{0,9}\n){0,20}") {
        survives(&text);
    }
}

/// A number that a test run has time for, unless a longer one is asked for.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

#[test]
fn the_specs_that_are_mutated_are_sound() {
    survives(REAL);
    survives(EVERYTHING);
}
