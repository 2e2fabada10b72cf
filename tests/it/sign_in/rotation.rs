//! Refreshes after a sign-in: refresh tokens that are replaced or expire.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::MemoryStore;
use perspio_auth::{IdToken, RefreshToken, StoredSignIn, TokenStore};
use perspio_sandbox::{Person, Rotation};

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A sign-in of Ada. The test controls the clocks of the client and of the server.
struct SignedIn {
    sandbox: Sandbox,
    profile: Profile,
    clock: ManualClock,
    store: Arc<MemoryStore>,
    source: TokenSource,
}

impl SignedIn {
    async fn new(rotation: Rotation) -> Self {
        let sandbox = Sandbox::builder().rotation(rotation).start().await.unwrap();
        let profile = support::profile(&sandbox);
        let clock = ManualClock::new();
        let store = Arc::new(MemoryStore::new());
        let sign_in = sign_in(&sandbox)
            .clock(Arc::new(clock.clone()))
            .store(store.clone());
        let opened = Opened::new(sign_in, &profile).await;
        let source = opened.ada_signs_in(&sandbox).await;
        Self {
            sandbox,
            profile,
            clock,
            store,
            source,
        }
    }

    /// Returns a client that calls as Ada.
    fn client(&self) -> perspio::Client {
        let builder = support::builder(&self.sandbox, &[]);
        builder.token_source(self.source.clone()).build().unwrap()
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.sandbox.clock().advance(by);
    }

    async fn refresh_token(&self) -> SecretString {
        let stored = self.store.read(self.source.key()).await.unwrap().unwrap();
        stored.record.refresh_token.unwrap()
    }

    async fn access_token(&self) -> String {
        self.source
            .token()
            .await
            .unwrap()
            .expose_secret()
            .to_owned()
    }

    /// Returns a source that was refreshed with `token`, or the error.
    async fn refreshed_with(&self, token: SecretString) -> Result<TokenSource, Error> {
        let grant = RefreshToken::new(support::application(&self.sandbox), token, [""; 0]);
        let source = TokenSource::new(&self.profile, grant).unwrap();
        source.token().await.map(|_| source)
    }
}

#[tokio::test]
async fn at_perspio_each_refresh_token_is_replaced_by_a_new_one() {
    let signed_in = SignedIn::new(Rotation::Replaces).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        signed_in.access_token().await;
        let token = signed_in.refresh_token().await.expose_secret().to_owned();
        assert!(!seen.contains(&token), "the next one is used");
        seen.push(token);
        signed_in.advance(HOUR);
    }
    assert_eq!(signed_in.sandbox.log().token_requests().len(), 4);
}

#[tokio::test]
async fn at_dispogas_a_refresh_revokes_the_old_tokens_and_calls_continue() {
    let signed_in = SignedIn::new(Rotation::Invalidates).await;
    let client = signed_in.client();
    client.directory_user().send().await.unwrap();
    let (access, refresh) = (
        signed_in.access_token().await,
        signed_in.refresh_token().await,
    );
    // The token is due for renewal: the call uses it while the renewal runs in the
    // background.
    signed_in.advance(Duration::from_secs(52 * 60));
    client.directory_user().send().await.unwrap();
    while signed_in.source.token().await.unwrap().expose_secret() == access {
        tokio::task::yield_now().await;
    }
    client.directory_user().send().await.unwrap();
    let error = signed_in.refreshed_with(refresh).await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
}

#[tokio::test]
async fn a_call_uses_the_new_token_after_another_process_has_renewed_it() {
    let signed_in = SignedIn::new(Rotation::Invalidates).await;
    let client = signed_in.client();
    client.directory_user().send().await.unwrap();
    let grant = StoredSignIn::new(support::application(&signed_in.sandbox));
    let other = TokenSource::builder(&signed_in.profile, grant)
        .store(signed_in.store.clone())
        .clock(Arc::new(signed_in.clock.clone()))
        .build()
        .unwrap();
    let stale = other.token().await.unwrap();
    other.reject(&stale);
    other.token().await.unwrap();
    let requests = signed_in.sandbox.log().token_requests().len();
    client.directory_user().send().await.unwrap();
    assert_eq!(
        signed_in.sandbox.log().token_requests().len(),
        requests,
        "the store has a token that is still good"
    );
}

#[tokio::test]
async fn an_expired_refresh_token_causes_one_request_and_requires_a_sign_in() {
    let signed_in = SignedIn::new(Rotation::Replaces).await;
    signed_in.access_token().await;
    signed_in.advance(91 * 24 * HOUR);
    let error = signed_in.source.token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    for part in ["AADSTS700082", "Sign in again", "correlation id"] {
        assert!(
            error.to_string().contains(part),
            "{part} is missing: {error}"
        );
    }
    let again = signed_in.source.token().await.unwrap_err();
    assert_eq!(again.to_string(), error.to_string());
    assert_eq!(signed_in.sandbox.log().token_requests().len(), 2);
}

#[tokio::test]
async fn a_code_that_is_61_seconds_old_is_reported_as_expired() {
    let sandbox = support::sandbox().await;
    let opened = Opened::new(sign_in(&sandbox), &support::profile(&sandbox)).await;
    let back = sandbox.authorize(opened.url.as_str(), Person::Ada).unwrap();
    sandbox.clock().advance(Duration::from_secs(61));
    visit(Url::parse(&back).unwrap()).await;
    let error = opened.finish().await.unwrap_err().to_string();
    assert!(
        error.contains("AADSTS70008") && error.contains("60 s"),
        "{error}"
    );
}

#[tokio::test]
async fn an_id_token_is_retained_until_a_renewal_returns_another() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let store = Arc::new(MemoryStore::new());
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let sign_in = sign_in(&sandbox)
        .clock(Arc::new(clock.clone()))
        .store(store.clone());
    let source = with_a_code(&sandbox, sign_in).await.unwrap();
    let name = async || {
        let token = source.token().await.unwrap();
        let stored = store.read(source.key()).await.unwrap().unwrap();
        let name = |id_token: &IdToken| id_token.unverified_claims().unwrap()["name"].clone();
        let stored_name = name(&stored.record.id_token().unwrap());
        assert_eq!(name(token.id_token().unwrap()), stored_name);
        stored_name
    };
    assert_eq!(name().await, "Ada");
    let without = r#"{"access_token":"t","token_type":"Bearer","expires_in":3599}"#;
    // {"name":"Eve"}
    let with =
        r#"{"access_token":"t","token_type":"Bearer","id_token":"e30.eyJuYW1lIjoiRXZlIn0.c"}"#;
    for (response, expected) in [(without, "Ada"), (without, "Ada"), (with, "Eve")] {
        queue_token_response(&sandbox, 200, response);
        clock.advance(HOUR);
        assert_eq!(name().await, expected);
    }
}
