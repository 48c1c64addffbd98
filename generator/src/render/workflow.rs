//! The view of the workflow that GitHub runs.

use serde::Serialize;

use crate::model::{Deployment, Spec, name::EnvironmentName};

/// Unlike what is below `generated/`, the file may be edited.
const HEADER: &str = "Made from spec.toml by `cargo run -p generator -- generate`. Edit or delete it, and it is yours: later runs leave it alone.";

/// The environment that pull requests are deployed to.
const PREVIEW: &str = "preview";

#[derive(Serialize)]
pub(super) struct Workflow<'a> {
    header: &'static str,
    /// All secrets that the workflow reads, in words.
    secrets: String,
    deployments: Vec<Job<'a>>,
    previews: bool,
}

/// A job that deploys one environment.
#[derive(Serialize)]
struct Job<'a> {
    id: &'static str,
    title: &'static str,
    condition: &'static str,
    /// GitHub's environment, which may ask for an approval and have secrets of its own.
    environment: &'static str,
    config: String,
    /// The databases whose ids are not in the spec.
    unknown: Vec<&'a str>,
    /// The bindings of all databases.
    databases: Vec<&'a str>,
    secrets: Vec<Secret<'a>>,
}

#[derive(Serialize)]
struct Secret<'a> {
    name: &'a str,
    value: String,
}

pub(super) fn view(spec: &Spec) -> Workflow<'_> {
    let is_preview = |it: &EnvironmentName| it.as_str() == PREVIEW;
    let deployments: Vec<_> = spec
        .deployments()
        .iter()
        .filter(|it| it.environment.is_none_or(is_preview))
        .map(|it| job(spec, it))
        .collect();
    let own = spec.secrets.iter().map(|it| it.name.as_str());
    let all: Vec<&str> = ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"].into_iter().chain(own).collect();
    Workflow {
        header: HEADER,
        secrets: all.join(", "),
        previews: spec.environments.iter().any(|it| is_preview(&it.name)),
        deployments,
    }
}

fn job<'a>(spec: &'a Spec, deployment: &Deployment<'a>) -> Job<'a> {
    let unknown = deployment.databases().filter(|(_, it)| it.id.is_none());
    let secret = |name: &'a str| Secret { name, value: format!("${{{{ secrets.{name} }}}}") };
    let (id, title, condition) = match deployment.environment {
        None => (
            "deploy",
            "Deploy to production",
            "github.event_name == 'push' && github.ref == 'refs/heads/main'",
        ),
        Some(_) => (
            PREVIEW,
            "Deploy a preview",
            // Others than the repository's own pull requests get no secrets.
            "github.event_name == 'pull_request' && github.actor != 'dependabot[bot]' && \
             github.event.pull_request.head.repo.full_name == github.repository",
        ),
    };
    Job {
        id,
        title,
        condition,
        environment: if deployment.environment.is_none() { "production" } else { PREVIEW },
        config: super::configuration(deployment.environment.map(|it| it.as_str())),
        unknown: unknown.map(|(_, it)| it.name.as_str()).collect(),
        databases: deployment.databases().map(|(binding, _)| binding.as_str()).collect(),
        secrets: spec.secrets.iter().map(|it| secret(it.name.as_str())).collect(),
    }
}
