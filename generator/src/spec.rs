//! What `spec.toml` says, before anyone asked whether it makes sense.
//!
//! Owns the keys of the spec, their types and their documentation; the JSON Schema for editors is derived
//! from here. Must not know the rules between keys: [`crate::model`] has those.

mod auth;
mod bindings;
mod limits;
mod web;
mod worker;

use indexmap::IndexMap;
use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform,
};
use serde::Deserialize;

pub use auth::{RawAlgorithm, RawAuth, RawPlace};
pub use bindings::{RawBinding, RawConsumer, RawEnvironmentBinding, RawJurisdiction, RawStorage};
pub use limits::{RawLlmLimits, RawRelayLimits};
pub use web::{
    RawCache, RawHtmlHandling, RawNotFound, RawPolicy, RawReferrerPolicy, RawSecurity, RawTransport, RawWeb,
};
pub use worker::{
    RawEnvironment, RawEnvironmentWorker, RawEvent, RawLimits, RawLogs, RawObservability, RawPlacement,
    RawTraces, RawWorker, RawZoneRoute,
};

/// A section whose keys are names that the user chooses; it keeps their order.
pub type Named<T> = IndexMap<String, T>;

/// One deployment of a LiveStore worker on Cloudflare.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "spec.toml")]
pub struct RawSpec {
    /// The worker itself.
    // `None`, here and of the relay, stands for a section that is missing or broken, so that the others are read.
    #[schemars(with = "RawWorker")]
    pub worker: Option<RawWorker>,
    /// The static web app that the worker serves for every path that is no route.
    pub web: Option<RawWeb>,
    /// What the platform gives the worker, by the name that the code uses: capitals, digits and `_`.
    #[serde(default)]
    pub bindings: Named<RawBinding>,
    /// Plain settings of the worker: strings, numbers, true or false. They are public in the dashboard: no secrets
    /// here.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, RawVar>", example = serde_json::json!({ "LOG_LEVEL": "info" }))]
    pub vars: Named<RawScalar>,
    /// Secrets that the worker reads. Only their names stand here; values are set by wrangler or `.dev.vars`.
    #[serde(default)]
    pub secrets: Named<RawSecret>,
    /// How clients prove who they are, by names that routes use.
    #[serde(default)]
    #[schemars(example = serde_json::json!({ "app": { "type": "token", "secret": "SYNC_TOKEN" } }))]
    pub auth: Named<RawAuth>,
    /// The paths that the worker answers, the first match first.
    // `None` stands for a route whose shape is broken, so that the others keep their positions.
    #[serde(default)]
    pub routes: Vec<Option<RawRoute>>,
    /// LiveStore sync.
    #[schemars(with = "RawRelay")]
    pub relay: Option<RawRelay>,
    /// The proxy to the language models.
    pub llm: Option<RawLlm>,
    /// The tables of the D1 databases, by name.
    #[serde(default)]
    pub tables: Named<RawTable>,
    /// The functions that a language model may call, by name.
    #[serde(default)]
    pub tools: Named<RawTool>,
    /// Further environments, such as `staging`. Only what differs is written.
    #[serde(default)]
    pub env: Named<RawEnvironment>,
}

/// A secret that the worker reads.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSecret {
    /// What it is, for whoever has to set it.
    #[schemars(example = &"Braintrust service key")]
    pub description: String,
}

