//! Text that nobody meant to be a configuration, and names that nobody should use.

use generator::import::{Kind, Refusal, Sources, import, text};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{alone, database, imported};

/// A configuration of this value.
fn of(value: &Value) -> Sources {
    alone("wrangler.json", &value.to_string())
}

#[test]
fn every_known_key_of_a_wrong_type_is_a_note() {
    let keys = [
        "account_id",
        "assets",
        "build",
        "compatibility_flags",
        "d1_databases",
        "durable_objects",
        "env",
        "kv_namespaces",
        "limits",
        "logpush",
        "migrations",
        "observability",
        "placement",
        "preview_urls",
        "queues",
        "ratelimits",
        "route",
        "routes",
        "secrets",
        "services",
        "tail_consumers",
        "triggers",
        "unsafe",
        "vars",
        "version_metadata",
        "workers_dev",
    ];
    let values = [
        json!(1.5),
        json!("x\"\n\u{7f}"),
        json!(true),
        json!([1, [2], null, {}]),
        json!({ "a.b": { "c": [null] } }),
    ];
    for key in keys {
        for value in &values {
            let sources = of(&json!({ "name": "a", "compatibility_date": "2025-01-01", key: value }));
            let import = import(&sources).unwrap();
            assert!(
                import.refused.is_none(),
                "{key} = {value}: {:#?}\n{}",
                import.refused.unwrap().1,
                import.spec
            );
            let told = import.notes.iter().any(|note| note.path.contains(key) || note.path.contains("a.b"));
            let meant = match key {
                "logpush" | "workers_dev" | "preview_urls" => value.is_boolean(),
                // A text is what these take.
                "build" => false,
                "vars" => value.is_object(),
                _ => false,
            };
            assert!(told || meant, "{key} = {value} is lost without a note:\n{}", text(&import.notes));
        }
    }
}

#[test]
fn a_section_in_a_list_with_wrong_items_is_a_note() {
    let sources = of(&json!({
        "name": "a", "compatibility_date": "2025-01-01",
        "kv_namespaces": [{ "binding": "A", "id": 7 }, { "binding": "B", "id": "<your id>" }],
        "r2_buckets": [{ "binding": "C" }, { "binding": "C", "bucket_name": "x-y-z" }],
        "durable_objects": { "bindings": [{ "name": "D" }, { "name": "E", "class_name": 3 }] },
        "queues": { "consumers": [1], "producers": [{ "binding": "Q", "queue": {} }] },
        "triggers": { "crons": ["@daily", 4] },
        "routes": [7, { "pattern": "x" }],
        "migrations": [7, { "tag": 3 }, { "tag": "t", "renamed_classes": [1] }],
        "env": { "prod eu": {}, "b": 4, "ok": { "name": "Bad Name" } },
    }));
    let notes = text(&imported(&sources).notes);
    for path in [
        "kv_namespaces[0]",
        "kv_namespaces[1]",
        "r2_buckets[1]",
        "durable_objects.bindings[0]",
        "durable_objects.bindings[1]",
        "queues.consumers[0]",
        "queues.producers[0]",
        "triggers.crons",
        "routes[0]",
        "migrations[0]",
        "migrations[1]",
        "env.prod eu",
        "env.b",
        "env.ok",
    ] {
        assert!(notes.contains(path), "{path} in {notes}");
    }
}

#[test]
fn a_name_that_cloudflare_knows_the_worker_by_is_never_changed() {
    let import = import(&of(&json!({ "name": "My_Worker", "compatibility_date": "2025-01-01" }))).unwrap();
    let (_, findings) = import.refused.unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(import.spec.contains("My_Worker"));
}

#[test]
fn names_that_are_one_in_capitals_stay_apart() {
    let sources = of(&json!({
        "name": "a", "compatibility_date": "2025-01-01",
        "vars": { "logLevel": "1", "LOG_LEVEL": "2", "log-level": "3" },
    }));
    let import = imported(&sources);
    assert!(import.spec.contains("LOG_LEVEL = \"2\""), "{}", import.spec);
    assert_eq!(
        import.notes.iter().filter(|note| note.kind == Kind::Lost && note.path.starts_with("vars.")).count(),
        2
    );
}

