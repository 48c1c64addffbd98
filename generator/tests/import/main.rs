//! Configurations of workers that are there, each imported, generated from and compared with what it was.

mod choices;
mod hostile;
mod meaning;
mod real;

use std::{collections::BTreeSet, path::Path};

use generator::{
    import::{
        Configuration, Database, Import, Sources, import,
        meaning::{Difference, Meaning, compare},
        text,
    },
    output::Mode,
    pipeline,
};

/// A configuration beside the spec.
fn configuration(name: &str, text: &str) -> Configuration {
    Configuration { name: name.to_owned(), text: text.to_owned(), folder: String::new() }
}

/// A configuration and nothing else.
fn alone(name: &str, text: &str) -> Sources {
    Sources { configuration: configuration(name, text), databases: Vec::new(), secrets: Vec::new() }
}

/// What is imported, which must be a spec.
#[track_caller]
#[expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]
fn imported(sources: &Sources) -> Import {
    let import = import(sources).unwrap();
    assert!(
        import.refused.is_none(),
        "{:#?}\n{}\n{}",
        import.refused.unwrap().1,
        import.spec,
        text(&import.notes)
    );
    import
}

/// What differs between the configuration and what the project generates from the imported spec in a folder of its
/// own, by the configuration's keys where it has one.
#[expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]
fn lost(sources: &Sources, import: &Import) -> Vec<Difference> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), import);
    let mut reading = pipeline::read(folder.path()).unwrap();
    let none = BTreeSet::new();
    let outcome = pipeline::run(folder.path(), &mut reading, Mode::Write { force: false }, &none).unwrap();
    let outcome = outcome.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    assert!(!reading.failed(), "{:#?}", reading.diagnostics);
    let proven = pipeline::run(folder.path(), &mut reading, Mode::Check, &none).unwrap().unwrap();
    assert!(proven.changes.is_empty() && !reading.failed(), "{:#?}", reading.diagnostics);
    let files = outcome.files.iter().filter_map(|file| {
        let name = file.path.strip_prefix("generated/wrangler")?.strip_suffix("jsonc")?.trim_matches('.');
        Some((name, configuration(&file.path, &file.text).parse().unwrap()))
    });
    let files: Vec<_> = files.collect();
    let after = Meaning::of_each(files.iter().map(|(name, root)| (*name, root)), "generated");
    compare(&Meaning::of(&sources.configuration.parse().unwrap(), ""), &after)
}

#[expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]
fn write(folder: &Path, import: &Import) {
    std::fs::write(folder.join("spec.toml"), &import.spec).unwrap();
    let generated = folder.join("generated");
    for (path, sql) in &import.migrations {
        std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
        std::fs::write(folder.join(path), sql).unwrap();
    }
    std::fs::create_dir_all(&generated).unwrap();
    std::fs::write(generated.join("spec.lock"), import.lock.to_text().unwrap()).unwrap();
}

/// A database by the text that made it.
fn database(files: &[(&str, &str)], migrations: bool) -> Database {
    let files = files.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())).collect();
    Database { binding: None, files, migrations, left_out: Vec::new() }
}