/// A path that the worker answers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "handler", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawRoute {
    /// LiveStore sync, over WebSocket and HTTP.
    Relay {
        /// The path, starting with `/`.
        #[schemars(example = &"/websocket")]
        path: String,
        /// The Durable Object binding with one object a store.
        #[schemars(example = &"WEBSOCKET_SERVER")]
        binding: String,
        /// How clients prove who they are: a name under `[auth]`, or `none` to serve everybody.
        #[schemars(example = &"app", example = &"none")]
        auth: Option<String>,
    },
    /// Chat completions in OpenAI's form.
    Llm {
        /// The path, starting with `/`.
        #[schemars(example = &"/api/chat/completions")]
        path: String,
        /// The methods answered.
        #[serde(default = "post")]
        #[schemars(example = ["POST"])]
        methods: Vec<RawMethod>,
        /// The names of the tools that the model may call.
        #[serde(default)]
        #[schemars(example = ["create_task"])]
        tools: Vec<String>,
        /// How a client proves who it is: a name under `[auth]`, whose claims about stores do not matter here, or `none`
        /// if everybody may spend the service's key.
        #[schemars(example = &"clients", example = &"none")]
        auth: Option<String>,
    },
    /// Operating the relay: what is in a store, its events out and in, a reset. `generator store` speaks to it.
    Admin {
        /// The path, ending in `/*`.
        #[schemars(example = &"/admin/*")]
        path: String,
        /// The secret that its callers have to know.
        #[schemars(example = &"ADMIN_TOKEN")]
        token: String,
    },
    /// The worker's state as JSON, with the hash of the spec that it was built from.
    Health {
        /// The path, starting with `/`.
        #[schemars(example = &"/health")]
        path: String,
    },
}

impl RawRoute {
    /// The path, whatever the handler.
    pub fn path(&self) -> &str {
        match self {
            Self::Relay { path, .. }
            | Self::Llm { path, .. }
            | Self::Admin { path, .. }
            | Self::Health { path } => path,
        }
    }
}

fn yes() -> bool {
    true
}

fn post() -> Vec<RawMethod> {
    vec![RawMethod::Post]
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RawMethod {
    /// GET, and with it HEAD.
    Get,
    /// POST.
    Post,
    /// OPTIONS, by which a browser asks what a page of another origin may send.
    Options,
}

/// LiveStore sync.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRelay {
    /// Where the record of all events is: the name of a D1 binding, or `durable_object` for the SQLite of each store's
    /// own object.
    #[schemars(example = &"DB", example = &"durable_object")]
    pub store: String,
    /// The D1 binding whose database gets a copy of the record, to be asked in SQL: in order, each event once, after its
    /// push was acknowledged. Only with `store = "durable_object"`.
    #[schemars(example = &"DB")]
    pub mirror: Option<String>,
    /// The table of events in the D1 database.
    #[schemars(example = &"events")]
    pub table: Option<String>,
    /// The table in the D1 database that holds each store's backend id.
    #[schemars(example = &"stores")]
    pub stores_table: Option<String>,
    /// Origins, besides the worker's own, whose pages may sync; `*` stands for all. A browser says of which origin a
    /// page is, and one that is not allowed is refused. Whatever is no browser names none, and is not held to it.
    #[serde(default)]
    #[schemars(example = ["https://app.example.com"])]
    pub allowed_origins: Vec<String>,
    /// Headers that every answer over HTTP has.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>", example = serde_json::json!({ "cache-control": "no-store" }))]
    pub response_headers: Named<String>,
    /// What bounds its clients.
    #[serde(default)]
    pub limits: RawRelayLimits,
}

