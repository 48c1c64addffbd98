//! Which handler answers a request, and for which store.

use glue::routes::{Handler, Route};

use crate::error::Error;

/// The longest store id in bytes of UTF-8: an object's name may hold 1,024.
pub const MAX_STORE_ID_BYTES: usize = 512;

/// Finds who answers `method` and `path`; None is the web app, if there is one. The first route that matches counts.
pub fn resolve(routes: &[Route], method: &str, path: &str) -> Result<Option<Handler>, Error> {
    let Some(route) = routes.iter().find(|route| matches(route.path, path)) else { return Ok(None) };
    if route.methods.contains(&method) {
        Ok(Some(route.handler))
    } else {
        Err(Error::MethodNotAllowed(route.methods))
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(below) => path.starts_with(below),
        None => path == pattern,
    }
}

/// The store that a URL's query names: form-urlencoded, as the client writes it.
pub fn store_id(query: &str) -> Result<String, Error> {
    let (_, store_id) = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "storeId")
        .ok_or(Error::StoreIdMissing)?;
    match store_id.len() {
        0 => Err(Error::StoreIdMissing),
        1..=MAX_STORE_ID_BYTES => Ok(store_id.into_owned()),
        _ => Err(Error::StoreIdTooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &[Route] = &[
        Route { path: "/websocket", methods: &["GET", "HEAD"], handler: Handler::Relay },
        Route { path: "/api/*", methods: &["POST"], handler: Handler::Llm },
    ];

    #[test]
    fn a_path_without_a_route_is_an_asset() {
        assert_eq!(resolve(ROUTES, "GET", "/"), Ok(None));
        assert_eq!(resolve(ROUTES, "GET", "/websocket/"), Ok(None));
        assert_eq!(resolve(ROUTES, "GET", "/api"), Ok(None));
    }

    #[test]
    fn a_route_answers_its_methods_alone() {
        assert_eq!(resolve(ROUTES, "GET", "/websocket"), Ok(Some(Handler::Relay)));
        assert_eq!(resolve(ROUTES, "POST", "/websocket"), Err(Error::MethodNotAllowed(&["GET", "HEAD"])));
        assert_eq!(resolve(ROUTES, "HEAD", "/websocket"), Ok(Some(Handler::Relay)));
        assert_eq!(resolve(ROUTES, "POST", "/api/chat/completions"), Ok(Some(Handler::Llm)));
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
