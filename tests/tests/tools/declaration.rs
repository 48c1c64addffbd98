//! Random tools, as a spec declares them.

use fastrand::Rng;

/// Names that are hard on some language.
const NAMES: &[&str] = &[
    "a",
    "type",
    "self",
    "constructor",
    "valueof",
    "default",
    "x_1",
    "x1",
    "ok",
    "arguments",
    "r",
    "null",
    "do",
    "await",
];

const WORDS: &[&str] = &["a", "todo", "ü", "🙂", "", "*/", "\\u0000", "null", "a b", "A", "</script>", "1"];

/// A spec with this many tools.
pub(crate) fn spec(random: &mut Rng, count: usize) -> String {
    let mut text = include_str!("spec.toml").to_owned();
    let mut names = Vec::new();
    let numbered = (NAMES.len()..).map(|at| format!("tool_{at}"));
    for name in NAMES.iter().map(|name| (*name).to_owned()).chain(numbered).take(count) {
        text += &format!(
            "\n[tools.{name}]\ndescription = \"Does */ what.\"\nparameters = {}\n",
            group(random, 0)
        );
        names.push(format!("{name:?}"));
    }
    text.replace("tools = []", &format!("tools = [{}]", names.join(", ")))
}

fn group(random: &mut Rng, depth: u32) -> String {
    let least = usize::from(depth > 0);
    let count = random.usize(least..5);
    let names = random.choose_multiple(NAMES.iter(), count);
    let fields: Vec<_> =
        names.iter().map(|name| format!("{name} = {}", parameter(random, depth, true))).collect();
    format!("{{ {} }}", fields.join(", "))
}

fn parameter(random: &mut Rng, depth: u32, may_be_optional: bool) -> String {
    let mut keys = match random.u8(0..if depth < 4 { 8 } else { 5 }) {
        0 => vec!["type = \"string\"".to_owned(), bounds(random, ["min_length", "max_length"], 0, 4, "")],
        1 => vec![format!("type = \"string\", enum = [{}]", words(random))],
        2 => vec!["type = \"integer\"".to_owned(), bounds(random, ["minimum", "maximum"], -3, 3, "")],
        3 => vec!["type = \"number\"".to_owned(), bounds(random, ["minimum", "maximum"], -3, 3, ".5")],
        4 => vec!["type = \"boolean\"".to_owned()],
        5 | 6 => vec![
            format!("type = \"array\", items = {}", parameter(random, depth + 1, false)),
            bounds(random, ["min_items", "max_items"], 0, 3, ""),
        ],
        _ => vec![format!("type = \"object\", properties = {}", group(random, depth + 1))],
    };
    if may_be_optional && random.bool() {
        keys.push("optional = true".to_owned());
    }
    if random.bool() {
        keys.push("description = \"What */ it\\nis.\"".to_owned());
    }
    keys.retain(|key| !key.is_empty());
    format!("{{ {} }}", keys.join(", "))
}

fn words(random: &mut Rng) -> String {
    let count = random.usize(1..4);
    let words = random.choose_multiple(WORDS.iter(), count);
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn bounds(random: &mut Rng, [low, high]: [&str; 2], least: i64, most: i64, fraction: &str) -> String {
    let from = random.i64(least..=most);
    let to = if random.u8(0..8) == 0 && least < 0 { 9_007_199_254_740_990 } else { random.i64(from..=most) };
    let mut keys = Vec::new();
    keys.extend(random.bool().then(|| format!("{low} = {from}")));
    keys.extend(random.bool().then(|| format!("{high} = {to}{fraction}")));
    let negative = from < 0 && to < 0; // -1 and -1.5 change places
    if negative && !fraction.is_empty() { String::new() } else { keys.join(", ") }
}
