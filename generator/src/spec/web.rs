//! The static web app: its files, how long browsers keep them, and what its pages may do.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Named;

/// The static web app.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWeb {
    /// The folder of built files, relative to the spec.
    #[schemars(example = &"web/dist")]
    pub directory: String,
    /// The command that builds them, run in the folder of the spec.
    #[schemars(example = &"npm --prefix web run build")]
    pub build: Option<String>,
    /// What a browser gets that goes to a path which is neither a route nor a file. Whatever is no such visit, a script or
    /// a picture that is missing, gets a 404.
    #[serde(default)]
    pub not_found: RawNotFound,
    /// How a path with or without a slash at its end finds an HTML file.
    #[serde(default)]
    pub html_handling: RawHtmlHandling,
    /// Paths beside the routes that the worker gets even where a file has the same path. `*` stands for anything, and
    /// `!` in front takes a path out again.
    #[serde(default)]
    #[schemars(example = ["/admin/*", "!/admin/logo.svg"])]
    pub worker_first: Vec<String>,
    /// Paths of programs, at which there are no pages: what neither a route nor a file answers there gets a 404 in JSON,
    /// whoever asks.
    #[serde(default = "api")]
    #[schemars(example = ["/api/*"])]
    pub api: Vec<String>,
    /// How long browsers keep files. A page, by whatever path, is used again only after asking whether it changed.
    #[serde(default)]
    pub cache: RawCache,
    /// What pages may do and who may show them: headers of every file and answer.
    #[serde(default)]
    pub security: RawSecurity,
    /// Further headers of every file and answer.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>", example = serde_json::json!({ "x-robots-tag": "noindex" }))]
    pub headers: Named<String>,
}

fn api() -> Vec<String> {
    vec!["/api/*".to_owned()]
}

/// How a path with or without a slash at its end finds an HTML file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawHtmlHandling {
    /// With a slash for the `index.html` of a folder, without one for any other file.
    #[default]
    AutoTrailingSlash,
    /// Always with a slash.
    ForceTrailingSlash,
    /// Always without a slash.
    DropTrailingSlash,
    /// Only the file's own path.
    None,
}

/// What a browser gets that goes to a path which is neither a route nor a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawNotFound {
    /// `index.html`, for an app that routes in the browser; a 404 if the path ends like a file's name.
    #[default]
    Spa,
    /// The nearest `404.html`, as a 404.
    #[serde(rename = "404-page")]
    Page,
    /// A sentence, as a 404.
    None,
}

/// How long browsers keep files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawCache {
    /// Files that have another name when they have another content, as Vite names them: kept for a year, and never asked
    /// for again. One `*` stands for anything.
    #[schemars(example = ["/assets/*"])]
    pub immutable: Vec<String>,
    /// For how many seconds any other file but a page is used without asking whether it changed.
    #[schemars(range(max = 86_400))]
    pub max_age: u32,
}

impl Default for RawCache {
    fn default() -> Self {
        Self { immutable: vec!["/assets/*".to_owned()], max_age: 300 }
    }
}

/// What pages may do and who may show them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawSecurity {
    /// Where what a page loads may come from.
    pub content_security_policy: RawPolicy,
    /// That browsers reach the site by HTTPS alone, once they have been there by it.
    pub strict_transport_security: RawTransport,
    /// How much of a page's address, which may name a store, others are told to which it leads.
    pub referrer_policy: RawReferrerPolicy,
    /// Who may use what of a device: features by their names, each with `self`, `*` or origins. Off unless they are named
    /// here: camera, display-capture, geolocation, hid, microphone, midi, payment, serial and usb.
    #[schemars(
        with = "IndexMap<String, Vec<String>>",
        example = serde_json::json!({ "microphone": ["self"] })
    )]
    pub permissions_policy: Named<Vec<String>>,
    /// Whether pages are kept apart from those of other origins (Cross-Origin-Opener-Policy and -Embedder-Policy), as
    /// `SharedArrayBuffer` needs it. LiveStore does not.
    pub cross_origin_isolated: bool,
}

