//! What a migration may cost the one who applies it.
//!
//! Owns the judgement of steps: impossible, destructive, able to fail, slow. Must not know SQL, nor who
//! gave permission for what.

use std::collections::BTreeSet;
use std::fmt;

use super::affinity::{Conversion, conversion};
use super::diff::{Change, Step};
use super::error::{Destructive, Impossible};
use super::order::Graph;
use super::schema::{Column, ForeignKey, Index, Schema, Table, Term, TermValue};
use crate::sql::Expression;

/// Something to know before a migration is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hazard {
    /// Data goes. Needs permission by name.
    DataLoss(Destructive),
    /// The migration fails, and changes nothing, if the rows are not as said.
    MayFail {
        /// `events` or `events.note`.
        name: String,
        /// What the rows must be like: "no row may hold NULL".
        condition: String,
    },
    /// NULLs become the column's default.
    FillsNulls {
        /// `events.note`.
        name: String,
    },
    /// Values stay that the column would not hold if its type had always been this one.
    KeepsForeign {
        /// `events.note`.
        name: String,
        /// The spec's word for the new type.
        kind: String,
    },
    /// The rows of these tables are copied, in one query for which D1 gives 30 seconds.
    CopiesTables(Vec<Copied>),
}

/// A table whose rows are copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The table.
    pub table: String,
    /// What is written for each row, as D1 counts it: the row, and a row of each index.
    pub writes_a_row: usize,
}

impl Hazard {
    /// What to know if a column's type in the spec becomes another, both as the spec's words. SQLite keeps several of
    /// these types as the same, so that there need be no migration: the values stay as they are, or as CAST makes them.
    pub fn of_type(name: &str, from: &str, to: &str) -> Option<Self> {
        let foreign = match to {
            "timestamp" | "uuid" => from != to,
            // A number is JSON as it is.
            "json" => ["text", "blob", "timestamp", "uuid"].contains(&from),
            _ => false,
        };
        foreign.then(|| Self::KeepsForeign { name: name.to_owned(), kind: to.to_owned() })
    }

    /// The table, or `table.column`, that it is about: the first, if there are more.
    pub fn name(&self) -> &str {
        match self {
            Self::DataLoss(Destructive { name, .. })
            | Self::MayFail { name, .. }
            | Self::FillsNulls { name }
            | Self::KeepsForeign { name, .. } => name.split(',').next().unwrap_or(name),
            Self::CopiesTables(copied) => copied.first().map_or("", |it| &it.table),
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataLoss(loss) => f.write_str(&loss.loss),
            Self::MayFail { name, condition } => write!(f, "`{name}` fails unless {condition}"),
            Self::FillsNulls { name } => write!(f, "`{name}` gets its default where it is NULL"),
            Self::KeepsForeign { name, kind } => {
                write!(f, "`{name}` keeps values that no `{kind}` column writes")
            }
            Self::CopiesTables(copied) => {
                let tables: Vec<&str> = copied.iter().map(|it| it.table.as_str()).collect();
                let writes = |it: &Copied| format!("{},000 in {}", it.writes_a_row, it.table);
                let writes: Vec<String> = copied.iter().map(writes).collect();
                write!(
                    f,
                    "copies every row of {}; for each 1,000 rows that is about so many writes: {}",
                    tables.join(", "),
                    writes.join(", ")
                )
            }
        }
    }
}

/// The changes that can work on no table that has rows. `before` is the schema after the renames, here
/// and below.
pub(super) fn impossible(before: &Schema, after: &Schema, steps: &[Step]) -> Vec<Impossible> {
    let mut found = Vec::new();
    for step in steps {
        let Step::AddColumn { table: name, column } = step else { continue };
        let (Some(old), Some(table)) = (before.tables.get(name), after.tables.get(name)) else { continue };
        let Some(added) = table.column(column) else { continue };
        let free = !added.boolean && table.references(column).next().is_none();
        let fills_itself = free && table.rowid_alias() == Some(column);
        let alone = |columns: &[&str]| columns.iter().all(|name| old.column(name).is_none());
        let computed = added.generated.is_some();
        let reason = if !added.nullable && added.default.is_none() && !fills_itself && !computed {
            "is new and never NULL, so the rows that are there need a value: give it a `default`, or make it \
             `nullable = true`"
        } else if added.literal_default().is_some()
            && table.unique_lists().any(|columns| columns.contains(&column.as_str()) && alone(&columns))
        {
            "is new and unique, but its default gives every row that is there the same value: make it \
             `nullable = true` without a `default`, or not unique"
        } else if added.default.is_some() && table.references(column).any(|key| starts_empty(before, key)) {
            "is new, and its default names a row of a column that is new too and holds no such row yet: make \
             it `nullable = true` without a `default`"
        } else {
            continue;
        };
        found.push(Impossible { table: name.clone(), column: column.clone(), reason });
    }
    found
}

