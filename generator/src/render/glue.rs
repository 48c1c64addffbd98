//! Views of the crate `glue`.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    RenderError, Renderer, auth,
    names::{Taken, field, pascal, renamed},
    tools,
};
use crate::{
    model::{
        Llm, Spec, Store, Web,
        auth::Setting,
        bindings::{BindingKind, VarValue},
        name::BindingName,
        routes::{Handler, RoutePath},
        tables::{Column, ColumnType, Table},
    },
    output::RenderedFile,
    spec::{RawHtmlHandling, RawLlmLimits, RawMethod, RawNotFound, RawProvider, RawRelayLimits},
};

/// The crate's sources.
pub(super) fn files(
    renderer: &Renderer,
    spec: &Spec,
    spec_hash: &str,
) -> Result<Vec<RenderedFile>, RenderError> {
    Ok(vec![
        renderer.rust("src/lib.rs", Lib { spec_hash })?,
        renderer.rust("src/admin.rs", AdminView { token: spec.admin().map(|(_, token)| bound(token)) })?,
        renderer.rust("src/auth.rs", auth::view(spec))?,
        renderer.rust("src/env.rs", env(spec))?,
        renderer.rust("src/llm.rs", llm(spec))?,
        renderer.rust("src/relay.rs", relay(spec))?,
        renderer.rust("src/routes.rs", routes(spec))?,
        renderer.rust("src/tables.rs", tables(spec))?,
        renderer.rust("src/tools.rs", tools::view(&spec.tools))?,
        renderer.rust("src/web.rs", web(spec.web.as_ref()))?,
    ])
}

#[derive(Serialize)]
struct Lib<'a> {
    spec_hash: &'a str,
}

#[derive(Serialize)]
struct WebView<'a> {
    web: Option<Bound<'a>>,
    not_found: &'static str,
    /// The path, or the last part of it, under which the platform has the HTML file.
    file: Option<&'static str>,
    api: Vec<&'a str>,
    headers: &'a [(String, String)],
}

fn web(web: Option<&Web>) -> WebView<'_> {
    let (not_found, file) = match web.map(|web| (web.not_found, web.html_handling)) {
        Some((RawNotFound::Spa, RawHtmlHandling::None)) => ("App", Some("/index.html")),
        Some((RawNotFound::Spa, _)) => ("App", Some("/")),
        Some((RawNotFound::Page, RawHtmlHandling::None)) => ("Page", Some("/404.html")),
        Some((RawNotFound::Page, RawHtmlHandling::ForceTrailingSlash)) => ("Page", Some("/404/")),
        Some((RawNotFound::Page, _)) => ("Page", Some("/404")),
        Some((RawNotFound::None, _)) | None => ("Nothing", None),
    };
    WebView {
        web: web.map(|web| bound(&web.binding)),
        not_found,
        file,
        api: web.map(|web| web.api.iter().map(RoutePath::as_str).collect()).unwrap_or_default(),
        headers: web.map(|web| web.headers.as_slice()).unwrap_or_default(),
    }
}

#[derive(Serialize)]
struct AdminView<'a> {
    token: Option<Bound<'a>>,
}

/// A name of the environment and the field that holds it.
#[derive(Serialize)]
struct Bound<'a> {
    name: &'a str,
    field: String,
}

fn bound(name: &BindingName) -> Bound<'_> {
    Bound { name: name.as_str(), field: field(name.as_str()) }
}

#[derive(Serialize)]
struct EnvView<'a> {
    bindings: Vec<Entry<'a>>,
    vars: Vec<Entry<'a>>,
    secrets: Vec<Entry<'a>>,
    /// The functions that read the variables.
    readers: BTreeSet<&'static str>,
    /// Whether some variable is no text, and so is read as a value of JavaScript.
    values: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    field: String,
    key: String,
    r#type: &'static str,
    getter: &'static str,
    description: &'a str,
}

