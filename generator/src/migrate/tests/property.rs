//! Random pairs of schemas: whatever the spec becomes, the migration leads there and keeps the rows.
//!
//! `PROPTEST_CASES=5000 cargo test -p generator migrate::tests::property` runs more of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::Connection;

use super::build::{column, table};
use super::{Database, apply, ask};
use crate::migrate::introspect::read;
use crate::migrate::rows::invent;
use crate::migrate::sqlite::{create_with_indexes, quote, quote_all};
use crate::migrate::{MigrateError, Migration, Renames, declared_schema, diff, plan_database};
use crate::model::name::{ColumnName, TableName};
use crate::model::tables::{Action, Column, ColumnType, Literal, Reference, Table};

/// The normal number of pairs; `PROPTEST_CASES` sets another.
const CASES: u32 = 64;
const TABLES: [&str; 4] = ["a", "b", "c", "d"];
const COLUMNS: [&str; 4] = ["id", "x", "y", "z"];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_schema_becomes_any_other_and_keeps_its_rows(pair in pairs()) {
        let (before, after) = pair;
        let database = Database::with(&before);
        let Some((after, planned)) = plan(&database, after) else { return Ok(()) };
        let tables: Vec<&Table> = after.iter().collect();

        let connection = database.open();
        fill(&connection, &before, &after);
        let expected = kept_rows(&connection, &before, &after, true);
        apply(&connection, &planned.sql).unwrap();
        prop_assert_eq!(kept_rows(&connection, &before, &after, false), expected);
        prop_assert_eq!(ask(&connection, "SELECT \"table\" AS value FROM pragma_foreign_key_check"), [""; 0]);
        let made = read(&connection).unwrap();
        prop_assert_eq!(diff(&made, &declared_schema(&tables).unwrap(), &Renames::default()), []);

        let migrations = [database.migrations.clone(), vec![planned]].concat();
        prop_assert_eq!(plan_database(&migrations, &tables, &BTreeSet::new()), Ok(None));
    }
}

/// The migration to `after`, with everything allowed that may be. What cannot work on rows is made
/// possible first; `None` if nothing differs.
fn plan(database: &Database, mut after: Vec<Table>) -> Option<(Vec<Table>, Migration)> {
    loop {
        let tables: Vec<&Table> = after.iter().collect();
        let mut allowed = BTreeSet::new();
        let refused = match plan_database(&database.migrations, &tables, &allowed) {
            Err(MigrateError::Destructive(losses)) => {
                allowed.extend(losses.into_iter().map(|loss| loss.name));
                plan_database(&database.migrations, &tables, &allowed)
            }
            other => other,
        };
        match refused {
            Ok(planned) => return planned.map(|planned| (after, planned.migration)),
            Err(MigrateError::Impossible(changes)) => {
                for change in changes {
                    let table = after.iter_mut().find(|table| table.name.as_str() == change.table).unwrap();
                    make_possible(table, &change.column);
                }
                after = lawful(after);
            }
            Err(other) => panic!(
                "{other}\n{}\nbecomes\n{}",
                database.migrations.first().map_or("", |first| &first.sql),
                shown(&after)
            ),
        }
    }
}

fn shown(tables: &[Table]) -> String {
    let schema = declared_schema(&tables.iter().collect::<Vec<_>>()).unwrap();
    schema.tables.iter().map(|(name, table)| create_with_indexes(name, table) + "\n").collect()
}

fn make_possible(table: &mut Table, name: &str) {
    table.primary_key.retain(|column| column.as_str() != name);
    let column = table.columns.iter_mut().find(|column| column.name.as_str() == name).unwrap();
    (column.nullable, column.default) = (true, None);
}

