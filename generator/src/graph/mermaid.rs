//! The graph as a Mermaid flowchart, which GitHub and others draw in Markdown.

use super::{Column, Graph, Link, Node, text::push};

/// The flowchart's text.
pub fn text(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    push(&mut text, format_args!("  accTitle: {}\n", escaped(&graph.title)));
    push(&mut text, format_args!("  accDescr: {}\n", escaped(&graph.description)));
    for column in Column::ALL {
        push(&mut text, format_args!("  subgraph {column:?}[\"{}\"]\n", column.heading()));
        for (place, node) in graph.column(column) {
            push(&mut text, format_args!("    n{place}[\"{}\"]\n", label(node)));
        }
        text.push_str("  end\n");
    }
    text.push_str("  subgraph Environments\n");
    for (place, environment) in graph.environments.iter().enumerate() {
        let lines = [&environment.name, &environment.worker].into_iter().chain(&environment.own);
        let lines: Vec<String> = lines.map(|line| escaped(line)).collect();
        push(&mut text, format_args!("    e{place}[\"{}\"]\n", lines.join("<br/>")));
    }
    text.push_str("  end\n");
    for edge in &graph.edges {
        let arrow = match edge.link {
            Link::Answered | Link::Uses | Link::Holds => "-->",
            Link::Copies | Link::Reads | Link::MayCall | Link::RefersTo => {
                &format!("-. {} .->", edge.link.verb())
            }
        };
        push(&mut text, format_args!("  n{} {arrow} n{}\n", edge.from, edge.to));
    }
    text
}

fn label(node: &Node) -> String {
    let notes = node.notes.iter().map(|note| escaped(note));
    let lines: Vec<String> = std::iter::once(format!("<b>{}</b>", escaped(&node.name)))
        .chain([format!("<i>{}</i>", node.kind.noun())])
        .chain(notes)
        .collect();
    lines.join("<br/>")
}

/// Letters, digits and what means nothing to Mermaid stay; all else becomes an entity in Mermaid's form.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || " -_./,:?".contains(c) {
            escaped.push(c);
        } else {
            push(&mut escaped, format_args!("#{};", u32::from(c)));
        }
    }
    escaped
}
