//! A JSON Web Token before its signature is checked: RFC 7515 (compact form), RFC 7519 and the advice of RFC 8725.
//!
//! Nothing in a token's header decides what the token is checked with but for its key's name: the algorithms are the
//! spec's, and what the header says of where a key is (`jku`, `jwk`, `x5u`, `x5c`) is never looked at.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use glue::auth::Algorithm;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Refusal;

/// The longest token: URLs are hardly longer.
const MAX_BYTES: usize = 8_192;

/// A token whose signature is still to be checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// How it says that it is signed: one of those that the spec has.
    pub algorithm: Algorithm,
    /// The name of its key, if it has one.
    pub key_id: Option<String>,
    /// What is signed.
    pub signed: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    /// JSON, not to be read before the signature was found good.
    pub(super) claims: Vec<u8>,
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    #[serde(borrow)]
    crit: Option<&'a RawValue>,
}

/// Reads a token that may be signed by one of `algorithms`.
pub fn read<'a>(text: &'a str, algorithms: &[Algorithm]) -> Result<Token<'a>, Refusal> {
    if text.len() > MAX_BYTES {
        return Err(Refusal::Malformed("it is too long"));
    }
    let parts: Vec<&str> = text.split('.').collect();
    let (header, claims, signature) = match parts.as_slice() {
        [header, claims, signature] => (header, claims, signature),
        [_, _, _, _, _] => return Err(Refusal::Malformed("it is encrypted")),
        _ => return Err(Refusal::Malformed("it has not three parts")),
    };
    let bytes =
        |part: &str| URL_SAFE_NO_PAD.decode(part).ok().ok_or(Refusal::Malformed("it is not base64url"));
    let header = bytes(header)?;
    let header: Header<'_> = serde_json::from_slice(&header)
        .ok()
        .ok_or(Refusal::Malformed("its header is not what RFC 7515 says"))?;
    // Whoever knows no extensions must refuse a token that needs one (RFC 7515, section 4.1.11).
    if header.crit.is_some() {
        return Err(Refusal::Malformed("it needs an extension that there is not"));
    }
    if !header.typ.as_deref().is_none_or(is_for_access) {
        return Err(Refusal::Malformed("it is of another type than `JWT`"));
    }
    let algorithm =
        algorithms.iter().find(|it| words(**it).contains(&&*header.alg)).ok_or(Refusal::Algorithm)?;
    let signed = &text.as_bytes()[..text.len() - signature.len() - 1];
    Ok(Token {
        algorithm: *algorithm,
        key_id: header.kid,
        signed,
        signature: bytes(signature)?,
        claims: bytes(claims)?,
    })
}

/// Issuers sign other things with the same keys, such as notices of a logout (RFC 8725, section 3.11).
fn is_for_access(typ: &str) -> bool {
    ["JWT", "at+jwt", "application/at+jwt"].iter().any(|it| it.eq_ignore_ascii_case(typ))
}

/// What tokens and keys call an algorithm: RFC 7518, section 3.1, RFC 8037 and RFC 9864. Capitals count.
pub(super) fn words(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::Hs256 => &["HS256"],
        Algorithm::Rs256 => &["RS256"],
        Algorithm::Es256 => &["ES256"],
        Algorithm::EdDsa => &["EdDSA", "Ed25519"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Algorithm] = &[Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

    /// A token with this header, no claims and the signature `xx`.
    fn with(header: &str) -> String {
        format!("{}.{}.eHg", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode("{}"))
    }

    fn refused(text: &str, algorithms: &[Algorithm]) -> Refusal {
        read(text, algorithms).expect_err(text)
    }

    #[test]
    fn the_signed_part_is_all_before_the_last_dot() {
        let text = with(r#"{"alg":"ES256","kid":"k1","typ":"JWT"}"#);
        let token = read(&text, ALL).unwrap();
        assert_eq!((token.algorithm, token.key_id.as_deref()), (Algorithm::Es256, Some("k1")));
        assert_eq!(token.signed, text.strip_suffix(".eHg").unwrap().as_bytes());
        assert_eq!((token.signature.as_slice(), token.claims.as_slice()), (&b"xx"[..], &b"{}"[..]));
    }

    #[test]
    fn an_algorithm_that_the_spec_has_not_is_refused() {
        for alg in ["none", "None", "NONE", "HS256", "RS384", "PS256", "es256", ""] {
            assert_eq!(refused(&with(&format!(r#"{{"alg":"{alg}"}}"#)), ALL), Refusal::Algorithm, "{alg}");
        }
        assert_eq!(refused(&with(r#"{"alg":"RS256"}"#), &[Algorithm::Hs256]), Refusal::Algorithm);
    }

    #[test]
    fn a_header_that_needs_an_extension_is_refused() {
        for crit in [r#"["exp"]"#, "[]", r#"["b64"]"#, "1"] {
            let text = with(&format!(r#"{{"alg":"ES256","crit":{crit}}}"#));
            assert_eq!(refused(&text, ALL), Refusal::Malformed("it needs an extension that there is not"));
        }
    }

    #[test]
    fn a_key_in_the_header_is_not_looked_at() {
        let text =
            with(r#"{"alg":"ES256","jku":"https://evil.example","jwk":{"kty":"oct","k":"AA"},"x5c":["AA"]}"#);
        assert_eq!(read(&text, ALL).unwrap().key_id, None);
    }

    #[test]
    fn a_token_of_another_type_is_refused() {
        for (typ, taken) in
            [("JWT", true), ("jwt", true), ("at+jwt", true), ("logout+jwt", false), ("dpop+jwt", false)]
        {
            let text = with(&format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#));
            assert_eq!(read(&text, ALL).is_ok(), taken, "{typ}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused_with_a_reason() {
        let good = with(r#"{"alg":"ES256"}"#);
        for (text, why) in [
            (String::new(), "it has not three parts"),
            ("a.b".to_owned(), "it has not three parts"),
            ("a.b.c.d.e".to_owned(), "it is encrypted"),
            (good.replace("eHg", "eHg="), "it is not base64url"),
            (good.replace("eHg", "e+/g"), "it is not base64url"),
            (good.replace("eHg", "eHh"), "it is not base64url"),
            (format!("!{good}"), "it is not base64url"),
            (with("[]"), "its header is not what RFC 7515 says"),
            (with(r#"{"alg":1}"#), "its header is not what RFC 7515 says"),
            (with(r#"{"kid":"k"}"#), "its header is not what RFC 7515 says"),
            (with(r#"{"alg":"ES256","alg":"none"}"#), "its header is not what RFC 7515 says"),
            ("x".repeat(MAX_BYTES + 1), "it is too long"),
        ] {
            assert_eq!(refused(&text, ALL), Refusal::Malformed(why), "{text}");
        }
    }
}
