//! Where the record of all events is, and what each choice needs.

use super::{
    Lowering,
    needed::{NeededColumn, Use},
    reference::Target,
    relay::{EVENTS, STORES},
};
use crate::{
    diagnostic::{Code, Diagnostic, Place, closest},
    model::{
        RelayTables, Store,
        name::{BindingName, TableName},
        tables::Table,
    },
    path::SpecPath,
    spec::{RawBinding, RawRelay, RawStorage},
};

impl Lowering<'_> {
    /// The store that `[relay]` names, with its tables.
    pub(super) fn store(&mut self, raw: &RawRelay, tables: &[Table]) -> Option<Store> {
        let at = SpecPath::from(["relay", "store"]);
        if raw.store == Store::OBJECT {
            let Some(mirror) = &raw.mirror else {
                self.needless_tables(raw);
                return Some(Store::Object { mirror: None });
            };
            let at = SpecPath::from(["relay", "mirror"]);
            let database: Option<BindingName> = self.reference(Target::Database, mirror, at);
            let tables = self.relay_tables(raw, database, tables)?;
            return Some(Store::Object { mirror: Some(tables) });
        }
        if raw.mirror.is_some() {
            let message = "a mirror is a copy in D1 of what is in the objects, and here the record is in D1";
            self.push(
                Diagnostic::new(Code::NeedlessKey, Place::Key(SpecPath::from(["relay", "mirror"])), message)
                    .related(Place::Value(at.clone()), "the record is here")
                    .help(format!("leave out `mirror`, or write `store = \"{}\"`", Store::OBJECT)),
            );
        }
        let declared = self.raw.bindings.contains_key(&raw.store);
        if !declared && closest(&raw.store, [Store::OBJECT]).is_some() {
            let message = format!("there is no store `{}`", raw.store);
            self.use_of_all("bindings");
            self.push(
                Diagnostic::new(Code::UnknownBinding, Place::Value(at), message)
                    .help(format!("did you mean `{}`?", Store::OBJECT)),
            );
            return None;
        }
        let database: Option<BindingName> = self.reference(Target::Database, &raw.store, at);
        self.relay_tables(raw, database, tables).map(Store::Database)
    }

    /// The relay's tables in D1.
    fn relay_tables(
        &mut self,
        raw: &RawRelay,
        database: Option<BindingName>,
        tables: &[Table],
    ) -> Option<RelayTables> {
        let events = self.named("table", raw.table.as_deref(), "events");
        let stores = self.named("stores_table", raw.stores_table.as_deref(), "stores");
        let key: &[&str] = &["store_id", "seq_num"];
        let (by, code) = ("the relay", Code::RelayColumn);
        let used = |at, name, columns: &'static [NeededColumn], key| Use { by, code, at, name, columns, key };
        let events = events.map(|(at, name)| used(at, name, EVENTS, key));
        let stores = stores.map(|(at, name)| used(at, name, STORES, &key[..1]));
        let mut table = |wanted: &Option<Use<'_>>| -> Option<TableName> {
            self.needed_table(wanted.as_ref()?, database.as_ref(), tables)
        };
        let events_table = table(&events);
        let stores_table = match events.as_ref().zip(stores.as_ref()) {
            Some((events, stores)) if events.name == stores.name => {
                self.shared_table(events, stores);
                None
            }
            _ => table(&stores),
        };
        Some(RelayTables { database: database?, events: events_table?, stores: stores_table? })
    }

    /// A table that a key of `[relay]` must name.
    fn named<'a>(&mut self, key: &str, name: Option<&'a str>, usual: &str) -> Option<(SpecPath, &'a str)> {
        let relay = SpecPath::from(["relay"]);
        let at = relay.key(key);
        let (in_d1, what) = match self.raw.relay.as_ref().and_then(|raw| raw.mirror.as_ref()) {
            Some(_) => ("mirror", "a copy of the events is in D1"),
            None => ("store", "the events are in D1"),
        };
        if name.is_none() && !self.broken.touches(&at) {
            self.push(
                Diagnostic::new(
                    Code::MissingKey,
                    Place::Key(relay),
                    format!("`relay` needs the key `{key}`"),
                )
                .related(Place::Value(SpecPath::from(["relay", in_d1])), what)
                .help(format!("`{key} = \"{usual}\"`, and `[tables.{usual}]` with the relay's columns")),
            );
        }
        name.map(|name| (at, name))
    }

    /// What an object that keeps its own record has no use for.
    fn needless_tables(&mut self, raw: &RawRelay) {
        let relay = SpecPath::from(["relay"]);
        let keys = [("table", raw.table.is_some()), ("stores_table", raw.stores_table.is_some())];
        for (key, _) in keys.iter().filter(|(_, given)| *given) {
            let message = format!("`{key}` names a table in D1, and nothing of the relay is there");
            self.push(
                Diagnostic::new(Code::NeedlessKey, Place::Key(relay.key(*key)), message)
                    .related(Place::Value(relay.key("store")), "the record is in each store's own object")
                    .help(format!("leave out `{key}`, or name the database of a copy with `mirror`")),
            );
        }
    }

    /// Objects that keep the record need SQLite.
    pub(super) fn keeps_sqlite(&mut self, binding: &BindingName, store: Option<&Store>) {
        let at = SpecPath::from(["bindings", binding.as_str()]);
        let storage = self.raw.bindings.get(binding.as_str()).and_then(|binding| match binding {
            RawBinding::DurableObject { storage, .. } => Some(*storage),
            _ => None,
        });
        if storage == Some(RawStorage::Kv) && matches!(store, Some(Store::Object { .. })) {
            let message = format!("the objects of `{binding}` cannot hold the record: they have no SQLite");
            self.push(
                Diagnostic::new(Code::WrongBindingType, Place::Value(at.key("storage")), message)
                    .related(Place::Value(SpecPath::from(["relay", "store"])), "the record is to be there")
                    .help(
                        "leave out `storage`; a class that was deployed with \"kv\" keeps it for ever: give the \
                         relay a new class then",
                    ),
            );
        }
    }
}