/// The proxy to the language models.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLlm {
    /// The upstream service.
    pub provider: RawProvider,
    /// The models that a client may ask for; the first is the default.
    #[schemars(length(min = 1), example = ["gpt-4o-mini"])]
    pub models: Vec<String>,
    /// The secret that holds the service's key.
    #[schemars(example = &"BRAINTRUST_API_KEY")]
    pub api_key: String,
    /// The variable that holds the id of the project to which calls are attributed.
    #[schemars(example = &"BRAINTRUST_PROJECT_ID")]
    pub project: Option<String>,
    /// Where the service is, if not at its usual address, or the variable that says so.
    #[schemars(example = &"https://gateway.example.com/v1", example = &"BRAINTRUST_URL")]
    pub base_url: Option<String>,
    /// The model that is asked at last, when the one that a client asked for cannot answer.
    #[schemars(example = &"gpt-4o-mini")]
    pub fallback_model: Option<String>,
    /// What the model is told before all that a client says. Clients cannot send system messages then.
    #[schemars(example = &"You help people to keep their board of tasks in order.")]
    pub system_prompt: Option<String>,
    /// Fields of a request or of a message that go on to the model although the worker does not know them. Any other of a
    /// request is refused, and any other of a message, a part of its content or a call in it left out.
    #[serde(default)]
    #[schemars(example = ["top_logprobs"])]
    pub extra_fields: Vec<String>,
    /// The rate limit that counts each user's calls: a binding of type `rate_limit`. A user is the subject of a JSON Web
    /// Token (`sub`), or else the address that the call comes from.
    #[schemars(example = &"LLM_CALLS")]
    pub rate_limit: Option<String>,
    /// The table that gets a row for each call of a user: who asked which model, what that took and how it ended.
    /// `generator llm usage` shows it. No row holds what was said.
    #[schemars(example = &"llm_calls")]
    pub ledger: Option<String>,
    /// How many tokens a day may take. A request that could go beyond is refused until the next day.
    pub budget: Option<RawBudget>,
    /// What bounds a request.
    #[serde(default)]
    pub limits: RawLlmLimits,
}

/// How many tokens a day may take. The most that a request can take is set aside before a model is asked, and what it did
/// not take is given back. Days are those of UTC.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBudget {
    /// The table that counts them: a row for each day and user, and one for all users together.
    #[schemars(example = &"llm_tokens")]
    pub table: String,
    /// Most tokens of one user, of requests and answers together. Who is a user, `rate_limit` says.
    #[schemars(range(min = 1), example = &200_000)]
    pub per_user: Option<u32>,
    /// Most tokens of all users together.
    #[schemars(range(min = 1), example = &5_000_000)]
    pub per_deployment: Option<u32>,
}

/// An upstream service for language models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawProvider {
    /// Braintrust's gateway.
    Braintrust,
}

/// A table of a D1 database.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTable {
    /// What the table is for.
    #[schemars(example = &"Tasks of the board.")]
    pub description: Option<String>,
    /// The D1 binding whose database holds it; needed only where there are several.
    #[schemars(example = &"DB")]
    pub database: Option<String>,
    /// The columns of the key.
    #[serde(default)]
    #[schemars(example = ["store_id", "seq_num"])]
    pub primary_key: Vec<String>,
    /// The columns, in the order of the table.
    #[schemars(extend("minProperties" = 1))]
    pub columns: Named<RawColumn>,
    /// The indexes, by name.
    #[serde(default)]
    pub indexes: Named<RawIndex>,
    /// Conditions that every row keeps, by name: SQL expressions on the row's columns. The name is in the error that
    /// a row gets which breaks one.
    #[serde(default)]
    #[schemars(example = serde_json::json!({ "ends_after_start": "ends_at > starts_at" }))]
    pub checks: Named<String>,
    /// Foreign keys of several columns, by name. One of a single column is that column's `references`.
    #[serde(default)]
    pub foreign_keys: Named<RawForeignKey>,
    /// Whether a value of another type than its column's is refused. Without it, SQLite stores what it gets.
    #[serde(default = "yes")]
    pub strict: bool,
    /// Whether rows are kept by their key alone, without SQLite's hidden row id: smaller and faster where the key is
    /// not a single integer and rows are short. Needs a `primary_key`.
    #[serde(default)]
    pub without_rowid: bool,
    /// The name that the table had before.
    #[schemars(example = &"todos")]
    pub renamed_from: Option<String>,
}

