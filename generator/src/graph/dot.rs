//! The graph in Graphviz's language.

use super::{Column, Graph, Link, Node, text::push};

/// The digraph's text.
pub fn text(graph: &Graph) -> String {
    let mut text = format!(
        "digraph \"{}\" {{\n  rankdir=LR\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n  \
         edge [fontname=\"sans-serif\", fontsize=10]\n",
        escaped(&graph.title)
    );
    for column in Column::ALL {
        text.push_str("  {\n    rank=same\n");
        for (place, node) in graph.column(column) {
            let tooltip = node.about.as_ref().unwrap_or(&node.name);
            push(
                &mut text,
                format_args!("    n{place} [label=\"{}\", tooltip=\"{}\"]\n", label(node), escaped(tooltip)),
            );
        }
        text.push_str("  }\n");
    }
    for edge in &graph.edges {
        let style = match edge.link {
            Link::Answered | Link::Uses | Link::Holds => String::new(),
            Link::Copies | Link::Reads | Link::MayCall => {
                format!(" [style=dashed, label=\"{}\"]", edge.link.verb())
            }
            // It joins two of one column, which is to stay one.
            Link::RefersTo => {
                format!(" [style=dotted, constraint=false, label=\"{}\"]", edge.link.verb())
            }
        };
        push(&mut text, format_args!("  n{} -> n{}{style}\n", edge.from, edge.to));
    }
    let environments = graph.environments.iter().map(|it| {
        let own: String = it.own.iter().map(|own| format!(", {own}")).collect();
        escaped(&format!("{}: {}{own}", it.name, it.worker)) + "\\l"
    });
    push(&mut text, format_args!("  label=\"{}\"\n  labeljust=l\n}}\n", environments.collect::<String>()));
    text
}

fn label(node: &Node) -> String {
    let lines =
        [node.name.as_str(), node.kind.noun()].into_iter().chain(node.notes.iter().map(String::as_str));
    lines.map(escaped).collect::<Vec<_>>().join("\\n")
}

/// A text within a label: Graphviz reads escapes there, and entities of HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}
