//! Statements of SQLite's dialect.
//!
//! Owns quoting and the layout of a statement. Must not know what a statement is for, nor which follow
//! each other.

use super::schema::{Column, ForeignKey, Index, Table, Term, TermValue};

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
    let terms: Vec<String> = index.terms.iter().map(term).collect();
    let condition = index.condition.as_ref().map(|condition| format!(" WHERE {condition}"));
    format!(
        "CREATE {unique}INDEX {} ON {} ({}){};",
        quote(name),
        quote(table),
        terms.join(", "),
        condition.unwrap_or_default()
    )
}

fn term(term: &Term) -> String {
    let value = match &term.value {
        TermValue::Column(name) => quote(name),
        TermValue::Expression(expression) => expression.to_string(),
    };
    if term.descending { format!("{value} DESC") } else { value }
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
    for key in table.foreign_keys.iter().filter(|key| key.columns.len() > 1) {
        lines.push(format!("FOREIGN KEY ({}) {}", quote_all(&key.columns), references(key, &rename)));
    }
    for check in &table.checks {
        let name = check.name.as_ref().map(|name| format!("CONSTRAINT {} ", quote(name)));
        lines.push(format!("{}CHECK ({})", name.unwrap_or_default(), check.condition));
    }
    let options = [("STRICT", table.strict), ("WITHOUT ROWID", table.without_rowid)];
    let options: Vec<&str> =
        options.iter().filter(|(_, wanted)| *wanted).map(|(option, _)| *option).collect();
    let options = if options.is_empty() { String::new() } else { format!(" {}", options.join(", ")) };
    format!("CREATE TABLE {} (\n  {}\n){options};", quote(name), lines.join(",\n  "))
}

fn column_definition(table: &Table, column: &Column, rename: impl Fn(&str) -> String) -> String {
    let name = quote(&column.name);
    let mut sql = format!("{name} {}", column.kind);
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        sql.push_str(&format!(" GENERATED ALWAYS AS ({}) {kept}", generated.expression));
    }
    if !column.nullable {
        sql.push_str(" NOT NULL");
    }
    match &column.default {
        Some(default) if default.is_literal() => sql.push_str(&format!(" DEFAULT {default}")),
        Some(default) => sql.push_str(&format!(" DEFAULT ({default})")),
        None => {}
    }
    if table.unique.contains(std::slice::from_ref(&column.name)) {
        sql.push_str(" UNIQUE");
    }
    if column.boolean {
        sql.push_str(&format!(" CHECK ({name} IN (0, 1))"));
    }
    for check in &column.checks {
        sql.push_str(&format!(" CHECK ({check})"));
    }
    for key in table.references(&column.name).filter(|key| key.columns.len() == 1) {
        sql.push_str(&format!(" {}", references(key, &rename)));
    }
    sql
}

fn references(key: &ForeignKey, rename: impl Fn(&str) -> String) -> String {
    let mut sql = format!("REFERENCES {} ({})", quote(&rename(&key.table)), quote_all(&key.parents));
    for (event, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
        if action != "NO ACTION" {
            sql.push_str(&format!(" ON {event} {action}"));
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