/// A column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawColumn {
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: RawColumnType,
    /// What the column is for.
    #[schemars(example = &"What is to be done.")]
    pub description: Option<String>,
    /// Whether it may be NULL.
    #[serde(default)]
    pub nullable: bool,
    /// The value of a row that names none. A column added to a table with rows needs one, or `nullable`.
    #[schemars(extend("type" = ["string", "number", "boolean"]))]
    pub default: Option<RawScalar>,
    /// An SQL expression for the value of a row that names none, asked anew for each row. It sees no column. Adding
    /// such a column copies the table.
    #[schemars(example = &"strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", example = &"lower(hex(randomblob(16)))")]
    pub default_expression: Option<String>,
    /// A condition that every row keeps: an SQL expression on the row's columns. NULL counts as kept.
    #[schemars(example = &"price >= 0", example = &"status IN ('open', 'done')")]
    pub check: Option<String>,
    /// How the database computes the value. Such a column is read and never written.
    pub generated: Option<RawGenerated>,
    /// Whether no two rows may share a value.
    #[serde(default)]
    pub unique: bool,
    /// The row of another table that the value names.
    pub references: Option<RawReference>,
    /// The name that the column had before.
    #[schemars(example = &"text")]
    pub renamed_from: Option<String>,
}

/// How the database computes a column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGenerated {
    /// An SQL expression on the row's columns that always gives the same for the same row.
    #[schemars(example = &"lower(title)", example = &"json_extract(args, '$.title')")]
    pub expression: String,
    /// Whether the value is kept with the row, rather than computed whenever it is read. Adding one that is kept
    /// copies the table.
    #[serde(default)]
    pub stored: bool,
}

/// A string, number or boolean; the schema checks which, so any JSON value decodes.
pub type RawScalar = serde_json::Value;

/// The value of a variable.
#[derive(JsonSchema)]
#[schemars(extend("type" = ["string", "number", "boolean"]), description = "A string, a number, true or false.")]
struct RawVar(#[allow(dead_code, reason = "only its schema is used")] RawScalar);

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawColumnType {
    /// A 64-bit integer.
    Integer,
    /// A 64-bit float.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// True or false, kept as 1 or 0.
    Boolean,
    /// A moment in UTC, kept as `2026-01-31T09:00:00.000Z`.
    Timestamp,
    /// JSON, kept as text.
    Json,
    /// A UUID, kept as text.
    Uuid,
}

/// A foreign key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawReference {
    /// The table referred to.
    #[schemars(example = &"projects")]
    pub table: String,
    /// Its column: the key, or unique.
    #[schemars(example = &"id")]
    pub column: String,
    /// What happens to this row when the other is deleted.
    #[serde(default)]
    pub on_delete: RawAction,
    /// What happens to this row when the other's key changes.
    #[serde(default)]
    pub on_update: RawAction,
}

/// A foreign key of several columns.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawForeignKey {
    /// The columns that refer, in order.
    #[schemars(length(min = 1), example = ["store_id", "seq_num"])]
    pub columns: Vec<String>,
    /// The table referred to.
    #[schemars(example = &"events")]
    pub table: String,
    /// Its columns, one for each of `columns`: the key or the columns of a unique index, in their order.
    #[schemars(length(min = 1), example = ["store_id", "seq_num"])]
    pub references: Vec<String>,
    /// What happens to this row when the other is deleted.
    #[serde(default)]
    pub on_delete: RawAction,
    /// What happens to this row when the other's key changes.
    #[serde(default)]
    pub on_update: RawAction,
}

/// What happens to a row when the one that it refers to goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawAction {
    /// The change is refused, unless the rest of its transaction puts things right (SQL's NO ACTION).
    #[default]
    Refuse,
    /// The change is refused at once.
    Restrict,
    /// The row goes too.
    Cascade,
    /// The column becomes NULL.
    SetNull,
    /// The column gets its default, which must name a row.
    SetDefault,
}

/// An index.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawIndex {
    /// What it is sorted by, in order: columns or SQL expressions, each with ` desc` after it to have the greatest
    /// first.
    #[schemars(length(min = 1), example = ["store_id", "created_at desc"], example = ["lower(title)"])]
    pub columns: Vec<String>,
    /// Whether no two rows may share these values.
    #[serde(default)]
    pub unique: bool,
    /// Which rows are in it: an SQL expression on the row's columns. All, if left out.
    #[serde(rename = "where")]
    #[schemars(example = &"done_at IS NULL")]
    pub condition: Option<String>,
}

