//! The chat, with a stand-in for the models that misbehaves when told to.

use crate::app::{App, DESKTOP};

#[tokio::test]
async fn the_model_works_on_everybodys_board_and_its_work_can_be_undone() {
    let app = App::shared().await;
    let ada = app.open("with-model", DESKTOP).await;
    let ben = app.open("with-model", DESKTOP).await;
    ada.says("create a task Milk").await;
    ben.sees_tasks("todo", &["Milk"]).await;
    ada.sees("document.querySelector('.answer:last-child')?.innerText.includes('I am a stand-in.')").await;

    // The conversation is on Ben's board, too, and outlives a reload.
    ben.click("#chat").await;
    ben.sees("document.querySelector('.log')?.innerText.includes('Added Milk')").await;
    ada.synced().await;
    ada.reload().await;
    ada.sees("document.querySelector('.log')?.innerText.includes('Added Milk')").await;
    ben.picture("chat").await;
    ben.chooses("Undo: Added Milk").await;
    ada.sees_tasks("todo", &[]).await;
    ada.sees("document.querySelector('.log').innerText.includes('Added Milk (undone)')").await;
    ada.leave().await;
    ben.leave().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_says_so_and_can_be_had_again() {
    let app = App::shared().await;
    let ada = app.open("broken-off", DESKTOP).await;
    for word in ["#truncate", "#error-frame"] {
        ada.says(&format!("Hello {word}")).await;
        ada.sees("document.querySelector('.answer:last-child[data-outcome=failed]')").await;
        ada.sees("document.querySelector('.answer:last-child .ended p').textContent.length > 0").await;
    }
    ada.picture("broken-off").await;
    ada.chooses("Retry").await;
    ada.sees("document.querySelectorAll('.answer[data-outcome=failed]').length === 3").await;
    // Byte by byte, also within a character.
    ada.says("Hello #split").await;
    ada.sees(
        "document.querySelector('.answer:last-child[data-outcome=done]')?.innerText.includes('Grüße ☕')",
    )
    .await;
    ada.leave().await;
}

#[tokio::test]
async fn an_answer_can_be_stopped_and_others_see_how_far_it_came() {
    let app = App::shared().await;
    let ada = app.open("stopped", DESKTOP).await;
    let ben = app.open("stopped", DESKTOP).await;
    ada.says("Hello #slow").await;
    ben.click("#chat").await;
    ben.sees("document.querySelector('.answer[data-outcome=open]')?.innerText.includes('tick tick')").await;
    ada.chooses("Stop").await;
    ben.sees("document.querySelector('.answer[data-outcome=stopped]')?.innerText.includes('Stopped.')").await;
    ada.leave().await;
    ben.picture("stopped").await;
    ben.leave().await;
}

#[tokio::test]
async fn who_asked_too_often_is_told_when_to_try_again() {
    let app = App::shared().await;
    let ada = app.open("too-often", DESKTOP).await;
    ada.says("Hello #429").await;
    ada.sees("/^Retry in \\d+ s$/.test(document.querySelector('.ended button')?.textContent)").await;
    ada.picture("too-often").await;
    ada.chooses("Retry").await;
    ada.sees("document.querySelectorAll('.answer').length === 2").await;
    ada.leave().await;
}
