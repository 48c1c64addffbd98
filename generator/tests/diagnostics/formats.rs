//! The formats for machines, and places in texts that are written otherwise.

use expect_test::{Expect, expect};
use generator::diagnostic::{Code, Diagnostic, Format, Place};

use crate::{SMALL, check_diagnostics, edited, reading, with};

/// An error with a label and help, one with another place, and a warning.
fn wrong() -> String {
    edited(&[
        ("[tables.stores]", "[vars]\nLIMIT = []\n\n[tables.stores]"),
        ("binding = \"SYNC\"", "binding = \"DB\""),
        ("[relay]", "[secrets.TOKEN]\ndescription = \"A token, 100% secret\"\n\n[relay]"),
    ])
}

fn check_format(toml: &str, format: Format, expected: Expect) {
    expected.assert_eq(&reading(toml).render(format, false));
}

#[test]
fn a_finding_of_the_github_format_is_one_line_with_its_place() {
    check_format(
        &wrong(),
        Format::Github,
        expect![[r#"
            ::error file=spec.toml,line=16,col=11,title=wrong-binding-type::`DB` is no Durable Object; name `SYNC` instead
            ::warning file=spec.toml,line=18,col=10,title=unused-secret::nothing reads the secret `TOKEN`
            ::error file=spec.toml,line=38,col=9,title=wrong-type::`vars.LIMIT` is an array: expected a boolean, a number or a string
        "#]],
    );
}

#[test]
fn the_github_format_escapes_what_would_end_a_message() {
    let toml = edited(&[("name = \"app\"", "name = \"100%\\r\\n::error::x\"")]);
    check_format(
        &toml,
        Format::Github,
        expect![[r#"
        ::error file=spec.toml,line=2,col=8,title=invalid-name::"100%25\r\n::error::x" cannot name a worker; use small letters, digits and `-`, starting with a letter
    "#]],
    );
}

#[test]
fn a_finding_of_the_json_format_is_one_object_a_line() {
    let text = reading(&wrong()).render(Format::Json, false);
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    check_format(
        &wrong(),
        Format::Json,
        expect![[r#"
            {"code":"wrong-binding-type","severity":"error","path":"routes[0].binding","message":"`DB` is no Durable Object","label":null,"help":"name `SYNC` instead","place":{"file":"spec.toml","line":16,"column":11,"end_line":16,"end_column":15},"related":[{"place":{"file":"spec.toml","line":10,"column":8,"end_line":10,"end_column":12},"message":"declared here"}]}
            {"code":"unused-secret","severity":"warning","path":"secrets.TOKEN","message":"nothing reads the secret `TOKEN`","label":null,"help":null,"place":{"file":"spec.toml","line":18,"column":10,"end_line":18,"end_column":15},"related":[]}
            {"code":"wrong-type","severity":"error","path":"vars.LIMIT","message":"`vars.LIMIT` is an array","label":"expected a boolean, a number or a string","help":null,"place":{"file":"spec.toml","line":38,"column":9,"end_line":38,"end_column":11},"related":[]}
        "#]],
    );
}

fn sarif(toml: &str) -> serde_json::Value {
    serde_json::from_str(&reading(toml).render(Format::Sarif, false)).expect("SARIF is JSON")
}

#[test]
fn a_result_of_sarif_has_its_rule_and_region() {
    let log = sarif(&wrong());
    let results = serde_json::to_string_pretty(&log["runs"][0]["results"]).unwrap();
    expect![[r#"
        [
          {
            "ruleId": "wrong-binding-type",
            "level": "error",
            "message": {
              "text": "`DB` is no Durable Object; name `SYNC` instead"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "spec.toml"
                  },
                  "region": {
                    "startLine": 16,
                    "startColumn": 11,
                    "endLine": 16,
                    "endColumn": 15
                  }
                }
              }
            ],
            "relatedLocations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "spec.toml"
                  },
                  "region": {
                    "startLine": 10,
                    "startColumn": 8,
                    "endLine": 10,
                    "endColumn": 12
                  }
                },
                "message": {
                  "text": "declared here"
                }
              }
            ]
          },
          {
            "ruleId": "unused-secret",
            "level": "warning",
            "message": {
              "text": "nothing reads the secret `TOKEN`"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "spec.toml"
                  },
                  "region": {
                    "startLine": 18,
                    "startColumn": 10,
                    "endLine": 18,
                    "endColumn": 15
                  }
                }
              }
            ],
            "relatedLocations": []
          },
          {
            "ruleId": "wrong-type",
            "level": "error",
            "message": {
              "text": "`vars.LIMIT` is an array: expected a boolean, a number or a string"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "spec.toml"
                  },
                  "region": {
                    "startLine": 38,
                    "startColumn": 9,
                    "endLine": 38,
                    "endColumn": 11
                  }
                }
              }
            ],
            "relatedLocations": []
          }
        ]"#]]
    .assert_eq(&results);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
}

