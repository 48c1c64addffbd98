//! The validated spec: what `Raw*` becomes once it is known to make sense.
//!
//! Owns the meaning of each section and the rules between sections ([`lower`]). Must not know TOML, files or
//! output.

pub mod auth;
pub mod bindings;
pub mod cron;
mod lower;
pub mod name;
pub mod routes;
pub mod settings;
pub mod tables;
pub mod tools;
pub mod web;

pub use lower::{EVENTS, NeededColumn, STORES, lower, type_word};
pub use web::Web;

use auth::{Auth, Setting};
use bindings::{Binding, BindingKind, Class, Database, Secret, Var};
use name::{BindingName, ClassName, EnvironmentName, TableName, WorkerName};
use routes::{Handler, Route};
use settings::Settings;
use tables::Table;
use tools::Tool;

use crate::diagnostic::nearest;
use crate::spec::{RawLlmLimits, RawProvider, RawRelayLimits};

/// A deployment that makes sense as a whole. Every name in it leads somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The worker, in the main environment.
    pub worker: Worker,
    /// The web app, if the worker serves one.
    pub web: Option<Web>,
    /// The bindings, in the spec's order.
    pub bindings: Vec<Binding>,
    /// The variables, in the spec's order.
    pub vars: Vec<Var>,
    /// The secrets, in the spec's order.
    pub secrets: Vec<Secret>,
    /// How clients prove who they are, in the spec's order.
    pub auth: Vec<Auth>,
    /// The routes, the first match first.
    pub routes: Vec<Route>,
    /// LiveStore sync.
    pub relay: Relay,
    /// The proxy to the language models, if there is one.
    pub llm: Option<Llm>,
    /// The tables, in the spec's order.
    pub tables: Vec<Table>,
    /// The tools, in the spec's order.
    pub tools: Vec<Tool>,
    /// The further environments, in the spec's order.
    pub environments: Vec<Environment>,
}

impl Spec {
    /// Every environment, the main one first, with what differs filled in.
    pub fn deployments(&self) -> Vec<Deployment<'_>> {
        let main = Deployment {
            environment: None,
            worker: &self.worker.name,
            settings: &self.worker.settings,
            bindings: &self.bindings,
            vars: &self.vars,
        };
        let further = self.environments.iter().map(|environment| Deployment {
            environment: Some(&environment.name),
            worker: &environment.worker,
            settings: &environment.settings,
            bindings: &environment.bindings,
            vars: &environment.vars,
        });
        std::iter::once(main).chain(further).collect()
    }

    /// The further environment of that name; the error says which there are.
    pub fn environment(&self, name: &str) -> Result<&Environment, String> {
        self.environments.iter().find(|it| it.name.as_str() == name).ok_or_else(|| {
            let known = self.environments.iter().map(|it| it.name.as_str());
            let help = nearest(name, known).unwrap_or_else(|| format!("the spec has no `[env.{name}]`"));
            format!("there is no environment {name:?}: {help}")
        })
    }

    /// The D1 databases of the main environment, by binding.
    pub fn databases(&self) -> impl Iterator<Item = (&BindingName, &Database)> {
        databases(&self.bindings)
    }

    /// The Durable Object classes, by binding.
    pub fn classes(&self) -> impl Iterator<Item = (&BindingName, &Class)> {
        self.bindings.iter().filter_map(|binding| match &binding.kind {
            BindingKind::DurableObject(class) => Some((&binding.name, class)),
            _ => None,
        })
    }

    /// The route by which the relay is operated, with the secret that its callers have to know.
    pub fn admin(&self) -> Option<(&Route, &BindingName)> {
        self.routes.iter().find_map(|route| match &route.handler {
            Handler::Admin { token } => Some((route, token)),
            Handler::Relay { .. } | Handler::Llm { .. } | Handler::Health => None,
        })
    }

    /// The tools that the LLM route offers.
    pub fn offered_tools(&self) -> &[name::ToolName] {
        let offered = self.routes.iter().find_map(|route| match &route.handler {
            Handler::Llm { tools } => Some(tools.as_slice()),
            Handler::Relay { .. } | Handler::Admin { .. } | Handler::Health => None,
        });
        offered.unwrap_or_default()
    }
}

