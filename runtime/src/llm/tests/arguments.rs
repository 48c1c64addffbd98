//! Arguments of tools: the same are taken as JSON Schema takes.

use glue::tools::{Argument, Kind};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::arguments::read;

const fn required(name: &'static str, kind: Kind) -> Argument {
    Argument { name, optional: false, kind }
}

const fn optional(name: &'static str, kind: Kind) -> Argument {
    Argument { name, optional: true, kind }
}

const GREATEST: i64 = (1 << 53) - 1;

fn check(arguments: &Value, declared: &[Argument]) -> Result<(), String> {
    read::<Value>(&arguments.to_string(), declared).map(drop)
}

/// One of each kind.
const DECLARED: &[Argument] = &[
    required("t", Kind::Text { min: Some(1), max: Some(3) }),
    optional("w", Kind::Word(&["a", "ü"])),
    required("i", Kind::Integer { min: -2, max: GREATEST }),
    optional("n", Kind::Number { min: Some(0.5), max: Some(1e3) }),
    required("b", Kind::Boolean),
    optional(
        "l",
        Kind::List { items: &Kind::Integer { min: -GREATEST, max: GREATEST }, min: Some(1), max: Some(2) },
    ),
    required("g", Kind::Group(&[optional("t", Kind::Text { min: None, max: None })])),
];

/// As the generator writes it for the model.
fn schema() -> Validator {
    let group = |properties: Value| {
        let required: Vec<_> = properties.as_object().unwrap().keys().cloned().collect();
        json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
    };
    let list = json!({ "type": "array", "items": { "type": "integer", "minimum": -GREATEST, "maximum": GREATEST }, "minItems": 1, "maxItems": 2 });
    let schema = group(json!({
        "t": { "type": "string", "minLength": 1, "maxLength": 3 },
        "w": { "type": ["string", "null"], "enum": ["a", "ü", null] },
        "i": { "type": "integer", "minimum": -2, "maximum": GREATEST },
        "n": { "type": ["number", "null"], "minimum": 0.5, "maximum": 1e3 },
        "b": { "type": "boolean" },
        "l": { "anyOf": [list, { "type": "null" }] },
        "g": group(json!({ "t": { "type": ["string", "null"] } })),
    }));
    jsonschema::validator_for(&schema).expect("the schema is one")
}

fn good() -> Value {
    json!({ "t": "ab", "w": "a", "i": 3, "n": 1.5, "b": true, "l": [1], "g": { "t": null } })
}

/// Values at and about the bounds, and of every type.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec![
            json!(null),
            json!(true),
            json!(""),
            json!("a"),
            json!("ü"),
            json!("üüü"),
            json!("abcd"),
            json!("🙂🙂🙂"),
            json!(-3),
            json!(-2),
            json!(0),
            json!(1.0),
            json!(1.5),
            json!(0.5),
            json!(0.49),
            json!(1000),
            json!(1000.1),
            json!(1_i64 << 53),
            json!((1_i64 << 53) + 1),
            json!(u64::MAX),
            json!(i64::MIN),
            json!(1e300),
            json!(-0.0),
            json!([]),
            json!([1]),
            json!([1, 2.0]),
            json!([1, 2, 3]),
            json!(["a"]),
            json!([null]),
            json!({}),
            json!({ "t": null }),
            json!({ "t": "x" }),
            json!({ "t": 1 }),
            json!({ "x": 1 }),
        ]),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_same_arguments_are_taken_as_the_schema_takes(
        changes in prop::collection::vec((prop::sample::select(vec!["t", "w", "i", "n", "b", "l", "g", "x"]), prop::option::of(value())), 0..3),
    ) {
        let mut arguments = good();
        for (name, change) in changes {
            match change {
                Some(value) => arguments[name] = value,
                None => drop(arguments.as_object_mut().unwrap().remove(name)),
            }
        }
        let checked = check(&arguments, DECLARED);
        prop_assert_eq!(checked.is_ok(), schema().is_valid(&arguments), "{}: {:?}", arguments, checked);
    }
}

#[test]
fn the_first_that_is_wrong_is_named_by_its_path() {
    let with = |name: &str, value: Value| {
        let mut arguments = good();
        arguments[name] = value;
        check(&arguments, DECLARED).unwrap_err()
    };
    assert_eq!(check(&json!([]), DECLARED).unwrap_err(), "the arguments must be an object");
    assert_eq!(with("x", json!(1)), "there is no `x`");
    assert_eq!(with("t", json!("long")), "`t` must have at most 3 characters");
    assert_eq!(with("w", json!("b")), "`w` must be one of a, ü");
    assert_eq!(with("l", json!([1, "2"])), "`l[1]` must be a whole number");
    assert_eq!(with("g", json!({ "y": 1 })), "there is no `g.y`");
    assert_eq!(with("g", json!({})), "`g.t` is missing: send null");
    assert_eq!(with("i", json!(-3)), "`i` must be at least -2");
}
