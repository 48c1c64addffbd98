//! Which handler answers a request, and for which store.

use glue::routes::Route;

use crate::error::Error;
use crate::protocol::Transport;

/// The longest store id in bytes of UTF-8: an object's name may hold 1,024.
pub const MAX_STORE_ID_BYTES: usize = 512;

/// A request whose path this route answers, with another method than it takes.
#[derive(Debug, PartialEq)]
pub struct WrongMethod(pub &'static Route);

/// Finds who answers `method` and `path`; None is the web app, if there is one. The first route that matches counts.
pub fn resolve(
    routes: &'static [Route],
    method: &str,
    path: &str,
) -> Result<Option<&'static Route>, WrongMethod> {
    let Some(route) = routes.iter().find(|route| matches(route.path, path)) else { return Ok(None) };
    if route.methods.contains(&method) { Ok(Some(route)) } else { Err(WrongMethod(route)) }
}

/// Whether a path is that of `pattern`, or below it if that ends in `*`.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(below) => path.starts_with(below),
        None => path == pattern,
    }
}

/// The first value of that name in a URL's query, form-urlencoded.
pub fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The store that a URL's query names: form-urlencoded, as the client writes it.
pub fn store_id(query: &str) -> Result<String, Error> {
    let store_id = parameter(query, "storeId").ok_or(Error::StoreIdMissing)?;
    match store_id.len() {
        0 => Err(Error::StoreIdMissing),
        1..=MAX_STORE_ID_BYTES => Ok(store_id),
        _ => Err(Error::StoreIdTooLong),
    }
}

/// How a request means to reach the relay: as its URL's query says, else as its method does. `upgrade` is that header.
pub fn transport(method: &str, query: &str, upgrade: Option<&str>) -> Result<Transport, Error> {
    let named = parameter(query, "transport");
    let upgrades = upgrade.is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    match named.as_deref() {
        None if method == "POST" => Ok(Transport::Http),
        None | Some("ws") if upgrades => Ok(Transport::WebSocket),
        None | Some("ws") => Err(Error::UpgradeRequired),
        Some("http") if method == "POST" => Ok(Transport::Http),
        Some("http") => Err(Error::PostRequired),
        Some(_) => Err(Error::UnknownTransport),
    }
}

#[cfg(test)]
mod tests {
    use glue::routes::Handler;

    use super::*;

    const ROUTES: &[Route] = &[
        Route { path: "/websocket", methods: &["GET", "HEAD"], handler: Handler::Relay, auth: None },
        Route { path: "/api/*", methods: &["POST"], handler: Handler::Llm, auth: None },
    ];

    #[test]
    fn a_path_without_a_route_is_an_asset() {
        assert_eq!(resolve(ROUTES, "GET", "/"), Ok(None));
        assert_eq!(resolve(ROUTES, "GET", "/websocket/"), Ok(None));
        assert_eq!(resolve(ROUTES, "GET", "/api"), Ok(None));
    }

    #[test]
    fn a_route_answers_its_methods_alone() {
        let (relay, llm) = (Ok(Some(&ROUTES[0])), Ok(Some(&ROUTES[1])));
        assert_eq!(resolve(ROUTES, "GET", "/websocket"), relay);
        assert_eq!(resolve(ROUTES, "PUT", "/websocket"), Err(WrongMethod(&ROUTES[0])));
        assert_eq!(resolve(ROUTES, "HEAD", "/websocket"), relay);
        assert_eq!(resolve(ROUTES, "POST", "/api/chat/completions"), llm);
    }

    #[test]
    fn a_transport_is_named_by_the_url_or_else_by_the_method() {
        let upgrade = Some("WebSocket");
        assert_eq!(transport("GET", "storeId=s&transport=ws", upgrade), Ok(Transport::WebSocket));
        assert_eq!(transport("GET", "storeId=s", upgrade), Ok(Transport::WebSocket));
        assert_eq!(transport("POST", "transport=http", None), Ok(Transport::Http));
        assert_eq!(transport("POST", "", None), Ok(Transport::Http));
    }

    #[test]
    fn a_request_that_does_not_fit_its_transport_is_told_what_does() {
        for (method, query) in [("GET", "transport=ws"), ("POST", "transport=ws"), ("HEAD", "")] {
            assert_eq!(
                transport(method, query, Some("h2c")),
                Err(Error::UpgradeRequired),
                "{method} {query}"
            );
        }
        assert_eq!(transport("GET", "transport=http", Some("websocket")), Err(Error::PostRequired));
        assert_eq!(transport("POST", "transport=do-rpc", None), Err(Error::UnknownTransport));
    }

    #[test]
    fn a_store_id_is_form_urlencoded() {
        assert_eq!(store_id("payload=%257B&storeId=s+1%2F%C3%BC&transport=ws"), Ok("s 1/ü".to_owned()));
    }

    #[test]
    fn a_store_id_is_neither_missing_nor_empty_nor_too_long() {
        assert_eq!(store_id("transport=ws"), Err(Error::StoreIdMissing));
        assert_eq!(store_id("storeId=&storeId=s"), Err(Error::StoreIdMissing));
        assert_eq!(store_id(&format!("storeId={}", "x".repeat(512))).map(|id| id.len()), Ok(512));
        assert_eq!(store_id(&format!("storeId={}", "ü".repeat(257))), Err(Error::StoreIdTooLong));
    }
}
