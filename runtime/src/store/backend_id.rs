//! Names for new stores.

/// How many random bytes a backend id is made of, one a character.
pub const ENTROPY: usize = 21;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// A nanoid as the reference server makes them: 21 characters of `A-Za-z0-9_-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendId(String);

impl BackendId {
    /// Spells out random bytes.
    pub fn new(entropy: [u8; ENTROPY]) -> Self {
        Self(entropy.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 64)])).collect())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_random_byte_becomes_one_character() {
        let bytes = std::array::from_fn(|i| u8::try_from(i * 12).unwrap());
        assert_eq!(BackendId::new(bytes).as_str(), "AMYkw8IUgs4EQco0AMYkw");
        assert_eq!(BackendId::new([255; ENTROPY]).as_str(), "-".repeat(ENTROPY));
    }
}