/// A function that a language model may call.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTool {
    /// What it does, for the model.
    #[schemars(example = &"Add a task to the board.")]
    pub description: String,
    /// Its arguments, by name.
    #[serde(default)]
    pub parameters: Named<RawParameter>,
}

/// An argument of a tool, or a part of one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawParameter {
    /// Text.
    String {
        /// What it is, for the model.
        #[schemars(example = &"What is to be done.")]
        description: Option<String>,
        /// Whether the model may leave it out (it then sends null).
        #[serde(default)]
        optional: bool,
        /// The fewest characters.
        #[schemars(example = 1)]
        min_length: Option<u32>,
        /// The most characters.
        #[schemars(example = 200)]
        max_length: Option<u32>,
        /// The only values allowed.
        #[serde(default, rename = "enum")]
        #[schemars(example = ["open", "done"])]
        values: Vec<String>,
    },
    /// A whole number.
    Integer {
        /// What it is, for the model.
        #[schemars(example = &"How urgent it is, from 1 to 5.")]
        description: Option<String>,
        /// Whether the model may leave it out (it then sends null).
        #[serde(default)]
        optional: bool,
        /// The least value.
        #[schemars(example = 1)]
        minimum: Option<i64>,
        /// The greatest value.
        #[schemars(example = 5)]
        maximum: Option<i64>,
    },
    /// A number.
    Number {
        /// What it is, for the model.
        #[schemars(example = &"The price in euros.")]
        description: Option<String>,
        /// Whether the model may leave it out (it then sends null).
        #[serde(default)]
        optional: bool,
        /// The least value.
        #[schemars(example = 0.0)]
        minimum: Option<f64>,
        /// The greatest value.
        #[schemars(example = 99.5)]
        maximum: Option<f64>,
    },
    /// True or false.
    Boolean {
        /// What it is, for the model.
        #[schemars(example = &"Whether it is done.")]
        description: Option<String>,
        /// Whether the model may leave it out (it then sends null).
        #[serde(default)]
        optional: bool,
    },
    /// A list.
    Array {
        /// What it is, for the model.
        #[schemars(example = &"The labels of the task.")]
        description: Option<String>,
        /// Whether the model may leave it out (it then sends null).
        #[serde(default)]
        optional: bool,
        /// What each item is.
        items: Box<RawParameter>,
        /// The fewest items.
        #[schemars(example = 1)]
        min_items: Option<u32>,
        /// The most items.
        #[schemars(example = 10)]
        max_items: Option<u32>,
    },
    /// A group of further arguments.
    Object {
        /// What it is, for the model.
        #[schemars(example = &"Who asked for it.")]
        description: Option<String>,
        /// Whether the model may leave it out (it then sends null).
        #[serde(default)]
        optional: bool,
        /// The arguments of the group, by name.
        #[schemars(extend("minProperties" = 1))]
        properties: Named<RawParameter>,
    },
}

/// The JSON Schema of the spec, for editors and for [`crate::shape`].
pub fn schema() -> Schema {
    // Draft 7 is the newest that the TOML language servers (Taplo, Even Better TOML) complete from.
    let settings = SchemaSettings::draft07()
        .with_transform(RecursiveTransform(without_null))
        .with_transform(RecursiveTransform(flattened_alternatives))
        .with_transform(RecursiveTransform(described_tags))
        .with_transform(RecursiveTransform(bounded));
    SchemaGenerator::new(settings).into_root_schema_for::<RawSpec>()
}

