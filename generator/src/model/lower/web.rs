//! The web app: its folder, its paths, and what browsers are told.

use super::{Lowering, answers::origin_is_plain};
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        name::BindingName,
        routes::RoutePath,
        web::{Web, directives, security},
    },
    path::SpecPath,
    spec::{RawBinding, RawSecurity, RawTransport, RawWeb},
};

/// The longest line of a `_headers` file that wrangler takes.
/// <https://developers.cloudflare.com/workers/static-assets/headers/>
const MAX_LINE: usize = 2_000;

/// What every answer says, whatever the spec does.
const NOSNIFF: (&str, &str) = ("x-content-type-options", "nosniff");

/// What a keyword of a Content-Security-Policy is, between its quotes.
const KEYWORDS: [&str; 9] = [
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "wasm-unsafe-eval",
    "unsafe-hashes",
    "strict-dynamic",
    "report-sample",
    "inline-speculation-rules",
];

impl Lowering<'_> {
    pub(super) fn web(&mut self, raw: &RawWeb) -> Option<Web> {
        let path = SpecPath::from(["web"]);
        self.directory(&path.key("directory"), &raw.directory);
        self.worker_first(&path.key("worker_first"), &raw.worker_first);
        self.immutable(&path.key("cache").key("immutable"), &raw.cache.immutable);
        let api = self.api(&path.key("api"), &raw.api);
        let headers = self.told(&path, raw);
        let assets = self.raw.bindings.iter().find(|(_, it)| matches!(it, RawBinding::Assets {}));
        let Some((name, _)) = assets else {
            if !self.broken.touches(&SpecPath::from(["bindings"])) {
                self.push(
                    Diagnostic::new(
                        Code::MissingBinding,
                        Place::Key(path),
                        "`web` needs a binding of type `assets`",
                    )
                    .help("add `[bindings.ASSETS]` with `type = \"assets\"`"),
                );
            }
            return None;
        };
        self.use_of("bindings", name);
        Some(Web {
            directory: raw.directory.clone(),
            build: raw.build.clone(),
            not_found: raw.not_found,
            html_handling: raw.html_handling,
            worker_first: raw.worker_first.clone(),
            api,
            cache: raw.cache.clone(),
            headers,
            binding: BindingName::new(name).ok()?,
        })
    }

    fn directory(&mut self, path: &SpecPath, directory: &str) {
        let plain = |segment: &str| !segment.is_empty() && segment != "." && segment != "..";
        let safe = directory.split('/').all(plain)
            && directory.chars().all(|c| c.is_alphanumeric() || "-._/ ".contains(c));
        if !safe {
            self.push(
                Diagnostic::new(
                    Code::UnsafePath,
                    Place::Value(path.clone()),
                    format!("`web.directory` cannot be {directory:?}"),
                )
                .help("name a folder below the spec's own, as in `web/dist`"),
            );
        }
    }

    fn worker_first(&mut self, path: &SpecPath, patterns: &[String]) {
        for (index, pattern) in patterns.iter().enumerate() {
            if !is_pattern(pattern.strip_prefix('!').unwrap_or(pattern)) {
                let help = "write it as `/admin/*`, or `!/admin/logo.svg` to take one out again";
                self.no_pattern(path.index(index), pattern, help);
            }
        }
    }

    fn immutable(&mut self, path: &SpecPath, patterns: &[String]) {
        for (index, pattern) in patterns.iter().enumerate() {
            if !is_pattern(pattern) || pattern.matches('*').count() > 1 {
                self.no_pattern(path.index(index), pattern, "write it as `/assets/*`, with one `*` at most");
            }
        }
    }

    fn no_pattern(&mut self, at: SpecPath, pattern: &str, help: &str) {
        let message = format!("{pattern:?} is no pattern of paths");
        self.push(Diagnostic::new(Code::InvalidPath, Place::Value(at), message).help(help));
    }

    fn api(&mut self, path: &SpecPath, paths: &[String]) -> Vec<RoutePath> {
        let mut valid = Vec::new();
        for (index, text) in paths.iter().enumerate() {
            match RoutePath::new(text) {
                Ok(path) => valid.push(path),
                Err(reason) => self.push(
                    Diagnostic::new(
                        Code::InvalidPath,
                        Place::Value(path.index(index)),
                        format!("{text:?} is no path"),
                    )
                    .help(reason),
                ),
            }
        }
        valid
    }

    /// The headers of every file and answer.
    fn told(&mut self, path: &SpecPath, raw: &RawWeb) -> Vec<(String, String)> {
        let section = path.key("security");
        self.policy(&section.key("content_security_policy"), &raw.security);
        self.permissions(&section.key("permissions_policy"), &raw.security);
        self.preload(&section.key("strict_transport_security"), raw.security.strict_transport_security);
        let said = security(&raw.security);
        let further = path.key("headers");
        // A file is what its name says: nobody is to guess otherwise.
        let mut headers = vec![(NOSNIFF.0.to_owned(), NOSNIFF.1.to_owned())];
        for (name, key, value) in &said {
            self.fits(Place::Key(section.key(*key)), name, value);
            headers.push(((*name).to_owned(), value.clone()));
        }
        for (name, value) in self.headers(&further, &raw.headers) {
            let at = further.key(&name);
            if name == NOSNIFF.0 {
                self.said_elsewhere(at, &name, "web");
            } else if name == "cache-control" {
                self.said_elsewhere(at, &name, "web.cache");
            } else if let Some((_, key, _)) = said.iter().find(|(header, ..)| *header == name) {
                self.said_elsewhere(at, &name, &format!("web.security.{key}"));
            } else if is_of_the_platform(&name) {
                let message = format!("{name:?} cannot be the name of a fixed header");
                let help = "the platform sets it with each answer, by what the answer is: leave it out";
                self.push(Diagnostic::new(Code::InvalidName, Place::Key(at), message).help(help));
            } else if value.contains(":splat") {
                let message = format!("{value:?} cannot be the value of a header");
                let help = "Cloudflare would put a part of the file's path in place of `:splat`";
                self.push(Diagnostic::new(Code::InvalidValue, Place::Value(at), message).help(help));
            } else {
                self.fits(Place::Value(at), &name, &value);
                headers.push((name, value));
            }
        }
        headers
    }

    fn said_elsewhere(&mut self, at: SpecPath, name: &str, by: &str) {
        let message = format!("`{name}` is said by `{by}`");
        let help = "say it there, and leave it out here: an answer with two would be read in either way";
        self.push(Diagnostic::new(Code::NeedlessKey, Place::Key(at), message).help(help));
    }

    fn fits(&mut self, at: Place, name: &str, value: &str) {
        let length = name.len() + ": ".len() + value.len();
        if length > MAX_LINE {
            let message = format!("the header `{name}` has {length} characters");
            let help = format!("Cloudflare leaves one of more than {MAX_LINE} out: say less");
            self.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        }
    }

    fn policy(&mut self, path: &SpecPath, raw: &RawSecurity) {
        for (name, sources) in directives(&raw.content_security_policy) {
            for (index, source) in sources.iter().enumerate() {
                let problem = match source_is_plain(source) {
                    Ok(()) if source == "'none'" && sources.len() > 1 => "`'none'` stands alone",
                    Ok(()) => continue,
                    Err(reason) => reason,
                };
                let at = Place::Value(path.key(name).index(index));
                let message = format!("{source:?} is no source of `{name}`");
                self.push(Diagnostic::new(Code::InvalidValue, at, message).help(problem));
            }
        }
    }

    fn permissions(&mut self, path: &SpecPath, raw: &RawSecurity) {
        for (feature, allowed) in &raw.permissions_policy {
            let at = path.key(feature);
            let small = |b: u8| b.is_ascii_lowercase() || b == b'-';
            if !feature.bytes().all(small) || !feature.starts_with(|c: char| c.is_ascii_lowercase()) {
                let message = format!("{feature:?} is no name of a feature");
                let help = "write small letters and `-` alone, as in `display-capture`";
                self.push(Diagnostic::new(Code::InvalidName, Place::Key(at.clone()), message).help(help));
            }
            for (index, who) in allowed.iter().enumerate() {
                if who != "self"
                    && let Err(reason) = origin_is_plain(who)
                {
                    let message = format!("{who:?} is nobody who may use `{feature}`");
                    let help = format!("write `self`, `*` or an origin: {reason}");
                    let at = Place::Value(at.index(index));
                    self.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
                }
            }
        }
    }

    fn preload(&mut self, path: &SpecPath, raw: RawTransport) {
        if raw.preload && (!raw.include_subdomains || raw.max_age < RawTransport::default().max_age) {
            let message = "browsers do not build in a site that says this";
            let help = "their list asks for `include_subdomains = true` and a `max_age` of a year or more";
            let at = Place::Value(path.key("preload"));
            self.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        }
    }
}

