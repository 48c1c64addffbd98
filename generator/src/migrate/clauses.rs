//! What no pragma reports of a table and an index: CHECK, generated columns, DEFERRABLE, ON CONFLICT, and the
//! expressions of an index.
//!
//! Owns the reading of a CREATE statement that SQLite has already accepted and stored. Must not know what a clause
//! means.

use std::collections::BTreeMap;

use super::schema::Check;
use crate::sql::{Expression, Kind, Token, in_parentheses, split_at_commas, tokens};

/// The clauses of a CREATE TABLE.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Clauses {
    /// The conditions of columns, each with its column's name in small letters.
    pub(super) column_checks: Vec<(String, Expression)>,
    /// The conditions of the table.
    pub(super) table_checks: Vec<Check>,
    /// What generated columns are computed from, by name in small letters.
    pub(super) generated: BTreeMap<String, Expression>,
}

/// The words with which a constraint of a table can start; SQLite takes none of them for a name.
const CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

impl Clauses {
    /// Those of a CREATE TABLE as SQLite stores it.
    pub(super) fn of(create_table: &str) -> Self {
        let tokens = meaningful(create_table);
        let mut clauses = Self::default();
        let Some((body, _)) =
            tokens.iter().position(|token| token.is_sign("(")).and_then(|at| in_parentheses(&tokens[at..]))
        else {
            return clauses;
        };
        for definition in split_at_commas(body) {
            let Some(first) = definition.first() else { continue };
            let column = first.name().filter(|_| !CONSTRAINTS.iter().any(|word| first.is_keyword(word)));
            clauses.read_definition(create_table, definition, column);
        }
        clauses
    }

    /// Reads a column, or a constraint of the table.
    fn read_definition(&mut self, sql: &str, definition: &[Token<'_>], column: Option<String>) {
        let mut rest = definition;
        let mut name = None;
        while let [token, after @ ..] = rest {
            rest = after;
            if token.is_keyword("CONSTRAINT") {
                name = after.first().and_then(Token::name);
            }
            let Some((inside, behind)) = in_parentheses(after) else { continue };
            rest = behind;
            let (name, condition) = (name.take(), expression(sql, inside));
            match &column {
                None if token.is_keyword("CHECK") => self.table_checks.push(Check { name, condition }),
                Some(column) if token.is_keyword("CHECK") => {
                    self.column_checks.push((column.clone(), condition));
                }
                Some(column) if token.is_keyword("AS") => {
                    self.generated.insert(column.clone(), condition);
                }
                _ => {}
            }
        }
    }
}

/// The clauses of a CREATE INDEX.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct IndexClauses {
    /// What it is sorted by, each with whether it is a name alone.
    pub(super) terms: Vec<(Expression, bool)>,
    /// Which rows are in it.
    pub(super) condition: Option<Expression>,
}

impl IndexClauses {
    /// Those of a CREATE INDEX as SQLite stores it.
    pub(super) fn of(create_index: &str) -> Option<Self> {
        let tokens = meaningful(create_index);
        let (terms, rest) = tokens
            .iter()
            .position(|token| token.is_sign("("))
            .and_then(|at| in_parentheses(&tokens[at..]))?;
        let term = |term: &[Token<'_>]| {
            let ordered = term.last().is_some_and(|last| last.is_keyword("ASC") || last.is_keyword("DESC"));
            let term = &term[..term.len() - usize::from(ordered)];
            (expression(create_index, term), term.len() == 1)
        };
        let condition = rest.first().filter(|token| token.is_keyword("WHERE"));
        Some(Self {
            terms: split_at_commas(terms).into_iter().map(term).collect(),
            condition: condition.map(|_| expression(create_index, &rest[1..])),
        })
    }
}

/// The condition that keeps a boolean column boolean.
pub(super) fn boolean_check(column: &str) -> Expression {
    Expression::stored(&format!("\"{column}\" IN (0, 1)"))
}

/// Which of `keywords` a CREATE TABLE contains outside quotes and comments.
pub(super) fn keywords<'k>(create_table: &str, keywords: &[&'k str]) -> Vec<&'k str> {
    let tokens = tokens(create_table);
    keywords.iter().copied().filter(|word| tokens.iter().any(|token| token.is_keyword(word))).collect()
}

