//! What belongs to one environment alone.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    path::SpecPath,
    spec::{RawBinding, RawConsumer, RawSpec, RawZoneRoute},
};

const DOMAIN: &str = "domain";
const ZONE_ROUTE: &str = "zone route";

/// A name that is written in the spec and leads to one thing at Cloudflare.
struct Claim<'a> {
    /// What it is a name of, for a message.
    noun: &'static str,
    /// The account in which the name is unique; `None` for what is unique everywhere, and for the usual account.
    account: Option<&'a str>,
    name: &'a str,
    /// The environment; `None` for the main one.
    environment: Option<&'a str>,
    at: SpecPath,
    /// Whether one environment may claim it only once.
    once: bool,
}

impl Lowering<'_> {
    /// No two environments share a worker, a resource, or an address.
    pub(super) fn no_sharing(&mut self) {
        let claims = claims(self.raw);
        for (position, claim) in claims.iter().enumerate() {
            let same = |other: &&Claim<'_>| {
                let named =
                    (other.noun, other.account, other.name) == (claim.noun, claim.account, claim.name);
                let elsewhere = other.environment != claim.environment;
                (named && (elsewhere || (other.once && claim.once)))
                    || (elsewhere && (is_whole_domain(claim, other) || is_whole_domain(other, claim)))
            };
            if let Some(first) = claims[..position].iter().find(same) {
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::SharedResource,
                        Place::Value(claim.at.clone()),
                        format!("the {} `{}` is taken", claim.noun, claim.name),
                    )
                    .related(Place::Value(first.at.clone()), "first used here")
                    .help(if first.environment == claim.environment {
                        "name another, or remove one of them"
                    } else {
                        "give each environment its own"
                    }),
                );
            }
        }
    }
}

/// Whether a zone route leads all of a domain to its worker.
fn is_whole_domain(route: &Claim<'_>, domain: &Claim<'_>) -> bool {
    let host = route.name.strip_suffix("/*").unwrap_or(route.name);
    (route.noun, domain.noun) == (ZONE_ROUTE, DOMAIN) && host == domain.name
}

/// Every name of the spec that belongs to one environment.
fn claims(raw: &RawSpec) -> Vec<Claim<'_>> {
    let mut claims = Claims::default();
    let mut main_account = None;
    if let Some(worker) = &raw.worker {
        let path = SpecPath::from(["worker"]);
        main_account = worker.account_id.as_deref();
        claims.account = main_account;
        claims.local("worker", &worker.name, path.key("name"));
        claims.addresses(&path, &worker.domains, &worker.zone_routes);
    }
    for (name, binding) in &raw.bindings {
        claims.binding(&SpecPath::from(["bindings", name]), binding);
    }
    for (name, environment) in &raw.env {
        let path = SpecPath::from(["env", name]);
        let worker = path.key("worker");
        claims.environment = Some(name);
        claims.account = environment.worker.account_id.as_deref().or(main_account);
        claims.local("worker", &environment.worker.name, worker.key("name"));
        claims.addresses(&worker, &environment.worker.domains, &environment.worker.zone_routes);
        for (name, it) in &environment.bindings {
            let path = path.key("bindings").key(name);
            let is_kv = matches!(raw.bindings.get(name), Some(RawBinding::Kv { .. }));
            let named = [
                ("database", "database", &it.database),
                ("bucket", "bucket", &it.bucket),
                ("queue", "queue", &it.queue),
            ];
            for (noun, key, value) in named {
                claims.maybe_local(noun, value.as_deref(), path.key(key));
            }
            claims.id(if is_kv { "KV namespace" } else { "database id" }, it.id.as_deref(), path.key("id"));
            claims.dead(it.dead_letter_queue.as_deref(), path.key("dead_letter_queue"));
        }
    }
    claims.all
}

/// The claims of one environment after the other.
#[derive(Default)]
struct Claims<'a> {
    all: Vec<Claim<'a>>,
    environment: Option<&'a str>,
    account: Option<&'a str>,
}

impl<'a> Claims<'a> {
    /// A name that is unique within an account.
    fn local(&mut self, noun: &'static str, name: &'a str, at: SpecPath) {
        let (environment, account) = (self.environment, self.account);
        self.all.push(Claim { noun, account, name, environment, at, once: true });
    }

    fn maybe_local(&mut self, noun: &'static str, name: Option<&'a str>, at: SpecPath) {
        if let Some(name) = name {
            self.local(noun, name, at);
        }
    }

    /// A name that is unique everywhere.
    fn id(&mut self, noun: &'static str, id: Option<&'a str>, at: SpecPath) {
        let environment = self.environment;
        self.all.extend(id.map(|name| Claim { noun, account: None, name, environment, at, once: true }));
    }

    /// A queue for what failed: the queues of one environment may share it.
    fn dead(&mut self, name: Option<&'a str>, at: SpecPath) {
        let (environment, account) = (self.environment, self.account);
        let claim = |name| Claim { noun: "queue", account, name, environment, at, once: false };
        self.all.extend(name.map(claim));
    }

    fn addresses(&mut self, worker: &SpecPath, domains: &'a [String], zone_routes: &'a [RawZoneRoute]) {
        for (index, domain) in domains.iter().enumerate() {
            self.id(DOMAIN, Some(domain), worker.key("domains").index(index));
        }
        for (index, route) in zone_routes.iter().enumerate() {
            let at = worker.key("zone_routes").index(index).key("pattern");
            self.id(ZONE_ROUTE, Some(&route.pattern), at);
        }
    }

    fn binding(&mut self, path: &SpecPath, binding: &'a RawBinding) {
        match binding {
            RawBinding::D1 { database, id, .. } => {
                self.local("database", database, path.key("database"));
                self.id("database id", id.as_deref(), path.key("id"));
            }
            RawBinding::Kv { id, .. } => self.id("KV namespace", id.as_deref(), path.key("id")),
            RawBinding::R2 { bucket, .. } => self.local("bucket", bucket, path.key("bucket")),
            RawBinding::Queue { queue, consumer, .. } => {
                self.local("queue", queue, path.key("queue"));
                let dead = |it: &'a RawConsumer| it.dead_letter_queue.as_deref();
                let at = path.key("consumer").key("dead_letter_queue");
                self.dead(consumer.as_ref().and_then(dead), at);
            }
            RawBinding::DurableObject { .. }
            | RawBinding::Service { .. }
            | RawBinding::RateLimit { .. }
            | RawBinding::AnalyticsEngine { .. }
            | RawBinding::VersionMetadata { .. }
            | RawBinding::Ai { .. }
            | RawBinding::Assets {} => {}
        }
    }
}
