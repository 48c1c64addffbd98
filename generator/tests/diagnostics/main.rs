//! What a wrong spec is answered with, as its author reads it: one short wrong spec a test, and the whole of what is
//! said of it.
//!
//! A test starts from a small spec without mistakes, edits it or adds to it, and so shows what is wrong alone.
//! After a change of wording, `UPDATE_EXPECT=1 cargo test -p generator --test diagnostics` rewrites the texts;
//! read them before they are committed.

mod addresses;
mod auth;
mod bindings;
mod environments;
mod everywhere;
mod formats;
mod llm;
mod many;
mod names;
mod references;
mod relay;
mod resources;
mod routes;
mod shape;
mod store;
mod syntax;
mod tables;
mod tools;
mod values;
mod web;
mod worker;

use expect_test::{Expect, expect};
use generator::{
    diagnostic::{Code, Format},
    document::Source,
    pipeline::{Reading, interpret},
};

/// A relay and its tables: the least that works.
const SMALL: &str = include_str!("small.toml");

/// A model behind a route, with a tool; stands after [`SMALL`].
const LLM: &str = include_str!("llm.toml");

fn reading(toml: &str) -> Reading {
    interpret(Source { name: "spec.toml".to_owned(), text: toml.to_owned() })
}

/// Compares all that is said of `toml` with `expected`.
fn check_diagnostics(toml: &str, expected: Expect) {
    expected.assert_eq(&reading(toml).render(Format::Human, false));
}

/// The small spec with each first text replaced by the second.
fn edited(edits: &[(&str, &str)]) -> String {
    replaced(SMALL, edits)
}

/// The small spec with a model, and each first text replaced by the second.
fn edited_llm(edits: &[(&str, &str)]) -> String {
    replaced(&with(LLM), edits)
}

fn replaced(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (before, after)| {
        assert_eq!(text.matches(before).count(), 1, "{before:?} stands once in the spec");
        text.replace(before, after)
    })
}

/// The small spec with `more` at its end.
fn with(more: &str) -> String {
    // In place of an empty line, so that no other moves: models are served with this flag.
    let small = SMALL.replacen("\n\n", "\ncompatibility_flags = [\"enable_request_signal\"]\n", 1);
    format!("{small}\n{}", more.trim_start_matches('\n'))
}

/// The small spec with a model, and `more` at its end.
fn with_llm(more: &str) -> String {
    format!("{}\n{}", with(LLM), more.trim_start_matches('\n'))
}

#[test]
fn nothing_is_said_of_a_spec_without_mistakes() {
    check_diagnostics(SMALL, expect![[""]]);
    check_diagnostics(&with(LLM), expect![[""]]);
    assert!(reading(SMALL).spec.is_some());
}

#[test]
fn nothing_is_said_of_a_real_spec() {
    check_diagnostics(include_str!("../fixture/spec.toml"), expect![[""]]);
}

/// What is made of `generated/` and its history; a spec's text alone never has these.
const OF_LATER_STAGES: &[Code] = &[
    Code::EditedFile,
    Code::StaleFile,
    Code::InvalidConfig,
    Code::MissingLock,
    Code::EditedMigration,
    Code::MigrationConflict,
    Code::DestructiveStep,
    Code::MigrationRefused,
    Code::DatabaseRemoved,
    Code::UnknownDatabase,
    Code::ClassRemoved,
    Code::ClassRefused,
    Code::CompatibilityDate,
];

#[test]
fn every_code_of_a_spec_is_shown_by_a_test() {
    let expected = concat!(
        include_str!("addresses.rs"),
        include_str!("auth.rs"),
        include_str!("bindings.rs"),
        include_str!("environments.rs"),
        include_str!("llm.rs"),
        include_str!("references.rs"),
        include_str!("relay.rs"),
        include_str!("resources.rs"),
        include_str!("routes.rs"),
        include_str!("shape.rs"),
        include_str!("store.rs"),
        include_str!("syntax.rs"),
        include_str!("tables.rs"),
        include_str!("tools.rs"),
        include_str!("values.rs"),
        include_str!("worker.rs"),
    );
    let codes = Code::ALL.iter().filter(|code| !OF_LATER_STAGES.contains(code));
    let missing: Vec<_> =
        codes.map(|code| code.as_str()).filter(|code| !expected.contains(&format!("[{code}]: "))).collect();
    assert!(missing.is_empty(), "no test expects {missing:?}");
}
