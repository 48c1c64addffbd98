//! People who work while the worker is away; each test has a worker of its own.

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

    app.world.restart().await;
    for person in [&ada, &ben] {
        person.until(CONVERGENCE, "document.querySelector('#status')?.textContent === 'Synced'").await;
        person.sees("document.querySelectorAll('.card').length === 3").await;
    }
    let order = "[...document.querySelectorAll('.card')].map((it) => it.dataset.task).join()";
    assert_eq!(ada.eval(order).await, ben.eval(order).await);
    ada.adds("After").await;
    ben.sees("document.querySelectorAll('.card').length === 4").await;
    ada.leave().await;
    ben.leave().await;
}
