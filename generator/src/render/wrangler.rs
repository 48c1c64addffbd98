//! Views of the files that wrangler reads.

use serde::Serialize;

use super::{HEADER, RenderError, Renderer, comment_lines};
use crate::{
    lock::ClassStep,
    model::{Deployment, Spec, Web},
    output::RenderedFile,
    plan::{Plan, migrations_folder},
    spec::RawNotFound,
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
    assets: Option<Assets<'a>>,
    objects: Vec<Object<'a>>,
    class_steps: &'a [ClassStep],
    databases: Vec<Database<'a>>,
    secrets: Vec<&'a str>,
    vars: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Assets<'a> {
    directory: String,
    binding: &'a str,
    not_found_handling: &'static str,
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
    migrations_dir: String,
}

#[derive(Serialize)]
struct Pair<'a> {
    name: &'a str,
    value: &'a str,
}

/// One flattened file an environment: wrangler does not inherit bindings.
pub(super) fn files(renderer: &Renderer, plan: &Plan<'_>) -> Result<Vec<RenderedFile>, RenderError> {
    let file = |deployment: &Deployment<'_>| {
        let path = match deployment.environment {
            None => "wrangler.jsonc".to_owned(),
            Some(environment) => format!("wrangler.{environment}.jsonc"),
        };
        renderer.text_as("wrangler.jsonc", &path, view(plan, deployment))
    };
    plan.spec.deployments().iter().map(file).collect()
}

fn view<'a>(plan: &'a Plan<'_>, deployment: &Deployment<'a>) -> Wrangler<'a> {
    let spec = plan.spec;
    Wrangler {
        header: HEADER,
        name: deployment.worker.as_str(),
        compatibility_date: &spec.worker.compatibility_date,
        compatibility_flags: &spec.worker.compatibility_flags,
        assets: spec.web.as_ref().map(|web| assets(spec, web)),
        objects: spec
            .classes()
            .map(|(binding, class)| Object { binding: binding.as_str(), class: class.as_str() })
            .collect(),
        class_steps: &plan.lock.classes,
        databases: deployment
            .databases
            .iter()
            .map(|(binding, database)| Database {
                binding: binding.as_str(),
                name: database.name.as_str(),
                id: database.id.as_deref(),
                migrations_dir: migrations_folder(spec, binding),
            })
            .collect(),
        secrets: spec.secrets.iter().map(|secret| secret.name.as_str()).collect(),
        vars: deployment.vars.iter().map(|var| Pair { name: var.name.as_str(), value: &var.value }).collect(),
    }
}

fn assets<'a>(spec: &'a Spec, web: &'a Web) -> Assets<'a> {
    Assets {
        directory: format!("../{}", web.directory),
        binding: web.binding.as_str(),
        not_found_handling: match web.not_found {
            RawNotFound::Spa => "single-page-application",
            RawNotFound::Page => "404-page",
            RawNotFound::None => "none",
        },
        run_worker_first: spec.routes.iter().map(|route| route.path.as_str()).collect(),
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
