//! The lines of what is deployed: addresses, settings, bindings and variables.

use super::on_one_line;
use crate::{
    model::{
        Environment, Llm, Spec, Web,
        bindings::{BindingKind, Consumer, VarValue},
        settings::Settings,
    },
    spec::{
        RawHtmlHandling, RawJurisdiction, RawLimits, RawLlmLimits, RawNotFound, RawObservability,
        RawPlacement, RawRelayLimits, RawStorage,
    },
};

/// What of an environment is otherwise than in the main one, by its place below the environment's.
pub(super) fn differing(spec: &Spec, environment: &Environment) -> Vec<(String, String)> {
    let main = settings(&spec.worker.settings);
    let own = settings(&environment.settings);
    // What the main environment has and this one has not is a difference, too.
    let without = main.iter().filter(|(key, _)| !own.iter().any(|(it, _)| it == key));
    let without = without.map(|(key, _)| (format!("worker.{key}"), "none".to_owned()));
    let settings = own.iter().filter(|it| !main.contains(it));
    let settings = settings.map(|(key, line)| (format!("worker.{key}"), line.clone()));
    let bindings =
        environment.bindings.iter().zip(&spec.bindings).filter(|(own, main)| own.kind != main.kind);
    let bindings = bindings.map(|(own, _)| (format!("bindings.{}", own.name), binding(&own.kind)));
    let vars = environment.vars.iter().zip(&spec.vars).filter(|(own, main)| own.value != main.value);
    let vars = vars.map(|(own, _)| (format!("vars.{}", own.name), var(&own.value)));
    settings.chain(without).chain(bindings).chain(vars).collect()
}

/// What a worker's settings say, by key.
pub(super) fn settings(settings: &Settings) -> Vec<(&'static str, String)> {
    let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(", "));
    let switch = |it: Option<bool>| it.map(|it| if it { "on" } else { "off" }.to_owned());
    let zones = settings.zone_routes.iter().map(|it| format!("{} of {}", it.pattern, it.zone));
    let all = [
        ("account_id", settings.account_id.clone()),
        ("domains", list(settings.domains.clone())),
        ("zone_routes", list(zones.collect())),
        ("workers_dev", switch(settings.workers_dev)),
        ("preview_urls", switch(settings.preview_urls)),
        ("crons", list(settings.crons.iter().map(ToString::to_string).collect())),
        ("placement", settings.placement.as_ref().map(placement)),
        ("limits", settings.limits.as_ref().map(limits)),
        ("observability", settings.observability.as_ref().map(observability)),
        ("logpush", switch(settings.logpush)),
        ("tail_consumers", list(settings.tail_consumers.iter().map(ToString::to_string).collect())),
    ];
    all.into_iter().filter_map(|(key, line)| Some((key, line?))).collect()
}

pub(super) fn web(web: &Web) -> String {
    let not_found = match web.not_found {
        RawNotFound::Spa => "spa",
        RawNotFound::Page => "page",
        RawNotFound::None => "none",
    };
    let html = match web.html_handling {
        RawHtmlHandling::AutoTrailingSlash => "",
        RawHtmlHandling::ForceTrailingSlash => ", with a slash",
        RawHtmlHandling::DropTrailingSlash => ", without a slash",
        RawHtmlHandling::None => ", as written",
    };
    let first = match web.worker_first.as_slice() {
        [] => String::new(),
        patterns => format!(", worker first: {}", patterns.join(" ")),
    };
    let api = web.api.iter().map(|path| format!(", api: {}", path.as_str())).collect::<String>();
    let kept = web.cache.immutable.iter().map(|path| format!(", immutable: {path}")).collect::<String>();
    let cached = format!("{kept}, cached: {} s", web.cache.max_age);
    format!("{}, not found: {not_found}{html}{first}{api}{cached}", web.directory)
}

pub(super) fn binding(kind: &BindingKind) -> String {
    let id = |id: &Option<String>| id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    match kind {
        BindingKind::DurableObject(class) => match class.storage {
            RawStorage::Sqlite => format!("durable object {}", class.name),
            RawStorage::Kv => format!("durable object {} in key-value storage", class.name),
        },
        BindingKind::D1(database) => format!("d1 {}{}", database.name, id(&database.id)),
        BindingKind::Kv(namespace) => format!("kv{}", id(&namespace.id)),
        BindingKind::R2(bucket) => {
            let jurisdiction = bucket.jurisdiction.map(|it| match it {
                RawJurisdiction::Eu => " (eu)",
                RawJurisdiction::Fedramp => " (fedramp)",
            });
            format!("r2 {}{}", bucket.name, jurisdiction.unwrap_or_default())
        }
        BindingKind::Queue(queue) => {
            let delay = queue.delivery_delay.map(|it| format!(", delayed by {it} s")).unwrap_or_default();
            let consumer = queue.consumer.as_ref().map(consumer).unwrap_or_default();
            format!("queue {}{delay}{consumer}", queue.name)
        }
        BindingKind::Service(service) => {
            let entrypoint = service.entrypoint.as_ref().map(|it| format!("#{it}")).unwrap_or_default();
            format!("service {}{entrypoint}", service.name)
        }
        BindingKind::RateLimit(it) => format!("rate limit {} in {} s", it.limit, it.period),
        BindingKind::AnalyticsEngine(dataset) => format!("analytics engine {dataset}"),
        BindingKind::VersionMetadata => "version metadata".to_owned(),
        BindingKind::Ai => "workers ai".to_owned(),
        BindingKind::Assets => "assets".to_owned(),
    }
}

