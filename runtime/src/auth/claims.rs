//! What a token says once its signature was found good: RFC 7519, section 4.1.

use serde_json::{Map, Value};

use super::Refusal;
use super::token::Token;

/// What the claims have to be.
#[derive(Debug, Clone, Default)]
pub struct Rules<'a> {
    /// Who has made the token.
    pub issuer: Option<&'a str>,
    /// Whom it is for: one of these.
    pub audience: Vec<&'a str>,
    /// By how many seconds clocks may differ.
    pub leeway: u64,
    /// Claims that there must be.
    pub require: &'a [&'a str],
}

/// Claims that keep the rules.
#[derive(Debug, PartialEq)]
pub struct Claims {
    claims: Map<String, Value>,
    /// Until when they hold, in seconds since 1970: `exp` with the leeway.
    pub until: u64,
}

/// Judges the claims of a token at `now`, in seconds since 1970. Its signature must have been found good.
pub fn check(token: &Token<'_>, rules: &Rules<'_>, now: u64) -> Result<Claims, Refusal> {
    let claims: Map<String, Value> = serde_json::from_slice(&token.claims)
        .ok()
        .ok_or(Refusal::Malformed("its claims are no JSON object"))?;
    let exp = seconds(&claims, "exp")?.ok_or_else(|| Refusal::Claim("exp".to_owned()))?;
    let until = exp.saturating_add(rules.leeway);
    if until <= now {
        return Err(Refusal::Expired);
    }
    if seconds(&claims, "nbf")?.is_some_and(|from| now.saturating_add(rules.leeway) < from) {
        return Err(Refusal::NotYet);
    }
    if rules.issuer.is_some_and(|issuer| claims.get("iss").and_then(Value::as_str) != Some(issuer)) {
        return Err(Refusal::Issuer);
    }
    // A token that is for somebody is for nobody else (section 4.1.3).
    let is_for_us = match claims.get("aud") {
        None => rules.audience.is_empty(),
        Some(aud) => texts(aud).any(|aud| rules.audience.contains(&aud)),
    };
    if !is_for_us {
        return Err(Refusal::Audience);
    }
    let claims = Claims { claims, until };
    match rules.require.iter().find(|name| claims.get(name).is_none()) {
        Some(name) => Err(Refusal::Claim((*name).to_owned())),
        None => Ok(claims),
    }
}

impl Claims {
    /// A claim by its name, or else by its path with `.` between names; null is none.
    fn get(&self, path: &str) -> Option<&Value> {
        let within = || {
            let mut names = path.split('.');
            let first = self.claims.get(names.next()?)?;
            names.try_fold(first, |value, name| value.get(name))
        };
        self.claims.get(path).or_else(within).filter(|value| !value.is_null())
    }

    /// Whether a claim is a list.
    pub fn is_list(&self, path: &str) -> bool {
        self.get(path).is_some_and(Value::is_array)
    }

    /// The texts of a claim, which is one or a list of them. What is empty or no text is left out.
    pub fn texts(&self, path: &str) -> impl Iterator<Item = &str> {
        self.get(path).into_iter().flat_map(texts).filter(|text| !text.is_empty())
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or(std::slice::from_ref(value));
    list.iter().filter_map(Value::as_str)
}

/// A `NumericDate`: seconds since 1970, perhaps with a fraction, which is left out.
fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, Refusal> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is out of range is at its end"
    )]
    let number = value.as_u64().or_else(|| value.as_f64().map(|seconds| seconds as u64));
    number.map(Some).ok_or(Refusal::Malformed("a time in it is no number"))
}

#[cfg(test)]
mod tests {
    use glue::auth::Algorithm;
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_795_000_000;

