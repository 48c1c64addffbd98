//! Further environments: what differs, filled up with what does not.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place, nearest},
    model::{
        Environment,
        bindings::{Binding, BindingKind, Bucket, Database, Namespace, Queue, RateLimit, Service, Var},
        settings::Settings,
    },
    path::SpecPath,
    spec::{RawBinding, RawEnvironment, RawEnvironmentBinding},
};

/// One environment's binding that is being filled up.
struct Own<'a> {
    /// The environment's place.
    environment: &'a SpecPath,
    /// What is written of the binding there.
    raw: &'a RawEnvironmentBinding,
    /// The binding's place there.
    at: SpecPath,
    /// The binding in the main environment.
    main: &'a Binding,
    /// Whether the environment is in another account, where no name can be taken.
    elsewhere: bool,
}

impl Lowering<'_> {
    pub(super) fn environments(
        &mut self,
        settings: &Settings,
        bindings: &[Binding],
        vars: &[Var],
    ) -> Vec<Environment> {
        let raw = self.raw;
        let environments = raw
            .env
            .iter()
            .filter_map(|(name, it)| self.environment(name, it, settings, bindings, vars))
            .collect();
        self.no_sharing();
        environments
    }

    fn environment(
        &mut self,
        name: &str,
        raw: &RawEnvironment,
        settings: &Settings,
        bindings: &[Binding],
        vars: &[Var],
    ) -> Option<Environment> {
        let path = SpecPath::from(["env", name]);
        for (binding, written) in &raw.bindings {
            self.overridden(&path.key("bindings").key(binding), binding, written);
        }
        let worker = self.name(&raw.worker.name, Place::Value(path.key("worker").key("name")));
        let settings = self.environment_settings(&path.key("worker"), &raw.worker, settings);
        let main_account = self.raw.worker.as_ref().and_then(|main| main.account_id.as_ref());
        let elsewhere = raw.worker.account_id.is_some() && raw.worker.account_id.as_ref() != main_account;
        let nothing = RawEnvironmentBinding::default();
        let bindings = bindings
            .iter()
            .filter_map(|main| {
                let at = path.key("bindings").key(main.name.as_str());
                // One with a mistake of shape is not judged by what is left of it.
                if self.broken.touches(&at) {
                    return None;
                }
                let raw = raw.bindings.get(main.name.as_str()).unwrap_or(&nothing);
                let own = Own { environment: &path, raw, at, main, elsewhere };
                let kind = self.environment_binding(&own)?;
                Some(Binding { kind, ..main.clone() })
            })
            .collect();
        let vars = self.environment_vars(&path.key("vars"), vars, &raw.vars);
        let name = self.name(name, Place::Key(path));
        Some(Environment { name: name?, worker: worker?, settings, bindings, vars })
    }

    /// An environment may only say what the binding's type has.
    fn overridden(&mut self, path: &SpecPath, binding: &str, written: &RawEnvironmentBinding) {
        let declared = SpecPath::from(["bindings", binding]);
        let Some(raw) = self.raw.bindings.get(binding) else {
            if !self.broken.touches(&declared) {
                let known = self.raw.bindings.iter().filter(|(_, it)| !may_differ(it).1.is_empty());
                let message = format!("`bindings.{binding}` is not declared");
                self.diagnostics.push(
                    Diagnostic::new(Code::UnknownBinding, Place::Key(path.clone()), message)
                        .maybe_help(nearest(binding, known.map(|(name, _)| name.as_str()))),
                );
            }
            return;
        };
        let (noun, keys) = may_differ(raw);
        let type_of = Place::Value(declared.key("type"));
        if keys.is_empty() {
            let message = format!("`{binding}` is {noun}, which is the same in every environment");
            self.push(
                Diagnostic::new(Code::WrongBindingType, Place::Key(path.clone()), message)
                    .related(type_of, "declared here")
                    .help("remove it: each environment's worker has its own anyway"),
            );
            return;
        }
        for key in written.keys().into_iter().filter(|key| !keys.contains(key)) {
            let message = format!("`{binding}` is {noun}, which has no `{key}` of its own");
            self.push(
                Diagnostic::new(Code::WrongBindingType, Place::Key(path.key(key)), message)
                    .related(type_of.clone(), "declared here")
                    .help(format!("what may differ of it: {}", keys.join(", "))),
            );
        }
        if let RawBinding::Queue { consumer, .. } = raw
            && written.dead_letter_queue.is_some()
            && consumer.as_ref().is_none_or(|it| it.dead_letter_queue.is_none())
        {
            let message = format!("`{binding}` has no dead letter queue in the main environment");
            let help = format!("add `consumer.dead_letter_queue` to `[bindings.{binding}]` first");
            let place = Place::Key(path.key("dead_letter_queue"));
            self.push(Diagnostic::new(Code::WrongBindingType, place, message).help(help));
        }
    }

    fn environment_binding(&mut self, own: &Own<'_>) -> Option<BindingKind> {
        let (raw, at) = (own.raw, &own.at);
        let value = |key: &str| Place::Value(at.key(key));
        Some(match &own.main.kind {
            BindingKind::D1(main) => BindingKind::D1(self.environment_database(own, main)?),
            BindingKind::Kv(_) => BindingKind::Kv(Namespace {
                // Without an id, wrangler makes a namespace for this worker alone.
                id: self.namespace_id(at, "id", raw.id.as_deref()),
                preview_id: self.namespace_id(at, "preview_id", raw.preview_id.as_deref()),
            }),
            BindingKind::R2(main) => {
                let name = self.own_name(own, "bucket", raw.bucket.as_deref(), main.name.as_str())?;
                BindingKind::R2(Bucket {
                    name: self.bucket_name(&name, value("bucket"))?,
                    jurisdiction: raw.jurisdiction.or(main.jurisdiction),
                })
            }
            BindingKind::Queue(main) => BindingKind::Queue(self.environment_queue(own, main)?),
            BindingKind::Service(main) => {
                let entrypoint = raw.entrypoint.as_ref().map(|it| self.name(it, value("entrypoint")));
                let name = raw.service.as_ref().map(|it| self.name(it, value("service")));
                BindingKind::Service(Service {
                    name: name.unwrap_or_else(|| Some(main.name.clone()))?,
                    entrypoint: entrypoint.unwrap_or_else(|| main.entrypoint.clone()),
                })
            }
            BindingKind::RateLimit(main) => BindingKind::RateLimit(RateLimit {
                limit: raw.limit.unwrap_or(main.limit),
                period: raw.period.unwrap_or(main.period),
            }),
            BindingKind::AnalyticsEngine(main) => {
                let dataset = raw.dataset.as_ref().map(|it| self.name(it, value("dataset")));
                BindingKind::AnalyticsEngine(dataset.unwrap_or_else(|| Some(main.clone()))?)
            }
            same @ (BindingKind::DurableObject(_)
            | BindingKind::VersionMetadata
            | BindingKind::Ai
            | BindingKind::Assets) => same.clone(),
        })
    }

    fn environment_database(&mut self, own: &Own<'_>, main: &Database) -> Option<Database> {
        let name = self.own_name(own, "database", own.raw.database.as_deref(), main.name.as_str())?;
        let database = self.database(&own.at, &name, own.raw.id.as_deref())?;
        Some(Database { renamed_from: main.renamed_from.clone(), ..database })
    }

    fn environment_queue(&mut self, own: &Own<'_>, main: &Queue) -> Option<Queue> {
        let raw = own.raw;
        let name = self.own_name(own, "queue", raw.queue.as_deref(), main.name.as_str());
        let mut queue = Queue { delivery_delay: raw.delivery_delay.or(main.delivery_delay), ..main.clone() };
        let dead = queue.consumer.as_mut().and_then(|it| it.dead_letter_queue.as_mut());
        if let Some(dead) = dead {
            let written = raw.dead_letter_queue.as_deref();
            let name = self.own_name(own, "dead_letter_queue", written, dead.as_str())?;
            *dead = self.queue_name(&name, Place::Value(own.at.key("dead_letter_queue")))?;
        }
        queue.name = self.queue_name(&name?, Place::Value(own.at.key("queue")))?;
        Some(queue)
    }

    /// The name of a resource that no two environments share: as written here, or as in the main environment if that
    /// is in another account.
    fn own_name(&mut self, own: &Own<'_>, key: &str, written: Option<&str>, main: &str) -> Option<String> {
        if let Some(written) = written {
            return Some(written.to_owned());
        }
        if own.elsewhere {
            return Some(main.to_owned());
        }
        let (environment, binding) = (own.environment, &own.main.name);
        let (does, noun) = match key {
            "database" => ("write to", "database"),
            "bucket" => ("write to", "bucket"),
            "dead_letter_queue" => ("send to", "dead letter queue"),
            _ => ("send to", "queue"),
        };
        let declared = SpecPath::from(["bindings", binding.as_str()]);
        let declared = if key == "dead_letter_queue" { declared.key("consumer") } else { declared };
        self.push(
            Diagnostic::new(
                Code::SharedResource,
                Place::Key(environment.clone()),
                format!("`{environment}` would {does} the main environment's {noun} `{main}`"),
            )
            .related(Place::Value(declared.key(key)), "declared here")
            .help(format!("give it one of its own: `bindings.{binding}.{key} = \"{main}-…\"`")),
        );
        None
    }
}

/// What a binding is called, and the keys of it that may differ between environments.
fn may_differ(raw: &RawBinding) -> (&'static str, &'static [&'static str]) {
    match raw {
        RawBinding::DurableObject { .. } => ("a Durable Object", &[]),
        RawBinding::D1 { .. } => ("a D1 database", &["database", "id"]),
        RawBinding::Kv { .. } => ("a KV namespace", &["id", "preview_id"]),
        RawBinding::R2 { .. } => ("an R2 bucket", &["bucket", "jurisdiction"]),
        RawBinding::Queue { .. } => ("a queue", &["queue", "delivery_delay", "dead_letter_queue"]),
        RawBinding::Service { .. } => ("a service", &["service", "entrypoint"]),
        RawBinding::RateLimit { .. } => ("a rate limit", &["limit", "period"]),
        RawBinding::AnalyticsEngine { .. } => ("an Analytics Engine dataset", &["dataset"]),
        RawBinding::VersionMetadata { .. } => ("the version's metadata", &[]),
        RawBinding::Ai { .. } => ("Workers AI", &[]),
        RawBinding::Assets {} => ("static assets", &[]),
    }
}
