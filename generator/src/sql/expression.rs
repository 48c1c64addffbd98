//! Expressions, compared by their tokens.
//!
//! Owns the rule by which an expression of the spec cannot leave the place that it is written into. Must not know
//! which columns there are, nor what SQLite thinks of an expression.

use std::cmp::Ordering;
use std::fmt;

use super::{Kind, Token, tokens};

/// The longest expression of a spec, in bytes: far beyond what is read at a glance, and small beside D1's statements.
const LONGEST: usize = 2_000;

/// An SQL expression. Two are equal if they differ in white space, comments, quotes and capitals of names alone.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    spelling: String,
}

/// Why a text is no expression that can stand in a statement: what is wrong, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misplaced {
    /// What is wrong, to follow the place: "has a `;`".
    pub problem: &'static str,
    /// What to do.
    pub help: &'static str,
}

impl Expression {
    /// Takes the text of a spec, if it cannot leave its place.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, Misplaced> {
        match misplaced(text.trim()) {
            Some(problem) => Err(problem),
            None => Ok(Self::stored(text.trim())),
        }
    }

    /// Takes text that SQLite has accepted in its place.
    pub fn stored(text: &str) -> Self {
        Self { text: text.to_owned(), spelling: spelling(text) }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names the column; a function's name does not count.
    pub fn mentions(&self, column: &str) -> bool {
        names(&self.text).any(|(token, name)| token.kind != Kind::Text && name == column.to_lowercase())
    }

    /// What it says once a column has another name.
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        let mut text = self.text.clone();
        let from = from.to_lowercase();
        let found: Vec<Token<'_>> =
            names(&self.text).filter(|(_, name)| *name == from).map(|it| it.0).collect();
        for token in found.iter().rev() {
            text.replace_range(token.start..token.end(), &format!("\"{}\"", to.replace('"', "\"\"")));
        }
        Self::stored(&text)
    }

    /// Its literals as they are written, a number with its sign.
    pub fn literals(&self) -> Vec<(Kind, String)> {
        let tokens = tokens(&self.text);
        let sign = |at: usize| {
            let before = |back: usize| at.checked_sub(back).map(|at| tokens[at]);
            let subtracts = before(2).is_some_and(|it| ends_operand(&it));
            if before(1).is_some_and(|it| it.is_sign("-")) && !subtracts { "-" } else { "" }
        };
        let literal = |(at, token): (usize, &Token<'_>)| match token.kind {
            Kind::Text => Some((Kind::Text, token.text.to_owned())),
            Kind::Number => Some((Kind::Number, format!("{}{}", sign(at), token.text))),
            _ => None,
        };
        tokens.iter().enumerate().filter_map(literal).collect()
    }

    /// Whether it is a literal, which is the same for every row.
    pub fn is_literal(&self) -> bool {
        let tokens = tokens(&self.text);
        let unsigned = match tokens.as_slice() {
            [sign, rest @ ..] if sign.is_sign("-") || sign.is_sign("+") => rest,
            all => all,
        };
        match unsigned {
            [token] => {
                let word = ["null", "true", "false"].iter().any(|word| token.is_keyword(word));
                word || matches!(token.kind, Kind::Text | Kind::Number)
            }
            _ => false,
        }
    }
}

/// The names in an expression that can be a column's, in small letters. No functions, and no types after CAST's AS.
fn names(text: &str) -> impl Iterator<Item = (Token<'_>, String)> {
    let tokens = tokens(text);
    let name = |at: usize| {
        let token: Token<'_> = tokens[at];
        let called = tokens.get(at + 1).is_some_and(|next| next.is_sign("("));
        let is_type = at.checked_sub(1).is_some_and(|before| tokens[before].is_keyword("as"));
        token.name().filter(|_| !called && !is_type).map(|name| (token, name))
    };
    (0..tokens.len()).filter_map(name).collect::<Vec<_>>().into_iter()
}

/// Whether a `-` after this token subtracts.
fn ends_operand(token: &Token<'_>) -> bool {
    let operators = ["and", "between", "case", "else", "in", "is", "like", "not", "or", "then", "when"];
    match token.kind {
        Kind::Sign => token.text == ")",
        _ => !operators.iter().any(|word| token.is_keyword(word)),
    }
}

fn spelling(text: &str) -> String {
    let tokens = tokens(text);
    let spelt = tokens.iter().filter(|token| token.kind != Kind::Comment).map(|token| match token.kind {
        Kind::Text => token.text.to_owned(),
        Kind::Number => token.text.to_lowercase(),
        _ => token.name().unwrap_or_else(|| token.text.to_owned()),
    });
    spelt.collect::<Vec<_>>().join(" ")
}

