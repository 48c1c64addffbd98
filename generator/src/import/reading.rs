//! The keys of one environment, each turned into facts.
//!
//! Owns the forms in which wrangler takes a key. What has another form stays as it is: a fact under the key itself,
//! which no other configuration will share.

use serde_json::{Map, Value};

use super::meaning::{Fact, Facts, Key, path};

pub(super) struct Reading<'a> {
    folder: &'a str,
    pub(super) facts: Facts,
}

impl<'a> Reading<'a> {
    pub(super) fn new(folder: &'a str) -> Self {
        Self { folder, facts: Facts::default() }
    }

    /// Reads a key; `source` is its path in the file.
    pub(super) fn read(&mut self, key: &str, value: &Value, source: String) {
        match (key, value) {
            (_, Value::Null) => {}
            (_, Value::Array(items)) if items.is_empty() => {}
            (_, Value::Object(fields)) if fields.is_empty() => {}
            ("main", Value::String(text)) => self.add(Key::new([key]), path(self.folder, text), source),
            ("compatibility_flags", Value::Array(items)) => self.add(Key::new([key]), sorted(items), source),
            ("route", route) => self.route(route, source),
            ("routes", Value::Array(items)) => {
                for (index, route) in items.iter().enumerate() {
                    self.route(route, format!("{source}[{index}]"));
                }
            }
            ("logpush", Value::Bool(false)) => {}
            ("tail_consumers", Value::Array(items)) => self.tail_consumers(items, value, source),
            ("migrations", Value::Array(items)) => self.class_steps(items, &source),
            (_, Value::Array(items)) => self.bindings(key, items, value, source),
            (_, Value::Object(fields)) => self.section(key, fields, value, source),
            _ => self.add(Key::new([key]), value.clone(), source),
        }
    }

    fn section(&mut self, key: &str, fields: &Map<String, Value>, whole: &Value, source: String) {
        match key {
            "triggers" => {
                for (name, value) in fields {
                    let source = format!("{source}.{name}");
                    match (name.as_str(), value) {
                        ("crons", Value::Array(items)) if items.is_empty() => {}
                        ("crons", Value::Array(items)) => {
                            self.add(Key::new(["crons"]), sorted(items), source)
                        }
                        _ => self.add(Key::new([key, name]), value.clone(), source),
                    }
                }
            }
            "vars" => {
                for (name, value) in fields {
                    self.add(Key::new([key, name]), number(value), format!("{source}.{name}"));
                }
            }
            "secrets" => self.secrets(fields, &source),
            "unsafe" => self.unsafe_bindings(fields, whole, source),
            "durable_objects" => self.lists(key, fields, &source),
            "queues" => self.lists(key, fields, &source),
            "assets" => self.assets(fields, &source),
            // A place says by itself that it is aimed at.
            "placement" if fields.get("mode").and_then(Value::as_str) == Some("targeted") => {
                let mut fields = fields.clone();
                fields.remove("mode");
                self.leaves(&Key::new([key]), &Value::Object(fields), source);
            }
            "observability" | "limits" | "placement" => self.leaves(&Key::new([key]), whole, source),
            _ if fields.get("binding").is_some_and(Value::is_string) => {
                self.binding(key, "binding", fields, &source);
            }
            _ => self.add(Key::new([key]), whole.clone(), source),
        }
    }

    /// Rate limits were bound here before they had a key of their own.
    fn unsafe_bindings(&mut self, fields: &Map<String, Value>, whole: &Value, source: String) {
        let rate_limit = |item: &Value| item.get("type").and_then(Value::as_str) == Some("ratelimit");
        match fields.get("bindings") {
            Some(Value::Array(items)) if fields.len() == 1 && items.iter().all(rate_limit) => {
                for (index, item) in items.iter().enumerate() {
                    let mut fields = item.as_object().cloned().unwrap_or_default();
                    fields.remove("type");
                    self.binding("ratelimits", "name", &fields, &format!("{source}.bindings[{index}]"));
                }
            }
            _ => self.add(Key::new(["unsafe"]), whole.clone(), source),
        }
    }

