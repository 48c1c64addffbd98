//! What the platform gives the worker, and what of it differs in an environment.

use schemars::JsonSchema;
use serde::Deserialize;

/// What the platform gives the worker.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawBinding {
    /// A class of Durable Objects.
    DurableObject {
        /// The class's name, in Pascal case.
        #[schemars(example = &"WebSocketServer")]
        class: String,
        /// The name that the class had before. Its objects and their data move to the new name.
        #[schemars(example = &"Sync")]
        renamed_from: Option<String>,
        /// Where its objects keep their data. This can never be changed later.
        #[serde(default)]
        storage: RawStorage,
        /// What it is for, if your own code uses it.
        #[schemars(example = &"Rooms of the chat.")]
        description: Option<String>,
    },
    /// A D1 database.
    D1 {
        /// The database's name at Cloudflare.
        #[schemars(example = &"work-squared-prod")]
        database: String,
        /// The database's id at Cloudflare. Without one, `deploy` looks for the name, makes the database if there is none,
        /// and keeps the id in `spec.lock`.
        #[schemars(example = &"6b3f0a52-1c5d-4e0f-9a77-2d8c41b7e9f0")]
        id: Option<String>,
        /// The name that the binding had before. Its migrations go on under the new name.
        #[schemars(example = &"DB")]
        renamed_from: Option<String>,
        /// What it is for, if your own code uses it.
        #[schemars(example = &"Reports, read by our own pages.")]
        description: Option<String>,
    },
    /// A KV namespace, for your own code.
    Kv {
        /// The namespace's id at Cloudflare. Without one, wrangler makes a namespace on the first deploy.
        #[schemars(example = &"0f2ac74b498b48028cb68387c421e279")]
        id: Option<String>,
        /// The id of the namespace that `wrangler dev --remote` uses.
        #[schemars(example = &"7c1e9f3a5b2d48e6a0c4d8f1b6e2a973")]
        preview_id: Option<String>,
        /// What it is for.
        #[schemars(example = &"Feature flags, read on every request.")]
        description: Option<String>,
    },
    /// An R2 bucket, for your own code.
    R2 {
        /// The bucket's name at Cloudflare.
        #[schemars(example = &"work-squared-files")]
        bucket: String,
        /// The jurisdiction that the bucket was made in, if any.
        jurisdiction: Option<RawJurisdiction>,
        /// What it is for.
        #[schemars(example = &"Files that users upload.")]
        description: Option<String>,
    },
    /// A queue to which your own code sends messages.
    Queue {
        /// The queue's name at Cloudflare.
        #[schemars(example = &"work-squared-jobs")]
        queue: String,
        /// How many seconds a message waits before it is delivered.
        #[schemars(range(max = 86_400), example = 60)]
        delivery_delay: Option<u32>,
        /// How this worker gets the queue's messages. It needs `"queue"` in `worker.handlers`; without this, another
        /// worker consumes the queue.
        consumer: Option<RawConsumer>,
        /// What it is for.
        #[schemars(example = &"Mails that are to be sent.")]
        description: Option<String>,
    },
    /// Another worker of the account, for your own code to call. Environments may share it.
    Service {
        /// The worker's name at Cloudflare.
        #[schemars(example = &"billing")]
        service: String,
        /// The entrypoint to call, if not the default one.
        #[schemars(example = &"Invoices")]
        entrypoint: Option<String>,
        /// What it is for.
        #[schemars(example = &"Makes invoices.")]
        description: Option<String>,
    },
    /// A counter that refuses what comes too often, for your own code. Its number at Cloudflare is chosen for you and
    /// kept in `spec.lock`.
    RateLimit {
        /// The most calls in a period, for each key.
        #[schemars(range(min = 1), example = 100)]
        limit: u32,
        /// The period in seconds: 10 or 60.
        #[schemars(extend("enum" = [10, 60]))]
        period: u32,
        /// What it is for.
        #[schemars(example = &"Guards the sign-up page.")]
        description: Option<String>,
    },
    /// A dataset of Workers Analytics Engine, for your own code to write to.
    AnalyticsEngine {
        /// The dataset's name; it is made when the first point is written.
        #[schemars(example = &"work_squared")]
        dataset: String,
        /// What it is for.
        #[schemars(example = &"Counts page views.")]
        description: Option<String>,
    },
    /// The id, tag and time of the deployed version, for your own code.
    VersionMetadata {
        /// What it is for.
        #[schemars(example = &"Shown at the foot of our pages.")]
        description: Option<String>,
    },
    /// Workers AI, for your own code. It runs at Cloudflare even in development, so its calls fail without an account.
    Ai {
        /// What it is for.
        #[schemars(example = &"Sums up long notes.")]
        description: Option<String>,
    },
    /// The files of `[web]`.
    Assets {},
}

