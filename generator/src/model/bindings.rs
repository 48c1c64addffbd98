//! What the platform gives the worker: bindings, variables and secrets.
//!
//! Owns the worker's environment as a set of typed names. Must not know which section uses which.

use super::name::{
    BindingName, BucketName, ClassName, DatabaseName, DatasetName, EntrypointName, QueueName, WorkerName,
};
use crate::spec::{RawConsumer, RawJurisdiction, RawStorage};

/// One binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name in the worker's environment.
    pub name: BindingName,
    /// What it leads to.
    pub kind: BindingKind,
    /// What it is for, as far as the spec says.
    pub description: Option<String>,
}

/// What a binding leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindingKind {
    /// A class of Durable Objects.
    DurableObject(Class),
    /// A D1 database.
    D1(Database),
    /// A KV namespace.
    Kv(Namespace),
    /// An R2 bucket.
    R2(Bucket),
    /// A queue.
    Queue(Queue),
    /// Another worker.
    Service(Service),
    /// A counter of calls.
    RateLimit(RateLimit),
    /// A dataset of Workers Analytics Engine.
    AnalyticsEngine(DatasetName),
    /// The deployed version.
    VersionMetadata,
    /// Workers AI.
    Ai,
    /// The files of the web app.
    Assets,
}

impl BindingKind {
    /// What a person calls it.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::DurableObject(_) => "a Durable Object",
            Self::D1(_) => "a D1 database",
            Self::Kv(_) => "a KV namespace",
            Self::R2(_) => "an R2 bucket",
            Self::Queue(_) => "a queue",
            Self::Service(_) => "a service",
            Self::RateLimit(_) => "a rate limit",
            Self::AnalyticsEngine(_) => "an Analytics Engine dataset",
            Self::VersionMetadata => "the version's metadata",
            Self::Ai => "Workers AI",
            Self::Assets => "static assets",
        }
    }
}

/// A class of Durable Objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its name, which is also the type that the worker's wasm exports.
    pub name: ClassName,
    /// The name that it had before.
    pub renamed_from: Option<ClassName>,
    /// Where its objects keep their data.
    pub storage: RawStorage,
}

/// A D1 database at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name.
    pub name: DatabaseName,
    /// Its id, once it is known.
    pub id: Option<String>,
    /// The name that its binding had before.
    pub renamed_from: Option<BindingName>,
}

/// A KV namespace at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its id; without one, the first deployment makes a namespace.
    pub id: Option<String>,
    /// The id of the namespace for remote development.
    pub preview_id: Option<String>,
}

/// An R2 bucket at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// Where its data must stay.
    pub jurisdiction: Option<RawJurisdiction>,
}

/// A queue at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: QueueName,
    /// How many seconds a message waits.
    pub delivery_delay: Option<u32>,
    /// How this worker gets its messages, if it does.
    pub consumer: Option<Consumer>,
}

/// How a worker gets a queue's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// The most messages of a batch.
    pub max_batch_size: Option<u32>,
    /// The most seconds to wait until a batch is full.
    pub max_batch_timeout: Option<u32>,
    /// How often a message that failed is tried again.
    pub max_retries: Option<u32>,
    /// How many seconds it waits before.
    pub retry_delay: Option<u32>,
    /// The most batches at a time.
    pub max_concurrency: Option<u32>,
    /// The queue for what failed too often.
    pub dead_letter_queue: Option<QueueName>,
}

impl Consumer {
    /// What `raw` says, with the queue that it names.
    pub fn new(raw: &RawConsumer, dead_letter_queue: Option<QueueName>) -> Self {
        Self {
            max_batch_size: raw.max_batch_size,
            max_batch_timeout: raw.max_batch_timeout,
            max_retries: raw.max_retries,
            retry_delay: raw.retry_delay,
            max_concurrency: raw.max_concurrency,
            dead_letter_queue,
        }
    }
}

/// Another worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: WorkerName,
    /// The entrypoint to call, if not the default one.
    pub entrypoint: Option<EntrypointName>,
}

/// A counter of calls. Its number at Cloudflare is in the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The most calls in a period.
    pub limit: u32,
    /// The period in seconds.
    pub period: u32,
}

/// A plain setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Var {
    /// The name in the worker's environment.
    pub name: BindingName,
    /// The value, public.
    pub value: VarValue,
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum VarValue {
    /// Text.
    Text(String),
    /// A whole number that JavaScript holds exactly.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// True or false.
    Boolean(bool),
}

impl VarValue {
    /// What TOML calls it.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
        }
    }
}

/// A secret, by name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The name in the worker's environment.
    pub name: BindingName,
    /// What it is, for whoever has to set it.
    pub description: String,
}
