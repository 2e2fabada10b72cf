//! Debian's Chromium, driven through chromedriver.
//!
//! The assertions do not depend on the version of Chromium: they read the page,
//! its events and structured protocol fields, and never the text of the console
//! or of an error page.

mod attempt;
mod command;
mod device;
mod driver;
mod exit;
mod files;
mod live_page;
mod once;
mod other_tab;
mod page;
mod policy;
mod sandbox_pages;
mod sign_in;

use std::path::Path;
use std::time::Duration;

use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use driver::Driver;
use files::ProfileFiles;

/// The upper bound of every wait. Only a failing test waits this long.
const TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    // Chromium connects to this machine only.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    // Chromium exits with chromedriver, even if chromedriver is killed.
    "--remote-debugging-pipe",
    "--window-size=900,1060",
];

/// A headless Chromium with a new profile. Dropping it ends the process.
struct Chromium {
    client: Client,
    // Declared before the folder so that the processes exit before it is removed.
    driver: Driver,
    folder: TempDir,
}

impl Chromium {
    async fn start() -> Self {
        Self::start_with("normal").await
    }

    /// Starts a Chromium whose commands return without waiting for the page
    /// that they lead to.
    async fn without_page_load_waits() -> Self {
        Self::start_with("none").await
    }

    async fn start_with(page_load_strategy: &str) -> Self {
        let folder = tempfile::tempdir().expect("the temporary directory is writable");
        let mut driver = Driver::start(folder.path());
        let profile = folder.path().join("profile");
        let profile = format!("--user-data-dir={}", profile.display());
        let mut arguments = ARGUMENTS.to_vec();
        arguments.push(&profile);
        let capabilities = json!({
            "pageLoadStrategy": page_load_strategy,
            "timeouts": { "pageLoad": TIMEOUT.as_millis(), "script": TIMEOUT.as_millis() },
            "goog:chromeOptions": { "args": arguments },
        });
        let capabilities: Map<_, _> = serde_json::from_value(capabilities).expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .expect("Chromium starts");
        driver.session = client.session_id().await.expect("a session has an id");
        let browser = Self {
            client,
            driver,
            folder,
        };
        browser.record_events().await;
        browser
    }

    /// Opens another tab and switches to it.
    async fn open_tab(&self) {
        let tab = self.client.new_window(true).await.unwrap();
        self.client.switch_to_window(tab.handle).await.unwrap();
        self.record_events().await;
    }

    async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    async fn back(&self) {
        self.client.back().await.unwrap();
    }

    /// Reloads the page.
    ///
    /// chromedriver returns an error if the address cannot be reached. The error
    /// is ignored, because every caller asserts what the tab shows afterwards.
    async fn reload(&self) {
        if let Err(cause) = self.client.refresh().await {
            assert!(matches!(cause, CmdError::Standard(_)), "{cause}");
        }
    }

    /// Marks the document that the tab shows.
    ///
    /// A reload may show an equal document, which has no mark. The mark has to be
    /// set before a navigation starts: Chromium delays scripts until its end.
    async fn mark_document(&self) {
        let script = "document.documentElement.dataset.marked = ''";
        self.client.execute(script, Vec::new()).await.unwrap();
    }

    /// Waits until another document has replaced the marked one.
    async fn replaces_marked_document(&self) {
        self.wait_for("/html[not(@data-marked)]").await.unwrap();
    }

    async fn wait_for(&self, xpath: &str) -> Result<Element, CmdError> {
        let wait = self.client.wait().at_most(TIMEOUT).every(POLL_INTERVAL);
        wait.for_element(Locator::XPath(xpath)).await
    }

    async fn button(&self, text: &str) -> Element {
        let search = format!("//button[contains(., '{text}')]");
        let button = self.wait_for(&search).await;
        button.unwrap_or_else(|cause| panic!("no button is labelled {text:?}: {cause}"))
    }

    async fn click(&self, text: &str) {
        self.button(text).await.click().await.unwrap();
    }

    async fn double_click(&self, text: &str) {
        let element = self.button(text).await;
        let press = || PointerAction::Down { button: 0 };
        let release = || PointerAction::Up { button: 0 };
        let (x, y) = (0.0, 0.0);
        let mouse = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement {
                element,
                duration: None,
                x,
                y,
            })
            .then(press())
            .then(release())
            .then(press())
            .then(release());
        self.client.perform_actions(mouse).await.unwrap();
    }

    async fn types(&self, field: &str, text: &str) {
        let search = format!("//input[@name='{field}']");
        let field = self.wait_for(&search).await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn address(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    /// Returns every address that the back and forward buttons of this tab lead to.
    async fn history(&self) -> Vec<String> {
        let history = self.protocol("Page.getNavigationHistory", json!({})).await;
        let entries = history["entries"].as_array().unwrap().iter();
        let addresses = entries.flat_map(|entry| [&entry["url"], &entry["userTypedURL"]]);
        let addresses = addresses.map(|address| address.as_str().unwrap().to_owned());
        // `userTypedURL` is empty for an address that was not typed.
        addresses.filter(|address| !address.is_empty()).collect()
    }

    /// Saves the page in its light and its dark form in target/screenshots.
    async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        for scheme in ["light", "dark"] {
            let media = json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                // Without transitions, so that no colour is between the two.
                { "name": "prefers-reduced-motion", "value": "reduce" },
            ] });
            self.protocol("Emulation.setEmulatedMedia", media).await;
            let image = self.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}-{scheme}.png")), image).unwrap();
        }
    }

    /// Quits Chromium and keeps the files that it has written.
    fn quit(self) -> ProfileFiles {
        drop(self.driver);
        ProfileFiles::new(self.folder)
    }

    /// Executes a command of the Chrome `DevTools` Protocol.
    async fn protocol(&self, name: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": name, "params": parameters });
        let command = Command {
            path: "goog/cdp/execute",
            body,
        };
        self.client.issue_cmd(command).await.unwrap()
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    let mut parts = bytes.windows(text.len());
    parts.any(|part| part == text.as_bytes())
}

/// A command of chromedriver that `WebDriver` does not have.
#[derive(Debug)]
struct Command {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
