// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The web app: its files, and what is answered where there is none.

/// What somebody gets who visits a path that is neither a route nor a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFound {
    /// The file at this path, for an app that routes in the browser.
    App(&'static str),
    /// The nearest file of this name, as a 404.
    Page(&'static str),
    /// A sentence, as a 404.
    Nothing,
}

/// What somebody gets who visits a path that is neither a route nor a file.
pub const NOT_FOUND: NotFound = NotFound::App("/");

/// Paths of programs, at which there are no pages. One that ends in `/*` stands for everything below it; any other is
/// exact.
pub const API: &[&str] = &["/api/*"];

/// Headers of every answer: names in small letters, and their values. Files have them from `generated/_headers`.
pub const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("strict-transport-security", "max-age=31536000"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
];

/// The binding that serves the files: `bindings.ASSETS`.
#[cfg(target_arch = "wasm32")]
pub fn assets(env: &crate::env::Env) -> Option<&worker::Fetcher> {
    Some(&env.assets)
}
