//! From a plan to the text of every generated file.
//!
//! Owns the views that the templates see; a template decides nothing. Pure. Must not know what is on disk.

mod auth;
mod files;
mod glue;
mod names;
mod tools;
mod web;
mod workflow;
mod wrangler;

use minijinja::{
    Environment, UndefinedBehavior,
    value::{Serde, Value},
};
use serde::Serialize;

use crate::{
    graph::{Graph, GraphFormat, dot, mermaid, svg},
    lock,
    model::Spec,
    output::{GENERATED, RenderedFile},
    outside::{self, Kept},
    plan::{Plan, checksum},
    spec,
};

/// Says in each file what made it, and how to make it again.
pub const HEADER: &str = "Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.";

/// Why a file has no text. Always a fault of the generator.
#[derive(Debug)]
pub struct RenderError {
    /// The file, by its path in the project.
    pub file: String,
    /// What went wrong.
    pub reason: String,
}

/// Every file as it should be.
#[derive(Debug)]
pub struct Rendered {
    /// The files, the lock last.
    pub files: Vec<RenderedFile>,
    /// Why the workflow is not among them, if it is not.
    pub kept: Option<Kept>,
}

/// Every file of `plan`. By `force`, what a person did to the workflow is lost.
pub fn render(plan: &Plan<'_>, force: bool) -> Result<Rendered, RenderError> {
    with_glue(plan, glue(plan.spec, plan.spec_hash)?, force)
}

/// What needs no plan: the sources of the crate `glue`, which follow from the spec alone, and the spec's JSON Schema.
pub fn glue(spec: &Spec, spec_hash: &str) -> Result<Vec<RenderedFile>, RenderError> {
    let mut files = vec![schema()];
    files.extend(glue::files(&Renderer::new(), spec, spec_hash)?);
    Ok(files)
}

/// What the web app imports, which follows from the spec alone.
pub fn web(spec: &Spec) -> Result<Vec<RenderedFile>, RenderError> {
    web::files(&Renderer::new(), spec)
}

/// As [`render`], with the sources that [`glue`] gave.
pub fn with_glue(plan: &Plan<'_>, glue: Vec<RenderedFile>, force: bool) -> Result<Rendered, RenderError> {
    let renderer = Renderer::new();
    let mut files = wrangler::files(&renderer, plan)?;
    files.push(renderer.text_as("dev.vars.example", ".dev.vars.example", wrangler::dev_vars(plan.spec))?);
    files.push(renderer.text("Cargo.toml", glue::manifest(plan.spec))?);
    files.push(renderer.text("rustfmt.toml", wrangler::Headed { header: HEADER })?);
    files.push(renderer.text("graph.svg", svg::view(&Graph::of(plan.spec)))?);
    files.extend(glue);
    files.extend(web::files(&renderer, plan.spec)?);
    files.extend(files::headers(&renderer, plan.spec)?);
    let workflow = renderer.text_at("deploy.yml", outside::WORKFLOW, workflow::view(plan))?;
    let kept = plan.outside.kept(&workflow.text, force);
    if kept.is_none() {
        files.push(workflow);
    }
    let mut lock = plan.lock.clone();
    lock.files = files.iter().map(|file| (file.path.clone(), checksum(&file.text))).collect();
    if let (Some(_), Some(sum)) = (kept, &plan.outside.recorded) {
        lock.files.insert(outside::WORKFLOW.to_owned(), sum.clone());
    }
    // Migrations have a record of their own: they never change, and never go.
    files.extend(
        plan.migrations.iter().map(|(path, it)| RenderedFile { path: path.clone(), text: it.sql.clone() }),
    );
    let text = lock
        .to_text()
        .map_err(|error| RenderError { file: lock::FILE.to_owned(), reason: error.to_string() })?;
    files.push(RenderedFile { path: lock::FILE.to_owned(), text: format!("# {HEADER}\n\n{text}") });
    Ok(Rendered { files, kept })
}

/// The name of an environment's configuration; `None` for the main one.
pub fn configuration(environment: Option<&str>) -> String {
    match environment {
        None => "wrangler.jsonc".to_owned(),
        Some(environment) => format!("wrangler.{environment}.jsonc"),
    }
}

fn schema() -> RenderedFile {
    RenderedFile { path: format!("{GENERATED}/spec.schema.json"), text: schema_text() }
}

/// The JSON Schema of the spec as a file.
pub fn schema_text() -> String {
    let mut schema = spec::schema();
    schema.insert("$comment".to_owned(), HEADER.into());
    format!("{:#}\n", schema.as_value())
}

