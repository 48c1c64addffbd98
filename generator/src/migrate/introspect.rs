//! Reads a schema back from SQLite.
//!
//! Owns the pragmas, and what is known from one reading to the next. Both sides of a comparison come from here, the migrations' and the spec's, so that
//! SQLite itself has made them alike. Must not know which side it reads.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};

use super::clauses::{Clauses, IndexClauses, boolean_check, keywords};
use super::error::{MigrateError, Origin};
use super::replay::failure;
use super::schema::{Column, ForeignKey, Generated, Index, Schema, Table, Term, TermValue};
use crate::sql::Expression;

/// Reads databases, and asks SQLite about a table only if it has not read one made by the same statements.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// What was read of each table, before [`name_implied_parents`].
    known: BTreeMap<Made, Table>,
}

/// What made a table and its indexes: all that SQLite knows of them.
type Made = Vec<(String, String)>;

impl Reader {
    /// The schema of a database.
    ///
    /// # Errors
    /// [`MigrateError::Undeclarable`] if it holds a view, a trigger or a virtual table.
    pub(super) fn read(&mut self, connection: &Connection) -> Result<Schema, MigrateError> {
        let refused =
            |error: rusqlite::Error| failure(Origin::Program("the reading of the schema"), "", &error);
        if let Some(object) = undeclarable_object(connection).map_err(refused)? {
            return Err(MigrateError::Undeclarable { object });
        }
        let mut schema = Schema::default();
        for (name, made) in read_statements(connection).map_err(refused)? {
            let table = match self.known.get(&made) {
                Some(table) => table.clone(),
                None => {
                    let table = read_table(connection, &made, &name).map_err(refused)?;
                    self.known.entry(made).or_insert(table).clone()
                }
            };
            schema.tables.insert(name, table);
        }
        name_implied_parents(&mut schema);
        Ok(schema)
    }
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

/// What made each table and its indexes, the table first, by the name of the table. SQLite's own tables are left out.
fn read_statements(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Made>> {
    let mut statements = BTreeMap::<String, Made>::new();
    let listed = rows(
        connection,
        "SELECT tbl_name, name, sql FROM sqlite_schema
         WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type = 'index', name",
        [],
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)),
    )?;
    for (table, name, sql) in listed {
        statements.entry(table).or_default().push((name, sql));
    }
    Ok(statements)
}

fn read_table(connection: &Connection, made: &Made, name: &str) -> rusqlite::Result<Table> {
    let options = "SELECT wr, strict FROM pragma_table_list(?1) WHERE schema = 'main'";
    let options = rows(connection, options, [name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (without_rowid, strict) = options.into_iter().next().ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let mut table = Table { strict, without_rowid, ..read_parts(connection, made, name)? };
    if let Some((_, sql)) = made.first() {
        for word in keywords(sql, &["DEFERRABLE", "CONFLICT"]) {
            table.undeclarable.insert(word.to_owned());
        }
        add_clauses(&mut table, Clauses::of(sql));
    }
    Ok(table)
}

/// Adds to a table what only its CREATE TABLE says.
fn add_clauses(table: &mut Table, clauses: Clauses) {
    for column in &mut table.columns {
        let own = |name: &str| name == column.name.to_lowercase();
        let checks = clauses.column_checks.iter().filter(|(name, _)| own(name));
        column.checks = checks.map(|(_, check)| check.clone()).collect();
        column.boolean = !column.checks.is_empty() && column.checks.remove(&boolean_check(&column.name));
        if let Some(generated) = &mut column.generated {
            let expression = clauses.generated.iter().find(|(name, _)| own(name));
            generated.expression = expression.map_or_else(|| Expression::stored(""), |(_, it)| it.clone());
        }
    }
    table.checks = clauses.table_checks.into_iter().collect();
}

/// All of a table but its options and what only its CREATE TABLE says.
fn read_parts(connection: &Connection, made: &Made, name: &str) -> rusqlite::Result<Table> {
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
                default: row.get::<_, Option<String>>(3)?.map(|sql| Expression::stored(&sql)),
                boolean: false,
                checks: BTreeSet::new(),
                generated: match row.get(4)? {
                    VIRTUAL => Some(Generated { expression: Expression::stored(""), stored: false }),
                    STORED => Some(Generated { expression: Expression::stored(""), stored: true }),
                    _ => None,
                },
            };
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
    let (unique, indexes) = read_indexes(connection, made, name)?;
    let foreign_keys = read_foreign_keys(connection, name)?;
    Ok(Table {
        columns,
        primary_key,
        unique,
        foreign_keys,
        indexes,
        checks: BTreeSet::new(),
        strict: true,
        without_rowid: false,
        undeclarable,
    })
}

/// What `pragma_table_xinfo.hidden` says of a generated column.
const VIRTUAL: i64 = 2;
const STORED: i64 = 3;

type UniqueAndIndexes = (BTreeSet<Vec<String>>, BTreeMap<String, Index>);

fn read_indexes(connection: &Connection, made: &Made, table: &str) -> rusqlite::Result<UniqueAndIndexes> {
    let (mut constraints, mut indexes) = (BTreeSet::new(), BTreeMap::new());
    let listed =
        rows(connection, "SELECT name, \"unique\", origin FROM pragma_index_list(?1)", [table], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, String>(2)?))
        })?;
    for (name, unique, origin) in listed {
        let terms = rows(
            connection,
            "SELECT name, \"desc\" FROM pragma_index_xinfo(?1) WHERE key ORDER BY seqno",
            [&name],
            |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, bool>(1)?)),
        )?;
        let sql = made.iter().find(|(other, _)| *other == name);
        match (origin.as_str(), sql.and_then(|(_, sql)| IndexClauses::of(sql))) {
            ("pk", _) => {}
            ("u", _) => _ = constraints.insert(terms.into_iter().filter_map(|(column, _)| column).collect()),
            (_, Some(clauses)) => _ = indexes.insert(name, index(unique, terms, clauses)),
            (_, None) => {}
        }
    }
    Ok((constraints, indexes))
}

/// An index, from SQLite's names of its columns and what its CREATE INDEX says beside them.
fn index(unique: bool, columns: Vec<(Option<String>, bool)>, clauses: IndexClauses) -> Index {
    let term =
        |((column, descending), (expression, alone)): ((Option<String>, bool), (Expression, bool))| Term {
            value: match column {
                Some(column) if alone => TermValue::Column(column),
                _ => TermValue::Expression(expression),
            },
            descending,
        };
    Index {
        terms: columns.into_iter().zip(clauses.terms).map(term).collect(),
        unique,
        condition: clauses.condition,
    }
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
    // The same few queries are asked of every table and index.
    connection.prepare_cached(sql)?.query_map(parameters, read)?.collect()
}
