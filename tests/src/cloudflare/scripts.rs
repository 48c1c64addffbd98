//! Workers: what is uploaded is checked against what is there, kept as a version, and run by a deployment.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::{Value, json};

use super::account::{Answer, Asked, Refusal, Reply};
use super::assets::Assets;
use super::d1::Databases;

/// All workers of the account, by name.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    workers: BTreeMap<String, Worker>,
    /// Of all that was given an id.
    count: u32,
}

#[derive(Debug, Clone, Default)]
struct Worker {
    /// Oldest first.
    versions: Vec<Version>,
    /// Oldest first.
    deployments: Vec<Value>,
    /// The last step of its classes' history, and the classes.
    tag: Option<String>,
    classes: BTreeSet<String>,
    on_workers_dev: bool,
}

#[derive(Debug, Clone)]
struct Version {
    id: String,
    /// By name, with the texts of secrets.
    bindings: BTreeMap<String, Value>,
    described: Value,
}

type Around<'a> = (&'a Databases, &'a Assets);

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, 10_021, message)
}

fn result(value: Value) -> Answer {
    Ok(Reply::Result(value))
}

impl Scripts {
    pub(super) fn secrets(&self, worker: &str) -> Vec<(String, String)> {
        let bindings = self.workers.get(worker).and_then(|it| it.versions.last()).map(|it| &it.bindings);
        let secrets = bindings.into_iter().flatten().filter(|it| it.1["type"] == "secret_text");
        secrets.map(|(name, it)| (name.clone(), it["text"].as_str().unwrap_or_default().to_owned())).collect()
    }

    pub(super) fn versions(&self, worker: &str) -> Vec<String> {
        let versions = self.workers.get(worker).map(|it| &it.versions);
        versions.into_iter().flatten().map(|it| it.id.clone()).collect()
    }

    pub(super) fn is_reached(&self, worker: &str) -> bool {
        self.workers.get(worker).is_some_and(|it| it.on_workers_dev)
    }

    pub(super) fn running(&self, worker: &str) -> Option<String> {
        let deployment = self.workers.get(worker)?.deployments.last()?;
        Some(deployment["versions"][0]["version_id"].as_str()?.to_owned())
    }

    /// An answer to `/workers/…`; None if there is no such call.
    pub(super) fn answer(&mut self, path: &[&str], asked: &Asked, around: Around<'_>) -> Option<Answer> {
        match *path {
            ["services", name] if asked.is(&Method::GET) => Some(self.service(name)),
            ["scripts"] if asked.is(&Method::GET) => Some(result(self.list())),
            ["scripts", name] if asked.is(&Method::PUT) => Some(self.put(name, asked, around)),
            ["scripts", name, ref action @ ..] => match self.workers.contains_key(name) {
                true => self.of_worker(name, action, asked, around),
                false => Some(Err(Refusal::new(404, 10_007, "This Worker does not exist on your account."))),
            },
            _ => None,
        }
    }

    fn of_worker(
        &mut self,
        name: &str,
        action: &[&str],
        asked: &Asked,
        around: Around<'_>,
    ) -> Option<Answer> {
        let id = self.next_id();
        let worker = self.workers.get_mut(name)?;
        let (get, post) = (asked.is(&Method::GET), asked.is(&Method::POST));
        match *action {
            ["versions"] if get => {
                let versions: Vec<&Value> = worker.versions.iter().rev().map(|it| &it.described).collect();
                Some(result(json!({ "items": versions })))
            }
            ["versions"] if post => Some(worker.version_of(id, asked, around)),
            ["versions", wanted] if get => {
                let version = worker.versions.iter().find(|it| it.id == wanted);
                let missing = || Refusal::new(404, 10_008, "no such version");
                Some(version.ok_or_else(missing).map(|it| Reply::Result(it.described.clone())))
            }
            ["deployments"] if get => {
                let deployments: Vec<&Value> = worker.deployments.iter().rev().collect();
                Some(result(json!({ "deployments": deployments })))
            }
            ["deployments"] if post => Some(worker.deploy(id, &asked.json)),
            ["secrets"] if get => Some(result(worker.secret_names())),
            ["secrets"] if asked.is(&Method::PUT) => Some(worker.put_secret(id, asked)),
            ["settings"] if get => {
                let bindings: Vec<Value> = worker.bindings().values().map(without_text).collect();
                Some(result(json!({ "bindings": bindings })))
            }
            ["settings"] if asked.is(&Method::PATCH) => Some(worker.patch_settings(id, asked, around)),
            ["script-settings"] if asked.is(&Method::PATCH) => Some(result(asked.json.clone())),
            ["schedules"] if asked.is(&Method::PUT) => Some(result(json!({ "schedules": asked.json }))),
            ["subdomain"] if get => Some(result(worker.subdomain())),
            ["subdomain"] if post => {
                worker.on_workers_dev = asked.json["enabled"] == true;
                Some(result(worker.subdomain()))
            }
            _ => None,
        }
    }

