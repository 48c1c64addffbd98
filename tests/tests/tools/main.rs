//! Random tools and random calls of them: the schema that a model is given, the Rust that the worker runs and the
//! TypeScript that the page runs take the same, and give the same reasons.
//!
//! `TOOLS_SEED` runs one batch again; `TOOLS_RUNS` is how many batches are run, from that seed on or else from the first.

mod app;
mod call;
mod declaration;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fastrand::Rng;
use generator::document::Source;
use generator::model::tools::Tool;
use generator::{diagnostic::Format, pipeline, render};
use jsonschema::Validator;
use serde_json::Value;
use tests::world::root;

/// Tools of a batch.
const TOOLS: usize = 40;

/// Calls of each tool.
const CALLS: usize = 300;

const MANIFEST: &str = r#"
[workspace]
members = [".", "generated"]

[workspace.package]
version = "0.0.0"
edition = "2024"
rust-version = "1.91"
license = "MIT"
publish = false

[workspace.lints]

[workspace.dependencies]
serde = { version = "1.0.228", features = ["derive"] }
worker = { version = "0.8.7", features = ["d1"] }

[package]
name = "probe"
version = "0.0.0"
edition = "2024"

[[bin]]
name = "probe"
path = "probe.rs"

[dependencies]
glue = { path = "generated" }
serde.workspace = true
serde_json = { version = "1.0.154", features = ["float_roundtrip", "preserve_order"] }
"#;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}")))
}

#[test]
fn the_schema_the_worker_and_the_page_take_the_same_calls() {
    let first = number("TOOLS_SEED").unwrap_or(0);
    let (mut taken, mut all) = (0, 0);
    for seed in first..first + number("TOOLS_RUNS").unwrap_or(1) {
        println!("TOOLS_SEED={seed}");
        let verdicts = batch(seed);
        all += verdicts.len();
        taken += verdicts.iter().filter(|it| **it).count();
    }
    println!("{all} calls, {taken} of them taken");
    assert!(taken > all / 10 && taken < all * 9 / 10, "{taken} of {all} were taken: the calls show nothing");
}

/// Whether each call was taken.
fn batch(seed: u64) -> Vec<bool> {
    let mut random = Rng::with_seed(seed);
    let text = declaration::spec(&mut random, TOOLS);
    let reading = pipeline::interpret(Source { name: "spec.toml".to_owned(), text });
    let rendered = reading.render(Format::Human, false);
    let spec = reading.spec.as_ref().unwrap_or_else(|| panic!("seed {seed}: {rendered}"));
    let folder = root().join("target/tools");
    write_all(&folder, spec, &reading.hash);

    let calls: Vec<(&Tool, String)> = spec
        .tools
        .iter()
        .flat_map(|tool| std::iter::repeat_n(tool, CALLS))
        .map(|tool| (tool, call::text(&mut random, &tool.parameters)))
        .collect();
    let lines: String =
        calls.iter().map(|(tool, text)| format!("{}\t{}\n", tool.name, Value::from(text.as_str()))).collect();
    let worker =
        reasons(Command::new("cargo").args(["run", "--quiet", "--offline"]).current_dir(&folder), &lines);
    compile(&folder);
    let page = reasons(Command::new("node").arg("probe.js").current_dir(folder.join("js")), &lines);
    let schemas = schemas(&folder);
    assert_eq!((worker.len(), page.len()), (calls.len(), calls.len()), "seed {seed}");
    for (((tool, text), worker), page) in calls.iter().zip(&worker).zip(&page) {
        let schema = by_schema(&schemas[tool.name.as_str()], text);
        let told = format!("seed {seed}, {}, {text:?}: worker {worker:?}, page {page:?}", tool.name);
        assert_eq!(worker, page, "{told}");
        assert_eq!(worker.is_empty(), schema, "the schema says {schema}: {told}");
    }
    worker.iter().map(String::is_empty).collect()
}

