//! The static web app: its files, and what every answer tells browsers.
//!
//! Owns the values of the headers that `[web.security]` declares, in their order. Must not know who sends them.

use indexmap::IndexMap;

use super::{name::BindingName, routes::RoutePath};
use crate::spec::{
    RawCache, RawHtmlHandling, RawNotFound, RawPolicy, RawReferrerPolicy, RawSecurity, RawTransport,
};

/// The static web app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The folder of built files, relative to the spec, within the project.
    pub directory: String,
    /// The command that builds them.
    pub build: Option<String>,
    /// What a browser gets that goes to a path which is no file.
    pub not_found: RawNotFound,
    /// How a path finds an HTML file.
    pub html_handling: RawHtmlHandling,
    /// Paths beside the routes that the worker gets before the files do.
    pub worker_first: Vec<String>,
    /// Paths at which there are no pages.
    pub api: Vec<RoutePath>,
    /// How long browsers keep files.
    pub cache: RawCache,
    /// Headers of every file and answer: names in small letters, and values without control characters.
    pub headers: Vec<(String, String)>,
    /// The binding through which the worker reads the files.
    pub binding: BindingName,
}

/// Features of a device that are off unless the spec names them.
const OFF: [&str; 9] =
    ["camera", "display-capture", "geolocation", "hid", "microphone", "midi", "payment", "serial", "usb"];

/// A header, and the key below `web.security` that says it.
pub type Said = (&'static str, &'static str, String);

/// Every header of `[web.security]`.
pub fn security(raw: &RawSecurity) -> Vec<Said> {
    let same = |header: &'static str, key, value: &str| (header, key, value.to_owned());
    let isolated = raw.cross_origin_isolated.then(|| {
        [
            same("cross-origin-opener-policy", "cross_origin_isolated", "same-origin"),
            same("cross-origin-embedder-policy", "cross_origin_isolated", "require-corp"),
        ]
    });
    let always = [
        ("content-security-policy", "content_security_policy", policy(&raw.content_security_policy)),
        ("strict-transport-security", "strict_transport_security", transport(raw.strict_transport_security)),
        same("referrer-policy", "referrer_policy", referrer(raw.referrer_policy)),
        ("permissions-policy", "permissions_policy", permissions(&raw.permissions_policy)),
    ];
    always.into_iter().chain(isolated.into_iter().flatten()).collect()
}

/// The directives that are there, with their sources.
pub fn directives(raw: &RawPolicy) -> Vec<(&'static str, &[String])> {
    let all = [
        ("default-src", Some(&raw.default_src)),
        ("script-src", Some(&raw.script_src)),
        ("style-src", Some(&raw.style_src)),
        ("img-src", Some(&raw.img_src)),
        ("font-src", raw.font_src.as_ref()),
        ("connect-src", Some(&raw.connect_src)),
        ("media-src", raw.media_src.as_ref()),
        ("manifest-src", raw.manifest_src.as_ref()),
        ("worker-src", Some(&raw.worker_src)),
        ("frame-src", raw.frame_src.as_ref()),
        ("object-src", Some(&raw.object_src)),
        ("base-uri", Some(&raw.base_uri)),
        ("form-action", Some(&raw.form_action)),
        ("frame-ancestors", Some(&raw.frame_ancestors)),
    ];
    all.into_iter().filter_map(|(name, sources)| Some((name, sources?.as_slice()))).collect()
}

fn policy(raw: &RawPolicy) -> String {
    let directive = |(name, sources): (&str, &[String])| match sources {
        [] => format!("{name} 'none'"),
        _ => format!("{name} {}", sources.join(" ")),
    };
    directives(raw).into_iter().map(directive).collect::<Vec<_>>().join("; ")
}

fn transport(raw: RawTransport) -> String {
    let subdomains = if raw.include_subdomains { "; includeSubDomains" } else { "" };
    let preload = if raw.preload { "; preload" } else { "" };
    format!("max-age={}{subdomains}{preload}", raw.max_age)
}

