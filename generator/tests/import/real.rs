//! Workers of three kinds.

use expect_test::expect;
use generator::import::{Sources, text};

use crate::{alone, database, imported, lost};

/// What differs, a line each.
fn lines(sources: &Sources, import: &generator::import::Import) -> String {
    let value = |value: Option<&serde_json::Value>| value.map_or_else(|| "-".to_owned(), ToString::to_string);
    let line = |it: &generator::import::meaning::Difference| {
        let before = it.before.as_ref().map(|fact| &fact.value);
        format!("{}|{}: {} → {}\n", it.environment, it.key, value(before), value(it.after.as_ref()))
    };
    lost(sources, import).iter().map(line).collect()
}

#[test]
fn a_livestore_worker_keeps_its_meaning() {
    let mut sources = alone("wrangler.jsonc", include_str!("livestore/wrangler.jsonc"));
    sources.databases = vec![database(&[("the database", include_str!("livestore/tables.sql"))], false)];
    sources.secrets = vec![("ADMIN_SECRET".to_owned(), ".dev.vars.example".to_owned())];
    let import = imported(&sources);
    expect![[r#""#]].assert_eq(&import.spec);
    expect![[r#""#]].assert_eq(&text(&import.notes));
    expect![[r#""#]].assert_eq(&lines(&sources, &import));
}

#[test]
fn an_api_with_many_bindings_and_environments_says_what_is_lost() {
    let mut sources = alone("wrangler.jsonc", include_str!("api/wrangler.jsonc"));
    sources.databases = vec![database(
        &[
            ("0000_calm_river.sql", include_str!("api/migrations/0000_calm_river.sql")),
            ("0001_quick_fox.sql", include_str!("api/migrations/0001_quick_fox.sql")),
        ],
        true,
    )];
    let import = imported(&sources);
    expect![[r##"
        #:schema generated/spec.schema.json

        # Imported from wrangler.jsonc. After an edit: `cargo run -p generator -- diff`.

        [worker]
        name = "parcel-api"
        compatibility_date = "2025-11-01"
        compatibility_flags = ["nodejs_compat"]

        [bindings.SYNC_BACKEND_DO]
        type = "durable_object"
        class = "SyncBackendDO"

        [bindings.DB]
        type = "d1"
        database = "parcels"
        id = "9d1f0a52-7c5e-4b0e-9a6b-1f2e3d4c5b6a"

        [vars]
        LOG_LEVEL = "debug"
        REGION = "eu"

        [[routes]]
        path = "/websocket"
        handler = "relay"
        binding = "SYNC_BACKEND_DO"

        [relay]
        store = "DB"
        table = "events"
        stores_table = "stores"

        [tables.customers]
        primary_key = ["id"]
        columns.id = { type = "text" }
        columns.email = { type = "text" }
        columns.created_at = { type = "integer" }
        indexes.customers_email_unique = { columns = ["email"], unique = true }

        [tables.parcels]
        primary_key = ["id"]
        columns.id = { type = "integer" }
        columns.customer_id = { type = "text", references = { table = "customers", column = "id", on_delete = "cascade" } }
        columns.weight = { type = "real", nullable = true, default = 0.5 }
        columns.status = { type = "text", default = "new" }

        [tables.events]
        description = "Every event of every store, once; the record from which clients are synced."
        primary_key = ["store_id", "seq_num"]
        columns.store_id = { type = "text" }
        columns.seq_num = { type = "integer" }
        columns.parent_seq_num = { type = "integer" }
        columns.name = { type = "text" }
        columns.args = { type = "json", nullable = true }
        columns.client_id = { type = "text" }
        columns.session_id = { type = "text" }
        columns.created_at = { type = "timestamp" }

        [tables.stores]
        description = "The backend id of every store. A client whose copy has another one starts anew."
        primary_key = ["store_id"]
        columns.store_id = { type = "text" }
        columns.backend_id = { type = "text" }
        columns.created_at = { type = "timestamp" }

        [env.staging]
        worker.name = "parcel-api-staging"
        bindings.DB.database = "parcels-staging"
        vars.LOG_LEVEL = "info"
    "##]].assert_eq(&import.spec);
    expect![[r#"
        Assumed:
          triggers.crons: the worker's `scheduled` handler is one of your own, so `worker.handlers` names it
            → write it in `runtime/src/shell/` with `#[worker::event(scheduled)]`
          queues.consumers: the worker's `queue` handler is one of your own, so `worker.handlers` names it
            → write it in `runtime/src/shell/` with `#[worker::event(queue)]`
          durable_objects: the relay needs a class of objects: `bindings.SYNC_BACKEND_DO` with `SyncBackendDO` is added
            → nothing; the next deployment makes the class
          d1_databases: the relay keeps its events in `DB`
            → name another in `[relay]` if that is wrong
          queues.consumers[1]: a consumer of the spec belongs to a binding, so `bindings.TRACKING` is added
            → use the binding to send to the queue, or leave it alone
          events: the relay needs a table of events: `tables.events` is added
            → nothing; the first migration makes it
          stores: the relay needs a table of stores: `tables.stores` is added
            → nothing; the first migration makes it
          routes: the relay answers at `/websocket`; a configuration does not tell which paths a worker answers
            → write the path that your clients connect to, and add your own routes
          env.staging.bindings.SHIPMENTS: it has no resource of its own, which every environment needs: it is named `shipments-staging`
            → put the name of the right one in its place, or make it before the first deployment
          env.staging.bindings.TRACKING: it has no resource of its own, which every environment needs: it is named `tracking-staging`
            → put the name of the right one in its place, or make it before the first deployment
          env.production.routes[2]: its zone, which wrangler asks Cloudflare for, is taken to be `example.org`
            → correct `zone` if the domain is registered by another name
          env.production.bindings.LABELS: it has no resource of its own, which every environment needs: it is named `parcel-labels-production`
            → put the name of the right one in its place, or make it before the first deployment
          env.production.bindings.DB: it has no resource of its own, which every environment needs: it is named `parcels-production`
            → put the name of the right one in its place, or make it before the first deployment
          env.production.bindings.TRACKING: it has no resource of its own, which every environment needs: it is named `tracking-production`
            → put the name of the right one in its place, or make it before the first deployment
          DB: its migrations are not numbered from 0001 without a gap, so `migrations/0001_baseline.sql` makes the tables where they are not there yet
            → apply it as any other: on a database that has the tables it does nothing
        Other than before:
          tables.customers: the spec does not say quite what the database has; to agree, it would change the table customers: created_at has another default, no more columns that are not STRICT
            → a database that has the table keeps it until a later migration copies it; see that its rows would pass
          tables.parcels: the spec does not say quite what the database has; to agree, it would change the table parcels: no more AUTOINCREMENT for id, no more columns that are not STRICT
            → a database that has the table keeps it until a later migration copies it; see that its rows would pass
          main: the worker's own code is not carried over: the runtime of this project answers the spec's routes
            → move what it does beside syncing to `runtime/src/shell/`, or keep it as a worker of its own and bind it as a service
          vars.REGION: the variables are the same in every environment: here it is `"eu"`
            → set its value for this environment
          env.staging.vars.REGION: the variables are the same in every environment: here it is `"eu"`
            → set its value for this environment
        Not carried over:
          the view heavy: a spec declares tables alone
            → it stays in the database that has it; make it by hand elsewhere
          apiKeys: a table's name has small letters, digits and `_`, starting with a letter
            → it stays in the database as it is; the spec and its migrations do not touch it
          worker.handlers: `worker` has no key `handlers`
            → its keys are: name, compatibility_date, compatibility_flags
          account_id: `worker` has no key `account_id`
            → its keys are: name, compatibility_date, compatibility_flags
          triggers.crons: `worker` has no key `crons`
            → its keys are: name, compatibility_date, compatibility_flags
          tail_consumers: `worker` has no key `tail_consumers`
            → its keys are: name, compatibility_date, compatibility_flags
          placement.mode: `worker` has no key `placement`
            → its keys are: name, compatibility_date, compatibility_flags
          limits.cpu_ms: `worker` has no key `limits`
            → its keys are: name, compatibility_date, compatibility_flags
          observability.enabled: `worker` has no key `observability`
            → its keys are: name, compatibility_date, compatibility_flags
          logpush: `worker` has no key `logpush`
            → its keys are: name, compatibility_date, compatibility_flags
          kv_namespaces[0]: `bindings.SESSIONS.type` cannot be "kv"
            → expected one of: durable_object, d1, assets
          kv_namespaces[1]: `bindings.CACHE.type` cannot be "kv"
            → expected one of: durable_object, d1, assets
          r2_buckets[0]: `bindings.LABELS.type` cannot be "r2"
            → expected one of: durable_object, d1, assets
          queues.producers[0]: `bindings.SHIPMENTS.type` cannot be "queue"
            → expected one of: durable_object, d1, assets
          services[0]: `bindings.BILLING.type` cannot be "service"
            → expected one of: durable_object, d1, assets
          ratelimits[0]: `bindings.LIMIT.type` cannot be "rate_limit"
            → expected one of: durable_object, d1, assets
          analytics_engine_datasets[0]: `bindings.EVENTS.type` cannot be "analytics_engine"
            → expected one of: durable_object, d1, assets
          version_metadata: `bindings.VERSION.type` cannot be "version_metadata"
            → expected one of: durable_object, d1, assets
          ai: `bindings.AI.type` cannot be "ai"
            → expected one of: durable_object, d1, assets
          bindings.TRACKING.type: `bindings.TRACKING.type` cannot be "queue"
            → expected one of: durable_object, d1, assets
          vars.PAGE_SIZE: `vars.PAGE_SIZE` is an integer
            → put it in quotes
          vars.TRACE: `vars.TRACE` is a boolean
            → put it in quotes
          triggers.crons: `env.staging.worker` has no key `crons`
            → its keys are: name
          tail_consumers: `env.staging.worker` has no key `tail_consumers`
            → its keys are: name
          kv_namespaces[0]: `env.staging.bindings.SESSIONS` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          r2_buckets[0]: `env.staging.bindings.LABELS` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          queues.producers[0]: `env.staging.bindings.SHIPMENTS` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          services[0]: `env.staging.bindings.BILLING` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          env.staging.bindings.TRACKING.queue: `env.staging.bindings.TRACKING` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          name: the worker `parcel-api` is taken
            → give each environment its own
          env.production.routes[0]: `env.production.worker` has no key `domains`
            → its keys are: name
          env.production.routes[1]: `env.production.worker` has no key `zone_routes`
            → its keys are: name
          workers_dev: `env.production.worker` has no key `workers_dev`
            → its keys are: name
          tail_consumers: `env.production.worker` has no key `tail_consumers`
            → its keys are: name
          kv_namespaces[0]: `env.production.bindings.SESSIONS` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          r2_buckets[0]: `env.production.bindings.LABELS` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          queues.producers[0]: `env.production.bindings.SHIPMENTS` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          env.production.bindings.TRACKING.queue: `env.production.bindings.TRACKING` needs the key `database`
            → `database = "work-squared-staging"`: the D1 database's name at Cloudflare
          vars.PAGE_SIZE: `env.production.vars.PAGE_SIZE` is an integer
            → put it in quotes
          vars.TRACE: `env.production.vars.TRACE` is a boolean
            → put it in quotes
          kv_namespaces[0]: `bindings.SESSIONS` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          kv_namespaces[1]: `bindings.CACHE` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          r2_buckets[0]: `bindings.LABELS` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          queues.producers[0]: `bindings.SHIPMENTS` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          services[0]: `bindings.BILLING` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          ratelimits[0]: `bindings.LIMIT` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          analytics_engine_datasets[0]: `bindings.EVENTS` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          version_metadata: `bindings.VERSION` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          ai: `bindings.AI` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          bindings.TRACKING: `bindings.TRACKING` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          env.production: `env.production` needs the key `worker`
            → add `worker.name`
          vars.ORIGINS: a variable of the spec is a text, a number, true or false
            → write the value as JSON in a text and parse it where it is read
          queues.consumers[0]: the spec's consumer has no such key
            → nothing if it is the default
          queues.consumers[0].max_batch_size: the spec's consumer has no such key
            → nothing if it is the default
          queues.consumers[0].max_retries: the spec's consumer has no such key
            → nothing if it is the default
          queues.consumers[0].dead_letter_queue: the spec's consumer has no such key
            → nothing if it is the default
          queues.consumers[1]: the spec's consumer has no such key
            → nothing if it is the default
          hyperdrive[0]: the spec cannot declare this binding (`hyperdrive`)
            → keep what needs it in a worker of its own, and bind that as a service
          main: the worker's own code is not carried over: the runtime of this project answers the spec's routes
            → move what it does beside syncing to `runtime/src/shell/`, or keep it as a worker of its own and bind it as a service
          compatibility_date: the spec has no such key
            → keep the configuration for what depends on it, or do without
          compatibility_flags: the spec has no such key
            → keep the configuration for what depends on it, or do without
          env.production.vars.LOG_LEVEL: the spec has no such key
            → keep the configuration for what depends on it, or do without
          env.production.vars.REGION: the spec has no such key
            → keep the configuration for what depends on it, or do without
          env.production.d1_databases[0]: the spec cannot declare this binding (`d1_databases`)
            → keep what needs it in a worker of its own, and bind that as a service
    "#]].assert_eq(&text(&import.notes));
    expect![[r#"
        |main: "src/index.ts" → "runtime/build/index.js"
        |account_id: "0123456789abcdef0123456789abcdef" → -
        |observability.enabled: true → -
        |observability.head_sampling_rate: 0.5 → -
        |observability.logs.invocation_logs: false → -
        |placement.mode: "smart" → -
        |limits.cpu_ms: 5000 → -
        |crons: ["*/15 * * * *","0 3 * * mon"] → -
        |vars.PAGE_SIZE: 50 → -
        |vars.TRACE: true → -
        |vars.ORIGINS: ["https://a.example"] → -
        |bindings.SESSIONS.type: "kv_namespaces" → -
        |bindings.CACHE.type: "kv_namespaces" → -
        |bindings.LABELS.type: "r2_buckets" → -
        |bindings.SHIPMENTS.type: "queues" → -
        |consumers.shipments.queue: "shipments" → -
        |consumers.shipments.max_batch_size: 20 → -
        |consumers.shipments.max_retries: 5 → -
        |consumers.shipments.dead_letter_queue: "shipments-dead" → -
        |consumers.tracking.queue: "tracking" → -
        |bindings.BILLING.type: "services" → -
        |bindings.LIMIT.type: "ratelimits" → -
        |bindings.EVENTS.type: "analytics_engine_datasets" → -
        |bindings.PG.type: "hyperdrive" → -
        |bindings.VERSION.type: "version_metadata" → -
        |bindings.AI.type: "ai" → -
        |tail_consumers: ["log-sink"] → -
        |logpush: true → -
        |bindings.SYNC_BACKEND_DO.type: - → "durable_objects"
        |classes.v1.tag: - → "v1"
        |classes.v1.new_sqlite_classes: - → ["SyncBackendDO"]
        |vars.REGION: - → "eu"
        staging|main: "src/index.ts" → "runtime/build/index.js"
        staging|account_id: "0123456789abcdef0123456789abcdef" → -
        staging|observability.enabled: true → -
        staging|observability.head_sampling_rate: 0.5 → -
        staging|observability.logs.invocation_logs: false → -
        staging|placement.mode: "smart" → -
        staging|limits.cpu_ms: 5000 → -
        staging|logpush: true → -
        staging|vars.PAGE_SIZE: 50 → -
        staging|vars.TRACE: true → -
        staging|bindings.SESSIONS.type: "kv_namespaces" → -
        staging|bindings.CACHE.type: "kv_namespaces" → -
        staging|bindings.LABELS.type: "r2_buckets" → -
        staging|bindings.BILLING.type: "services" → -
        staging|bindings.SYNC_BACKEND_DO.type: - → "durable_objects"
        staging|classes.v1.tag: - → "v1"
        staging|classes.v1.new_sqlite_classes: - → ["SyncBackendDO"]
        staging|vars.REGION: - → "eu"
        production|name: "parcel-api" → -
        production|main: "src/index.ts" → -
        production|compatibility_date: "2025-11-01" → -
        production|compatibility_flags: ["nodejs_compat"] → -
        production|account_id: "0123456789abcdef0123456789abcdef" → -
        production|workers_dev: true → -
        production|observability.enabled: true → -
        production|observability.head_sampling_rate: 0.5 → -
        production|observability.logs.invocation_logs: false → -
        production|placement.mode: "smart" → -
        production|limits.cpu_ms: 5000 → -
        production|crons: ["*/15 * * * *","0 3 * * mon"] → -
        production|logpush: true → -
        production|domains.api.example.com: true → -
        production|zone_routes.example.com/api/*: "example.com" → -
        production|zone_routes.example.org/api/*: null → -
        production|vars.LOG_LEVEL: "warn" → -
        production|vars.PAGE_SIZE: 100 → -
        production|vars.TRACE: false → -
        production|vars.REGION: "eu" → -
        production|bindings.SESSIONS.type: "kv_namespaces" → -
        production|bindings.SHIPMENTS.type: "queues" → -
        production|bindings.DB.type: "d1_databases" → -
    "#]]
    .assert_eq(&lines(&sources, &import));
    expect![[r#"
        migrations/0001_baseline.sql
        -- The tables that were there when this project took the database over. Where they are, nothing happens.

        CREATE TABLE IF NOT EXISTS "customers" (
          "id" TEXT NOT NULL,
          "email" TEXT NOT NULL,
          "created_at" INTEGER NOT NULL,
          PRIMARY KEY ("id")
        ) STRICT;

        CREATE UNIQUE INDEX IF NOT EXISTS "customers_email_unique" ON "customers" ("email");

        CREATE TABLE IF NOT EXISTS "parcels" (
          "id" INTEGER NOT NULL,
          "customer_id" TEXT NOT NULL REFERENCES "customers" ("id") ON DELETE CASCADE,
          "weight" REAL DEFAULT 0.5,
          "status" TEXT NOT NULL DEFAULT 'new',
          PRIMARY KEY ("id")
        ) STRICT;
    "#]].assert_eq(&import.migrations.iter().map(|(path, sql)| format!("{path}\n{sql}")).collect::<String>());
}

#[test]
fn an_old_configuration_keeps_its_classes() {
    let sources = alone("wrangler.toml", include_str!("old/wrangler.toml"));
    let import = imported(&sources);
    expect![[r##"
        #:schema generated/spec.schema.json

        # Imported from wrangler.toml. After an edit: `cargo run -p generator -- diff`.

        [worker]
        name = "chess"
        compatibility_date = "2021-11-02"

        [bindings.DB]
        type = "d1"
        database = "chess-events"

        [bindings.ROOMS]
        type = "durable_object"
        class = "GameRoom"

        [bindings.LOBBY]
        type = "durable_object"
        class = "Lobby"

        [vars]
        ENGINE_URL = "https://engine.example.net"

        [[routes]]
        path = "/websocket"
        handler = "relay"
        binding = "ROOMS"

        [relay]
        store = "DB"
        table = "events"
        stores_table = "stores"

        [tables.events]
        description = "Every event of every store, once; the record from which clients are synced."
        primary_key = ["store_id", "seq_num"]
        columns.store_id = { type = "text" }
        columns.seq_num = { type = "integer" }
        columns.parent_seq_num = { type = "integer" }
        columns.name = { type = "text" }
        columns.args = { type = "json", nullable = true }
        columns.client_id = { type = "text" }
        columns.session_id = { type = "text" }
        columns.created_at = { type = "timestamp" }

        [tables.stores]
        description = "The backend id of every store. A client whose copy has another one starts anew."
        primary_key = ["store_id"]
        columns.store_id = { type = "text" }
        columns.backend_id = { type = "text" }
        columns.created_at = { type = "timestamp" }
    "##]]
    .assert_eq(&import.spec);
    expect![[r#"
        Assumed:
          compatibility_date: it names no date, for which wrangler takes 2021-11-02
            → choose a recent one
          route: its zone, which wrangler asks Cloudflare for, is taken to be `example.net`
            → correct `zone` if the domain is registered by another name
          durable_objects: `ROOMS` is taken for the binding of the relay's objects
            → name another in `[[routes]]` if that is wrong: the relay answers in place of the class's own code
          d1_databases: the relay needs a database: `bindings.DB` with `chess-events` is added
            → nothing; the next deployment makes it
          events: the relay needs a table of events: `tables.events` is added
            → nothing; the first migration makes it
          stores: the relay needs a table of stores: `tables.stores` is added
            → nothing; the first migration makes it
          routes: the relay answers at `/websocket`; a configuration does not tell which paths a worker answers
            → write the path that your clients connect to, and add your own routes
        Other than before:
          kv_namespaces[0]: `games` is named `GAMES`: names in the worker's environment are in capitals
            → read it by the new name
          durable_objects.bindings[0]: `rooms` is named `ROOMS`: names in the worker's environment are in capitals
            → read it by the new name
          main: the worker's own code is not carried over: the runtime of this project answers the spec's routes
            → move what it does beside syncing to `runtime/src/shell/`, or keep it as a worker of its own and bind it as a service
          workers_dev: it is `true` in the spec, not `false`
            → see whether that is meant
        Not carried over:
          route: `worker` has no key `zone_routes`
            → its keys are: name, compatibility_date, compatibility_flags
          kv_namespaces[0]: `bindings.GAMES.type` cannot be "kv"
            → expected one of: durable_object, d1, assets
          durable_objects.bindings[0]: `bindings.ROOMS` has no key `storage`
            → its keys are: type, class
          durable_objects.bindings[1]: `bindings.LOBBY` has no key `description`
            → its keys are: type, class
          services[0]: `bindings.AUTH.type` cannot be "service"
            → expected one of: durable_object, d1, assets
          kv_namespaces[0]: `bindings.GAMES` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          services[0]: `bindings.AUTH` needs the key `type`
            → `type` is one of: durable_object, d1, assets
          type: the spec has no such key
            → keep the configuration for what depends on it, or do without
          usage_model: Cloudflare has one usage model now and ignores it
            → nothing
          node_compat: it put polyfills into JavaScript bundles, and the worker is Rust
            → nothing; in JavaScript, the flag `nodejs_compat` replaced it
          site: Workers Sites are KV behind a script of its own, which static assets replaced
            → serve the same folder with `[web]` and its `directory`, and a binding of type `assets`
          build: it is about bundling JavaScript, and the worker is Rust
            → a command that builds the web app belongs to `build` of `[web]`
          durable_objects.bindings[2]: the spec cannot declare this binding (`durable_objects`)
            → one of another worker is reached by a service binding; a class that is bound twice keeps its first binding
          unsafe: the spec has no such key
            → keep the configuration for what depends on it, or do without
    "#]].assert_eq(&text(&import.notes));
    expect![[r#"
        |type: "javascript" → -
        |main: "dist/worker.mjs" → "runtime/build/index.js"
        |usage_model: "bundled" → -
        |node_compat: true → -
        |workers_dev: false → true
        |zone_routes.chess.example.net/*: null → -
        |bindings.games.type: "kv_namespaces" → -
        |site: {"bucket":"./public"} → -
        |build: {"command":"npm run build","upload":{"format":"modules"}} → -
        |bindings.rooms.type: "durable_objects" → -
        |bindings.PRESENCE.type: "durable_objects" → -
        |bindings.AUTH.type: "services" → -
        |unsafe: {"bindings":[{"name":"RATE","type":"ratelimit","namespace_id":"1"}]} → -
        |compatibility_date: - → "2021-11-02"
        |bindings.ROOMS.type: - → "durable_objects"
        |bindings.DB.type: - → "d1_databases"
    "#]]
    .assert_eq(&lines(&sources, &import));
    expect![[r#"
        [declared]

        [files]

        [migrations]

        [[classes]]
        tag = "v1"
        new_classes = ["Room", "Chat"]

        [[classes]]
        tag = "v2"
        deleted_classes = ["Chat"]

        [[classes.renamed_classes]]
        from = "Room"
        to = "GameRoom"

        [[classes]]
        tag = "v4"
        new_sqlite_classes = ["Lobby"]
    "#]]
    .assert_eq(&import.lock.to_text().unwrap_or_default());
}
