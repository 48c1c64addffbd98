//! The view of the graph as a picture: where each line of text stands, and how each edge runs.
//!
//! Owns sizes. Text is measured by the character, so that the picture is the same on every machine: names are set in a
//! fixed-width font, and notes get more room than they should need.

use serde::Serialize;

use super::{Column, Graph, Kind, Link, Node, layout, text::wrap};
use crate::render::HEADER;

const MARGIN: i32 = 20;
/// Between two columns: room for the edges.
const GUTTER: i32 = 56;
const WIDTHS: [i32; 4] = [206, 164, 218, 218];
const HEADINGS: i32 = 98;
const TOP: i32 = 112;

/// Within a node.
const PADDING: i32 = 14;
const NAME: Font = Font { height: 17, advance: 7.85, lines: 3 };
const NOTE: Font = Font { height: 15, advance: 6.4, lines: 2 };
const KIND: i32 = 16;

/// The table of environments.
const ENVIRONMENTS: [i32; 3] = [0, 130, 400];
const ENVIRONMENT: i32 = 22;

struct Font {
    height: i32,
    advance: f64,
    /// The most lines of one text.
    lines: usize,
}

impl Font {
    fn wrap(&self, text: &str, width: i32) -> Vec<String> {
        wrap(text, characters(width, self.advance), self.lines)
    }
}

/// What the template sees.
#[derive(Debug, Serialize)]
pub(crate) struct View<'a> {
    header: &'static str,
    title: &'a str,
    counts: String,
    description: &'a str,
    width: i32,
    height: i32,
    headings: Vec<Line>,
    edges: Vec<EdgeView>,
    nodes: Vec<NodeView>,
    rule: i32,
    environments: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    class: &'static str,
    x: i32,
    y: i32,
    text: String,
}

#[derive(Debug, Serialize)]
struct NodeView {
    class: &'static str,
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    lines: Vec<Line>,
    /// Everything at length, shown where the pointer rests.
    tip: String,
}

#[derive(Debug, Serialize)]
struct EdgeView {
    class: &'static str,
    style: &'static str,
    path: String,
    x: i32,
    y: i32,
    tip: String,
}

/// The view of `graph`.
pub(crate) fn view(graph: &Graph) -> View<'_> {
    let texts: Vec<Vec<Text>> = graph.nodes.iter().map(texts).collect();
    let height = |lines: &Vec<Text>| lines.iter().map(|it| it.height).sum::<i32>() + 2 * PADDING - 4;
    let heights: Vec<i32> = texts.iter().map(height).collect();
    let tops = layout::tops(graph, &heights);
    let nodes = graph.nodes.iter().zip(texts).zip(tops).zip(heights);
    let nodes: Vec<_> =
        nodes.map(|(((it, texts), top), height)| node(it, texts, top + TOP, height)).collect();
    let edges: Vec<_> = graph.edges.iter().map(|it| edge(graph, it, &nodes)).collect();
    let bottom = nodes.iter().map(|it| it.y + it.height).fold(TOP, i32::max);
    let rule = bottom + 28;
    let environments = environments(graph, rule + 54);
    let loops = if graph.edges.iter().any(|it| it.link == Link::RefersTo) { LOOP } else { 0 };
    View {
        header: HEADER,
        title: &graph.title,
        counts: counts(graph),
        description: &graph.description,
        width: width() + loops,
        height: environments.iter().map(|it| it.y).fold(rule, i32::max) + MARGIN,
        headings: Column::ALL.into_iter().map(heading).collect(),
        edges,
        nodes,
        rule,
        environments,
    }
}

/// The size of the dot in which an edge ends.
const DOT: i32 = 3;

/// The room on the right for edges within the last column.
const LOOP: i32 = 30;

fn width() -> i32 {
    2 * MARGIN + WIDTHS.iter().sum::<i32>() + 3 * GUTTER
}

/// Where a column starts, and how wide it is.
fn place(column: Column) -> (i32, i32) {
    let before = Column::ALL.into_iter().zip(WIDTHS).take_while(|(it, _)| *it < column);
    let x = before.map(|(_, width)| width + GUTTER).sum::<i32>() + MARGIN;
    let own = Column::ALL.into_iter().zip(WIDTHS).find(|(it, _)| *it == column);
    (x, own.map_or(0, |(_, width)| width))
}

fn heading(column: Column) -> Line {
    Line { class: "heading", x: place(column).0, y: HEADINGS, text: column.heading().to_owned() }
}