fn env(spec: &Spec) -> EnvView<'_> {
    fn entry<'a>(section: &str, name: &'a BindingName) -> Entry<'a> {
        let name = name.as_str();
        let key = format!("{section}.{name}");
        Entry { name, field: field(name), key, r#type: "", getter: "", description: "" }
    }
    EnvView {
        bindings: spec
            .bindings
            .iter()
            .map(|it| {
                let (r#type, getter) = binding(&it.kind);
                let description = it.description.as_deref().unwrap_or_default();
                Entry { r#type, getter, description, ..entry("bindings", &it.name) }
            })
            .collect(),
        vars: spec
            .vars
            .iter()
            .map(|it| {
                let (r#type, getter) = var(&it.value);
                Entry { r#type, getter, ..entry("vars", &it.name) }
            })
            .collect(),
        secrets: spec
            .secrets
            .iter()
            .map(|it| Entry { description: &it.description, ..entry("secrets", &it.name) })
            .collect(),
        readers: spec.vars.iter().map(|it| var(&it.value).1).collect(),
        values: spec.vars.iter().any(|it| !matches!(it.value, VarValue::Text(_))),
    }
}

/// The type of a binding in the crate `worker`, and what reads it from its `Env`.
fn binding(kind: &BindingKind) -> (&'static str, &'static str) {
    match kind {
        BindingKind::DurableObject(_) => ("worker::durable::ObjectNamespace", "durable_object"),
        BindingKind::D1(_) => ("worker::D1Database", "d1"),
        BindingKind::Kv(_) => ("worker::KvStore", "kv"),
        BindingKind::R2(_) => ("worker::Bucket", "bucket"),
        BindingKind::Queue(_) => ("worker::Queue", "queue"),
        BindingKind::Service(_) => ("worker::Fetcher", "service"),
        BindingKind::RateLimit(_) => ("worker::RateLimiter", "rate_limiter"),
        BindingKind::AnalyticsEngine(_) => ("worker::AnalyticsEngineDataset", "analytics_engine"),
        BindingKind::VersionMetadata => ("worker::WorkerVersionMetadata", "get_binding"),
        BindingKind::Ai => ("worker::Ai", "ai"),
        BindingKind::Assets => ("worker::Fetcher", "assets"),
    }
}

/// The type of a variable and what reads it.
fn var(value: &VarValue) -> (&'static str, &'static str) {
    match value {
        VarValue::Text(_) => ("String", "text"),
        VarValue::Integer(_) => ("i64", "integer"),
        VarValue::Float(_) => ("f64", "float"),
        VarValue::Boolean(_) => ("bool", "boolean"),
    }
}

/// The manifest's view: what of the crate `worker` is needed beyond what the workspace asks for.
#[derive(Serialize)]
pub(super) struct Manifest {
    header: &'static str,
    queues: bool,
}

pub(super) fn manifest(spec: &Spec) -> Manifest {
    let queues = spec.bindings.iter().any(|it| matches!(it.kind, BindingKind::Queue(_)));
    Manifest { header: super::HEADER, queues }
}

#[derive(Serialize)]
struct LlmView<'a> {
    models: &'a [String],
    provider: &'static str,
    /// The variable that has the address.
    address: Option<Bound<'a>>,
    /// The address itself, if no variable has it.
    base_url: &'a str,
    tools: Vec<&'a str>,
    api_key: Option<Bound<'a>>,
    project: Option<Bound<'a>>,
    fallback_model: Option<&'a str>,
    system_prompt: Option<&'a str>,
    extra_fields: &'a [String],
    rate_limit: Option<Bound<'a>>,
    rate_limit_seconds: String,
    budget: Option<Bound<'a>>,
    /// Its table.
    budget_table: &'a str,
    tokens_per_user: Option<String>,
    tokens_per_deployment: Option<String>,
    ledger: Option<Bound<'a>>,
    /// Its table.
    ledger_table: &'a str,
    limits: LlmLimitsView,
}

/// Numbers as Rust has them.
#[derive(Serialize)]
struct LlmLimitsView {
    body_bytes: String,
    messages: String,
    message_bytes: String,
    output_tokens: String,
    first_byte_seconds: String,
    idle_seconds: String,
    total_seconds: String,
    retries: String,
    repairs: String,
}

fn llm_limits(limits: &RawLlmLimits) -> LlmLimitsView {
    LlmLimitsView {
        body_bytes: number(limits.body_bytes),
        messages: number(limits.messages),
        message_bytes: number(limits.message_bytes),
        output_tokens: number(limits.output_tokens),
        first_byte_seconds: number(limits.first_byte_seconds),
        idle_seconds: number(limits.idle_seconds),
        total_seconds: number(limits.total_seconds),
        retries: number(limits.retries),
        repairs: number(limits.repairs),
    }
}

fn llm(spec: &Spec) -> LlmView<'_> {
    let llm: Option<&Llm> = spec.llm.as_ref();
    let base_url = llm.map(|it| &it.base_url);
    let rate_limit = llm.and_then(|it| it.rate_limit.as_ref());
    let budget = llm.and_then(|it| it.budget.as_ref());
    let ledger = llm.and_then(|it| it.ledger.as_ref());
    let period = spec.bindings.iter().find_map(|binding| match &binding.kind {
        BindingKind::RateLimit(limit) if Some(&binding.name) == rate_limit => Some(limit.period),
        _ => None,
    });
    LlmView {
        models: llm.map(|it| it.models.as_slice()).unwrap_or_default(),
        provider: match llm.map(|it| it.provider) {
            Some(RawProvider::Braintrust) => "braintrust",
            None => "",
        },
        address: match base_url {
            Some(Setting::Var(name)) => Some(bound(name)),
            Some(Setting::Text(_)) | None => None,
        },
        base_url: match base_url {
            Some(Setting::Text(text)) => text,
            Some(Setting::Var(_)) | None => "",
        },
        tools: spec.offered_tools().iter().map(|it| it.as_str()).collect(),
        api_key: llm.map(|it| bound(&it.api_key)),
        project: llm.and_then(|it| it.project.as_ref()).map(bound),
        fallback_model: llm.and_then(|it| it.fallback_model.as_deref()),
        system_prompt: llm.and_then(|it| it.system_prompt.as_deref()),
        extra_fields: llm.map(|it| it.extra_fields.as_slice()).unwrap_or_default(),
        rate_limit: rate_limit.map(bound),
        rate_limit_seconds: number(period.unwrap_or_default()),
        budget: budget.map(|it| bound(&it.table.database)),
        budget_table: budget.map_or("llm_tokens", |it| it.table.table.as_str()),
        tokens_per_user: budget.and_then(|it| it.per_user).map(number),
        tokens_per_deployment: budget.and_then(|it| it.per_deployment).map(number),
        ledger: ledger.map(|it| bound(&it.database)),
        // What has no table gets the one that it would have: the runtime is the same for all.
        ledger_table: ledger.map_or("llm_calls", |it| it.table.as_str()),
        limits: llm_limits(&llm.map(|it| it.limits).unwrap_or_default()),
    }
}

#[derive(Serialize)]
struct RelayView<'a> {
    objects: Bound<'a>,
    class: &'a str,
    /// The D1 database of the record, if it is in D1.
    database: Option<Bound<'a>>,
    /// The record's tables.
    table: &'a str,
    stores_table: &'a str,
    /// The D1 database of a copy, if there is one.
    mirror: Option<Bound<'a>>,
    /// Its tables.
    mirror_table: &'a str,
    mirror_stores_table: &'a str,
    allowed_origins: &'a [String],
    response_headers: &'a [(String, String)],
    limits: LimitsView,
}