fn meaningful(sql: &str) -> Vec<Token<'_>> {
    tokens(sql).into_iter().filter(|token| token.kind != Kind::Comment).collect()
}

/// What these tokens of `sql` say.
fn expression(sql: &str, tokens: &[Token<'_>]) -> Expression {
    let text = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => &sql[first.start..last.end()],
        _ => "",
    };
    Expression::stored(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(sql: &str) -> Vec<String> {
        let Clauses { column_checks, table_checks, .. } = Clauses::of(sql);
        let of_columns = column_checks.into_iter().map(|(column, check)| format!("{column}: {check}"));
        let of_table = table_checks
            .into_iter()
            .map(|check| format!("{}: {}", check.name.unwrap_or_default(), check.condition));
        of_columns.chain(of_table).collect()
    }

    #[test]
    fn a_check_is_found_however_it_is_spelt() {
        for sql in [
            r#"CREATE TABLE t ("done" INTEGER CHECK ("done" IN (0, 1))) STRICT"#,
            "create table t (done integer check(Done in(0,1)))",
            "CREATE TABLE t ([done] INTEGER CHECK /* no */ ( `done`\nIN -- yes)\n (0,1) ))",
        ] {
            assert_eq!(Clauses::of(sql).column_checks, [("done".to_owned(), boolean_check("done"))], "{sql}");
        }
    }

    #[test]
    fn a_check_in_a_text_a_name_or_a_comment_is_none() {
        let sql = r#"CREATE TABLE t ("check (1)" TEXT DEFAULT 'it''s CHECK (x)', -- CHECK (y)
            [CHECK(] BLOB, `check` TEXT /* CHECK (z) */ DEFAULT (1 + (2)))"#;
        assert_eq!(Clauses::of(sql), Clauses::default());
    }

    #[test]
    fn checks_are_known_by_where_they_stand() {
        let sql = "CREATE TABLE t (a CHECK (length(a) > (1 + 2)) CONSTRAINT d CHECK (a), b, \
            CONSTRAINT \"C\" CHECK (b <> ')') CHECK (b > 0), CONSTRAINT k PRIMARY KEY (a), CHECK (1))";
        assert_eq!(checks(sql), ["a: length(a) > (1 + 2)", "a: a", "c: b <> ')'", ": b > 0", ": 1"]);
    }

    #[test]
    fn a_generated_column_says_what_it_is_made_of() {
        let sql =
            "CREATE TABLE t (a INT, \"B\" INT GENERATED ALWAYS AS (a + (1)) STORED, c AS (CAST(a AS TEXT)))";
        let generated: Vec<(String, String)> =
            Clauses::of(sql).generated.into_iter().map(|(name, it)| (name, it.to_string())).collect();
        let expected = [("b", "a + (1)"), ("c", "CAST(a AS TEXT)")];
        assert_eq!(generated, expected.map(|(name, it)| (name.to_owned(), it.to_owned())));
    }

    #[test]
    fn an_index_says_its_terms_and_its_rows() {
        let clauses = IndexClauses::of(
            "CREATE UNIQUE INDEX i ON t (\"a\" DESC, lower(b), c COLLATE NOCASE asc) WHERE a > (0) -- all",
        );
        let IndexClauses { terms, condition } = clauses.unwrap();
        let terms: Vec<(&str, bool)> = terms.iter().map(|(term, alone)| (term.as_str(), *alone)).collect();
        assert_eq!(terms, [("\"a\"", true), ("lower(b)", false), ("c COLLATE NOCASE", false)]);
        assert_eq!(condition.unwrap().as_str(), "a > (0)");
    }

    #[test]
    fn text_that_ends_early_does_no_harm() {
        for sql in
            ["CHECK", "t (a CHECK (", "t (a CHECK)", "(", "()", "(,)", "t (a CONSTRAINT", "t (a) WHERE"]
        {
            Clauses::of(sql);
            IndexClauses::of(sql);
        }
    }
}
