//! The values of invented rows.
//!
//! Owns the series: columns that refer to each other draw from one, so that a foreign key finds its row, and each
//! starts with the values that a default names or a CHECK asks for. Pure; must not know which rows are made of them.

use std::collections::{BTreeMap, BTreeSet};

use super::affinity::Affinity;
use super::schema::{Column, Schema, Table};
use crate::sql::Kind;

/// A table and a column.
pub(super) type Place<'a> = (&'a str, &'a str);

/// The values that rows are made of, each column's in a series.
pub(super) struct World<'a> {
    pub(super) before: &'a Schema,
    pub(super) after: &'a Schema,
    /// The series of each column.
    pub(super) series: BTreeMap<Place<'a>, usize>,
    /// The columns of each series.
    members: BTreeMap<usize, Vec<Place<'a>>>,
    /// Values that a series starts with, for a default will name them or a CHECK asks for them.
    pub(super) pinned: BTreeMap<usize, Vec<String>>,
    /// Tables whose rows get a default that refers, with the column referred to and the number of the
    /// value that it must hold, if it can.
    pub(super) needed: Vec<(&'a str, Place<'a>, Option<usize>)>,
    /// Series that hold 0 and 1 alone.
    pub(super) boolean: BTreeSet<usize>,
    /// Columns that refer to another, alone or as part of a longer key.
    pub(super) referring: BTreeSet<Place<'a>>,
    /// Columns that another refers to, and those of longer foreign keys: never NULL, never shared.
    pub(super) fixed: BTreeSet<Place<'a>>,
    /// Columns whose new foreign key finds no row, so that they must be NULL.
    pub(super) without_parent: BTreeSet<Place<'a>>,
    /// Tables with a new foreign key whose rows cannot be invented: on what was computed before, on a default that
    /// only SQLite knows, or on several columns of which one gets its default.
    pub(super) unrelated: BTreeSet<&'a str>,
}

impl<'a> World<'a> {
    /// What rows can hold that are lawful in both schemas.
    pub(super) fn new(before: &'a Schema, after: &'a Schema) -> Self {
        let places = before.tables.iter().flat_map(|(name, table)| {
            table.columns.iter().map(move |column| (name.as_str(), column.name.as_str()))
        });
        let series: BTreeMap<Place<'a>, usize> = places.zip(1..).collect();
        let members = series.iter().map(|(place, series)| (*series, vec![*place])).collect();
        let mut world = Self {
            before,
            after,
            series,
            members,
            pinned: BTreeMap::new(),
            needed: Vec::new(),
            boolean: BTreeSet::new(),
            referring: BTreeSet::new(),
            fixed: BTreeSet::new(),
            without_parent: BTreeSet::new(),
            unrelated: BTreeSet::new(),
        };
        for (name, table) in &before.tables {
            world.follow_foreign_keys(name, table);
        }
        for (name, table) in after.tables.iter().filter(|(name, _)| before.tables.contains_key(*name)) {
            world.follow_foreign_keys(name, table);
        }
        for (name, table) in before.tables.iter().chain(&after.tables) {
            for column in table.columns.iter().filter(|column| column.boolean) {
                world.boolean.extend(world.series.get(&(name.as_str(), column.name.as_str())));
            }
        }
        for (name, table) in &after.tables {
            world.pin_defaults(name, table);
        }
        for (name, table) in before.tables.iter().chain(&after.tables) {
            world.pin_literals(name, table);
        }
        world
    }

    fn follow_foreign_keys(&mut self, name: &'a str, table: &'a Table) {
        for key in &table.foreign_keys {
            for (column, parent) in key.columns.iter().zip(&key.parents) {
                let (child, parent) = ((name, column.as_str()), (key.table.as_str(), parent.as_str()));
                let Some(&from) = self.series.get(&child) else { continue };
                if self.is_computed(child) {
                    self.unrelated.insert(name);
                    continue;
                }
                // A float and another type are written differently, also after a CAST.
                let float = |place| self.affinity(place) == Some(Affinity::Real);
                let alike = float(child) == float(parent) && !self.is_computed(parent);
                let Some(&to) = self.series.get(&parent).filter(|_| alike) else {
                    self.without_parent.insert(child);
                    continue;
                };
                self.unite(from, to);
                self.referring.insert(child);
                self.fixed.insert(parent);
                if key.columns.len() > 1 {
                    self.fixed.insert(child);
                }
            }
        }
    }

    /// Makes the columns of one series draw from another.
    fn unite(&mut self, from: usize, to: usize) {
        if from != to {
            let moved = self.members.remove(&from).unwrap_or_default();
            self.series.extend(moved.iter().map(|place| (*place, to)));
            self.members.entry(to).or_default().extend(moved);
        }
    }