    fn next_id(&mut self) -> String {
        self.count += 1;
        format!("beefbeef-0000-4000-8000-{:012x}", self.count)
    }

    fn service(&self, name: &str) -> Answer {
        let worker = self.workers.get(name).ok_or_else(|| Refusal::new(404, 10_090, "no such service"))?;
        let script = json!({
            "id": name, "tag": "tag", "tags": [], "last_deployed_from": "wrangler", "migration_tag": worker.tag,
        });
        result(
            json!({ "id": name, "default_environment": { "environment": "production", "script": script } }),
        )
    }

    fn list(&self) -> Value {
        self.workers.iter().map(|(name, it)| json!({ "id": name, "migration_tag": it.tag })).collect()
    }

    /// The older way: what is uploaded runs at once.
    fn put(&mut self, name: &str, asked: &Asked, around: Around<'_>) -> Answer {
        let (id, deployment) = (self.next_id(), self.next_id());
        let mut worker = self.workers.get(name).cloned().unwrap_or_default();
        let metadata = metadata(asked, "metadata")?;
        worker.migrate(&metadata["migrations"])?;
        let version = worker.check(id.clone(), &metadata, asked, around)?;
        worker.versions.push(version);
        worker.deploy(deployment, &json!({ "versions": [{ "version_id": id, "percentage": 100 }] }))?;
        self.workers.insert(name.to_owned(), worker);
        result(json!({
            "id": name, "tag": "tag", "etag": "etag", "deployment_id": id.replace('-', ""), "startup_time_ms": 1,
        }))
    }
}

impl Worker {
    fn bindings(&self) -> BTreeMap<String, Value> {
        self.versions.last().map(|it| it.bindings.clone()).unwrap_or_default()
    }

    fn version_of(&mut self, id: String, asked: &Asked, around: Around<'_>) -> Answer {
        let metadata = metadata(asked, "metadata")?;
        if !metadata["migrations"].is_null() {
            return Err(Refusal::new(400, 10_211, "migrations must be fully applied by a deployment"));
        }
        let version = self.check(id, &metadata, asked, around)?;
        let described = version.described.clone();
        self.versions.push(version);
        result(described)
    }

    /// The version that an upload makes, if Cloudflare would take it.
    fn check(
        &self,
        id: String,
        metadata: &Value,
        asked: &Asked,
        around: Around<'_>,
    ) -> Result<Version, Refusal> {
        let main = metadata["main_module"].as_str().and_then(|name| asked.part(name));
        let main = main.ok_or_else(|| invalid("the main module is no part of the upload"))?;
        if main.kind != "application/javascript+module" {
            return Err(invalid(format!("the main module is of type {}", main.kind)));
        }
        if let Some(part) =
            asked.form.iter().find(|it| it.kind == "application/wasm" && !it.bytes.starts_with(b"\0asm"))
        {
            return Err(invalid(format!("{} is no WebAssembly", part.name)));
        }
        if metadata["compatibility_date"].as_str().is_none_or(|date| date.len() != 10) {
            return Err(invalid("there is no compatibility date"));
        }
        let jwt = metadata["assets"]["jwt"].as_str();
        if jwt.is_some_and(|jwt| !around.1.is_complete(jwt)) {
            return Err(invalid("the files of this session are not complete"));
        }
        let wanted = metadata["bindings"].as_array().ok_or_else(|| invalid("there are no bindings"))?;
        let mut bindings = self.kept(metadata);
        for binding in wanted {
            let name = binding["name"].as_str().ok_or_else(|| invalid("a binding has no name"))?;
            bindings.insert(name.to_owned(), self.binding(name, binding, around.0)?);
        }
        Ok(self.describe(id, bindings, metadata))
    }

