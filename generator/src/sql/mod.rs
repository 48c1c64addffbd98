//! SQL as tokens, and expressions that are compared by them.
//!
//! Owns the splitting of SQLite's dialect. Must not know what a statement or a clause means.

mod expression;

pub use expression::{Expression, Misplaced};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in quotes.
    Name,
    /// A text or a blob.
    Text,
    /// A number without its sign.
    Number,
    /// Any other character.
    Sign,
    /// A comment.
    Comment,
    /// A text, a name or a comment that does not end.
    Unfinished,
}

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As it is written.
    pub text: &'a str,
    /// The byte at which it starts.
    pub start: usize,
}

impl Token<'_> {
    /// Whether it is this keyword.
    pub fn is_keyword(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is this character.
    pub fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// What it names, in small letters, if it can be a name.
    pub fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_lowercase()),
            Kind::Name => Some(self.text[1..self.text.len() - 1].replace("\"\"", "\"").to_lowercase()),
            _ => None,
        }
    }

    /// The byte after it.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The tokens of `sql`; white space is none.
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = sql[start..].chars().next() {
        let rest = &sql[start..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => {
                start += first.len_utf8();
                continue;
            }
            '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => ended(rest.find("*/").map(|at| at + 2), Kind::Comment, rest),
            'x' | 'X' if rest[1..].starts_with('\'') => {
                ended(quoted_length(&rest[1..], '\'').map(|length| length + 1), Kind::Text, rest)
            }
            '\'' => ended(quoted_length(rest, '\''), Kind::Text, rest),
            '"' | '`' => ended(quoted_length(rest, first), Kind::Name, rest),
            '[' => ended(rest.find(']').map(|at| at + 1), Kind::Name, rest),
            _ if first.is_ascii_digit() || is_fraction(rest) => (Kind::Number, word_length(rest, true)),
            _ if starts_word(first) => (Kind::Word, word_length(rest, false)),
            _ => (Kind::Sign, first.len_utf8()),
        };
        tokens.push(Token { kind, text: &rest[..length], start });
        start += length;
    }
    tokens
}

/// `tokens` at each `,` that stands in no parentheses of theirs, cut apart.
pub fn split_at_commas<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut depth = 0usize;
    tokens
        .split(|token| {
            match token.text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.is_sign(",")
        })
        .collect()
}

/// What stands between the `(` that comes first and its `)`, and what follows; `None` if there is no such pair.
pub fn in_parentheses<'t, 's>(tokens: &'t [Token<'s>]) -> Option<(&'t [Token<'s>], &'t [Token<'s>])> {
    if !tokens.first()?.is_sign("(") {
        return None;
    }
    let mut depth = 0usize;
    let end = tokens.iter().position(|token| {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    Some((&tokens[1..end], &tokens[end + 1..]))
}

fn ended(length: Option<usize>, kind: Kind, rest: &str) -> (Kind, usize) {
    length.map_or((Kind::Unfinished, rest.len()), |length| (kind, length))
}

/// SQLite takes every character beyond ASCII for a letter.
fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn word_length(rest: &str, number: bool) -> usize {
    let inside = |c: char| starts_word(c) || c.is_ascii_digit() || c == '$' || (number && c == '.');
    rest.find(|c| !inside(c)).unwrap_or(rest.len())
}

fn is_fraction(rest: &str) -> bool {
    rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The bytes of a quoted text with both its quotes; a doubled quote does not end it.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|&(_, next)| next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_token_is_told_apart() {
        let sql = "a \"b\"\"c\" `d` [e] 'f''g' X'00' 1.5e3 .5 <= -- h\n/* i */ 'j";
        let found: Vec<(Kind, &str)> = tokens(sql).iter().map(|token| (token.kind, token.text)).collect();
        let expected = [
            (Kind::Word, "a"),
            (Kind::Name, "\"b\"\"c\""),
            (Kind::Name, "`d`"),
            (Kind::Name, "[e]"),
            (Kind::Text, "'f''g'"),
            (Kind::Text, "X'00'"),
            (Kind::Number, "1.5e3"),
            (Kind::Number, ".5"),
            (Kind::Sign, "<"),
            (Kind::Sign, "="),
            (Kind::Comment, "-- h"),
            (Kind::Comment, "/* i */"),
            (Kind::Unfinished, "'j"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn commas_in_parentheses_do_not_part() {
        let tokens = tokens("a, f(b, c), d");
        let parts: Vec<usize> = split_at_commas(&tokens).iter().map(|part| part.len()).collect();
        assert_eq!(parts, [1, 6, 1]);
        assert!(
            in_parentheses(&tokens[3..]).is_some_and(|(inside, rest)| inside.len() == 3 && rest.len() == 2)
        );
    }

    #[test]
    fn text_that_ends_early_does_no_harm() {
        for sql in ["'", "\"", "[", "--", "/*", "/*/", "x'", "(", ")", ".", "$", "ä'"] {
            let tokens = tokens(sql);
            in_parentheses(&tokens);
            split_at_commas(&tokens);
        }
    }
}
