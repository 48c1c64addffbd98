//! Each declaration of a spec in a line, and what changed between two sets of such lines.
//!
//! Owns the summary that `diff` shows first. The lines of the last run are kept in `spec.lock`, so that a person
//! can judge a change without reading the files that it makes. Must not know those files.

mod auth;
mod deployed;
mod renamed;

use indexmap::IndexMap;

use crate::model::{
    RelayTables, Spec, Store,
    name::ColumnName,
    routes::Handler,
    tables::{Column, ColumnType, DefaultValue, Index, Literal, Table, TermValue},
    tools::{Parameter, ParameterType},
};
use crate::spec::RawRelayLimits;

use renamed::Carried;
pub use renamed::{Rename, renames};

/// Every declaration by its place in the spec, in the spec's order.
pub fn lines(spec: &Spec) -> IndexMap<String, String> {
    let mut lines = IndexMap::new();
    let mut add = |place: String, line: String| {
        lines.insert(place, line);
    };
    let worker = &spec.worker;
    add(
        "worker".to_owned(),
        format!("{}, {}", worker.name, with(&worker.compatibility_date, &worker.compatibility_flags)),
    );
    for (key, line) in deployed::settings(&worker.settings) {
        add(format!("worker.{key}"), line);
    }
    if let Some(web) = &spec.web {
        add("web".to_owned(), deployed::web(web));
        for (name, value) in &web.headers {
            add(format!("web.headers.{name}"), value.clone());
        }
    }
    for binding in &spec.bindings {
        add(format!("bindings.{}", binding.name), deployed::binding(&binding.kind));
    }
    for var in &spec.vars {
        add(format!("vars.{}", var.name), deployed::var(&var.value));
    }
    for secret in &spec.secrets {
        add(format!("secrets.{}", secret.name), on_one_line(&secret.description));
    }
    for auth in &spec.auth {
        add(format!("auth.{}", auth.name), auth::line(auth));
    }
    for route in &spec.routes {
        let line = match &route.handler {
            Handler::Relay { binding } => format!("relay on {binding}"),
            Handler::Llm { tools } => {
                format!("llm with {}", tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            }
            Handler::Admin { token } => format!("admin by {token}"),
            Handler::Health => "health".to_owned(),
        };
        let guard = route.auth.as_ref().map(|auth| format!(" for {auth}"));
        add(format!("routes {}", route.path.as_str()), line + &guard.unwrap_or_default());
    }
    let tables = |it: &RelayTables| format!("{} in {}, {}", it.database, it.events, it.stores);
    let store = match &spec.relay.store {
        Store::Database(it) => tables(it),
        Store::Object { mirror: None } => "in each store's object".to_owned(),
        Store::Object { mirror: Some(it) } => format!("in each store's object, copied to {}", tables(it)),
    };
    add("relay".to_owned(), store);
    if spec.relay.limits != RawRelayLimits::default() {
        add("relay.limits".to_owned(), deployed::relay_limits(&spec.relay.limits));
    }
    if let Some(llm) = &spec.llm {
        add("llm".to_owned(), format!("{} for {}", llm.base_url.text(), llm.models.join(", ")));
        for (key, value) in deployed::llm(llm) {
            add(format!("llm.{key}"), value);
        }
    }
    let several = spec.databases().count() > 1;
    for table in &spec.tables {
        lines.extend(table_lines(table, several));
    }
    let mut add = |place: String, line: String| {
        lines.insert(place, line);
    };
    for tool in &spec.tools {
        add(
            format!("tools.{}", tool.name),
            format!("({}) {}", parameters(&tool.parameters), on_one_line(&tool.description)),
        );
    }
    for environment in &spec.environments {
        let place = format!("env.{}", environment.name);
        add(place.clone(), environment.worker.to_string());
        for (key, line) in deployed::differing(spec, environment) {
            add(format!("{place}.{key}"), line);
        }
    }
    lines
}

/// How a table's line ends where there are several databases.
fn in_database(binding: &str) -> String {
    format!(" in {binding}")
}

/// A table, its columns, indexes and conditions; with its database, if there are several.
fn table_lines(table: &Table, several: bool) -> Vec<(String, String)> {
    let place = |rest: String| format!("tables.{}{rest}", table.name);
    let options = [(!table.strict, ", not strict"), (table.without_rowid, ", without rowid")];
    let options = options.iter().filter(|(set, _)| *set).map(|(_, option)| *option);
    let database = if several { in_database(table.database.as_str()) } else { String::new() };
    let key = format!("key ({}){}{database}", names(&table.primary_key), options.collect::<String>());
    let mut lines = vec![(place(String::new()), key)];
    lines.extend(table.columns.iter().map(|it| (place(format!(".{}", it.name)), column(it))));
    lines.extend(table.indexes.iter().map(|it| (place(format!(".indexes.{}", it.name)), index(it))));
    let check = |it: &crate::model::tables::Check| on_one_line(it.expression.as_str());
    lines.extend(table.checks.iter().map(|it| (place(format!(".checks.{}", it.name)), check(it))));
    lines.extend(table.foreign_keys.iter().map(|it| {
        let line = format!("({}) references {}.({})", names(&it.columns), it.table, names(&it.references));
        (place(format!(".foreign_keys.{}", it.name)), line)
    }));
    lines
}

fn names(columns: &[ColumnName]) -> String {
    columns.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(", ")
}

fn index(index: &Index) -> String {
    let terms = index.terms.iter().map(|term| {
        let value = match &term.value {
            TermValue::Column(name) => name.to_string(),
            TermValue::Expression(expression) => on_one_line(expression.as_str()),
        };
        format!("{value}{}", if term.descending { " desc" } else { "" })
    });
    let condition = index.condition.as_ref().map(|it| format!(" where {}", on_one_line(it.as_str())));
    let unique = if index.unique { "unique " } else { "" };
    format!("{unique}({}){}", terms.collect::<Vec<_>>().join(", "), condition.unwrap_or_default())
}

/// What became of one declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It is new.
    Added {
        /// Its place in the spec.
        place: String,
        /// Its line.
        line: String,
    },
    /// It reads otherwise.
    Changed {
        /// Its place in the spec.
        place: String,
        /// Its line at the last run.
        before: String,
        /// Its line now.
        after: String,
    },
    /// It has another name, and may read otherwise, too.
    Renamed {
        /// Its place at the last run.
        from: String,
        /// Its place in the spec.
        place: String,
        /// Its line at the last run.
        before: String,
        /// Its line now.
        after: String,
    },
    /// It is gone.
    Removed {
        /// Its place in the spec.
        place: String,
        /// Its line at the last run.
        line: String,
    },
}

