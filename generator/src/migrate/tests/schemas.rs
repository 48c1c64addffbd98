//! Random schemas as a spec could have them, for the property test.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::build::{column, table};
use crate::model::name::{CheckName, ColumnName, IndexName, TableName};
use crate::model::tables::{
    Action, Check, Column, ColumnType, DefaultValue, ForeignKey, Generated, Index, Literal, Reference, Table,
    Term, TermValue,
};
use crate::sql::Expression;

const TABLES: [&str; 4] = ["a", "b", "c", "d"];
const COLUMNS: [&str; 4] = ["id", "x", "y", "z"];

/// Two schemas, of which the second keeps parts of the first and may rename a table and a column.
pub(super) fn pairs() -> impl Strategy<Value = (Vec<Table>, Vec<Table>)> {
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
    // Boxed, for whole trees of values would not fit a test's stack.
    let tables = TABLES.map(|name| proptest::option::weighted(0.8, tables(name).boxed()));
    tables.prop_map(|tables| tables.into_iter().flatten().collect())
}

fn tables(name: &'static str) -> impl Strategy<Value = Table> {
    let columns = COLUMNS.map(|name| proptest::option::weighted(0.8, columns(name).boxed()));
    let key = select(vec![vec!["id"], vec!["id"], vec!["x"], vec!["id", "x"], vec!["y", "id"], vec![]]);
    let options = (proptest::bool::weighted(0.85), proptest::bool::weighted(0.25));
    let check = proptest::option::weighted(0.3, select(TABLE_CHECKS.to_vec()));
    let several = proptest::option::weighted(0.3, select(TABLES.to_vec()));
    let parts = (columns, key, options, check, several, proptest::option::of(indexes(name)));
    parts.prop_map(move |(columns, key, (strict, without_rowid), check, several, index)| {
        let mut made = table(name, [column("base", ColumnType::Integer)]).key(&key);
        made.columns[0].default = Some(DefaultValue::Literal(Literal::Integer(1)));
        made.columns.extend(columns.into_iter().flatten());
        (made.strict, made.without_rowid) = (strict, without_rowid);
        made.indexes.extend(index);
        made.checks.extend(
            check.map(|sql| Check { name: CheckName::new("rule").unwrap(), expression: sql_of(sql) }),
        );
        made.foreign_keys.extend(several.map(|table| several_to(table, &["y", "z"])));
        made
    })
}

/// Conditions that some rows keep.
const TABLE_CHECKS: [&str; 4] =
    ["base <> 0", "base > 2", "x IS NULL OR base < 100000", "length(x) <> 1 OR base = 1"];

/// What an index may be sorted by beside the columns.
const TERMS: [&str; 4] = ["base + 1", "lower(x)", "y || 'z'", "typeof(id)"];

fn sql_of(sql: &str) -> Expression {
    Expression::new(sql).unwrap()
}

/// A foreign key of two columns to whatever the key of the other table is.
fn several_to(table: &str, columns: &[&str]) -> ForeignKey {
    ForeignKey {
        name: "several".to_owned(),
        columns: columns.iter().map(|name| ColumnName::new(name).unwrap()).collect(),
        table: TableName::new(table).unwrap(),
        references: Vec::new(),
        on_delete: Action::Cascade,
        on_update: Action::Refuse,
    }
}

