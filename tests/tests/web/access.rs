//! The app for everybody: by keyboard alone, in the dark, on a phone, and as axe sees it.

use std::fs;

use serde_json::Value;
use tests::world::root;
use thirtyfour::Key;

use crate::app::{App, DESKTOP, PHONE, Person};

#[tokio::test]
async fn everything_can_be_done_with_the_keyboard() {
    let app = App::shared().await;
    let ada = app.open("by-keys", DESKTOP).await;
    ada.press("n").await;
    ada.sees("document.activeElement.id === 'new-task'").await;
    ada.press("Milk\nTea\n").await;
    ada.sees_tasks("todo", &["Tea", "Milk"]).await;
    // The button, then the first card: its box, its title.
    ada.press(Key::Tab + Key::Tab + Key::Tab).await;
    ada.sees("document.activeElement.matches('.card:first-child button.title')").await;
    ada.press("\n").await;
    ada.sees("document.activeElement.matches('input.title')").await;
    ada.press("Green tea\n").await;
    ada.sees_tasks("todo", &["Green tea", "Milk"]).await;
    ada.sees("document.activeElement.textContent.endsWith('Green tea')").await;
    ada.press_with(Key::Alt, Key::Down).await;
    ada.sees_tasks("todo", &["Milk", "Green tea"]).await;
    ada.press_with(Key::Alt, Key::Right).await;
    ada.sees_tasks("doing", &["Green tea"]).await;
    ada.sees("document.activeElement.closest('[data-column=doing]')").await;
    ada.press_with(Key::Control, "z").await;
    ada.sees_tasks("todo", &["Milk", "Green tea"]).await;
    ada.press("c").await;
    ada.sees("document.activeElement.id === 'question'").await;
    ada.press("create a task Cake\n").await;
    ada.sees_tasks("todo", &["Cake", "Milk", "Green tea"]).await;
    ada.leave().await;
}

const GROUND: &str = "getComputedStyle(document.documentElement).backgroundColor";

#[tokio::test]
async fn the_page_is_dark_where_the_system_is_unless_somebody_chose() {
    let app = App::shared().await;
    let ada = app.open("dark", DESKTOP).await;
    ada.prefer("light").await;
    let light = ada.eval(GROUND).await;
    ada.prefer("dark").await;
    let dark = ada.eval(GROUND).await;
    assert_ne!(light, dark);
    ada.chooses("More").await;
    ada.click("#more select").await;
    ada.press("Light\n").await;
    ada.sees(&format!("{GROUND} === {light}")).await;
    ada.reload().await;
    ada.synced().await;
    assert_eq!(ada.eval(GROUND).await, light, "the choice is forgotten");
    ada.leave().await;
}

/// With tasks, a conversation with all that there is in one, and the list of shortcuts.
#[tokio::test]
async fn axe_finds_nothing_in_light_in_the_dark_and_on_a_phone() {
    let app = App::shared().await;
    for (board, size) in [("axe", DESKTOP), ("axe-phone", PHONE)] {
        let ada = app.open(board, size).await;
        ada.adds("Milk").await;
        ada.click(".card .check").await;
        ada.adds("Tea").await;
        has_no_violations(&ada, &format!("{board}-board")).await;
        ada.says("create a task Cake").await;
        ada.sees("document.querySelectorAll('.answer[data-outcome=done]').length === 2").await;
        ada.says("Hello #truncate").await;
        ada.sees("document.querySelector('.ended button')").await;
        has_no_violations(&ada, &format!("{board}-chat")).await;
        ada.chooses("More").await;
        ada.chooses("Shortcuts").await;
        ada.sees("document.querySelector('dialog[open]')").await;
        has_no_violations(&ada, &format!("{board}-shortcuts")).await;
        ada.leave().await;
    }
    let ada = app.visit("/s/no%20board", PHONE).await;
    ada.sees("document.querySelector('main a')").await;
    has_no_violations(&ada, "axe-nowhere").await;
    ada.leave().await;
}

async fn has_no_violations(person: &Person, shown: &str) {
    let axe = root().join("node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{}: {error}", axe.display()));
    for scheme in ["light", "dark"] {
        person.prefer(scheme).await;
        let run = "axe.run().then((found) => done(found.violations.map(({ id, help, nodes }) => \
            ({ id, help, nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]) }))), \
            (error) => done([String(error)]))";
        let violations = person.eval_later(&format!("{axe}; {run}")).await;
        person.picture(&format!("{shown}-{scheme}")).await;
        let none = Value::Array(Vec::new());
        assert_eq!(violations, none, "{shown}, {scheme}: {violations:#}");
    }
}