/// Puts rows into the database that are lawful before and after.
fn fill(connection: &Connection, before: &[Table], after: &[Table]) {
    let schemas = [before, after].map(|tables| declared_schema(&tables.iter().collect::<Vec<_>>()).unwrap());
    let renames = Renames::declared(&after.iter().collect::<Vec<_>>());
    let (_, renamed) = renames.apply(&schemas[0], &schemas[1]);
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for (name, rows) in invent(&renamed, &schemas[1]) {
        let original = original_table(before, after, name);
        let columns: Vec<&str> = original.columns.iter().map(|column| column.name.as_str()).collect();
        for row in rows {
            let values: Vec<String> = row.into_iter().map(Option::unwrap).collect();
            let (table, columns, values) =
                (quote(original.name.as_str()), quote_all(&columns), values.join(", "));
            connection.execute(&format!("INSERT INTO {table} ({columns}) VALUES ({values})"), []).unwrap();
        }
    }
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
}

fn original_table<'a>(before: &'a [Table], after: &[Table], name: &str) -> &'a Table {
    let known = |name: &str| before.iter().find(|table| table.name.as_str() == name);
    let renamed = || after.iter().find(|table| table.name.as_str() == name)?.renamed_from.as_ref();
    known(name).or_else(|| known(renamed()?.as_str())).unwrap()
}

/// The rows of every table that stays, in the columns that stay as they are.
fn kept_rows(connection: &Connection, before: &[Table], after: &[Table], first: bool) -> Vec<Vec<String>> {
    let mut tables = Vec::new();
    for to in after {
        let was = to.renamed_from.as_ref().map_or(to.name.as_str(), TableName::as_str);
        let Some(from) = before.iter().find(|table| table.name.as_str() == was) else { continue };
        let mut values = vec!["'row'".to_owned()];
        for column in &to.columns {
            let was = column.renamed_from.as_ref().map_or(column.name.as_str(), ColumnName::as_str);
            let kind =
                |column: &Column| (Table::column(to, "").is_none(), sql_type(column.kind), column.nullable);
            if let Some(from) = from.column(was).filter(|from| kind(from) == kind(column)) {
                values.push(format!(
                    "quote({})",
                    quote(if first { from.name.as_str() } else { column.name.as_str() })
                ));
            }
        }
        let name = quote(if first { was } else { to.name.as_str() });
        tables.push(ask(
            connection,
            &format!("SELECT {} AS value FROM {name} ORDER BY 1", values.join(" || ' ' || ")),
        ));
    }
    tables
}

fn sql_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer | ColumnType::Boolean => "INTEGER",
        ColumnType::Real => "REAL",
        ColumnType::Blob => "BLOB",
        _ => "TEXT",
    }
}

/// Two schemas, of which the second keeps parts of the first and may rename a table and a column.
fn pairs() -> impl Strategy<Value = (Vec<Table>, Vec<Table>)> {
    let kept = proptest::collection::vec(0..9u8, TABLES.len() * (COLUMNS.len() + 1));
    (schemas(), schemas(), kept, any::<(bool, bool)>()).prop_map(|(before, other, kept, renames)| {
        let after = mix(&before, other, &kept);
        let mut after = lawful(after);
        let before = lawful(before);
        if renames.0 {
            rename_table(&before, &mut after);
        }
        if renames.1 {
            rename_column(&before, &mut after);
        }
        (before, after)
    })
}

/// Up to four tables, in which references, keys and indexes may be nonsense.
fn schemas() -> impl Strategy<Value = Vec<Table>> {
    let tables = TABLES.map(|name| proptest::option::weighted(0.8, tables(name)));
    tables.prop_map(|tables| tables.into_iter().flatten().collect())
}

fn tables(name: &'static str) -> impl Strategy<Value = Table> {
    let columns = COLUMNS.map(|name| proptest::option::weighted(0.8, columns(name)));
    let key = select(vec![vec!["id"], vec!["id"], vec!["x"], vec!["id", "x"], vec!["y", "id"], vec![]]);
    let index = proptest::option::of((select(COLUMNS.to_vec()), select(COLUMNS.to_vec()), any::<bool>()));
    (columns, key, index).prop_map(move |(columns, key, index)| {
        let mut made = table(name, [column("base", ColumnType::Integer)]).key(&key);
        made.columns[0].default = Some(Literal::Integer(1));
        made.columns.extend(columns.into_iter().flatten());
        match index {
            Some((first, second, unique)) if first != second => {
                made.index(&format!("{name}_index"), &[first, second], unique)
            }
            Some((one, _, unique)) => made.index(&format!("{name}_index"), &[one], unique),
            None => made,
        }
    })
}

