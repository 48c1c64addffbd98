//! SQL expressions: each in its place, and one that SQLite takes there.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place, Severity, nearest},
    migrate::probe::{Part, refusals},
    model::tables::{Check, Column, ColumnType, DefaultValue, Table},
    path::SpecPath,
    spec::{RawColumn, RawTable},
    sql::Expression,
};

/// What gives a time in another form than a `timestamp` has.
const OTHER_TIMES: &[&str] = &["current_timestamp", "current_date", "current_time"];

impl Lowering<'_> {
    /// An expression that stays in its place; what it means is judged once the table is known.
    pub(super) fn expression(&mut self, at: SpecPath, text: &str) -> Option<Expression> {
        match Expression::new(text) {
            Ok(expression) => Some(expression),
            Err(misplaced) => {
                let message = format!("`{at}` {}", misplaced.problem);
                self.push(
                    Diagnostic::new(Code::InvalidExpression, Place::Value(at), message).help(misplaced.help),
                );
                None
            }
        }
    }

    pub(super) fn checks(&mut self, table: &SpecPath, raw: &RawTable) -> Vec<Check> {
        let mut checks = Vec::new();
        for (name, text) in &raw.checks {
            let at = table.key("checks").key(name);
            let (name, expression) = (self.name(name, Place::Key(at.clone())), self.expression(at, text));
            checks.extend(name.zip(expression).map(|(name, expression)| Check { name, expression }));
        }
        checks
    }

    pub(super) fn default_expression(
        &mut self,
        column: &SpecPath,
        kind: ColumnType,
        raw: &RawColumn,
        text: &str,
    ) -> Option<Expression> {
        let at = column.key("default_expression");
        if raw.references.is_some() {
            self.push(
                Diagnostic::new(
                    Code::InvalidReference,
                    Place::Key(at.clone()),
                    "a column that refers has no `default_expression`",
                )
                .help("name one row with `default`, or make the column `nullable = true`"),
            );
        }
        let expression = self.expression(at.clone(), text)?;
        if kind == ColumnType::Timestamp && OTHER_TIMES.iter().any(|time| expression.mentions(time)) {
            self.push(
                Diagnostic::new(
                    Code::DefaultFormat,
                    Place::Value(at),
                    format!("`{expression}` gives no time as `timestamp` columns write it"),
                )
                .help(
                    "`2026-01-31T09:00:00.000Z` comes from `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`; or make the \
                     column of type `text`",
                ),
            );
        }
        Some(expression)
    }

    /// Asks SQLite about the expressions of a table of which every column is known.
    pub(super) fn expressions_in_place(&mut self, table: &Table) {
        let path = SpecPath::from(["tables", table.name.as_str()]);
        let declared = self.raw.tables.get(table.name.as_str()).map_or(0, |raw| raw.columns.len());
        if self.broken.touches(&path) || table.columns.len() != declared || is_plain(table) {
            return;
        }
        let refused = match refusals(table) {
            Ok(refused) => refused,
            Err(error) => {
                let message = error.to_string();
                self.push(Diagnostic::new(Code::InvalidExpression, Place::Key(path), message));
                return;
            }
        };
        // What SQLite has against the whole is most likely a mistake that was found before.
        let sound = !self.diagnostics.iter().any(|it| {
            let within = |at: &SpecPath| at.is_within(&path);
            it.code.severity() == Severity::Error
                && matches!(&it.place, Place::Key(at) | Place::Value(at) if within(at))
        });
        for refusal in refused.into_iter().filter(|refusal| sound || refusal.part != Part::Whole) {
            let place = place(&path, &refusal.part);
            self.push(refused_at(place, table, &refusal.reason));
        }
    }
}

/// Whether there is nothing in the table of which only SQLite can judge.
fn is_plain(table: &Table) -> bool {
    let written = |it: &Column| {
        let expressed = matches!(it.default, Some(DefaultValue::Expression(_)));
        it.check.is_none() && it.generated.is_none() && !expressed
    };
    table.checks.is_empty()
        && table.columns.iter().all(written)
        && table.indexes.iter().all(|index| index.columns().is_some())
}

