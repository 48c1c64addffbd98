//! What is answered where neither a route nor a file is.
//!
//! Owns which requests are visits: somebody who goes to a page, unlike a page that loads what belongs to it. Must not
//! know which files there are.

use glue::web::NotFound;

use crate::route::matches;

/// How many folders above a path are searched for the page that says that there is nothing.
const FOLDERS: usize = 8;

/// A request for a path that is neither a route nor a file.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, as the URL has it.
    pub path: &'a str,
    /// The header `Sec-Fetch-Mode`, which browsers send: `navigate` on the way to a page.
    pub fetch_mode: Option<&'a str>,
    /// The header `Accept`, by which others are judged.
    pub accept: Option<&'a str>,
}

/// What answers instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// The file at this path, as if it was asked for.
    File(&'static str),
    /// The first of the files at these paths that is there, as a 404.
    NotFound(Vec<String>),
    /// No file.
    Nothing,
}

/// Finds what answers instead. `api` holds paths at which there are no pages.
pub fn instead(not_found: NotFound, api: &[&str], asked: Asked<'_>) -> Instead {
    if !is_visit(asked) || is_api(api, asked.path) {
        return Instead::Nothing;
    }
    match not_found {
        NotFound::App(_) if is_of_a_file(asked.path) => Instead::Nothing,
        NotFound::App(path) => Instead::File(path),
        NotFound::Page(name) => Instead::NotFound(upwards(asked.path, name)),
        NotFound::Nothing => Instead::Nothing,
    }
}

/// Whether a path is one of programs.
pub fn is_api(api: &[&str], path: &str) -> bool {
    api.iter().any(|pattern| matches(pattern, path))
}

fn is_visit(asked: Asked<'_>) -> bool {
    let takes_html = |accept: &str| {
        let kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
        kinds.into_iter().any(|kind| kind.eq_ignore_ascii_case("text/html"))
    };
    let goes = match asked.fetch_mode {
        Some(mode) => mode == "navigate",
        None => asked.accept.is_some_and(takes_html),
    };
    matches!(asked.method, "GET" | "HEAD") && goes
}

/// Whether a path ends like a file's name: in a dot, and up to eight letters and digits which are not digits alone, as in
/// `/assets/index.js`, but not `/releases/1.2`.
fn is_of_a_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(_, ending)| {
        (1..=8).contains(&ending.len())
            && ending.bytes().all(|b| b.is_ascii_alphanumeric())
            && !ending.bytes().all(|b| b.is_ascii_digit())
    })
}

/// `name` in the folder of a path and in those above it, and in the one of all.
fn upwards(path: &str, name: &str) -> Vec<String> {
    let folders = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
    let below = folders.filter(|folder| !folder.is_empty()).take(FOLDERS);
    below.chain([""]).map(|folder| format!("{folder}{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &[&str] = &["/api/*"];
    const APP: NotFound = NotFound::App("/");
    const VISIT: Asked<'_> =
        Asked { method: "GET", path: "/boards/7", fetch_mode: Some("navigate"), accept: Some("*/*") };

    fn app(asked: Asked<'_>) -> Instead {
        instead(APP, API, asked)
    }

    #[test]
    fn whoever_visits_a_path_gets_the_app() {
        for method in ["GET", "HEAD"] {
            assert_eq!(app(Asked { method, ..VISIT }), Instead::File("/"), "{method}");
        }
    }

    #[test]
    fn a_browser_that_does_not_say_how_it_asks_is_judged_by_what_it_takes() {
        let asked = |accept| app(Asked { fetch_mode: None, accept, ..VISIT });
        for accept in ["text/html", "application/xhtml+xml, Text/HTML;q=0.9, */*;q=0.8"] {
            assert_eq!(asked(Some(accept)), Instead::File("/"), "{accept}");
        }
        for accept in [None, Some("*/*"), Some("application/json"), Some("text/html5")] {
            assert_eq!(asked(accept), Instead::Nothing, "{accept:?}");
        }
    }

    #[test]
    fn what_a_page_loads_is_no_visit() {
        for mode in ["cors", "no-cors", "same-origin", "websocket"] {
            let asked = Asked { fetch_mode: Some(mode), accept: Some("text/html"), ..VISIT };
            assert_eq!(app(asked), Instead::Nothing, "{mode}");
        }
        assert_eq!(app(Asked { method: "POST", ..VISIT }), Instead::Nothing);
    }

    #[test]
    fn a_path_that_ends_like_a_file_has_no_page() {
        for path in ["/assets/nope.js", "/favicon.ico", "/a/b.woff2", "/.well-known/x.json", "/.env"] {
            assert_eq!(app(Asked { path, ..VISIT }), Instead::Nothing, "{path}");
        }
        for path in ["/", "/releases/1.2", "/a.b/c", "/ends.", "/what.a-long-sentence"] {
            assert_eq!(app(Asked { path, ..VISIT }), Instead::File("/"), "{path}");
        }
    }

    #[test]
    fn a_path_of_programs_has_no_page() {
        assert_eq!(app(Asked { path: "/api/nope", ..VISIT }), Instead::Nothing);
        assert_eq!(app(Asked { path: "/api", ..VISIT }), Instead::File("/"));
    }

    #[test]
    fn the_nearest_page_says_that_there_is_nothing() {
        let nearest = |path| instead(NotFound::Page("/404"), API, Asked { path, ..VISIT });
        let pages = ["/docs/a/404", "/docs/404", "/404"].map(str::to_owned);
        assert_eq!(nearest("/docs/a/b.html"), Instead::NotFound(pages.to_vec()));
        assert_eq!(nearest("/x"), Instead::NotFound(vec!["/404".to_owned()]));
    }

    #[test]
    fn a_path_of_many_folders_is_not_searched_without_end() {
        let path = "/a".repeat(1_000);
        let Instead::NotFound(pages) = instead(NotFound::Page("/404"), API, Asked { path: &path, ..VISIT })
        else {
            panic!("no page")
        };
        assert_eq!(pages.len(), FOLDERS + 1);
        assert_eq!(pages.last().map(String::as_str), Some("/404"));
    }

    #[test]
    fn without_a_page_there_is_nothing() {
        assert_eq!(instead(NotFound::Nothing, API, VISIT), Instead::Nothing);
    }
}
