//! What leads from one schema to another.
//!
//! Owns the steps and the rule for renames: declared, never guessed. Pure; must not know SQL, nor which
//! steps SQLite can do in place.

use std::collections::BTreeSet;
use std::fmt;

use super::schema::{Check, Column, ForeignKey, Schema, Table};
use crate::model::tables as model;
use crate::sql::Expression;

/// One change. A step names things as they are called once the renames, which come first, are done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A table gets another name.
    RenameTable {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// A column gets another name.
    RenameColumn {
        /// The table, by its new name.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// A new table, with its indexes.
    CreateTable {
        /// The table.
        table: String,
    },
    /// A new column of a table that is there.
    AddColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column goes, with what it holds.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// An index goes, or makes room for another of its name.
    DropIndex {
        /// The table.
        table: String,
        /// The index.
        index: String,
    },
    /// A new index of a table that is there.
    CreateIndex {
        /// The table.
        table: String,
        /// The index.
        index: String,
    },
    /// A change that SQLite has no statement for: the table is made anew and its rows are copied.
    Rebuild {
        /// The table.
        table: String,
        /// What changes; never empty.
        changes: Vec<Change>,
    },
    /// A table goes, with its rows.
    DropTable {
        /// The table.
        table: String,
    },
}

/// What a rebuild changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A column's type.
    Type {
        /// The column.
        column: String,
        /// The type it had.
        from: String,
        /// The type it gets.
        to: String,
    },
    /// Whether a column takes NULL.
    Nullable {
        /// The column.
        column: String,
        /// Whether it does now.
        nullable: bool,
    },
    /// A column's default.
    Default {
        /// The column.
        column: String,
    },
    /// Whether a column takes 0 and 1 alone.
    Boolean {
        /// The column.
        column: String,
        /// Whether it does now.
        boolean: bool,
    },
    /// A condition on a column or on the table.
    Check {
        /// The column, for one of its own.
        column: Option<String>,
        /// The condition.
        check: Check,
        /// Whether it comes or goes.
        added: bool,
    },
    /// How a column gets its values.
    Generated {
        /// The column.
        column: String,
        /// Whether it is computed now.
        generated: bool,
        /// Whether it was written before.
        written: bool,
    },
    /// Whether values of another type than their column's are refused.
    Strict(bool),
    /// Whether rows have no row id.
    WithoutRowid(bool),
    /// The key.
    PrimaryKey,
    /// A UNIQUE constraint on columns that stay.
    Unique {
        /// The columns.
        columns: Vec<String>,
        /// Whether it comes or goes.
        added: bool,
    },
    /// A foreign key on columns that stay.
    ForeignKey {
        /// The foreign key.
        key: ForeignKey,
        /// Whether it comes or goes.
        added: bool,
    },
    /// Something that the spec cannot declare goes.
    Undeclarable(String),
}

/// The renames that the spec declares, whether or not they are still to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames {
    /// Old and new names of tables.
    pub tables: Vec<(String, String)>,
    /// Tables by their new names, with old and new names of columns.
    pub columns: Vec<(String, String, String)>,
}

impl Renames {
    /// What the tables' `renamed_from` say.
    pub fn declared(tables: &[&model::Table]) -> Self {
        let mut renames = Self::default();
        for table in tables {
            let name = table.name.to_string();
            renames.tables.extend(table.renamed_from.iter().map(|from| (from.to_string(), name.clone())));
            let columns = table.columns.iter().filter_map(|column| {
                Some((name.clone(), column.renamed_from.as_ref()?.to_string(), column.name.to_string()))
            });
            renames.columns.extend(columns);
        }
        renames
    }

    /// What a migration's header says it renames, in the words of [`Step`], so that the migration can be
    /// proven when the spec has long forgotten the old names. A header that lies renames nothing, for
    /// only what is there before and after counts as renamed.
    pub(super) fn recorded(sql: &str) -> Self {
        let mut renames = Self::default();
        for step in sql.lines().filter_map(|line| line.strip_prefix("-- * rename the ")) {
            let Some((what, to)) = step.split_once(" to ") else { continue };
            if let Some(from) = what.strip_prefix("table ") {
                renames.tables.push((from.to_owned(), to.to_owned()));
            } else if let Some((table, from)) =
                what.strip_prefix("column ").and_then(|column| column.split_once('.'))
            {
                renames.columns.push((table.to_owned(), from.to_owned(), to.to_owned()));
            }
        }
        renames
    }