fn place(table: &SpecPath, part: &Part) -> Place {
    let column = |name: &str, key: &str| Place::Value(table.key("columns").key(name).key(key));
    let index = |name: &str| table.key("indexes").key(name);
    match part {
        Part::ColumnCheck(name) => column(name, "check"),
        Part::Default(name) => column(name, "default_expression"),
        Part::Generated(name) => {
            Place::Value(table.key("columns").key(name).key("generated").key("expression"))
        }
        Part::Check(name) => Place::Value(table.key("checks").key(name)),
        Part::Term(name, at) => Place::Value(index(name).key("columns").index(*at)),
        Part::Condition(name) => Place::Value(index(name).key("where")),
        Part::Whole => Place::Key(table.clone()),
    }
}

fn refused_at(place: Place, table: &Table, reason: &str) -> Diagnostic {
    let column = reason.strip_prefix("no such column: ").map(|rest| {
        let name = rest.split(" - ").next().unwrap_or(rest);
        name.trim_matches('"')
    });
    match column {
        Some(name) => {
            let known = table.columns.iter().map(|column| column.name.as_str());
            let message = format!("`{}` has no column `{name}`", table.name);
            let text = "a text stands in single quotes: 'open'".to_owned();
            let help = nearest(name, known).or_else(|| reason.contains(" - ").then_some(text));
            Diagnostic::new(Code::UnknownColumn, place, message).maybe_help(help)
        }
        None => Diagnostic::new(Code::InvalidExpression, place, format!("SQLite cannot take this: {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::{diagnostic::Place, document::Source, pipeline::interpret};

    const SPEC: &str = r#"
[worker]
name = "w"
compatibility_date = "2026-04-01"
[bindings.O]
type = "durable_object"
class = "O"
[bindings.DB]
type = "d1"
database = "d"
[[routes]]
path = "/"
handler = "relay"
binding = "O"
auth = "none"
[relay]
store = "DB"
table = "events"
stores_table = "stores"
[tables.events]
primary_key = ["store_id", "seq_num"]
columns.store_id = { type = "text" }
columns.seq_num = { type = "integer" }
columns.parent_seq_num = { type = "integer" }
columns.name = { type = "text" }
columns.args = { type = "json", nullable = true }
columns.client_id = { type = "text" }
columns.session_id = { type = "text" }
columns.created_at = { type = "timestamp" }
[tables.stores]
primary_key = ["store_id"]
columns.store_id = { type = "text" }
columns.backend_id = { type = "text" }
columns.created_at = { type = "timestamp" }
"#;

    /// What is found in tables, each finding with the line on which it is, counted from their first.
    fn check(tables: &str, expected: Expect) {
        let reading = interpret(Source { name: "spec.toml".to_owned(), text: format!("{SPEC}{tables}") });
        let shown = reading.diagnostics.iter().map(|it| {
            let start = reading.document.span(&it.place).start;
            let line = reading.document.line_and_column(start).0 - SPEC.lines().count();
            let part = if let Place::Key(_) = it.place { "key" } else { "value" };
            let help = it.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            format!("{line} {part} {}: {}{help}\n", it.code.as_str(), it.message)
        });
        expected.assert_eq(&shown.collect::<String>());
    }

    #[test]
    fn every_mistake_in_an_expression_is_found_where_it_stands() {
        check(
            r#"[tables.t]
primary_key = ["id"]
columns.id = { type = "uuid" }
columns.price = { type = "real", check = "pric >= 0" }
columns.low = { type = "integer", default = 0, check = "low > 0" }
columns.out = { type = "text", check = "out <> '') STRICT; DROP TABLE t; --" }
columns.at = { type = "text", default_expression = "datetime(id)" }
columns.up = { type = "text", generated = { expression = "uper(id)" } }
columns.when = { type = "timestamp", default_expression = "CURRENT_TIMESTAMP" }
checks.now = "at < datetime('now')"
checks.query = "id IN (SELECT id FROM t)"
indexes.t_by_up = { columns = ["id", "lower(upp) desc"], where = "price > ?1" }
indexes.t_by_misspelt = { columns = ["pric"], where = 'up = "x"' }
"#,
            expect![[r#"
                4 value unknown-column: `t` has no column `pric`; did you mean `price`?
                5 value invalid-expression: SQLite cannot take this: the column's default 0 breaks it
                6 value invalid-expression: `tables.t.columns.out.check` has a `)` too many; each `)` needs a `(` before it
                7 value invalid-expression: SQLite cannot take this: default value of column [at] is not constant
                8 value invalid-expression: SQLite cannot take this: no such function: uper
                9 value default-format: `CURRENT_TIMESTAMP` gives no time as `timestamp` columns write it; `2026-01-31T09:00:00.000Z` comes from `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`; or make the column of type `text`
                10 value invalid-expression: SQLite cannot take this: non-deterministic use of datetime() in a CHECK constraint
                11 value invalid-expression: `tables.t.checks.query` has a query in it; an expression sees its own row alone
                12 value unknown-column: `t` has no column `upp`; did you mean `up`?
                12 value invalid-expression: `tables.t.indexes.t_by_up.where` has a parameter; write the value itself; nothing binds parameters here
                13 value unknown-column: `t` has no column `pric`; did you mean `price`?
                13 value unknown-column: `t` has no column `x`; expected one of: id, price, low, out, at, up, when
            "#]],
        );
    }

    #[test]
    fn rules_that_cannot_stand_together_are_told_apart() {
        check(
            r#"[tables.p]
primary_key = ["a", "b"]
columns.a = { type = "text" }
columns.b = { type = "integer" }
columns.c = { type = "text", unique = true, generated = { expression = "lower(a)" } }
[tables.t]
without_rowid = true
columns.id = { type = "uuid", default = "x", default_expression = "'y'" }
columns.up = { type = "text", default = "x", generated = { expression = "upper(id)" } }
columns.p = { type = "text", references = { table = "p", column = "c", on_delete = "set_default" } }
foreign_keys.two = { columns = ["id", "up"], table = "p", references = ["a"] }
foreign_keys.kinds = { columns = ["id", "id2"], table = "p", references = ["a", "b"] }
foreign_keys.order = { columns = ["n", "id"], table = "p", references = ["b", "a"] }
columns.n = { type = "integer" }
foreign_keys.types = { columns = ["p", "p2"], table = "p", references = ["a", "b"] }
columns.p2 = { type = "text" }
[tables.all]
primary_key = ["x"]
columns.x = { type = "text", generated = { expression = "'a'" } }
"#,
            expect![[r#"
                6 key table-without-key: `t` has no primary key; without one, rows cannot be told apart: add `primary_key = ["…"]`
                7 value invalid-value: `t` has no key by which its rows could be kept; add `primary_key = ["…"]`, or leave out `without_rowid`
                8 key invalid-value: the column has two defaults; keep one of them
                9 key generated-column: a computed column has no `default`; leave out `default` or `generated`
                10 value invalid-reference: `set_default` on a column that has none; give the column a `default`, or choose `cascade` or `refuse`
                10 value invalid-reference: `p.c` is computed; refer to a column that is written
                11 value invalid-reference: 2 columns refer to 1; name one column of the other table for each
                12 value unknown-column: `t` has no column `id2`; did you mean `id`?
                13 value invalid-reference: `p.b`, `p.a` are neither the key of their table nor the columns of a unique index, in this order
                15 value invalid-reference: `p.a`, `p.b` have other types
                18 value generated-column: the key's column `x` is computed; a column of the key is written
                19 key generated-column: every column of `all` is computed; a table needs a column that is written
            "#]],
        );
    }

    #[test]
    fn a_sound_table_with_every_rule_has_no_finding() {
        check(
            r#"[tables.t]
primary_key = ["id"]
without_rowid = true
columns.id = { type = "uuid", default_expression = "lower(hex(randomblob(16)))" }
columns.n = { type = "integer", nullable = true, check = "n BETWEEN 1 AND 5" }
columns.up = { type = "uuid", generated = { expression = "upper(id)", stored = true } }
checks.long = "length(id) > 3 OR n IS NULL"
indexes.t_by_n = { columns = ["n DESC", "lower(up)"], unique = true, where = "n > 1" }
"#,
            expect![""],
        );
    }
}
