//! What a configuration does not tell, and what is made of that.

use generator::import::Kind;
use serde_json::{Value, json};

use crate::{alone, database, imported};

/// The spec of a worker with these keys.
#[expect(clippy::unwrap_used, reason = "a set-up that fails is to fail its test")]
fn spec(keys: &Value) -> toml::Table {
    let mut root = json!({ "name": "a", "compatibility_date": "2025-01-01" });
    for (key, value) in keys.as_object().unwrap() {
        root[key] = value.clone();
    }
    toml::from_str(&imported(&alone("wrangler.json", &root.to_string())).spec).unwrap()
}

fn objects(classes: &[(&str, &str)]) -> Value {
    let bindings = classes.iter().map(|(name, class)| json!({ "name": name, "class_name": class }));
    json!({ "durable_objects": { "bindings": bindings.collect::<Vec<_>>() } })
}

#[test]
fn the_relays_objects_are_those_named_as_livestore_names_them_or_the_first() {
    for (classes, chosen) in [
        (&[("ROOMS", "Room"), ("WEBSOCKET_SERVER", "Server")][..], "WEBSOCKET_SERVER"),
        (&[("ROOMS", "Room"), ("SYNC", "SyncBackendDO")], "SYNC"),
        (&[("ROOMS", "Room"), ("OTHERS", "Other")], "ROOMS"),
        (&[], "SYNC_BACKEND_DO"),
    ] {
        assert_eq!(spec(&objects(classes))["routes"][0]["binding"].as_str(), Some(chosen), "{classes:?}");
    }
}

#[test]
fn the_relays_path_is_the_one_that_the_worker_answers_before_its_files() {
    let assets = json!({ "assets": { "directory": "d", "run_worker_first": ["/api/*", "/sync"] } });
    let spec = spec(&assets);
    assert_eq!(spec["routes"][0]["path"].as_str(), Some("/sync"));
    assert_eq!(spec["web"]["worker_first"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_class_keeps_its_storage_through_a_rename() {
    let mut keys = objects(&[("ROOMS", "Game"), ("LOBBY", "Lobby")]);
    keys["migrations"] = json!([
        { "tag": "a", "new_classes": ["Room"], "new_sqlite_classes": ["Lobby"] },
        { "tag": "b", "renamed_classes": [{ "from": "Room", "to": "Game" }] },
    ]);
    let spec = spec(&keys);
    assert_eq!(spec["bindings"]["ROOMS"]["storage"].as_str(), Some("kv"));
    assert!(spec["bindings"]["LOBBY"].get("storage").is_none());
}

#[test]
fn two_environments_never_get_one_resource() {
    let d1 = |name: &str| json!([{ "binding": "DB", "database_name": name }]);
    let spec = spec(&json!({
        "d1_databases": d1("shared"),
        "env": { "x": { "d1_databases": d1("shared") }, "y": { "d1_databases": d1("other") }, "z": { "d1_databases": d1("other") } },
    }));
    let name = |env: &str| spec["env"][env]["bindings"]["DB"]["database"].as_str().unwrap().to_owned();
    assert_eq!([name("x"), name("y"), name("z")], ["shared-x", "other", "shared-z"]);
}

#[test]
fn tables_in_the_relays_form_are_taken_and_named_as_they_are() {
    let mut sources = alone("wrangler.json", r#"{ "name": "a", "compatibility_date": "2025-01-01" }"#);
    let sql =
        "CREATE TABLE log (store_id TEXT NOT NULL, seq_num INTEGER NOT NULL, parent_seq_num INTEGER NOT NULL,
            name TEXT NOT NULL, args TEXT, client_id TEXT NOT NULL, session_id TEXT NOT NULL,
            created_at TEXT NOT NULL, PRIMARY KEY (store_id, seq_num)) STRICT;
        CREATE TABLE backends (store_id TEXT NOT NULL, backend_id TEXT NOT NULL, created_at TEXT NOT NULL,
            PRIMARY KEY (store_id)) STRICT;";
    sources.databases = vec![database(&[("0001_sync.sql", sql)], true)];
    let import = imported(&sources);
    let spec: toml::Table = toml::from_str(&import.spec).unwrap();
    assert_eq!(spec["relay"]["table"].as_str(), Some("log"));
    assert_eq!(spec["relay"]["stores_table"].as_str(), Some("backends"));
    assert_eq!(import.migrations.keys().collect::<Vec<_>>(), ["generated/migrations/0001_sync.sql"]);
    assert!(
        import.notes.iter().all(|note| note.kind != Kind::Changed || note.path == "main"),
        "{:#?}",
        import.notes
    );
}

#[test]
fn all_that_a_spec_can_say_of_a_table_is_taken_over_without_a_change() {
    let mut sources = alone("wrangler.json", r#"{ "name": "a", "compatibility_date": "2025-01-01" }"#);
    let sql =
        "CREATE TABLE lists (owner TEXT NOT NULL, n INTEGER NOT NULL, title TEXT NOT NULL DEFAULT 'it''s',
            made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (owner, n)) STRICT, WITHOUT ROWID;
        CREATE TABLE items (id TEXT NOT NULL, owner TEXT NOT NULL, list INTEGER NOT NULL, next TEXT
                REFERENCES items (id) ON DELETE RESTRICT, price REAL NOT NULL CHECK (price >= 0),
            done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)), code TEXT UNIQUE,
            shout TEXT GENERATED ALWAYS AS (upper(id)) STORED, PRIMARY KEY (id),
            CONSTRAINT cheap CHECK (price < 100 OR done),
            FOREIGN KEY (owner, list) REFERENCES lists (owner, n) ON DELETE CASCADE);
        CREATE INDEX items_open ON items (lower(owner), price DESC) WHERE done = 0;";
    sources.databases = vec![database(&[("0001_lists.sql", sql)], true)];
    let import = imported(&sources);
    let told: Vec<_> =
        import.notes.iter().filter(|note| note.kind != Kind::Assumed).map(|note| &note.path).collect();
    assert_eq!(told, ["main"], "{:#?}\n{}", import.notes, import.spec);
    assert_eq!(import.migrations.keys().collect::<Vec<_>>(), ["generated/migrations/0001_lists.sql"]);
}

#[test]
fn a_rate_limits_number_stays_with_one_environment() {
    let limit =
        r#""ratelimits": [{ "name": "R", "namespace_id": "1001", "simple": { "limit": 9, "period": 60 } }]"#;
    let text = format!(
        r#"{{ "name": "a", "main": "x.js", "compatibility_date": "2026-04-01", {limit}, "env": {{ "e": {{ {limit} }} }} }}"#
    );
    let import = imported(&alone("wrangler.json", &text));
    let changed =
        import.notes.iter().filter(|note| note.kind == Kind::Changed).map(|note| note.path.as_str());
    assert_eq!(changed.collect::<Vec<_>>(), ["main", "env.e.ratelimits[0].namespace_id"]);
}