fn is_pattern(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/*%".contains(&b);
    text.starts_with('/') && text.bytes().all(plain)
}

/// Whether each answer has a header of this name by itself, if it should have one.
fn is_of_the_platform(name: &str) -> bool {
    const SET: [&str; 12] = [
        "accept-ranges",
        "age",
        "allow",
        "alt-svc",
        "content-range",
        "etag",
        "last-modified",
        "location",
        "retry-after",
        "server",
        "set-cookie",
        "www-authenticate",
    ];
    SET.contains(&name) || name.starts_with("cf-") || name.starts_with("sec-websocket-")
}

/// A source of a Content-Security-Policy; the reason why another text would allow nothing, or more than it says.
fn source_is_plain(source: &str) -> Result<(), &'static str> {
    if source.is_empty() || source.bytes().any(|b| !b.is_ascii_graphic() || b";,\"`".contains(&b)) {
        return Err(
            "a source has no spaces, commas, semicolons or quotes within: write each as one of the list",
        );
    }
    if let Some(word) = source.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')) {
        let hash = ["sha256-", "sha384-", "sha512-"].iter().any(|it| word.starts_with(it));
        if word.starts_with("nonce-") {
            return Err(
                "a nonce is for one answer alone, and these are for all: use a hash, as in `'sha256-…'`",
            );
        }
        return match KEYWORDS.contains(&word) || hash && !word.contains('\'') {
            true => Ok(()),
            false => Err("there is no such keyword"),
        };
    }
    if KEYWORDS.contains(&source) {
        return Err("write the keyword in single quotes, as in `'self'`");
    }
    if source.contains('\'') {
        return Err("single quotes are around a keyword alone, as in `'self'`");
    }
    let scheme = source.strip_suffix(':').is_some_and(|it| it.bytes().all(|b| b.is_ascii_lowercase()));
    let host = source.split_once("://").map_or(source, |(_, rest)| rest);
    let named = host == "*" || host.contains('.') || host.starts_with("localhost");
    (scheme || named)
        .then_some(())
        .ok_or("write an origin, as in `https://api.example.com`, or a scheme, as in `data:`")
}
