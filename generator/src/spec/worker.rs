//! The worker: where it is reached, when it runs, what watches it; and what of that differs in an environment.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Named, RawEnvironmentBinding, RawScalar};

/// The worker itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWorker {
    /// Its name at Cloudflare: small letters, digits and `-`.
    #[schemars(example = &"work-squared")]
    pub name: String,
    /// The day whose behaviour of the Workers runtime is wanted, as YYYY-MM-DD.
    #[schemars(example = &"2026-04-01")]
    pub compatibility_date: String,
    /// Flags that switch single behaviours of the runtime.
    #[serde(default)]
    #[schemars(example = ["enable_request_signal"])]
    pub compatibility_flags: Vec<String>,
    /// The Cloudflare account to deploy to; needed only by whoever has several.
    #[schemars(example = &"0f2ac74b498b48028cb68387c421e279")]
    pub account_id: Option<String>,
    /// Events beside requests that your own code in `runtime/` answers. As it comes, the runtime answers requests
    /// alone.
    #[serde(default)]
    #[schemars(example = ["scheduled"])]
    pub handlers: Vec<RawEvent>,
    /// Host names that are this worker's alone. Cloudflare makes their DNS records and certificates.
    #[serde(default)]
    #[schemars(example = ["app.example.com"])]
    pub domains: Vec<String>,
    /// Parts of a site at Cloudflare that this worker answers, in front of what is there.
    #[serde(default)]
    #[schemars(example = serde_json::json!([{ "pattern": "example.com/*", "zone": "example.com" }]))]
    pub zone_routes: Vec<RawZoneRoute>,
    /// Whether the worker is also reached at `<name>.<account>.workers.dev`. Without domains and zone routes it is,
    /// else it is not, if this is left out.
    pub workers_dev: Option<bool>,
    /// Whether each version has an address of its own at workers.dev.
    pub preview_urls: Option<bool>,
    /// When the `scheduled` handler runs, in UTC, as cron expressions of five fields. It needs `"scheduled"` in
    /// `handlers`.
    #[serde(default)]
    #[schemars(example = ["0 3 * * *"])]
    pub crons: Vec<String>,
    /// Where the worker runs.
    pub placement: Option<RawPlacement>,
    /// The most that one request may use.
    pub limits: Option<RawLimits>,
    /// What Cloudflare records of the worker.
    pub observability: Option<RawObservability>,
    /// Whether trace events go to Workers Logpush.
    pub logpush: Option<bool>,
    /// Workers that get this one's logs.
    #[serde(default)]
    #[schemars(example = ["log-sink"])]
    pub tail_consumers: Vec<String>,
}

/// An event beside requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawEvent {
    /// The time of a cron trigger.
    Scheduled,
    /// A batch of a queue's messages.
    Queue,
}

/// A part of a site at Cloudflare.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawZoneRoute {
    /// Host and path, where `*` stands for anything.
    #[schemars(example = &"example.com/app/*")]
    pub pattern: String,
    /// The zone: the domain as it is registered at Cloudflare.
    #[schemars(example = &"example.com")]
    pub zone: String,
}

/// Where the worker runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawPlacement {
    /// Near the user.
    Off {},
    /// Near the services that it calls most, as Cloudflare finds out.
    Smart {
        /// The region to start from.
        #[schemars(example = &"wnam")]
        hint: Option<String>,
    },
    /// Near a region of a cloud.
    Region {
        /// The region, as `provider:region`.
        #[schemars(example = &"aws:us-east-1")]
        region: String,
    },
    /// Near a server, found by its TCP port.
    Host {
        /// Host and port.
        #[schemars(example = &"db.example.com:5432")]
        host: String,
    },
    /// Near a server, found over HTTP.
    Hostname {
        /// The host.
        #[schemars(example = &"api.example.com")]
        hostname: String,
    },
}

