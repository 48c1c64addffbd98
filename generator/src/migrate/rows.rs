//! Invents rows on which a migration is proven.
//!
//! Owns what a row must be like to be lawful before and after the migration. Pure; must not know the
//! migration's SQL.
//!
//! Row `i` of every table holds the `i`-th value of each column. Columns that refer to each other draw
//! from one series, so that every foreign key finds its row, also in rings, and all others from series of
//! their own, so that a mix-up of two columns shows. A row with NULL wherever it is allowed and one that
//! shares its parents with the first row follow.
//!
//! Values for CHECKs come from their literals: `status IN ('open', 'done')` gives those two, `n < 5` gives 5 and its
//! neighbours. SQLite then tells the rows that are lawful. Of a table for which that makes fewer than two, such as one
//! whose text must be an address, the rows stay as they are, and the proof runs with CHECKs switched off.

use std::collections::{BTreeMap, BTreeSet};

use super::hazard::required_rings;
use super::lawful::Judge;
use super::schema::{Column, Schema, Table};
use super::world::World;

/// Rows that differ in every column, as far as its type allows.
const DISTINCT_ROWS: usize = 3;
/// The row that holds NULL where it may.
const NULL_ROW: usize = DISTINCT_ROWS;
/// The row that refers to the same rows as the first one.
const SHARING_ROW: usize = DISTINCT_ROWS + 1;
const ROWS: usize = DISTINCT_ROWS + 2;
/// Fewer show no mix-up of rows.
const ENOUGH_ROWS: usize = 2;
/// Rows that are tried where not every one may be lawful.
const TRIED_ROWS: usize = 16;

/// The rows of a table, each with one SQL expression a column; `None` for a column that fills itself.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// A row before it is written: the number of each value in its series, `None` for NULL.
type Draft = Vec<Option<usize>>;

/// Rows for all tables.
pub(super) struct Invented<'a> {
    /// The rows by table.
    pub(super) rows: BTreeMap<&'a str, Rows>,
    /// Whether they keep all CHECKs.
    pub(super) checked: bool,
}

/// Rows for every table of `before`, under the names that tables and columns have in `after`. A table
/// stays empty if any row in it would break a rule of `before` or make the migration fail by right, such
/// as a new reference to a table that starts empty.
pub(super) fn invent<'a>(before: &'a Schema, after: &'a Schema, judge: &Judge<'_>) -> Invented<'a> {
    let world = World::new(before, after);
    let rings: BTreeSet<&str> = required_rings(before).union(&required_rings(after)).copied().collect();
    let mut checked = true;
    let mut drafts: BTreeMap<&str, Vec<Draft>> = BTreeMap::new();
    for (name, table) in &before.tables {
        let lawful = !rings.contains(name.as_str()) && !world.stranded(name, table);
        let mut rows = if lawful { world.draft(name, table, judge, true) } else { Vec::new() };
        if lawful && rows.len() < ENOUGH_ROWS {
            let unchecked = world.draft(name, table, judge, false);
            if unchecked.len() > rows.len() {
                (rows, checked) = (unchecked, false);
            }
        }
        drafts.insert(name, rows);
    }
    while world.remove_orphans(&mut drafts) {}
    let write = |(name, drafts): (&'a str, Vec<Draft>)| {
        (name, drafts.iter().map(|draft| world.write(name, &before.tables[name], draft)).collect())
    };
    Invented { rows: drafts.into_iter().map(write).collect(), checked }
}

impl<'a> World<'a> {
    /// Whether no row can be lawful: a column must be NULL and must not.
    fn stranded(&self, name: &str, table: &Table) -> bool {
        let nullable =
            |table: &Table, column: &str| table.column(column).is_none_or(|column| column.nullable);
        let new = self.after.tables.get(name);
        let mut columns = table.columns.iter().map(|column| column.name.as_str());
        self.unrelated.contains(name)
            || columns.any(|column| {
                self.without_parent.contains(&(name, column))
                    && !(nullable(table, column) && new.is_none_or(|new| nullable(new, column)))
            })
    }

