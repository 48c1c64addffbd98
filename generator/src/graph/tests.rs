//! What the picture shows, in every form, of specs with much in them and of texts that mean harm.

use std::collections::BTreeSet;

use super::{Graph, GraphFormat, text};
use crate::{
    document::Source,
    model::Spec,
    pipeline,
    render::{self, graph_text},
};

const EVERYTHING: &str = include_str!("../../../tests/tests/glue/everything.toml");
const LITTLE: &str = include_str!("../../../tests/tests/glue/little.toml");
const FORMATS: [GraphFormat; 3] = [GraphFormat::Svg, GraphFormat::Mermaid, GraphFormat::Dot];

fn spec(text: &str) -> Spec {
    let reading = pipeline::interpret(Source { name: "spec.toml".to_owned(), text: text.to_owned() });
    reading.spec.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

fn svg(text: &str) -> String {
    graph_text(&spec(text), GraphFormat::Svg).unwrap()
}

/// `EVERYTHING` with a text in every place that takes any.
fn with_hostile(hostile: &str) -> String {
    let quoted = toml::Value::from(hostile).to_string();
    let mut text = EVERYTHING.to_owned();
    for line in [
        "description = \"\"\n",
        "description = \"A tool without arguments, \\\"quoted\\\".\"",
        "description = \"One column a type. */ {{ braces }}\"",
    ] {
        assert!(text.contains(line), "{line}");
        text = text.replace(line, &format!("description = {quoted}\n"));
    }
    text.replace("SELF = \"a keyword that has no raw form\"", &format!("SELF = {quoted}"))
        .replace("vars.FN = \"other\"", &format!("vars.FN = {quoted}"))
}

#[test]
fn everything_that_is_declared_is_shown_in_every_form() {
    let spec = spec(EVERYTHING);
    let names = spec
        .routes
        .iter()
        .map(|it| it.path.as_str())
        .chain(spec.bindings.iter().map(|it| it.name.as_str()))
        .chain(spec.secrets.iter().map(|it| it.name.as_str()))
        .chain(spec.vars.iter().map(|it| it.name.as_str()))
        .chain(spec.tables.iter().map(|it| it.name.as_str()))
        .chain(spec.tools.iter().map(|it| it.name.as_str()))
        .chain(spec.deployments().iter().map(|it| it.worker.as_str()))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    for format in FORMATS {
        let text = graph_text(&spec, format).unwrap().replace("#42;", "*");
        for name in &names {
            assert!(text.contains(name.as_str()), "{name} in {text}");
        }
    }
    // A name may be part of another; in the picture each stands by itself.
    let svg = graph_text(&spec, GraphFormat::Svg).unwrap();
    for name in &names {
        assert!(svg.contains(&format!(">{name}</text>")), "{name} in {svg}");
    }
}

#[test]
fn what_leads_to_what_is_what_the_spec_says() {
    let graph = Graph::of(&spec(EVERYTHING));
    let edges: Vec<String> = graph
        .edges
        .iter()
        .map(|it| format!("{} {} {}", graph.nodes[it.from].name, it.link.verb(), graph.nodes[it.to].name))
        .collect();
    assert_eq!(
        edges,
        [
            "/ is answered by relay",
            "/v1/* is answered by llm",
            "/up is answered by health",
            "every other path is answered by web app",
            "relay uses OBJECTS",
            "relay uses EVENTS",
            "relay reads ISSUER",
            "web app uses FILES",
            "llm uses Braintrust",
            "llm reads KEY",
            "llm reads FN",
            "Braintrust may call match",
            "Braintrust may call plan_trip",
            "EVENTS holds log",
            "EVENTS holds names",
            "TYPE holds kinds",
            "TYPE holds kinds_",
            "kinds_ refers to kinds",
            "TYPE holds events",
            "events refers to kinds",
            "TYPE holds guests",
        ]
    );
}

#[test]
fn a_binding_for_code_of_ones_own_is_shown_with_what_it_is() {
    let declared =
        "[bindings.LATER]\ntype = \"queue\"\nqueue = \"later\"\ndescription = \"Work for later.\"\n";
    let differing = "[env.staging]\nworker.name = \"other\"\nbindings.EVENTS.database = \"other\"\n\
                     bindings.LATER.queue = \"others\"\n";
    let graph = Graph::of(&spec(&format!("{LITTLE}\n{declared}\n{differing}")));
    let jobs = graph.nodes.iter().find(|it| it.name == "LATER").unwrap();
    assert_eq!((jobs.kind.noun(), jobs.notes.as_slice()), ("queue", ["queue later".to_owned()].as_slice()));
    assert_eq!(jobs.about.as_deref(), Some("Work for later."));
    assert!(graph.environments[1].own.contains(&"LATER: queue others".to_owned()));
}

#[test]
fn the_picture_stands_alone_and_speaks_to_who_cannot_see_it() {
    for spec in [EVERYTHING, LITTLE] {
        let text = svg(spec);
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        for id in root.attribute("aria-labelledby").unwrap().split(' ') {
            let labels = root.children().find(|it| it.attribute("id") == Some(id)).unwrap();
            assert!(!labels.text().unwrap().is_empty(), "{id}");
        }
        let known =
            ["svg", "title", "desc", "metadata", "style", "g", "rect", "line", "path", "circle", "text"];
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            assert!(known.contains(&element.tag_name().name()), "{element:?}");
            assert!(element.attributes().all(|it| !it.name().starts_with("on") && it.name() != "href"));
        }
        assert!(!text.contains("url(") && !text.contains("@import"), "{text}");
        assert!(text.contains("prefers-color-scheme: dark"), "{text}");
    }
}