    /// A key that has lists of bindings below it.
    fn lists(&mut self, key: &str, fields: &Map<String, Value>, source: &str) {
        for (name, value) in fields {
            let source = format!("{source}.{name}");
            match (key, name.as_str(), value) {
                (_, _, Value::Array(items)) if items.is_empty() => {}
                ("queues", "consumers", Value::Array(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        self.consumer(item, format!("{source}[{index}]"));
                    }
                }
                ("queues", "producers", Value::Array(items)) => self.bindings("queues", items, value, source),
                ("durable_objects", "bindings", Value::Array(items)) => {
                    self.bindings("durable_objects", items, value, source);
                }
                _ => self.add(Key::new([key, name]), value.clone(), source),
            }
        }
    }

    fn consumer(&mut self, item: &Value, source: String) {
        match (item, item.get("queue").and_then(Value::as_str)) {
            (Value::Object(fields), Some(queue)) => {
                // One without settings is a consumer too.
                self.add(Key::new(["consumers", queue, "queue"]), queue.into(), source.clone());
                for (name, value) in
                    fields.iter().filter(|(name, value)| *name != "queue" && !value.is_null())
                {
                    let key = Key::new(["consumers", queue, name]);
                    self.add(key, number(value), format!("{source}.{name}"));
                }
            }
            _ => self.add(Key::new(["consumers", &source]), item.clone(), source),
        }
    }

    fn secrets(&mut self, fields: &Map<String, Value>, source: &str) {
        for (name, value) in fields {
            let source = format!("{source}.{name}");
            match (name.as_str(), value) {
                ("required", Value::Array(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        let source = format!("{source}[{index}]");
                        match item.as_str() {
                            Some(name) => self.add(Key::new(["secrets", name]), Value::Bool(true), source),
                            None => self.add(Key::new(["secrets", &source]), item.clone(), source.clone()),
                        }
                    }
                }
                _ => self.add(Key::new(["secrets", name]), value.clone(), source),
            }
        }
    }

    /// A list of bindings, or whatever else it is.
    fn bindings(&mut self, key: &str, items: &[Value], whole: &Value, source: String) {
        let named = |item: &Value| {
            let name = |field: &'static str| item.get(field).is_some_and(Value::is_string).then_some(field);
            name("binding").or_else(|| name("name"))
        };
        if !items.iter().all(|item| named(item).is_some()) {
            self.add(Key::new([key]), whole.clone(), source);
            return;
        }
        for (index, item) in items.iter().enumerate() {
            if let (Some(field), Value::Object(fields)) = (named(item), item) {
                self.binding(key, field, fields, &format!("{source}[{index}]"));
            }
        }
    }

    fn binding(&mut self, kind: &str, field: &str, fields: &Map<String, Value>, source: &str) {
        let Some(name) = fields.get(field).and_then(Value::as_str) else { return };
        let key = Key::new(["bindings", name]);
        if self.facts.get(["bindings", name, "type"]).is_some() {
            // Wrangler refuses two of one name; the second is not to hide the first.
            self.add(Key::new(["twice", source]), Value::Object(fields.clone()), source.to_owned());
            return;
        }
        self.add(key.with("type"), kind.into(), source.to_owned());
        for (name, value) in fields {
            let value = match (kind, name.as_str(), value) {
                (_, name, _) if name == field => continue,
                (_, _, Value::Null) => continue,
                // Where the files lie is no matter of meaning.
                ("d1_databases", "migrations_dir", _) => continue,
                ("d1_databases", "migrations_table", Value::String(table)) if table == "d1_migrations" => {
                    continue;
                }
                ("ratelimits", "simple", Value::Object(simple)) => {
                    for (name, value) in simple {
                        self.add(key.with(name), number(value), format!("{source}.simple.{name}"));
                    }
                    continue;
                }
                ("ratelimits", "namespace_id", Value::Number(id)) => Value::String(id.to_string()),
                (_, _, value) => number(value),
            };
            self.add(key.with(name), value, format!("{source}.{name}"));
        }
        if kind == "analytics_engine_datasets" && !fields.contains_key("dataset") {
            self.add(key.with("dataset"), name.into(), source.to_owned());
        }
    }