    /// The rows of a table as far as its unique lists, old and new, and the judge allow.
    fn draft(&self, name: &str, table: &Table, judge: &Judge<'_>, checked: bool) -> Vec<Draft> {
        let lists: Vec<Vec<usize>> = table
            .unique_lists()
            .chain(self.after.tables.get(name).into_iter().flat_map(Table::unique_lists))
            .map(|columns| columns.iter().filter_map(|column| position(table, column)).collect())
            .collect();
        let mut drafts: Vec<Draft> = Vec::new();
        let tried = if judge.judges(name) { TRIED_ROWS } else { ROWS };
        for row in 0..tried {
            let draft: Draft =
                table.columns.iter().map(|column| self.number(name, table, column, row)).collect();
            let repeats = |other: &Draft| {
                lists.iter().filter(|list| !list.is_empty()).any(|list| {
                    list.iter().all(|&column| draft[column].is_some() && draft[column] == other[column])
                })
            };
            let lawful = || judge.is_lawful(name, &self.write(name, table, &draft), checked);
            if !drafts.iter().any(repeats) && lawful() {
                drafts.push(draft);
            }
            if drafts.len() == ROWS {
                break;
            }
        }
        drafts
    }

    fn number(&self, name: &str, table: &Table, column: &Column, row: usize) -> Option<usize> {
        let place = (name, column.name.as_str());
        let null = row == NULL_ROW && self.may_be_null(name, table, column);
        if null || self.without_parent.contains(&place) {
            return None;
        }
        let shares = row == SHARING_ROW && self.may_share(name, table, column);
        let number = if shares { 0 } else { row };
        Some(if self.boolean.contains(&self.series[&place]) { number % 2 } else { number })
    }

    /// Takes out rows that refer, before or after the migration, to a row that was left out. Whether
    /// there were any.
    fn remove_orphans(&self, drafts: &mut BTreeMap<&'a str, Vec<Draft>>) -> bool {
        let mut removed = false;
        for (child, (parent, column), number) in &self.needed {
            let at = self.before.tables.get(*parent).and_then(|table| position(table, column));
            let held = at
                .zip(*number)
                .is_some_and(|(at, number)| drafts[parent].iter().any(|draft| draft[at] == Some(number)));
            if let Some(rows) = drafts.get_mut(child).filter(|rows| !held && !rows.is_empty()) {
                rows.clear();
                removed = true;
            }
        }
        for (name, table) in &self.before.tables {
            let new = self.after.tables.get(name).into_iter().flat_map(|table| &table.foreign_keys);
            for key in table.foreign_keys.iter().chain(new) {
                let Some(parent) = self.before.tables.get(&key.table) else { continue };
                let columns: Option<Vec<usize>> = key.columns.iter().map(|it| position(table, it)).collect();
                let parents: Option<Vec<usize>> = key.parents.iter().map(|it| position(parent, it)).collect();
                let (Some(columns), Some(parents)) = (columns, parents) else { continue };
                let pick = |draft: &Draft, columns: &[usize]| -> Option<Vec<usize>> {
                    columns.iter().map(|&column| draft[column]).collect()
                };
                let found: BTreeSet<Vec<usize>> =
                    drafts[key.table.as_str()].iter().filter_map(|draft| pick(draft, &parents)).collect();
                let Some(rows) = drafts.get_mut(name.as_str()) else { continue };
                let count = rows.len();
                rows.retain(|draft| pick(draft, &columns).is_none_or(|values| found.contains(&values)));
                removed |= rows.len() < count;
            }
        }
        removed
    }

    fn write(&self, name: &str, table: &Table, draft: &Draft) -> Vec<Option<String>> {
        let value = |(column, number): (&Column, &Option<usize>)| {
            let fills_itself = column.generated.is_some();
            let written = || match number {
                Some(number) => self.value((name, &column.name), column, *number),
                None => "NULL".to_owned(),
            };
            (!fills_itself).then(written)
        };
        table.columns.iter().zip(draft).map(value).collect()
    }

    /// Whether NULL is lawful before and after, as it is or turned into the default. Of a column that
    /// goes, perhaps under another name, nothing is known.
    fn may_be_null(&self, name: &str, table: &Table, column: &Column) -> bool {
        let Some(new) = self.after.tables.get(name) else { return false };
        let Some(to) = new.column(&column.name) else { return false };
        // What an expression gives cannot be foreseen, and so not be compared.
        let filled = to.literal_default().is_some()
            && !new.unique_lists().any(|columns| columns.contains(&to.name.as_str()));
        column.nullable
            && (to.nullable || filled)
            && !self.fixed.contains(&(name, &column.name))
            && ![table, new].iter().any(|table| table.primary_key.contains(&column.name))
    }