impl Difference {
    /// Its place in the spec.
    pub fn place(&self) -> &str {
        match self {
            Self::Added { place, .. }
            | Self::Changed { place, .. }
            | Self::Renamed { place, .. }
            | Self::Removed { place, .. } => place,
        }
    }
}

/// The differences between two sets of lines: what is there now in its order, then what is gone. What has one of the
/// new names of `renames` is compared with what had the old one.
pub fn differences(
    before: &IndexMap<String, String>,
    after: &IndexMap<String, String>,
    renames: &[Rename],
) -> Vec<Difference> {
    let before = renamed::carried(before, renames);
    let now = after.iter().filter_map(|(place, line)| {
        let (place, after) = (place.clone(), line.clone());
        Some(match before.get(&place) {
            None => Difference::Added { place, line: after },
            Some(Carried { origin, renamed: true, line }) => {
                Difference::Renamed { from: origin.clone(), place, before: line.clone(), after }
            }
            Some(Carried { line, .. }) if *line != after => {
                Difference::Changed { place, before: line.clone(), after }
            }
            Some(_) => return None,
        })
    });
    let gone = before
        .iter()
        .filter(|(place, _)| !after.contains_key(*place))
        .map(|(place, it)| Difference::Removed { place: place.clone(), line: it.line.clone() });
    now.chain(gone).collect()
}

/// The columns that have another type: each as `table.column`, with the spec's words for the old and the new one.
pub fn retyped(differences: &[Difference]) -> impl Iterator<Item = (&str, &str, &str)> {
    differences.iter().filter_map(|it| {
        let (Difference::Changed { place, before, after } | Difference::Renamed { place, before, after, .. }) = it
        else {
            return None;
        };
        let column = place.strip_prefix("tables.").filter(|rest| rest.matches('.').count() == 1)?;
        // A column's line starts with its type.
        let kind = |line: &'_ str| line.find(',').unwrap_or(line.len());
        let (from, to) = (&before[..kind(before)], &after[..kind(after)]);
        (from != to).then_some((column, from, to))
    })
}

