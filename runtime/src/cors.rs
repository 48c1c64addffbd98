//! Which pages of other origins may use a path, and what a browser is told of it.
//!
//! Owns the headers of CORS. It knows nothing of what the path does. A page of the worker's own origin needs none.

use crate::reply::Reply;

/// What the stock client sends: allowed also to a browser that does not say what its page sends.
const CLIENT_HEADERS: &str = "content-type, authorization, x-livestore-store-id, b3, traceparent";

/// For how many seconds a browser need not ask again; browsers take two hours at most.
const MAX_AGE: &str = "7200";

/// What every answer to a request from `origin` says. `allowed` holds origins as browsers write them, or `*` for all.
pub fn headers(allowed: &[&str], origin: Option<&str>) -> Vec<(&'static str, String)> {
    match allowed {
        [] => Vec::new(),
        _ if allowed.contains(&"*") => vec![("access-control-allow-origin", "*".to_owned())],
        _ => {
            let allowed = origin.filter(|origin| allowed.contains(origin));
            let allow = allowed.map(|origin| ("access-control-allow-origin", origin.to_owned()));
            // Caches keep the answers to different origins apart.
            allow.into_iter().chain([("vary", "origin".to_owned())]).collect()
        }
    }
}

/// Answers a browser that asks whether an allowed page may send a request with the headers `wanted`.
pub fn preflight(methods: &[&str], wanted: Option<&str>) -> Reply {
    Reply::empty(204)
        .with("access-control-allow-methods", methods.join(", "))
        .with("access-control-allow-headers", wanted.unwrap_or(CLIENT_HEADERS))
        .with("access-control-max-age", MAX_AGE)
        .with("vary", "access-control-request-headers")
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "https://app.example.com";
    const METHODS: &[&str] = &["GET", "POST"];

    #[test]
    fn without_allowed_origins_nothing_is_said() {
        assert_eq!(headers(&[], Some(APP)), []);
    }

    #[test]
    fn an_allowed_origin_is_named_and_no_other() {
        let vary = ("vary", "origin".to_owned());
        let allow = ("access-control-allow-origin", APP.to_owned());
        assert_eq!(headers(&[APP, "http://b"], Some(APP)), [allow, vary.clone()]);
        assert_eq!(headers(&[APP], Some("https://app.example.com.evil")), std::slice::from_ref(&vary));
        assert_eq!(headers(&[APP], None), [vary]);
    }

    #[test]
    fn a_star_allows_every_origin() {
        assert_eq!(headers(&["*"], Some(APP)), [("access-control-allow-origin", "*".to_owned())]);
    }

    #[test]
    fn a_preflight_allows_what_the_page_wants_to_send() {
        let reply = preflight(METHODS, Some("content-type,x-mine"));
        assert_eq!((reply.status, reply.body.as_str()), (204, ""));
        for (name, value) in [
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-allow-headers", "content-type,x-mine"),
        ] {
            assert!(reply.headers.contains(&(name, value.to_owned())), "{reply:?}");
        }
    }

    #[test]
    fn a_preflight_that_wants_nothing_special_may_send_what_the_client_does() {
        let reply = preflight(METHODS, None);
        assert!(reply.headers.contains(&("access-control-allow-headers", CLIENT_HEADERS.to_owned())));
    }
}
