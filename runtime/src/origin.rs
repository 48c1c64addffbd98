//! Whose pages may use the relay.
//!
//! Browsers send a user's cookies along with a WebSocket's upgrade from any page, and ask nobody before they open one;
//! but they always say of which origin the page is (RFC 6455, section 10.2; RFC 6454).

/// Whether a page of `origin` may: of the worker's own `host`, with its port if the URL has one, or of one of `list`,
/// which holds origins as browsers write them, or `*` for all. Whoever names no origin is no browser.
pub fn allowed(origin: Option<&str>, host: &str, list: &[&str]) -> bool {
    let Some(origin) = origin else { return true };
    let own = origin
        .split_once("://")
        .is_some_and(|(scheme, of)| matches!(scheme, "http" | "https") && of.eq_ignore_ascii_case(host));
    own || list.contains(&origin) || list.contains(&"*")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "sync.example.com";
    const LIST: &[&str] = &["https://app.example.com"];

    #[test]
    fn a_page_of_the_workers_own_host_may() {
        assert!(allowed(Some("https://sync.example.com"), HOST, &[]));
        assert!(allowed(Some("http://localhost:8787"), "localhost:8787", &[]));
    }

    #[test]
    fn a_page_of_a_listed_origin_may() {
        assert!(allowed(Some("https://app.example.com"), HOST, LIST));
        assert!(allowed(Some("null"), HOST, &["*"]));
    }

    #[test]
    fn no_other_page_may() {
        for origin in [
            "https://elsewhere.example",
            "https://app.example.com.elsewhere.example",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://sync.example.com:8443",
            "https://sync.example.com.elsewhere.example",
            "null",
            "sync.example.com",
            "",
        ] {
            assert!(!allowed(Some(origin), HOST, LIST), "{origin}");
        }
    }

    #[test]
    fn whoever_names_no_origin_may() {
        assert!(allowed(None, HOST, &[]));
    }
}
