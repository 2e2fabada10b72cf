//! The token library against a third-party identity server: the certified OpenID
//! provider `oidc-provider`, which runs on Node (tests/interop).
//!
//! Each test starts its own server with [`OidcProvider::start`]. [`sign_in_over_http`]
//! signs a user in with the requests that a browser would send.

mod authorization_code;
mod browser;
mod client_credentials;
mod device_code;
mod faults;
mod provider;
mod refresh;
mod sign_in;

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use perspio_auth::retry::RetryPolicy;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::MemoryStore;
use perspio_auth::{
    Application, AuthorizationCode, ClientCredentials, Credential, DeviceCode, Error, RefreshToken,
    SecretString, TokenSource, TokenStore,
};
use reqwest::Url;
use serde_json::json;

use browser::{Browser, Page, parameter, sign_in_over_http};
use provider::OidcProvider;

/// More than the lifetime of an access token.
const LATER: Duration = Duration::from_secs(61 * 60);
const REDIRECT_URI: &str = "http://localhost";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Returns the authorization URL with `more` parameters.
fn authorize_url(
    provider: &OidcProvider,
    application: &Application,
    redirect_uri: &str,
    more: &[(&str, &str)],
) -> Url {
    let profile = provider.profile();
    let scope = profile.scopes().authorization.join(" ");
    let mut url = profile.authorize_url().url().clone();
    url.query_pairs_mut()
        .append_pair("client_id", application.client_id())
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &scope)
        .append_pair("state", "state-1")
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(more);
    url
}

/// Returns the code of a user who signs in and consents.
async fn code(
    provider: &OidcProvider,
    application: &Application,
    redirect_uri: &str,
) -> SecretString {
    let url = authorize_url(provider, application, redirect_uri, &[]);
    let back = sign_in_over_http(&url).await;
    let code = parameter(&back, "code").unwrap_or_else(|| panic!("there is no code: {back}"));
    SecretString::from(code)
}

/// Returns the exchange of a new code, after a user has signed in.
async fn signed_in(provider: &OidcProvider) -> AuthorizationCode {
    let application = provider.confidential();
    let code = code(provider, &application, REDIRECT_URI).await;
    exchange(application, code, VERIFIER, REDIRECT_URI)
}

fn exchange(
    application: Application,
    code: SecretString,
    verifier: &str,
    redirect_uri: &str,
) -> AuthorizationCode {
    AuthorizationCode::new(
        application,
        code,
        SecretString::from(verifier),
        redirect_uri,
    )
    .expect("the redirect URI is an address")
}

/// A token source whose clock and store the test controls.
struct Held {
    source: TokenSource,
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
}

impl Held {
    fn new(provider: &OidcProvider, credential: impl Into<Credential>) -> Self {
        let clock = Arc::new(ManualClock::new());
        let store = Arc::new(MemoryStore::new());
        let source = TokenSource::builder(&provider.profile(), credential)
            .clock(clock.clone())
            .store(store.clone())
            .retry(RetryPolicy::none())
            .build()
            .expect("an HTTP client can be built");
        Self {
            source,
            clock,
            store,
        }
    }

    /// Advances the clock by the back-off after a failed token request.
    fn backs_off(&self) {
        self.clock.advance(Duration::from_secs(60));
    }

    /// Returns the access token.
    async fn token(&self) -> Result<String, Error> {
        let token = self.source.token().await?;
        Ok(token.expose_secret().to_owned())
    }

    /// Returns the refresh token that is stored for the next renewal.
    async fn refresh_token(&self) -> Option<SecretString> {
        let stored = self.store.read(self.source.key()).await;
        stored
            .expect("memory can be read")?
            .record
            .refresh_token
            .clone()
    }
}
