//! The proxy to the language models.

use super::{
    Lowering,
    needed::{NeededColumn, Use},
    reference::Target,
};
use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    model::{
        Llm, Located,
        auth::Setting,
        name::BindingName,
        tables::{ColumnType, Table},
    },
    path::SpecPath,
    spec::{RawLlm, RawProvider},
};

/// Braintrust's gateway; the older proxy address carries no service level.
const BRAINTRUST: &str = "https://gateway.braintrust.dev/v1";

/// Fields of a request that the worker sets itself; `runtime/src/llm/request.rs` reads them.
const SET: [&str; 10] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "tools",
    "tool_choice",
    "n",
];

/// The columns of a call; `runtime/src/llm/ledger.rs` fills them. A call that was refused before it was read names no
/// model, and one that was not streamed has no first token.
pub(super) const LEDGER: &[NeededColumn] = &[
    ("id", ColumnType::Text, false),
    ("created_at", ColumnType::Timestamp, false),
    ("user_id", ColumnType::Text, false),
    ("store_id", ColumnType::Text, true),
    ("model", ColumnType::Text, true),
    ("input_tokens", ColumnType::Integer, false),
    ("output_tokens", ColumnType::Integer, false),
    ("cached_tokens", ColumnType::Integer, false),
    ("estimated", ColumnType::Boolean, false),
    ("tool_calls", ColumnType::Integer, false),
    ("latency_ms", ColumnType::Integer, false),
    ("first_token_ms", ColumnType::Integer, true),
    ("outcome", ColumnType::Text, false),
];

/// The compatibility flag with which `request.signal` fires when a client goes away.
const SIGNAL: &str = "enable_request_signal";

