//! A sign-in through the loopback listener, in Chromium.

use perspio_auth::{Browser, Error, SignIn, TokenSource};
use perspio_sandbox::{RecordedRequest, Sandbox};
use reqwest::Url;

use super::Chromium;
use crate::sign_in::{self, Opened};
use crate::support;

pub(super) const SIGNED_IN: &str = "Signed in to PerspioTalk";
pub(super) const FAILED: &str = "The sign-in to PerspioTalk did not work";

/// A sign-in whose page is open in a browser.
pub(super) struct Attempt {
    pub(super) sandbox: Sandbox,
    pub(super) browser: Chromium,
    pub(super) opened: Opened,
}

impl Attempt {
    pub(super) async fn new() -> Self {
        Self::with(Chromium::start().await, |sign_in| sign_in).await
    }

    pub(super) async fn with(
        browser: Chromium,
        settings: impl FnOnce(SignIn<Browser>) -> SignIn<Browser>,
    ) -> Self {
        let sandbox = support::sandbox().await;
        let sign_in = settings(sign_in::sign_in(&sandbox));
        let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
        browser.open(opened.url.as_str()).await;
        Self {
            sandbox,
            browser,
            opened,
        }
    }

    /// Returns the address that the identity server redirects the browser to.
    pub(super) fn redirect_uri(&self) -> Url {
        Url::parse(&self.opened.parameter("redirect_uri")).unwrap()
    }

    /// Asserts that the browser is at the result page, and that its history
    /// contains neither a code nor an error.
    pub(super) async fn address_is_clean(&self) {
        let clean = self.browser.address().await;
        assert_eq!(clean.origin(), self.redirect_uri().origin());
        assert!(clean.path().starts_with("/signed-in/"), "{clean}");
        assert_eq!(clean.query(), None);
        let history = self.browser.history().await;
        assert!(history.contains(&clean.into()), "{history:?}");
        let has_response = |address: &&String| {
            let url = Url::parse(address).unwrap();
            url.query_pairs()
                .any(|(name, _)| name == "code" || name == "error")
        };
        assert_eq!(history.iter().find(has_response), None);
    }

    /// Waits for the outcome and asserts that the listener is closed.
    pub(super) async fn finish(self) -> Finished {
        let redirect_uri = self.redirect_uri();
        let outcome = self.opened.finish().await;
        let url = redirect_uri.clone();
        let response = support::local_client().get(url).send().await;
        assert!(response.unwrap_err().is_connect(), "the port is closed");
        Finished {
            sandbox: self.sandbox,
            browser: self.browser,
            redirect_uri,
            outcome,
        }
    }
}

/// A completed sign-in whose result page is open in a browser.
pub(super) struct Finished {
    pub(super) sandbox: Sandbox,
    pub(super) browser: Chromium,
    pub(super) redirect_uri: Url,
    pub(super) outcome: Result<TokenSource, Error>,
}

impl Finished {
    pub(super) fn token_requests(&self) -> Vec<RecordedRequest> {
        self.sandbox.log().token_requests()
    }
}
