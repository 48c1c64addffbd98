//! Bindings as wrangler's configuration has them.

use serde::Serialize;
use serde_json::{Value, json};

use super::{List, value};
use crate::{
    allocation::place,
    model::{
        Deployment,
        bindings::{Binding, BindingKind, Bucket, Namespace, Queue, RateLimit, Service},
        name::BindingName,
    },
    plan::Plan,
    spec::RawJurisdiction,
};

#[derive(Serialize)]
struct Kv<'a> {
    binding: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_id: Option<&'a str>,
}

#[derive(Serialize)]
struct R2<'a> {
    binding: &'a str,
    bucket_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<&'static str>,
}

#[derive(Serialize)]
struct Producer<'a> {
    binding: &'a str,
    queue: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_delay: Option<u32>,
}

#[derive(Serialize)]
struct Consumer<'a> {
    queue: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_batch_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_batch_timeout: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_retries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_delay: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_concurrency: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_queue: Option<&'a str>,
}

#[derive(Serialize)]
struct ServiceView<'a> {
    binding: &'a str,
    service: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entrypoint: Option<&'a str>,
}

/// What differs from binding to binding, and the keys that hold one binding alone.
#[derive(Default)]
pub(super) struct Bindings {
    pub(super) lists: Vec<List>,
    pub(super) singles: Vec<(&'static str, Value)>,
}

/// The bindings of one environment, beside Durable Objects, D1 databases and assets.
pub(super) fn view(plan: &Plan<'_>, deployment: &Deployment<'_>) -> Bindings {
    let mut lists = [
        ("kv_namespaces", Vec::new()),
        ("r2_buckets", Vec::new()),
        ("services", Vec::new()),
        ("ratelimits", Vec::new()),
        ("analytics_engine_datasets", Vec::new()),
    ];
    let [kv, r2, services, limits, datasets] = &mut lists;
    let (mut producers, mut consumers, mut singles) = (Vec::new(), Vec::new(), Vec::new());
    for Binding { name, kind, .. } in deployment.bindings {
        let binding = name.as_str();
        match kind {
            BindingKind::Kv(it) => kv.1.push(namespace(binding, it)),
            BindingKind::R2(it) => r2.1.push(bucket(binding, it)),
            BindingKind::Queue(it) => {
                producers.push(producer(binding, it));
                consumers.extend(consumer(it));
            }
            BindingKind::Service(it) => services.1.push(service(binding, it)),
            BindingKind::RateLimit(it) => limits.1.push(rate_limit(plan, deployment, name, *it)),
            BindingKind::AnalyticsEngine(it) => {
                datasets.1.push(json!({ "binding": binding, "dataset": it.as_str() }));
            }
            BindingKind::VersionMetadata => singles.push(("version_metadata", json!({ "binding": binding }))),
            BindingKind::Ai => singles.push(("ai", json!({ "binding": binding }))),
            BindingKind::DurableObject(_) | BindingKind::D1(_) | BindingKind::Assets => {}
        }
    }
    if !producers.is_empty() {
        singles.push(("queues", json!({ "producers": producers, "consumers": consumers })));
    }
    let lists = lists.into_iter().filter(|(_, items)| !items.is_empty());
    Bindings { lists: lists.map(|(key, items)| List { key, items }).collect(), singles }
}

fn namespace(binding: &str, it: &Namespace) -> Value {
    value(Kv { binding, id: it.id.as_deref(), preview_id: it.preview_id.as_deref() })
}

fn bucket(binding: &str, it: &Bucket) -> Value {
    let jurisdiction = it.jurisdiction.map(|it| match it {
        RawJurisdiction::Eu => "eu",
        RawJurisdiction::Fedramp => "fedramp",
    });
    value(R2 { binding, bucket_name: it.name.as_str(), jurisdiction })
}

fn producer(binding: &str, it: &Queue) -> Value {
    value(Producer { binding, queue: it.name.as_str(), delivery_delay: it.delivery_delay })
}

fn consumer(queue: &Queue) -> Option<Value> {
    let it = queue.consumer.as_ref()?;
    Some(value(Consumer {
        queue: queue.name.as_str(),
        max_batch_size: it.max_batch_size,
        max_batch_timeout: it.max_batch_timeout,
        max_retries: it.max_retries,
        retry_delay: it.retry_delay,
        max_concurrency: it.max_concurrency,
        dead_letter_queue: it.dead_letter_queue.as_ref().map(|it| it.as_str()),
    }))
}

fn service(binding: &str, it: &Service) -> Value {
    let entrypoint = it.entrypoint.as_ref().map(|it| it.as_str());
    value(ServiceView { binding, service: it.name.as_str(), entrypoint })
}

fn rate_limit(plan: &Plan<'_>, deployment: &Deployment<'_>, name: &BindingName, it: RateLimit) -> Value {
    let namespace = plan.lock.rate_limits.get(&place(deployment, name)).copied().unwrap_or_default();
    json!({
        "name": name.as_str(),
        "namespace_id": namespace.to_string(),
        "simple": { "limit": it.limit, "period": it.period },
    })
}
