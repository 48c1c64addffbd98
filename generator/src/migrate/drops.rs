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
//! refers to nothing or to itself first.

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
    let mut statements: Vec<String> = rings.opened.iter().map(open).collect();
    if !statements.is_empty() {
        for table in &left {
            statements.extend(release(schema, table));
            statements.push(format!("DELETE FROM {};", quote(table)));
        }
    }
    let mut there: BTreeSet<&str> = left.iter().copied().collect();
    let going: BTreeSet<&str> = there.clone();
    let mut stand_ins = Vec::new();
    while !left.is_empty() {
        let is_gone = |parent: &str| going.contains(parent) && !there.contains(parent);
        let needs: Vec<Needs<'_>> = left.iter().map(|table| needs(schema, table, &left, is_gone)).collect();
        let can_go = |at: &usize| needs[*at].is_empty();
        let best = (0..left.len()).filter(can_go).find(|&at| !spoils(schema, left[at], &left));
        let next = best.or_else(|| (0..left.len()).find(can_go)).unwrap_or(0);
        for (parent, keys) in &needs[next] {
            statements.push(stand_in(parent, keys));
            stand_ins.push(*parent);
        }
        there.extend(&stand_ins);
        let table = left.remove(next);
        there.remove(table);
        if rings.opened.is_empty() {
            statements.extend(release(schema, table));
        }
        statements.push(drop_table(table));
    }
    statements.extend(stand_ins.into_iter().map(drop_table));
    statements
}

/// The statement after which rows of `table` keep no others of their own from going, if they do.
fn release(schema: &Schema, table: &str) -> Option<String> {
    let keys: Vec<&ForeignKey> = foreign_keys(schema, table).filter(|key| key.table == table).collect();
    keys.iter().find(|key| key.on_delete == "RESTRICT")?;
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

/// The tables that are gone and without which `table` cannot be dropped.
fn needs<'a>(
    schema: &'a Schema,
    table: &'a str,
    left: &[&'a str],
    is_gone: impl Fn(&str) -> bool,
) -> Needs<'a> {
    let mut needs = Needs::new();
    for child in acted_on(schema, table, left) {
        for key in foreign_keys(schema, child).filter(|key| is_gone(&key.table)) {
            needs.entry(&key.table).or_default().insert(&key.parents);
        }
    }
    needs
}

/// Whether a table that is left could not be dropped after `table`: one that acts, over any number of
/// tables, on one that refers to `table`.
fn spoils(schema: &Schema, table: &str, left: &[&str]) -> bool {
    let others: Vec<&str> = left.iter().copied().filter(|other| *other != table).collect();
    let refers = |child: &&str| foreign_keys(schema, child).any(|key| key.table == table);
    others.iter().any(|other| acted_on(schema, other, &others).iter().any(refers))
}

/// The tables that are left on which deleting rows of `table` acts, over any number of tables.
fn acted_on<'a>(schema: &Schema, table: &'a str, left: &[&'a str]) -> BTreeSet<&'a str> {
    let acts = |parent: &str, child: &str| {
        foreign_keys(schema, child).any(|key| key.table == parent && key.on_delete != "NO ACTION")
    };
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut next = vec![table];
    while let Some(parent) = next.pop() {
        next.extend(left.iter().filter(|child| acts(parent, child) && found.insert(child)));
    }
    found
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
