//! Views of the files that wrangler reads.

mod bindings;
mod settings;

use serde::Serialize;
use serde_json::{Value, json};

use super::{HEADER, RenderError, Renderer, comment_lines};
use crate::{
    lock::ClassStep,
    model::{
        Deployment, Spec, Web,
        bindings::{Var, VarValue},
    },
    output::RenderedFile,
    plan::Plan,
    spec::RawHtmlHandling,
};

/// A view with nothing but the header.
#[derive(Serialize)]
pub(super) struct Headed {
    pub(super) header: &'static str,
}

#[derive(Serialize)]
struct Wrangler<'a> {
    header: &'static str,
    name: &'a str,
    compatibility_date: &'a str,
    compatibility_flags: &'a [String],
    settings: Vec<Setting>,
    assets: Option<Assets<'a>>,
    objects: Vec<Object<'a>>,
    class_steps: &'a [ClassStep],
    databases: Vec<Database<'a>>,
    lists: Vec<List>,
    singles: Vec<Setting>,
    secrets: Vec<&'a str>,
    vars: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Assets<'a> {
    directory: String,
    binding: &'a str,
    html_handling: Option<&'static str>,
    run_worker_first: Vec<&'a str>,
}

#[derive(Serialize)]
struct Object<'a> {
    binding: &'a str,
    class: &'a str,
}

#[derive(Serialize)]
struct Database<'a> {
    binding: &'a str,
    name: &'a str,
    id: Option<&'a str>,
    /// What the local database is kept under, if not under the id.
    local: Option<&'a str>,
    migrations_dir: &'a str,
}

#[derive(Serialize)]
struct Pair<'a> {
    name: &'a str,
    value: Value,
}

/// A key and what it is.
#[derive(Serialize)]
struct Setting {
    key: &'static str,
    value: Value,
}

/// A key and the items of its list, one a line.
#[derive(Serialize)]
struct List {
    key: &'static str,
    items: Vec<Value>,
}

/// A view as JSON.
fn value(view: impl Serialize) -> Value {
    match serde_json::to_value(view) {
        Ok(value) => value,
        Err(error) => unreachable!("a view has string keys and finite numbers: {error}"),
    }
}

/// One flattened file an environment: wrangler does not inherit bindings.
pub(super) fn files(renderer: &Renderer, plan: &Plan<'_>) -> Result<Vec<RenderedFile>, RenderError> {
    let file = |deployment: &Deployment<'_>| {
        let path = super::configuration(deployment.environment.map(|it| it.as_str()));
        renderer.text_as("wrangler.jsonc", &path, view(plan, deployment))
    };
    plan.spec.deployments().iter().map(file).collect()
}

fn view<'a>(plan: &'a Plan<'_>, deployment: &Deployment<'a>) -> Wrangler<'a> {
    let spec = plan.spec;
    let bindings = bindings::view(plan, deployment);
    Wrangler {
        header: HEADER,
        name: deployment.worker.as_str(),
        compatibility_date: &spec.worker.compatibility_date,
        compatibility_flags: &spec.worker.compatibility_flags,
        settings: settings::view(deployment.settings),
        assets: spec.web.as_ref().map(|web| assets(spec, web)),
        objects: spec
            .classes()
            .map(|(binding, class)| Object { binding: binding.as_str(), class: class.name.as_str() })
            .collect(),
        class_steps: &plan.lock.classes,
        databases: deployment
            .databases()
            .map(|(binding, database)| Database {
                binding: binding.as_str(),
                name: database.name.as_str(),
                id: plan.database_id(database),
                // It was there before the id was known, and stays the same.
                local: plan.database_id(database).filter(|_| database.id.is_none()).map(|_| binding.as_str()),
                migrations_dir: plan.migrations_folder(binding),
            })
            .collect(),
        lists: bindings.lists,
        singles: bindings.singles.into_iter().map(|(key, value)| Setting { key, value }).collect(),
        secrets: spec.secrets.iter().map(|secret| secret.name.as_str()).collect(),
        vars: deployment.vars.iter().map(var).collect(),
    }
}

fn var(var: &Var) -> Pair<'_> {
    let value = match &var.value {
        VarValue::Text(text) => json!(text),
        VarValue::Integer(value) => json!(value),
        VarValue::Float(value) => json!(value),
        VarValue::Boolean(value) => json!(value),
    };
    Pair { name: var.name.as_str(), value }
}

fn assets<'a>(spec: &'a Spec, web: &'a Web) -> Assets<'a> {
    Assets {
        directory: format!("../{}", web.directory),
        binding: web.binding.as_str(),
        html_handling: match web.html_handling {
            RawHtmlHandling::AutoTrailingSlash => None,
            RawHtmlHandling::ForceTrailingSlash => Some("force-trailing-slash"),
            RawHtmlHandling::DropTrailingSlash => Some("drop-trailing-slash"),
            RawHtmlHandling::None => Some("none"),
        },
        run_worker_first: spec
            .routes
            .iter()
            .map(|route| route.path.as_str())
            .chain(web.worker_first.iter().map(String::as_str))
            .collect(),
    }
}

#[derive(Serialize)]
pub(super) struct DevVars<'a> {
    header: &'static str,
    secrets: Vec<Secret<'a>>,
}

#[derive(Serialize)]
struct Secret<'a> {
    name: &'a str,
    description: Vec<String>,
}

/// The example of `.dev.vars`.
pub(super) fn dev_vars(spec: &Spec) -> DevVars<'_> {
    DevVars {
        header: HEADER,
        secrets: spec
            .secrets
            .iter()
            .map(|it| Secret {
                name: it.name.as_str(),
                description: comment_lines(&it.description).collect(),
            })
            .collect(),
    }
}
