//! Debian's Chromium, driven through chromedriver.

mod attempt;
mod command;
mod device;
mod driver;
mod ends;
mod once;
mod sign_in;
mod strangers;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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

/// Nothing here takes as long, on the slowest machine.
const LONG: Duration = Duration::from_secs(20);
const OFTEN: Duration = Duration::from_millis(20);

/// What Chromium says where nobody listens.
const REFUSED: &str = "ERR_CONNECTION_REFUSED";

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
    // It talks to this machine, and to nobody else.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    // It ends with chromedriver, even one that was killed.
    "--remote-debugging-pipe",
    "--window-size=900,1060",
];

/// A Chromium without a window, whose person has never used it before. It ends
/// when this is dropped.
struct Chromium {
    client: Client,
    // Before the folder: it has ended when that is removed.
    driver: Driver,
    folder: TempDir,
}

/// A page as the person and their screen reader find it.
const READ_PAGE: &str = "
    const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.innerText);
    return {
        language: document.documentElement.lang,
        title: document.title,
        headings: texts('h1'),
        landmarks: texts('main').length,
        has_style: getComputedStyle(document.querySelector('main')).borderTopStyle === 'solid',
        text: document.body.innerText,
    };";

impl Chromium {
    async fn start() -> Self {
        Self::start_with("normal").await
    }

    /// One that waits for no page: a command ends before what it leads to is there.
    async fn impatient() -> Self {
        Self::start_with("none").await
    }

    async fn start_with(page_load_strategy: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut driver = Driver::start(folder.path());
        let profile = folder.path().join("profile");
        let profile = format!("--user-data-dir={}", profile.display());
        let mut arguments = ARGUMENTS.to_vec();
        arguments.push(&profile);
        let capabilities = json!({
            "pageLoadStrategy": page_load_strategy,
            "timeouts": { "pageLoad": LONG.as_millis(), "script": LONG.as_millis() },
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let capabilities: Map<_, _> = serde_json::from_value(capabilities).expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .expect("Chromium starts");
        driver.session = client.session_id().await.expect("a session has an id");
        Self {
            client,
            driver,
            folder,
        }
    }

    /// Goes to an address. A page that cannot be reached is a page too.
    async fn open(&self, url: &str) {
        may_be_unreachable(self.client.goto(url).await);
    }

    async fn back(&self) {
        may_be_unreachable(self.client.back().await);
    }

    async fn reload(&self) {
        may_be_unreachable(self.client.refresh().await);
    }

    /// Waits for the page with this heading, which must be a good one; gives
    /// what stands on it.
    async fn shows(&self, heading: &str) -> String {
        let search = format!("//h1[normalize-space()='{heading}']");
        if let Err(cause) = self.wait_for(&search).await {
            panic!("no page says {heading:?}: {cause}: {:?}", self.text().await);
        }
        let page = self.client.execute(READ_PAGE, Vec::new()).await.unwrap();
        assert_eq!(page["language"], "en", "{page}");
        let title = page["title"].as_str().unwrap();
        assert!(title.starts_with(heading), "{page}");
        assert_eq!(page["headings"], json!([heading]), "{page}");
        assert_eq!(page["landmarks"], 1, "{page}");
        assert_eq!(page["has_style"], true, "its own policy lets it: {page}");
        assert_eq!(self.complaints().await, [""; 0], "{page}");
        page["text"].as_str().unwrap().to_owned()
    }

    /// Waits for Chromium's own page that says that nobody listens.
    async fn is_refused(&self) {
        let search = format!("//body[contains(., '{REFUSED}')]");
        if let Err(cause) = self.wait_for(&search).await {
            panic!("somebody listens: {cause}: {:?}", self.text().await);
        }
    }

    async fn wait_for(&self, xpath: &str) -> Result<Element, CmdError> {
        let wait = self.client.wait().at_most(LONG).every(OFTEN);
        wait.for_element(Locator::XPath(xpath)).await
    }

    async fn text(&self) -> Value {
        let script = "return [location.href, document.body?.innerText]";
        let text = self.client.execute(script, Vec::new()).await;
        text.unwrap_or_else(|cause| cause.to_string().into())
    }

    async fn button(&self, text: &str) -> Element {
        let search = format!("//button[contains(., '{text}')]");
        let button = self.wait_for(&search).await;
        button.unwrap_or_else(|cause| panic!("no button says {text:?}: {cause}"))
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

    /// All addresses that the back and forward buttons of this tab lead to.
    async fn history(&self) -> Vec<String> {
        let history = self.protocol("Page.getNavigationHistory", json!({})).await;
        let entries = history["entries"].as_array().unwrap().iter();
        let addresses = entries.flat_map(|entry| [&entry["url"], &entry["userTypedURL"]]);
        let addresses = addresses.map(|address| address.as_str().unwrap().to_owned());
        // Nobody has typed the address of some.
        addresses.filter(|address| !address.is_empty()).collect()
    }

    /// What the console has said since it was last asked: violations of a
    /// policy, errors of scripts. (That a page came with a status such as 400
    /// is no complaint.)
    async fn complaints(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({ "type": "browser" })).await;
        let entries = entries.as_array().unwrap().iter();
        let of_page = entries.filter(|entry| entry["source"] != "network");
        of_page.map(ToString::to_string).collect()
    }

    /// Waits until the console says something.
    async fn complaint(&self) -> String {
        let begun = Instant::now();
        loop {
            let complaints = self.complaints().await;
            if !complaints.is_empty() {
                return complaints.concat();
            }
            assert!(begun.elapsed() < LONG, "the console says nothing");
        }
    }

    /// Keeps what the person sees, in the light and in the dark, in
    /// target/screenshots.
    async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        for scheme in ["light", "dark"] {
            let media = json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                // No colour is caught half way.
                { "name": "prefers-reduced-motion", "value": "reduce" },
            ] });
            self.protocol("Emulation.setEmulatedMedia", media).await;
            let image = self.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}-{scheme}.png")), image).unwrap();
        }
    }

    /// Quits; what Chromium has written stays.
    fn quit(self) -> Left {
        drop(self.driver);
        Left(self.folder)
    }

    /// A command of Chromium's own protocol.
    async fn protocol(&self, name: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": name, "params": parameters });
        self.command("goog/cdp/execute", body).await
    }

    async fn command(&self, path: &'static str, body: Value) -> Value {
        let command = Command { path, body };
        self.client.issue_cmd(command).await.unwrap()
    }
}

/// The files of a Chromium that has ended.
struct Left(TempDir);

impl Left {
    /// The files that `text` stands in.
    fn mention(&self, text: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() && contains(&std::fs::read(entry.path()).unwrap(), text) {
                    found.push(entry.path());
                }
            }
        }
        found
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    let mut parts = bytes.windows(text.len());
    parts.any(|part| part == text.as_bytes())
}

/// chromedriver calls it an error when nobody listens at an address.
fn may_be_unreachable(outcome: Result<(), CmdError>) {
    if let Err(cause) = outcome {
        assert!(cause.to_string().contains(REFUSED), "{cause}");
    }
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
