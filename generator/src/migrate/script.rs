//! Steps as the text of a migration.
//!
//! Owns the choice between ALTER and a rebuild, the order of the statements and the header. Only what
//! SQLite can do in place is done in place (<https://sqlite.org/lang_altertable.html>). Must not know
//! where the schemas come from, nor whether a step is wise.

use std::collections::BTreeSet;

use super::diff::Step;
use super::error::{MAX_STATEMENT_BYTES, MigrateError};
use super::rebuild::Rebuild;
use super::replay::excerpt;
use super::schema::{Column, Schema, Table};
use super::sqlite::{
    add_column, create_index, create_with_indexes, drop_column, drop_index, rename_column, rename_table,
};
use crate::sql::Expression;

/// The text of the migration that does `steps`. `before` is the schema after the steps that rename.
///
/// # Errors
/// [`MigrateError::TooLong`] for a statement that D1 would not take.
pub(super) fn migration(before: &Schema, after: &Schema, steps: &[Step]) -> Result<String, MigrateError> {
    let rebuilt = rebuilt_tables(before, after, steps);
    let mut statements: Vec<String> =
        steps.iter().filter_map(|step| in_place(before, after, step, &rebuilt)).collect();
    let dropped = steps.iter().filter_map(|step| match step {
        Step::DropTable { table } => Some(table.as_str()),
        _ => None,
    });
    let rebuild = Rebuild::new(before, after, &rebuilt, &dropped.collect());
    statements.extend(rebuild.statements());
    for statement in &statements {
        if statement.len() > MAX_STATEMENT_BYTES {
            let (statement, bytes) = (excerpt(statement), statement.len());
            return Err(MigrateError::TooLong { statement, bytes });
        }
    }
    Ok(format!("{}\n{}\n", header(steps, &copied_tables(before, after, steps)), statements.join("\n\n")))
}

/// The header, in which [`super::diff::Renames::recorded`] finds the renames again.
fn header(steps: &[Step], copied: &[String]) -> String {
    let mut lines = vec![
        "Made from spec.toml by `cargo run -p generator -- generate`. Never edit this file: databases"
            .to_owned(),
        "already hold what it did. Change the spec and generate the next one.".to_owned(),
        String::new(),
    ];
    lines.extend(steps.iter().map(|step| format!("* {step}")));
    if !copied.is_empty() {
        lines.push(format!("Tables made anew, with their rows: {}", copied.join(", ")));
    }
    // Names in older migrations may hold anything, and a line break would end the comment.
    let comment =
        |line: String| format!("-- {}", line.replace(['\n', '\r'], " ")).trim_end().to_owned() + "\n";
    lines.into_iter().map(comment).collect()
}

/// The tables to be made anew: those with a change that SQLite cannot do in place, and every table that
/// refers to one of them, for dropping a table deletes or refuses the rows that refer to it. Also tables
/// that are new or come to refer: SQLite drops no table while another refers to it in vain.
pub(super) fn rebuilt_tables(before: &Schema, after: &Schema, steps: &[Step]) -> BTreeSet<String> {
    let needs = |step: &Step| match step {
        Step::Rebuild { table, .. } => Some(table.clone()),
        Step::AddColumn { table: name, column } => {
            let (table, earlier) = (after.tables.get(name)?, earlier_columns(steps, step));
            let there = |other: &str| before.tables.get(name).is_some_and(|old| old.column(other).is_some());
            let others = table.columns.iter().map(|other| other.name.as_str());
            let later = others.filter(|other| {
                other != column && !there(other) && !earlier.contains(&(name.as_str(), *other))
            });
            (!can_add(table, table.column(column)?, &later.collect::<Vec<_>>())).then(|| name.clone())
        }
        Step::DropColumn { table, column } => {
            (!can_drop(before.tables.get(table)?, after.tables.get(table)?, column)).then(|| table.clone())
        }
        Step::DropIndex { table, index } if after.tables.contains_key(table) => {
            is_parent_index(before, table, index).then(|| table.clone())
        }
        _ => None,
    };
    let mut rebuilt: BTreeSet<String> = steps.iter().filter_map(needs).collect();
    loop {
        let refers = |(name, table): &(&String, &Table)| {
            let old = before.tables.get(*name).into_iter().flat_map(|table| &table.foreign_keys);
            !rebuilt.contains(*name)
                && table.foreign_keys.iter().chain(old).any(|key| rebuilt.contains(&key.table))
        };
        let more: Vec<String> = after.tables.iter().filter(refers).map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return rebuilt;
        }
        rebuilt.extend(more);
    }
}

