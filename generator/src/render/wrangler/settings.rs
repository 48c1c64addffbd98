//! The worker's own settings as wrangler's configuration has them.

use serde_json::{Map, Value, json};

use super::Setting;
use crate::{
    model::settings::Settings,
    spec::{RawLimits, RawLogs, RawObservability, RawPlacement, RawTraces},
};

/// What the spec says of them; what it leaves out is left to wrangler, triggers aside.
pub(super) fn view(settings: &Settings) -> Vec<Setting> {
    let mut all = Vec::new();
    let mut add = |key: &'static str, value: Option<Value>| {
        all.extend(value.map(|value| Setting { key, value }));
    };
    add("account_id", settings.account_id.as_deref().map(Value::from));
    add("routes", routes(settings));
    add("workers_dev", settings.workers_dev.map(Value::from));
    add("preview_urls", settings.preview_urls.map(Value::from));
    let crons: Vec<&str> = settings.crons.iter().map(|it| it.as_str()).collect();
    // An empty list too: without one, triggers that the spec no longer has would stay.
    add("triggers", Some(json!({ "crons": crons })));
    add("placement", settings.placement.as_ref().map(placement));
    add("limits", settings.limits.as_ref().map(limits));
    add("observability", settings.observability.as_ref().map(observability));
    add("logpush", settings.logpush.map(Value::from));
    let tails = settings.tail_consumers.iter().map(|it| json!({ "service": it.as_str() }));
    let tails: Vec<Value> = tails.collect();
    add("tail_consumers", (!tails.is_empty()).then(|| tails.into()));
    all
}

fn routes(settings: &Settings) -> Option<Value> {
    let domains = settings.domains.iter().map(|it| json!({ "pattern": it, "custom_domain": true }));
    let zones = settings.zone_routes.iter();
    let zones = zones.map(|it| json!({ "pattern": it.pattern, "zone_name": it.zone }));
    let routes: Vec<Value> = domains.chain(zones).collect();
    (!routes.is_empty()).then(|| routes.into())
}

fn placement(it: &RawPlacement) -> Value {
    match it {
        RawPlacement::Off {} => json!({ "mode": "off" }),
        RawPlacement::Smart { hint: None } => json!({ "mode": "smart" }),
        RawPlacement::Smart { hint: Some(hint) } => json!({ "mode": "smart", "hint": hint }),
        RawPlacement::Region { region } => json!({ "mode": "targeted", "region": region }),
        RawPlacement::Host { host } => json!({ "mode": "targeted", "host": host }),
        RawPlacement::Hostname { hostname } => json!({ "mode": "targeted", "hostname": hostname }),
    }
}

/// A table of those that are there.
fn table<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let there = pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

fn limits(it: &RawLimits) -> Value {
    table([("cpu_ms", it.cpu_ms.map(Value::from)), ("subrequests", it.subrequests.map(Value::from))])
}

fn observability(it: &RawObservability) -> Value {
    table([
        ("enabled", Some(it.enabled.into())),
        ("head_sampling_rate", it.head_sampling_rate.map(Value::from)),
        ("logs", it.logs.as_ref().map(logs)),
        ("traces", it.traces.as_ref().map(traces)),
    ])
}

fn logs(it: &RawLogs) -> Value {
    table([
        ("enabled", Some(it.enabled.into())),
        ("head_sampling_rate", it.head_sampling_rate.map(Value::from)),
        ("invocation_logs", it.invocation_logs.map(Value::from)),
        ("persist", it.persist.map(Value::from)),
        ("destinations", (!it.destinations.is_empty()).then(|| it.destinations.clone().into())),
    ])
}

fn traces(it: &RawTraces) -> Value {
    table([
        ("enabled", Some(it.enabled.into())),
        ("head_sampling_rate", it.head_sampling_rate.map(Value::from)),
        ("persist", it.persist.map(Value::from)),
        ("destinations", (!it.destinations.is_empty()).then(|| it.destinations.clone().into())),
    ])
}
