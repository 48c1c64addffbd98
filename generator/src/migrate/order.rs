//! The order in which tables that refer to each other are worked through.
//!
//! Owns the graph. Must not know what an edge means or what is done with the tables.

use std::collections::{BTreeMap, BTreeSet};

/// Tables, each with the tables that it refers to. A table that refers to itself has no edge for it.
#[derive(Debug, Default)]
pub(super) struct Graph<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Graph<'a> {
    /// Tables without edges.
    pub(super) fn new(tables: impl IntoIterator<Item = &'a str>) -> Self {
        Self(tables.into_iter().map(|table| (table, BTreeSet::new())).collect())
    }

    /// Adds that `child` refers to `parent`, if both are in the graph and not the same.
    pub(super) fn refer(&mut self, child: &'a str, parent: &'a str) {
        if child != parent && self.0.contains_key(parent) {
            self.0.entry(child).and_modify(|parents| _ = parents.insert(parent));
        }
    }

    /// Whether `child` refers to `parent` and `parent`, over any number of tables, to `child`.
    pub(super) fn in_ring(&self, child: &str, parent: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = vec![parent];
        while let Some(table) = next.pop() {
            if table == child {
                return child != parent;
            }
            if seen.insert(table) {
                next.extend(self.0.get(table).into_iter().flatten());
            }
        }
        false
    }

    /// Every table after those it refers to, else by name. Only between the tables of a ring there is no
    /// such order, and the first by name comes first.
    pub(super) fn parents_first(&self) -> Vec<&'a str> {
        let mut left = self.0.clone();
        let mut order = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let find = |waits: &dyn Fn(&str, &str) -> bool| {
                left.iter().find(|(child, parents)| !parents.iter().any(|parent| waits(child, parent)))
            };
            let waits = |_: &str, parent: &str| left.contains_key(parent);
            let waits_for_more =
                |child: &str, parent: &str| left.contains_key(parent) && !self.in_ring(child, parent);
            let next = find(&waits).or_else(|| find(&waits_for_more));
            let Some((&table, _)) = next else { break };
            left.remove(table);
            order.push(table);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&'static str, &'static str)]) -> Graph<'static> {
        let mut graph = Graph::new(["a", "b", "c", "d"]);
        edges.iter().for_each(|(child, parent)| graph.refer(child, parent));
        graph
    }

    #[test]
    fn a_chain_is_worked_through_from_its_root() {
        assert_eq!(
            graph(&[("a", "b"), ("b", "c"), ("a", "a"), ("a", "z")]).parents_first(),
            ["c", "b", "a", "d"]
        );
    }

    #[test]
    fn a_ring_is_seen_and_still_ordered() {
        let graph = graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]);
        assert!(graph.in_ring("a", "b") && graph.in_ring("c", "a"));
        assert!(!graph.in_ring("d", "a"));
        assert_eq!(graph.parents_first(), ["a", "c", "b", "d"]);
    }

    #[test]
    fn what_refers_to_a_ring_waits_for_it() {
        let graph = graph(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "c")]);
        assert_eq!(graph.parents_first(), ["c", "b", "a", "d"]);
    }
}
