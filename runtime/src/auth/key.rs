//! Keys with which signatures are checked: PEM, JSON Web Keys (RFC 7517) and shared secrets.
//!
//! Each key is of one algorithm, which follows from what it is, so that none can be taken for one of another kind
//! (RFC 8725, section 2.1).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use glue::auth::Algorithm;
use serde::Deserialize;
use serde_json::{Value, json};

use super::token::{self, Token};

/// A shared key has at least as many bytes as its hash (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;

/// RSA keys of 2,048 bits (RFC 7518, section 3.3) up to 8,192: greater ones cost time alone.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1_024;

/// Most keys of a set.
const MAX_KEYS: usize = 100;

/// A key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    id: Option<String>,
    /// What it is for, and nothing else.
    pub algorithm: Algorithm,
    /// The key itself.
    pub material: Material,
}

/// A key as WebCrypto imports it.
#[derive(Clone, PartialEq, Eq)]
pub enum Material {
    /// The bytes of a shared key (`raw`).
    Secret(Vec<u8>),
    /// A public key in DER (`spki`).
    Spki(Vec<u8>),
    /// A public key in JSON (`jwk`).
    Jwk(Value),
}

/// A key may be secret, so its bytes are not shown.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The members of a key that matter (RFC 7517, section 4; RFC 7518, section 6; RFC 8037).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    k: Option<String>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// Reads a key of the spec: a set, a JSON Web Key, a public key as PEM, or else the characters of a shared key. The error
/// says what is wrong and holds nothing of it.
pub fn parse(text: &str) -> Result<Vec<Key>, &'static str> {
    let text = text.trim();
    if text.starts_with('{') {
        let value: Value = serde_json::from_str(text).ok().ok_or("it is no JSON")?;
        if value.get("keys").is_some() {
            return set(text).filter(|keys| !keys.is_empty()).ok_or("the set has no key that can be used");
        }
        return jwk(value).map(|key| vec![key]).ok_or("it is no JSON Web Key that can be used");
    }
    if text.starts_with("-----BEGIN") {
        return pem(text).map(|key| vec![key]);
    }
    match text.len() {
        MIN_SECRET.. => {
            let material = Material::Secret(text.as_bytes().to_owned());
            Ok(vec![Key { id: None, algorithm: Algorithm::Hs256, material }])
        }
        _ => Err("a shared key has at least 32 characters"),
    }
}

/// The public keys of a set. What cannot be used is left out (RFC 7517, section 5); None if it is no set.
pub fn set(text: &str) -> Option<Vec<Key>> {
    let set: Set = serde_json::from_str(text).ok()?;
    Some(set.keys.into_iter().take(MAX_KEYS).filter_map(jwk).collect())
}

/// The key for a token: that of its algorithm and name. A key without a name is tried whatever the token says, and a
/// token without one is tried where there is no choice.
pub fn select<'a>(keys: &'a [Key], token: &Token<'_>) -> Option<&'a Key> {
    let mut fitting = keys.iter().filter(|key| {
        let named = key.id.is_none() || token.key_id.is_none() || key.id == token.key_id;
        key.algorithm == token.algorithm && named
    });
    let first = fitting.next()?;
    (token.key_id.is_some() && first.id.is_some() || fitting.next().is_none()).then_some(first)
}