/// TOML has no null: an optional key is just left out.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("default").is_some_and(serde_json::Value::is_null) {
        object.remove("default");
    }
    if let Some(types) = object.get_mut("type").and_then(serde_json::Value::as_array_mut) {
        types.retain(|it| it != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".to_owned(), one);
        }
    }
    if let Some(any) = object.get_mut("anyOf").and_then(serde_json::Value::as_array_mut) {
        any.retain(|it| it.get("type").is_none_or(|kind| kind != "null"));
        if let [serde_json::Value::Object(one)] = any.as_slice() {
            let one = one.clone();
            object.remove("anyOf");
            if one.contains_key("$ref") && !object.is_empty() {
                // Draft 7 ignores what stands beside a `$ref`.
                object.insert("allOf".to_owned(), serde_json::json!([one]));
            } else {
                object.extend(one);
            }
        }
    }
}

/// An enum of plain words comes as a list of constants, each with its documentation; editors want both the
/// words in one `enum` and the documentation.
fn flattened_alternatives(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    let Some(alternatives) = object.get("oneOf").and_then(serde_json::Value::as_array) else { return };
    let Some(words) = alternatives
        .iter()
        .map(|it| it.get("const").and_then(serde_json::Value::as_str))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let documentation: Vec<_> = alternatives
        .iter()
        .map(|it| it.get("description").and_then(serde_json::Value::as_str).unwrap_or_default())
        .collect();
    let flattened = [
        ("type".to_owned(), "string".into()),
        ("enum".to_owned(), words.into()),
        ("x-taplo".to_owned(), serde_json::json!({ "docs": { "enumValues": documentation } })),
    ];
    object.remove("oneOf");
    object.extend(flattened);
}

/// A tag says what its alternative is: editors show it beside each value.
fn described_tags(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    let Some(alternatives) = object.get_mut("oneOf").and_then(serde_json::Value::as_array_mut) else {
        return;
    };
    for alternative in alternatives {
        let Some(description) = alternative.get("description").cloned() else { continue };
        let properties = alternative.get_mut("properties").and_then(serde_json::Value::as_object_mut);
        let tags = properties.into_iter().flat_map(|it| it.values_mut());
        for tag in tags.filter_map(serde_json::Value::as_object_mut).filter(|it| it.contains_key("const")) {
            tag.entry("description").or_insert_with(|| description.clone());
        }
    }
}

/// The greatest number that a 32-bit key holds; `format` alone says that to nobody.
fn bounded(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("format").is_some_and(|format| format == "uint32") {
        object.entry("maximum").or_insert(u32::MAX.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::schema;

    /// Calls `visit` with every key that the schema has, by its place in the schema.
    fn keys(node: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
        let inner: Vec<(String, &Value)> = match node {
            Value::Object(object) => object.iter().map(|(name, it)| (name.clone(), it)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(at, it)| (at.to_string(), it)).collect(),
            _ => return,
        };
        let is_section = !place.ends_with("/properties") && !place.contains("/examples/");
        for (name, it) in inner {
            let place = format!("{place}/{name}");
            if let (true, "properties", Value::Object(properties)) = (is_section, name.as_str(), it) {
                properties.iter().for_each(|(key, it)| visit(&format!("{place}/{key}"), it));
            }
            keys(it, &place, visit);
        }
    }

    fn without(has: impl Fn(&Value) -> bool) -> Vec<String> {
        let (mut without, mut all) = (Vec::new(), 0);
        keys(&schema().to_value(), "", &mut |place, key| {
            all += 1;
            without.extend((!has(key)).then(|| place.to_owned()));
        });
        assert!(all > 100, "only {all} keys were found");
        without
    }

    #[test]
    fn every_key_is_described() {
        assert_eq!(without(|key| key["description"].is_string()), [""; 0]);
    }

    #[test]
    fn every_free_value_has_an_example() {
        let is_free = |key: &Value| {
            let scalar = ["string", "integer", "number"].iter().any(|kind| key["type"] == *kind);
            scalar && ["enum", "const", "default"].iter().all(|it| key.get(it).is_none())
        };
        assert_eq!(without(|key| !is_free(key) || key["examples"].is_array()), [""; 0]);
    }
}
