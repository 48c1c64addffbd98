//! `doctor`: what is needed to build and deploy, what is there of it, and how to get the rest. Looks only.

use serde::Serialize;
use serde_json::{Value, json};

use crate::dev_vars;
use crate::pipeline;
use crate::process::ToolError;
use crate::project::Project;
use crate::toolchain;

/// One thing that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is called.
    pub name: String,
    /// How it is.
    pub state: State,
    /// What is there, or what is missing.
    pub seen: String,
    /// How to get it, if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There.
    Good,
    /// Not there, and only some commands need it.
    Optional,
    /// Not there, and nothing is built without it.
    Missing,
}

impl Finding {
    /// Whether nothing is built without it.
    pub fn is_missing(&self) -> bool {
        self.state == State::Missing
    }
}

/// Looks at the toolchain, the spec, the account and the secrets of local development.
pub fn look(project: &Project) -> Vec<Finding> {
    let tools = toolchain::look(project).into_iter();
    let mut findings: Vec<Finding> = tools.map(|(name, found)| of_tool(name, found)).collect();
    findings.push(spec(project));
    findings.push(account(&|name| std::env::var(name).ok().filter(|it| !it.is_empty())));
    findings.extend(secrets(project));
    findings
}

fn of_tool(name: &str, found: Result<String, ToolError>) -> Finding {
    let name = name.to_owned();
    match found {
        Ok(seen) => Finding { name, state: State::Good, seen, help: None },
        Err(error) => {
            let help = error.remedy().map(str::to_owned);
            let seen = error.summary().to_owned();
            Finding { name, state: State::Missing, seen, help }
        }
    }
}

fn spec(project: &Project) -> Finding {
    let finding = |state, seen: String, help: Option<&str>| Finding {
        name: "spec.toml".to_owned(),
        state,
        seen,
        help: help.map(str::to_owned),
    };
    match pipeline::read(project.root()) {
        Ok(reading) if reading.failed() => {
            finding(State::Missing, "has errors".to_owned(), Some("`generator check` shows them"))
        }
        Ok(_) => finding(State::Good, "valid".to_owned(), None),
        Err(failure) => finding(State::Missing, failure.to_string(), None),
    }
}

/// How wrangler signs in, as far as variables say it.
fn account(variable: &dyn Fn(&str) -> Option<String>) -> Finding {
    let name = "Cloudflare".to_owned();
    let help = "to deploy: `npx wrangler login`, or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID; \
                `npx wrangler whoami` asks Cloudflare"
        .to_owned();
    match (variable("CLOUDFLARE_API_TOKEN"), variable("CLOUDFLARE_ACCOUNT_ID")) {
        (Some(_), Some(_)) => Finding {
            name,
            state: State::Good,
            seen: "a token and an account are set".to_owned(),
            help: None,
        },
        (Some(_), None) => {
            let seen = "a token is set, and wrangler takes its only account".to_owned();
            Finding { name, state: State::Good, seen, help: None }
        }
        (None, _) => Finding {
            name,
            state: State::Optional,
            seen: "no token is set; `wrangler login` may have been used".to_owned(),
            help: Some(help),
        },
    }
}

fn secrets(project: &Project) -> Vec<Finding> {
    let reading = pipeline::read(project.root()).ok();
    let names = reading.and_then(|it| it.spec).map(|spec| spec.secrets).unwrap_or_default();
    let one = |name: String| match dev_vars::secret(project, &name) {
        Some(_) => Finding { name, state: State::Good, seen: "set in .dev.vars".to_owned(), help: None },
        None => Finding {
            name,
            state: State::Optional,
            seen: "not in .dev.vars".to_owned(),
            help: Some("for `dev`: copy generated/.dev.vars.example to .dev.vars and fill it in".to_owned()),
        },
    };
    names.into_iter().map(|it| one(it.name.to_string())).collect()
}

/// The findings for a person: a line each, with the way to what is missing below it.
pub fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|it| it.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Finding { name, state, seen, help } in findings {
        let mark = match state {
            State::Good => "✓",
            State::Optional => "–",
            State::Missing => "✗",
        };
        text += &format!("{mark} {name:width$}  {seen}\n");
        if let Some(help) = help {
            text += &format!("  {:width$}  {}\n", "", help.replace('\n', " "));
        }
    }
    text
}

/// The findings as one JSON object.
pub fn json(findings: &[Finding]) -> Value {
    json!({ "good": !findings.iter().any(Finding::is_missing), "findings": findings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_the_way_to_it() {
        let error = ToolError::new("not installed", "install it");
        let found = [of_tool("Node", Ok("v22".to_owned())), of_tool("npm packages", Err(error))];
        assert_eq!(
            text(&found),
            "✓ Node          v22\n✗ npm packages  not installed\n                install it\n"
        );
        assert_eq!(json(&found)["good"], false);
    }

    #[test]
    fn an_account_is_only_needed_to_deploy() {
        assert!(!account(&|_| None).is_missing());
        assert_eq!(account(&|_| Some("x".to_owned())).state, State::Good);
    }
}
