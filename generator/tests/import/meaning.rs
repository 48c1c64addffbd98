//! What wrangler's keys mean in each environment.

use generator::import::meaning::{Meaning, compare};
use serde_json::{Value, json};

use crate::configuration;

#[expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]
fn meaning(root: &Value) -> Meaning {
    Meaning::of(&configuration("wrangler.json", &root.to_string()).parse().unwrap(), "")
}

/// The differences, each as environment and key.
#[track_caller]
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let difference = compare(&meaning(before), &meaning(after));
    difference.iter().map(|it| format!("{}|{}", it.environment, it.key)).collect()
}

#[test]
fn an_environment_inherits_settings_and_neither_bindings_nor_variables() {
    let root = json!({
        "name": "a", "main": "x.js", "compatibility_date": "2025-01-01", "observability": { "enabled": true },
        "vars": { "A": 1 }, "kv_namespaces": [{ "binding": "K" }], "env": { "e": {} },
    });
    let meaning = meaning(&root);
    let (_, environment) = meaning.others().next().unwrap();
    let keys: Vec<String> = environment.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(keys, ["name", "main", "compatibility_date", "observability.enabled", "workers_dev"]);
    assert_eq!(environment.text(["name"]), Some("a-e"));
}

#[test]
fn an_environments_route_replaces_all_of_the_top_level() {
    let root =
        json!({ "name": "a", "routes": ["a.com/*", "b.com/*"], "env": { "e": { "route": "c.com/*" } } });
    let meaning = meaning(&root);
    let (_, environment) = meaning.others().next().unwrap();
    assert_eq!(environment.names(["zone_routes"]), ["c.com/*"]);
    assert_eq!(environment.get(["zone_routes", "c.com/*"]).unwrap().source, "env.e.route");
}

#[test]
fn two_spellings_of_one_thing_are_no_difference() {
    for (before, after) in [
        (
            json!({ "route": "a.com/*" }),
            json!({ "routes": [{ "pattern": "a.com/*" }], "workers_dev": false }),
        ),
        (
            json!({}),
            json!({ "workers_dev": true, "vars": {}, "kv_namespaces": [], "triggers": { "crons": [] } }),
        ),
        (json!({ "compatibility_flags": ["b", "a"] }), json!({ "compatibility_flags": ["a", "b"] })),
        (json!({ "vars": { "A": 1.0 } }), json!({ "vars": { "A": 1 } })),
        (json!({ "main": "./src/../x.js" }), json!({ "main": "x.js" })),
        (
            json!({ "assets": { "directory": "./d/", "run_worker_first": true } }),
            json!({ "assets": { "directory": "d", "run_worker_first": ["/*"], "not_found_handling": "none" } }),
        ),
        (
            json!({ "placement": { "mode": "targeted", "region": "aws:x" } }),
            json!({ "placement": { "region": "aws:x" } }),
        ),
        (
            json!({ "analytics_engine_datasets": [{ "binding": "A" }] }),
            json!({ "analytics_engine_datasets": [{ "binding": "A", "dataset": "A" }] }),
        ),
        (
            json!({ "d1_databases": [{ "binding": "D", "migrations_dir": "a" }] }),
            json!({ "d1_databases": [{ "binding": "D", "migrations_table": "d1_migrations" }] }),
        ),
        (
            json!({ "unsafe": { "bindings": [{ "name": "R", "type": "ratelimit", "namespace_id": "1", "simple": { "limit": 1 } }] } }),
            json!({ "ratelimits": [{ "name": "R", "namespace_id": 1, "simple": { "limit": 1 } }] }),
        ),
        (json!({ "vars": { "A": 1, "B": 2 } }), json!({ "vars": { "B": 2, "A": 1 }, "$schema": "x" })),
    ] {
        assert_eq!(differences(&before, &after), [""; 0], "{before} {after}");
    }
}

#[test]
fn what_differs_is_found_wherever_it_is() {
    for (before, after, found) in [
        (json!({ "vars": { "A": 1 } }), json!({ "vars": { "A": "1" } }), "|vars.A"),
        (json!({ "hyperdrive": [{ "binding": "H", "id": "1" }] }), json!({}), "|bindings.H.type"),
        (json!({ "never_seen": { "a": [1] } }), json!({}), "|never_seen"),
        (
            json!({ "r2_buckets": [{ "binding": "B", "new_key": 1 }] }),
            json!({ "r2_buckets": [{ "binding": "B" }] }),
            "|bindings.B.new_key",
        ),
        (
            json!({ "migrations": [{ "tag": "a", "new_classes": ["A"] }] }),
            json!({ "migrations": [{ "tag": "a", "new_sqlite_classes": ["A"] }] }),
            "|classes.a.new_classes",
        ),
        (json!({ "env": { "e": { "name": "x" } } }), json!({ "env": { "e": { "name": "y" } } }), "e|name"),
        (
            json!({ "queues": { "consumers": [{ "queue": "q", "max_retries": 1 }] } }),
            json!({}),
            "|consumers.q.queue",
        ),
    ] {
        assert!(differences(&before, &after).contains(&found.to_owned()), "{before} {after}");
    }
}
