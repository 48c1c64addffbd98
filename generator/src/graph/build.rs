//! From what a spec declares to what is drawn.
//!
//! Owns which declarations become nodes and which of them are joined. Must not know how either is drawn.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{Edge, Environment, Graph, Kind, Link, Node, text};
use crate::{
    declared,
    model::{
        Deployment, Llm, Spec, Store,
        auth::Auth,
        bindings::{Binding, BindingKind, VarValue},
        routes::{Handler, Route},
        tables::Table,
        tools::Tool,
    },
    spec::{RawMethod, RawProvider},
};

impl Graph {
    /// The picture of `spec`.
    pub fn of(spec: &Spec) -> Self {
        let lines = declared::lines(spec);
        let mut builder = Builder::default();
        for route in &spec.routes {
            builder.route(route);
        }
        if spec.web.is_some() {
            let route = builder.node(Kind::Route, "every other path", ["GET"]);
            let handler = builder.node(Kind::Handler, WEB_APP.0, [WEB_APP.1]);
            builder.edge(route, handler, Link::Answered);
        }
        for binding in &spec.bindings {
            let line = lines.get(&format!("bindings.{}", binding.name));
            builder.binding(binding, line.map_or("", String::as_str), spec);
        }
        if let Some(llm) = &spec.llm {
            builder.models(llm);
        }
        for secret in &spec.secrets {
            let node = builder.node(Kind::Secret, secret.name.as_str(), []);
            builder.about(node, &secret.description);
        }
        for var in &spec.vars {
            builder.node(Kind::Var, var.name.as_str(), [value(&var.value).as_str()]);
        }
        for table in &spec.tables {
            builder.table(table);
        }
        for tool in &spec.tools {
            builder.tool(tool);
        }
        builder.uses(spec);
        Self {
            title: spec.worker.name.to_string(),
            description: description(spec),
            nodes: builder.nodes,
            edges: builder.edges,
            environments: environments(spec, &lines),
        }
    }
}

/// A graph that grows. Every text that comes in is made fit to be shown.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    places: BTreeMap<(Kind, String), usize>,
}