fn counts(graph: &Graph) -> String {
    let count = |column, noun: &str| {
        let count = graph.column(column).count();
        format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
    };
    let of = |kind: Kind, noun: &str| {
        let count = graph.nodes.iter().filter(|it| it.kind == kind).count();
        format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
    };
    let counts = [count(Column::Routes, "route"), of(Kind::Table, "table"), of(Kind::Tool, "tool")];
    counts.join(" · ")
}

/// A line of a node before it has a place.
struct Text {
    class: &'static str,
    height: i32,
    text: String,
}

fn texts(node: &Node) -> Vec<Text> {
    let width = place(node.kind.column()).1 - 2 * PADDING + 4;
    let line = |class, font: &Font| {
        let height = font.height;
        move |text| Text { class, height, text }
    };
    let mut texts = vec![Text { class: "kind", height: KIND, text: node.kind.noun().to_owned() }];
    texts.extend(NAME.wrap(&node.name, width).into_iter().map(line("name", &NAME)));
    // Parameters and columns say more than a description, which is shown where there are none.
    let about = node.about.iter().filter(|_| node.notes.is_empty());
    for note in node.notes.iter().chain(about) {
        texts.extend(NOTE.wrap(note, width).into_iter().map(line("note", &NOTE)));
    }
    texts
}

fn node(node: &Node, texts: Vec<Text>, y: i32, height: i32) -> NodeView {
    let (x, width) = place(node.kind.column());
    let mut baseline = y + PADDING - 7;
    let lines = texts.into_iter().map(|text| {
        baseline += text.height;
        Line { class: text.class, x: x + PADDING, y: baseline, text: text.text }
    });
    let noun = node.kind.noun();
    let all =
        std::iter::once(format!("{noun} {}", node.name)).chain(node.notes.clone()).chain(node.about.clone());
    NodeView {
        class: class(node.kind),
        x,
        y,
        width,
        height,
        lines: lines.collect(),
        tip: all.collect::<Vec<_>>().join("\n"),
    }
}

/// An edge has the colour of what it leads to.
fn edge(graph: &Graph, edge: &super::Edge, nodes: &[NodeView]) -> EdgeView {
    let (from, to) = (&nodes[edge.from], &nodes[edge.to]);
    let (x, y, end) = (from.x + from.width, from.y + from.height / 2, to.y + to.height / 2);
    let (path, x, y) = if edge.link == Link::RefersTo {
        // Apart from where other edges end, and from each other where a table refers to itself.
        let (start, end) = (y - 8, end + 8);
        let dot = x + DOT;
        (format!("M{x} {start}C{0} {start} {0} {end} {dot} {end}", x + LOOP), dot, end)
    } else {
        let (middle, dot) = (i32::midpoint(x, to.x), to.x - DOT);
        (format!("M{x} {y}C{middle} {y} {middle} {end} {dot} {end}"), dot, end)
    };
    let (source, target) = (&graph.nodes[edge.from], &graph.nodes[edge.to]);
    EdgeView {
        class: class(target.kind),
        style: match edge.link {
            Link::Answered | Link::Uses | Link::Holds => "solid",
            Link::Copies | Link::Reads | Link::MayCall => "dashed",
            Link::RefersTo => "dotted",
        },
        path,
        x,
        y,
        tip: format!("{} {} {}", source.name, edge.link.verb(), target.name),
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Route => "route",
        Kind::Handler => "handler",
        Kind::Object => "object",
        Kind::Database | Kind::Table => "data",
        Kind::Assets => "assets",
        Kind::Other(_) => "other",
        Kind::Models | Kind::Tool => "models",
        Kind::Secret => "secret",
        Kind::Var => "var",
    }
}

fn environments(graph: &Graph, top: i32) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut y = top;
    let column = |position: usize| {
        let start = ENVIRONMENTS[position];
        let end = ENVIRONMENTS.get(position + 1).map_or(width() - 2 * MARGIN, |next| next - 14);
        (MARGIN + start, end - start)
    };
    let mut cell = |position, class, y, text: &str, advance| {
        let (x, width) = column(position);
        let wrapped = wrap(text, characters(width, advance), 6);
        let mut height = 0;
        for text in wrapped {
            lines.push(Line { class, x, y: y + height, text });
            height += ENVIRONMENT;
        }
        height
    };
    for environment in &graph.environments {
        let heights = [
            cell(0, "name", y, &environment.name, NAME.advance),
            cell(1, "name", y, &environment.worker, NAME.advance),
            cell(2, "note", y, &environment.own.join(" · "), NOTE.advance),
        ];
        y += heights.into_iter().fold(ENVIRONMENT, i32::max);
    }
    lines
}

/// How many characters fit into a width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a column is small and has a width"
)]
fn characters(width: i32, advance: f64) -> usize {
    (f64::from(width) / advance) as usize
}
