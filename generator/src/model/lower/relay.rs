//! The relay's binding and tables.

use super::{
    Lowering,
    needed::{NeededColumn, Use},
};
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        Relay,
        routes::{Handler, Route},
        tables::{ColumnType, Table},
    },
    path::SpecPath,
    spec::RawBinding,
};

/// The columns of an event, after LiveStore's wire format; `args` is NULL for an event that has none.
pub const EVENTS: &[NeededColumn] = &[
    ("store_id", ColumnType::Text, false),
    ("seq_num", ColumnType::Integer, false),
    ("parent_seq_num", ColumnType::Integer, false),
    ("name", ColumnType::Text, false),
    ("args", ColumnType::Json, true),
    ("client_id", ColumnType::Text, false),
    ("session_id", ColumnType::Text, false),
    ("created_at", ColumnType::Timestamp, false),
];

/// The columns of a store.
pub const STORES: &[NeededColumn] = &[
    ("store_id", ColumnType::Text, false),
    ("backend_id", ColumnType::Text, false),
    ("created_at", ColumnType::Timestamp, false),
];

impl Lowering<'_> {
    pub(super) fn relay(&mut self, routes: &[Route], tables: &[Table]) -> Option<Relay> {
        let raw = self.raw.relay.as_ref()?;
        let path = SpecPath::from(["relay"]);
        let store = self.store(raw, tables);
        if !self.leads_to("relay") {
            // The route would lead to a binding.
            self.use_of_all("bindings");
            self.push(
                Diagnostic::new(Code::MissingRoute, Place::Key(path.clone()), "no route leads to `relay`")
                    .help("add a `[[routes]]` with `handler = \"relay\"` and the Durable Object's `binding`"),
            );
        }
        let allowed_origins = self.origins(&path.key("allowed_origins"), &raw.allowed_origins);
        if let Some(index) = raw.allowed_origins.iter().position(|it| it == "*")
            && self.relay_takes_cookies()
        {
            let at = Place::Value(path.key("allowed_origins").index(index));
            let message =
                "every page would act in the name of whoever opens it: browsers send cookies by themselves";
            let help = "name the origins, or take `cookie` out of `from` of the route's auth";
            self.push(Diagnostic::new(Code::InvalidValue, at, message).help(help));
        }
        let response_headers = self.headers(&path.key("response_headers"), &raw.response_headers);
        let binding = routes.iter().find_map(|route| match &route.handler {
            Handler::Relay { binding } => Some(binding.clone()),
            Handler::Llm { .. } | Handler::Admin { .. } | Handler::Health => None,
        })?;
        self.keeps_sqlite(&binding, store.as_ref());
        let RawBinding::DurableObject { class, .. } = self.raw.bindings.get(binding.as_str())? else {
            return None;
        };
        Some(Relay {
            class: crate::model::name::ClassName::new(class).ok()?,
            binding,
            store: store?,
            allowed_origins,
            response_headers,
            limits: raw.limits,
        })
    }

    pub(super) fn shared_table(&mut self, events: &Use<'_>, stores: &Use<'_>) {
        self.push(
            Diagnostic::new(
                Code::RelayColumn,
                Place::Value(stores.at.clone()),
                format!("`{}` cannot hold both the events and the stores", stores.name),
            )
            .related(Place::Value(events.at.clone()), "the events are here")
            .help("name a second table, with the columns store_id, backend_id and created_at"),
        );
    }
}
