//! The tables of a database that is there, as the spec declares tables.
//!
//! Owns what of a table a spec can say. What it cannot say is found by comparing what the spec makes of the tables
//! with what they are. Must not know SQL text beyond single literals.

use std::collections::BTreeSet;

use toml::Value;

use super::{Builder, draft::Section, note::Kind};
use crate::{
    migrate::schema::{Column, ForeignKey, Schema, Table},
    model::{
        EVENTS, NeededColumn, STORES,
        name::{ColumnName, IndexName, TableName},
    },
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
                sections.retain(|section| section.path != crate::path::SpecPath::from(["tables", &there]));
                sections.push(needed(&there, key, columns, several.then_some(&store)));
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
    let mut section = Section::new(["tables", name]).maybe("database", database);
    if !table.primary_key.is_empty() {
        section = section.line("primary_key", table.primary_key.clone());
    }
    for column in &table.columns {
        let reference = table.foreign_keys.iter().find(|key| {
            key.columns == [column.name.clone()]
                && key.parents.len() == 1
                && declared.contains(key.table.as_str())
        });
        let key = table.primary_key.contains(&column.name);
        let unique = table.unique.contains(std::slice::from_ref(&column.name));
        section.set(&["columns", &column.name], inline(column, key, unique, reference));
    }
    for (index, it) in table.indexes.iter().filter(|(_, it)| it.undeclarable.is_empty()) {
        let mut fields = vec![("columns", Value::from(it.columns.clone()))];
        fields.extend(it.unique.then(|| ("unique", true.into())));
        section.set(&["indexes", index], record(fields));
    }
    section
}

fn inline(column: &Column, key: bool, unique: bool, reference: Option<&ForeignKey>) -> Value {
    let kind = column_type(column);
    let mut fields = vec![("type", Value::from(kind))];
    // SQLite lets a key be NULL, and no spec wants that.
    fields.extend((column.nullable && !key).then(|| ("nullable", true.into())));
    fields
        .extend(column.default.as_deref().and_then(|sql| literal(sql, kind)).map(|value| ("default", value)));
    fields.extend(unique.then(|| ("unique", true.into())));
    if let Some(reference) = reference {
        let parent = reference.parents.first().cloned().unwrap_or_default();
        let mut to = vec![("table", Value::from(reference.table.clone())), ("column", parent.into())];
        for (key, action) in [("on_delete", &reference.on_delete), ("on_update", &reference.on_update)] {
            to.extend(match action.as_str() {
                "CASCADE" => Some((key, "cascade".into())),
                "SET NULL" => Some((key, "set_null".into())),
                _ => None,
            });
        }
        fields.push(("references", record(to)));
    }
    record(fields)
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
        let mut fields = vec![("type", Value::from(crate::model::type_word(*kind)))];
        fields.extend(nullable.then(|| ("nullable", true.into())));
        section.set(&["columns", column], record(fields));
    }
    section
}
