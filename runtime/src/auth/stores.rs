//! Which stores a token opens.

use glue::auth::Pattern;

use super::claims::Claims;
use super::{Grant, Refusal};

/// What the claims grant in the store that the URL names. Who may write may read.
pub fn grant(claims: &Claims, read: &[Pattern], write: &[Pattern], store_id: &str) -> Result<Grant, Refusal> {
    let opened = |patterns: &[Pattern]| patterns.iter().any(|pattern| opens(pattern, claims, store_id));
    let write = opened(write);
    if write || opened(read) { Ok(Grant { write, until: Some(claims.until) }) } else { Err(Refusal::Store) }
}

fn opens(pattern: &Pattern, claims: &Claims, store_id: &str) -> bool {
    let rest = store_id.strip_prefix(pattern.before);
    match (rest, pattern.claim) {
        (None, _) => false,
        (Some(rest), None) => pattern.open || rest.is_empty(),
        // The issuer lists which stores, by patterns of its own. A claim with one value may be a user's choice.
        (Some(rest), Some(claim)) if is_alone(pattern) => {
            let is_list = claims.is_list(claim);
            claims.texts(claim).any(|value| match value.strip_suffix('*').filter(|_| is_list) {
                Some(before) => rest.starts_with(before),
                None => rest == value,
            })
        }
        // A value within the spec's own text stands for itself: a user may have chosen it.
        (Some(rest), Some(claim)) => claims.texts(claim).any(|value| {
            let rest = rest.strip_prefix(value).and_then(|rest| rest.strip_prefix(pattern.after));
            rest.is_some_and(|rest| pattern.open || rest.is_empty())
        }),
    }
}

/// Whether a pattern is a claim and nothing else.
fn is_alone(pattern: &Pattern) -> bool {
    pattern.before.is_empty() && pattern.after.is_empty() && !pattern.open
}

#[cfg(test)]
mod tests {
    use glue::auth::Algorithm;
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::claims::{Rules, check};
    use crate::auth::token::Token;

    const UNTIL: u64 = 1_795_000_000;

    /// `before{claim}after`, with `*` if it is open.
    fn pattern(
        before: &'static str,
        claim: Option<&'static str>,
        after: &'static str,
        open: bool,
    ) -> Pattern {
        Pattern { before, claim, after, open }
    }

    fn claims(mut claims: Value) -> Claims {
        claims["exp"] = json!(UNTIL);
        let token = Token {
            algorithm: Algorithm::Es256,
            key_id: None,
            signed: b"",
            signature: Vec::new(),
            claims: claims.to_string().into_bytes(),
        };
        check(&token, &Rules::default(), 0).unwrap()
    }

    /// Which of the stores the pattern opens to a bearer of these claims.
    fn opened<'a>(pattern: Pattern, of: Value, stores: &[&'a str]) -> Vec<&'a str> {
        let claims = claims(of);
        let opens = |store: &&str| grant(&claims, &[], &[pattern], store).is_ok();
        stores.iter().copied().filter(opens).collect()
    }

    #[test]
    fn a_text_opens_the_store_of_that_id_alone() {
        let stores = ["public", "public-1", "publi", ""];
        assert_eq!(opened(pattern("public", None, "", false), json!({}), &stores), ["public"]);
        assert_eq!(opened(pattern("public", None, "", true), json!({}), &stores), ["public", "public-1"]);
        assert_eq!(opened(pattern("", None, "", true), json!({}), &stores), stores);
    }

    #[test]
    fn a_claim_that_stands_alone_has_ids_and_patterns() {
        let all = pattern("", Some("stores"), "", false);
        let stores = ["team-1/a", "team-1/b", "team-10/a", "own"];
        assert_eq!(opened(all, json!({ "stores": "own" }), &stores), ["own"]);
        assert_eq!(
            opened(all, json!({ "stores": ["team-1/*", "own"] }), &stores),
            ["team-1/a", "team-1/b", "own"]
        );
        assert_eq!(opened(all, json!({ "stores": ["*"] }), &stores), stores);
        // A user may have chosen a value that stands alone.
        for none in [
            json!({ "stores": "*" }),
            json!({}),
            json!({ "stores": [] }),
            json!({ "stores": "" }),
            json!({ "stores": 1 }),
        ] {
            assert_eq!(opened(all, none, &stores), [] as [&str; 0]);
        }
    }

    #[test]
    fn a_value_within_a_text_stands_for_itself() {
        let user = pattern("user-", Some("sub"), "", false);
        let stores = ["user-ada", "user-ben", "user-*", "user-"];
        assert_eq!(opened(user, json!({ "sub": "ada" }), &stores), ["user-ada"]);
        assert_eq!(opened(user, json!({ "sub": "*" }), &stores), ["user-*"]);
        assert_eq!(opened(user, json!({ "sub": "" }), &stores), [] as [&str; 0]);
        let team = pattern("", Some("team"), "/", true);
        let stores = ["t1/a", "t1/", "t10/a", "t1", "/a"];
        assert_eq!(opened(team, json!({ "team": "t1" }), &stores), ["t1/a", "t1/"]);
        assert_eq!(opened(team, json!({ "team": "*" }), &stores), [] as [&str; 0]);
    }

    #[test]
    fn who_may_write_may_read_and_not_the_other_way_round() {
        let claims = claims(json!({}));
        let (read, write) = ([pattern("r", None, "", false)], [pattern("w", None, "", false)]);
        let granted = |store| grant(&claims, &read, &write, store);
        assert_eq!(granted("r"), Ok(Grant { write: false, until: Some(UNTIL) }));
        assert_eq!(granted("w"), Ok(Grant { write: true, until: Some(UNTIL) }));
        assert_eq!(granted("x"), Err(Refusal::Store));
    }
}