/// Numbers as Rust has them.
#[derive(Serialize)]
struct LimitsView {
    frame_bytes: String,
    push_events: String,
    connections: String,
    messages_per_second: String,
}

fn limits(limits: &RawRelayLimits) -> LimitsView {
    LimitsView {
        frame_bytes: number(limits.frame_bytes),
        push_events: number(limits.push_events),
        connections: number(limits.connections),
        messages_per_second: number(limits.messages_per_second),
    }
}

/// With `_` between thousands.
fn number(value: u32) -> String {
    let digits = value.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join("_")
}

fn relay(spec: &Spec) -> RelayView<'_> {
    let relay = &spec.relay;
    let record = match &relay.store {
        Store::Database(tables) => Some(tables),
        Store::Object { .. } => None,
    };
    let mirror = relay.store.tables();
    // What has no tables in D1 gets those that it would have there: the runtime is the same for all.
    let (mirror_table, mirror_stores_table) =
        mirror.map_or(("events", "stores"), |it| (it.events.as_str(), it.stores.as_str()));
    // An object's own tables keep their names, whatever those in D1 are called: nothing renames them.
    let (table, stores_table) =
        record.map_or(("events", "stores"), |it| (it.events.as_str(), it.stores.as_str()));
    RelayView {
        objects: bound(&relay.binding),
        class: relay.class.as_str(),
        database: record.map(|it| bound(&it.database)),
        table,
        stores_table,
        mirror: mirror.filter(|_| record.is_none()).map(|it| bound(&it.database)),
        mirror_table,
        mirror_stores_table,
        allowed_origins: &relay.allowed_origins,
        response_headers: &relay.response_headers,
        limits: limits(&relay.limits),
    }
}

#[derive(Serialize)]
struct RoutesView<'a> {
    routes: Vec<RouteView<'a>>,
}

#[derive(Serialize)]
struct RouteView<'a> {
    path: &'a str,
    methods: Vec<&'static str>,
    handler: &'static str,
    auth: Option<String>,
}

