//! Headless Chromium, driven by WebDriver: windows of people who share nothing but the worker.
//!
//! Debian's `chromium` and `chromium-driver`, installed when they are missing. Nothing here waits but for a condition of the page.

use std::fmt::Display;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use generator::process::{Program, Running};
use generator::progress::Progress;
use generator::toolchain;
use serde_json::{Value, json};
use tests::patience::{ANSWER, until, within};
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities};

/// How long chromedriver may take until it listens.
const START: Duration = Duration::from_secs(30);

/// What chromedriver says when it listens, before the port.
const LISTENS: &str = "started successfully on port ";

/// Of the environment.
const PICTURES: &str = "PICTURES";

/// Any of them does.
const BROWSERS: [&str; 2] = ["chromium", "google-chrome"];

const ARGUMENTS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A colour on its way to another has the contrast of neither.
    "--force-prefers-reduced-motion",
];

/// A chromedriver that runs. Dropping it ends it and all its browsers.
pub(crate) struct Chromium {
    driver: Mutex<Running>,
    address: String,
}

/// A window of a browser with a profile of its own. The browser ends with [`Chromium`], or with [`Window::close`].
pub(crate) struct Window(WebDriver);

impl Chromium {
    /// Starts chromedriver on a free loopback port. Blocks, for minutes if it has to be installed.
    ///
    /// # Errors
    /// If it cannot be, with what to do.
    pub(crate) fn start() -> Result<Self, String> {
        let found = BROWSERS.into_iter().any(installed) && installed("chromedriver");
        if !found {
            toolchain::debian_packages(&["chromium", "chromium-driver"], &Progress::of_work())
                .map_err(|error| error.to_string())?;
        }
        let mut driver = Program::new("chromedriver")
            .arg("--port=0")
            .remedy("install Chromium and its chromedriver")
            .start()
            .map_err(|error| error.to_string())?;
        let (deadline, mut said) = (Instant::now() + START, Vec::new());
        while Instant::now() < deadline {
            let Some(line) = driver.next_line(Duration::from_millis(100)) else { continue };
            if let Some((_, port)) = line.split_once(LISTENS) {
                let address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                return Ok(Self { driver: Mutex::new(driver), address });
            }
            said.push(line);
        }
        driver.kill();
        Err(driver.too_slow("does not listen", said).to_string())
    }

    /// Opens a window of `width` by `height` CSS pixels on a page, in a browser that knows nothing.
    ///
    /// # Panics
    /// If it does not open.
    pub(crate) async fn open(&self, url: &str, (width, height): (u32, u32)) -> Window {
        let mut capabilities = ChromeCapabilities::new();
        let size = format!("--window-size={width},{height}");
        for argument in ARGUMENTS.into_iter().chain([size.as_str()]) {
            capabilities.add_arg(argument).unwrap_or_else(|error| panic!("{argument}: {error}"));
        }
        let window = Window(done("a browser", WebDriver::new(&self.address, capabilities)).await);
        window
            .cdp(
                "Emulation.setDeviceMetricsOverride",
                json!({
                    "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
                }),
            )
            .await;
        window.go(url).await;
        window
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.driver.get_mut().unwrap_or_else(PoisonError::into_inner).kill();
    }
}

fn installed(program: &str) -> bool {
    Program::new(program).arg("--version").read().is_ok()
}

async fn done<T, E: Display>(what: &str, future: impl IntoFuture<Output = Result<T, E>>) -> T {
    match tokio::time::timeout(ANSWER, future.into_future()).await {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => panic!("{what}: {error}"),
        Err(_) => panic!("{what}: nothing within {} s", ANSWER.as_secs()),
    }
}

impl Window {
    /// Goes to a page.
    ///
    /// # Panics
    /// If it does not load.
    pub(crate) async fn go(&self, url: &str) {
        done(url, self.0.goto(url)).await;
    }

    /// Loads the page again.
    ///
    /// # Panics
    /// If it does not load.
    pub(crate) async fn reload(&self) {
        done("a reload", self.0.refresh()).await;
    }

    /// The address of the page.
    ///
    /// # Panics
    /// If the browser is gone.
    pub(crate) async fn address(&self) -> String {
        done("the address", self.0.current_url()).await.to_string()
    }

    /// What a JavaScript expression yields.
    ///
    /// # Panics
    /// If it throws.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        done(expression, self.0.execute(script, Vec::new())).await.json().clone()
    }

    /// Runs a body of JavaScript that calls `done` with a value some time.
    ///
    /// # Panics
    /// If it throws, or calls nothing.
    pub(crate) async fn eval_later(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        done("a script", self.0.execute_async(script, Vec::new())).await.json().clone()
    }

    /// Waits until a JavaScript expression is truthy.
    ///
    /// # Panics
    /// If it is not in time, with the page's text.
    pub(crate) async fn until(&self, limit: Duration, expression: &str) {
        let script = format!("return !!({expression})");
        let is_so = within(limit, async || match self.0.execute(script.as_str(), Vec::new()).await {
            Ok(value) if value.json() == true => Ok(()),
            Ok(_) => Err(format!("{expression} is not so")),
            Err(error) => Err(format!("{expression}: {error}")),
        });
        if let Err(reason) = is_so.await {
            panic!("{reason}; the page shows\n{}", self.text().await);
        }
    }

    /// What the page shows.
    ///
    /// # Panics
    /// If the browser is gone.
    pub(crate) async fn text(&self) -> String {
        self.eval("document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks what a CSS selector finds, once it is there and can be clicked.
    ///
    /// # Panics
    /// If it is not in time.
    pub(crate) async fn click(&self, selector: &str) {
        until(ANSWER, async || {
            let element = self.0.find(By::Css(selector)).await.map_err(|error| error.to_string())?;
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Presses keys, wherever the focus is. `keys` may hold [`Key`]s.
    ///
    /// # Panics
    /// If the browser is gone.
    pub(crate) async fn press(&self, keys: impl Into<TypingData>) {
        done("keys", self.0.action_chain().send_keys(keys).perform()).await;
    }

    /// Presses a key while another is held.
    ///
    /// # Panics
    /// If the browser is gone.
    pub(crate) async fn press_with(&self, held: Key, key: impl Into<TypingData>) {
        let chain = self.0.action_chain().key_down(held.clone()).send_keys(key).key_up(held);
        done("keys", chain.perform()).await;
    }

    /// Calls a method of the Chrome DevTools protocol.
    ///
    /// # Panics
    /// If it fails.
    pub(crate) async fn cdp(&self, method: &str, parameters: Value) -> Value {
        done(method, self.0.cdp().send_raw(method, parameters)).await
    }

    /// Lets the system prefer `scheme`: `light` or `dark`.
    ///
    /// # Panics
    /// If the browser is gone.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Writes a picture of the window, for people, into the folder that `PICTURES` of the environment names, if it does.
    ///
    /// # Panics
    /// If it cannot.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os(PICTURES) else { return };
        let file = Path::new(&folder).join(name).with_extension("png");
        done("a picture", self.0.screenshot(&file)).await;
    }

    /// Ends the browser.
    ///
    /// # Panics
    /// If it is gone already.
    pub(crate) async fn close(self) {
        done("the end of a browser", self.0.quit()).await;
    }
}
