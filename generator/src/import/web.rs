//! The static app.

use super::{Builder, draft::Section, meaning::Key};

/// The folder of a configuration that leaves it to a bundler.
const FOLDER: &str = "dist";

impl Builder<'_> {
    /// `[web]`, and a binding of its files if the configuration has none.
    pub(super) fn web(&mut self) -> Vec<Section> {
        let facts = self.meaning.main();
        let is_assets = |name: &&str| facts.text(["bindings", name, "type"]) == Some("assets");
        let binding = facts.names(["bindings"]).into_iter().find(is_assets);
        if binding.is_none() && facts.names(["assets"]).is_empty() {
            return Vec::new();
        }
        let mut sections = Vec::new();
        let handling = match facts.text(["assets", "not_found_handling"]) {
            None => Some("none"),
            Some("single-page-application") => Some("spa"),
            Some("404-page") => Some("404-page"),
            Some(_) => None,
        };
        let first: Vec<&str> = facts
            .below(["assets", "run_worker_first"])
            .into_iter()
            .filter_map(|(rest, _)| rest.first().copied())
            // A route is first anyway.
            .filter(|path| *path != self.relay.path)
            .collect();
        let web = Section::new(["web"])
            .line("directory", self.directory())
            .maybe("not_found", handling)
            .maybe("html_handling", facts.text(["assets", "html_handling"]))
            .maybe("worker_first", (!first.is_empty()).then_some(first));
        sections.push(web);
        if binding.is_none() {
            self.assume(
                "assets.binding",
                "the spec's files have a binding, so `bindings.ASSETS` is added",
                "",
                Key::new(["bindings", "ASSETS"]),
            );
            sections.push(Section::new(["bindings", "ASSETS"]).line("type", "assets"));
        }
        sections
    }

    fn directory(&mut self) -> String {
        let Some(fact) = self.meaning.main().get(["assets", "directory"]) else {
            let reason =
                format!("the configuration leaves the folder to a bundler; it is taken to be `{FOLDER}`");
            let remedy = "write the folder, and in `build` of `[web]` the command that fills it";
            self.assume("assets.directory", &reason, remedy, Key::new(["assets", "directory"]));
            return FOLDER.to_owned();
        };
        let folder = fact.value.as_str().unwrap_or(FOLDER);
        let within = folder.trim_start_matches("../");
        if within != folder {
            self.assume(
                &fact.source,
                &format!("the app lies outside of the project, at `{folder}`; it is expected at `{within}`"),
                "move the app below the spec's folder",
                Key::new(["assets", "directory"]),
            );
        }
        if within.is_empty() { FOLDER.to_owned() } else { within.to_owned() }
    }
}
