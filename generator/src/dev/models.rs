//! Who answers the models' route in `dev`: the service, if there is a key for it, or else a stand-in on loopback.
//!
//! Owns the stand-in, which is started when it is first needed and ends with the process. Nothing is written into the
//! user's files: where it is, and a key that opens nothing, go to the worker as variables of this run.

use crate::build::App;
use crate::dev_vars;
use crate::process::ToolError;
use crate::progress::Progress;
use crate::project::Project;
use crate::stand_in::StandIn;

/// The variable by which the worker is told of a stand-in; `runtime/src/llm/upstream.rs` has the same.
const STAND_IN: &str = "LLM_STAND_IN";

/// The key for it, in place of the service's.
const PLACEHOLDER: &str = "no-key-a-stand-in-answers";

/// Who answers.
#[derive(Default)]
pub(super) struct Models(Option<StandIn>);

impl Models {
    /// What the worker is told, `NAME:value` each: nothing, if the service answers.
    ///
    /// # Errors
    /// If there is no port for a stand-in.
    pub(super) fn vars(
        &mut self,
        project: &Project,
        app: &App,
        progress: &Progress,
    ) -> Result<Vec<String>, ToolError> {
        let Some(secret) = app.models_key.as_deref().filter(|secret| !is_known(project, secret)) else {
            return Ok(Vec::new());
        };
        let stand_in = match &mut self.0 {
            Some(stand_in) => stand_in,
            none => none.insert(StandIn::start().map_err(|error| {
                let remedy = format!("set {secret} in .dev.vars, and the service answers");
                ToolError::new(format!("no port for a stand-in for the models: {error}"), remedy)
            })?),
        };
        progress.note(&format!("A stand-in answers for the models, since .dev.vars has no {secret}"));
        Ok(vec![format!("{STAND_IN}:{}", stand_in.base_url()), format!("{secret}:{PLACEHOLDER}")])
    }
}

/// Whether the worker will have the secret: wrangler takes it from the environment, too.
fn is_known(project: &Project, secret: &str) -> bool {
    dev_vars::secret(project, secret).is_some() || std::env::var_os(secret).is_some_and(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(models: &mut Models, dev_vars: &str, key: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        std::fs::write(project.dev_vars(), dev_vars).unwrap();
        let app = App { web: None, databases: Vec::new(), models_key: key.map(str::to_owned) };
        models.vars(&project, &app, &Progress::of_work()).unwrap()
    }

    #[test]
    fn a_stand_in_answers_as_long_as_there_is_no_key_and_stays_where_it_is() {
        let mut models = Models::default();
        let first = vars(&mut models, "", Some("MODELS_KEY_OF_TESTS"));
        assert!(first[0].starts_with("LLM_STAND_IN:http://127.0.0.1:"), "{first:?}");
        assert!(first[1].starts_with("MODELS_KEY_OF_TESTS:"), "{first:?}");
        let known = vars(&mut models, "MODELS_KEY_OF_TESTS=bt-st-1", Some("MODELS_KEY_OF_TESTS"));
        assert!(known.is_empty(), "{known:?}");
        assert_eq!(vars(&mut models, "MODELS_KEY_OF_TESTS=", Some("MODELS_KEY_OF_TESTS")), first);
    }

    #[test]
    fn an_app_without_models_has_no_stand_in() {
        let mut models = Models::default();
        assert!(vars(&mut models, "", None).is_empty() && models.0.is_none());
    }
}