fn referrer(raw: RawReferrerPolicy) -> &'static str {
    match raw {
        RawReferrerPolicy::NoReferrer => "no-referrer",
        RawReferrerPolicy::NoReferrerWhenDowngrade => "no-referrer-when-downgrade",
        RawReferrerPolicy::Origin => "origin",
        RawReferrerPolicy::OriginWhenCrossOrigin => "origin-when-cross-origin",
        RawReferrerPolicy::SameOrigin => "same-origin",
        RawReferrerPolicy::StrictOrigin => "strict-origin",
        RawReferrerPolicy::StrictOriginWhenCrossOrigin => "strict-origin-when-cross-origin",
        RawReferrerPolicy::UnsafeUrl => "unsafe-url",
    }
}

/// As a dictionary of structured fields (RFC 9651).
fn permissions(raw: &IndexMap<String, Vec<String>>) -> String {
    let mut features: IndexMap<&str, &[String]> = OFF.iter().map(|name| (*name, [].as_slice())).collect();
    features.extend(raw.iter().map(|(name, allowed)| (name.as_str(), allowed.as_slice())));
    let allowed = |who: &String| match who.as_str() {
        "self" | "*" => who.clone(),
        origin => format!("{origin:?}"),
    };
    let feature = |(name, who): (&str, &[String])| {
        format!("{name}=({})", who.iter().map(allowed).collect::<Vec<_>>().join(" "))
    };
    features.into_iter().map(feature).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &RawSecurity, header: &str) -> Option<String> {
        security(raw).into_iter().find(|(name, ..)| *name == header).map(|(.., value)| value)
    }

    #[test]
    fn pages_may_load_from_their_own_origin_and_run_wasm_and_workers() {
        let value = value(&RawSecurity::default(), "content-security-policy");
        assert_eq!(
            value.as_deref(),
            Some(
                "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                 img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; \
                 base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
            )
        );
    }

    #[test]
    fn a_directive_without_sources_allows_nothing() {
        let content_security_policy = RawPolicy { img_src: Vec::new(), ..RawPolicy::default() };
        let raw = RawSecurity { content_security_policy, ..RawSecurity::default() };
        let value = value(&raw, "content-security-policy").unwrap();
        assert!(value.contains("; img-src 'none'; "), "{value}");
    }

    #[test]
    fn a_feature_is_off_until_it_is_named() {
        let permissions_policy = IndexMap::from([
            ("camera".to_owned(), vec!["self".to_owned(), "https://a.example.com".to_owned()]),
            ("fullscreen".to_owned(), vec!["*".to_owned()]),
        ]);
        let raw = RawSecurity { permissions_policy, ..RawSecurity::default() };
        assert_eq!(
            value(&raw, "permissions-policy").as_deref(),
            Some(
                "camera=(self \"https://a.example.com\"), display-capture=(), geolocation=(), hid=(), \
                 microphone=(), midi=(), payment=(), serial=(), usb=(), fullscreen=(*)"
            )
        );
    }

    #[test]
    fn pages_are_isolated_only_if_the_spec_says_so() {
        let headers = ["cross-origin-opener-policy", "cross-origin-embedder-policy"];
        let open = RawSecurity::default();
        assert_eq!(headers.map(|name| value(&open, name)), [None, None]);
        let isolated = RawSecurity { cross_origin_isolated: true, ..open };
        let expected = ["same-origin", "require-corp"].map(|it| Some(it.to_owned()));
        assert_eq!(headers.map(|name| value(&isolated, name)), expected);
    }

    #[test]
    fn https_is_remembered_for_a_year() {
        let year = RawTransport::default();
        assert_eq!(transport(year), "max-age=31536000");
        let all = RawTransport { include_subdomains: true, preload: true, ..year };
        assert_eq!(transport(all), "max-age=31536000; includeSubDomains; preload");
    }
}
