//! Names and ids of what is at Cloudflare: the rules that a binding and an environment share.

use super::Lowering;
use crate::{
    diagnostic::{Code, Diagnostic, Place},
    model::{
        bindings::Database,
        name::{BucketName, Name, QueueName},
    },
    path::SpecPath,
};

/// The fewest characters of a bucket's name.
const SHORTEST_BUCKET: usize = 3;

impl Lowering<'_> {
    pub(super) fn database(&mut self, path: &SpecPath, name: &str, id: Option<&str>) -> Option<Database> {
        if let Some(id) = id
            && (id.is_empty() || !id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
        {
            self.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    Place::Value(path.key("id")),
                    format!("{id:?} is no id of a D1 database"),
                )
                .help("`wrangler d1 list` shows the ids; without one, the first deploy makes the database"),
            );
            return None;
        }
        Some(Database {
            name: self.name(name, Place::Value(path.key("database")))?,
            id: id.map(str::to_owned),
            renamed_from: None,
        })
    }

    /// The id of a KV namespace, which is a number of 128 bits in hexadecimal.
    pub(super) fn namespace_id(&mut self, path: &SpecPath, key: &str, id: Option<&str>) -> Option<String> {
        let id = id?;
        if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            self.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    Place::Value(path.key(key)),
                    format!("{id:?} is no id of a KV namespace"),
                )
                .help(
                    "`wrangler kv namespace list` shows the ids; without one, the first deploy makes a namespace",
                ),
            );
            return None;
        }
        Some(id.to_owned())
    }

    pub(super) fn bucket_name(&mut self, name: &str, place: Place) -> Option<BucketName> {
        let bucket = self.label(name, place.clone())?;
        if name.len() >= SHORTEST_BUCKET {
            return Some(bucket);
        }
        let message = format!("{name:?} cannot name an R2 bucket");
        let help = format!("use at least {SHORTEST_BUCKET} characters");
        self.push(Diagnostic::new(Code::InvalidName, place, message).help(help));
        None
    }

    pub(super) fn queue_name(&mut self, name: &str, place: Place) -> Option<QueueName> {
        self.label(name, place)
    }

    /// A name that does not end in `-` either.
    fn label<N: Name>(&mut self, text: &str, place: Place) -> Option<N> {
        let name: N = self.name(text, place.clone())?;
        if !text.ends_with('-') {
            return Some(name);
        }
        let message = format!("{text:?} ends in `-`");
        self.push(Diagnostic::new(Code::InvalidName, place, message).help("end it with a letter or a digit"));
        None
    }
}
