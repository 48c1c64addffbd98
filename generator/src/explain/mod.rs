//! What a code means, at the length of a paragraph, with an example.
//!
//! Owns the texts behind `generator explain` and the table of codes in the documentation. Must not know how findings
//! come about; a test shows that each example gives its code.

mod texts;

use std::fmt::Write;

use crate::diagnostic::{Code, Severity};

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// Why it is a mistake and what to do, in a paragraph.
    pub paragraph: &'static str,
    /// How it looks.
    pub example: Example,
}

/// How a finding comes about and goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// A piece of a spec.
    Spec {
        /// The piece with the mistake.
        wrong: &'static str,
        /// The piece without it; empty where it is to be left out.
        right: &'static str,
    },
    /// What no spec shows by itself: what was done, and what helps.
    Story(&'static str),
}

/// The explanation of a code.
pub fn explanation(code: Code) -> Explanation {
    texts::of(code)
}

/// The code of that name.
pub fn find(name: &str) -> Option<Code> {
    Code::ALL.iter().copied().find(|code| code.as_str() == name)
}

/// What `generator explain` prints.
pub fn text(code: Code) -> String {
    let Explanation { paragraph, example } = explanation(code);
    let mut text = format!("{} ({})\n\n{}\n", code.as_str(), severity(code), wrapped(paragraph));
    match example {
        Example::Spec { wrong, right } => {
            push(&mut text, format_args!("\nWrong:\n\n{}\n", indented(wrong)));
            match right {
                "" => text.push_str("\nRight: leave it out.\n"),
                _ => push(&mut text, format_args!("\nRight:\n\n{}\n", indented(right))),
            }
        }
        Example::Story(story) => push(&mut text, format_args!("\nExample:\n\n{}\n", indented(story))),
    }
    text
}

/// The table of all codes, in Markdown.
pub fn table() -> String {
    let mut text = "| code | kind | what it says |\n|---|---|---|\n".to_owned();
    for code in Code::ALL {
        push(&mut text, format_args!("| `{}` | {} | {} |\n", code.as_str(), severity(*code), code.summary()));
    }
    text
}

fn severity(code: Code) -> &'static str {
    match code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A paragraph in lines of at most 80 characters, where its words allow.
fn wrapped(paragraph: &str) -> String {
    const WIDTH: usize = 80;
    let mut lines = vec![String::new()];
    for word in paragraph.split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_wrapped_at_words() {
        let paragraph = wrapped(&"word ".repeat(40));
        assert!(paragraph.lines().all(|line| line.len() <= 80 && !line.ends_with(' ')));
        assert_eq!(paragraph.split_whitespace().count(), 40);
    }

    #[test]
    fn a_code_is_found_by_its_name_alone() {
        assert_eq!(find("unknown-binding"), Some(Code::UnknownBinding));
        assert_eq!(find("Unknown-Binding"), None);
    }
}
