//! Text that anyone may have written, made fit for a picture.

use std::fmt::{Arguments, Write};

/// The text on one line, without characters that no picture can show or that turn the direction of what follows.
pub(super) fn plain(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = |c: char| !c.is_control() && !turns(c) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let spaced: String = text.chars().map(|c| if shown(c) { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text in at most `lines` lines of at most `width` characters. A word that is longer is broken; what is too much
/// ends in an ellipsis.
pub(super) fn wrap(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > width {
            all.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if columns(&line) + wide(c) > width {
                all.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    all.push(line);
    if all.len() > lines {
        all.truncate(lines);
        if let Some(last) = all.last_mut() {
            while columns(last) >= width && last.pop().is_some() {}
            last.push('…');
        }
    }
    all
}

/// How many columns of a fixed-width font it takes.
fn columns(text: &str) -> usize {
    text.chars().map(wide).sum()
}

/// From Hangul on, most scripts are as wide as high.
fn wide(c: char) -> usize {
    if c < '\u{1100}' || matches!(c, '\u{2000}'..='\u{2bff}') { 1 } else { 2 }
}

/// Adds what `format_args!` made.
pub(super) fn push(text: &mut String, arguments: Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = text.write_fmt(arguments);
}