impl Builder {
    /// The node of that kind and name, which is made if it is not there yet.
    fn node<'a>(&mut self, kind: Kind, name: &str, notes: impl IntoIterator<Item = &'a str>) -> usize {
        *self.places.entry((kind, name.to_owned())).or_insert_with(|| {
            let notes = notes.into_iter().map(text::plain).filter(|note| !note.is_empty()).collect();
            self.nodes.push(Node { kind, name: text::plain(name), notes, about: None });
            self.nodes.len() - 1
        })
    }

    fn about(&mut self, node: usize, about: &str) {
        let about = text::plain(about);
        if let Some(node) = self.nodes.get_mut(node).filter(|_| !about.is_empty()) {
            node.about = Some(about);
        }
    }

    fn edge(&mut self, from: usize, to: usize, link: Link) {
        let edge = Edge { from, to, link };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// An edge to a node that has been made.
    fn edge_to(&mut self, from: usize, kind: Kind, name: &str, link: Link) {
        if let Some(to) = self.places.get(&(kind, name.to_owned())) {
            self.edge(from, *to, link);
        }
    }

    fn route(&mut self, route: &Route) {
        let methods = route.methods.iter().map(|method| match method {
            RawMethod::Get => "GET",
            RawMethod::Post => "POST",
            RawMethod::Options => "OPTIONS",
        });
        let methods = methods.collect::<Vec<_>>().join(", ");
        let (handler, methods) = match route.handler {
            Handler::Relay { .. } => (RELAY, format!("{methods}, WebSocket")),
            Handler::Llm { .. } => (LLM, methods),
            Handler::Admin { .. } => (ADMIN, methods),
            Handler::Health => (HEALTH, methods),
        };
        let from = self.node(Kind::Route, route.path.as_str(), [methods.as_str()]);
        let to = self.node(Kind::Handler, handler.0, [handler.1]);
        self.edge(from, to, Link::Answered);
    }

    fn binding(&mut self, binding: &Binding, line: &str, spec: &Spec) {
        let name = binding.name.as_str();
        let node = match &binding.kind {
            BindingKind::DurableObject(class) => self.node(Kind::Object, name, [class.name.as_str()]),
            BindingKind::D1(database) => self.node(Kind::Database, name, [database.name.as_str()]),
            BindingKind::Assets => {
                self.node(Kind::Assets, name, spec.web.as_ref().map(|web| web.directory.as_str()))
            }
            other => self.node(Kind::Other(without_article(other.noun())), name, [line]),
        };
        self.about(node, binding.description.as_deref().unwrap_or_default());
    }

    fn models(&mut self, llm: &Llm) {
        let node = self.node(Kind::Models, provider(llm), llm.models.iter().map(String::as_str));
        self.about(node, llm.base_url.text());
    }

    fn table(&mut self, table: &Table) {
        let columns = match table.columns.len() {
            1 => "1 column".to_owned(),
            count => format!("{count} columns"),
        };
        let key: Vec<&str> = table.primary_key.iter().map(|it| it.as_str()).collect();
        let key = if key.is_empty() { String::new() } else { format!("key {}", key.join(", ")) };
        let node = self.node(Kind::Table, table.name.as_str(), [columns.as_str(), key.as_str()]);
        self.about(node, table.description.as_deref().unwrap_or_default());
    }

    fn tool(&mut self, tool: &Tool) {
        let parameters =
            tool.parameters.iter().map(|it| format!("{}{}", it.name, if it.optional { "?" } else { "" }));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        let node = self.node(Kind::Tool, tool.name.as_str(), [format!("({parameters})").as_str()]);
        self.about(node, &tool.description);
    }

    /// Joins the handlers to what they use, and that to what it holds.
    fn uses(&mut self, spec: &Spec) {
        let relay = self.node(Kind::Handler, RELAY.0, [RELAY.1]);
        self.edge_to(relay, Kind::Object, spec.relay.binding.as_str(), Link::Uses);
        if let Some(tables) = spec.relay.store.tables() {
            let link = match spec.relay.store {
                Store::Database(_) => Link::Uses,
                Store::Object { .. } => Link::Copies,
            };
            self.edge_to(relay, Kind::Database, tables.database.as_str(), link);
        }
        let guard = spec.routes.iter().find_map(|route| match route.handler {
            Handler::Relay { .. } => route.auth.as_ref(),
            Handler::Llm { .. } | Handler::Admin { .. } | Handler::Health => None,
        });
        for name in spec.auth.iter().filter(|auth| Some(&auth.name) == guard).flat_map(Auth::reads) {
            self.edge_to(relay, Kind::Secret, name.as_str(), Link::Reads);
            self.edge_to(relay, Kind::Var, name.as_str(), Link::Reads);
        }
        if let Some(web) = &spec.web {
            let app = self.node(Kind::Handler, WEB_APP.0, [WEB_APP.1]);
            self.edge_to(app, Kind::Assets, web.binding.as_str(), Link::Uses);
        }
        if let Some(llm) = &spec.llm {
            let handler = self.node(Kind::Handler, LLM.0, [LLM.1]);
            self.edge_to(handler, Kind::Models, provider(llm), Link::Uses);
            self.edge_to(handler, Kind::Secret, llm.api_key.as_str(), Link::Reads);
            if let Some(limit) = &llm.rate_limit {
                self.edge_to(handler, Kind::Other("rate limit"), limit.as_str(), Link::Uses);
            }
            let tables = llm.ledger.iter().chain(llm.budget.as_ref().map(|it| &it.table));
            for database in tables.map(|it| &it.database).collect::<BTreeSet<_>>() {
                self.edge_to(handler, Kind::Database, database.as_str(), Link::Uses);
            }
            if let Some(project) = &llm.project {
                self.edge_to(handler, Kind::Var, project.as_str(), Link::Reads);
            }
            let models = self.node(Kind::Models, provider(llm), []);
            for tool in spec.offered_tools() {
                self.edge_to(models, Kind::Tool, tool.as_str(), Link::MayCall);
            }
        }
        if let Some((_, token)) = spec.admin() {
            let handler = self.node(Kind::Handler, ADMIN.0, [ADMIN.1]);
            self.edge_to(handler, Kind::Object, spec.relay.binding.as_str(), Link::Uses);
            self.edge_to(handler, Kind::Secret, token.as_str(), Link::Reads);
        }
        for table in &spec.tables {
            let to = self.node(Kind::Table, table.name.as_str(), []);
            let database = self.node(Kind::Database, table.database.as_str(), []);
            self.edge(database, to, Link::Holds);
            for reference in table.columns.iter().filter_map(|column| column.references.as_ref()) {
                self.edge_to(to, Kind::Table, reference.table.as_str(), Link::RefersTo);
            }
        }
    }
}