fn columns(name: &'static str) -> impl Strategy<Value = Column> {
    let kinds = [
        ColumnType::Text,
        ColumnType::Integer,
        ColumnType::Integer,
        ColumnType::Real,
        ColumnType::Blob,
        ColumnType::Boolean,
    ];
    let reference = (
        select(TABLES.to_vec()),
        select(COLUMNS.to_vec()),
        select(vec![Action::Refuse, Action::Cascade, Action::SetNull]),
        select(vec![Action::Refuse, Action::Cascade]),
    );
    let reference = proptest::option::weighted(0.3, reference);
    let flags =
        (proptest::bool::weighted(0.6), proptest::bool::weighted(0.3), proptest::bool::weighted(0.25));
    (select(kinds.to_vec()), flags, reference).prop_map(
        move |(kind, (nullable, unique, default), reference)| {
            let mut made = column(name, kind);
            (made.nullable, made.unique) = (nullable, unique);
            made.default = default.then(|| default_of(kind));
            made.references = reference.map(|(table, column, on_delete, on_update)| Reference {
                table: TableName::new(table).unwrap(),
                column: ColumnName::new(column).unwrap(),
                on_delete,
                on_update,
            });
            made
        },
    )
}

fn default_of(kind: ColumnType) -> Literal {
    match kind {
        ColumnType::Integer => Literal::Integer(-7),
        ColumnType::Real => Literal::Real(0.25),
        ColumnType::Boolean => Literal::Boolean(true),
        _ => Literal::Text("it's".into()),
    }
}

/// `other`, with some tables, columns and keys as they are in `before`. Most edits of a spec are small.
fn mix(before: &[Table], other: Vec<Table>, kept: &[u8]) -> Vec<Table> {
    let mut after = Vec::new();
    for (name, kept) in TABLES.iter().zip(kept.chunks(COLUMNS.len() + 1)) {
        let find = |tables: &[Table]| tables.iter().find(|table| table.name.as_str() == *name).cloned();
        let (old, new) = (find(before), find(&other));
        after.extend(match (old, new, kept[0]) {
            (Some(old), _, 0..=2) => Some(old),
            (Some(old), Some(new), 3..=5) => {
                let (primary_key, indexes) = (old.primary_key.clone(), old.indexes.clone());
                Some(Table { primary_key, indexes, ..mix_columns(&old, new, &kept[1..]) })
            }
            (Some(old), Some(new), 6..=7) => Some(mix_columns(&old, new, &kept[1..])),
            (_, new, _) => new,
        });
    }
    after
}

fn mix_columns(old: &Table, mut new: Table, kept: &[u8]) -> Table {
    for (name, kept) in COLUMNS.iter().zip(kept) {
        if let (Some(old), true) = (old.column(name), *kept > 2) {
            new.columns.retain(|column| column.name.as_str() != *name);
            new.columns.push(old.clone());
        }
    }
    new
}

