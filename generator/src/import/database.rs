//! The tables of a database that is there, as the spec declares tables.
//!
//! Owns what of a table a spec can say. What it cannot say is found by comparing what the spec makes of the tables
//! with what they are. Must not know SQL text beyond single literals.

use std::collections::BTreeSet;

use toml::Value;

use super::{Builder, draft::Section, note::Kind};
use crate::{
    migrate::schema::{Column, ForeignKey, Schema, Table, Term, TermValue},
    model::{
        EVENTS, NeededColumn, STORES,
        name::{ColumnName, IndexName, TableName},
        type_word,
    },
    path::SpecPath,
};

/// The tables that hold the spec's own names for the relay's two.
#[derive(Debug, Clone)]
pub(super) struct RelayTables {
    pub(super) events: String,
    pub(super) stores: String,
}

impl Builder<'_> {
    /// The tables of a database, as far as the spec can declare them; `taken` has the names of other databases'.
    pub(super) fn tables(
        &mut self,
        binding: &str,
        several: bool,
        schema: &Schema,
        taken: &mut BTreeSet<String>,
    ) -> Vec<Section> {
        let mut synced = 0;
        let mut names: Vec<&String> = Vec::new();
        for (name, table) in &schema.tables {
            if is_of_livestore(name) {
                synced += 1;
            } else if let Some(reason) = undeclarable(name, table, taken) {
                let remedy = "it stays in the database as it is; the spec and its migrations do not touch it";
                self.note(Kind::Lost, &format!("tables.{name}"), &reason, remedy);
            } else if !is_of_a_tool(name) {
                names.push(name);
            }
        }
        if synced > 0 {
            let (reason, remedy) = (
                format!(
                    "{synced} of the database's tables are LiveStore's own, of one store each; the relay has one table for all"
                ),
                "copy the events of each store into the relay's table before clients connect to it",
            );
            self.note(Kind::Lost, "tables.eventlog_…", &reason, remedy);
        }
        taken.extend(names.iter().map(|name| (*name).clone()));
        let declared: BTreeSet<&str> = names.iter().map(|name| name.as_str()).collect();
        let sections = names.iter().filter_map(|name| Some((name, schema.tables.get(*name)?)));
        sections.map(|(name, table)| section(name, table, several.then_some(binding), &declared)).collect()
    }

    /// The relay's tables: those of its database that have the form, else new ones.
    pub(super) fn relay_tables(
        &mut self,
        schema: Option<&Schema>,
        several: bool,
        sections: &mut Vec<Section>,
        taken: &BTreeSet<String>,
    ) -> RelayTables {
        let store = self.relay.store.clone();
        let mut table = |name: &str, key: &[&str], columns: &[NeededColumn], description: &str| {
            let fits = |(_, table): &(&String, &Table)| has_form(table, key, columns);
            let there =
                schema.and_then(|schema| schema.tables.iter().find(fits)).map(|(name, _)| name.clone());
            if let Some(there) = there
                && taken.contains(&there)
            {
                let path = SpecPath::from(["tables", there.as_str()]);
                for section in sections.iter_mut().filter(|section| section.path == path) {
                    for (column, kind, _) in columns {
                        section.set_field(&["columns", column], "type", type_word(*kind));
                    }
                }
                self.note(
                    Kind::Assumed,
                    &format!("tables.{there}"),
                    &format!("it has the form of the relay's {name}, and is taken for them"),
                    "",
                );
                return there;
            }
            let free = if taken.contains(name) { format!("livestore_{name}") } else { name.to_owned() };
            self.note(
                Kind::Assumed,
                &format!("tables.{free}"),
                &format!("the relay needs a table of {name} that was not there"),
                "the first migration makes it",
            );
            let section = needed(&free, key, columns, several.then_some(&store));
            sections.push(section.line_first("description", description));
            free
        };
        RelayTables {
            events: table(
                "events",
                &["store_id", "seq_num"],
                EVENTS,
                "Every event of every store, once; the record from which clients are synced.",
            ),
            stores: table(
                "stores",
                &["store_id"],
                STORES,
                "The backend id of every store. A client whose copy has another one starts anew.",
            ),
        }
    }
}