fn indexes(table: &'static str) -> impl Strategy<Value = Index> {
    let term = prop_oneof![
        2 => select(COLUMNS.to_vec()).prop_map(|name| TermValue::Column(ColumnName::new(name).unwrap())),
        1 => select(TERMS.to_vec()).prop_map(|sql| TermValue::Expression(sql_of(sql))),
    ];
    let term =
        (term, proptest::bool::weighted(0.2)).prop_map(|(value, descending)| Term { value, descending });
    let condition = proptest::option::weighted(0.3, select(vec!["base > 1", "x IS NOT NULL", "y = 1"]));
    (proptest::collection::vec(term, 1..3), any::<bool>(), condition).prop_map(
        move |(terms, unique, condition)| Index {
            name: IndexName::new(&format!("{table}_index")).unwrap(),
            terms,
            unique,
            condition: condition.map(sql_of),
        },
    )
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
        select(vec![Action::Refuse, Action::Restrict, Action::Cascade, Action::SetNull, Action::SetDefault]),
        select(vec![Action::Refuse, Action::Cascade]),
    );
    let reference = proptest::option::weighted(0.3, reference);
    let flags =
        (proptest::bool::weighted(0.6), proptest::bool::weighted(0.3), proptest::bool::weighted(0.25));
    let rules = (
        proptest::option::weighted(0.3, 0..3usize),
        proptest::option::weighted(0.15, any::<bool>()),
        any::<bool>(),
    );
    (select(kinds.to_vec()), flags, reference, rules).prop_map(
        move |(kind, (nullable, unique, default), reference, (check, generated, expressed))| {
            let mut made = column(name, kind);
            (made.nullable, made.unique) = (nullable, unique);
            let expressed = expressed && reference.is_none();
            made.default =
                default.then(|| if expressed { default_expression_of(kind) } else { default_of(kind) });
            made.check = check.map(|at| sql_of(&check_of(name, kind)[at]));
            if let (Some(stored), Some(expression)) = (generated, computed(kind)) {
                made.generated = Some(Generated { expression: sql_of(expression), stored });
                made.default = None;
                return made;
            }
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

fn default_of(kind: ColumnType) -> DefaultValue {
    DefaultValue::Literal(match kind {
        ColumnType::Integer => Literal::Integer(-7),
        ColumnType::Real => Literal::Real(0.25),
        ColumnType::Boolean => Literal::Boolean(true),
        _ => Literal::Text("it's".into()),
    })
}

fn default_expression_of(kind: ColumnType) -> DefaultValue {
    match kind {
        ColumnType::Integer => DefaultValue::Expression(sql_of("abs(-3)")),
        ColumnType::Text => DefaultValue::Expression(sql_of("lower('A')")),
        other => default_of(other),
    }
}

/// Conditions that the defaults keep.
fn check_of(name: &str, kind: ColumnType) -> [String; 3] {
    let of_kind = match kind {
        ColumnType::Integer | ColumnType::Real | ColumnType::Boolean => ["{} < 5", "{} <> -99"],
        ColumnType::Text => ["{} IN ('it''s', 'a', 'b')", "length({}) < 50"],
        _ => ["length({}) < 50", "{} <> x'00'"],
    };
    [of_kind[0], of_kind[1], "{} IS NULL OR base <> -1"].map(|sql| sql.replace("{}", name))
}

fn computed(kind: ColumnType) -> Option<&'static str> {
    match kind {
        ColumnType::Integer => Some("base + 1"),
        ColumnType::Real => Some("base / 2.0"),
        ColumnType::Boolean => Some("base > 0"),
        ColumnType::Text => Some("'t' || base"),
        _ => None,
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
                let new = mix_columns(&old, new, &kept[1..]);
                Some(Table { columns: new.columns, ..old })
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

/// The tables as a spec could have them: keys and indexes over columns that are there, each once,
/// references to unique columns of their own type.
pub(super) fn lawful(mut tables: Vec<Table>) -> Vec<Table> {
    for table in &mut tables {
        let Table { columns, primary_key, indexes, checks, .. } = table;
        let exists = |name: &ColumnName| columns.iter().any(|column| column.name == *name);
        let written = |name: &ColumnName| {
            columns.iter().any(|column| column.name == *name && column.generated.is_none())
        };
        primary_key.retain(written);
        let makes_sense = |sql: &Expression| {
            let missing = |name: &&str| sql.mentions(name) && !exists(&ColumnName::new(name).unwrap());
            !COLUMNS.iter().any(missing)
        };
        for index in indexes.iter_mut() {
            index.terms.retain(|term| match &term.value {
                TermValue::Column(name) => exists(name),
                TermValue::Expression(sql) => makes_sense(sql),
            });
            index.condition.take_if(|sql| !makes_sense(sql));
            let mut columns = BTreeSet::new();
            index.terms.retain(|term| match &term.value {
                TermValue::Column(name) => columns.insert(name.clone()),
                TermValue::Expression(_) => true,
            });
        }
        indexes.retain(|index| !index.terms.is_empty());
        checks.retain(|check| makes_sense(&check.expression));
        table.without_rowid &= !table.primary_key.is_empty();
        same_defaults(table);
        let Table { columns, primary_key, .. } = table;
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
        refer_by_several(&mut tables);
    }
    let parents = parents(&tables);
    for Table { name, columns, primary_key, without_rowid, .. } in &mut tables {
        for column in columns {
            let (kind, nullable) = (column.kind, column.nullable);
            let is_moved = *without_rowid && primary_key.contains(&column.name);
            column.references.take_if(|to| {
                let parent =
                    parents.iter().find(|(table, column, _)| *table == to.table && *column == to.column);
                parent.is_none_or(|(.., other)| *other != kind)
                    || (to.on_delete == Action::SetNull && !nullable)
                    || (to.on_delete == Action::SetDefault && !nullable && column.default.is_none())
                    || (to.on_delete == Action::SetDefault && is_moved && to.table == *name)
            });
        }
    }
    drop_senseless_keys(&mut tables);
    tables
}

/// Gives literal defaults to what must be unique: whether an expression gives another value for each row, only
/// SQLite knows.
fn same_defaults(table: &mut Table) {
    let Table { columns, primary_key, indexes, .. } = table;
    let sorts = |index: &Index, name: &ColumnName| {
        index.terms.iter().any(|term| term.value == TermValue::Column(name.clone()))
    };
    for column in columns {
        let indexed = indexes.iter().any(|index| index.unique && sorts(index, &column.name));
        let unique = column.unique || primary_key.contains(&column.name) || indexed;
        if let (true, Some(DefaultValue::Expression(_))) = (unique, &column.default) {
            column.default = Some(default_of(column.kind));
        }
    }
}

/// The key of each table of two columns, with their types.
fn keys_of_two(tables: &[Table]) -> Vec<(TableName, Vec<(ColumnName, ColumnType)>)> {
    let key = |table: &Table| {
        let columns =
            table.primary_key.iter().map(|name| (name.clone(), table.column(name.as_str()).unwrap().kind));
        (table.name.clone(), columns.collect::<Vec<_>>())
    };
    tables.iter().map(key).filter(|(_, columns)| columns.len() == 2).collect()
}

/// Lets foreign keys of two columns refer to a key of two columns, whose types they take over.
fn refer_by_several(tables: &mut [Table]) {
    let keys = keys_of_two(tables);
    for table in tables {
        for key in &mut table.foreign_keys {
            let Some((_, parents)) = keys.iter().find(|(name, _)| *name == key.table) else { continue };
            key.references = parents.iter().map(|(name, _)| name.clone()).collect();
            for (name, (_, kind)) in key.columns.iter().zip(parents) {
                let column = table.columns.iter_mut().find(|column| column.name == *name);
                if let Some(column) = column.filter(|column| column.references.is_none()) {
                    take_type(column, *kind);
                }
            }
        }
    }
}

fn drop_senseless_keys(tables: &mut [Table]) {
    let keys = keys_of_two(tables);
    for table in tables {
        let kind = |name: &ColumnName| {
            let column = table.columns.iter().find(|column| column.name == *name)?;
            column.generated.is_none().then_some(column.kind)
        };
        table.foreign_keys.retain(|key| {
            let parent = keys.iter().find(|(name, _)| *name == key.table);
            parent.is_some_and(|(_, parents)| {
                let names = parents.iter().map(|(name, _)| name);
                let kinds = parents.iter().map(|(_, kind)| Some(*kind));
                names.eq(&key.references) && key.columns.iter().map(kind).eq(kinds)
            })
        });
    }
}

fn take_type(column: &mut Column, kind: ColumnType) {
    if column.kind != kind {
        column.kind = kind;
        column.default = column.default.take().map(|_| default_of(kind));
        (column.check, column.generated) = (None, None);
    }
}

/// The columns that a reference may lead to, with their types.
fn parents(tables: &[Table]) -> Vec<(TableName, ColumnName, ColumnType)> {
    let mut parents = Vec::new();
    for table in tables {
        for column in &table.columns {
            let alone = |columns: &[ColumnName]| columns == std::slice::from_ref(&column.name);
            let indexed = || {
                let mut indexes = table.indexes.iter().filter(|index| index.unique);
                indexes.any(|index| index.columns().is_some_and(|columns| columns == [&column.name]))
            };
            if column.generated.is_some() {
                continue;
            }
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
    take_type(column, parent.2);
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
    let keys = after.iter_mut().flat_map(|table| &mut table.foreign_keys);
    keys.filter(|key| key.table == old).for_each(|key| key.table = new.clone());
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
    table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(rename);
    let rename_in = |sql: &mut Expression| *sql = sql.renamed("x", "was_x");
    table.checks.iter_mut().for_each(|check| rename_in(&mut check.expression));
    table.columns.iter_mut().filter_map(|column| column.check.as_mut()).for_each(rename_in);
    for index in &mut table.indexes {
        index.condition.iter_mut().for_each(rename_in);
        index.terms.iter_mut().for_each(|term| match &mut term.value {
            TermValue::Column(name) => rename(name),
            TermValue::Expression(sql) => rename_in(sql),
        });
    }
    let keys = after.iter_mut().flat_map(|table| &mut table.foreign_keys);
    keys.filter(|key| key.table == owner).flat_map(|key| &mut key.references).for_each(rename);
    let references =
        after.iter_mut().flat_map(|table| &mut table.columns).filter_map(|column| column.references.as_mut());
    references
        .filter(|reference| reference.table == owner)
        .for_each(|reference| rename(&mut reference.column));
}
