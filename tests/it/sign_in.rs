//! The complete sign-in of a user. HTTP requests of the test replace the browser; the
//! tests in `browser` use a real one.

mod browser;
mod device;
mod endings;
mod paste;
mod rotation;
mod settings;
mod sign_out;
mod storage;
mod users;
mod volatile_store;

use std::collections::HashMap;

use perspio_auth::{Browser, Error, Profile, SecretString, SignIn, TokenSource};
use perspio_sandbox::{Endpoint, Fault, Person, Sandbox};
use reqwest::Url;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support;

pub(crate) use browser::form;

/// The response on the page of the authorization code grant.
const DOCUMENTED_RESPONSE: &str = r#"{"access_token":"canary-access","token_type":"Bearer","expires_in":3599,
    "scope":"api://perspiotalk/access_as_user","refresh_token":"canary-refresh",
    "id_token":"e30.eyJuYW1lIjoiQWRhIn0.c"}"#;

/// Queues `body` as the response to the next token request.
pub(crate) fn queue_token_response(sandbox: &Sandbox, status: u16, body: &str) {
    let fault = Fault::status(status).body("application/json", body.to_owned());
    sandbox.queue_fault(Endpoint::Token, fault);
}

/// A sign-in that has opened its browser.
pub(crate) struct Opened {
    pub(crate) outcome: JoinHandle<Result<TokenSource, Error>>,
    /// The address that was opened in the browser.
    pub(crate) url: Url,
}

impl Opened {
    /// Starts `sign_in`, and waits for its browser.
    pub(crate) async fn new(sign_in: SignIn<Browser>, profile: &Profile) -> Self {
        let (opened, mut browser) = mpsc::unbounded_channel();
        let sign_in =
            sign_in.opener(move |url| opened.send(url.clone()).map_err(std::io::Error::other));
        let profile = profile.clone();
        let outcome = tokio::spawn(async move { sign_in.run(&profile).await });
        let url = browser.recv().await.expect("the browser is opened");
        Self { outcome, url }
    }

    pub(crate) fn parameter(&self, name: &str) -> String {
        let parameters: HashMap<_, _> = self.url.query_pairs().into_owned().collect();
        parameters[name].clone()
    }

    /// Returns the address that an identity server would redirect the browser to.
    fn redirect(&self, parameters: &[(&str, &str)]) -> Url {
        let mut url = Url::parse(&self.parameter("redirect_uri")).unwrap();
        let state = self.parameter("state");
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .append_pair("state", &state);
        url
    }

    /// Signs Ada in and follows the redirect to the listener.
    pub(crate) async fn ada_signs_in(self, sandbox: &Sandbox) -> TokenSource {
        let back = sandbox.authorize(self.url.as_str(), Person::Ada).unwrap();
        visit(Url::parse(&back).unwrap()).await;
        self.finish().await.unwrap()
    }

    pub(crate) async fn finish(self) -> Result<TokenSource, Error> {
        self.outcome.await.expect("the sign-in does not panic")
    }
}

/// Returns the outcome of `sign_in` after a redirect with a code.
async fn with_a_code(sandbox: &Sandbox, sign_in: SignIn<Browser>) -> Result<TokenSource, Error> {
    let opened = Opened::new(sign_in, &support::profile(sandbox)).await;
    visit(opened.redirect(&[("code", "c")])).await;
    opened.finish().await
}

/// Follows the redirect of the identity server, up to the result page.
pub(crate) async fn visit(url: Url) -> String {
    let response = support::local_client()
        .get(url.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 303);
    let target = response.headers()["location"].to_str().unwrap();
    let clean = url.join(target).unwrap();
    assert_eq!(clean.query(), None, "the code leaves the browser's history");
    let result = support::local_client().get(clean).send().await.unwrap();
    assert_eq!(result.status(), 200);
    result.text().await.unwrap()
}

pub(crate) fn sign_in(sandbox: &Sandbox) -> SignIn<Browser> {
    SignIn::browser(support::application(sandbox))
}