/// LiveStore's server keeps a table of events a store, and one of its contexts.
fn is_of_livestore(name: &str) -> bool {
    ["eventlog_", "context_"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// Ledgers of wrangler, D1 and others.
fn is_of_a_tool(name: &str) -> bool {
    name.starts_with("_cf_")
        || name.starts_with("sqlite_")
        || matches!(name, "d1_migrations" | "__drizzle_migrations" | "_prisma_migrations")
}

/// Why the spec can say nothing of a table.
fn undeclarable(name: &str, table: &Table, taken: &BTreeSet<String>) -> Option<String> {
    if is_of_a_tool(name) {
        return None;
    }
    if taken.contains(name) {
        return Some(
            "another database has a table of this name, and names in the spec are unique".to_owned(),
        );
    }
    if TableName::new(name).is_err() {
        return Some(format!("a table's name has {}", TableName::RULE));
    }
    let column = table.columns.iter().find(|column| ColumnName::new(&column.name).is_err());
    let index = table.indexes.keys().find(|index| IndexName::new(index).is_err());
    match (column, index) {
        (Some(column), _) => {
            Some(format!("the column `{}`: a column's name has {}", column.name, ColumnName::RULE))
        }
        (_, Some(index)) => Some(format!("the index `{index}`: an index's name has {}", IndexName::RULE)),
        _ if table.columns.is_empty() => Some("it has no columns".to_owned()),
        _ => None,
    }
}

fn section(name: &str, table: &Table, database: Option<&str>, declared: &BTreeSet<&str>) -> Section {
    let mut section = Section::new(["tables", name])
        .maybe("database", database)
        .maybe("strict", (!table.strict).then_some(false))
        .maybe("without_rowid", table.without_rowid.then_some(true));
    if !table.primary_key.is_empty() {
        section = section.line("primary_key", table.primary_key.clone());
    }
    let keys: Vec<&ForeignKey> =
        table.foreign_keys.iter().filter(|key| declared.contains(key.table.as_str())).collect();
    for column in &table.columns {
        let reference =
            keys.iter().find(|key| key.columns == [column.name.clone()] && key.parents.len() == 1);
        let key = table.primary_key.contains(&column.name);
        let unique = table.unique.contains(std::slice::from_ref(&column.name));
        section.set(&["columns", &column.name], inline(column, key, unique, reference.copied()));
    }
    for key in keys.iter().filter(|key| key.columns.len() > 1) {
        let mut fields = vec![
            ("columns", Value::from(key.columns.clone())),
            ("table", key.table.clone().into()),
            ("references", key.parents.clone().into()),
        ];
        fields.extend(actions(key));
        section.set(&["foreign_keys", &key.columns.join("_")], record(fields));
    }
    for (number, check) in (1..).zip(&table.checks) {
        let name = check.name.clone().unwrap_or_else(|| format!("{name}_check_{number}"));
        section.set(&["checks", &name], check.condition.as_str());
    }
    for (index, it) in &table.indexes {
        let mut fields = vec![("columns", Value::from(it.terms.iter().map(term).collect::<Vec<_>>()))];
        fields.extend(it.unique.then(|| ("unique", true.into())));
        fields.extend(it.condition.as_ref().map(|condition| ("where", condition.as_str().into())));
        section.set(&["indexes", index], record(fields));
    }
    section
}

fn term(term: &Term) -> String {
    let value = match &term.value {
        TermValue::Column(name) => name.as_str(),
        TermValue::Expression(expression) => expression.as_str(),
    };
    format!("{value}{}", if term.descending { " desc" } else { "" })
}

fn inline(column: &Column, key: bool, unique: bool, reference: Option<&ForeignKey>) -> Value {
    let kind = column_type(column);
    let mut fields = vec![("type", Value::from(kind))];
    // SQLite lets a key be NULL, and no spec wants that.
    fields.extend((column.nullable && !key).then(|| ("nullable", true.into())));
    if let Some(default) = &column.default {
        let value = literal(default.as_str(), kind).map(|value| ("default", value));
        let is_null = default.as_str().eq_ignore_ascii_case("NULL");
        fields.extend(value.or_else(|| (!is_null).then(|| ("default_expression", default.as_str().into()))));
    }
    let checks: Vec<&str> = column.checks.iter().map(|check| check.as_str()).collect();
    match checks.as_slice() {
        [] => {}
        [one] => fields.push(("check", (*one).into())),
        many => fields.push(("check", format!("({})", many.join(") AND (")).into())),
    }
    if let Some(generated) = &column.generated {
        let mut how = vec![("expression", Value::from(generated.expression.as_str()))];
        how.extend(generated.stored.then(|| ("stored", true.into())));
        fields.push(("generated", record(how)));
    }
    fields.extend(unique.then(|| ("unique", true.into())));
    if let Some(reference) = reference {
        let parent = reference.parents.first().cloned().unwrap_or_default();
        let mut to = vec![("table", Value::from(reference.table.clone())), ("column", parent.into())];
        to.extend(actions(reference));
        fields.push(("references", record(to)));
    }
    record(fields)
}

/// What a foreign key does, where it is more than to refuse.
fn actions(key: &ForeignKey) -> impl Iterator<Item = (&'static str, Value)> {
    [("on_delete", &key.on_delete), ("on_update", &key.on_update)].into_iter().filter_map(
        |(event, action)| {
            let action = match action.as_str() {
                "CASCADE" => "cascade",
                "SET NULL" => "set_null",
                "SET DEFAULT" => "set_default",
                "RESTRICT" => "restrict",
                _ => return None,
            };
            Some((event, action.into()))
        },
    )
}

/// The spec's type for a column, by SQLite's rules of affinity. <https://sqlite.org/datatype3.html#determination_of_column_affinity>
fn column_type(column: &Column) -> &'static str {
    let kind = column.kind.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    if column.boolean {
        "boolean"
    } else if has(&["INT", "BOOL"]) {
        "integer"
    } else if has(&["CHAR", "CLOB", "TEXT", "DATE", "TIME", "JSON"]) {
        "text"
    } else if kind.is_empty() || has(&["BLOB", "ANY"]) {
        "blob"
    } else {
        "real"
    }
}

/// A default that is the same for every row, as the spec writes it.
fn literal(sql: &str, kind: &str) -> Option<Value> {
    match kind {
        "boolean" => match sql.to_uppercase().as_str() {
            "0" | "FALSE" => Some(false.into()),
            "1" | "TRUE" => Some(true.into()),
            _ => None,
        },
        "integer" => sql.parse::<i64>().ok().map(Value::from),
        "real" => sql.parse::<f64>().ok().filter(|value| value.is_finite()).map(Value::from),
        "text" => {
            let inside = sql.strip_prefix('\'')?.strip_suffix('\'')?;
            let single = inside.replace("''", "");
            (!single.contains('\'')).then(|| inside.replace("''", "'").into())
        }
        _ => None,
    }
}

fn record(fields: Vec<(&str, Value)>) -> Value {
    Value::Table(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Whether a table is as the relay needs it.
fn has_form(table: &Table, key: &[&str], columns: &[NeededColumn]) -> bool {
    table.primary_key == key
        && table.columns.len() == columns.len()
        && columns.iter().all(|(name, kind, nullable)| {
            table.column(name).is_some_and(|column| {
                let sql = crate::migrate::schema::sql_type(*kind);
                column.kind.eq_ignore_ascii_case(sql) && column.nullable == *nullable
            })
        })
}

fn needed(name: &str, key: &[&str], columns: &[NeededColumn], database: Option<&String>) -> Section {
    let mut section = Section::new(["tables", name])
        .maybe("database", database.map(String::as_str))
        .line("primary_key", key.to_vec());
    for (column, kind, nullable) in columns {
        let mut fields = vec![("type", Value::from(type_word(*kind)))];
        fields.extend(nullable.then(|| ("nullable", true.into())));
        section.set(&["columns", column], record(fields));
    }
    section
}