/// The worker itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    /// Its name at Cloudflare.
    pub name: WorkerName,
    /// The day whose runtime behaviour is wanted, as YYYY-MM-DD.
    pub compatibility_date: String,
    /// Flags of the runtime.
    pub compatibility_flags: Vec<String>,
    /// Where it is reached, when it runs and what watches it.
    pub settings: Settings,
}

/// LiveStore sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// The Durable Object binding with one object a store.
    pub binding: BindingName,
    /// That binding's class.
    pub class: ClassName,
    /// Where the record of all events is.
    pub store: Store,
    /// Origins, besides the worker's own, whose pages may sync; `*` is all.
    pub allowed_origins: Vec<String>,
    /// Names, in small letters, and values of headers that every answer over HTTP has.
    pub response_headers: Vec<(String, String)>,
    /// What bounds its clients.
    pub limits: RawRelayLimits,
}

/// Where the record of all events is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// One D1 database, for all stores.
    Database(RelayTables),
    /// The SQLite of each store's own object.
    Object {
        /// Where a copy of it is, if there is one.
        mirror: Option<RelayTables>,
    },
}

impl Store {
    /// The word of the spec for the object's own SQLite. No binding has such a name.
    pub const OBJECT: &str = "durable_object";

    /// The relay's tables in D1, if it has any.
    pub fn tables(&self) -> Option<&RelayTables> {
        match self {
            Self::Database(tables) => Some(tables),
            Self::Object { mirror } => mirror.as_ref(),
        }
    }
}

/// The relay's tables in a D1 database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayTables {
    /// The database's binding.
    pub database: BindingName,
    /// The table of events.
    pub events: TableName,
    /// The table of backend ids.
    pub stores: TableName,
}

/// How many tokens a day may take; one of the bounds is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The table that counts them.
    pub table: Located,
    /// Most tokens of a user.
    pub per_user: Option<u32>,
    /// Most tokens of all users together.
    pub per_deployment: Option<u32>,
}

/// A table and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The database's binding.
    pub database: BindingName,
    /// The table.
    pub table: TableName,
}

/// The proxy to the language models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Llm {
    /// The upstream service.
    pub provider: RawProvider,
    /// Where it is; a text is without a trailing slash.
    pub base_url: Setting,
    /// The models that a client may ask for; never empty, the first is the default.
    pub models: Vec<String>,
    /// The secret with the service's key.
    pub api_key: BindingName,
    /// The variable with the project's id.
    pub project: Option<BindingName>,
    /// The model that is asked at last; one of `models`.
    pub fallback_model: Option<String>,
    /// What the model is told first.
    pub system_prompt: Option<String>,
    /// Fields of a request that go on unknown.
    pub extra_fields: Vec<String>,
    /// The binding that counts each user's calls.
    pub rate_limit: Option<BindingName>,
    /// The table that gets a row for each call.
    pub ledger: Option<Located>,
    /// How many tokens a day may take.
    pub budget: Option<Budget>,
    /// What bounds a request.
    pub limits: RawLlmLimits,
}

/// A further environment, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Its worker.
    pub worker: WorkerName,
    /// Where its worker is reached, when it runs and what watches it.
    pub settings: Settings,
    /// All bindings with what they lead to here.
    pub bindings: Vec<Binding>,
    /// All variables with their values here.
    pub vars: Vec<Var>,
}

/// One environment as it is deployed.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'a> {
    /// `None` for the main one.
    pub environment: Option<&'a EnvironmentName>,
    /// The worker's name.
    pub worker: &'a WorkerName,
    /// Where the worker is reached, when it runs and what watches it.
    pub settings: &'a Settings,
    /// The bindings.
    pub bindings: &'a [Binding],
    /// The variables.
    pub vars: &'a [Var],
}

impl<'a> Deployment<'a> {
    /// The D1 databases, by binding.
    pub fn databases(&self) -> impl Iterator<Item = (&'a BindingName, &'a Database)> + use<'a> {
        databases(self.bindings)
    }
}

fn databases(bindings: &[Binding]) -> impl Iterator<Item = (&BindingName, &Database)> {
    bindings.iter().filter_map(|binding| match &binding.kind {
        BindingKind::D1(database) => Some((&binding.name, database)),
        _ => None,
    })
}
