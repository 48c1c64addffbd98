//! The language models' route where each user's calls are counted.

use generator::stand_in::StandIn;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tests::issuer::{Issuer, from_now};
use tests::patience::answer;
use tests::project::LIMITED;
use tests::world::{Values, World};

const SHARED: &str = "a shared key of at least 32 characters";

/// More calls than two periods of the spec's limit take, so that one of them is refused wherever a period ends.
const TOO_MANY: usize = 7;

async fn ask(world: &World, token: &str) -> Response {
    let body = json!({ "messages": [{ "role": "user", "content": "Hello" }] });
    let request = Client::new().post(world.url("/v1/chat/completions")).bearer_auth(token).json(&body);
    answer("answer", request.send()).await.unwrap_or_else(|error| panic!("no answer: {error}"))
}

#[tokio::test]
async fn who_asks_too_often_is_told_to_wait_and_others_are_served() {
    let upstream = StandIn::start().unwrap_or_else(|error| panic!("no stand-in: {error}"));
    let secrets = format!("BRAINTRUST_API_KEY=\"bt-st-1\"\nJWT_KEY=\"{SHARED}\"");
    let vars = vec![("BRAINTRUST_URL", upstream.base_url())];
    let world = World::start_with(LIMITED, Values { secrets, vars }).await;
    let mut issuer = Issuer::start().await;
    let claims = |sub: &str| json!({ "sub": sub, "aud": "app", "exp": from_now(600) });
    let (ada, ben) =
        (issuer.shared(SHARED, &claims("ada")).await, issuer.shared(SHARED, &claims("ben")).await);

    let mut answers = Vec::new();
    for _ in 0..TOO_MANY {
        answers.push(ask(&world, &ada).await);
    }
    assert_eq!(answers[0].status(), StatusCode::OK);
    let served = answers.iter().filter(|it| it.status() == StatusCode::OK).count();
    assert_eq!(upstream.asked().len(), served, "what is refused goes nowhere");
    let refused = answers.into_iter().find(|it| it.status() == StatusCode::TOO_MANY_REQUESTS);
    let refused = refused.unwrap_or_else(|| panic!("{TOO_MANY} calls were served"));
    assert_eq!(refused.headers()["retry-after"], "60");
    let id = String::from_utf8_lossy(refused.headers()["x-request-id"].as_bytes()).into_owned();
    let told: Value = answer("body", refused.json()).await.unwrap_or_else(|error| panic!("no JSON: {error}"));
    assert_eq!(told["error"]["code"], "rate_limit_exceeded");
    assert_eq!(told["error"]["request_id"], id.as_str());

    assert_eq!(ask(&world, &ben).await.status(), StatusCode::OK, "each user is counted apart");
}