    /// Whether only one column draws from a series.
    fn is_alone(&self, series: usize) -> bool {
        self.members.get(&series).is_some_and(|places| places.len() == 1)
    }

    /// A column that refers and gets its default, because it is new or may not be NULL any more, needs
    /// the row that the default names.
    fn pin_defaults(&mut self, name: &'a str, table: &'a Table) {
        let Some(old) = self.before.tables.get(name) else { return };
        for column in &table.columns {
            if column.default.is_none() {
                continue;
            }
            let gets_default = old.column(&column.name).is_none_or(|old| old.nullable && !column.nullable);
            for key in table.references(&column.name).filter(|_| gets_default) {
                let Some(default) = column.literal_default().filter(|_| key.columns.len() == 1) else {
                    self.unrelated.insert(name);
                    continue;
                };
                for parent in &key.parents {
                    let parent = (key.table.as_str(), parent.as_str());
                    let number = self.pin(parent, default);
                    self.needed.push((name, parent, number));
                }
            }
        }
    }

    /// Values that conditions ask for, in columns that draw from no series but their own.
    fn pin_literals(&mut self, name: &'a str, table: &'a Table) {
        for (_, condition) in table.expressions() {
            for column in table.columns.iter().filter(|column| condition.mentions(&column.name)) {
                let place = (name, column.name.as_str());
                let (Some(&series), Some(affinity)) = (self.series.get(&place), self.affinity(place)) else {
                    continue;
                };
                if !self.is_alone(series) || self.boolean.contains(&series) {
                    continue;
                }
                let pinned = self.pinned.entry(series).or_default();
                for (kind, literal) in condition.literals() {
                    let values = around(kind, literal, affinity);
                    pinned.extend(
                        values.into_iter().filter(|value| !pinned.contains(value)).collect::<Vec<_>>(),
                    );
                }
            }
        }
    }

    /// The affinity that a column has before the migration.
    fn affinity(&self, (table, column): Place<'_>) -> Option<Affinity> {
        Some(Affinity::of(&self.before.tables.get(table)?.column(column)?.kind))
    }

    /// Whether the column is computed before the migration.
    fn is_computed(&self, (table, column): Place<'_>) -> bool {
        let column = self.before.tables.get(table).and_then(|table| table.column(column));
        column.is_some_and(|column| column.generated.is_some())
    }

    /// Makes `default` a value of the parent's series and gives its number, if the parent can hold it
    /// before the migration.
    fn pin(&mut self, parent: Place<'a>, default: &str) -> Option<usize> {
        let series = *self.series.get(&parent).filter(|_| !self.is_computed(parent))?;
        if self.boolean.contains(&series) {
            return default.parse().ok().filter(|number| *number < 2);
        }
        let wanted = Affinity::of(&self.after.tables.get(parent.0)?.column(parent.1)?.kind);
        let mut others = self.series.iter().filter(|(_, other)| **other == series);
        if others.any(|(place, _)| self.affinity(*place) != Some(wanted)) {
            return None;
        }
        let pinned = self.pinned.entry(series).or_default();
        let known = pinned.iter().position(|value| value == default);
        Some(known.unwrap_or_else(|| {
            pinned.push(default.to_owned());
            pinned.len() - 1
        }))
    }

    /// A value of the column's series by its number, written as the column's type wants it.
    pub(super) fn value(&self, place: Place<'_>, column: &Column, number: usize) -> String {
        let series = self.series[&place];
        if let Some(pinned) = self.pinned.get(&series).and_then(|values| values.get(number)) {
            return pinned.clone();
        }
        let value = if self.boolean.contains(&series) { number } else { series * 100 + number };
        let alone = self.is_alone(series);
        match Affinity::of(&column.kind) {
            Affinity::Integer | Affinity::Numeric => value.to_string(),
            Affinity::Real if alone => format!("{value}.5"),
            Affinity::Real => format!("{value}.0"),
            Affinity::Text => format!("'{value}'"),
            Affinity::Blob => format!("CAST('{value}' AS BLOB)"),
        }
    }
}

/// Values at the edge of a condition with this literal, for a column of that affinity.
fn around(kind: Kind, literal: String, affinity: Affinity) -> Vec<String> {
    match (kind, affinity) {
        (Kind::Text, Affinity::Text) if literal.starts_with('\'') => vec![literal],
        (Kind::Text, Affinity::Blob) if !literal.starts_with('\'') => vec![literal],
        (Kind::Number, Affinity::Integer | Affinity::Numeric | Affinity::Real) => {
            let next = |by: i64| literal.parse::<i64>().ok()?.checked_add(by).map(|value| value.to_string());
            let values = [next(0), next(1), next(-1)].into_iter().flatten().collect::<Vec<_>>();
            if values.is_empty() && affinity == Affinity::Real { vec![literal] } else { values }
        }
        _ => Vec::new(),
    }
}
