//! A project whose spec changes, and what `spec.lock` remembers.

use std::{collections::BTreeSet, fs};

use generator::{
    diagnostic::{Code, Format},
    lock::{ClassStep, Lock},
    output::Mode,
    pipeline,
};
use tempfile::TempDir;

pub(crate) const SMALL: &str = include_str!("../diagnostics/small.toml");

/// A project that is generated again and again.
pub(crate) struct Project(pub(crate) TempDir);

impl Project {
    pub(crate) fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.generate(SMALL, &[]).unwrap();
        project
    }

    /// Generates from `spec`; the error is what was said, and nothing was written then.
    pub(crate) fn generate(&self, spec: &str, allowed: &[&str]) -> Result<(), Vec<(Code, String)>> {
        let root = self.0.path();
        fs::write(root.join("spec.toml"), spec).unwrap();
        let mut reading = pipeline::read(root).unwrap();
        assert!(reading.spec.is_some(), "{}", reading.render(Format::Human, false));
        let allowed: BTreeSet<String> = allowed.iter().map(|it| (*it).to_owned()).collect();
        pipeline::run(root, &mut reading, Mode::Write { force: false }, &allowed).unwrap();
        let said = |it: &generator::diagnostic::Diagnostic| {
            (it.code, format!("{}: {}", it.message, it.help.clone().unwrap_or_default()))
        };
        if reading.failed() { Err(reading.diagnostics.iter().map(said).collect()) } else { Ok(()) }
    }

    /// Generates from `spec`, which is refused with this code alone; what is said.
    #[track_caller]
    pub(crate) fn refuse(&self, spec: &str, allowed: &[&str], code: Code) -> String {
        let before = self.lock();
        let said = self.generate(spec, allowed).unwrap_err();
        assert_eq!(said.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [code], "{said:?}");
        assert_eq!(self.lock(), before);
        said[0].1.clone()
    }

    pub(crate) fn lock(&self) -> Lock {
        Lock::parse(&fs::read_to_string(self.0.path().join("generated/spec.lock")).unwrap()).unwrap()
    }

    pub(crate) fn steps(&self) -> Vec<ClassStep> {
        self.lock().classes
    }

    /// The paths of all generated migrations.
    pub(crate) fn migrations(&self) -> Vec<String> {
        self.lock().migrations.into_keys().collect()
    }

    /// Has the ids of databases recorded, as a deployment does.
    pub(crate) fn record(&self, ids: &[(&str, &str)]) {
        let mut reading = pipeline::read(self.0.path()).unwrap();
        let ids: Vec<(String, String)> = ids.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
        pipeline::record_databases(self.0.path(), &mut reading, &ids).unwrap();
        assert!(!reading.failed(), "{}", reading.render(Format::Human, false));
    }

    /// What wrangler is told of each database.
    pub(crate) fn databases(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.0.path().join("generated/wrangler.jsonc")).unwrap();
        let json: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let configuration: serde_json::Value = serde_json::from_str(&json).unwrap();
        configuration["d1_databases"].as_array().unwrap().clone()
    }

    /// The folder of migrations that wrangler is told for each database.
    pub(crate) fn folders(&self) -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        self.databases().iter().map(|it| (text(&it["binding"]), text(&it["migrations_dir"]))).collect()
    }
}
