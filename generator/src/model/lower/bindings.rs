//! Bindings: what each leads to, and what two of them cannot share.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        bindings::{
            Binding, BindingKind, Bucket, Class, Consumer, Database, Namespace, Queue, RateLimit, Service,
        },
        name::{BindingName, ClassName},
    },
    path::SpecPath,
    spec::{RawBinding, RawConsumer, RawEvent, RawStorage},
};

impl Lowering<'_> {
    pub(super) fn bindings(&mut self) -> Vec<Binding> {
        let raw = self.raw;
        let mut bindings = Vec::new();
        for (name, binding) in &raw.bindings {
            let path = SpecPath::from(["bindings", name]);
            // What says what it is for is used by the team's own code; a web app would use its assets.
            if binding.description().is_some() || matches!(binding, RawBinding::Assets {}) {
                self.use_of("bindings", name);
            }
            let kind = self.binding(name, &path, binding);
            let name = self.name(name, Place::Key(path.clone()));
            let description = binding.description().map(str::to_owned);
            bindings.extend(name.zip(kind).map(|(name, kind)| Binding { name, kind, description }));
        }
        self.one_of_each_kind();
        self.shared_classes();
        bindings
    }

    fn binding(&mut self, name: &str, path: &SpecPath, raw: &RawBinding) -> Option<BindingKind> {
        let value = |key: &str| Place::Value(path.key(key));
        Some(match raw {
            RawBinding::DurableObject { class, renamed_from, storage, .. } => {
                BindingKind::DurableObject(self.class(path, class, renamed_from.as_deref(), *storage)?)
            }
            RawBinding::D1 { database, id, .. } => {
                let renamed_from = self.old_binding(name);
                let database = self.database(path, database, id.as_deref())?;
                BindingKind::D1(Database { renamed_from, ..database })
            }
            RawBinding::Kv { id, preview_id, .. } => BindingKind::Kv(Namespace {
                id: self.namespace_id(path, "id", id.as_deref()),
                preview_id: self.namespace_id(path, "preview_id", preview_id.as_deref()),
            }),
            RawBinding::R2 { bucket, jurisdiction, .. } => BindingKind::R2(Bucket {
                name: self.bucket_name(bucket, value("bucket"))?,
                jurisdiction: *jurisdiction,
            }),
            RawBinding::Queue { queue, delivery_delay, consumer, .. } => {
                let consumer = consumer.as_ref().map(|raw| self.consumer(&path.key("consumer"), raw));
                BindingKind::Queue(Queue {
                    name: self.queue_name(queue, value("queue"))?,
                    delivery_delay: *delivery_delay,
                    consumer,
                })
            }
            RawBinding::Service { service, entrypoint, .. } => {
                let entrypoint = entrypoint.as_ref().map(|it| self.name(it, value("entrypoint")));
                BindingKind::Service(Service {
                    name: self.name(service, value("service"))?,
                    entrypoint: entrypoint.flatten(),
                })
            }
            RawBinding::RateLimit { limit, period, .. } => {
                BindingKind::RateLimit(RateLimit { limit: *limit, period: *period })
            }
            RawBinding::AnalyticsEngine { dataset, .. } => {
                BindingKind::AnalyticsEngine(self.name(dataset, value("dataset"))?)
            }
            RawBinding::VersionMetadata { .. } => BindingKind::VersionMetadata,
            RawBinding::Ai { .. } => BindingKind::Ai,
            RawBinding::Assets {} => {
                self.assets(path);
                BindingKind::Assets
            }
        })
    }

    /// The name that a database's binding had before.
    fn old_binding(&mut self, name: &str) -> Option<BindingName> {
        let before = |binding: &RawBinding| match binding {
            RawBinding::D1 { renamed_from, .. } => renamed_from.clone(),
            _ => None,
        };
        let raw = self.raw;
        self.old_name(&SpecPath::from(["bindings"]), name, &raw.bindings, before)
    }

    fn class(
        &mut self,
        path: &SpecPath,
        class: &str,
        renamed_from: Option<&str>,
        storage: RawStorage,
    ) -> Option<Class> {
        let name: ClassName = self.name(class, Place::Value(path.key("class")))?;
        let at = path.key("renamed_from");
        let before = renamed_from.and_then(|before| self.name(before, Place::Value(at.clone())));
        if before.as_ref() == Some(&name) {
            let message = format!("`{class}` cannot be its own old name");
            let help = "name the class that it was, or leave `renamed_from` out";
            self.push(Diagnostic::new(Code::InvalidValue, Place::Value(at), message).help(help));
            return None;
        }
        Some(Class { name, renamed_from: before, storage })
    }

    fn consumer(&mut self, path: &SpecPath, raw: &RawConsumer) -> Consumer {
        self.handled(path, RawEvent::Queue);
        let dead = raw.dead_letter_queue.as_ref();
        let dead = dead.and_then(|it| self.queue_name(it, Place::Value(path.key("dead_letter_queue"))));
        Consumer::new(raw, dead)
    }

    /// What is sent to a handler needs one. The runtime as it comes answers requests alone.
    pub(super) fn handled(&mut self, path: &SpecPath, event: RawEvent) {
        let Some(worker) = self.raw.worker.as_ref() else { return };
        if worker.handlers.contains(&event) || self.broken.touches(&SpecPath::from(["worker", "handlers"])) {
            return;
        }
        let (what, name, instead) = match event {
            RawEvent::Scheduled => (
                "a cron trigger calls a `scheduled` handler",
                "scheduled",
                "or give the trigger to a worker of its own",
            ),
            RawEvent::Queue => (
                "a consumer's messages go to a `queue` handler",
                "queue",
                "or leave `consumer` out and consume the queue with a worker of its own",
            ),
        };
        self.push(
            Diagnostic::new(
                Code::MissingHandler,
                Place::Key(path.clone()),
                format!("{what}, and the runtime has none"),
            )
            .help(format!(
                "write one in `runtime/src/shell/` with `#[worker::event({name})]` and add `handlers = [\"{name}\"]` to `[worker]`, {instead}"
            )),
        );
    }

    fn assets(&mut self, path: &SpecPath) {
        if self.raw.web.is_none() && !self.broken.touches(&SpecPath::from(["web"])) {
            self.push(
                Diagnostic::new(
                    Code::MissingSection,
                    Place::Key(path.clone()),
                    "static assets need the section `web`",
                )
                .help("add `[web]` with the folder to serve, or remove the binding"),
            );
        }
    }

    /// Kinds that a worker is given once.
    fn one_of_each_kind(&mut self) {
        type IsKind = fn(&RawBinding) -> bool;
        let kinds: [(&str, IsKind); 3] = [
            ("static assets", |it| matches!(it, RawBinding::Assets {})),
            ("the version's metadata", |it| matches!(it, RawBinding::VersionMetadata { .. })),
            ("Workers AI", |it| matches!(it, RawBinding::Ai { .. })),
        ];
        let raw = self.raw;
        for (noun, is_it) in kinds {
            let mut names = raw.bindings.iter().filter(|(_, it)| is_it(it)).map(|(name, _)| name);
            let Some(first) = names.next() else { continue };
            for name in names {
                let place = |name: &str| Place::Key(SpecPath::from(["bindings", name]));
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place(name),
                        format!("a worker has one binding of {noun}"),
                    )
                    .related(place(first), "the first is here")
                    .help("remove one of them"),
                );
            }
        }
    }

    /// Two bindings of one class would be two names for the same objects; a class that is another's old name would
    /// be both there and gone.
    fn shared_classes(&mut self) {
        let raw = self.raw;
        let classes: Vec<_> = raw
            .bindings
            .iter()
            .filter_map(|(name, binding)| match binding {
                RawBinding::DurableObject { class, renamed_from, .. } => Some((name, class, renamed_from)),
                _ => None,
            })
            .collect();
        let place = |name: &str, key: &str| Place::Value(SpecPath::from(["bindings", name, key]));
        for (index, (name, class, renamed_from)) in classes.iter().enumerate() {
            if let Some((first, ..)) = classes[..index].iter().find(|(_, it, _)| it == class) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place(name, "class"),
                        format!("two bindings have the class `{class}`"),
                    )
                    .related(place(first, "class"), "first bound here")
                    .help("give each binding a class of its own, or remove one"),
                );
            }
            let Some(before) = renamed_from else { continue };
            if let Some((other, ..)) = classes.iter().find(|(_, it, _)| *it == before && it != class) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place(name, "renamed_from"),
                        format!("`{before}` cannot be the old name of `{class}`: it is still a class"),
                    )
                    .related(place(other, "class"), "declared here")
                    .help("a class moves as a whole: remove the other binding, or this `renamed_from`"),
                );
            } else if let Some((first, ..)) = classes[..index].iter().find(|(.., it)| it == renamed_from) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place(name, "renamed_from"),
                        format!("two classes have the old name `{before}`"),
                    )
                    .related(place(first, "renamed_from"), "first named here")
                    .help("its objects can move to one class alone"),
                );
            }
        }
    }
}