/// Where what a page loads may come from, by directives of Content-Security-Policy
/// (<https://www.w3.org/TR/CSP3/>). Each is a list of sources, which stands in place of its default: keywords in single
/// quotes, schemes with a colon, origins. An empty list is `'none'`. What of the optional ones is left out is as
/// `default-src` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct RawPolicy {
    /// What no other directive names.
    pub default_src: Vec<String>,
    /// Scripts. `'wasm-unsafe-eval'` lets SQLite's WebAssembly run.
    pub script_src: Vec<String>,
    /// Style sheets.
    pub style_src: Vec<String>,
    /// Pictures.
    pub img_src: Vec<String>,
    /// Fonts.
    #[schemars(example = ["'self'", "data:"])]
    pub font_src: Option<Vec<String>>,
    /// What scripts fetch and open WebSockets to. `'self'` holds for those of the page's own host too.
    #[schemars(example = ["'self'", "https://api.example.com"])]
    pub connect_src: Vec<String>,
    /// Sound and video.
    #[schemars(example = ["'self'", "blob:"])]
    pub media_src: Option<Vec<String>>,
    /// The web app's manifest.
    #[schemars(example = ["'self'"])]
    pub manifest_src: Option<Vec<String>>,
    /// Workers, in which LiveStore keeps its database.
    pub worker_src: Vec<String>,
    /// Pages that pages show within them.
    #[schemars(example = ["https://player.example.com"])]
    pub frame_src: Option<Vec<String>>,
    /// Plug-ins.
    pub object_src: Vec<String>,
    /// What a page's `<base>` may say.
    pub base_uri: Vec<String>,
    /// Where forms are sent.
    pub form_action: Vec<String>,
    /// Pages that may show this one within them.
    #[schemars(example = ["https://portal.example.com"])]
    pub frame_ancestors: Vec<String>,
}

impl Default for RawPolicy {
    fn default() -> Self {
        let list = |sources: &[&str]| sources.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        Self {
            default_src: list(&["'self'"]),
            script_src: list(&["'self'", "'wasm-unsafe-eval'"]),
            style_src: list(&["'self'"]),
            img_src: list(&["'self'", "data:", "blob:"]),
            font_src: None,
            connect_src: list(&["'self'"]),
            media_src: None,
            manifest_src: None,
            worker_src: list(&["'self'"]),
            frame_src: None,
            object_src: list(&["'none'"]),
            base_uri: list(&["'none'"]),
            form_action: list(&["'self'"]),
            frame_ancestors: list(&["'none'"]),
        }
    }
}

/// That browsers reach a site by HTTPS alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawTransport {
    /// For how many seconds they remember it; 0 makes them forget.
    #[schemars(range(max = 63_072_000))]
    pub max_age: u32,
    /// Whether it holds for all hosts below this one too.
    pub include_subdomains: bool,
    /// Whether the makers of browsers may build it in, for which the site has to be submitted to their list.
    pub preload: bool,
}

impl Default for RawTransport {
    fn default() -> Self {
        Self { max_age: 31_536_000, include_subdomains: false, preload: false }
    }
}

/// How much of a page's address others are told to which it leads: a value of Referrer-Policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawReferrerPolicy {
    /// Nobody anything.
    NoReferrer,
    /// All of it, but nothing where HTTPS leads to HTTP.
    NoReferrerWhenDowngrade,
    /// The origin.
    Origin,
    /// All of it within the origin, others the origin.
    OriginWhenCrossOrigin,
    /// All of it within the origin, others nothing.
    #[default]
    SameOrigin,
    /// The origin, but nothing where HTTPS leads to HTTP.
    StrictOrigin,
    /// All of it within the origin, others the origin, but nothing where HTTPS leads to HTTP.
    StrictOriginWhenCrossOrigin,
    /// All of it.
    UnsafeUrl,
}
