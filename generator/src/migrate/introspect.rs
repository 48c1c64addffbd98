//! Reads a schema back from SQLite.
//!
//! Owns the pragmas. Both sides of a comparison come from here, the migrations' and the spec's, so that
//! SQLite itself has made them alike. Must not know which side it reads.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};

use super::clauses::{boolean_check, checks, keywords};
use super::error::{MigrateError, Origin};
use super::replay::failure;
use super::schema::{Column, ForeignKey, Index, Schema, Table};

/// The schema of a database.
///
/// # Errors
/// [`MigrateError::Undeclarable`] if it holds a view, a trigger or a virtual table.
pub(super) fn read(connection: &Connection) -> Result<Schema, MigrateError> {
    let refused = |error: rusqlite::Error| failure(Origin::Program("the reading of the schema"), "", &error);
    if let Some(object) = undeclarable_object(connection).map_err(refused)? {
        return Err(MigrateError::Undeclarable { object });
    }
    let mut schema = read_tables(connection).map_err(refused)?;
    name_implied_parents(&mut schema);
    Ok(schema)
}

fn undeclarable_object(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let objects = rows(
        connection,
        "SELECT 'the ' || type || ' ' || name FROM sqlite_schema WHERE type NOT IN ('table', 'index')
         UNION ALL SELECT 'the virtual table ' || name FROM pragma_table_list WHERE type = 'virtual'",
        [],
        |row| row.get(0),
    )?;
    Ok(objects.into_iter().next())
}

fn read_tables(connection: &Connection) -> rusqlite::Result<Schema> {
    let tables = rows(
        connection,
        "SELECT l.name, l.wr, l.strict, s.sql FROM pragma_table_list AS l JOIN sqlite_schema AS s USING (name)
         WHERE l.schema = 'main' AND l.type = 'table' AND s.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        [],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?, row.get::<_, String>(3)?)),
    )?;
    let mut schema = Schema::default();
    for (name, without_rowid, strict, sql) in tables {
        let mut table = read_table(connection, &name)?;
        if without_rowid {
            table.undeclarable.insert("WITHOUT ROWID".to_owned());
        }
        if !strict {
            table.undeclarable.insert("columns that are not STRICT".to_owned());
        }
        for word in keywords(&sql, &["DEFERRABLE", "CONFLICT"]) {
            table.undeclarable.insert(word.to_owned());
        }
        let mut checks: BTreeSet<String> = checks(&sql).into_iter().collect();
        for column in &mut table.columns {
            column.boolean = checks.remove(&boolean_check(&column.name));
        }
        table.undeclarable.extend(checks.into_iter().map(|check| format!("CHECK ({check})")));
        schema.tables.insert(name, table);
    }
    Ok(schema)
}

fn read_table(connection: &Connection, name: &str) -> rusqlite::Result<Table> {
    let mut undeclarable = BTreeSet::new();
    let columns = rows(
        connection,
        "SELECT name, type, \"notnull\", dflt_value, hidden FROM pragma_table_xinfo(?1) ORDER BY cid",
        [name],
        |row| {
            let column = Column {
                name: row.get(0)?,
                kind: row.get(1)?,
                nullable: !row.get::<_, bool>(2)?,
                default: row.get(3)?,
                boolean: false,
            };
            if row.get::<_, i64>(4)? != 0 {
                undeclarable.insert(format!("GENERATED for {}", column.name));
            }
            let (_, collation, _, _, counts) =
                connection.column_metadata(Some("main"), name, column.name.as_str())?;
            match collation.map(|collation| collation.to_string_lossy()) {
                Some(collation) if collation != "BINARY" => {
                    undeclarable.insert(format!("COLLATE {collation} for {}", column.name));
                }
                _ => {}
            }
            if counts {
                undeclarable.insert(format!("AUTOINCREMENT for {}", column.name));
            }
            Ok(column)
        },
    )?;
    let primary_key = rows(
        connection,
        "SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 ORDER BY pk",
        [name],
        |row| row.get(0),
    )?;
    let (unique, indexes) = read_indexes(connection, name)?;
    let foreign_keys = read_foreign_keys(connection, name)?;
    Ok(Table { columns, primary_key, unique, foreign_keys, indexes, undeclarable })
}

type UniqueAndIndexes = (BTreeSet<Vec<String>>, BTreeMap<String, Index>);

fn read_indexes(connection: &Connection, table: &str) -> rusqlite::Result<UniqueAndIndexes> {
    let (mut constraints, mut indexes) = (BTreeSet::new(), BTreeMap::new());
    let listed = rows(
        connection,
        "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1)",
        [table],
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, bool>(3)?)),
    )?;
    for (name, unique, origin, partial) in listed {
        let mut undeclarable = BTreeSet::new();
        if partial {
            undeclarable.insert("WHERE".to_owned());
        }
        let terms = rows(
            connection,
            "SELECT name, \"desc\", coll FROM pragma_index_xinfo(?1) WHERE key ORDER BY seqno",
            [&name],
            |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, bool>(1)?, row.get::<_, String>(2)?)),
        )?;
        let mut columns = Vec::new();
        for (column, descending, collation) in terms {
            if descending {
                undeclarable.insert("DESC".to_owned());
            }
            if collation != "BINARY" {
                undeclarable.insert(format!("COLLATE {collation}"));
            }
            match column {
                Some(column) => columns.push(column),
                None => _ = undeclarable.insert("an expression".to_owned()),
            }
        }
        match origin.as_str() {
            "pk" => {}
            "u" => _ = constraints.insert(columns),
            _ => _ = indexes.insert(name, Index { columns, unique, undeclarable }),
        }
    }
    Ok((constraints, indexes))
}

fn read_foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<BTreeSet<ForeignKey>> {
    let listed = rows(
        connection,
        "SELECT id, \"from\", \"table\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
        params![table],
        |row| {
            let key = ForeignKey {
                columns: vec![row.get(1)?],
                table: row.get(2)?,
                parents: row.get::<_, Option<String>>(3)?.into_iter().collect(),
                on_delete: row.get(4)?,
                on_update: row.get(5)?,
            };
            Ok((row.get::<_, i64>(0)?, key))
        },
    )?;
    let mut keys: BTreeMap<i64, ForeignKey> = BTreeMap::new();
    for (id, part) in listed {
        match keys.get_mut(&id) {
            Some(key) => {
                key.columns.extend(part.columns);
                key.parents.extend(part.parents);
            }
            None => _ = keys.insert(id, part),
        }
    }
    Ok(keys.into_values().collect())
}

/// `REFERENCES "t"` alone means the key of `t`.
fn name_implied_parents(schema: &mut Schema) {
    let keys: BTreeMap<String, Vec<String>> =
        schema.tables.iter().map(|(name, table)| (name.clone(), table.primary_key.clone())).collect();
    for table in schema.tables.values_mut() {
        table.change_foreign_keys(|key| {
            if let Some(implied) = keys.get(&key.table).filter(|_| key.parents.is_empty()) {
                key.parents.clone_from(implied);
            }
        });
    }
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map(parameters, read)?.collect()
}
