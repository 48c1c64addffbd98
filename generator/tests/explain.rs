//! The explanations of codes: each example has the mistake that it is said to have, and the documentation lists all.

use expect_test::expect_file;
use generator::{
    diagnostic::Code,
    document::Source,
    explain::{self, Example},
    pipeline::interpret,
};

/// A relay and a model behind a route.
const SPEC: &str =
    concat!(include_str!("diagnostics/small.toml"), "\n", include_str!("diagnostics/llm.toml"));

/// The flag that models are served with.
const FLAGGED: (&str, &str) = ("\n\n", "\ncompatibility_flags = [\"enable_request_signal\"]\n\n");

fn codes(text: String) -> Vec<Code> {
    let reading = interpret(Source { name: "spec.toml".to_owned(), text });
    reading.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn an_example_has_its_mistake_and_its_correction_has_not() {
    let good = SPEC.replacen(FLAGGED.0, FLAGGED.1, 1);
    assert_eq!(codes(good.clone()), []);
    for code in Code::ALL {
        let Example::Spec { wrong, right } = explain::explanation(*code).example else { continue };
        // A piece of the spec is exchanged; any other is added.
        let spec = if right.is_empty() || !good.contains(right) {
            assert!(!codes(format!("{good}\n{right}\n")).contains(code), "{}: {right}", code.as_str());
            format!("{good}\n{wrong}\n")
        } else {
            good.replacen(right, wrong, 1)
        };
        assert!(codes(spec.clone()).contains(code), "{}: {:?}", code.as_str(), codes(spec));
    }
}

#[test]
fn the_documentation_lists_every_code() {
    let text = format!(
        "# Codes of findings\n\nWhat `generator check` and the other commands may say of a spec and of what was \
         generated from it. A code never\nchanges its meaning; `cargo run -p generator -- explain CODE` says more of \
         one.\n\n{}",
        explain::table()
    );
    expect_file!["../../docs/codes.md"].assert_eq(&text);
}
