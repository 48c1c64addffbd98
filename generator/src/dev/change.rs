//! What an edit makes stale.

use std::path::Path;

use crate::build::Web;
use crate::project::Project;
use crate::stamp::NO_INPUT;

/// What has to be done again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stale {
    /// The generated files.
    pub(super) generated: bool,
    /// The worker.
    pub(super) worker: bool,
    /// The web app.
    pub(super) web: bool,
    /// The secrets of the running worker.
    pub(super) secrets: bool,
}

impl Stale {
    /// What is stale in either.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            generated: self.generated || other.generated,
            worker: self.worker || other.worker,
            web: self.web || other.web,
            secrets: self.secrets || other.secrets,
        }
    }

    /// Whether anything is.
    pub(super) fn any(self) -> bool {
        self != Self::default()
    }

    /// Adds what an edit of the file at `path` makes stale.
    pub(super) fn add(&mut self, project: &Project, web: Option<&Web>, path: &Path) {
        let Ok(inside) = path.strip_prefix(project.root()) else { return };
        let is_made = inside.components().any(|part| NO_INPUT.iter().any(|name| part.as_os_str() == *name));
        if is_made || inside.starts_with("runtime/build") {
            return;
        }
        // The lock changes when somebody generates beside us, such as what needs a permission.
        self.generated |= inside == "spec.toml" || inside == "generated/spec.lock";
        self.worker |= inside.starts_with("runtime") || inside == "Cargo.toml" || inside == "Cargo.lock";
        self.secrets |= inside == ".dev.vars";
        self.web |= web.is_some_and(|web| match web.build {
            // Served as it is.
            None => path.starts_with(web.output(project)),
            Some(_) => {
                path.starts_with(web.source(project))
                    && !web.no_source(project).iter().any(|other| path.starts_with(other))
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stale_with(directory: &str, build: Option<&str>, path: &str) -> Stale {
        let web = Web { directory: directory.to_owned(), build: build.map(str::to_owned) };
        let mut stale = Stale::default();
        stale.add(&Project::at("/p"), Some(&web), Path::new(path));
        stale
    }

    fn stale(path: &str) -> Stale {
        stale_with("web/dist", Some("make"), path)
    }

    #[test]
    fn each_source_makes_stale_what_is_made_from_it() {
        for path in ["/p/spec.toml", "/p/generated/spec.lock"] {
            assert_eq!(stale(path), Stale { generated: true, ..Stale::default() });
        }
        assert_eq!(stale("/p/runtime/src/relay/mod.rs"), Stale { worker: true, ..Stale::default() });
        assert_eq!(stale("/p/web/src/main.ts"), Stale { web: true, ..Stale::default() });
        assert_eq!(stale("/p/.dev.vars"), Stale { secrets: true, ..Stale::default() });
    }

    #[test]
    fn what_a_build_writes_starts_no_other_build() {
        let made = [
            "runtime/build/index.js",
            "web/dist/index.html",
            "web/node_modules/.vite/x",
            "target/x",
            "generated/.wrangler/tmp/x",
            ".wrangler/dev/8787/next/web/dist/index.html",
        ];
        for path in made {
            assert!(!stale(&format!("/p/{path}")).any(), "{path}");
        }
        assert!(!stale("/elsewhere/spec.toml").any());
    }

    #[test]
    fn a_web_app_that_is_built_in_the_projects_folder_has_its_source_there() {
        assert!(stale_with("dist", Some("make"), "/p/index.html").web);
        for path in ["/p/dist/index.html", "/p/runtime/src/lib.rs", "/p/generated/spec.lock"] {
            assert!(!stale_with("dist", Some("make"), path).web, "{path}");
        }
    }

    #[test]
    fn files_that_are_served_as_they_are_make_the_web_app_stale() {
        assert!(stale_with("site", None, "/p/site/index.html").web);
        assert!(!stale_with("site", None, "/p/README.md").web);
    }
}