fn routes(spec: &Spec) -> RoutesView<'_> {
    // Who may read may ask for the headers alone, as HTTP has it.
    let method = |method: &RawMethod| match method {
        RawMethod::Get => ["GET", "HEAD"].as_slice(),
        RawMethod::Post => ["POST"].as_slice(),
        RawMethod::Options => ["OPTIONS"].as_slice(),
    };
    let routes = spec.routes.iter().map(|route| RouteView {
        path: route.path.as_str(),
        methods: route.methods.iter().flat_map(method).copied().collect(),
        handler: match route.handler {
            Handler::Relay { .. } => "Relay",
            Handler::Llm { .. } => "Llm",
            Handler::Admin { .. } => "Admin",
            Handler::Health => "Health",
        },
        auth: route.auth.as_ref().map(auth::constant),
    });
    RoutesView { routes: routes.collect() }
}

#[derive(Serialize)]
struct TablesView<'a> {
    tables: Vec<TableView<'a>>,
    booleans: bool,
    nullable_booleans: bool,
}

#[derive(Serialize)]
struct TableView<'a> {
    name: &'a str,
    database: &'a str,
    r#type: String,
    description: String,
    columns: Vec<ColumnView<'a>>,
    names: Vec<&'a str>,
    /// The columns of a new row, if the database computes others.
    written: Option<Vec<&'a str>>,
    select: String,
    insert: String,
    key: String,
    by_key: String,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    field: String,
    /// The column's name, if the field has another.
    renamed: Option<&'a str>,
    r#type: String,
    description: String,
    serde: Option<&'static str>,
}

fn tables(spec: &Spec) -> TablesView<'_> {
    let mut taken = Taken::default();
    let boolean = |nullable: bool| {
        let all = spec.tables.iter().flat_map(|table| &table.columns);
        all.into_iter().any(|it| it.kind == ColumnType::Boolean && it.nullable == nullable)
    };
    TablesView {
        tables: spec.tables.iter().map(|it| table(it, &mut taken)).collect(),
        booleans: boolean(false),
        nullable_booleans: boolean(true),
    }
}

fn table<'a>(table: &'a Table, taken: &mut Taken) -> TableView<'a> {
    let name = table.name.as_str();
    let names: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
    let columns = names.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ");
    let written = table.columns.iter().filter(|it| it.generated.is_none());
    let written: Vec<&str> = written.map(|it| it.name.as_str()).collect();
    let values = written.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ");
    let parameters = (1..=written.len()).map(|it| format!("?{it}")).collect::<Vec<_>>().join(", ");
    let key: Vec<&str> = table.primary_key.iter().map(|it| it.as_str()).collect();
    let by_key = key.iter().enumerate().map(|(at, it)| format!("\"{it}\" = ?{}", at + 1));
    TableView {
        name,
        database: table.database.as_str(),
        r#type: taken.unique(format!("{}Row", pascal(name))),
        description: table.description.clone().unwrap_or_else(|| format!("One of `{name}`.")),
        columns: table.columns.iter().map(column).collect(),
        select: format!("SELECT {columns} FROM \"{name}\""),
        insert: format!("INSERT INTO \"{name}\" ({values}) VALUES ({parameters})"),
        written: Some(written).filter(|written| written.len() < names.len()),
        key: key
            .iter()
            .enumerate()
            .map(|(at, it)| format!("`?{}` {it}", at + 1))
            .collect::<Vec<_>>()
            .join(", "),
        by_key: by_key.collect::<Vec<_>>().join(" AND "),
        names,
    }
}

fn description(column: &Column, noun: &str) -> String {
    let text = column.description.clone().unwrap_or_else(|| format!("{noun}."));
    match column.generated {
        Some(_) => format!("{text}\n\nComputed by the database: read, never written."),
        None => text,
    }
}

fn column(column: &Column) -> ColumnView<'_> {
    let (plain, noun) = match column.kind {
        ColumnType::Integer => ("i64", "An integer"),
        ColumnType::Real => ("f64", "A number"),
        ColumnType::Text => ("String", "Text"),
        ColumnType::Blob => ("Vec<u8>", "Bytes"),
        ColumnType::Boolean => ("bool", "True or false"),
        ColumnType::Timestamp => ("String", "A moment in UTC: `2026-01-31T09:00:00.000Z`"),
        ColumnType::Json => ("String", "JSON text"),
        ColumnType::Uuid => ("String", "A UUID"),
    };
    ColumnView {
        field: field(column.name.as_str()),
        renamed: renamed(column.name.as_str()),
        r#type: if column.nullable { format!("Option<{plain}>") } else { plain.to_owned() },
        description: description(column, noun),
        serde: match (column.kind, column.nullable) {
            (ColumnType::Boolean, false) => Some("with = \"boolean\""),
            (ColumnType::Boolean, true) => Some("with = \"nullable_boolean\""),
            _ => None,
        },
    }
}
