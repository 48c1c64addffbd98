//! Signatures and random bytes, by the platform's WebCrypto.

use glue::auth::Algorithm;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Result;
use worker::wasm_bindgen_futures::JsFuture;

use crate::auth::key::{Key, Material};
use crate::auth::token::Token;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> std::result::Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> std::result::Result<Promise, JsValue>;
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    get_random_values(&mut bytes);
    bytes
}

/// Whether a token's signature is of a key, which must be for its algorithm. WebCrypto compares shared keys' signatures
/// in constant time.
///
/// # Errors
/// If the platform does not take the key.
pub(super) async fn is_signed(token: &Token<'_>, key: &Key) -> Result<bool> {
    let algorithm = algorithm(key.algorithm)?;
    let (format, material) = match &key.material {
        Material::Secret(bytes) => ("raw", Uint8Array::from(bytes.as_slice()).into()),
        Material::Spki(der) => ("spki", Uint8Array::from(der.as_slice()).into()),
        Material::Jwk(jwk) => ("jwk", js_sys::JSON::parse(&jwk.to_string())?),
    };
    let imported = import_key(format, &material, &algorithm, false, &Array::of1(&"verify".into()))?;
    let key = JsFuture::from(imported).await?;
    let (signature, signed) = (Uint8Array::from(token.signature.as_slice()), Uint8Array::from(token.signed));
    Ok(JsFuture::from(verify(&algorithm, &key, &signature, &signed)?).await?.is_truthy())
}

/// What WebCrypto calls it, for the import and for the check.
fn algorithm(algorithm: Algorithm) -> Result<JsValue> {
    let members: &[(&str, &str)] = match algorithm {
        Algorithm::Hs256 => &[("name", "HMAC"), ("hash", "SHA-256")],
        Algorithm::Rs256 => &[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")],
        Algorithm::Es256 => &[("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")],
        Algorithm::EdDsa => &[("name", "Ed25519")],
    };
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), &(*value).into())?;
    }
    Ok(object.into())
}