/// What is left behind where a declaration now leads elsewhere: its place, and in words. Nothing is deleted, so it needs
/// no permission; but a typing mistake would look like lost data.
pub fn left_behind(differences: &[Difference]) -> Vec<(String, String)> {
    let behind = |difference: &Difference| {
        let (Difference::Changed { place, before, after } | Difference::Renamed { place, before, after, .. }) =
            difference
        else {
            return None;
        };
        let name = |line: &str| line.strip_prefix("d1 ")?.split([' ', ',']).next().map(str::to_owned);
        if let (Some(old), Some(new)) = (name(before), name(after)) {
            let text = format!("the rows of {old} stay there, and {new} gets every migration from the first");
            return (old != new).then(|| (place.clone(), text));
        }
        let is_worker = place == "worker" || (place.starts_with("env.") && place.matches('.').count() == 1);
        let name = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
        let (old, new) = (name(before), name(after));
        let text =
            format!("{new} is another worker: the objects of {old} and its secrets stay with that one");
        (is_worker && old != new).then(|| (place.clone(), text))
    };
    differences.iter().filter_map(behind).collect()
}

/// A description without line breaks, and without what a terminal would take for a command.
fn on_one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn with(first: &str, rest: &[String]) -> String {
    std::iter::once(first).chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join(", ")
}

fn column(column: &Column) -> String {
    let mut line = match column.kind {
        ColumnType::Integer => "integer",
        ColumnType::Real => "real",
        ColumnType::Text => "text",
        ColumnType::Blob => "blob",
        ColumnType::Boolean => "boolean",
        ColumnType::Timestamp => "timestamp",
        ColumnType::Json => "json",
        ColumnType::Uuid => "uuid",
    }
    .to_owned();
    if column.nullable {
        line.push_str(", nullable");
    }
    if column.unique {
        line.push_str(", unique");
    }
    match &column.default {
        Some(DefaultValue::Literal(Literal::Integer(value))) => line.push_str(&format!(", default {value}")),
        Some(DefaultValue::Literal(Literal::Real(value))) => line.push_str(&format!(", default {value}")),
        Some(DefaultValue::Literal(Literal::Boolean(value))) => line.push_str(&format!(", default {value}")),
        Some(DefaultValue::Literal(Literal::Text(value))) => line.push_str(&format!(", default {value:?}")),
        Some(DefaultValue::Expression(it)) => {
            line.push_str(&format!(", default {}", on_one_line(it.as_str())));
        }
        None => {}
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "stored" } else { "computed" };
        line.push_str(&format!(", {kept} {}", on_one_line(generated.expression.as_str())));
    }
    if let Some(check) = &column.check {
        line.push_str(&format!(", check {}", on_one_line(check.as_str())));
    }
    if let Some(reference) = &column.references {
        line.push_str(&format!(", references {}.{}", reference.table, reference.column));
    }
    line
}

fn parameters(all: &[Parameter]) -> String {
    let one = |it: &Parameter| {
        format!("{}{}: {}", it.name, if it.optional { "?" } else { "" }, parameter_type(&it.kind))
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn parameter_type(kind: &ParameterType) -> String {
    fn range<N: std::fmt::Display>(low: Option<N>, high: Option<N>) -> String {
        match (low, high) {
            (None, None) => String::new(),
            (low, high) => {
                let show = |it: Option<N>| it.map(|it| it.to_string()).unwrap_or_default();
                format!("[{}..{}]", show(low), show(high))
            }
        }
    }
    match kind {
        ParameterType::String { min_length, max_length } => {
            format!("string{}", range(*min_length, *max_length))
        }
        ParameterType::Enum(values) => values.join(" | "),
        ParameterType::Integer { minimum, maximum } => format!("integer{}", range(*minimum, *maximum)),
        ParameterType::Number { minimum, maximum } => format!("number{}", range(*minimum, *maximum)),
        ParameterType::Boolean => "boolean".to_owned(),
        ParameterType::Array { items, min_items, max_items } => {
            format!("list of {}{}", parameter_type(&items.kind), range(*min_items, *max_items))
        }
        ParameterType::Object(properties) => format!("{{ {} }}", parameters(properties)),
    }
}