    /// The steps for the renames that are still to be done, and `schema` after them. A rename is done
    /// where the new name is there already or the old one is not, and does not take a name still in use.
    pub(super) fn apply(&self, schema: &Schema, desired: &Schema) -> (Vec<Step>, Schema) {
        let (mut steps, mut schema) = (Vec::new(), schema.clone());
        for (from, to) in &self.tables {
            let has = |schema: &Schema, name| schema.tables.contains_key(name);
            if has(&schema, from) && !has(&schema, to) && !has(desired, from) && has(desired, to) {
                schema.rename_table(from, to);
                steps.push(Step::RenameTable { from: from.clone(), to: to.clone() });
            }
        }
        for (table, from, to) in &self.columns {
            let has = |schema: &Schema, column: &str| {
                schema.tables.get(table).is_some_and(|table| table.column(column).is_some())
            };
            if has(&schema, from) && !has(&schema, to) && !has(desired, from) && has(desired, to) {
                schema.rename_column(table, from, to);
                steps.push(Step::RenameColumn { table: table.clone(), from: from.clone(), to: to.clone() });
            }
        }
        (steps, schema)
    }
}

/// The steps from `current` to `desired`, in the order in which they are done; none if nothing differs.
pub fn diff(current: &Schema, desired: &Schema, renames: &Renames) -> Vec<Step> {
    let (mut steps, current) = renames.apply(current, desired);
    steps.extend(dropped_indexes(&current, desired));
    let created = desired.tables.keys().filter(|name| !current.tables.contains_key(*name));
    steps.extend(created.map(|table| Step::CreateTable { table: table.clone() }));
    let kept = || desired.tables.iter().filter_map(|(name, to)| Some((name, current.tables.get(name)?, to)));
    for (name, from, to) in kept() {
        let new = to.columns.iter().filter(|column| from.column(&column.name).is_none());
        // A column that is computed comes after those that it may be computed from.
        let (computed, written): (Vec<&Column>, Vec<&Column>) = new.partition(|it| it.generated.is_some());
        for column in written.into_iter().chain(computed) {
            steps.push(Step::AddColumn { table: name.clone(), column: column.name.clone() });
        }
    }
    for (name, from, to) in kept() {
        for column in from.columns.iter().filter(|column| to.column(&column.name).is_none()) {
            steps.push(Step::DropColumn { table: name.clone(), column: column.name.clone() });
        }
    }
    for (table, from, to) in kept() {
        let changes = changes(from, to);
        if !changes.is_empty() {
            steps.push(Step::Rebuild { table: table.clone(), changes });
        }
    }
    let dropped = current.tables.keys().filter(|name| !desired.tables.contains_key(*name));
    steps.extend(dropped.map(|table| Step::DropTable { table: table.clone() }));
    for (name, from, to) in kept() {
        let created = to.indexes.iter().filter(|(index, it)| from.indexes.get(*index) != Some(it));
        steps.extend(
            created.map(|(index, _)| Step::CreateIndex { table: name.clone(), index: index.clone() }),
        );
    }
    steps
}

/// The indexes that go or change. Those of a dropped table go with it, unless their name is wanted.
fn dropped_indexes(current: &Schema, desired: &Schema) -> Vec<Step> {
    let wanted: BTreeSet<&String> = desired.tables.values().flat_map(|table| table.indexes.keys()).collect();
    let mut steps = Vec::new();
    for (name, from) in &current.tables {
        let to = desired.tables.get(name);
        for (index, it) in &from.indexes {
            let goes = match to {
                Some(to) => to.indexes.get(index) != Some(it),
                None => wanted.contains(index),
            };
            if goes {
                steps.push(Step::DropIndex { table: name.clone(), index: index.clone() });
            }
        }
    }
    steps
}

/// What differs between two forms of a table beyond columns that come and go and the indexes.
fn changes(from: &Table, to: &Table) -> Vec<Change> {
    let pairs = to.columns.iter().filter_map(|column| Some((from.column(&column.name)?, column)));
    let mut changes: Vec<Change> = pairs.flat_map(|(from, to)| column_changes(from, to)).collect();
    let checks = from.checks.symmetric_difference(&to.checks);
    changes.extend(checks.map(|check| Change::Check {
        column: None,
        check: check.clone(),
        added: to.checks.contains(check),
    }));
    if from.strict != to.strict {
        changes.push(Change::Strict(to.strict));
    }
    if from.without_rowid != to.without_rowid {
        changes.push(Change::WithoutRowid(to.without_rowid));
    }
    if from.primary_key != to.primary_key {
        changes.push(Change::PrimaryKey);
    }
    // What hangs on a column that comes or goes is part of that step.
    let stays = |columns: &[String]| {
        columns.iter().all(|name| from.column(name).is_some() && to.column(name).is_some())
    };
    let unique = |columns: &Vec<String>, added| Change::Unique { columns: columns.clone(), added };
    let lists = from.unique.symmetric_difference(&to.unique).filter(|columns| stays(columns));
    changes.extend(lists.map(|columns| unique(columns, to.unique.contains(columns))));
    let keys = from.foreign_keys.symmetric_difference(&to.foreign_keys).filter(|key| stays(&key.columns));
    changes.extend(
        keys.map(|key| Change::ForeignKey { key: key.clone(), added: to.foreign_keys.contains(key) }),
    );
    changes.extend(from.undeclarable.iter().cloned().map(Change::Undeclarable));
    changes
}