#[test]
fn sarif_describes_every_code_as_a_rule() {
    let rules = sarif(SMALL)["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().clone();
    let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(ids, codes);
}

#[test]
fn nothing_found_is_nothing_in_lines_and_an_empty_list_in_sarif() {
    for format in [Format::Human, Format::Github, Format::Json] {
        assert_eq!(reading(SMALL).render(format, false), "");
    }
    assert_eq!(sarif(SMALL)["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn a_generated_file_is_named_by_every_format() {
    let mut reading = reading(SMALL);
    let place = Place::File("generated/migrations/DB/0001_init.sql".to_owned());
    reading.add([Diagnostic::new(Code::EditedMigration, place, "it differs").help("undo the edit")]);
    expect![[r#"
        error[edited-migration]: it differs
        --> generated/migrations/DB/0001_init.sql
         = help: undo the edit

    "#]]
    .assert_eq(&reading.render(Format::Human, false));
    expect![[r#"
        ::error file=generated/migrations/DB/0001_init.sql,line=1,col=1,title=edited-migration::it differs; undo the edit
    "#]].assert_eq(&reading.render(Format::Github, false));
    expect![[r#"
        {"code":"edited-migration","severity":"error","path":null,"message":"it differs","label":null,"help":"undo the edit","place":{"file":"generated/migrations/DB/0001_init.sql","line":1,"column":1,"end_line":1,"end_column":1},"related":[]}
    "#]].assert_eq(&reading.render(Format::Json, false));
    let log: serde_json::Value = serde_json::from_str(&reading.render(Format::Sarif, false)).unwrap();
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "generated/migrations/DB/0001_init.sql");
    assert_eq!(location["region"]["startLine"], 1);
}

#[test]
fn colour_is_kept_only_if_it_is_asked_for() {
    let toml = edited(&[("name = \"app\"", "name = \"App\"")]);
    assert!(reading(&toml).render(Format::Human, true).contains('\u{1b}'));
    assert!(!reading(&toml).render(Format::Human, false).contains('\u{1b}'));
}

#[test]
fn lines_that_end_as_on_windows_are_counted_and_shown_as_others() {
    let toml = wrong();
    let windows = toml.replace('\n', "\r\n");
    for format in [Format::Human, Format::Github, Format::Json, Format::Sarif] {
        assert_eq!(reading(&windows).render(format, false), reading(&toml).render(format, false));
    }
}

#[test]
fn a_byte_order_mark_moves_no_place() {
    let marked = format!("\u{feff}{}", edited(&[("[worker]\n", "[worker]\nregion = \"eu\"\n")]));
    check_diagnostics(
        &marked,
        expect![[r#"
            error[unknown-key]: `worker` has no key `region`
             --> spec.toml:2:1
              |
            2 | region = "eu"
              | ^^^^^^
              |
              = help: its keys are: name, compatibility_date, compatibility_flags, account_id, handlers, domains, zone_routes, workers_dev, preview_urls, crons, placement, limits, observability, logpush, tail_consumers

        "#]],
    );
    check_diagnostics(
        "\u{feff}[worker",
        expect![[r#"
            error[toml-syntax]: unclosed table, expected `]`
             --> spec.toml:1:8
              |
            1 | [worker
              |        ^

        "#]],
    );
    check_format(
        "\u{feff}x = 1",
        Format::Github,
        expect![[r#"
            ::error file=spec.toml,line=1,col=1,title=unknown-key::the spec has no key `x`; its keys are: worker, web, bindings, vars, secrets, auth, routes, relay, llm, tables, tools, env
            ::error file=spec.toml,line=1,col=1,title=missing-key::the spec needs the section `[worker]`; add `[worker]` with `name` and `compatibility_date`
            ::error file=spec.toml,line=1,col=1,title=missing-key::the spec needs the section `[relay]`; add `[relay]` with `store`
        "#]],
    );
    assert!(reading(&format!("\u{feff}{SMALL}")).spec.is_some());
}

#[test]
fn a_last_line_without_an_end_is_shown_whole() {
    let toml = with("[vars]\nLIMIT = []");
    check_diagnostics(
        &toml,
        expect![[r#"
            error[wrong-type]: `vars.LIMIT` is an array
              --> spec.toml:41:9
               |
            41 | LIMIT = []
               |         ^^ expected a boolean, a number or a string

        "#]],
    );
    assert!(reading(SMALL.trim_end()).spec.is_some());
}

#[test]
fn a_tab_before_a_mistake_is_one_column() {
    let toml = edited(&[("name = \"app\"", "\tname =\t\"App\"")]);
    check_diagnostics(
        &toml,
        expect![[r#"
        error[invalid-name]: "App" cannot name a worker
         --> spec.toml:2:9
          |
        2 |     name =    "App"
          |               ^^^^^
          |
          = help: use small letters, digits and `-`, starting with a letter

    "#]],
    );
    check_format(
        &toml,
        Format::Github,
        expect![[r#"
        ::error file=spec.toml,line=2,col=9,title=invalid-name::"App" cannot name a worker; use small letters, digits and `-`, starting with a letter
    "#]],
    );
}

#[test]
fn a_wide_character_before_a_mistake_is_one_column() {
    let toml = with("[tools]\n\"日本\" = { description = \"👩‍👩‍👧 ä\", name = 3 }");
    check_diagnostics(
        &toml,
        expect![[r#"
        error[invalid-name]: "日本" cannot name a tool
          --> spec.toml:41:1
           |
        41 | "日本" = { description = "👩👩👧 ä", name = 3 }
           | ^^^^^^
           |
           = help: use small letters, digits and `_`, starting with a letter

        warning[unused-tool]: no route offers the tool `日本`
          --> spec.toml:41:1
           |
        41 | "日本" = { description = "👩👩👧 ä", name = 3 }
           | ^^^^^^

        error[unknown-key]: `tools."日本"` has no key `name`
          --> spec.toml:41:35
           |
        41 | "日本" = { description = "👩👩👧 ä", name = 3 }
           |                                      ^^^^
           |
           = help: its keys are: description, parameters

    "#]],
    );
    check_format(
        &toml,
        Format::Github,
        expect![[r#"
        ::error file=spec.toml,line=41,col=1,title=invalid-name::"日本" cannot name a tool; use small letters, digits and `_`, starting with a letter
        ::warning file=spec.toml,line=41,col=1,title=unused-tool::no route offers the tool `日本`
        ::error file=spec.toml,line=41,col=35,title=unknown-key::`tools."日本"` has no key `name`; its keys are: description, parameters
    "#]],
    );
}

#[test]
fn a_text_of_several_lines_is_underlined_in_its_first() {
    let toml = edited(&[("class = \"Sync\"", "class = \"\"\"\nSync\n\"\"\"")]);
    check_diagnostics(
        &toml,
        expect![[r#"
        error[invalid-name]: "Sync\n" cannot name a class
         --> spec.toml:7:9
          |
        7 | class = """
          |         ^^^
          |
          = help: use letters and digits, starting with a capital

    "#]],
    );
}

#[test]
fn control_characters_of_a_spec_do_not_reach_the_terminal() {
    let toml = edited(&[("name = \"app\"", "name = \"\\u001b[31mapp\"\n\"\\u001b[0m\" = 1")]);
    assert!(!reading(&toml).render(Format::Human, false).contains('\u{1b}'));
}
