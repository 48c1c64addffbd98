//! Tables that refer to each other in a ring.
//!
//! Owns the choice of the references that are NULL for a while, so that the rest has an order. Must not
//! know what is done in that order.

use super::order::Graph;
use super::schema::{Schema, Table};

/// Tables that refer to each other, without the references that close a ring and may be NULL.
pub(super) struct Rings<'a> {
    /// The tables by the references that are left.
    pub(super) graph: Graph<'a>,
    /// Tables and columns of the references left out.
    pub(super) opened: Vec<(&'a str, &'a str)>,
}

impl<'a> Rings<'a> {
    /// The rings among `tables`, as the foreign keys of `schema` make them.
    pub(super) fn new(schema: &'a Schema, tables: impl Iterator<Item = &'a str>) -> Self {
        let tables: Vec<(&str, &Table)> =
            tables.filter_map(|name| Some((name, schema.tables.get(name)?))).collect();
        let edges = || {
            let keys = |(name, table): &(&'a str, &'a Table)| {
                let name = *name;
                table.foreign_keys.iter().map(move |key| (name, key))
            };
            tables.iter().flat_map(keys)
        };
        let empty = || Graph::new(tables.iter().map(|(name, _)| *name));
        let mut whole = empty();
        edges().for_each(|(child, key)| whole.refer(child, &key.table));
        let (mut graph, mut opened) = (empty(), Vec::new());
        let needed = schema.referred_to();
        for (child, key) in edges() {
            match schema.opening(&needed, child, key) {
                Some(column) if whole.in_ring(child, &key.table) => opened.push((child, column)),
                _ => graph.refer(child, &key.table),
            }
        }
        opened.dedup();
        Self { graph, opened }
    }
}
