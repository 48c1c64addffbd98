//! Random texts of arguments: good ones, and such as are almost good. Text, not values: `1.0`, `-0` and names that come
//! twice are no values.

use fastrand::Rng;
use generator::model::tools::{Parameter, ParameterType};
use serde_json::Value;

/// What stands in the place of anything.
const STRANGE: &[&str] = &[
    "null",
    "true",
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1.5",
    "1e0",
    "2.0000000000000001",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740991.0",
    "-9007199254740992",
    "18446744073709551616",
    "1e308",
    "1e309",
    "1e-400",
    "-3",
    "-3.5",
    "3",
    "3.5",
    "4",
    "4.5",
    "0.1",
    "\"\"",
    "\"a\"",
    "\"ü🙂\"",
    "\"e\\u0301\"",
    "\"🙂🙂🙂🙂\"",
    "\"\\ud83d\\ude42\"",
    "\"\\ud83d\"",
    "\"todo\"",
    "\"null\"",
    "\"A\"",
    "[]",
    "[null]",
    "[[]]",
    "[1,1,1,1]",
    "{}",
    "{\"a\":1}",
    "NaN",
    "01",
    "",
    "{\"__proto__\":1}",
    "{\"a\":1,\"a\":null}",
];

/// A text of arguments.
pub(crate) fn text(random: &mut Rng, parameters: &[Parameter]) -> String {
    let strange = match random.u8(0..4) {
        0 => 0,
        1 => 40,
        _ => 15,
    };
    match random.u8(0..60) {
        0 => pick(random, &["", " ", "\u{feff}", "\u{a0}", "{", "{} {}"]).to_owned(),
        1 => nested(random, parameters),
        _ => group(random, parameters, strange),
    }
}

/// Members that the last of their name takes the place of, nested about as deep as is taken.
fn nested(random: &mut Rng, parameters: &[Parameter]) -> String {
    let depth = random.usize(120..135);
    let good = group(random, parameters, 0);
    let hidden = match parameters.first() {
        Some(first) => format!("\"{}\":{}{},", first.name, "[".repeat(depth), "]".repeat(depth)),
        None => String::new(),
    };
    format!("{{{hidden}{}", good.trim_start_matches('{'))
}

/// Of a hundred parts, `strange` are.
fn group(random: &mut Rng, parameters: &[Parameter], strange: u8) -> String {
    let mut members: Vec<String> = Vec::new();
    for it in parameters {
        let name = &it.name;
        let value = match it.optional && random.u8(0..3) == 0 {
            true => "null".to_owned(),
            false => value(random, &it.kind, strange),
        };
        match random.u8(0..100) < strange {
            false => members.push(format!("\"{name}\":{value}")),
            true => match random.u8(0..8) {
                0 => {}
                1 => members.push(format!("\"{name}\":{},\"{name}\":{value}", odd(random))),
                2 => members.push(format!("\"{name}\":{value},\"{name}\":{}", odd(random))),
                3 => members.push(format!("\"{name}\":null")),
                4 => members.push(format!("\"{name}\" : {value} , \"__proto__\":{}", odd(random))),
                5 => members.push(format!("\"{name}\":{value},\"tostring\":{value}")),
                _ => members.push(format!("\"{name}\":{value}")),
            },
        }
    }
    if random.bool() {
        random.shuffle(&mut members);
    }
    format!("{{{}}}", members.join(","))
}

fn pick<'a>(random: &mut Rng, from: &[&'a str]) -> &'a str {
    from[random.usize(..from.len())]
}

fn odd(random: &mut Rng) -> String {
    pick(random, STRANGE).to_owned()
}

fn value(random: &mut Rng, kind: &ParameterType, strange: u8) -> String {
    if random.u8(0..100) < strange / 2 {
        return odd(random);
    }
    // One beyond a bound, where it is strange.
    let off = i64::from(random.u8(0..100) < strange);
    let within =
        |random: &mut Rng, low: i64, high: i64| random.i64(low.min(high) - off..=low.max(high) + off);
    let count = |random: &mut Rng, min: &Option<u32>, max: &Option<u32>, usual: u32| {
        let low = min.unwrap_or(0);
        within(random, low.into(), max.unwrap_or(low + usual).into()).max(0)
    };
    match kind {
        ParameterType::String { min_length, max_length } => {
            let count = count(random, min_length, max_length, 5);
            let letter = |_| pick(random, &["a", "ü", "🙂", "\\n", "\\\"", "\\u0301"]).to_owned();
            format!("\"{}\"", (0..count).map(letter).collect::<String>())
        }
        ParameterType::Enum(words) => Value::from(words[random.usize(..words.len())].as_str()).to_string(),
        ParameterType::Integer { minimum, maximum } => {
            let low = minimum.unwrap_or_else(|| maximum.unwrap_or(0) - 5);
            let number = within(random, low, maximum.unwrap_or(low + 5));
            let ending = pick(random, &["", "", ".0", "e0", ".00"]);
            format!("{number}{ending}")
        }
        ParameterType::Number { minimum, maximum } => {
            let low = minimum.unwrap_or_else(|| maximum.unwrap_or(0.0) - 5.0);
            let span = maximum.unwrap_or(low + 5.0) - low;
            #[expect(clippy::cast_precision_loss, reason = "0 or 1")]
            let off = off as f64;
            format!("{}", low - off + random.f64() * (span + 2.0 * off))
        }
        ParameterType::Boolean => random.bool().to_string(),
        ParameterType::Array { items, min_items, max_items } => {
            let count = count(random, min_items, max_items, 2).min(6);
            let items: Vec<_> = (0..count).map(|_| value(random, &items.kind, strange / 2)).collect();
            format!("[{}]", items.join(","))
        }
        ParameterType::Object(parameters) => group(random, parameters, strange),
    }
}
