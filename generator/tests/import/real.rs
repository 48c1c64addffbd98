//! Workers of three kinds.

use expect_test::expect;
use generator::import::{Import, Note, Sources, meaning::Difference, text};

use crate::{alone, database, imported, lost};

/// What differs, a line each.
fn lines(sources: &Sources, import: &Import) -> String {
    let value = |value: Option<&serde_json::Value>| value.map_or_else(|| "-".to_owned(), ToString::to_string);
    let line = |it: &Difference| {
        let before = it.before.as_ref().map(|fact| &fact.value);
        format!("{}|{}: {} → {}\n", it.environment, it.key, value(before), value(it.after.as_ref()))
    };
    let lost = lost(sources, import);
    for Difference { before, key, .. } in &lost {
        let Some(before) = before else { continue };
        // A name in small letters is told of once, for all that is below it.
        let told = |note: &Note| before.source.starts_with(&note.path);
        assert!(import.notes.iter().any(told), "{key}, which {} says, is lost without a note", before.source);
    }
    lost.iter().map(line).collect()
}

#[test]
fn a_livestore_worker_keeps_its_meaning() {
    let mut sources = alone("wrangler.jsonc", include_str!("livestore/wrangler.jsonc"));
    sources.databases = vec![database(&[("the database", include_str!("livestore/tables.sql"))], false)];
    sources.secrets = vec![("ADMIN_SECRET".to_owned(), ".dev.vars.example".to_owned())];
    let import = imported(&sources);
    expect![[r##"
        #:schema generated/spec.schema.json

        # Imported from wrangler.jsonc. After an edit: `cargo run -p generator -- diff`.

        [worker]
        name = "garden-board"
        compatibility_date = "2025-05-07"
        compatibility_flags = ["enable_request_signal"]

        [web]
        directory = "dist"
        not_found = "spa"

        [bindings.ASSETS]
        type = "assets"

        [bindings.LIMITER]
        type = "durable_object"
        class = "Limiter"
        description = "From `durable_objects.bindings[0]` in wrangler.jsonc."

        [bindings.WEBSOCKET_SERVER]
        type = "durable_object"
        class = "WebSocketServer"

        [bindings.DB]
        type = "d1"
        database = "garden-events"
        id = "3d1f0a52-7c5e-4b0e-9a6b-1f2e3d4c5b6a"

        [vars]
        FEATURES = "tags,search"

        [secrets.ADMIN_SECRET]
        description = "Named in .dev.vars.example."

        [[routes]]
        path = "/websocket"
        handler = "relay"
        binding = "WEBSOCKET_SERVER"

        [relay]
        store = "DB"
        table = "events"
        stores_table = "stores"

        [tables.feedback]
        primary_key = ["id"]
        columns.id = { type = "text" }
        columns.rating = { type = "integer", default = 3 }
        columns.text = { type = "text", nullable = true }

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
        worker.name = "garden-board-staging"
        bindings.DB.database = "garden-events-staging"
        vars.FEATURES = "tags"
    "##]]
    .assert_eq(&import.spec);
    expect![[r#"
        Assumed:
          durable_objects: `WEBSOCKET_SERVER` is taken for the binding of the relay's objects
            → name another in `[[routes]]` if that is wrong: the relay answers in place of the class's own code
          d1_databases: the relay keeps its events in `DB`
            → name another in `[relay]` if that is wrong
          secrets.ADMIN_SECRET: .dev.vars.example names it, so it is a secret of the worker, required in every environment
            → remove it if it is for development alone
          tables.events: the relay needs a table of events that was not there
            → the first migration makes it
          tables.stores: the relay needs a table of stores that was not there
            → the first migration makes it
          routes: the relay answers at `/websocket`; a configuration does not tell which paths a worker answers
            → write the path that your clients connect to, and add your own routes
          bindings.DB: there is a database and no migrations, so `generated/migrations/0001_baseline.sql` makes the tables where they are not there yet
            → apply it as any other: on a database that has the tables it does nothing
        Other than before:
          main: the worker's own code is not carried over: the runtime of this project answers the spec's routes
            → move what it does beside syncing to `runtime/src/shell/`, or keep it as a worker of its own and bind it as a service
          assets.not_found_handling: the worker answers paths that are no file, as `not_found` of `[web]` says; each is a request to it
            → nothing; a script that is missing gets a 404 now
        Not carried over:
          tables.eventlog_…: 2 of the database's tables are LiveStore's own, of one store each; the relay has one table for all
            → copy the events of each store into the relay's table before clients connect to it
    "#]].assert_eq(&text(&import.notes));
    expect![[r#"
        |main: "src/cf-worker/index.ts" → "runtime/build/index.js"
        |assets.not_found_handling: "single-page-application" → -
        |secrets.ADMIN_SECRET: - → true
        staging|main: "src/cf-worker/index.ts" → "runtime/build/index.js"
        staging|assets.not_found_handling: "single-page-application" → -
        staging|secrets.ADMIN_SECRET: - → true
    "#]]
    .assert_eq(&lines(&sources, &import));
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
        name = "parcel-api-dev"
        compatibility_date = "2025-11-01"
        compatibility_flags = ["nodejs_compat"]
        handlers = ["scheduled", "queue"]
        account_id = "0123456789abcdef0123456789abcdef"
        crons = ["*/15 * * * *", "0 3 * * mon"]
        tail_consumers = ["log-sink"]
        placement.mode = "smart"
        limits.cpu_ms = 5000
        observability.enabled = true
        observability.head_sampling_rate = 0.5
        observability.logs.invocation_logs = false
        observability.logs.enabled = true
        logpush = true

        [bindings.SYNC_BACKEND_DO]
        type = "durable_object"
        class = "SyncBackendDO"

        [bindings.SESSIONS]
        type = "kv"
        id = "0f2ac74b498b48028cb68387c421e279"
        description = "From `kv_namespaces[0]` in wrangler.jsonc."

        [bindings.CACHE]
        type = "kv"
        id = "1f2ac74b498b48028cb68387c421e279"
        preview_id = "2f2ac74b498b48028cb68387c421e279"
        description = "From `kv_namespaces[1]` in wrangler.jsonc."

        [bindings.LABELS]
        type = "r2"
        bucket = "parcel-labels"
        description = "From `r2_buckets[0]` in wrangler.jsonc."

        [bindings.SHIPMENTS]
        type = "queue"
        queue = "shipments"
        delivery_delay = 5
        consumer = { max_batch_size = 20, max_retries = 5, dead_letter_queue = "shipments-dead" }
        description = "From `queues.producers[0]` in wrangler.jsonc."

        [bindings.DB]
        type = "d1"
        database = "parcels"
        id = "9d1f0a52-7c5e-4b0e-9a6b-1f2e3d4c5b6a"

        [bindings.BILLING]
        type = "service"
        service = "billing"
        entrypoint = "Invoices"
        description = "From `services[0]` in wrangler.jsonc."

        [bindings.LIMIT]
        type = "rate_limit"
        limit = 100
        period = 60
        description = "From `ratelimits[0]` in wrangler.jsonc."

        [bindings.EVENTS]
        type = "analytics_engine"
        dataset = "parcel_events"
        description = "From `analytics_engine_datasets[0]` in wrangler.jsonc."

        [bindings.VERSION]
        type = "version_metadata"
        description = "From `version_metadata` in wrangler.jsonc."

        [bindings.AI]
        type = "ai"
        description = "From `ai` in wrangler.jsonc."

        [bindings.TRACKING]
        type = "queue"
        queue = "tracking"
        consumer = {}
        description = "From `queues.consumers[1]` in wrangler.jsonc."

        [vars]
        LOG_LEVEL = "debug"
        PAGE_SIZE = 50
        TRACE = true
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
        strict = false
        primary_key = ["id"]
        columns.id = { type = "text" }
        columns.email = { type = "text" }
        columns.created_at = { type = "integer", default_expression = "unixepoch()" }
        indexes.customers_email_unique = { columns = ["email"], unique = true }

        [tables.parcels]
        strict = false
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
        worker.name = "parcel-api-dev-staging"
        worker.crons = []
        worker.tail_consumers = []
        bindings.SESSIONS.id = "3f2ac74b498b48028cb68387c421e279"
        bindings.LABELS.bucket = "parcel-labels-staging"
        bindings.SHIPMENTS.queue = "shipments-staging"
        bindings.SHIPMENTS.dead_letter_queue = "shipments-dead-staging"
        bindings.DB.database = "parcels-staging"
        bindings.BILLING.service = "billing-staging"
        bindings.TRACKING.queue = "tracking-staging"
        vars.LOG_LEVEL = "info"

        [env.production]
        worker.name = "parcel-api"
        worker.domains = ["api.example.com"]
        worker.zone_routes = [{ pattern = "example.com/api/*", zone = "example.com" }, { pattern = "example.org/api/*", zone = "example.org" }]
        worker.workers_dev = true
        worker.tail_consumers = []
        bindings.SESSIONS.id = "4f2ac74b498b48028cb68387c421e279"
        bindings.LABELS.bucket = "parcel-labels-production"
        bindings.SHIPMENTS.queue = "shipments-production"
        bindings.SHIPMENTS.dead_letter_queue = "shipments-dead-production"
        bindings.DB.database = "parcels-production"
        bindings.TRACKING.queue = "tracking-production"
        vars.LOG_LEVEL = "warn"
        vars.PAGE_SIZE = 100
        vars.TRACE = false
    "##]].assert_eq(&import.spec);
    expect![[r#"
        Assumed:
          triggers.crons: the worker's `scheduled` handler is one of your own, so `worker.handlers` names it
            → write it in `runtime/src/shell/` with `#[worker::event(scheduled)]`
          queues.consumers: the worker's `queue` handler is one of your own, so `worker.handlers` names it
            → write it in `runtime/src/shell/` with `#[worker::event(queue)]`
          durable_objects: the relay needs a class of objects: `bindings.SYNC_BACKEND_DO` with `SyncBackendDO` is added
            → the next deployment makes the class
          d1_databases: the relay keeps its events in `DB`
            → name another in `[relay]` if that is wrong
          queues.consumers[1]: a consumer of the spec belongs to a binding, so `bindings.TRACKING` is added
            → use the binding to send to the queue, or leave it alone
          tables.events: the relay needs a table of events that was not there
            → the first migration makes it
          tables.stores: the relay needs a table of stores that was not there
            → the first migration makes it
          routes: the relay answers at `/websocket`; a configuration does not tell which paths a worker answers
            → write the path that your clients connect to, and add your own routes
          env.staging.bindings.SHIPMENTS: it has no resource of its own, which every environment needs: it is named `shipments-staging`
            → put the name of the right one in its place, or make it before the first deployment
          env.staging.bindings.SHIPMENTS: it has no resource of its own, which every environment needs: it is named `shipments-dead-staging`
            → put the name of the right one in its place, or make it before the first deployment
          env.staging.bindings.TRACKING: it has no resource of its own, which every environment needs: it is named `tracking-staging`
            → put the name of the right one in its place, or make it before the first deployment
          env.production.routes[2]: its zone, which wrangler asks Cloudflare for, is taken to be `example.org`
            → correct `zone` if the domain is registered by another name
          env.production.bindings.LABELS: it has no resource of its own, which every environment needs: it is named `parcel-labels-production`
            → put the name of the right one in its place, or make it before the first deployment
          env.production.bindings.SHIPMENTS: it has no resource of its own, which every environment needs: it is named `shipments-dead-production`
            → put the name of the right one in its place, or make it before the first deployment
          env.production.bindings.DB: it has no resource of its own, which every environment needs: it is named `parcels-production`
            → put the name of the right one in its place, or make it before the first deployment
          env.production.bindings.TRACKING: it has no resource of its own, which every environment needs: it is named `tracking-production`
            → put the name of the right one in its place, or make it before the first deployment
          bindings.DB: its migrations are not numbered from 0001 without a gap, so `generated/migrations/0001_baseline.sql` makes the tables where they are not there yet
            → apply it as any other: on a database that has the tables it does nothing
        Other than before:
          tables.parcels: the spec does not say quite what the database has; to agree, it would change the table parcels: no more AUTOINCREMENT for id
            → a database that has the table keeps it until a later migration copies it; see that its rows would pass
          main: the worker's own code is not carried over: the runtime of this project answers the spec's routes
            → move what it does beside syncing to `runtime/src/shell/`, or keep it as a worker of its own and bind it as a service
          vars.REGION, env.staging.vars.REGION: the variables are the same in every environment: here it is `"eu"`
            → set its value for this environment
          env.staging.bindings.LIMIT, env.staging.bindings.EVENTS, env.staging.bindings.VERSION, env.staging.bindings.AI, env.production.bindings.CACHE, env.production.bindings.BILLING, env.production.bindings.LIMIT, env.production.bindings.EVENTS, env.production.bindings.VERSION, env.production.bindings.AI: the code is the same in every environment, and so are its bindings, so that the environment gets this one too
            → see in the spec which resource it leads to
          env.production.d1_databases[0].database_name: it is `"parcels-production"` in the spec, not `"parcels"`; two environments shared it, and each needs one of its own
            → see whether that is meant
          env.production.bindings.SHIPMENTS.delivery_delay: the spec adds `5`
            → see whether that is meant
          env.production.consumers.shipments-production.queue: the spec adds `"shipments-production"`
            → see whether that is meant
        Not carried over:
          the view heavy: a spec declares tables alone
            → it stays in the database that has it; make it by hand elsewhere
          tables.apiKeys: a table's name has small letters, digits and `_`, starting with a letter
            → it stays in the database as it is; the spec and its migrations do not touch it
          vars.ORIGINS: a variable of the spec is a text, a number, true or false
            → write the value as JSON in a text and parse it where it is read
          r2_buckets[0].preview_bucket_name: it is about `wrangler dev` alone, and `dev` works locally
          hyperdrive[0]: the spec cannot declare this binding (`hyperdrive`)
            → keep what needs it in a worker of its own, and bind that as a service
          env.staging.kv_namespaces[1].id, env.production.d1_databases[0].database_id: another environment has the same, and each needs one of its own
            → without an id, the first deployment makes a new, empty one; give this environment its own id
    "#]].assert_eq(&text(&import.notes));
    expect![[r#"
        |main: "src/index.ts" → "runtime/build/index.js"
        |vars.ORIGINS: ["https://a.example"] → -
        |bindings.LABELS.preview_bucket_name: "parcel-labels-dev" → -
        |bindings.PG.type: "hyperdrive" → -
        |bindings.SYNC_BACKEND_DO.type: - → "durable_objects"
        |classes.v1.tag: - → "v1"
        |bindings.TRACKING.type: - → "queues"
        |vars.REGION: - → "eu"
        staging|main: "src/index.ts" → "runtime/build/index.js"
        staging|bindings.CACHE.id: "1f2ac74b498b48028cb68387c421e279" → -
        staging|bindings.SYNC_BACKEND_DO.type: - → "durable_objects"
        staging|classes.v1.tag: - → "v1"
        staging|bindings.LIMIT.type: - → "ratelimits"
        staging|bindings.EVENTS.type: - → "analytics_engine_datasets"
        staging|bindings.VERSION.type: - → "version_metadata"
        staging|bindings.AI.type: - → "ai"
        staging|bindings.SHIPMENTS.type: - → "queues"
        staging|bindings.TRACKING.type: - → "queues"
        staging|consumers.shipments-staging.queue: - → "shipments-staging"
        staging|consumers.tracking-staging.queue: - → "tracking-staging"
        staging|vars.REGION: - → "eu"
        production|main: "src/index.ts" → "runtime/build/index.js"
        production|zone_routes.example.org/api/*: null → "example.org"
        production|bindings.DB.database_name: "parcels" → "parcels-production"
        production|bindings.DB.database_id: "9d1f0a52-7c5e-4b0e-9a6b-1f2e3d4c5b6a" → -
        production|bindings.SYNC_BACKEND_DO.type: - → "durable_objects"
        production|classes.v1.tag: - → "v1"
        production|bindings.CACHE.type: - → "kv_namespaces"
        production|bindings.LABELS.type: - → "r2_buckets"
        production|bindings.BILLING.type: - → "services"
        production|bindings.LIMIT.type: - → "ratelimits"
        production|bindings.EVENTS.type: - → "analytics_engine_datasets"
        production|bindings.VERSION.type: - → "version_metadata"
        production|bindings.AI.type: - → "ai"
        production|bindings.SHIPMENTS.delivery_delay: - → 5
        production|bindings.TRACKING.type: - → "queues"
        production|consumers.shipments-production.queue: - → "shipments-production"
        production|consumers.tracking-production.queue: - → "tracking-production"
    "#]]
    .assert_eq(&lines(&sources, &import));
    expect![[r#"
        generated/migrations/0001_baseline.sql
        -- The tables that were there when this project took the database over. Where they are, nothing happens.

        CREATE TABLE IF NOT EXISTS "customers" (
          "id" TEXT NOT NULL,
          "email" TEXT NOT NULL,
          "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
          PRIMARY KEY ("id")
        );

        CREATE UNIQUE INDEX IF NOT EXISTS "customers_email_unique" ON "customers" ("email");

        CREATE TABLE IF NOT EXISTS "parcels" (
          "id" INTEGER NOT NULL,
          "customer_id" TEXT NOT NULL REFERENCES "customers" ("id") ON DELETE CASCADE,
          "weight" REAL DEFAULT 0.5,
          "status" TEXT NOT NULL DEFAULT 'new',
          PRIMARY KEY ("id")
        );
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
        zone_routes = [{ pattern = "chess.example.net/*", zone = "example.net" }]

        [bindings.DB]
        type = "d1"
        database = "chess-events"

        [bindings.GAMES]
        type = "kv"
        id = "5f2ac74b498b48028cb68387c421e279"
        description = "From `kv_namespaces[0]` in wrangler.toml."

        [bindings.ROOMS]
        type = "durable_object"
        class = "GameRoom"
        storage = "kv"

        [bindings.LOBBY]
        type = "durable_object"
        class = "Lobby"
        description = "From `durable_objects.bindings[1]` in wrangler.toml."

        [bindings.AUTH]
        type = "service"
        service = "auth"
        description = "From `services[0]` in wrangler.toml."

        [bindings.RATE]
        type = "rate_limit"
        limit = 20
        period = 10
        description = "From `unsafe.bindings[0]` in wrangler.toml."

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
            → the next deployment makes it; `store = "durable_object"` in `[relay]` needs none
          tables.events: the relay needs a table of events that was not there
            → the first migration makes it
          tables.stores: the relay needs a table of stores that was not there
            → the first migration makes it
          routes: the relay answers at `/websocket`; a configuration does not tell which paths a worker answers
            → write the path that your clients connect to, and add your own routes
        Other than before:
          kv_namespaces[0]: `games` is named `GAMES`: names in the worker's environment are in capitals
            → read it by the new name
          durable_objects.bindings[0]: `rooms` is named `ROOMS`: names in the worker's environment are in capitals
            → read it by the new name
          main: the worker's own code is not carried over: the runtime of this project answers the spec's routes
            → move what it does beside syncing to `runtime/src/shell/`, or keep it as a worker of its own and bind it as a service
        Not carried over:
          type: every worker is of one type now, and wrangler ignores it
          usage_model: Cloudflare has one usage model now and ignores it
          node_compat: it put polyfills into JavaScript bundles, and the worker is Rust
            → in JavaScript, the flag `nodejs_compat` replaced it
          site: Workers Sites are KV behind a script of its own, which static assets replaced
            → serve the same folder with `[web]` and its `directory`, and a binding of type `assets`
          build: it is about bundling JavaScript, and the worker is Rust
            → a command that builds the web app belongs to `build` of `[web]`
          durable_objects.bindings[2]: the spec cannot declare this binding (`durable_objects`)
            → one of another worker is reached by a service binding; a class that is bound twice keeps its first binding
          services[0].environment: the spec's binding has no such key
            → if it matters, keep the resource out of the spec
    "#]].assert_eq(&text(&import.notes));
    expect![[r#"
        |type: "javascript" → -
        |main: "dist/worker.mjs" → "runtime/build/index.js"
        |usage_model: "bundled" → -
        |node_compat: true → -
        |zone_routes.chess.example.net/*: null → "example.net"
        |bindings.games.type: "kv_namespaces" → -
        |site: {"bucket":"./public"} → -
        |build: {"command":"npm run build","upload":{"format":"modules"}} → -
        |bindings.rooms.type: "durable_objects" → -
        |bindings.PRESENCE.type: "durable_objects" → -
        |bindings.AUTH.environment: "production" → -
        |compatibility_date: - → "2021-11-02"
        |bindings.ROOMS.type: - → "durable_objects"
        |bindings.DB.type: - → "d1_databases"
        |bindings.GAMES.type: - → "kv_namespaces"
    "#]]
    .assert_eq(&lines(&sources, &import));
    expect![[r#"
        [declared]

        [files]

        [migrations]

        [databases.DB]
        folder = "migrations"

        [rate_limits]
        "bindings.RATE" = 1

        [objects]
        ROOMS = "GameRoom"
        LOBBY = "Lobby"

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
