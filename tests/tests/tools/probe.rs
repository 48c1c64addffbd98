//! Says of each line `tool<TAB>text as JSON` what the generated crate says of such a call.

mod arguments;

use std::io::BufRead;

fn main() {
    if std::env::args().nth(1).is_some() {
        glue::tools::TOOLS.iter().for_each(|it| println!("{}\t{}", it.name, it.parameters));
        return;
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let (name, text) = line.split_once('\t').expect("a tool and a text");
        let text: String = serde_json::from_str(text).expect("a text");
        let tool = glue::tools::TOOLS.iter().find(|it| it.name == name).expect("a tool");
        let read = typed(name, &text, tool.arguments);
        println!("{}", read.err().unwrap_or_default().replace(['\n', '\r'], " "));
    }
}