fn jwk(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let verifies = jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if jwk.usage.as_ref().is_some_and(|usage| usage != "sig") || !verifies {
        return None;
    }
    let bytes = |member: &Option<String>| URL_SAFE_NO_PAD.decode(member.as_ref()?).ok();
    let of_length = |member, length| bytes(member).filter(|bytes| bytes.len() == length);
    // Only what is public goes into the key, whatever else is there.
    let (algorithm, material) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            bytes(&jwk.n).filter(|n| RSA_BYTES.contains(&n.len()))?;
            bytes(&jwk.e)?;
            let key = json!({ "kty": "RSA", "n": jwk.n, "e": jwk.e });
            (Algorithm::Rs256, Material::Jwk(key))
        }
        ("EC", Some("P-256")) => {
            of_length(&jwk.x, 32)?;
            of_length(&jwk.y, 32)?;
            let key = json!({ "kty": "EC", "crv": "P-256", "x": jwk.x, "y": jwk.y });
            (Algorithm::Es256, Material::Jwk(key))
        }
        ("OKP", Some("Ed25519")) => {
            of_length(&jwk.x, 32)?;
            let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": jwk.x });
            (Algorithm::EdDsa, Material::Jwk(key))
        }
        ("oct", _) => {
            let secret = bytes(&jwk.k).filter(|secret| secret.len() >= MIN_SECRET)?;
            (Algorithm::Hs256, Material::Secret(secret))
        }
        _ => return None,
    };
    let fits = jwk.alg.as_deref().is_none_or(|alg| token::words(algorithm).contains(&alg));
    fits.then_some(Key { id: jwk.kid, algorithm, material })
}