/// Whether a foreign key leads to a table or a column that the migration makes.
fn starts_empty(before: &Schema, key: &ForeignKey) -> bool {
    let parent = before.tables.get(&key.table);
    parent.is_none_or(|table| key.parents.iter().any(|name| table.column(name).is_none()))
}

/// What to know about `steps`, which copy the rows of the tables in `copied`.
pub(super) fn hazards(before: &Schema, after: &Schema, steps: &[Step], copied: &[String]) -> Vec<Hazard> {
    let mut hazards: Vec<Hazard> = steps.iter().flat_map(|step| of_step(before, after, step)).collect();
    for (name, old, new) in
        after.tables.iter().filter_map(|(name, table)| Some((name, before.tables.get(name)?, table)))
    {
        hazards.extend(new_unique_lists(name, old, new));
    }
    let rings: BTreeSet<&str> = required_rings(before).union(&required_rings(after)).copied().collect();
    for name in copied.iter().filter(|name| rings.contains(name.as_str())) {
        let condition = "the table is empty: it is in a ring of tables that all need each other's rows first";
        hazards.push(may_fail(name.clone(), condition));
    }
    if !copied.is_empty() {
        let copied = copied.iter().map(|table| Copied {
            table: table.clone(),
            writes_a_row: 1 + after.tables.get(table).map_or(0, index_count),
        });
        hazards.push(Hazard::CopiesTables(copied.collect()));
    }
    hazards
}

/// How many indexes SQLite keeps for a table: those that are declared, one for each UNIQUE, and one for a key that
/// is not how the rows are kept.
fn index_count(table: &Table) -> usize {
    let key = !table.primary_key.is_empty() && !table.without_rowid && table.rowid_alias().is_none();
    table.indexes.len() + table.unique.len() + usize::from(key)
}

/// Tables in a ring of references of which none can be NULL for a while, so that no row can be inserted
/// one statement at a time.
pub(super) fn required_rings(schema: &Schema) -> BTreeSet<&str> {
    let needed = schema.referred_to();
    let edges: Vec<(&str, &str)> = schema
        .tables
        .iter()
        .flat_map(|(name, table)| table.foreign_keys.iter().map(move |key| (name.as_str(), key)))
        .filter(|(name, key)| schema.opening(&needed, name, key).is_none())
        .map(|(name, key)| (name, key.table.as_str()))
        .collect();
    let mut graph = Graph::new(schema.tables.keys().map(String::as_str));
    edges.iter().for_each(|(child, parent)| graph.refer(child, parent));
    edges.iter().filter(|(child, parent)| graph.in_ring(child, parent)).map(|(child, _)| *child).collect()
}

fn of_step(before: &Schema, after: &Schema, step: &Step) -> Vec<Hazard> {
    match step {
        Step::DropTable { table } => {
            vec![data_loss(table.clone(), format!("dropping the table `{table}` loses its rows"))]
        }
        Step::DropColumn { table, column } => {
            let name = format!("{table}.{column}");
            let loss = format!("dropping the column `{name}` loses its values");
            vec![data_loss(name, loss)]
        }
        Step::AddColumn { table, column } => of_new_column(after, table, column).unwrap_or_default(),
        Step::CreateIndex { table, index } => {
            let made = after.tables.get(table).and_then(|table| table.indexes.get(index));
            made.and_then(|made| of_new_index(table, made)).into_iter().collect()
        }
        Step::Rebuild { table, changes } => {
            changes.iter().flat_map(|change| of_change(before, after, table, change)).collect()
        }
        Step::RenameTable { .. }
        | Step::RenameColumn { .. }
        | Step::CreateTable { .. }
        | Step::DropIndex { .. } => Vec::new(),
    }
}

fn of_new_column(after: &Schema, table_name: &str, name: &str) -> Option<Vec<Hazard>> {
    let table = after.tables.get(table_name)?;
    let column = table.column(name)?;
    let place = || format!("{table_name}.{name}");
    let mut hazards = Vec::new();
    if let Some(default) = &column.default {
        let lacking = table
            .references(name)
            .map(|key| may_fail(place(), format!("`{}` has a row that the default names", key.table)));
        hazards.extend(lacking);
        if !default.is_literal() && table.unique_lists().any(|columns| columns == [name]) {
            hazards.push(may_fail(place(), format!("`{default}` gives every row another value")));
        }
    }
    hazards.extend(of_computed(table_name, column));
    let of_others = |check: &&Expression| {
        table.columns.iter().any(|other| other.name != name && check.mentions(&other.name))
    };
    hazards.extend(column.checks.iter().filter(of_others).map(|check| breaks(place(), check)));
    Some(hazards)
}