#[test]
fn hostile_text_is_shown_and_never_read_as_markup() {
    let hostile =
        "]]></text><script>alert(\"1\")</script>&amp;'--><!-- {{ 1 }} \u{1b}[2J\u{0}\u{202e}x\u{ffff}";
    let text = svg(&with_hostile(hostile));
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(document.descendants().all(|it| it.tag_name().name() != "script"));
    let shown: String = document.descendants().filter_map(|it| it.text()).collect();
    assert!(shown.contains(&text::plain(hostile)), "{shown}");
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{ffff}']), "{shown:?}");
}

#[test]
fn hostile_text_ends_no_label_of_the_other_forms() {
    let spec = spec(&with_hostile("\"]; n0 --> n1 %% </b>\\\" -> n2 # ` \\"));
    let mermaid = graph_text(&spec, GraphFormat::Mermaid).unwrap();
    for line in mermaid.lines().filter(|line| line.contains("[\"")) {
        assert_eq!(line.matches('"').count(), 2, "{line}");
        let label = line.split('"').nth(1).unwrap();
        let without_entities =
            label.split('#').map(|it| it.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
        let left: String = without_entities.collect();
        assert!(!left.contains(['`', '%', '\\', ';', '[', ']', '&']), "{line}");
    }
    let dot = graph_text(&spec, GraphFormat::Dot).unwrap();
    for line in dot.lines() {
        let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        assert_eq!(quotes % 2, 0, "{line}");
    }
}

#[test]
fn no_node_lies_on_another_and_all_lie_in_the_picture() {
    for spec in [EVERYTHING, LITTLE] {
        let text = svg(spec);
        let document = roxmltree::Document::parse(&text).unwrap();
        let number =
            |node: &roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse::<i32>().unwrap();
        let height = number(&document.root_element(), "height");
        let nodes = document
            .descendants()
            .filter(|it| it.attribute("class").is_some_and(|it| it.starts_with("node")));
        let mut boxes: Vec<[i32; 3]> = nodes
            .map(|it| it.children().find(|it| it.has_tag_name("rect")).unwrap())
            .map(|it| [number(&it, "x"), number(&it, "y"), number(&it, "height")])
            .collect();
        boxes.sort_unstable();
        for pair in boxes.windows(2) {
            let [[x, y, height], [next_x, next_y, _]] = [pair[0], pair[1]];
            assert!(x != next_x || y + height < next_y, "{pair:?}");
        }
        assert!(boxes.iter().all(|[_, y, own]| *y > 0 && y + own < height), "{boxes:?}");
    }
}

#[test]
fn long_names_are_broken_and_long_texts_cut() {
    assert_eq!(text::wrap("a_name_without_spaces", 8, 3), ["a_name_w", "ithout_s", "paces"]);
    assert_eq!(text::wrap("some words of a text", 10, 2), ["some words", "of a text"]);
    assert_eq!(text::wrap("some words of a longer text", 10, 2), ["some words", "of a…"]);
    assert_eq!(text::wrap("日本語のテキスト", 8, 2), ["日本語の", "テキスト"]);
}

#[test]
fn the_picture_is_the_same_every_time() {
    for format in FORMATS {
        let texts: BTreeSet<String> =
            (0..3).map(|_| render::graph_text(&spec(EVERYTHING), format).unwrap()).collect();
        assert_eq!(texts.len(), 1);
    }
}

#[test]
fn a_relay_copies_to_its_mirror_and_uses_its_objects_alone() {
    let graph = Graph::of(&spec(include_str!("../../../tests/specs/mirrored.toml")));
    let of_relay = graph.edges.iter().filter(|it| graph.nodes[it.from].name == "relay");
    let of_relay: Vec<_> = of_relay.map(|it| (it.link.verb(), graph.nodes[it.to].name.as_str())).collect();
    assert_eq!(of_relay, [("uses", "OBJECTS"), ("copies to", "DB")]);
    let graph = Graph::of(&spec(include_str!("../../../tests/specs/object.toml")));
    assert!(graph.edges.iter().all(|it| it.link.verb() != "copies to"));
}