fn by_schema(schema: &Validator, text: &str) -> bool {
    let text = if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() { "{}" } else { text };
    serde_json::from_str(text).is_ok_and(|value: Value| schema.is_valid(&value))
}

/// What the model is given, as it stands in the generated crate.
fn schemas(folder: &Path) -> BTreeMap<String, Validator> {
    let printed = reasons(
        Command::new("cargo").args(["run", "--quiet", "--offline", "--", "schemas"]).current_dir(folder),
        "",
    );
    let schema = |line: &String| {
        let (name, schema) = line.split_once('\t').expect("a tool and its schema");
        let schema = serde_json::from_str(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        (
            name.to_owned(),
            jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}")),
        )
    };
    printed.iter().map(schema).collect()
}

fn write_all(folder: &Path, spec: &generator::model::Spec, hash: &str) {
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    };
    let glue = render::glue(spec, hash).unwrap_or_else(|error| panic!("{error:?}"));
    let web = render::web(spec).unwrap_or_else(|error| panic!("{error:?}"));
    for file in glue.into_iter().chain(web) {
        write(folder.join(&file.path), &file.text);
    }
    let read =
        |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    write(folder.join("generated/Cargo.toml"), &read("generated/Cargo.toml"));
    write(folder.join("Cargo.toml"), MANIFEST);
    write(folder.join("Cargo.lock"), &read("Cargo.lock"));
    write(folder.join("arguments.rs"), &read("runtime/src/llm/arguments.rs"));
    write(folder.join("js/package.json"), r#"{ "type": "module" }"#);
    write(folder.join("js/probe.js"), include_str!("probe.js"));
    let typed = render_typed(&read_types(&folder.join("generated/src/tools.rs")), spec);
    write(folder.join("probe.rs"), &format!("{}\n{typed}", include_str!("probe.rs")));
}

/// The types of the tools' arguments, in the order of the tools.
fn read_types(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut types = Vec::new();
    let mut lines = text.lines().skip_while(|line| !line.starts_with("/// Arguments of `"));
    while let Some(line) = lines.next() {
        if line.starts_with("/// Arguments of `") {
            let declared = lines.find_map(|line| line.strip_prefix("pub struct "));
            types.extend(declared.and_then(|it| it.split([' ', '{']).next()).map(str::to_owned));
        }
    }
    types
}

fn render_typed(types: &[String], spec: &generator::model::Spec) -> String {
    assert_eq!(types.len(), spec.tools.len(), "every tool has a type");
    let arm = |(tool, name): (&Tool, &String)| {
        format!(
            "{:?} => arguments::read::<glue::tools::{name}>(text, declared).map(drop),\n",
            tool.name.as_str()
        )
    };
    let arms: String = spec.tools.iter().zip(types).map(arm).collect();
    format!(
        "fn typed(name: &str, text: &str, declared: &[glue::tools::Argument]) -> Result<(), String> {{\n\
         match name {{\n{arms}_ => unreachable!(\"no such tool\"),\n}}\n}}\n"
    )
}

/// Checks the page's module as strictly as a page may, and makes JavaScript of it.
fn compile(folder: &Path) {
    let arguments = [
        "--ignoreConfig",
        "--strict",
        "--noUncheckedIndexedAccess",
        "--exactOptionalPropertyTypes",
        "--noUnusedLocals",
        "--target",
        "es2023",
        "--module",
        "esnext",
        "--outDir",
        "js",
        "generated/web/tools.ts",
        "generated/web/routes.ts",
    ];
    reasons(Command::new(root().join("node_modules/.bin/tsc")).args(arguments).current_dir(folder), "");
}

/// The lines that a program prints of this input.
fn reasons(program: &mut Command, input: &str) -> Vec<String> {
    let given = root().join("target/tools/input");
    fs::write(&given, input).expect("the input can be written");
    let input = fs::File::open(&given).expect("the input is there");
    let output = program.stdin(input).stderr(Stdio::piped()).output();
    let output = output.unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{program:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}