    fn describe(&self, id: String, bindings: BTreeMap<String, Value>, metadata: &Value) -> Version {
        let shown: Vec<Value> = bindings.values().map(without_text).collect();
        let mut annotations = metadata["annotations"].clone();
        if annotations.is_null() {
            annotations = json!({});
        }
        annotations["workers/triggered_by"] = json!("upload");
        let described = json!({
            "id": id,
            "number": self.versions.len() + 1,
            "metadata": { "created_on": "2026-04-01T00:00:00Z", "source": "wrangler", "has_preview": false },
            "annotations": annotations,
            "resources": {
                "bindings": shown,
                "script": { "etag": "etag", "handlers": ["fetch"] },
                "script_runtime": {
                    "compatibility_date": metadata["compatibility_date"],
                    "compatibility_flags": metadata["compatibility_flags"],
                },
            },
            "startup_time_ms": 1,
        });
        Version { id, bindings, described }
    }

    /// What of the version before stays without being named.
    fn kept(&self, metadata: &Value) -> BTreeMap<String, Value> {
        let kinds = metadata["keep_bindings"].as_array().cloned().unwrap_or_default();
        self.bindings().into_iter().filter(|(_, it)| kinds.contains(&it["type"])).collect()
    }

    /// A binding as it is kept, if it leads somewhere.
    fn binding(&self, name: &str, binding: &Value, databases: &Databases) -> Result<Value, Refusal> {
        let text = |key: &str| binding[key].as_str().unwrap_or_default();
        let is_good = match text("type") {
            "d1" if !databases.exists(text("id")) => {
                let message = format!("binding {name} of type d1 must have a valid `id` specified");
                return Err(invalid(message));
            }
            "durable_object_namespace" if !self.classes.contains(text("class_name")) => {
                let message = format!("Cannot create binding for class '{}'", text("class_name"));
                return Err(Refusal::new(400, 10_061, message));
            }
            "inherit" => {
                let missing = || {
                    Refusal::new(400, 10_057, format!("inherit binding '{name}' is invalid: there is none"))
                };
                return self.bindings().remove(name).ok_or_else(missing);
            }
            "secret_text" => !text("text").is_empty(),
            "plain_text" => binding["text"].is_string(),
            "ratelimit" => {
                text("namespace_id").parse::<u32>().is_ok()
                    && [10, 60].map(Value::from).contains(&binding["simple"]["period"])
            }
            "d1" | "durable_object_namespace" | "assets" | "json" | "version_metadata" => true,
            _ => false,
        };
        if is_good {
            Ok(binding.clone())
        } else {
            Err(invalid(format!("the binding {name} is none: {binding}")))
        }
    }