/// The picture of a spec in a form.
pub fn graph_text(spec: &Spec, format: GraphFormat) -> Result<String, RenderError> {
    let graph = Graph::of(spec);
    Ok(match format {
        GraphFormat::Svg => Renderer::new().text("graph.svg", svg::view(&graph))?.text,
        GraphFormat::Mermaid => mermaid::text(&graph),
        GraphFormat::Dot => dot::text(&graph),
    })
}

/// The templates, and how their results become files.
struct Renderer {
    environment: Environment<'static>,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../templates/", $name, ".j2")))),*]
    };
}

impl Renderer {
    fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Everything that needs escaping goes through the filter of its own language.
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.add_filter("json", json);
        environment.add_filter("rust", rust);
        environment.add_filter("doc", doc);
        environment.add_filter("xml", xml);
        for (name, text) in templates![
            "_headers",
            "wrangler.jsonc",
            "dev.vars.example",
            "Cargo.toml",
            "rustfmt.toml",
            "graph.svg",
            "deploy.yml",
            "src/lib.rs",
            "src/admin.rs",
            "src/auth.rs",
            "src/env.rs",
            "src/llm.rs",
            "src/relay.rs",
            "src/routes.rs",
            "src/tables.rs",
            "src/tools.rs",
            "src/web.rs",
            "web/routes.ts",
            "web/tools.ts",
        ] {
            if let Err(error) = environment.add_template(name, text) {
                unreachable!("the template {name} is part of this program: {error:#}");
            }
        }
        Self { environment }
    }

    /// The file below `generated/` of the template of the same name.
    fn text(&self, path: &str, view: impl Serialize) -> Result<RenderedFile, RenderError> {
        self.text_as(path, path, view)
    }

    fn text_as(&self, template: &str, path: &str, view: impl Serialize) -> Result<RenderedFile, RenderError> {
        self.text_at(template, &format!("{GENERATED}/{path}"), view)
    }

    /// The file at a path in the project.
    fn text_at(&self, template: &str, path: &str, view: impl Serialize) -> Result<RenderedFile, RenderError> {
        let text = self
            .environment
            .get_template(template)
            .and_then(|it| it.render(Serde(view)))
            .map_err(|error| RenderError { file: path.to_owned(), reason: format!("{error:#}") })?;
        Ok(RenderedFile { path: path.to_owned(), text: format!("{}\n", text.trim_end()) })
    }

    /// A file of Rust, parsed and formatted, so that no text of the spec can end a literal unseen.
    fn rust(&self, path: &str, view: impl Serialize) -> Result<RenderedFile, RenderError> {
        let file = self.text(path, view)?;
        let tree = syn::parse_file(&file.text)
            .map_err(|error| RenderError { file: file.path.clone(), reason: error.to_string() })?;
        Ok(RenderedFile { path: file.path, text: format!("// {HEADER}\n\n{}", formatted(tree)) })
    }
}

/// Formatted Rust. `prettyplease` sets items without a blank line between them, so each is formatted by itself; only
/// runs of `use` and of `mod` stay together.
fn formatted(mut tree: syn::File) -> String {
    let items = std::mem::take(&mut tree.items);
    let runs = |item: &syn::Item| {
        matches!(item, syn::Item::Use(_) | syn::Item::Mod(syn::ItemMod { content: None, .. }))
    };
    let mut text = prettyplease::unparse(&tree);
    tree.attrs.clear();
    let mut after = None;
    for item in items {
        let kind = runs(&item).then(|| std::mem::discriminant(&item));
        if !text.is_empty() && (kind.is_none() || after != Some(kind)) {
            text.push('\n');
        }
        after = Some(kind);
        tree.items = vec![item];
        text.push_str(&prettyplease::unparse(&tree));
    }
    text
}

/// A value as JSON on one line.
fn json(value: Value) -> Result<String, minijinja::Error> {
    let text = serde_json::to_string(&value)
        .map_err(|error| minijinja::Error::new(minijinja::ErrorKind::BadSerialization, error.to_string()))?;
    Ok(text)
}

/// A string as a Rust literal, a list of strings as an array of such.
fn rust(value: Value) -> Result<String, minijinja::Error> {
    if let Some(text) = value.as_str() {
        return Ok(format!("{text:?}"));
    }
    let items = value.try_iter()?.map(rust).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("[{}]", items.join(", ")))
}

/// A text as the content of an element or attribute. Characters that XML does not have must be gone already.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text as lines of Rust documentation.
fn doc(text: &str) -> String {
    comment_lines(text).map(|line| format!("/// {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A text as lines that end nowhere but where they seem to: without control characters, among which a lone CR ends a
/// line for some, and without those that turn the direction of text, which the Rust compiler refuses.
fn comment_lines(text: &str) -> impl Iterator<Item = String> {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = move |c: char| if c.is_control() || turns(c) { ' ' } else { c };
    text.lines().map(move |line| line.chars().map(plain).collect::<String>().trim_end().to_owned())
}
