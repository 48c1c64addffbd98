//! JSON Web Tokens: signed with a shared key, and with keys of an issuer that exchanges them.

use std::time::Duration;

use serde_json::{Value, json};
use tests::issuer::{Issuer, from_now};
use tests::livestore::{Store, created};
use tests::patience::until;
use tests::project::{KEY_SET, SHARED_KEY};
use tests::wire::{Introduction, Socket, event, failed, stored};
use tests::world::{Values, World};

const SHARED: &str = "a shared key of at least 32 characters";

/// What `auth.users.leeway` and the rounding of seconds leave of a token that has expired, and time to spare.
const EXPIRED: Duration = Duration::from_secs(20);

async fn open(world: &World, store_id: &str, token: &str) -> Result<Socket, (u16, String)> {
    Socket::open_as(world.address(), store_id, &Introduction { token: Some(token), headers: &[] }).await
}

async fn let_in(world: &World, store_id: &str, token: &str) -> Socket {
    open(world, store_id, token).await.unwrap_or_else(|refusal| panic!("refused: {refusal:?}"))
}

async fn refused(world: &World, store_id: &str, token: &str) -> (u16, String) {
    match open(world, store_id, token).await {
        Ok(_) => panic!("let in to {store_id} with {token}"),
        Err(refusal) => refusal,
    }
}

async fn with_shared_key() -> (World, Issuer) {
    let secrets = format!("JWT_KEY=\"{SHARED}\"");
    (World::start_with(SHARED_KEY, Values { secrets, vars: Vec::new() }).await, Issuer::start().await)
}

async fn with_key_set() -> (World, Issuer) {
    let issuer = Issuer::start().await;
    let vars = vec![("JWKS_URL", issuer.jwks.clone())];
    (World::start_with(KEY_SET, Values { secrets: String::new(), vars }).await, issuer)
}

/// Claims of Ada, for a minute.
fn ada(stores: &Value) -> Value {
    json!({ "sub": "ada", "aud": "app", "exp": from_now(60), "stores": stores })
}

#[tokio::test]
async fn a_token_opens_the_stores_that_its_claims_name() {
    let (world, mut issuer) = with_shared_key().await;
    let token = issuer.shared(SHARED, &ada(&json!({ "read": "news", "write": ["team-1/*"] }))).await;
    for store in ["user-ada", "team-1/board"] {
        let mut socket = let_in(&world, store, &token).await;
        let backend_id = socket.backend_id().await;
        socket.store(&backend_id, &[event(1)]).await;
    }
    for store in ["user-ben", "team-10/board", "team-1", "others"] {
        let sentence = "The token does not open this store.".to_owned();
        assert_eq!(refused(&world, store, &token).await, (403, sentence), "{store}");
    }
}

#[tokio::test]
async fn a_reader_gets_what_others_push_and_may_not_push() {
    let (world, mut issuer) = with_shared_key().await;
    let reads = issuer.shared(SHARED, &ada(&json!({ "read": "news" }))).await;
    let writes = issuer.shared(SHARED, &ada(&json!({ "write": "news" }))).await;
    // The header by which the worker tells the object what was granted is the worker's alone.
    let introduction = Introduction { token: Some(&reads), headers: &[("x-relay-grant", "w")] };
    let reader = Socket::open_as(world.address(), "news", &introduction).await;
    let mut reader = reader.unwrap_or_else(|refusal| panic!("refused: {refusal:?}"));
    let mut writer = let_in(&world, "news", &writes).await;
    let pull = reader.pull(true).await;
    let backend_id = reader.chunk(&pull).await.backend_id;
    let push = reader.push(&backend_id, &[event(1)]).await;
    let why = "this client may read the store, and not push to it";
    let error = json!({ "cause": { "name": "Error", "message": why }, "_tag": "UnknownError" });
    assert_eq!(reader.receive().await, failed(&push, &error));
    let push = writer.push(&backend_id, &[event(1)]).await;
    assert_eq!(writer.receive().await, stored(&push));
    assert_eq!(reader.chunk(&pull).await.seq_nums(), [1]);
}