/// The most that one request may use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLimits {
    /// Milliseconds of CPU time.
    #[schemars(range(min = 1, max = 300_000), example = 30_000)]
    pub cpu_ms: Option<u32>,
    /// Requests to other services.
    #[schemars(range(min = 1), example = 1_000)]
    pub subrequests: Option<u32>,
}

/// What Cloudflare records of the worker.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawObservability {
    /// Whether anything is recorded.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The part of requests that is recorded, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), example = 0.1)]
    pub head_sampling_rate: Option<f64>,
    /// Logs.
    pub logs: Option<RawLogs>,
    /// Traces.
    pub traces: Option<RawTraces>,
}

/// What Cloudflare keeps of the logs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLogs {
    /// Whether logs are recorded.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The part of requests whose logs are recorded, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), example = 0.1)]
    pub head_sampling_rate: Option<f64>,
    /// Whether each call writes a line by itself.
    pub invocation_logs: Option<bool>,
    /// Whether Cloudflare keeps them, to be searched in the dashboard.
    pub persist: Option<bool>,
    /// Names of the account's destinations that get them too.
    #[serde(default)]
    #[schemars(example = ["our-logs"])]
    pub destinations: Vec<String>,
}

/// What Cloudflare keeps of the traces.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTraces {
    /// Whether traces are recorded.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The part of requests that is traced, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0), example = 0.1)]
    pub head_sampling_rate: Option<f64>,
    /// Whether Cloudflare keeps them, to be searched in the dashboard.
    pub persist: Option<bool>,
    /// Names of the account's destinations that get them too.
    #[serde(default)]
    #[schemars(example = ["our-traces"])]
    pub destinations: Vec<String>,
}

fn yes() -> bool {
    true
}

/// What differs in a further environment. What runs is the same everywhere; where it runs is not.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEnvironment {
    /// The worker of this environment.
    pub worker: RawEnvironmentWorker,
    /// Resources of this environment, by binding. D1 databases, R2 buckets and queues need one of their own.
    #[serde(default)]
    pub bindings: Named<RawEnvironmentBinding>,
    /// Variables whose value differs. The type stays.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, super::RawVar>")]
    pub vars: Named<RawScalar>,
}

/// The worker of an environment. What is left out is as in `[worker]`, except for `domains` and `zone_routes`: those
/// lead to one worker alone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEnvironmentWorker {
    /// Its name at Cloudflare.
    #[schemars(example = &"work-squared-staging")]
    pub name: String,
    /// The Cloudflare account to deploy to.
    #[schemars(example = &"0f2ac74b498b48028cb68387c421e279")]
    pub account_id: Option<String>,
    /// Host names that are this worker's alone.
    #[serde(default)]
    #[schemars(example = ["staging.example.com"])]
    pub domains: Vec<String>,
    /// Parts of a site at Cloudflare that this worker answers.
    #[serde(default)]
    #[schemars(example = serde_json::json!([{ "pattern": "staging.example.com/*", "zone": "example.com" }]))]
    pub zone_routes: Vec<RawZoneRoute>,
    /// Whether the worker is also reached at `<name>.<account>.workers.dev`.
    pub workers_dev: Option<bool>,
    /// Whether each version has an address of its own at workers.dev.
    pub preview_urls: Option<bool>,
    /// When the `scheduled` handler runs; `[]` for never.
    #[schemars(example = ["0 4 * * *"])]
    pub crons: Option<Vec<String>>,
    /// Where the worker runs.
    pub placement: Option<RawPlacement>,
    /// The most that one request may use.
    pub limits: Option<RawLimits>,
    /// What Cloudflare records of the worker.
    pub observability: Option<RawObservability>,
    /// Whether trace events go to Workers Logpush.
    pub logpush: Option<bool>,
    /// Workers that get this one's logs; `[]` for none.
    #[schemars(example = ["log-sink-staging"])]
    pub tail_consumers: Option<Vec<String>>,
}