fn consumer(it: &Consumer) -> String {
    let numbers = [
        ("batches of", it.max_batch_size),
        ("waiting s", it.max_batch_timeout),
        ("retries", it.max_retries),
        ("retry delay s", it.retry_delay),
        ("at a time", it.max_concurrency),
    ];
    let numbers = numbers.into_iter().filter_map(|(what, it)| Some(format!(", {what} {}", it?)));
    let dead = it.dead_letter_queue.as_ref().map(|it| format!(", failed to {it}"));
    format!(", consumed{}", numbers.chain(dead).collect::<String>())
}

pub(super) fn var(value: &VarValue) -> String {
    match value {
        VarValue::Text(text) => format!("{text:?}"),
        VarValue::Integer(value) => value.to_string(),
        VarValue::Float(value) => format!("{value:?}"),
        VarValue::Boolean(value) => value.to_string(),
    }
}

fn placement(it: &RawPlacement) -> String {
    match it {
        RawPlacement::Off {} => "off".to_owned(),
        RawPlacement::Smart { hint } => {
            format!("smart{}", hint.as_ref().map(|it| format!(" from {it}")).unwrap_or_default())
        }
        RawPlacement::Region { region: near }
        | RawPlacement::Host { host: near }
        | RawPlacement::Hostname { hostname: near } => format!("near {near}"),
    }
}

pub(super) fn relay_limits(limits: &RawRelayLimits) -> String {
    let RawRelayLimits { frame_bytes, push_events, connections, messages_per_second } = limits;
    format!(
        "pushes of {frame_bytes} bytes and {push_events} events, {connections} connections, {messages_per_second} \
         messages a second"
    )
}

/// What bounds and guides the models, by key, where it is not as it is without the key.
pub(super) fn llm(llm: &Llm) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    lines.extend(llm.fallback_model.as_ref().map(|it| ("fallback_model", it.clone())));
    lines.extend(llm.system_prompt.as_ref().map(|it| ("system_prompt", on_one_line(it))));
    if !llm.extra_fields.is_empty() {
        lines.push(("extra_fields", llm.extra_fields.join(", ")));
    }
    lines.extend(llm.rate_limit.as_ref().map(|it| ("rate_limit", it.to_string())));
    if llm.limits != RawLlmLimits::default() {
        lines.push(("limits", llm_limits(&llm.limits)));
    }
    lines
}

fn llm_limits(limits: &RawLlmLimits) -> String {
    let RawLlmLimits { body_bytes, messages, message_bytes, output_tokens, .. } = limits;
    let RawLlmLimits { first_byte_seconds, idle_seconds, total_seconds, retries, repairs, .. } = limits;
    format!(
        "{body_bytes} bytes, {messages} messages of {message_bytes} bytes, {output_tokens} tokens out, \
         {first_byte_seconds} s to begin, {idle_seconds} s between, {total_seconds} s in all, {retries} retries, \
         {repairs} repairs"
    )
}

fn limits(it: &RawLimits) -> String {
    let cpu = it.cpu_ms.map(|it| format!("{it} ms of cpu"));
    let requests = it.subrequests.map(|it| format!("{it} subrequests"));
    cpu.into_iter().chain(requests).collect::<Vec<_>>().join(", ")
}

fn observability(it: &RawObservability) -> String {
    let part = |name: &str, enabled: bool, rate: Option<f64>| {
        let rate = rate.map(|it| format!(" {it}")).unwrap_or_default();
        format!("{name}{}{rate}", if enabled { "on" } else { "off" })
    };
    let logs = it.logs.as_ref().map(|it| part("logs ", it.enabled, it.head_sampling_rate));
    let traces = it.traces.as_ref().map(|it| part("traces ", it.enabled, it.head_sampling_rate));
    let all = part("", it.enabled, it.head_sampling_rate);
    std::iter::once(all).chain(logs).chain(traces).collect::<Vec<_>>().join(", ")
}