/// The tables as a spec could have them: keys and indexes over columns that are there, references to
/// unique columns of their own type.
fn lawful(mut tables: Vec<Table>) -> Vec<Table> {
    for table in &mut tables {
        let Table { columns, primary_key, indexes, .. } = table;
        let exists = |name: &ColumnName| columns.iter().any(|column| column.name == *name);
        primary_key.retain(exists);
        indexes.iter_mut().for_each(|index| index.columns.retain(exists));
        indexes.retain(|index| !index.columns.is_empty());
        for column in columns.iter_mut().filter(|column| primary_key.contains(&column.name)) {
            column.nullable = false;
        }
    }
    // A column takes its parent's type, so that those that refer to it have to follow.
    for _ in 0..3 {
        let parents = parents(&tables);
        for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
            refer(column, &parents);
        }
    }
    let parents = parents(&tables);
    for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
        let (kind, nullable) = (column.kind, column.nullable);
        column.references.take_if(|to| {
            let parent = parents.iter().find(|(table, column, _)| *table == to.table && *column == to.column);
            parent.is_none_or(|(.., other)| *other != kind) || (to.on_delete == Action::SetNull && !nullable)
        });
    }
    tables
}

/// The columns that a reference may lead to, with their types.
fn parents(tables: &[Table]) -> Vec<(TableName, ColumnName, ColumnType)> {
    let mut parents = Vec::new();
    for table in tables {
        for column in &table.columns {
            let alone = |columns: &[ColumnName]| columns == std::slice::from_ref(&column.name);
            let indexed = || table.indexes.iter().any(|index| index.unique && alone(&index.columns));
            if column.unique || alone(&table.primary_key) || indexed() {
                parents.push((table.name.clone(), column.name.clone(), column.kind));
            }
        }
    }
    parents
}

/// Turns a reference that leads nowhere to one of `parents` and takes over its type.
fn refer(column: &mut Column, parents: &[(TableName, ColumnName, ColumnType)]) {
    let Some(reference) = &mut column.references else { return };
    let same = |(table, name, _): &&(TableName, ColumnName, ColumnType)| {
        *table == reference.table && *name == reference.column
    };
    let wish = reference.table.as_str().bytes().chain(reference.column.as_str().bytes());
    let wish: usize = wish.map(usize::from).sum();
    let Some(parent) = parents.iter().find(same).or_else(|| parents.get(wish % parents.len().max(1))) else {
        return;
    };
    (reference.table, reference.column) = (parent.0.clone(), parent.1.clone());
    if column.kind != parent.2 {
        column.kind = parent.2;
        column.default = column.default.take().map(|_| default_of(parent.2));
    }
}

/// Renames the first table that is in both.
fn rename_table(before: &[Table], after: &mut [Table]) {
    let both = |table: &&mut Table| before.iter().any(|old| old.name == table.name);
    let Some(table) = after.iter_mut().find(both) else { return };
    let (old, new) = (table.name.clone(), TableName::new("renamed").unwrap());
    table.name = new.clone();
    table.renamed_from = Some(old.clone());
    let references =
        after.iter_mut().flat_map(|table| &mut table.columns).filter_map(|column| column.references.as_mut());
    references.filter(|reference| reference.table == old).for_each(|reference| reference.table = new.clone());
}

/// Renames the column `x` of the last table that has it before and after.
fn rename_column(before: &[Table], after: &mut [Table]) {
    let old_name = |table: &Table| table.renamed_from.clone().unwrap_or_else(|| table.name.clone());
    let had =
        |table: &Table| before.iter().any(|old| old.name == old_name(table) && old.column("x").is_some());
    let both = |table: &&mut Table| table.column("x").is_some() && had(table);
    let Some(table) = after.iter_mut().rev().find(both) else { return };
    let (owner, new) = (table.name.clone(), ColumnName::new("was_x").unwrap());
    let rename = |name: &mut ColumnName| {
        if name.as_str() == "x" {
            *name = new.clone();
        }
    };
    for column in table.columns.iter_mut().filter(|column| column.name.as_str() == "x") {
        column.renamed_from = Some(column.name.clone());
        rename(&mut column.name);
    }
    table.primary_key.iter_mut().for_each(rename);
    table.indexes.iter_mut().flat_map(|index| &mut index.columns).for_each(rename);
    let references =
        after.iter_mut().flat_map(|table| &mut table.columns).filter_map(|column| column.references.as_mut());
    references
        .filter(|reference| reference.table == owner)
        .for_each(|reference| rename(&mut reference.column));
}