impl Lowering<'_> {
    pub(super) fn llm(&mut self, raw: &RawLlm, tables: &[Table]) -> Option<Llm> {
        let path = SpecPath::from(["llm"]);
        self.models(&path, raw);
        let api_key = self.secret(&raw.api_key, path.key("api_key"));
        let project = raw.project.as_ref().map(|project| self.project(project, path.key("project")));
        let base_url = self.base_url(raw, &path.key("base_url"));
        let rate_limit = raw
            .rate_limit
            .as_ref()
            .map(|name| self.reference::<BindingName>(Target::RateLimit, name, path.key("rate_limit")));
        let ledger = raw.ledger.as_ref().map(|name| {
            let at = path.key("ledger");
            let wanted =
                Use { by: "the ledger", code: Code::LlmColumn, at, name, columns: LEDGER, key: &["id"] };
            self.located(&wanted, tables)
        });
        let budget = raw.budget.as_ref().map(|budget| self.budget(budget, &raw.limits, tables));
        if let Some(prompt) = &raw.system_prompt
            && prompt.trim().is_empty()
        {
            let at = Place::Value(path.key("system_prompt"));
            self.push(Diagnostic::new(Code::InvalidValue, at, "the model would be told nothing").help(
                "say what the model is for, or leave `system_prompt` out: clients send their own then",
            ));
        }
        self.extra_fields(&path.key("extra_fields"), &raw.extra_fields);
        self.hears_clients_go(&path);
        if !self.leads_to("llm") {
            // The route would offer tools.
            self.use_of_all("tools");
            self.push(
                Diagnostic::new(Code::MissingRoute, Place::Key(path), "no route leads to `llm`")
                    .help("add a `[[routes]]` with `handler = \"llm\"`, or remove `[llm]`"),
            );
        }
        Some(Llm {
            provider: raw.provider,
            base_url: base_url?,
            models: raw.models.clone(),
            api_key: api_key?,
            project: project.flatten(),
            fallback_model: raw.fallback_model.clone(),
            system_prompt: raw.system_prompt.clone(),
            extra_fields: raw.extra_fields.clone(),
            rate_limit: rate_limit.flatten(),
            ledger: ledger.flatten(),
            budget: budget.flatten(),
            limits: raw.limits,
        })
    }

    /// A table of the route's, which may be in any database.
    pub(super) fn located(&mut self, wanted: &Use<'_>, tables: &[Table]) -> Option<Located> {
        let name = self.needed_table(wanted, None, tables)?;
        let database = tables.iter().find(|it| it.name == name)?.database.clone();
        Some(Located { database, table: name })
    }

    fn extra_fields(&mut self, path: &SpecPath, fields: &[String]) {
        self.each_once(path, fields, |it| it);
        for (index, field) in fields.iter().enumerate().filter(|it| SET.contains(&it.1.as_str())) {
            let message =
                format!("`{field}` cannot go on as a client sends it: the worker sets it by the spec");
            self.push(
                Diagnostic::new(Code::InvalidValue, Place::Value(path.index(index)), message)
                    .help("leave it out: clients may send it without"),
            );
        }
    }

    fn hears_clients_go(&mut self, path: &SpecPath) {
        let flags = self.raw.worker.as_ref().map(|worker| &worker.compatibility_flags);
        let has = flags.is_none_or(|flags| flags.iter().any(|it| it == SIGNAL));
        if has
            || self.broken.touches(&SpecPath::from(["worker", "compatibility_flags"]))
            || !self.leads_to("llm")
        {
            return;
        }
        let message = "the worker is not told at once when a client of the models goes away";
        self.push(
            Diagnostic::new(Code::MissingFlag, Place::Key(path.clone()), message)
                .help(format!("add {SIGNAL:?} to `worker.compatibility_flags`")),
        );
    }

    fn models(&mut self, path: &SpecPath, raw: &RawLlm) {
        for (index, model) in raw.models.iter().enumerate() {
            let place = Place::Value(path.key("models").index(index));
            if model.trim().is_empty() || model.chars().any(char::is_control) {
                self.push(Diagnostic::new(
                    Code::InvalidValue,
                    place,
                    format!("{model:?} is no model's name"),
                ));
            } else if let Some(first) = raw.models[..index].iter().position(|it| it == model) {
                self.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        place,
                        format!("the model {model:?} is listed twice"),
                    )
                    .related(Place::Value(path.key("models").index(first)), "first listed here"),
                );
            }
        }
        if let Some(fallback) = &raw.fallback_model
            && !raw.models.contains(fallback)
        {
            let help = match closest(fallback, raw.models.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near:?}?"),
                None => "add it to `models`".to_owned(),
            };
            let at = Place::Value(path.key("fallback_model"));
            self.push(
                Diagnostic::new(Code::InvalidValue, at, format!("{fallback:?} is none of `llm.models`"))
                    .related(Place::Value(path.key("models")), "the models are here")
                    .help(help),
            );
        }
    }

    fn project(&mut self, project: &str, at: SpecPath) -> Option<BindingName> {
        if self.raw.vars.get(project).is_some_and(|it| !it.is_string()) {
            let message = format!("the project's id is text, and `vars.{project}` is not");
            self.push(
                Diagnostic::new(Code::WrongType, Place::Value(at.clone()), message)
                    .related(Place::Value(SpecPath::from(["vars", project])), "declared here")
                    .help("write the id in quotes"),
            );
        }
        self.reference(Target::Var, project, at)
    }

    fn base_url(&mut self, raw: &RawLlm, at: &SpecPath) -> Option<Setting> {
        let default = match raw.provider {
            RawProvider::Braintrust => BRAINTRUST,
        };
        let setting = match raw.base_url.as_deref() {
            Some(name) if BindingName::new(name).is_ok() => self.setting(name, at.clone())?,
            url => Setting::Text(url.unwrap_or(default).trim_end_matches('/').to_owned()),
        };
        let url = match &setting {
            Setting::Text(url) => url,
            Setting::Var(name) => self.raw.vars.get(name.as_str())?.as_str()?,
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:".contains(&b);
        if !url.starts_with("https://") || !url.bytes().all(plain) {
            self.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    Place::Value(at.clone()),
                    format!("`llm.base_url` cannot be {url:?}"),
                )
                .help("the key travels with every call: write an https:// address without query"),
            );
        }
        Some(setting)
    }
}
