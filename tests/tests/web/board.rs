//! A board and the people who share it.

use generator::stored::client::Relay;
use tests::ADMIN_TOKEN;
use tests::patience::{ANSWER, until};

use crate::app::{App, DESKTOP};

#[tokio::test]
async fn two_people_see_the_same_board_at_once() {
    let app = App::shared().await;
    let ada = app.open("shared", DESKTOP).await;
    let ben = app.open("shared", DESKTOP).await;
    ada.adds("Milk").await;
    ada.adds("Tea").await;
    ben.sees_tasks("todo", &["Tea", "Milk"]).await;

    // Ben completes one and renames the other; Ada deletes and takes it back.
    ben.click("[data-column=todo] .card:first-child .check").await;
    ada.sees_tasks("done", &["Tea"]).await;
    ben.click("[data-column=todo] .card button.title").await;
    ben.press("Oat milk\n").await;
    ada.sees_tasks("todo", &["Oat milk"]).await;
    ada.chooses("Delete Oat milk").await;
    ben.sees_tasks("todo", &[]).await;
    ada.click("#undo").await;
    ben.sees_tasks("todo", &["Oat milk"]).await;
    ada.picture("board").await;
    ada.leave().await;
    ben.leave().await;
}

#[tokio::test]
async fn a_reload_and_another_tab_find_everything_again() {
    let app = App::shared().await;
    let ada = app.open("reloaded", DESKTOP).await;
    ada.adds("Milk").await;
    ada.sees_tasks("todo", &["Milk"]).await;
    ada.synced().await;
    ada.reload().await;
    ada.sees_tasks("todo", &["Milk"]).await;
    // The board that was open last.
    ada.go(&app.world.url("/")).await;
    ada.sees_tasks("todo", &["Milk"]).await;
    assert_eq!(ada.address().await, app.world.url("/s/reloaded"));
    ada.leave().await;
}

#[tokio::test]
async fn who_comes_first_gets_a_board_of_their_own() {
    let app = App::shared().await;
    let ada = app.visit("/", DESKTOP).await;
    ada.synced().await;
    let (first, start) = (ada.address().await, app.world.url("/s/board-"));
    assert!(first.starts_with(&start), "{first}");
    ada.leave().await;
}

#[tokio::test]
async fn an_address_without_a_board_says_so() {
    let app = App::shared().await;
    let ada = app.visit("/s/no%20board", DESKTOP).await;
    ada.sees("document.body.innerText.includes('There is nothing at this address')").await;
    ada.picture("nowhere").await;
    ada.click("main a").await;
    ada.synced().await;
    ada.leave().await;
}

#[tokio::test]
async fn a_board_that_was_set_up_anew_on_the_server_can_be_started_anew() {
    let app = App::shared().await;
    let ada = app.open("anew", DESKTOP).await;
    ada.adds("Old").await;
    until(ANSWER, async || match app.world.events("anew")?.len() {
        1 => Ok(()),
        count => Err(format!("the server has {count} events")),
    })
    .await;
    let relay = Relay::new(&app.world.url("/admin"), ADMIN_TOKEN.to_owned());
    let reset = tokio::task::spawn_blocking(move || relay.reset("anew")).await;
    reset.expect("the reset does not panic").expect("the store is reset");
    ada.sees("document.querySelector('.notice')?.innerText.includes('set up anew on the server')").await;
    ada.picture("anew").await;
    ada.chooses("Start anew").await;
    ada.synced().await;
    ada.sees_tasks("todo", &[]).await;
    ada.leave().await;
}