    fn assets(&mut self, fields: &Map<String, Value>, source: &str) {
        for (name, value) in fields {
            let source = format!("{source}.{name}");
            let key = Key::new(["assets", name]);
            match (name.as_str(), value) {
                ("binding", Value::String(binding)) => {
                    self.add(Key::new(["bindings", binding, "type"]), "assets".into(), source);
                }
                ("directory", Value::String(text)) => self.add(key, path(self.folder, text), source),
                ("not_found_handling", Value::String(text)) if text == "none" => {}
                ("html_handling", Value::String(text)) if text == "auto-trailing-slash" => {}
                ("run_worker_first", Value::Bool(false)) => {}
                ("run_worker_first", Value::Bool(true)) => {
                    self.add(key.with("/*"), Value::Bool(true), source)
                }
                ("run_worker_first", Value::Array(items)) if items.iter().all(Value::is_string) => {
                    for (index, item) in items.iter().enumerate() {
                        let path = item.as_str().unwrap_or_default();
                        self.add(key.with(path), Value::Bool(true), format!("{source}[{index}]"));
                    }
                }
                _ => self.add(key, value.clone(), source),
            }
        }
    }

    fn route(&mut self, route: &Value, source: String) {
        let pattern = route.as_str().or_else(|| route.get("pattern")?.as_str());
        let Some(pattern) = pattern else {
            self.add(Key::new(["routes", &source]), route.clone(), source);
            return;
        };
        let custom = route.get("custom_domain").and_then(Value::as_bool) == Some(true);
        if custom {
            self.add(Key::new(["domains", pattern]), Value::Bool(true), source);
            return;
        }
        let zone = route.get("zone_name").cloned().unwrap_or(Value::Null);
        self.add(Key::new(["zone_routes", pattern]), zone, source.clone());
        let Value::Object(fields) = route else { return };
        let known = ["pattern", "zone_name", "custom_domain"];
        for (name, value) in fields.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            self.add(Key::new(["zone_routes", pattern, name]), value.clone(), format!("{source}.{name}"));
        }
    }

    fn tail_consumers(&mut self, items: &[Value], whole: &Value, source: String) {
        let service = |item: &Value| match item {
            Value::Object(fields) if fields.len() == 1 => {
                fields.get("service").filter(|it| it.is_string()).cloned()
            }
            _ => None,
        };
        match items.iter().map(service).collect::<Option<Vec<_>>>() {
            Some(names) => self.add(Key::new(["tail_consumers"]), sorted(&names), source),
            None => self.add(Key::new(["tail_consumers"]), whole.clone(), source),
        }
    }

    fn class_steps(&mut self, items: &[Value], source: &str) {
        for (index, item) in items.iter().enumerate() {
            let source = format!("{source}[{index}]");
            let (Some(fields), Some(tag)) = (item.as_object(), item.get("tag").and_then(Value::as_str))
            else {
                self.add(Key::new(["classes", &source]), item.clone(), source.clone());
                continue;
            };
            self.add(Key::new(["classes", tag, "tag"]), tag.into(), source.clone());
            let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            for (name, value) in fields.iter().filter(|(name, value)| *name != "tag" && !empty(value)) {
                self.add(Key::new(["classes", tag, name]), value.clone(), format!("{source}.{name}"));
            }
        }
    }

    /// Every value below, however deep.
    fn leaves(&mut self, key: &Key, value: &Value, source: String) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.leaves(&key.with(name), value, format!("{source}.{name}"));
                }
            }
            Value::Array(items) if items.is_empty() => {}
            Value::Null => {}
            _ => self.add(key.clone(), number(value), source),
        }
    }

    fn add(&mut self, key: Key, value: Value, source: String) {
        self.facts.insert(key, Fact { value, source });
    }
}

/// A list whose order says nothing.
fn sorted(items: &[Value]) -> Value {
    let mut items = items.to_vec();
    items.sort_by_cached_key(Value::to_string);
    items.dedup();
    Value::Array(items)
}

/// `1.0` is `1` in JavaScript.
fn number(value: &Value) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within what a float holds exactly")]
    match value.as_f64() {
        Some(float) if value.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
            Value::from(float as i64)
        }
        _ => value.clone(),
    }
}