/// A computed column refuses a row whose value is not of its type.
fn of_computed(table: &str, column: &Column) -> Option<Hazard> {
    let generated = column.generated.as_ref()?;
    let or_null = if column.nullable { " or NULL" } else { "" };
    let condition = format!("`{}` is {}{or_null} for every row", generated.expression, column.kind);
    Some(may_fail(format!("{table}.{}", column.name), condition))
}

/// An index that is unique over expressions or over a part of the rows; [`new_unique_lists`] has the others.
fn of_new_index(table: &str, index: &Index) -> Option<Hazard> {
    if !index.unique || index.unique_columns().is_some() {
        return None;
    }
    let term = |term: &Term| match &term.value {
        TermValue::Column(name) => name.clone(),
        TermValue::Expression(expression) => expression.to_string(),
    };
    let terms: Vec<String> = index.terms.iter().map(term).collect();
    let part = index.condition.as_ref().map(|condition| format!(" where `{condition}`"));
    let condition = format!("no two rows{} share `{}`", part.unwrap_or_default(), terms.join(", "));
    Some(may_fail(table.to_owned(), condition))
}

fn breaks(name: String, check: &Expression) -> Hazard {
    may_fail(name, format!("every row keeps `{check}`"))
}

fn of_change(before: &Schema, after: &Schema, table: &str, change: &Change) -> Option<Hazard> {
    let name = |column: &str| format!("{table}.{column}");
    Some(match change {
        Change::Type { column, from, to } => match conversion(from, to) {
            Conversion::LossyCast => {
                let loss =
                    format!("turning `{}` from {from} into {to} loses what does not fit", name(column));
                data_loss(name(column), loss)
            }
            Conversion::Copy => may_fail(name(column), format!("every value can be {to} without loss")),
            Conversion::Cast => return None,
        },
        Change::Nullable { column, nullable: false } => {
            let has_default = after.tables.get(table)?.column(column)?.default.is_some();
            if has_default {
                Hazard::FillsNulls { name: name(column) }
            } else {
                may_fail(name(column), "no row holds NULL")
            }
        }
        Change::Boolean { column, boolean: true } => may_fail(name(column), "every value is 0, 1 or NULL"),
        Change::ForeignKey { key, added: true } => {
            let condition = if starts_empty(before, key) {
                format!("every value is NULL, for `{}.{}` is new", key.table, key.parents.join(", "))
            } else {
                format!("every value has its row in `{}`", key.table)
            };
            may_fail(name(&key.columns.join(", ")), condition)
        }
        Change::Check { column, check, added: true } => {
            let place = column.as_ref().map_or_else(|| table.to_owned(), |column| name(column));
            breaks(place, &check.condition)
        }
        Change::Generated { column, generated: true, written: true } => {
            let loss = format!("computing `{}` loses the values that were written", name(column));
            data_loss(name(column), loss)
        }
        Change::Generated { column, generated: true, written: false } => {
            return of_computed(table, after.tables.get(table)?.column(column)?);
        }
        Change::Strict(true) => may_fail(table.to_owned(), "every value is of its column's type"),
        Change::Nullable { nullable: true, .. }
        | Change::Default { .. }
        | Change::Boolean { boolean: false, .. }
        | Change::Check { added: false, .. }
        | Change::Generated { generated: false, .. }
        | Change::Strict(false)
        | Change::WithoutRowid(_)
        | Change::PrimaryKey
        | Change::Unique { .. }
        | Change::ForeignKey { added: false, .. }
        | Change::Undeclarable(_) => return None,
    })
}

/// Columns that become unique without any part of them being so already.
fn new_unique_lists(name: &str, old: &Table, new: &Table) -> Vec<Hazard> {
    let already =
        |columns: &[&str]| old.unique_lists().any(|list| list.iter().all(|column| columns.contains(column)));
    let lists: BTreeSet<Vec<&str>> = new.unique_lists().filter(|columns| !already(columns)).collect();
    let has_rows = |columns: &Vec<&str>| columns.iter().any(|column| old.column(column).is_some());
    lists
        .into_iter()
        .filter(has_rows)
        .map(|columns| may_fail(format!("{name}.{}", columns.join(", ")), "no two rows share a value"))
        .collect()
}

fn data_loss(name: String, loss: String) -> Hazard {
    Hazard::DataLoss(Destructive { name, loss })
}

fn may_fail(name: String, condition: impl Into<String>) -> Hazard {
    Hazard::MayFail { name, condition: condition.into() }
}
