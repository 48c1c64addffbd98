//! What an edit makes stale.

use std::path::Path;

use crate::project::Project;

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

    /// Adds what an edit of the file at `path` makes stale. `output` is the folder of the built web app.
    pub(super) fn add(&mut self, project: &Project, output: Option<&Path>, path: &Path) {
        let Ok(inside) = path.strip_prefix(project.root()) else { return };
        let made = ["node_modules", "target", ".git", ".wrangler"];
        let is_made = inside.components().any(|part| made.iter().any(|name| part.as_os_str() == *name));
        if is_made
            || inside.starts_with("runtime/build")
            || output.is_some_and(|output| path.starts_with(output))
        {
            return;
        }
        let in_web =
            output.and_then(Path::parent).is_some_and(|web| web != project.root() && path.starts_with(web));
        // The lock changes when somebody generates beside us, such as what needs a permission.
        self.generated |= inside == "spec.toml" || inside == "generated/spec.lock";
        self.worker |= inside.starts_with("runtime") || inside == "Cargo.toml" || inside == "Cargo.lock";
        self.secrets |= inside == ".dev.vars";
        self.web |= in_web;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stale(path: &str) -> Stale {
        let mut stale = Stale::default();
        stale.add(&Project::at("/p"), Some(Path::new("/p/web/dist")), Path::new(path));
        stale
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
        ];
        for path in made {
            assert!(!stale(&format!("/p/{path}")).any(), "{path}");
        }
        assert!(!stale("/elsewhere/spec.toml").any());
    }
}
