//! Drops tables that may refer to each other.
//!
//! Owns the order in which SQLite lets them go with foreign keys on. Must not know why they go: by now
//! their rows are copied or not wanted.
//!
//! Two rules of SQLite make the order. Dropping a table deletes its rows, so no other row may need them.
//! And where that delete acts on a table, by CASCADE or SET NULL, all tables to which this one refers
//! must still be there, whether or not it has a row. A chain keeps both rules from its leaves to its root.
//! The tables of a ring are emptied first; should each of them act on itself, an empty table stands in for
//! the first one that goes. And where RESTRICT keeps rows from going before others of their own table, each row
//! refers to nothing or to itself first; indexes that might refuse such rows go before.

use std::collections::{BTreeMap, BTreeSet};

use super::rings::Rings;
use super::schema::{ForeignKey, Schema};
use super::sqlite::{drop_table, quote, quote_all};

/// The statements that drop `tables`.
pub(super) fn drops<'a>(schema: &'a Schema, tables: impl Iterator<Item = &'a str>) -> Vec<String> {
    let rings = Rings::new(schema, tables);
    let mut left = rings.graph.parents_first();
    left.reverse();
    let open =
        |(table, column): &(&str, &str)| format!("UPDATE {} SET {} = NULL;", quote(table), quote(column));
    let changes = |table: &&&str| {
        rings.opened.iter().any(|(opened, _)| opened == *table) || release(schema, table).is_some()
    };
    let mut statements: Vec<String> =
        left.iter().filter(changes).flat_map(|table| loosen(schema, table)).collect();
    statements.extend(rings.opened.iter().map(open));
    if !rings.opened.is_empty() {
        for table in &left {
            statements.extend(release(schema, table));
            statements.push(format!("DELETE FROM {};", quote(table)));
        }
    }
    let mut standing = Standing::new(schema, &left);
    let mut stand_ins = Vec::new();
    while !left.is_empty() {
        let can_go = |table: &&str| standing.needs(table).is_empty();
        let first =
            |holds: &dyn Fn(&&str) -> bool| left.iter().position(|it| standing.is_free(it) && holds(it));
        let best = first(&|table| !standing.spoils(table) && can_go(table));
        let next = best.or_else(|| first(&can_go)).or_else(|| first(&|_| true)).unwrap_or(0);
        let table = left.remove(next);
        for (parent, keys) in standing.needs(table) {
            statements.push(stand_in(parent, &keys));
            stand_ins.push(parent);
        }
        standing.going.remove(table);
        standing.gone.insert(table);
        standing.gone.retain(|gone| !stand_ins.contains(gone));
        if rings.opened.is_empty() {
            statements.extend(release(schema, table));
        }
        statements.push(drop_table(table));
    }
    statements.extend(stand_ins.into_iter().map(drop_table));
    statements
}

/// The statements after which no index of `table` refuses rows that differ from what they were: one that is partial or
/// on an expression may hold NULL, or hold of a row that it was not for. No foreign key needs such an index.
fn loosen(schema: &Schema, table: &str) -> impl Iterator<Item = String> {
    let indexes = schema.tables.get(table).into_iter().flat_map(|table| &table.indexes);
    let strict = indexes.filter(|(_, it)| it.unique && it.unique_columns().is_none());
    // An earlier step may have dropped it.
    strict.map(|(name, _)| format!("DROP INDEX IF EXISTS {};", quote(name)))
}

/// The statement after which rows of `table` keep no others of their own from going, if they do.
fn release(schema: &Schema, table: &str) -> Option<String> {
    let own = foreign_keys(schema, table).filter(|key| key.table == table);
    let (mut keys, mut others): (Vec<_>, Vec<_>) = own.partition(|key| key.on_delete == "RESTRICT");
    if keys.is_empty() {
        return None;
    }
    // What refers to a column that changes has to change with it; the rest may not, for its checks' sake.
    while let Some(next) = others.iter().position(|other| {
        let changes = |column: &String| keys.iter().any(|key| key.columns.contains(column));
        other.parents.iter().any(changes)
    }) {
        keys.push(others.remove(next));
    }
    let needed = schema.referred_to();
    let (mut nulls, mut parents) = (BTreeSet::new(), BTreeMap::new());
    for key in keys {
        match schema.opening(&needed, table, key) {
            Some(column) => _ = nulls.insert(column),
            None => parents.extend(key.columns.iter().zip(&key.parents)),
        }
    }
    // A column may refer to one that changes too.
    let root = |column: &String| {
        let (mut at, mut left) = (column, parents.len());
        while let (Some(parent), 1..) = (parents.get(at), left) {
            (at, left) = (*parent, left - 1);
        }
        quote(at)
    };
    let others = parents.keys().filter(|column| !nulls.contains(column.as_str()));
    let values = others.map(|column| format!("{} = {}", quote(column), root(column)));
    let nulls = nulls.iter().map(|column| format!("{} = NULL", quote(column)));
    Some(format!("UPDATE {} SET {};", quote(table), nulls.chain(values).collect::<Vec<_>>().join(", ")))
}