impl RawBinding {
    /// What the binding is for, as far as the spec says.
    pub fn description(&self) -> Option<&str> {
        match self {
            Self::DurableObject { description, .. }
            | Self::D1 { description, .. }
            | Self::Kv { description, .. }
            | Self::R2 { description, .. }
            | Self::Queue { description, .. }
            | Self::Service { description, .. }
            | Self::RateLimit { description, .. }
            | Self::AnalyticsEngine { description, .. }
            | Self::VersionMetadata { description }
            | Self::Ai { description } => description.as_deref(),
            Self::Assets {} => None,
        }
    }
}

/// Where Durable Objects keep their data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawStorage {
    /// SQLite in each object.
    #[default]
    Sqlite,
    /// The older key-value storage, for a class that was deployed with it.
    Kv,
}

/// Where an R2 bucket's data must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawJurisdiction {
    /// The European Union.
    Eu,
    /// Where FedRAMP requires it.
    Fedramp,
}

/// How a worker gets a queue's messages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConsumer {
    /// The most messages of a batch.
    #[schemars(range(min = 1, max = 100), example = 10)]
    pub max_batch_size: Option<u32>,
    /// The most seconds to wait until a batch is full.
    #[schemars(range(max = 60), example = 5)]
    pub max_batch_timeout: Option<u32>,
    /// How often a message that failed is tried again.
    #[schemars(range(max = 100), example = 3)]
    pub max_retries: Option<u32>,
    /// How many seconds a message that failed waits before it is tried again.
    #[schemars(range(max = 86_400), example = 30)]
    pub retry_delay: Option<u32>,
    /// The most batches at a time; as many as needed if left out.
    #[schemars(range(min = 1, max = 250), example = 5)]
    pub max_concurrency: Option<u32>,
    /// The queue that gets messages which failed too often; without one they are dropped.
    #[schemars(example = &"work-squared-dead")]
    pub dead_letter_queue: Option<String>,
}

/// A binding whose resource differs in an environment. Which keys it takes depends on the binding's type.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEnvironmentBinding {
    /// The D1 database's name at Cloudflare. Every environment needs its own.
    #[schemars(example = &"work-squared-staging")]
    pub database: Option<String>,
    /// The id of the D1 database or the KV namespace at Cloudflare. Without one, wrangler makes one of its own for
    /// this environment.
    #[schemars(example = &"1d9c7e40-8a3b-4f6e-b512-90c6f7d2a3e8")]
    pub id: Option<String>,
    /// The id of the KV namespace that `wrangler dev --remote` uses.
    #[schemars(example = &"7c1e9f3a5b2d48e6a0c4d8f1b6e2a973")]
    pub preview_id: Option<String>,
    /// The R2 bucket's name. Every environment needs its own.
    #[schemars(example = &"work-squared-files-staging")]
    pub bucket: Option<String>,
    /// The jurisdiction of the R2 bucket.
    pub jurisdiction: Option<RawJurisdiction>,
    /// The queue's name. Every environment needs its own.
    #[schemars(example = &"work-squared-jobs-staging")]
    pub queue: Option<String>,
    /// How many seconds a message of the queue waits before it is delivered.
    #[schemars(range(max = 86_400), example = 60)]
    pub delivery_delay: Option<u32>,
    /// The queue that gets messages which failed too often.
    #[schemars(example = &"work-squared-dead-staging")]
    pub dead_letter_queue: Option<String>,
    /// The other worker to call.
    #[schemars(example = &"billing-staging")]
    pub service: Option<String>,
    /// The other worker's entrypoint.
    #[schemars(example = &"Invoices")]
    pub entrypoint: Option<String>,
    /// The most calls in a period.
    #[schemars(range(min = 1), example = 100)]
    pub limit: Option<u32>,
    /// The period of the rate limit in seconds: 10 or 60.
    #[schemars(extend("enum" = [10, 60]))]
    pub period: Option<u32>,
    /// The dataset of Workers Analytics Engine.
    #[schemars(example = &"work_squared_staging")]
    pub dataset: Option<String>,
}

impl RawEnvironmentBinding {
    /// The keys that are written.
    pub fn keys(&self) -> Vec<&'static str> {
        let all = [
            ("database", self.database.is_some()),
            ("id", self.id.is_some()),
            ("preview_id", self.preview_id.is_some()),
            ("bucket", self.bucket.is_some()),
            ("jurisdiction", self.jurisdiction.is_some()),
            ("queue", self.queue.is_some()),
            ("delivery_delay", self.delivery_delay.is_some()),
            ("dead_letter_queue", self.dead_letter_queue.is_some()),
            ("service", self.service.is_some()),
            ("entrypoint", self.entrypoint.is_some()),
            ("limit", self.limit.is_some()),
            ("period", self.period.is_some()),
            ("dataset", self.dataset.is_some()),
        ];
        all.into_iter().filter(|(_, written)| *written).map(|(key, _)| key).collect()
    }
}