/// The columns that are added before `step`, each with its table.
fn earlier_columns<'a>(steps: &'a [Step], step: &Step) -> BTreeSet<(&'a str, &'a str)> {
    let earlier = steps.iter().take_while(|other| *other != step);
    let added = earlier.filter_map(|step| match step {
        Step::AddColumn { table, column } => Some((table.as_str(), column.as_str())),
        _ => None,
    });
    added.collect()
}

/// The tables whose rows are copied: all that are made anew but the new ones.
pub(super) fn copied_tables(before: &Schema, after: &Schema, steps: &[Step]) -> Vec<String> {
    let rebuilt = rebuilt_tables(before, after, steps);
    rebuilt.into_iter().filter(|name| before.tables.contains_key(name)).collect()
}

/// Whether foreign keys find their rows by this index.
fn is_parent_index(schema: &Schema, table: &str, index: &str) -> bool {
    let Some(index) = schema.tables.get(table).and_then(|table| table.indexes.get(index)) else {
        return false;
    };
    let mut keys = schema.tables.values().flat_map(|table| &table.foreign_keys);
    index
        .unique_columns()
        .is_some_and(|columns| keys.any(|key| key.table == table && same(&columns, &key.parents)))
}

/// Whether two lists name the same columns, in whatever order.
fn same(list: &[&str], other: &[String]) -> bool {
    list.len() == other.len() && list.iter().all(|name| other.iter().any(|other| other == name))
}

/// `ADD COLUMN` takes no key and no unique column, a reference of this column alone and only where every row gets
/// NULL, no default that is not a literal, no computed column that is stored, and nothing that names a column of
/// `later`. What is left is nullable, computed, or has a default.
fn can_add(after: &Table, column: &Column, later: &[&str]) -> bool {
    let name = &column.name;
    let unique =
        after.primary_key.contains(name) || after.unique.iter().any(|columns| columns.contains(name));
    let refers = after.references(name).next().is_some();
    let with_others = after.references(name).any(|key| key.columns.len() > 1);
    let mut own =
        after.expressions().filter(|(owner, _)| *owner == Some(name)).map(|(_, expression)| expression);
    let waits = own.any(|expression| later.iter().any(|other| expression.mentions(other)));
    let has_value = match &column.generated {
        Some(generated) => !generated.stored,
        None => column.nullable || column.default.is_some(),
    };
    if unique || waits || with_others || (refers && column.default.is_some()) {
        return false;
    }
    has_value && column.default.as_ref().is_none_or(Expression::is_literal)
}

/// `DROP COLUMN` takes no key, no unique column, none of a foreign key, none that another column or the table names
/// in an expression, and not the last one that is written.
fn can_drop(before: &Table, after: &Table, name: &str) -> bool {
    let named = |columns: &[String]| columns.iter().any(|column| column == name);
    let stays = |column: &Column| column.generated.is_none() && after.column(&column.name).is_some();
    let mut others = before.expressions().filter(|(owner, _)| *owner != Some(name));
    !others.any(|(_, expression)| expression.mentions(name))
        && !named(&before.primary_key)
        && !before.unique.iter().any(|columns| named(columns))
        && before.references(name).next().is_none()
        && before.columns.iter().any(stays)
}

/// The statement for a step that needs no rebuild.
fn in_place(before: &Schema, after: &Schema, step: &Step, rebuilt: &BTreeSet<String>) -> Option<String> {
    let made_anew = |table: &String| rebuilt.contains(table);
    Some(match step {
        Step::RenameTable { from, to } => rename_table(from, to),
        Step::RenameColumn { table, from, to } => rename_column(table, from, to),
        Step::CreateTable { table } if !made_anew(table) => {
            create_with_indexes(table, after.tables.get(table)?)
        }
        Step::AddColumn { table, column } if !made_anew(table) => {
            let new = after.tables.get(table)?;
            add_column(table, new, new.column(column)?)
        }
        Step::DropColumn { table, column } if !made_anew(table) => drop_column(table, column),
        Step::DropIndex { table, index } if !(made_anew(table) && is_parent_index(before, table, index)) => {
            drop_index(index)
        }
        Step::CreateIndex { table, index } if !made_anew(table) => {
            create_index(index, table, after.tables.get(table)?.indexes.get(index)?)
        }
        Step::CreateTable { .. }
        | Step::AddColumn { .. }
        | Step::DropColumn { .. }
        | Step::DropIndex { .. }
        | Step::CreateIndex { .. }
        | Step::Rebuild { .. }
        | Step::DropTable { .. } => return None,
    })
}
