// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

//! The route table.

use crate::auth::Auth;

/// What answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// LiveStore sync.
    Relay,
    /// Chat completions.
    Llm,
    /// Operating the relay.
    Admin,
    /// The worker's state as JSON.
    Health,
}

/// One route. A path that ends in `/*` stands for everything below it; any other is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The path, starting with `/`.
    pub path: &'static str,
    /// The methods answered, in capitals.
    pub methods: &'static [&'static str],
    /// What answers.
    pub handler: Handler,
    /// What clients have to prove; None serves everybody.
    pub auth: Option<&'static Auth>,
}

/// The routes in the spec's order: the first match answers. Everything else is a static asset.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/websocket",
        methods: &["GET", "HEAD", "POST", "OPTIONS"],
        handler: Handler::Relay,
        auth: None,
    },
    Route {
        path: "/api/chat/completions",
        methods: &["POST"],
        handler: Handler::Llm,
        auth: None,
    },
    Route {
        path: "/admin/*",
        methods: &["GET", "HEAD", "POST"],
        handler: Handler::Admin,
        auth: None,
    },
    Route {
        path: "/health",
        methods: &["GET", "HEAD"],
        handler: Handler::Health,
        auth: None,
    },
];