    /// Goes on in the history of classes.
    fn migrate(&mut self, migrations: &Value) -> Result<(), Refusal> {
        if migrations.is_null() {
            return Ok(());
        }
        if migrations["old_tag"].as_str() != self.tag.as_deref() {
            return Err(Refusal::new(412, 10_079, "the old tag is not the one that the worker has"));
        }
        let names = |value: &Value| -> Vec<String> {
            let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        for step in migrations["steps"].as_array().into_iter().flatten() {
            for class in [&step["new_sqlite_classes"], &step["new_classes"]].into_iter().flat_map(names) {
                if !self.classes.insert(class.clone()) {
                    return Err(Refusal::new(400, 10_074, format!("the class {class} is there already")));
                }
            }
            let gone = names(&step["deleted_classes"]).into_iter();
            let renamed = step["renamed_classes"].as_array().cloned().unwrap_or_default();
            for class in gone.chain(renamed.iter().flat_map(|it| it["from"].as_str().map(str::to_owned))) {
                if !self.classes.remove(&class) {
                    return Err(Refusal::new(400, 10_070, format!("there is no class {class}")));
                }
            }
            self.classes.extend(renamed.iter().flat_map(|it| it["to"].as_str().map(str::to_owned)));
        }
        self.tag = migrations["new_tag"].as_str().map(str::to_owned);
        Ok(())
    }

    fn deploy(&mut self, id: String, wanted: &Value) -> Answer {
        let versions = wanted["versions"].as_array().cloned().unwrap_or_default();
        let exists = |it: &Value| self.versions.iter().any(|version| it["version_id"] == version.id.as_str());
        let percentage: f64 = versions.iter().filter_map(|it| it["percentage"].as_f64()).sum();
        if versions.is_empty() || !versions.iter().all(exists) || percentage.round() != 100.0 {
            return Err(Refusal::new(400, 10_211, "a deployment is of versions that there are, to 100 %"));
        }
        let deployment = json!({
            "id": id, "source": "wrangler", "strategy": "percentage", "author_email": "loopback@example.com",
            "created_on": format!("2026-04-01T{:02}:00:00Z", self.deployments.len()),
            "annotations": wanted["annotations"], "versions": versions,
        });
        self.deployments.push(deployment.clone());
        result(deployment)
    }

    fn secret_names(&self) -> Value {
        self.bindings().values().filter(|it| it["type"] == "secret_text").map(without_text).collect()
    }

    /// A new version, which runs at once.
    fn with_bindings(&mut self, id: String, bindings: BTreeMap<String, Value>) -> Result<(), Refusal> {
        let before = self.versions.last().ok_or_else(|| invalid("there is no version"))?;
        let runtime = &before.described["resources"]["script_runtime"];
        let metadata = json!({
            "compatibility_date": runtime["compatibility_date"],
            "compatibility_flags": runtime["compatibility_flags"],
        });
        let version = self.describe(id.clone(), bindings, &metadata);
        self.versions.push(version);
        self.deploy(format!("{id}-d"), &json!({ "versions": [{ "version_id": id, "percentage": 100 }] }))?;
        Ok(())
    }

    fn put_secret(&mut self, id: String, asked: &Asked) -> Answer {
        let (name, text) = (asked.text("name")?, asked.text("text")?);
        let mut bindings = self.bindings();
        let secret = json!({ "type": "secret_text", "name": name, "text": text });
        bindings.insert(name.to_owned(), secret.clone());
        self.with_bindings(id, bindings)?;
        result(without_text(&secret))
    }

    /// Several secrets at once: what stays is named without its content.
    fn patch_settings(&mut self, id: String, asked: &Asked, around: Around<'_>) -> Answer {
        let settings = metadata(asked, "settings")?;
        let before = self.bindings();
        let mut bindings = BTreeMap::new();
        for binding in settings["bindings"].as_array().into_iter().flatten() {
            let name = binding["name"].as_str().unwrap_or_default();
            let is_new = binding["type"] == "secret_text" && binding["text"].is_string();
            let kept = before.get(name).filter(|it| !is_new && it["type"] == binding["type"]);
            let binding = match kept {
                Some(kept) => kept.clone(),
                None => self.binding(name, binding, around.0)?,
            };
            bindings.insert(name.to_owned(), binding);
        }
        self.with_bindings(id, bindings)?;
        result(json!({}))
    }

    fn subdomain(&self) -> Value {
        json!({ "enabled": self.on_workers_dev, "previews_enabled": self.on_workers_dev })
    }
}

fn metadata(asked: &Asked, name: &str) -> Result<Value, Refusal> {
    let part = asked.part(name).ok_or_else(|| invalid(format!("the form has no {name}")))?;
    serde_json::from_slice(&part.bytes).map_err(|error| invalid(format!("{name}: {error}")))
}

/// What the API shows of a binding.
fn without_text(binding: &Value) -> Value {
    let mut shown = binding.clone();
    if let Some(object) =
        shown.as_object_mut().filter(|it| it.get("type").is_some_and(|it| it == "secret_text"))
    {
        object.remove("text");
    }
    shown
}