/// Tables, each with the column lists by which it is referred to.
type Needs<'a> = BTreeMap<&'a str, BTreeSet<&'a [String]>>;

/// Which of the tables are still there, and how they refer to each other.
struct Standing<'a> {
    schema: &'a Schema,
    /// Each table with those that refer to it, itself not among them.
    children: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Each table with those on which deleting its rows acts directly.
    acts_on: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The tables that are still to be dropped.
    going: BTreeSet<&'a str>,
    /// Those that were dropped and for which nothing stands in.
    gone: BTreeSet<&'a str>,
}

impl<'a> Standing<'a> {
    fn new(schema: &'a Schema, tables: &[&'a str]) -> Self {
        let (mut children, mut acts_on) = (BTreeMap::new(), BTreeMap::new());
        let among = |map: &mut BTreeMap<&'a str, BTreeSet<&'a str>>, parent, child| {
            map.entry(parent).or_default().insert(child);
        };
        for child in tables {
            for key in foreign_keys(schema, child) {
                let parent = key.table.as_str();
                if parent != *child {
                    among(&mut children, parent, *child);
                }
                if key.on_delete != "NO ACTION" {
                    among(&mut acts_on, parent, *child);
                }
            }
        }
        Self { schema, children, acts_on, going: tables.iter().copied().collect(), gone: BTreeSet::new() }
    }

    /// The tables that are gone and without which `table` cannot be dropped.
    fn needs(&self, table: &str) -> Needs<'a> {
        let mut needs = Needs::new();
        if self.gone.is_empty() {
            return needs;
        }
        for child in self.acted_on(table) {
            for key in foreign_keys(self.schema, child).filter(|key| self.gone.contains(key.table.as_str())) {
                needs.entry(&key.table).or_default().insert(&key.parents);
            }
        }
        needs
    }

    /// Whether no table that is left refers to `table`, over any number of tables, but from its own ring: rows of others
    /// would need its rows.
    fn is_free(&self, table: &str) -> bool {
        self.referring(table).into_iter().all(|other| self.referring(other).contains(table))
    }

    /// The tables that are left and refer to `table`, over any number of tables.
    fn referring(&self, table: &str) -> BTreeSet<&'a str> {
        self.reached(&self.children, table)
    }

    /// Whether a table that is left could not be dropped after `table`: one that acts on another that refers
    /// to `table`. Where one does so over other tables, the last of them does so by itself.
    fn spoils(&self, table: &str) -> bool {
        let left = |other: &str| other != table && self.going.contains(other);
        let acted_on = |child: &str| {
            let mut keys = foreign_keys(self.schema, child);
            keys.any(|key| left(&key.table) && key.on_delete != "NO ACTION")
        };
        self.children.get(table).into_iter().flatten().any(|child| left(child) && acted_on(child))
    }

    /// The tables that are left on which deleting rows of `table` acts, over any number of tables.
    fn acted_on(&self, table: &str) -> BTreeSet<&'a str> {
        self.reached(&self.acts_on, table)
    }

    /// The tables that are left to which a relation leads from `table`, over any number of tables.
    fn reached(&self, relation: &BTreeMap<&'a str, BTreeSet<&'a str>>, table: &str) -> BTreeSet<&'a str> {
        let mut found: BTreeSet<&'a str> = BTreeSet::new();
        let direct = |from: &str| relation.get(from).into_iter().flatten().copied();
        let mut next: Vec<&'a str> = direct(table).collect();
        while let Some(to) = next.pop() {
            if self.going.contains(to) && found.insert(to) {
                next.extend(direct(to));
            }
        }
        found
    }
}

fn foreign_keys<'a>(schema: &'a Schema, table: &str) -> impl Iterator<Item = &'a ForeignKey> {
    schema.tables.get(table).into_iter().flat_map(|table| &table.foreign_keys)
}

/// A table without rows that has what foreign keys refer to.
fn stand_in(table: &str, keys: &BTreeSet<&[String]>) -> String {
    let columns: BTreeSet<&String> = keys.iter().copied().flatten().collect();
    let lines = columns.into_iter().map(|column| quote(column));
    let lines: Vec<String> =
        lines.chain(keys.iter().map(|columns| format!("UNIQUE ({})", quote_all(columns)))).collect();
    format!(
        "-- Without rows, until the last of these tables is dropped.\nCREATE TABLE {} ({});",
        quote(table),
        lines.join(", ")
    )
}