#[tokio::test]
async fn a_token_that_is_not_as_the_spec_says_is_refused_with_the_reason() {
    let (world, mut issuer) = with_shared_key().await;
    let good = ada(&json!({}));
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let mut tokens = vec![
        (
            issuer.shared("another shared key of 32 characters", &good).await,
            "The token's signature is not good.",
        ),
        (
            issuer.shared(SHARED, &with("exp", json!(from_now(-1)))).await,
            "The token has expired: get a new one.",
        ),
        (issuer.shared(SHARED, &with("nbf", json!(from_now(60)))).await, "The token does not hold yet."),
        (issuer.shared(SHARED, &with("aud", json!("other"))).await, "The token is for another audience."),
        (issuer.shared(SHARED, &with("sub", json!(null))).await, "The token lacks the claim `sub`."),
    ];
    issuer.rotate("k", "ES256").await;
    let signed_otherwise = issuer.token("k", "ES256", &good).await;
    tokens.push((signed_otherwise, "The token is signed with an algorithm that is not taken here."));
    for (token, sentence) in tokens {
        assert_eq!(refused(&world, "user-ada", &token).await, (401, sentence.to_owned()));
    }
}

#[tokio::test]
async fn a_client_whose_token_expires_is_closed_as_it_retries() {
    let (world, mut issuer) = with_shared_key().await;
    let mut claims = ada(&json!({}));
    claims["exp"] = json!(from_now(5));
    let token = issuer.shared(SHARED, &claims).await;
    let mut socket = let_in(&world, "user-ada", &token).await;
    let backend_id = socket.backend_id().await;
    // A token that is refused is one that has expired.
    until(EXPIRED, async || match open(&world, "user-ada", &token).await {
        Ok(_) => Err("the token still holds".to_owned()),
        Err(_) => Ok(()),
    })
    .await;
    socket.push(&backend_id, &[event(1)]).await;
    assert_eq!(socket.close_code().await, 1011);
    // What was pushed too late was not taken.
    let again = issuer.shared(SHARED, &ada(&json!({}))).await;
    assert_eq!(let_in(&world, "user-ada", &again).await.history().await.0, [] as [Value; 0]);
}

#[tokio::test]
async fn a_real_client_with_a_token_in_its_payload_syncs() {
    let (world, mut issuer) = with_shared_key().await;
    let token = issuer.shared(SHARED, &ada(&json!({}))).await;
    let mut one = Store::open_as(world.address(), "user-ada", "one", &token).await;
    let mut other = Store::open_as(world.address(), "user-ada", "other", &token).await;
    one.commit(&[created("tea", "Buy tea")]).await;
    other.shows("the to-do of the other", |state| state.todos.contains_key("tea")).await;
    one.close().await;
    other.close().await;
}

#[tokio::test]
async fn keys_of_a_set_are_taken_as_the_issuer_exchanges_them() {
    let (world, mut issuer) = with_key_set().await;
    let claims = json!({ "iss": "https://issuer.example", "exp": from_now(600) });
    let mut earlier: Option<String> = None;
    for (name, algorithm) in [("k1", "ES256"), ("k2", "ES256"), ("k3", "RS256"), ("k4", "EdDSA")] {
        issuer.rotate(name, algorithm).await;
        let token = issuer.token(name, algorithm, &claims).await;
        // The set is not asked for again at once.
        until(EXPIRED, async || match open(&world, "set", &token).await {
            Ok(_) => Ok(()),
            Err((401, _)) => Err(format!("the key {name} is not known")),
            Err(refusal) => panic!("{algorithm}: {refusal:?}"),
        })
        .await;
        if let Some(earlier) = earlier.replace(token) {
            let unknown = "The token is signed with a key that is not known here.".to_owned();
            assert_eq!(refused(&world, "set", &earlier).await, (401, unknown), "{name} has replaced its key");
        }
    }
}

/// Whoever knows a public key could otherwise sign with it as if it were shared.
#[tokio::test]
async fn a_token_signed_with_anything_but_a_key_of_the_set_is_refused() {
    let (world, mut issuer) = with_key_set().await;
    issuer.rotate("k1", "ES256").await;
    let claims = json!({ "iss": "https://issuer.example", "exp": from_now(60) });
    let shared = issuer.shared(SHARED, &claims).await;
    let not_taken = "The token is signed with an algorithm that is not taken here.".to_owned();
    assert_eq!(refused(&world, "set", &shared).await, (401, not_taken));

    let good = issuer.token("k1", "ES256", &claims).await;
    let_in(&world, "set", &good).await;
    let other =
        issuer.token("k1", "ES256", &json!({ "iss": "https://other.example", "exp": from_now(60) })).await;
    assert_eq!(refused(&world, "set", &other).await, (401, "The token is of another issuer.".to_owned()));
    // The claims of one and the signature of the other.
    let (text, _) = other.rsplit_once('.').unwrap();
    let (_, signature) = good.rsplit_once('.').unwrap();
    let forged = format!("{text}.{signature}");
    assert_eq!(refused(&world, "set", &forged).await, (401, "The token's signature is not good.".to_owned()));
}