/// A `SubjectPublicKeyInfo` (RFC 5280, RFC 7468), told by how it begins. Lines may also be parted by `\n` as two
/// characters, as files of secrets have them.
fn pem(text: &str) -> Result<Key, &'static str> {
    const RSA: &[u8] = &[
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82,
    ];
    const P256: &[u8] = &[
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    let text = text.replace("\\n", "\n");
    let body = text
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|text| text.strip_suffix("-----END PUBLIC KEY-----"))
        .ok_or("it is a PEM of something else: write one that says `BEGIN PUBLIC KEY`")?;
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).ok().ok_or("its PEM is damaged")?;
    // After that beginning, an RSA key has 17 bytes beside its modulus, if its exponent is the usual one.
    let algorithm = match der.as_slice() {
        [0x30, 0x82, _, _, rest @ ..] if rest.starts_with(RSA) => {
            let rest = rest.len() - RSA.len();
            if !RSA_BYTES.contains(&rest.saturating_sub(17)) {
                return Err("an RSA key has 2,048 to 8,192 bits");
            }
            Algorithm::Rs256
        }
        der if der.starts_with(P256) => Algorithm::Es256,
        der if der.starts_with(ED25519) => Algorithm::EdDsa,
        _ => return Err("it is no key of RSA, P-256 or Ed25519"),
    };
    Ok(Key { id: None, algorithm, material: Material::Spki(der) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==
-----END PUBLIC KEY-----";

    /// A member of so many bytes.
    fn member(bytes: usize) -> String {
        URL_SAFE_NO_PAD.encode(vec![1; bytes])
    }

    fn ec(more: &Value) -> Value {
        let mut key = json!({ "kty": "EC", "crv": "P-256", "x": member(32), "y": member(32) });
        key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        key
    }

    fn algorithm(text: &str) -> Result<Algorithm, &'static str> {
        parse(text).map(|keys| keys[0].algorithm)
    }

    fn token(algorithm: Algorithm, key_id: Option<&str>) -> Token<'static> {
        let key_id = key_id.map(str::to_owned);
        Token { algorithm, key_id, signed: b"", signature: Vec::new(), claims: Vec::new() }
    }

    #[test]
    fn a_key_has_the_algorithm_that_follows_from_what_it_is() {
        let rsa = json!({ "kty": "RSA", "n": member(256), "e": "AQAB" });
        let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": member(32), "alg": "EdDSA" });
        let oct = json!({ "kty": "oct", "k": member(32) });
        for (key, expected) in [
            (rsa.to_string(), Algorithm::Rs256),
            (ec(&json!({})).to_string(), Algorithm::Es256),
            (ed.to_string(), Algorithm::EdDsa),
            (oct.to_string(), Algorithm::Hs256),
            (P256.to_owned(), Algorithm::Es256),
            (P256.replace('\n', "\\n"), Algorithm::Es256),
            ("a shared key of at least 32 bytes".to_owned(), Algorithm::Hs256),
        ] {
            assert_eq!(algorithm(&key), Ok(expected), "{key}");
        }
    }

    /// The classic confusion: a token signed with the public key as if it were shared.
    #[test]
    fn a_public_key_is_never_taken_for_a_shared_one() {
        let keys = parse(P256).unwrap();
        assert_eq!(select(&keys, &token(Algorithm::Hs256, None)), None);
        assert!(select(&keys, &token(Algorithm::Es256, None)).is_some());
    }

    #[test]
    fn a_key_that_cannot_be_used_is_refused_with_a_reason() {
        for (key, why) in [
            ("short".to_owned(), "a shared key has at least 32 characters"),
            ("{".to_owned(), "it is no JSON"),
            (r#"{"keys":[]}"#.to_owned(), "the set has no key that can be used"),
            (
                json!({ "kty": "RSA", "n": member(128), "e": "AQAB" }).to_string(),
                "it is no JSON Web Key that can be used",
            ),
            (json!({ "kty": "oct", "k": member(31) }).to_string(), "it is no JSON Web Key that can be used"),
            (ec(&json!({ "use": "enc" })).to_string(), "it is no JSON Web Key that can be used"),
            (ec(&json!({ "key_ops": ["sign"] })).to_string(), "it is no JSON Web Key that can be used"),
            (ec(&json!({ "alg": "ES384" })).to_string(), "it is no JSON Web Key that can be used"),
            (ec(&json!({ "crv": "P-384" })).to_string(), "it is no JSON Web Key that can be used"),
            (
                P256.replace("PUBLIC", "PRIVATE"),
                "it is a PEM of something else: write one that says `BEGIN PUBLIC KEY`",
            ),
            (P256.replace("MFkw", "MF!w"), "its PEM is damaged"),
            (P256.replace("MFkw", "MFkx"), "it is no key of RSA, P-256 or Ed25519"),
        ] {
            assert_eq!(algorithm(&key), Err(why), "{key}");
        }
    }

    #[test]
    fn nothing_private_of_a_key_is_kept() {
        let key = &parse(&ec(&json!({ "d": member(32) })).to_string()).unwrap()[0];
        let Material::Jwk(material) = &key.material else { panic!("{key:?}") };
        assert_eq!(material.get("d"), None);
    }

    #[test]
    fn what_cannot_be_used_of_a_set_is_left_out() {
        let keys = json!({ "keys": [ec(&json!({ "kid": "a" })), { "kty": "new" }, 1, ec(&json!({ "kid": "b", "use": "enc" }))] });
        let keys = set(&keys.to_string()).unwrap();
        assert_eq!(keys.iter().map(|key| key.id.as_deref()).collect::<Vec<_>>(), [Some("a")]);
        assert_eq!(set("[]"), None);
    }

    #[test]
    fn a_token_is_checked_with_the_key_that_it_names() {
        let keys = json!({ "keys": [ec(&json!({ "kid": "a" })), ec(&json!({ "kid": "b" }))] });
        let keys = parse(&keys.to_string()).unwrap();
        let chosen = |name| select(&keys, &token(Algorithm::Es256, name)).and_then(|key| key.id.as_deref());
        assert_eq!((chosen(Some("a")), chosen(Some("b"))), (Some("a"), Some("b")));
        assert_eq!((chosen(Some("c")), chosen(None)), (None, None));
        assert_eq!(select(&keys, &token(Algorithm::Rs256, Some("a"))), None);
    }

    #[test]
    fn a_token_that_names_no_key_is_checked_with_the_only_one() {
        let keys = parse(&ec(&json!({ "kid": "a" })).to_string()).unwrap();
        assert!(select(&keys, &token(Algorithm::Es256, None)).is_some());
        assert!(select(&parse(P256).unwrap(), &token(Algorithm::Es256, Some("any"))).is_some());
    }

    #[test]
    fn a_key_is_not_shown() {
        let shown = format!("{:?}", parse("a shared key of at least 32 bytes").unwrap());
        assert_eq!(shown, "[Key { id: None, algorithm: Hs256, .. }]");
    }
}