    /// Whether two rows may refer to the same row through this column: every unique list with it has
    /// another column that tells them apart.
    fn may_share(&self, name: &str, table: &Table, column: &Column) -> bool {
        let Some(new) = self.after.tables.get(name).filter(|new| new.column(&column.name).is_some()) else {
            return false;
        };
        let tells_apart =
            |other: &&str| table.column(other).is_some() && !self.referring.contains(&(name, *other));
        self.referring.contains(&(name, column.name.as_str()))
            && !self.fixed.contains(&(name, column.name.as_str()))
            && table
                .unique_lists()
                .chain(new.unique_lists())
                .filter(|columns| columns.contains(&column.name.as_str()))
                .all(|columns| columns.iter().any(tells_apart))
    }
}

fn position(table: &Table, column: &str) -> Option<usize> {
    table.columns.iter().position(|other| other.name == column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::error::Origin;
    use crate::migrate::introspect::Reader;
    use crate::migrate::replay::{execute, open};

    fn schema(sql: &str) -> Schema {
        let connection = open().unwrap();
        execute(&connection, &Origin::Program("the test"), sql).unwrap();
        Reader::default().read(&connection).unwrap()
    }

    fn rows(before: &str, after: &str, table: &str) -> Vec<String> {
        let (before, after) = (schema(before), schema(after));
        let row = |row: &Vec<Option<String>>| row.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        invent(&before, &after, &Judge::new(&before, &after).unwrap()).rows[table].iter().map(row).collect()
    }

    const PARENT: &str = "CREATE TABLE p (id TEXT NOT NULL PRIMARY KEY) STRICT;";

    #[test]
    fn every_path_has_distinct_rows_a_null_and_two_children_of_one_parent() {
        let sql = format!("{PARENT} CREATE TABLE c (n INTEGER NOT NULL, p TEXT REFERENCES p (id)) STRICT;");
        assert_eq!(rows(&sql, &sql, "p"), ["'300'", "'301'", "'302'", "'303'", "'304'"]);
        assert_eq!(rows(&sql, &sql, "c"), ["100 '300'", "101 '301'", "102 '302'", "103 NULL", "104 '300'"]);
    }

    #[test]
    fn rows_keep_the_rules_that_the_migration_brings() {
        let column = |rules: &str| format!("{PARENT} CREATE TABLE c (n INTEGER, p TEXT {rules}) STRICT;");
        let after = column("NOT NULL UNIQUE REFERENCES p (id)");
        let found = rows(&column(""), &after, "c");
        assert_eq!(found, ["100 '300'", "101 '301'", "102 '302'", "NULL '303'", "104 '304'"]);
        let found = rows(&column(""), &column("NOT NULL DEFAULT 'd' REFERENCES p (id)"), "p");
        assert_eq!(found[0], "'d'", "the row that the default names");
    }

    #[test]
    fn a_reference_to_a_table_that_is_new_has_only_null() {
        let table = |rules: &str| format!("CREATE TABLE c (p TEXT {rules}) STRICT;");
        let after = |rules: &str| format!("{PARENT} {}", table(rules));
        assert_eq!(rows(&table(""), &after("REFERENCES p (id)"), "c"), ["NULL"; ROWS]);
        assert_eq!(rows(&table("NOT NULL"), &after("NOT NULL REFERENCES p (id)"), "c"), [""; 0]);
    }

    #[test]
    fn a_boolean_key_has_two_rows() {
        let sql = "CREATE TABLE c (b INTEGER NOT NULL PRIMARY KEY CHECK (b IN (0, 1))) STRICT;";
        assert_eq!(rows(sql, sql, "c"), ["0", "1"]);
    }

    #[test]
    fn rows_keep_conditions_whose_literals_say_how() {
        let column =
            |rules: &str| format!("CREATE TABLE c (s TEXT NOT NULL, n INTEGER NOT NULL {rules}) STRICT;");
        let after = column("CHECK (n BETWEEN -1 AND 1), CHECK (s IN ('a', 'b', 'c') OR length(s) > 2)");
        assert_eq!(rows(&column(""), &after, "c"), ["'a' -1", "'b' 0", "'103' 1"]);
        let unique = "CREATE UNIQUE INDEX i ON c (n % 2);";
        assert_eq!(rows(&column(""), &(column("") + unique), "c"), ["'100' 200", "'101' 201"]);
    }

    #[test]
    fn rows_that_keep_no_condition_are_known_to_keep_none() {
        let before = schema("CREATE TABLE c (s TEXT CHECK (s LIKE 'a%' AND length(s) > 9)) STRICT;");
        let invented = invent(&before, &before, &Judge::new(&before, &before).unwrap());
        assert!(!invented.checked && !invented.rows["c"].is_empty());
    }
}
