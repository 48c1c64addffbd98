//! The view of the workflow that GitHub runs.

use serde::Serialize;

use crate::{
    model::{
        Deployment,
        bindings::{BindingKind, Queue},
        name::EnvironmentName,
    },
    plan::Plan,
};

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
    /// The databases whose ids are neither in the spec nor in the lock.
    unknown: Vec<&'a str>,
    /// The databases that have migrations.
    databases: Vec<Database<'a>>,
    /// The queues that have to be there before the worker is.
    queues: Vec<&'a str>,
    account: String,
    secrets: Vec<Secret<'a>>,
}

#[derive(Serialize)]
struct Database<'a> {
    binding: &'a str,
    name: &'a str,
    /// Whether it may be made anew if its migrations do not fit.
    disposable: bool,
}

#[derive(Serialize)]
struct Secret<'a> {
    name: &'a str,
    value: String,
}

/// Names of secrets that are the job's own: GitHub makes those that start with `GITHUB_`, and a token that deploys is not
/// for the worker.
fn is_the_jobs(name: &str) -> bool {
    name.starts_with("GITHUB_") || name.starts_with("CLOUDFLARE_")
}

/// The secret's name at GitHub.
fn at_github(name: &str) -> String {
    if is_the_jobs(name) { format!("WORKER_{name}") } else { name.to_owned() }
}

pub(super) fn view<'a>(plan: &Plan<'a>) -> Workflow<'a> {
    let spec = plan.spec;
    let is_preview = |it: &EnvironmentName| it.as_str() == PREVIEW;
    let deployments: Vec<_> = spec
        .deployments()
        .iter()
        .filter(|it| it.environment.is_none_or(is_preview))
        .map(|it| job(plan, it))
        .collect();
    let own = spec.secrets.iter().map(|it| at_github(it.name.as_str()));
    let account = ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"].map(str::to_owned);
    let all: Vec<String> = account.into_iter().chain(own).collect();
    Workflow {
        header: HEADER,
        secrets: all.join(", "),
        previews: spec.environments.iter().any(|it| is_preview(&it.name)),
        deployments,
    }
}

fn job<'a>(plan: &Plan<'a>, deployment: &Deployment<'a>) -> Job<'a> {
    let spec = plan.spec;
    let unknown = deployment.databases().filter(|(_, it)| plan.database_id(it).is_none());
    let secret = |name: &'a str| Secret { name, value: format!("${{{{ secrets.{} }}}}", at_github(name)) };
    let account = deployment.settings.account_id.as_deref();
    let queues = deployment.bindings.iter().filter_map(|binding| match &binding.kind {
        BindingKind::Queue(queue) => Some(queue),
        _ => None,
    });
    let dead = |queue: &'a Queue| queue.consumer.as_ref().and_then(|it| it.dead_letter_queue.as_ref());
    let mut queues: Vec<&str> = queues
        .flat_map(|queue| std::iter::once(&queue.name).chain(dead(queue)))
        .map(|it| it.as_str())
        .collect();
    queues.sort_unstable();
    queues.dedup();
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
        databases: deployment
            .databases()
            .filter(|(binding, _)| plan.has_migrations(binding))
            .map(|(binding, database)| Database {
                binding: binding.as_str(),
                name: database.name.as_str(),
                disposable: deployment.environment.is_some() && plan.database_id(database).is_none(),
            })
            .collect(),
        queues,
        account: account.map_or_else(|| "${{ secrets.CLOUDFLARE_ACCOUNT_ID }}".to_owned(), str::to_owned),
        secrets: spec.secrets.iter().map(|it| secret(it.name.as_str())).collect(),
    }
}
