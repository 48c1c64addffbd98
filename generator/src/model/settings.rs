//! Where a worker is reached, when it runs and what watches it.
//!
//! Owns what of a worker may differ between environments, beside its bindings. Must not know which environment it is.

use super::{cron::Cron, name::WorkerName};
use crate::spec::{RawLimits, RawObservability, RawPlacement};

/// What of a worker may differ between environments. What is `None` is left to Cloudflare's defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// The account to deploy to.
    pub account_id: Option<String>,
    /// Host names that are this worker's alone.
    pub domains: Vec<String>,
    /// Parts of sites that it answers.
    pub zone_routes: Vec<ZoneRoute>,
    /// Whether it is reached at workers.dev.
    pub workers_dev: Option<bool>,
    /// Whether each version is reached at workers.dev.
    pub preview_urls: Option<bool>,
    /// When its `scheduled` handler runs.
    pub crons: Vec<Cron>,
    /// Where it runs.
    pub placement: Option<RawPlacement>,
    /// What a request may use.
    pub limits: Option<RawLimits>,
    /// What is recorded of it.
    pub observability: Option<RawObservability>,
    /// Whether trace events go to Logpush.
    pub logpush: Option<bool>,
    /// Workers that get its logs.
    pub tail_consumers: Vec<WorkerName>,
}

/// A part of a site at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneRoute {
    /// Host and path.
    pub pattern: String,
    /// The domain as it is registered at Cloudflare.
    pub zone: String,
}

/// Whether `text` is a host name: labels of small letters, digits and `-`, with a dot between.
pub fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

impl ZoneRoute {
    /// Takes a pattern within a zone; the error says what is wrong with another.
    pub fn new(pattern: &str, zone: &str) -> Result<Self, String> {
        let (host, path) = pattern.split_at(pattern.find('/').unwrap_or(pattern.len()));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%*".contains(&b);
        let bare = host.trim_start_matches("*.").trim_start_matches('*');
        if host.contains("://") || pattern.starts_with("http") && pattern.contains("://") {
            return Err("write host and path without `https://`".to_owned());
        }
        if !is_host(bare) {
            return Err(
                "it starts with a host, as in `example.com/app/*`; `*` stands only in front of it".to_owned()
            );
        }
        if !path.bytes().all(plain) {
            return Err("its path has letters, digits and `-._~/%*` alone".to_owned());
        }
        if bare != zone && !bare.ends_with(&format!(".{zone}")) {
            return Err(format!("its host is not in the zone `{zone}`"));
        }
        Ok(Self { pattern: pattern.to_owned(), zone: zone.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_labels_of_small_letters() {
        for text in
            ["", "example", "Example.com", "a..b", "-a.com", "a-.com", "a.com/", "a_b.com", "a.com:80"]
        {
            assert!(!is_host(text), "{text:?}");
        }
        assert!(is_host("app-1.example.com"));
    }

    #[test]
    fn a_zone_route_lies_within_its_zone() {
        for pattern in
            ["example.com/*", "example.com", "*.example.com/a/*", "*example.com/*", "a.example.com/"]
        {
            assert!(ZoneRoute::new(pattern, "example.com").is_ok(), "{pattern:?}");
        }
        for pattern in
            ["https://example.com/*", "other.com/*", "notexample.com/*", "/app", "a.*.example.com", "*"]
        {
            assert!(ZoneRoute::new(pattern, "example.com").is_err(), "{pattern:?}");
        }
    }
}