fn column_changes(from: &Column, to: &Column) -> Vec<Change> {
    let column = || to.name.clone();
    let mut changes = Vec::new();
    if from.kind != to.kind {
        changes.push(Change::Type { column: column(), from: from.kind.clone(), to: to.kind.clone() });
    }
    if from.nullable != to.nullable {
        changes.push(Change::Nullable { column: column(), nullable: to.nullable });
    }
    if from.default != to.default {
        changes.push(Change::Default { column: column() });
    }
    if from.boolean != to.boolean {
        changes.push(Change::Boolean { column: column(), boolean: to.boolean });
    }
    let checks = from.checks.symmetric_difference(&to.checks);
    changes.extend(checks.map(|condition| Change::Check {
        column: Some(column()),
        check: Check { name: None, condition: condition.clone() },
        added: to.checks.contains(condition),
    }));
    if from.generated != to.generated {
        let (generated, written) = (to.generated.is_some(), from.generated.is_none());
        changes.push(Change::Generated { column: column(), generated, written });
    }
    changes
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RenameTable { from, to } => write!(f, "rename the table {from} to {to}"),
            Self::RenameColumn { table, from, to } => write!(f, "rename the column {table}.{from} to {to}"),
            Self::CreateTable { table } => write!(f, "create the table {table}"),
            Self::AddColumn { table, column } => write!(f, "add the column {table}.{column}"),
            Self::DropColumn { table, column } => write!(f, "drop the column {table}.{column}"),
            Self::DropIndex { table, index } => write!(f, "drop the index {index} of {table}"),
            Self::CreateIndex { table, index } => write!(f, "create the index {index} of {table}"),
            Self::Rebuild { table, changes } => {
                write!(f, "change the table {table}: ")?;
                changes
                    .iter()
                    .enumerate()
                    .try_for_each(|(at, change)| write!(f, "{}{change}", if at == 0 { "" } else { ", " }))
            }
            Self::DropTable { table } => write!(f, "drop the table {table}"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { column, from, to } => write!(f, "{column} becomes {to} (was {from})"),
            Self::Nullable { column, nullable: true } => write!(f, "{column} may be NULL"),
            Self::Nullable { column, nullable: false } => write!(f, "{column} is never NULL"),
            Self::Default { column } => write!(f, "{column} has another default"),
            Self::Boolean { column, boolean: true } => write!(f, "{column} takes 0 and 1 alone"),
            Self::Boolean { column, boolean: false } => write!(f, "{column} takes any integer"),
            Self::Check { check, added, .. } => {
                let verb = if *added { "every row keeps" } else { "no more" };
                match &check.name {
                    Some(name) => write!(f, "{verb} {name}: CHECK ({})", on_one_line(&check.condition)),
                    None => write!(f, "{verb} CHECK ({})", on_one_line(&check.condition)),
                }
            }
            Self::Generated { column, generated: true, written: true } => {
                write!(f, "{column} is computed and no longer written")
            }
            Self::Generated { column, generated: true, written: false } => {
                write!(f, "{column} is computed otherwise")
            }
            Self::Generated { column, generated: false, .. } => {
                write!(f, "{column} is written and no longer computed")
            }
            Self::Strict(true) => write!(f, "values are of their column's type alone (STRICT)"),
            Self::Strict(false) => write!(f, "values may be of any type (no more STRICT)"),
            Self::WithoutRowid(true) => write!(f, "rows are kept by their key alone (WITHOUT ROWID)"),
            Self::WithoutRowid(false) => write!(f, "rows have a row id (no more WITHOUT ROWID)"),
            Self::PrimaryKey => write!(f, "another primary key"),
            Self::Unique { columns, added: true } => write!(f, "{} becomes unique", columns.join(" with ")),
            Self::Unique { columns, added: false } => {
                write!(f, "{} is no longer unique", columns.join(" with "))
            }
            Self::ForeignKey { key, added } => {
                let verb = if *added { "refers to" } else { "no longer refers to" };
                let (columns, parents) = (key.columns.join(" with "), key.parents.join(" with "));
                write!(f, "{columns} {verb} {}.{parents}", key.table)?;
                write!(
                    f,
                    " (on delete {}, on update {})",
                    key.on_delete.to_lowercase(),
                    key.on_update.to_lowercase()
                )
            }
            Self::Undeclarable(what) => write!(f, "no more {what}"),
        }
    }
}

fn on_one_line(expression: &Expression) -> String {
    expression.as_str().split_whitespace().collect::<Vec<_>>().join(" ")
}
