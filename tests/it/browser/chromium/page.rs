//! Assertions on the page that Chromium shows.

use std::time::Instant;

use reqwest::Url;
use serde_json::{Value, json};

use super::{Chromium, TIMEOUT};

/// Runs in every new document before anything else does. `recordedEvents` then
/// holds what went wrong in the document: violations of its policy, resources
/// that failed to load, errors of scripts.
const RECORD_EVENTS: &str = "
    globalThis.recordedEvents = [];
    for (const type of ['securitypolicyviolation', 'error', 'unhandledrejection']) {
        addEventListener(type, (event) => recordedEvents.push({
            type,
            directive: event.effectiveDirective,
            blocked: event.blockedURI,
            message: event.message ?? String(event.reason ?? ''),
            source: event.target?.src ?? '',
        }), true);
    }";

/// Reads the page as it is presented to the user and to a screen reader.
///
/// Violations are reported by events, which arrive later than the document. The
/// script therefore provokes one more violation and returns when that one has
/// arrived, after all others. It fails with a timeout on a page whose policy
/// allows the image, or which has no policy. A violation by Chromium's own request
/// for an icon is left out, because the page does not cause that request.
const READ_PAGE: &str = "
    const [done] = arguments;
    const last = 'https://last-violation.invalid/';
    const ignored = [last, new URL('/favicon.ico', location).href];
    const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.innerText);
    const read = () => ({
        language: document.documentElement.lang,
        title: document.title,
        headings: texts('h1'),
        landmarks: texts('main').length,
        has_style: getComputedStyle(document.querySelector('main')).borderTopStyle === 'solid',
        text: document.body.innerText,
        events: recordedEvents.filter((event) => !ignored.includes(event.blocked)),
    });
    addEventListener('securitypolicyviolation', (event) => {
        if (event.blockedURI === last) done(read());
    });
    new Image().src = last;";

impl Chromium {
    /// Makes the documents that this tab opens from now on record their events.
    pub(super) async fn record_events(&self) {
        let script = json!({ "source": RECORD_EVENTS });
        self.protocol("Page.addScriptToEvaluateOnNewDocument", script)
            .await;
    }

    /// Waits for the page with this heading, asserts that it is well-formed and
    /// that its policy blocks nothing of it, and returns its text.
    pub(super) async fn shows(&self, heading: &str) -> String {
        let search = format!("//h1[normalize-space()='{heading}']");
        if let Err(cause) = self.wait_for(&search).await {
            panic!(
                "no page is headed {heading:?}: {cause}: {:?}",
                self.state().await
            );
        }
        let page = self.client.execute_async(READ_PAGE, Vec::new()).await;
        let page = page
            .unwrap_or_else(|cause| panic!("the policy of {heading:?} blocks nothing: {cause}"));
        assert_eq!(page["language"], "en", "{page}");
        let title = page["title"].as_str().unwrap();
        assert!(title.starts_with(heading), "{page}");
        assert_eq!(page["headings"], json!([heading]), "{page}");
        assert_eq!(page["landmarks"], 1, "{page}");
        assert_eq!(page["has_style"], true, "the policy allows it: {page}");
        assert_eq!(page["events"], json!([]), "{page}");
        page["text"].as_str().unwrap().to_owned()
    }

    /// Waits until the tab has failed to load an address of this origin.
    pub(super) async fn fails_to_reach(&self, url: &Url) {
        let begun = Instant::now();
        loop {
            let tree = self.protocol("Page.getFrameTree", json!({})).await;
            if let Some(unreachable) = tree["frameTree"]["frame"]["unreachableUrl"].as_str() {
                let unreachable = Url::parse(unreachable).unwrap();
                assert_eq!(unreachable.origin(), url.origin(), "{unreachable}");
                return;
            }
            assert!(
                begun.elapsed() < TIMEOUT,
                "a page is there: {:?}",
                self.state().await
            );
        }
    }

    /// Describes the page for the message of a failing test.
    async fn state(&self) -> Value {
        let script = "return [location.href, document.body?.innerText, globalThis.recordedEvents]";
        let state = self.client.execute(script, Vec::new()).await;
        state.unwrap_or_else(|cause| cause.to_string().into())
    }
}
