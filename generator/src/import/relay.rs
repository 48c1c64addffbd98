//! LiveStore sync, which no configuration declares: what of it is there already, and what is added.

use super::{
    Builder,
    draft::Section,
    meaning::{Facts, Key},
    note::Kind,
};

/// The path at which the page and the relay of this project meet, if nothing speaks for another.
const PATH: &str = "/websocket";

/// What the relay uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Relay {
    /// The binding of its objects.
    pub(super) binding: String,
    /// A class for them, if none was there.
    new_class: Option<&'static str>,
    /// The binding of its database.
    pub(super) store: String,
    /// A name for the database, if none was there.
    new_database: Option<String>,
    /// The path at which it answers.
    pub(super) path: String,
}

impl Relay {
    /// Chooses from what `environments` have, the main one first.
    pub(super) fn choose(environments: &[&Facts]) -> Self {
        let of = |list: &str| -> Vec<(&str, &Facts)> {
            let all = environments
                .iter()
                .flat_map(|facts| facts.names(["bindings"]).into_iter().map(|name| (name, *facts)));
            all.filter(|(name, facts)| facts.text(["bindings", name, "type"]) == Some(list)).collect()
        };
        let mut objects = of("durable_objects");
        objects.retain(|(name, facts)| {
            let text = |key: &str| facts.text(["bindings", name, key]);
            text("script_name").is_none() && text("class_name").is_some()
        });
        let sync = |(name, facts): &&(&str, &Facts)| {
            is_of_sync(name) || facts.text(["bindings", name, "class_name"]).is_some_and(is_of_sync)
        };
        let object = objects.iter().find(sync).or(objects.first());
        let databases = of("d1_databases");
        let taken = |name: &str| {
            environments.iter().any(|facts| {
                ["bindings", "vars", "secrets"].iter().any(|section| facts.names([section]).contains(&name))
            })
        };
        let free = |name: &str| if taken(name) { format!("LIVESTORE_{name}") } else { name.to_owned() };
        let worker =
            resource(environments.first().and_then(|facts| facts.text(["name"])).unwrap_or("my-worker"));
        let database = databases.iter().find(|(name, _)| *name == "DB").or(databases.first());
        Self {
            binding: object.map_or_else(|| free("SYNC_BACKEND_DO"), |(name, _)| (*name).to_owned()),
            new_class: object.is_none().then_some("SyncBackendDO"),
            store: database.map_or_else(|| free("DB"), |(name, _)| (*name).to_owned()),
            new_database: database.is_none().then(|| format!("{worker}-events")),
            path: environments.first().and_then(|facts| sync_path(facts)).unwrap_or(PATH).to_owned(),
        }
    }
}

/// A name for a new resource that starts like another name.
pub(super) fn resource(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().take(40).map(plain).collect();
    let name = name.trim_matches('-');
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.to_owned()
    } else {
        format!("worker-{name}")
    }
}

/// The path, among those that the worker answers before its files, that is named as one for sync.
fn sync_path(facts: &Facts) -> Option<&str> {
    let paths =
        facts.below(["assets", "run_worker_first"]).into_iter().filter_map(|(rest, _)| rest.first().copied());
    let named = |path: &&str| {
        let last = path.rsplit('/').next().unwrap_or_default().to_lowercase();
        ["sync", "websocket", "livestore", "ws"].iter().any(|word| last.contains(word))
    };
    paths.filter(|path| path.starts_with('/') && !path.contains('*')).find(named)
}

/// Whether a class or binding is named as those of `@livestore/sync-cf` usually are.
fn is_of_sync(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    ["websocketserver", "syncbackend", "livestore"].iter().any(|word| name.contains(word))
}

impl Builder<'_> {
    /// The bindings that the relay needs and that were not there.
    pub(super) fn relay_bindings(&mut self) -> Vec<Section> {
        let relay = self.relay.clone();
        let mut sections = Vec::new();
        match relay.new_class {
            Some(class) => {
                self.assume(
                    "durable_objects",
                    &format!("the relay needs a class of objects: `bindings.{}` with `{class}` is added", relay.binding),
                    "the next deployment makes the class",
                    Key::new(["bindings", &relay.binding]),
                );
                self.new_class = Some(class);
                sections.push(Section::new(["bindings", &relay.binding]).line("type", "durable_object").line("class", class));
            }
            None => self.note(
                Kind::Assumed,
                "durable_objects",
                &format!("`{}` is taken for the binding of the relay's objects", relay.binding),
                "name another in `[[routes]]` if that is wrong: the relay answers in place of the class's own code",
            ),
        }
        match &relay.new_database {
            Some(name) => {
                self.assume(
                    "d1_databases",
                    &format!("the relay needs a database: `bindings.{}` with `{name}` is added", relay.store),
                    "the next deployment makes it; `store = \"durable_object\"` in `[relay]` needs none",
                    Key::new(["bindings", &relay.store]),
                );
                let section = Section::new(["bindings", &relay.store])
                    .line("type", "d1")
                    .line("database", name.as_str());
                sections.push(section);
            }
            None => self.note(
                Kind::Assumed,
                "d1_databases",
                &format!("the relay keeps its events in `{}`", relay.store),
                "name another in `[relay]` if that is wrong",
            ),
        }
        sections
    }

    /// The route and `[relay]`.
    pub(super) fn relay(&mut self, events: &str, stores: &str) -> Vec<Section> {
        let path = self.relay.path.clone();
        self.assume(
            "routes",
            &format!(
                "the relay answers at `{PATH}`; a configuration does not tell which paths a worker answers"
            ),
            "write the path that your clients connect to, and add your own routes",
            Key::new(["assets", "run_worker_first", &path]),
        );
        let route = Section::element("routes", 0)
            .line("path", path)
            .line("handler", "relay")
            .line("binding", self.relay.binding.as_str());
        let relay = Section::new(["relay"])
            .line("store", self.relay.store.as_str())
            .line("table", events)
            .line("stores_table", stores);
        vec![route, relay]
    }
}
