//! What an editor makes of the generated schema, by the language server that TOML extensions use.

use std::fs;

use generator::process::Program;
use generator::progress::Progress;
use generator::project::Project;
use generator::{render, toolchain};
use serde_json::{Value, json};
use tests::world::root;

/// What the editor says of a spec that ends in `end`: its mistakes, or what it offers at each `¦`.
fn shown(end: &str) -> Value {
    toolchain::npm_packages(&Project::at(root()), &Progress::of_work())
        .unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::create_dir(folder.path().join("generated")).expect("a folder can be made");
    fs::write(folder.path().join("generated/spec.schema.json"), render::schema_text())
        .expect("a file can be written");
    let marked =
        format!("#:schema generated/spec.schema.json\n{}\n{end}", include_str!("../glue/little.toml"));
    let places =
        marked.lines().enumerate().filter_map(|(line, text)| Some(format!("{line}:{}", text.find('¦')?)));
    let spec = folder.path().join("spec.toml");
    fs::write(&spec, marked.replace('¦', "")).expect("a file can be written");
    let program =
        Program::new("node").arg(root().join("tests/clients/taplo-editor.js")).arg(spec).args(places);
    let printed = program.read().unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error} in {printed}"))
}

fn labels(completions: &Value) -> Vec<&str> {
    completions.as_array().into_iter().flatten().filter_map(|it| it["label"].as_str()).collect()
}

#[test]
fn a_good_spec_has_no_mistake() {
    assert_eq!(shown(""), json!([]));
}

#[test]
fn a_misspelt_key_is_a_mistake() {
    let shown = shown("[tables.notes]\ncolums.id = { type = \"uuid\" }\n");
    assert!(shown.to_string().contains("'colums' was unexpected"), "{shown}");
}

#[test]
fn keys_are_offered_with_their_documentation() {
    let shown = shown("[tables.notes]\n¦\n");
    let keys = labels(&shown[0]);
    for key in ["columns", "primary_key", "indexes", "renamed_from"] {
        assert!(keys.contains(&key), "{key} in {keys:?}");
    }
    let documented = shown[0].as_array().into_iter().flatten();
    assert!(documented.into_iter().all(|it| it["documentation"] != ""), "{shown}");
}

#[test]
fn values_are_offered_where_there_is_a_choice() {
    let shown = shown("[bindings.MORE]\ntype = ¦\n\n[tables.notes.columns.id]\ntype = ¦\n");
    assert!(labels(&shown[0]).contains(&"\"d1\""), "{shown}");
    assert!(labels(&shown[1]).contains(&"\"uuid\""), "{shown}");
}
