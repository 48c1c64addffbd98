//! Where a worker is reached, when it runs and what watches it.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        cron::Cron,
        name::WorkerName,
        settings::{Settings, ZoneRoute, is_host},
    },
    path::SpecPath,
    spec::{RawEnvironmentWorker, RawEvent, RawPlacement, RawWorker, RawZoneRoute},
};

impl Lowering<'_> {
    pub(super) fn settings(&mut self, path: &SpecPath, raw: &RawWorker) -> Settings {
        let settings = Settings {
            account_id: self.account_id(path, raw.account_id.as_deref()),
            domains: self.domains(path, &raw.domains),
            zone_routes: self.zone_routes(path, &raw.zone_routes),
            workers_dev: raw.workers_dev,
            preview_urls: raw.preview_urls,
            crons: self.crons(path, &raw.crons),
            placement: self.placement(path, raw.placement.as_ref()),
            limits: raw.limits.clone(),
            observability: raw.observability.clone(),
            logpush: raw.logpush,
            tail_consumers: self.tail_consumers(path, &raw.tail_consumers),
        };
        self.reachable(path, raw.workers_dev, &settings);
        settings
    }

    /// What is left out is as in the main environment, except for addresses, which lead to one worker alone.
    pub(super) fn environment_settings(
        &mut self,
        path: &SpecPath,
        raw: &RawEnvironmentWorker,
        main: &Settings,
    ) -> Settings {
        let placement = self.placement(path, raw.placement.as_ref());
        let crons = raw.crons.as_ref().map(|crons| self.crons(path, crons));
        let tails = raw.tail_consumers.as_ref().map(|tails| self.tail_consumers(path, tails));
        let settings = Settings {
            account_id: self.account_id(path, raw.account_id.as_deref()).or_else(|| main.account_id.clone()),
            domains: self.domains(path, &raw.domains),
            zone_routes: self.zone_routes(path, &raw.zone_routes),
            workers_dev: raw.workers_dev.or(main.workers_dev),
            preview_urls: raw.preview_urls.or(main.preview_urls),
            crons: crons.unwrap_or_else(|| main.crons.clone()),
            placement: placement.or_else(|| main.placement.clone()),
            limits: raw.limits.clone().or_else(|| main.limits.clone()),
            observability: raw.observability.clone().or_else(|| main.observability.clone()),
            logpush: raw.logpush.or(main.logpush),
            tail_consumers: tails.unwrap_or_else(|| main.tail_consumers.clone()),
        };
        self.reachable(path, raw.workers_dev, &settings);
        settings
    }

    /// What workerd refuses of flags whatever they are; which there are, only it knows.
    pub(super) fn compatibility_flags(&mut self, path: &SpecPath, flags: &[String]) {
        for (index, flag) in flags.iter().enumerate() {
            let place = Place::Value(path.index(index));
            if flag.is_empty() || !flag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
                self.push(
                    Diagnostic::new(Code::InvalidValue, place, format!("{flag:?} is no compatibility flag"))
                        .help("use letters, digits, `_` and `-`"),
                );
                continue;
            }
            let earlier = |fits: &dyn Fn(&str) -> bool| {
                let first = flags[..index].iter().position(|other| fits(other))?;
                Some(Place::Value(path.index(first)))
            };
            if let Some(first) = earlier(&|other| other == flag) {
                let message = format!("the compatibility flag {flag:?} is listed twice");
                self.push(
                    Diagnostic::new(Code::DuplicateName, place, message)
                        .related(first, "first listed here")
                        .help("remove one of them"),
                );
            } else if let Some(first) = earlier(&|other| are_opposite(flag, other)) {
                let message = format!("the compatibility flag {flag:?} contradicts one before it");
                self.push(
                    Diagnostic::new(Code::InvalidValue, place, message)
                        .related(first, "the contrary")
                        .help("keep one of them"),
                );
            }
        }
    }

    fn account_id(&mut self, path: &SpecPath, id: Option<&str>) -> Option<String> {
        let id = id?;
        if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Some(id.to_owned());
        }
        let message = format!("{id:?} is no id of an account");
        let place = Place::Value(path.key("account_id"));
        self.push(
            Diagnostic::new(Code::InvalidValue, place, message)
                .help("`wrangler whoami` shows the ids: 32 digits and letters from a to f"),
        );
        None
    }

    fn domains(&mut self, path: &SpecPath, domains: &[String]) -> Vec<String> {
        for (index, domain) in domains.iter().enumerate() {
            if is_host(domain) {
                continue;
            }
            let place = Place::Value(path.key("domains").index(index));
            let help = if domain.contains('/') || domain.contains('*') {
                "a domain has no path and no `*`; `zone_routes` takes those"
            } else {
                "write a host name in small letters, as in `app.example.com`"
            };
            let message = format!("{domain:?} is no domain");
            self.push(Diagnostic::new(Code::InvalidValue, place, message).help(help));
        }
        domains.to_vec()
    }

    fn zone_routes(&mut self, path: &SpecPath, routes: &[RawZoneRoute]) -> Vec<ZoneRoute> {
        let mut valid = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            let at = path.key("zone_routes").index(index);
            if !is_host(&route.zone) {
                let message = format!("{:?} is no zone", route.zone);
                self.push(
                    Diagnostic::new(Code::InvalidValue, Place::Value(at.key("zone")), message)
                        .help("write the domain as it is registered at Cloudflare, as in `example.com`"),
                );
                continue;
            }
            match ZoneRoute::new(&route.pattern, &route.zone) {
                Ok(route) => valid.push(route),
                Err(reason) => {
                    let message = format!("{:?} is no pattern of `{}`", route.pattern, route.zone);
                    let place = Place::Value(at.key("pattern"));
                    self.push(Diagnostic::new(Code::InvalidValue, place, message).help(reason));
                }
            }
        }
        valid
    }

    fn crons(&mut self, path: &SpecPath, crons: &[String]) -> Vec<Cron> {
        let at = path.key("crons");
        if !crons.is_empty() {
            self.handled(&at, RawEvent::Scheduled);
        }
        let mut valid: Vec<Cron> = Vec::new();
        for (index, text) in crons.iter().enumerate() {
            let place = Place::Value(at.index(index));
            match Cron::new(text) {
                Ok(cron) if valid.contains(&cron) => {
                    let message = format!("the cron expression {text:?} is listed twice");
                    let help = "Cloudflare calls it once: remove one of them";
                    self.push(Diagnostic::new(Code::DuplicateName, place, message).help(help));
                }
                Ok(cron) => valid.push(cron),
                Err(reason) => {
                    let message = format!("{text:?} is no cron expression");
                    self.push(Diagnostic::new(Code::InvalidCron, place, message).help(reason));
                }
            }
        }
        valid
    }

    fn placement(&mut self, path: &SpecPath, raw: Option<&RawPlacement>) -> Option<RawPlacement> {
        let raw = raw?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
        let (key, text) = match raw {
            RawPlacement::Off {} | RawPlacement::Smart { hint: None } => return Some(raw.clone()),
            RawPlacement::Smart { hint: Some(hint) } => ("hint", hint),
            RawPlacement::Region { region } => ("region", region),
            RawPlacement::Host { host } => ("host", host),
            RawPlacement::Hostname { hostname } => ("hostname", hostname),
        };
        let parts = text.split_once(':').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        let (fits, help) = match key {
            "region" => (parts, "write it as `provider:region`, as in `aws:us-east-1`"),
            "host" => (parts, "write host and port, as in `db.example.com:5432`"),
            "hostname" => (is_host(text), "write a host name in small letters, as in `api.example.com`"),
            _ => (!text.is_empty(), "name a region, as in `wnam`"),
        };
        if fits && text.bytes().all(plain) {
            return Some(raw.clone());
        }
        let place = Place::Value(path.key("placement").key(key));
        let message = format!("`placement.{key}` cannot be {text:?}");
        self.push(Diagnostic::new(Code::InvalidValue, place, message).help(help));
        None
    }

    fn tail_consumers(&mut self, path: &SpecPath, workers: &[String]) -> Vec<WorkerName> {
        let at = path.key("tail_consumers");
        let named = workers.iter().enumerate();
        named.filter_map(|(index, worker)| self.name(worker, Place::Value(at.index(index)))).collect()
    }

    /// Whether requests can come in at all.
    fn reachable(&mut self, path: &SpecPath, written: Option<bool>, settings: &Settings) {
        let addresses = ["domains", "zone_routes"];
        if settings.workers_dev != Some(false)
            || !settings.domains.is_empty()
            || !settings.zone_routes.is_empty()
            || addresses.iter().any(|key| self.broken.touches(&path.key(*key)))
        {
            return;
        }
        let diagnostic = Diagnostic::new(
            Code::UnreachableWorker,
            if written.is_some() { Place::Value(path.key("workers_dev")) } else { Place::Key(path.clone()) },
            "the worker has no address",
        );
        self.push(if written.is_some() {
            diagnostic.help("add `domains` or `zone_routes`, or leave `workers_dev` out")
        } else {
            diagnostic
                .related(Place::Value(SpecPath::from(["worker", "workers_dev"])), "the same holds here")
                .help("domains lead to one worker alone: add `worker.domains` of its own, or `worker.workers_dev = true`")
        });
    }
}

/// Whether one flag turns on what the other turns off, as their names say: `enable_x` and `disable_x`,
/// `streams_enable_x` and `streams_disable_x`, `x` and `no_x`.
fn are_opposite(one: &str, other: &str) -> bool {
    let off = |on: &str, off: &str| {
        let segments = |flag: &str| flag.split('_').map(str::to_owned).collect::<Vec<_>>();
        let (on_parts, off_parts) = (segments(on), segments(off));
        let pairs = || on_parts.iter().zip(&off_parts);
        let mut differing = pairs().filter(|(on, off)| on != off);
        let switched = on_parts.len() == off_parts.len()
            && differing.next().is_some_and(|(on, off)| on == "enable" && off == "disable")
            && differing.next().is_none();
        switched || off.strip_prefix("no_") == Some(on)
    };
    off(one, other) || off(other, one)
}
