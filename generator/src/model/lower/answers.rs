//! What is declared of answers over HTTP: fixed headers, and the origins whose pages may read them.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    path::SpecPath,
    spec::Named,
};

/// The longest value of a header.
const MAX_HEADER_VALUE: usize = 1_024;

/// Headers that belong to the connection or the body, and what says otherwise what the others would say.
const RESERVED: [&str; 11] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
];

impl Lowering<'_> {
    /// The valid ones of a list of origins.
    pub(super) fn origins(&mut self, path: &SpecPath, origins: &[String]) -> Vec<String> {
        let mut valid: Vec<String> = Vec::new();
        for (index, origin) in origins.iter().enumerate() {
            let at = path.index(index);
            if let Some(first) = origins[..index].iter().position(|it| it == origin) {
                let message = format!("the origin `{origin}` is allowed twice");
                self.push(
                    Diagnostic::new(Code::DuplicateName, Place::Value(at), message)
                        .related(Place::Value(path.index(first)), "first allowed here"),
                );
            } else if let Err(reason) = origin_is_plain(origin) {
                let message = format!("{origin:?} is no origin as a browser names it");
                self.push(Diagnostic::new(Code::InvalidValue, Place::Value(at), message).help(reason));
            } else {
                valid.push(origin.clone());
            }
        }
        valid
    }

    /// The valid ones of headers by their names.
    pub(super) fn headers(&mut self, path: &SpecPath, headers: &Named<String>) -> Vec<(String, String)> {
        let mut valid = Vec::new();
        for (name, value) in headers {
            let at = path.key(name);
            if let Err(reason) = header_name_is_free(name) {
                let message = format!("{name:?} cannot be the name of a fixed header");
                self.push(Diagnostic::new(Code::InvalidName, Place::Key(at), message).help(reason));
            } else if !value_is_plain(value) {
                let message = format!("{value:?} cannot be the value of a header");
                let help = format!(
                    "write 1 to {MAX_HEADER_VALUE} printable ASCII characters, without spaces at the ends"
                );
                self.push(Diagnostic::new(Code::InvalidValue, Place::Value(at), message).help(help));
            } else {
                valid.push((name.clone(), value.clone()));
            }
        }
        valid
    }
}

/// Scheme, host and, if it is not the scheme's own, port; the reason why another text would never be met.
pub(super) fn origin_is_plain(origin: &str) -> Result<(), &'static str> {
    if origin == "*" {
        return Ok(());
    }
    let form =
        "write scheme and host in small letters, as in `https://app.example.com` or `http://localhost:5173`";
    let (scheme, host) = origin.split_once("://").ok_or(form)?;
    if host.contains('/') {
        return Err("an origin has no path, not even a `/` at its end");
    }
    if host.contains('*') {
        return Err("only a `*` alone stands for other origins: name each");
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    if matches!((scheme, port), ("https", Some("443")) | ("http", Some("80"))) {
        return Err("browsers leave out the scheme's own port: leave it out too");
    }
    let number = |port: &str| port.parse::<u16>().is_ok_and(|number| number.to_string() == port);
    let small = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b))
    };
    let plain = small(scheme, b"+-.") && small(name, b"-._:[]") && port.is_none_or(number);
    plain.then_some(()).ok_or(form)
}

fn header_name_is_free(name: &str) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        return Err("write small letters, digits and `-` alone; names of headers are the same in capitals");
    }
    if name.starts_with("access-control-") {
        return Err("name the pages that may read the answers in `allowed_origins`");
    }
    if RESERVED.contains(&name) {
        return Err("it is set with each answer, by what the answer is: leave it out");
    }
    Ok(())
}

fn value_is_plain(value: &str) -> bool {
    (1..=MAX_HEADER_VALUE).contains(&value.len())
        && value.bytes().all(|b| (b' '..=b'~').contains(&b))
        && value.trim() == value
}