#[test]
fn no_text_of_the_configuration_leaves_its_quotes() {
    let evil = "x\"\"\"\n[relay]\nstore = \"E\" #'''\\";
    let sources = of(&json!({
        "name": "a", "compatibility_date": "2025-01-01", "vars": { "A": evil, evil: "b" },
        "services": [{ "binding": "S", "service": evil }],
    }));
    let import = imported(&sources);
    let spec: toml::Table = toml::from_str(&import.spec).unwrap();
    assert_eq!(spec["vars"]["A"].as_str(), Some(evil));
    assert_eq!(spec["relay"]["store"].as_str(), Some("DB"));
}

#[test]
fn a_database_that_sqlite_refuses_is_an_error_with_its_file() {
    let mut sources = of(&json!({ "name": "a" }));
    sources.databases = vec![database(&[("0001_a.sql", "CREATE TABEL a (b);")], true)];
    match import(&sources) {
        Err(Refusal::Database(error)) => assert!(error.to_string().contains("0001_a.sql"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tables_that_a_spec_cannot_name_stay_where_they_are() {
    let mut sources = of(&json!({ "name": "a", "compatibility_date": "2025-01-01" }));
    let sql = "CREATE TABLE \"User\" (id TEXT PRIMARY KEY);
        CREATE TABLE posts (id TEXT PRIMARY KEY, \"authorId\" TEXT REFERENCES \"User\" (id));
        CREATE TABLE tags (id TEXT PRIMARY KEY, user TEXT REFERENCES \"User\" (id));
        CREATE TABLE events (id INTEGER PRIMARY KEY);
        CREATE TABLE \"a\"\"b; DROP\" (x);";
    sources.databases = vec![database(&[("db", sql)], false)];
    let import = imported(&sources);
    let notes = text(&import.notes);
    for name in ["tables.User", "tables.posts", "tables.a\"b; DROP", "tables.tags"] {
        assert!(notes.contains(name), "{name} in {notes}");
    }
    assert!(
        import.spec.contains("[tables.tags]") && !import.spec.contains("[tables.posts]"),
        "{}",
        import.spec
    );
    assert!(import.spec.contains("table = \"livestore_events\""), "{}", import.spec);
}

/// Any JSON, with names that mean something to wrangler among others.
fn anything() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("bindings".to_owned()),
        Just("binding".to_owned()),
        Just("name".to_owned()),
        Just("class_name".to_owned()),
        Just("queue".to_owned()),
        Just("tag".to_owned()),
        Just("pattern".to_owned()),
        Just("required".to_owned()),
        Just("crons".to_owned()),
        Just("vars".to_owned()),
        Just("simple".to_owned()),
        "[a-zA-Z_.\"]{0,4}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Za-z0-9_/.*\"\n-]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_configuration_says_there_is_an_answer(
        fields in prop::collection::vec((prop::sample::select(vec![
            "env", "vars", "secrets", "durable_objects", "queues", "assets", "migrations", "routes", "d1_databases",
            "kv_namespaces", "services", "ratelimits", "observability", "placement", "triggers", "tail_consumers",
            "name", "main", "unsafe", "r2_buckets", "ai", "limits",
        ]), anything()), 0..6)
    ) {
        let mut root: serde_json::Map<String, Value> =
            fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        root.entry("name").or_insert_with(|| "a".into());
        let import = import(&of(&Value::Object(root)));
        prop_assert!(import.is_ok());
    }

    #[test]
    fn whatever_text_there_is_there_is_an_answer(text in "\\PC{0,60}") {
        for name in ["wrangler.jsonc", "wrangler.toml"] {
            _ = import(&alone(name, &text));
        }
    }
}
