//! Statements of SQLite's dialect.
//!
//! Owns quoting and the layout of a statement. Must not know what a statement is for, nor which follow
//! each other.

use super::schema::{Column, Index, Table};

/// A name as SQL.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names as an SQL list.
pub(super) fn quote_all(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| quote(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// `ALTER TABLE … ADD COLUMN`.
pub(super) fn add_column(name: &str, table: &Table, column: &Column) -> String {
    let definition = column_definition(table, column, |parent| parent.to_owned());
    format!("ALTER TABLE {} ADD COLUMN {definition};", quote(name))
}

/// `ALTER TABLE … DROP COLUMN`.
pub(super) fn drop_column(table: &str, column: &str) -> String {
    format!("ALTER TABLE {} DROP COLUMN {};", quote(table), quote(column))
}

/// `ALTER TABLE … RENAME COLUMN`, which takes the foreign keys of other tables along.
pub(super) fn rename_column(table: &str, from: &str, to: &str) -> String {
    format!("ALTER TABLE {} RENAME COLUMN {} TO {};", quote(table), quote(from), quote(to))
}

/// `ALTER TABLE … RENAME TO`, which takes the foreign keys of other tables along.
pub(super) fn rename_table(from: &str, to: &str) -> String {
    format!("ALTER TABLE {} RENAME TO {};", quote(from), quote(to))
}

/// `DROP TABLE`.
pub(super) fn drop_table(name: &str) -> String {
    format!("DROP TABLE {};", quote(name))
}

/// `DROP INDEX`.
pub(super) fn drop_index(name: &str) -> String {
    format!("DROP INDEX {};", quote(name))
}

/// `CREATE INDEX`.
pub(super) fn create_index(name: &str, table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {} ON {} ({});", quote(name), quote(table), quote_all(&index.columns))
}

/// `CREATE TABLE` with the table's indexes.
pub(super) fn create_with_indexes(name: &str, table: &Table) -> String {
    let indexes = table.indexes.iter().map(|(index, it)| create_index(index, name, it));
    let create = create_table(name, table, |parent| parent.to_owned());
    std::iter::once(create).chain(indexes).collect::<Vec<_>>().join("\n\n")
}

/// `CREATE TABLE name`, without its indexes. `rename` gives the names under which the tables that it
/// refers to are found.
pub(super) fn create_table(name: &str, table: &Table, rename: impl Fn(&str) -> String) -> String {
    let mut lines: Vec<String> =
        table.columns.iter().map(|column| column_definition(table, column, &rename)).collect();
    if !table.primary_key.is_empty() {
        lines.push(format!("PRIMARY KEY ({})", quote_all(&table.primary_key)));
    }
    format!("CREATE TABLE {} (\n  {}\n) STRICT;", quote(name), lines.join(",\n  "))
}

fn column_definition(table: &Table, column: &Column, rename: impl Fn(&str) -> String) -> String {
    let name = quote(&column.name);
    let mut sql = format!("{name} {}", column.kind);
    if !column.nullable {
        sql.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    if table.unique.contains(std::slice::from_ref(&column.name)) {
        sql.push_str(" UNIQUE");
    }
    if column.boolean {
        sql.push_str(&format!(" CHECK ({name} IN (0, 1))"));
    }
    for key in table.references(&column.name) {
        sql.push_str(&format!(" REFERENCES {} ({})", quote(&rename(&key.table)), quote_all(&key.parents)));
        for (event, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
            if action != "NO ACTION" {
                sql.push_str(&format!(" ON {event} {action}"));
            }
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quote("a"), r#""a""#);
        assert_eq!(quote(r#"a"; DROP TABLE b; --"#), r#""a""; DROP TABLE b; --""#);
        assert_eq!(quote_all(&["a".to_owned(), "b".to_owned()]), r#""a", "b""#);
    }
}
