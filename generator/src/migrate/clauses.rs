//! The clauses of a CREATE TABLE that no pragma reports: CHECK, DEFERRABLE and ON CONFLICT.
//!
//! Owns the splitting of SQL into tokens, no more: it looks at text that SQLite has already accepted and
//! stored. Must not know what a clause means.

/// The conditions of all CHECK clauses in a CREATE TABLE, tokens apart by one space, names without
/// quotes and in small letters, so that two spellings of one condition are equal.
pub(super) fn checks(create_table: &str) -> Vec<String> {
    let tokens = tokens(create_table);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.keyword("CHECK") {
            let mut depth = 0usize;
            let inside = tokens[at + 1..].iter().skip(1).take_while(|token| {
                match token.text.as_str() {
                    "(" => depth += 1,
                    ")" if depth == 0 => return false,
                    ")" => depth -= 1,
                    _ => {}
                }
                true
            });
            found.push(inside.map(|token| token.text.as_str()).collect::<Vec<_>>().join(" "));
        }
    }
    found
}

/// The condition, spelt as [`checks`] does, that keeps a boolean column boolean.
pub(super) fn boolean_check(column: &str) -> String {
    format!("{} in ( 0 , 1 )", column.to_ascii_lowercase())
}

/// Which of `keywords` a CREATE TABLE contains outside quotes and comments.
pub(super) fn keywords<'k>(create_table: &str, keywords: &[&'k str]) -> Vec<&'k str> {
    let tokens = tokens(create_table);
    keywords.iter().copied().filter(|word| tokens.iter().any(|token| token.keyword(word))).collect()
}

struct Token {
    text: String,
    quoted: bool,
}

impl Token {
    fn keyword(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (length, token) = match first {
            _ if first.is_whitespace() => (first.len_utf8(), None),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |at| at + 2), None),
            '\'' => {
                let length = quoted_length(rest, '\'');
                (length, Some((rest[..length].to_owned(), true)))
            }
            '"' | '`' | '[' => {
                let length = quoted_length(rest, if first == '[' { ']' } else { first });
                let name = rest[1..length].strip_suffix(['"', '`', ']']).unwrap_or(&rest[1..length]);
                (length, Some((name.to_lowercase(), true)))
            }
            _ if word_char(first) => {
                let length = rest.find(|c| !word_char(c)).unwrap_or(rest.len());
                (length, Some((rest[..length].to_lowercase(), false)))
            }
            _ => (first.len_utf8(), Some((first.to_string(), false))),
        };
        tokens.extend(token.map(|(text, quoted)| Token { text, quoted }));
        rest = &rest[length..];
    }
    tokens
}

fn word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.')
}

/// The bytes of a quoted text with both its quotes; a doubled quote does not end it.
fn quoted_length(text: &str, end: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == end && chars.next_if(|&(_, next)| next == end && end != ']').is_none() {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_found_however_it_is_spelt() {
        for sql in [
            r#"CREATE TABLE t ("done" INTEGER CHECK ("done" IN (0, 1))) STRICT"#,
            "create table t (done integer check(Done in(0,1)))",
            "CREATE TABLE t ([done] INTEGER, CHECK /* no */ ( `done`\nIN -- yes)\n (0,1) ))",
        ] {
            assert_eq!(checks(sql), [boolean_check("done")], "{sql}");
        }
    }

    #[test]
    fn a_check_in_a_text_a_name_or_a_comment_is_none() {
        let sql = r#"CREATE TABLE t ("check (1)" TEXT DEFAULT 'it''s CHECK (x)', -- CHECK (y)
            [CHECK(] BLOB, `check` TEXT /* CHECK (z) */)"#;
        assert_eq!(checks(sql), [""; 0]);
    }

    #[test]
    fn several_checks_and_nested_parentheses_are_kept_apart() {
        let sql = "CREATE TABLE t (a CHECK (length(a) > (1 + 2)), b, CONSTRAINT c CHECK (b <> ')'))";
        assert_eq!(checks(sql), ["length ( a ) > ( 1 + 2 )", "b < > ')'"]);
    }

    #[test]
    fn text_that_ends_early_does_no_harm() {
        for sql in ["CHECK", "CHECK (", "'", "\"", "[", "--", "/*", "CHECK (a"] {
            checks(sql);
        }
    }
}