    fn rules() -> Rules<'static> {
        Rules { issuer: Some("https://issuer.example"), audience: vec!["app"], leeway: 60, require: &["sub"] }
    }

    fn good() -> Value {
        json!({ "iss": "https://issuer.example", "aud": "app", "sub": "ada", "exp": NOW + 100 })
    }

    fn judged(claims: &Value, rules: &Rules<'_>) -> Result<Claims, Refusal> {
        let token = Token {
            algorithm: Algorithm::Es256,
            key_id: None,
            signed: b"",
            signature: Vec::new(),
            claims: claims.to_string().into_bytes(),
        };
        check(&token, rules, NOW)
    }

    /// Good claims but for one.
    fn with(name: &str, value: Value) -> Result<Claims, Refusal> {
        let mut claims = good();
        claims[name] = value;
        judged(&claims, &rules())
    }

    fn without(name: &str) -> Result<Claims, Refusal> {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        judged(&claims, &rules())
    }

    #[test]
    fn good_claims_hold_until_they_expire_and_clocks_may_differ() {
        assert_eq!(judged(&good(), &rules()).unwrap().until, NOW + 160);
        assert_eq!(with("exp", json!(NOW - 59)).unwrap().until, NOW + 1);
        assert_eq!(with("exp", json!(100.5 + 1_795_000_000.0)).unwrap().until, NOW + 160);
    }

    #[test]
    fn claims_that_have_expired_are_refused() {
        assert_eq!(with("exp", json!(NOW - 60)), Err(Refusal::Expired));
        assert_eq!(with("exp", json!(-1)), Err(Refusal::Expired));
        assert_eq!(with("exp", json!(0)), Err(Refusal::Expired));
    }

    #[test]
    fn claims_without_an_end_are_refused() {
        assert_eq!(without("exp"), Err(Refusal::Claim("exp".to_owned())));
        for odd in [json!("2026-01-01"), json!(null), json!([NOW + 100])] {
            assert_eq!(with("exp", odd), Err(Refusal::Malformed("a time in it is no number")));
        }
    }

    #[test]
    fn claims_that_do_not_hold_yet_are_refused() {
        assert!(with("nbf", json!(NOW + 60)).is_ok());
        assert_eq!(with("nbf", json!(NOW + 61)), Err(Refusal::NotYet));
        assert_eq!(with("nbf", json!("soon")), Err(Refusal::Malformed("a time in it is no number")));
    }

    #[test]
    fn another_issuer_is_refused() {
        assert_eq!(with("iss", json!("https://issuer.example/")), Err(Refusal::Issuer));
        assert_eq!(with("iss", json!(["https://issuer.example"])), Err(Refusal::Issuer));
        assert_eq!(without("iss"), Err(Refusal::Issuer));
    }

    #[test]
    fn another_audience_is_refused() {
        assert!(with("aud", json!(["other", "app"])).is_ok());
        for odd in [json!("other"), json!([]), json!(["application"]), json!({ "app": true }), json!(null)] {
            assert_eq!(with("aud", odd), Err(Refusal::Audience));
        }
        assert_eq!(without("aud"), Err(Refusal::Audience));
        let nobody = Rules { audience: Vec::new(), ..rules() };
        assert_eq!(judged(&good(), &nobody), Err(Refusal::Audience));
    }

    #[test]
    fn a_claim_that_is_needed_and_missing_is_named() {
        assert_eq!(without("sub"), Err(Refusal::Claim("sub".to_owned())));
        assert_eq!(with("sub", json!(null)), Err(Refusal::Claim("sub".to_owned())));
    }

    #[test]
    fn claims_are_an_object() {
        assert_eq!(judged(&json!([1]), &rules()), Err(Refusal::Malformed("its claims are no JSON object")));
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_its_path() {
        let mut claims = good();
        claims["app"] = json!({ "stores": ["a", 1, "", "b"] });
        claims["https://app.example.com/stores"] = json!("c");
        let claims = judged(&claims, &rules()).unwrap();
        let texts = |path| claims.texts(path).collect::<Vec<_>>();
        assert_eq!(texts("app.stores"), ["a", "b"]);
        assert_eq!(texts("https://app.example.com/stores"), ["c"]);
        for missing in ["app", "app.stores.a", "app.other", "nothing", ""] {
            assert_eq!(texts(missing), [] as [&str; 0], "{missing}");
        }
    }
}
