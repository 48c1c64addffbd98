//! The language models' route where the tokens of a day are counted.

use std::collections::BTreeMap;

use generator::stand_in::StandIn;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tests::issuer::{Issuer, from_now};
use tests::patience::{ANSWER, answer, until};
use tests::project::BUDGETED;
use tests::world::{Values, World};

const SHARED: &str = "a shared key of at least 32 characters";

async fn ask(world: &World, token: &str, said: &str, stream: bool) -> Response {
    let body = json!({ "messages": [{ "role": "user", "content": said }], "stream": stream });
    let request = Client::new().post(world.url("/v1/chat/completions")).bearer_auth(token).json(&body);
    answer("answer", request.send()).await.unwrap_or_else(|error| panic!("no answer: {error}"))
}

/// As many endless answers as are begun of ten that are asked for at once, and the refusals.
async fn endless(world: &World, token: &str) -> (Vec<Response>, Vec<Response>) {
    let asked = futures_util::future::join_all((0..10).map(|_| ask(world, token, "#slow", true))).await;
    asked.into_iter().partition(|it| it.status() == StatusCode::OK)
}

/// The tokens that each counter has, by user; the deployment's has no name.
fn counters(world: &World) -> BTreeMap<String, i64> {
    let database = world.database_with("tokens");
    let read = || {
        let mut rows = database.prepare("SELECT user_id, tokens FROM tokens")?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()
    };
    read().unwrap_or_else(|error: rusqlite::Error| panic!("the counters cannot be read: {error}"))
}

/// Waits until the deployment's counter fits.
async fn counted(world: &World, fits: impl Fn(i64) -> bool) -> BTreeMap<String, i64> {
    let read = async || match counters(world) {
        counters if fits(counters.get("").copied().unwrap_or_default()) => Ok(counters),
        counters => Err(format!("{counters:?}")),
    };
    until(ANSWER, read).await
}

#[tokio::test]
async fn tokens_of_a_day_are_never_overrun_and_come_back_if_they_are_not_used() {
    let upstream = StandIn::start().unwrap_or_else(|error| panic!("no stand-in: {error}"));
    let secrets = format!("BRAINTRUST_API_KEY=\"bt-st-1\"\nJWT_KEY=\"{SHARED}\"");
    let vars = vec![("BRAINTRUST_URL", upstream.base_url())];
    let world = World::start_with(BUDGETED, Values { secrets, vars }).await;
    let mut issuer = Issuer::start().await;
    let claims = |sub: &str| json!({ "sub": sub, "aud": "app", "exp": from_now(600) });
    let (ada, ben) =
        (issuer.shared(SHARED, &claims("ada")).await, issuer.shared(SHARED, &claims("ben")).await);

    // An answer settles for what it took, and one that fails for nothing.
    assert_eq!(ask(&world, &ada, "plain", false).await.status(), StatusCode::OK);
    let settled = counted(&world, |tokens| tokens == 12).await;
    assert_eq!(settled["subject:ada"], 12);
    assert_eq!(ask(&world, &ada, "#429", false).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&world, &ada, "#html", true).await.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(counted(&world, |tokens| tokens == 12).await["subject:ada"], 12);

    // What is under way counts as the most that it may take, whoever asks at the same moment.
    let asked = upstream.asked().len();
    let (of_ada, refused) = endless(&world, &ada).await;
    assert_eq!((of_ada.len(), refused.len()), (3, 7), "a user's budget");
    let (of_ben, _) = endless(&world, &ben).await;
    assert_eq!(of_ben.len(), 2, "the deployment's budget");
    assert_eq!(upstream.asked().len(), asked + 5, "what is refused goes nowhere");
    let counters = counters(&world);
    assert!(counters["subject:ada"] <= 3_600 && counters[""] <= 5_900, "{counters:?}");
    told(refused).await;

    // Answers that their clients leave settle for what came of them.
    drop((of_ada, of_ben));
    counted(&world, |tokens| tokens < 1_000).await;
    assert_eq!(ask(&world, &ada, "plain", false).await.status(), StatusCode::OK);

    unmetered(&world, &upstream, &ada).await;
}

async fn told(mut refused: Vec<Response>) {
    let refused = refused.pop().unwrap_or_else(|| panic!("nobody was refused"));
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds = refused.headers()["retry-after"].to_str().ok().and_then(|it| it.parse::<u64>().ok());
    assert!(seconds.is_some_and(|it| (1..=86_400).contains(&it)), "{seconds:?}");
    let told: Value = answer("body", refused.json()).await.unwrap_or_else(|error| panic!("no JSON: {error}"));
    assert_eq!(told["error"]["code"], "insufficient_quota");
    assert_eq!(told["error"]["type"], "insufficient_quota");
}

/// Where tokens cannot be counted, no model is asked.
async fn unmetered(world: &World, upstream: &StandIn, token: &str) {
    let database = world.database_with("tokens");
    database.execute_batch("ALTER TABLE tokens RENAME TO gone").unwrap_or_else(|error| panic!("{error}"));
    let asked = upstream.asked().len();
    let refused = ask(world, token, "plain", false).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let told: Value = answer("body", refused.json()).await.unwrap_or_else(|error| panic!("no JSON: {error}"));
    assert_eq!(told["error"]["code"], "budget_unknown");
    assert_eq!(upstream.asked().len(), asked);
}