fn misplaced(text: &str) -> Option<Misplaced> {
    let refuse = |problem, help| Some(Misplaced { problem, help });
    if text.is_empty() {
        return refuse("is empty", "write an SQL expression, or leave the key out");
    }
    if text.len() > LONGEST {
        return refuse("is longer than 2,000 bytes", "say it in fewer words, or check it in the app");
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return refuse("has a control character", "write it on one line, with plain spaces");
    }
    let mut depth = 0usize;
    let mut before: Option<Token<'_>> = None;
    for token in tokens(text) {
        match token.kind {
            Kind::Comment => return refuse("has a comment", "put comments into the spec, after `#`"),
            Kind::Unfinished => {
                let help = "close it; a quote in a text is doubled: `'it''s'`";
                return refuse("has a quote or a comment that nothing closes", help);
            }
            Kind::Word if ["select", "with", "values"].iter().any(|word| token.is_keyword(word)) => {
                return refuse("has a query in it", "an expression sees its own row alone");
            }
            Kind::Sign => match token.text {
                "(" => depth += 1,
                ")" if depth == 0 => return refuse("has a `)` too many", "each `)` needs a `(` before it"),
                ")" => depth -= 1,
                ";" => return refuse("has a `;`", "write one expression, without an end of statement"),
                "," if depth == 0 => {
                    return refuse("has a `,` outside of parentheses", "write one expression");
                }
                "?" | ":" | "@" | "$" | "#" => {
                    return refuse(
                        "has a parameter",
                        "write the value itself; nothing binds parameters here",
                    );
                }
                "." => return refuse("has a `.` in a name", "name the column alone: it is of this table"),
                _ => {}
            },
            Kind::Number if before.is_some_and(|it| it.end() == token.start && it.name().is_some()) => {
                return refuse("has a `.` in a name", "name the column alone: it is of this table");
            }
            _ => {}
        }
        before = Some(token);
    }
    if depth > 0 { refuse("has a `(` that nothing closes", "each `(` needs a `)` after it") } else { None }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.spelling == other.spelling
    }
}

impl Eq for Expression {}

impl Ord for Expression {
    fn cmp(&self, other: &Self) -> Ordering {
        self.spelling.cmp(&other.spelling)
    }
}

impl PartialOrd for Expression {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Expression {
        Expression::stored(text)
    }

    #[test]
    fn an_expression_that_could_leave_its_place_is_refused() {
        for (text, problem) in [
            (" \n", "is empty"),
            ("a > 0) STRICT; DROP TABLE t; --", "has a `)` too many"),
            ("(a > 0", "has a `(` that nothing closes"),
            ("a > 0; DROP TABLE t", "has a `;`"),
            ("a, b", "has a `,` outside of parentheses"),
            ("a > 0 -- b", "has a comment"),
            ("a /* b */ > 0", "has a comment"),
            ("a /* b", "has a quote or a comment that nothing closes"),
            ("a = 'b", "has a quote or a comment that nothing closes"),
            ("a = \"b", "has a quote or a comment that nothing closes"),
            ("a = ?1", "has a parameter"),
            ("a = :b", "has a parameter"),
            ("a = @b", "has a parameter"),
            ("a = $b", "has a parameter"),
            ("a = 'b\0'", "has a control character"),
            ("a = 'b\r\n'", "has a control character"),
            ("a IN (SELECT b FROM c)", "has a query in it"),
            ("t.a > 0", "has a `.` in a name"),
            ("t .a > 0", "has a `.` in a name"),
        ] {
            assert_eq!(Expression::new(text).unwrap_err().problem, problem, "{text}");
        }
        assert_eq!(Expression::new(&"1+".repeat(1001)).unwrap_err().problem, "is longer than 2,000 bytes");
    }

    #[test]
    fn what_stands_in_quotes_leaves_no_place() {
        for text in
            ["a <> ');--?:,'", "\"odd;name\" = '/*'", "[a)] > .5", "a IN (1, -2.5e3)", "x'00' = a\n  OR b"]
        {
            assert!(Expression::new(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn spelling_is_no_difference_and_texts_are() {
        assert_eq!(stored("\"Price\">=0 /* euro */"), stored("price  >= 0"));
        assert_ne!(stored("a = 'B'"), stored("a = 'b'"));
    }

    #[test]
    fn a_rename_changes_columns_alone() {
        let before = stored("text = 'text' AND text(\"Text\") > CAST(text AS text)");
        assert_eq!(
            before.renamed("text", "b").as_str(),
            "\"b\" = 'text' AND text(\"b\") > CAST(\"b\" AS text)"
        );
        assert!(before.mentions("text") && !before.mentions("cas"));
        assert!(!stored("'a' = a(1)").mentions("a"));
    }

    #[test]
    fn literals_keep_their_sign() {
        let found: Vec<String> = stored("a BETWEEN -1 AND -2 OR b - 3 IN (-4, 'x')")
            .literals()
            .into_iter()
            .map(|it| it.1)
            .collect();
        assert_eq!(found, ["-1", "-2", "3", "-4", "'x'"]);
        for (text, literal) in
            [("-1.5", true), ("'a'", true), ("NULL", true), ("CURRENT_TIMESTAMP", false), ("1 + 1", false)]
        {
            assert_eq!(stored(text).is_literal(), literal, "{text}");
        }
    }
}
