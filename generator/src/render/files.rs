//! The view of `_headers`, from which Cloudflare knows what to say with each file without running the worker.
//! <https://developers.cloudflare.com/workers/static-assets/headers/>
//!
//! Owns which file is kept how long. Only a spec with `[web]` has the file.

use serde::Serialize;

use super::{HEADER, RenderError, Renderer};
use crate::{
    model::{Spec, Web},
    output::RenderedFile,
};

/// What a browser asks for again each time.
const NO_CACHE: &str = "no-cache";

#[derive(Serialize)]
struct HeadersView<'a> {
    header: &'static str,
    rules: Vec<Rule<'a>>,
}

/// All rules that match hold, in their order.
#[derive(Serialize)]
struct Rule<'a> {
    path: &'a str,
    /// What earlier rules said and does not hold.
    without: &'static [&'static str],
    headers: Vec<(&'a str, &'a str)>,
}

/// The file, none if the spec has no web app.
pub(super) fn headers(renderer: &Renderer, spec: &Spec) -> Result<Option<RenderedFile>, RenderError> {
    let Some(web) = &spec.web else { return Ok(None) };
    let short = match web.cache.max_age {
        0 => NO_CACHE.to_owned(),
        seconds => format!("public, max-age={seconds}"),
    };
    renderer.text("_headers", HeadersView { header: HEADER, rules: rules(web, &short) }).map(Some)
}

fn rules<'a>(web: &'a Web, short: &'a str) -> Vec<Rule<'a>> {
    let cached =
        |path, value| Rule { path, without: &["cache-control"], headers: vec![("cache-control", value)] };
    let all = web.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let everything = Rule {
        path: "/*",
        without: &[],
        // A page has no ending in its path: this is for pages, and what follows for all else.
        headers: all.chain([("cache-control", NO_CACHE)]).collect(),
    };
    let immutable = web.cache.immutable.iter();
    let immutable = immutable.map(|path| cached(path, "public, max-age=31536000, immutable"));
    [everything, cached("/*.:ending", short), cached("/*.html", NO_CACHE)]
        .into_iter()
        .chain(immutable)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::Format, document::Source, pipeline};

    /// What is said of a path, as Cloudflare reads the rules of the small spec with a web app of which `toml` is said.
    fn said_of(path: &str, toml: &str) -> Vec<String> {
        let text = format!("{SMALL}{toml}");
        let reading = pipeline::interpret(Source { name: "spec.toml".to_owned(), text });
        let spec =
            reading.spec.as_ref().unwrap_or_else(|| panic!("{}", reading.render(Format::Human, false)));
        let file = headers(&Renderer::new(), spec).unwrap().unwrap().text;
        let mut said: Vec<String> = Vec::new();
        let mut holds = false;
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("  ") {
                None => holds = is_for(line, path),
                Some(_) if !holds => {}
                Some(line) => match line.strip_prefix("! ") {
                    Some(name) => said.retain(|it| !it.starts_with(&format!("{name}:"))),
                    None => said.push(line.to_owned()),
                },
            }
        }
        said
    }

    /// Whether a rule is for a path: `*` stands for anything, and `:name` for anything without a slash.
    fn is_for(rule: &str, path: &str) -> bool {
        match rule.split_once('*') {
            None => rule == path,
            Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| match after {
                ".:ending" => rest.rsplit('/').next().is_some_and(|name| name.contains('.')),
                _ => rest.ends_with(after),
            }),
        }
    }

    const SMALL: &str = concat!(
        "[worker]\nname = \"a\"\ncompatibility_date = \"2026-04-01\"\n",
        "[bindings]\nSYNC = { type = \"durable_object\", class = \"Sync\" }\nFILES = { type = \"assets\" }\n",
        "[[routes]]\npath = \"/sync\"\nhandler = \"relay\"\nbinding = \"SYNC\"\nauth = \"none\"\n",
        "[relay]\nstore = \"durable_object\"\n",
        "[web]\ndirectory = \"dist\"\n",
    );

    fn cached(path: &str, toml: &str) -> Vec<String> {
        said_of(path, toml).into_iter().filter(|line| line.starts_with("cache-control:")).collect()
    }

    #[test]
    fn pages_are_asked_for_again_and_files_by_their_names() {
        for (path, value) in [
            ("/", "no-cache"),
            ("/about", "no-cache"),
            ("/v1.2/about", "no-cache"),
            ("/docs/a.html", "no-cache"),
            ("/icon.svg", "public, max-age=300"),
            ("/docs/a.pdf", "public, max-age=300"),
            ("/assets/index-B7rx.js", "public, max-age=31536000, immutable"),
        ] {
            assert_eq!(cached(path, ""), [format!("cache-control: {value}")], "{path}");
        }
    }

    #[test]
    fn what_is_kept_how_long_can_be_declared() {
        let toml = "cache = { immutable = [\"/build/*\"], max_age = 0 }";
        assert_eq!(cached("/build/a.js", toml), ["cache-control: public, max-age=31536000, immutable"]);
        assert_eq!(cached("/assets/a.js", toml), ["cache-control: no-cache"]);
    }

    #[test]
    fn every_file_has_the_declared_headers() {
        let toml = "headers.x-robots-tag = \"noindex\"\nsecurity.cross_origin_isolated = true";
        for path in ["/", "/assets/worker.js"] {
            let said = said_of(path, toml);
            for line in ["x-robots-tag: noindex", "cross-origin-embedder-policy: require-corp"] {
                assert!(said.iter().any(|it| it == line), "{path}: {said:?}");
            }
        }
    }
}
