//! The app that the tests share, and how a person uses it.

use std::ops::Deref;
use std::sync::{Arc, Weak};

use generator::stand_in::StandIn;
use tests::patience::ANSWER;
use tests::world::{Values, World};
use tokio::sync::Mutex;

use crate::browser::{Chromium, Window};

/// A desktop's window, in CSS pixels.
pub(crate) const DESKTOP: (u32, u32) = (1280, 900);

/// A phone's.
pub(crate) const PHONE: (u32, u32) = (390, 844);

/// The variable by which the worker is told of a stand-in for the models.
const STAND_IN: &str = "LLM_STAND_IN";

/// A worker, a stand-in for the models and browsers. It runs while any test holds it.
pub(crate) struct App {
    pub(crate) world: World,
    chromium: Chromium,
    _models: StandIn,
}

impl App {
    /// One that nobody else uses.
    pub(crate) async fn start() -> Self {
        let models = StandIn::start().unwrap_or_else(|error| panic!("no stand-in: {error}"));
        let vars = vec![(STAND_IN, models.base_url()), ("BRAINTRUST_API_KEY", "none".to_owned())];
        let chromium = tokio::task::spawn_blocking(Chromium::start);
        let world = World::start_app(Values { secrets: String::new(), vars }).await;
        let chromium =
            chromium.await.expect("chromedriver is started").unwrap_or_else(|error| panic!("{error}"));
        Self { world, chromium, _models: models }
    }

    /// The one that tests share.
    pub(crate) async fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<App>> = Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let app = Arc::new(Self::start().await);
        *shared = Arc::downgrade(&app);
        app
    }

    /// Opens a board in a browser that never was there, and waits until it is in step with the relay.
    pub(crate) async fn open(&self, board: &str, size: (u32, u32)) -> Person {
        let person = self.visit(&format!("/s/{board}"), size).await;
        person.synced().await;
        person
    }

    /// Opens a path in a browser that never was there.
    pub(crate) async fn visit(&self, path: &str, size: (u32, u32)) -> Person {
        Person(self.chromium.open(&self.world.url(path), size).await)
    }
}

/// Somebody at a window.
pub(crate) struct Person(Window);

impl Deref for Person {
    type Target = Window;

    fn deref(&self) -> &Window {
        &self.0
    }
}

impl Person {
    pub(crate) async fn leave(self) {
        self.0.close().await;
    }

    /// Waits until an expression holds.
    pub(crate) async fn sees(&self, expression: &str) {
        self.until(ANSWER, expression).await;
    }

    /// Waits until the bar says so.
    pub(crate) async fn is_told(&self, status: &str) {
        self.sees(&format!("document.querySelector('#status')?.textContent === {status:?}")).await;
    }

    pub(crate) async fn synced(&self) {
        self.is_told("Synced").await;
    }

    /// Waits until a column holds these tasks, from the top.
    pub(crate) async fn sees_tasks(&self, column: &str, titles: &[&str]) {
        let shown = format!(
            "JSON.stringify([...document.querySelectorAll('[data-column={column}] .card button.title')]\
             .map((it) => it.lastChild.textContent))"
        );
        self.sees(&format!("{shown} === {:?}", serde_json::json!(titles).to_string())).await;
    }

    /// Adds a task.
    pub(crate) async fn adds(&self, title: &str) {
        self.click("#new-task").await;
        self.press(format!("{title}\n")).await;
    }

    /// Opens the chat and says something.
    pub(crate) async fn says(&self, text: &str) {
        self.sees("document.querySelector('#chat')").await;
        if self.eval("document.querySelector('#question') === null").await == true {
            self.click("#chat").await;
        }
        self.click("#question").await;
        self.press(format!("{text}\n")).await;
    }

    /// Clicks the button with this name or label.
    pub(crate) async fn chooses(&self, name: &str) {
        let button = format!(
            "[...document.querySelectorAll('button')].find((it) => it.checkVisibility() && \
             it.ariaDisabled !== 'true' && (it.ariaLabel ?? it.textContent) === {name:?})"
        );
        self.sees(&button).await;
        self.eval(&format!("{button}.click()")).await;
    }
}
