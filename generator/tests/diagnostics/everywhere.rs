//! One mistake at every place of a spec in turn: each is told once, where it is.

use generator::diagnostic::Place;

use crate::{LLM, reading, with};

/// The lines of `text` that give a key its value, each with what stands before the value.
fn assignments(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let lines = text.lines().enumerate();
    lines.filter_map(|(index, line)| line.split_once(" = ").map(|(key, value)| (index, key, value)))
}

fn with_line(text: &str, index: usize, replacement: Option<&str>) -> String {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| if at == index { replacement } else { Some(line) })
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn a_value_of_another_type_is_told_once_and_in_its_line() {
    let text = with(LLM);
    for (index, key, value) in assignments(&text) {
        for other in ["\"text\"", "3", "1.5", "true", "[]", "{}", "2026-04-01", "99999999999999999999"] {
            let first = |text: &str| text.chars().next().filter(|c| !c.is_ascii_digit()).unwrap_or('0');
            if first(other) == first(value) {
                continue;
            }
            let edit = format!("{key} = {other}");
            let reading = reading(&with_line(&text, index, Some(&edit)));
            let places: Vec<_> = reading
                .diagnostics
                .iter()
                .map(|it| reading.document.line_and_column(reading.document.span(&it.place).start).0)
                .collect();
            assert_eq!(places, [index + 1], "{edit}\n{:#?}", reading.diagnostics);
        }
    }
}

#[test]
fn a_line_left_out_is_told_once() {
    let text = with(LLM);
    for (index, key, value) in assignments(&text) {
        let reading = reading(&with_line(&text, index, None));
        assert!(reading.diagnostics.len() <= 1, "without {key} = {value}\n{:#?}", reading.diagnostics);
    }
}

#[test]
fn a_file_cut_off_anywhere_is_read_without_a_message_of_the_decoder() {
    let text = with(LLM);
    for end in (0..text.len()).step_by(7) {
        for diagnostic in reading(&text[..end]).diagnostics {
            let decoder = matches!(&diagnostic.place, Place::Value(path) if path.segments().is_empty());
            assert!(!decoder, "{diagnostic:#?}");
        }
    }
}
