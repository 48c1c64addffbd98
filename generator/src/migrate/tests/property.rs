//! Random pairs of schemas: whatever the spec becomes, the migration leads there and keeps the rows.
//!
//! `PROPTEST_CASES=5000 cargo test -p generator migrate::tests::property` runs more of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rusqlite::Connection;

use super::schemas::{lawful, pairs};
use super::{Database, apply, ask};
use crate::migrate::introspect::Reader;
use crate::migrate::lawful::Judge;
use crate::migrate::rebuild::UNIDENTIFIED;
use crate::migrate::rows::invent;
use crate::migrate::sqlite::{create_with_indexes, quote, quote_all};
use crate::migrate::{MigrateError, Migration, Renames, declared_schema, diff, plan_database};
use crate::model::name::{ColumnName, TableName};
use crate::model::tables::{Column, ColumnType, Table};

/// The normal number of pairs; `PROPTEST_CASES` sets another.
const CASES: u32 = 48;

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
        let made = Reader::default().read(&connection).unwrap();
        prop_assert_eq!(diff(&made, &declared_schema(&tables).unwrap(), &Renames::default()), []);

        let migrations = [database.migrations.clone(), vec![planned]].concat();
        prop_assert_eq!(plan_database(&migrations, &tables, &BTreeSet::new()), Ok(None));
    }
}

/// How often what cannot work is made possible, which may make something else impossible.
const ROUNDS: usize = 10;

/// The migration to `after`, with everything allowed that may be. What cannot work on rows is made
/// possible first; `None` if nothing differs, or no single step leads there.
fn plan(database: &Database, mut after: Vec<Table>) -> Option<(Vec<Table>, Migration)> {
    let mut rounds = 0;
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
                if rounds == ROUNDS {
                    // Two steps change the key of a ring, as the reason says.
                    let reasons = changes.iter().map(|change| change.reason);
                    assert_eq!(reasons.collect::<BTreeSet<_>>(), [UNIDENTIFIED].into(), "{}", shown(&after));
                    return None;
                }
                rounds += 1;
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
    if column.nullable && column.default.is_none() {
        column.references = None;
    }
    (column.nullable, column.default) = (true, None);
}

/// Puts rows into the database that are lawful before and after.
fn fill(connection: &Connection, before: &[Table], after: &[Table]) {
    let schemas = [before, after].map(|tables| declared_schema(&tables.iter().collect::<Vec<_>>()).unwrap());
    let renames = Renames::declared(&after.iter().collect::<Vec<_>>());
    let (_, renamed) = renames.apply(&schemas[0], &schemas[1]);
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let judge = Judge::new(&renamed, &schemas[1]).unwrap();
    let invented = invent(&renamed, &schemas[1], &judge);
    connection.execute_batch(&format!("PRAGMA ignore_check_constraints = {}", !invented.checked)).unwrap();
    for (name, rows) in invented.rows {
        let original = original_table(before, after, name);
        let columns: Vec<&str> = original.columns.iter().map(|column| column.name.as_str()).collect();
        for row in rows {
            let written = columns.iter().zip(row).filter_map(|(column, value)| Some((*column, value?)));
            let (columns, values): (Vec<&str>, Vec<String>) = written.unzip();
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
            let written = column.generated.is_none();
            if let Some(from) = from.column(was).filter(|from| written && kind(from) == kind(column)) {
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