/// The handlers, each with what it does.
const RELAY: (&str, &str) = ("relay", "LiveStore sync");
const LLM: (&str, &str) = ("llm", "chat completions");
const ADMIN: (&str, &str) = ("admin", "operating the relay");
const WEB_APP: (&str, &str) = ("web app", "static files");
const HEALTH: (&str, &str) = ("health", "the worker's state");

fn provider(llm: &Llm) -> &'static str {
    match llm.provider {
        RawProvider::Braintrust => "Braintrust",
    }
}

fn description(spec: &Spec) -> String {
    let routes = spec.routes.iter().map(|route| match &route.handler {
        Handler::Relay { binding } => {
            let path = route.path.as_str();
            match &spec.relay.store {
                Store::Database(tables) => {
                    format!("{path} syncs through {binding} into {}.", tables.database)
                }
                Store::Object { mirror: None } => format!("{path} syncs into the objects of {binding}."),
                Store::Object { mirror: Some(tables) } => format!(
                    "{path} syncs into the objects of {binding}, and they copy to {}.",
                    tables.database
                ),
            }
        }
        Handler::Llm { tools } => {
            let tools: Vec<&str> = tools.iter().map(|tool| tool.as_str()).collect();
            let offered = if tools.is_empty() { "no tools".to_owned() } else { tools.join(", ") };
            format!("{} asks language models and offers them {offered}.", route.path.as_str())
        }
        Handler::Admin { token } => {
            format!("{} operates the relay for who knows {token}.", route.path.as_str())
        }
        Handler::Health => format!("{} tells the worker's state.", route.path.as_str()),
    });
    let web = spec.web.as_ref().map(|web| format!("Every other path is a file of {}.", web.directory));
    text::plain(&routes.chain(web).collect::<Vec<_>>().join(" "))
}

fn without_article(noun: &'static str) -> &'static str {
    ["a ", "an ", "the "].iter().find_map(|article| noun.strip_prefix(article)).unwrap_or(noun)
}

fn value(var: &VarValue) -> String {
    match var {
        VarValue::Text(text) => text.clone(),
        VarValue::Integer(value) => value.to_string(),
        VarValue::Float(value) => value.to_string(),
        VarValue::Boolean(value) => value.to_string(),
    }
}

/// Of the main environment, what others would have otherwise; of the others, what they have otherwise.
fn environments(spec: &Spec, lines: &IndexMap<String, String>) -> Vec<Environment> {
    let own = |deployment: &Deployment<'_>| {
        let differs = |place: &str| match deployment.environment {
            Some(environment) => place.starts_with(&format!("env.{environment}.")),
            None => {
                let mut databases = spec.databases().map(|(binding, _)| format!("bindings.{binding}"));
                place.starts_with("worker.") || databases.any(|it| it == place)
            }
        };
        let key = |place: &str| place.rsplit('.').next().unwrap_or_default().to_owned();
        let lines = lines.iter().filter(|(place, _)| differs(place));
        lines.map(|(place, line)| text::plain(&format!("{}: {line}", key(place)))).collect()
    };
    let environment = |deployment: &Deployment<'_>| Environment {
        name: deployment.environment.map_or_else(|| "main".to_owned(), ToString::to_string),
        worker: deployment.worker.to_string(),
        own: own(deployment),
    };
    spec.deployments().iter().map(environment).collect()
}
