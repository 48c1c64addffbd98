//! What a run would change, for a person to judge.
//!
//! Owns the text of `diff`: a summary of declarations first, then unified diffs of files. Must not know how either
//! came about. Colours are always there; the stream that the text goes to keeps or drops them.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use similar::TextDiff;

use crate::{
    declared::Difference,
    output::FileChange,
    outside::WORKFLOW,
    pipeline::{Danger, Outcome},
};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();
const STRONG: Style = Style::new().bold();

/// The summary, and behind it, unless `summary_only`, the unified diffs.
pub fn text(outcome: &Outcome, summary_only: bool) -> String {
    let mut text = summary(outcome);
    if !summary_only {
        for change in &outcome.changes {
            text.push('\n');
            text.push_str(&unified(change));
        }
    }
    text
}

/// A line for each declaration that changed with its hazards below it, and a line for each file.
pub fn summary(outcome: &Outcome) -> String {
    let mut text = String::new();
    let kept = outcome
        .kept
        .map(|kept| format!("{CHANGED}    kept{CHANGED:#}  {WORKFLOW}  {kept}\n"))
        .unwrap_or_default();
    if outcome.changes.is_empty() {
        return format!("No change: generated/ is what spec.toml says.\n{kept}");
    }
    let shown = beside(outcome);
    for (at, difference) in outcome.differences.iter().enumerate() {
        let (style, sign, place, line) = match difference {
            Difference::Added { place, line } => (ADDED, '+', place.clone(), line.clone()),
            Difference::Removed { place, line } => (REMOVED, '-', place.clone(), line.clone()),
            Difference::Changed { place, before, after } => {
                (CHANGED, '~', place.clone(), format!("{before} → {after}"))
            }
            Difference::Renamed { from, place, before, after } => {
                let line = if before == after { after.clone() } else { format!("{before} → {after}") };
                (CHANGED, '~', format!("{from} → {place}"), line)
            }
        };
        push(&mut text, format_args!("{style}{sign} {place}{style:#}  {line}\n"));
        for (_, danger) in shown.iter().filter(|(beside, _)| *beside == Some(at)) {
            push(&mut text, format_args!("  {CHANGED}! {}{CHANGED:#}\n", danger.text));
        }
    }
    for (_, danger) in shown.iter().filter(|(beside, _)| beside.is_none()) {
        push(&mut text, format_args!("{CHANGED}! {}{CHANGED:#}\n", danger.text));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for change in &outcome.changes {
        let (style, word) = match (&change.before, &change.after) {
            (None, _) => (ADDED, "new"),
            (_, None) => (REMOVED, "removed"),
            _ => (CHANGED, "changed"),
        };
        push(&mut text, format_args!("{style}{word:>8}{style:#}  {}\n", change.path));
    }
    text + &kept
}

/// Each danger with the declaration that it is shown below: the one that it is about, else the last of its table.
fn beside(outcome: &Outcome) -> Vec<(Option<usize>, &Danger)> {
    let at = |danger: &Danger| {
        let places = || outcome.differences.iter().map(Difference::place);
        let table = danger.place.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let is_below = |place: &str| place.strip_prefix(&table).is_some_and(|rest| rest.starts_with('.'));
        places().position(|place| place == danger.place).or_else(|| places().rposition(is_below))
    };
    outcome.hazards.iter().map(|danger| (at(danger), danger)).collect()
}

/// The same for programs: one JSON object. `change` is `added`, `changed`, `renamed` or `removed`; what is added has no
/// `before`, what is removed no `after`, and what is renamed has its old place as `from`.
pub fn json(outcome: &Outcome) -> Value {
    let declaration = |difference: &Difference| match difference {
        Difference::Added { place, line } => json!({ "change": "added", "place": place, "after": line }),
        Difference::Removed { place, line } => json!({ "change": "removed", "place": place, "before": line }),
        Difference::Changed { place, before, after } => {
            json!({ "change": "changed", "place": place, "before": before, "after": after })
        }
        Difference::Renamed { from, place, before, after } => {
            json!({ "change": "renamed", "from": from, "place": place, "before": before, "after": after })
        }
    };
    let danger = |it: &Danger| json!({ "place": it.place, "text": it.text });
    let file = |change: &FileChange| {
        let word = match (&change.before, &change.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        json!({ "change": word, "path": change.path, "diff": plain(change) })
    };
    json!({
        "declarations": outcome.differences.iter().map(declaration).collect::<Vec<_>>(),
        "hazards": outcome.hazards.iter().map(danger).collect::<Vec<_>>(),
        "files": outcome.changes.iter().map(file).collect::<Vec<_>>(),
    })
}

/// A unified diff without colours.
fn plain(change: &FileChange) -> String {
    let (before, after) = (change.before.as_deref().unwrap_or(""), change.after.as_deref().unwrap_or(""));
    let name = |side: &str, there: bool| {
        if there { format!("{side}/{}", change.path) } else { "/dev/null".to_owned() }
    };
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff()
        .context_radius(3)
        .header(&name("a", change.before.is_some()), &name("b", change.after.is_some()))
        .to_string()
}

fn unified(change: &FileChange) -> String {
    let mut text = String::new();
    for line in plain(change).lines() {
        let style = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => STRONG,
            [b'+', ..] => ADDED,
            [b'-', ..] => REMOVED,
            [b'@', ..] => PLACE,
            _ => Style::new(),
        };
        push(&mut text, format_args!("{style}{line}{style:#}\n"));
    }
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = text.write_fmt(arguments);
}
