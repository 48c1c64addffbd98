//! People who work while the worker is away or cannot do its work; each test has a worker of its own.

use tests::patience::CONVERGENCE;

use crate::app::{App, DESKTOP};

#[tokio::test]
async fn what_was_done_while_the_worker_was_dead_comes_together() {
    let mut app = App::start().await;
    let ada = app.open("alone", DESKTOP).await;
    let ben = app.open("alone", DESKTOP).await;
    ada.adds("Before").await;
    ben.sees_tasks("todo", &["Before"]).await;

    ada.sees("navigator.serviceWorker.controller !== null").await;
    app.world.kill();
    ada.is_told("Offline").await;
    ada.adds("Ada's").await;
    ben.adds("Ben's").await;
    ada.is_told("Offline, 1 change waiting").await;
    ben.is_told("Offline, 1 change waiting").await;
    ada.sees_tasks("todo", &["Ada's", "Before"]).await;

    ada.picture("offline").await;
    // Her browser keeps the app itself, too.
    ada.reload().await;
    ada.sees_tasks("todo", &["Ada's", "Before"]).await;
    ada.is_told("Offline, 1 change waiting").await;

    ada.says("Hello").await;
    ada.sees(
        "document.querySelector('.answer[data-outcome=failed] .ended p').textContent.includes('broke off')",
    )
    .await;

    app.world.restart().await;
    for person in [&ada, &ben] {
        person.until(CONVERGENCE, "document.querySelector('#status')?.textContent === 'Synced'").await;
        person.sees("document.querySelectorAll('.card').length === 3").await;
    }
    let order = "[...document.querySelectorAll('.card')].map((it) => it.dataset.task).join()";
    assert_eq!(ada.eval(order).await, ben.eval(order).await);
    ada.chooses("Retry").await;
    ada.sees("document.querySelector('.answer:last-child[data-outcome=done]')").await;
    ada.adds("After").await;
    ben.sees("document.querySelectorAll('.card').length === 4").await;
    ada.leave().await;
    ben.leave().await;
}

#[tokio::test]
async fn a_change_that_the_relay_refuses_is_told_and_kept() {
    let app = App::start().await;
    let ada = app.open("refused", DESKTOP).await;
    ada.adds("Before").await;
    ada.synced().await;
    let database = app.world.database();
    database.execute_batch("ALTER TABLE events RENAME TO away").expect("the table is there");
    ada.adds("Refused").await;
    ada.sees("document.querySelector('.notice')?.innerText.includes('are kept here but do not sync')").await;
    ada.sees_tasks("todo", &["Refused", "Before"]).await;
    ada.picture("refused").await;
    ada.leave().await;
}
