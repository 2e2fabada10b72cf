//! A refresh revokes the old pair of tokens immediately, and calls continue.

use perspio_auth::secret::ExposeSecret;
use perspio_auth::{StoredSignIn, TokenStore};

use super::*;

/// Returns the status of a request with this token.
async fn status_of(sandbox: &Sandbox, token: &str) -> u16 {
    let url = format!("{}/account/me", sandbox.base_url());
    let request = support::local_client().get(url).bearer_auth(token);
    let request = request.header("x-tenant-id", sandbox.tenant_id());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_refresh_sends_the_redirect_uri_and_revokes_the_old_tokens() {
    let signed_in = SignedIn::new().await;
    let client = signed_in.client(&[]);
    account(&client).await.unwrap();
    let old = signed_in.source.token().await.unwrap();
    let stored = signed_in.store.read(signed_in.source.key()).await.unwrap();
    let old_refresh = stored.unwrap().record.refresh_token.unwrap();
    // The token is due for renewal: the call uses it while the renewal runs in the
    // background.
    signed_in.advance(Duration::from_secs(6100));
    account(&client).await.unwrap();
    while signed_in.source.token().await.unwrap().expose_secret() == old.expose_secret() {
        tokio::task::yield_now().await;
    }
    account(&client).await.unwrap();
    assert_eq!(
        status_of(&signed_in.sandbox, old.expose_secret()).await,
        403,
        "the old one has an hour left by the clock"
    );
    let sent = signed_in.sandbox.log().token_requests();
    let forms: Vec<_> = sent.iter().map(crate::sign_in::form).collect();
    assert_eq!(forms.len(), 2);
    assert_eq!(forms[1]["refresh_token"], old_refresh.expose_secret());
    assert_eq!(forms[1]["redirect_uri"], forms[0]["redirect_uri"]);
}

#[tokio::test]
async fn two_sources_that_share_a_store_use_the_token_that_either_has_renewed() {
    let signed_in = SignedIn::new().await;
    let first = signed_in.client(&[]);
    let settings = builder(&signed_in.sandbox, &[]);
    let (_, application) = settings.profile_and_application().unwrap();
    let second = settings
        .credential(StoredSignIn::new(application))
        .store(signed_in.store.clone())
        .clock(Arc::new(signed_in.clock.clone()))
        .build()
        .unwrap();
    for client in [&first, &second] {
        account(client).await.unwrap();
    }
    signed_in.requests();
    for (renews, goes_on) in [(&first, &second), (&second, &first)] {
        let stale = Fault::status(401);
        signed_in.sandbox.queue_fault(Endpoint::Api, stale);
        account(renews).await.unwrap();
        assert_eq!(signed_in.requests(), (2, 1));
        // Its token is revoked by now, and the 403 does not say so.
        account(goes_on).await.unwrap();
        assert_eq!(signed_in.requests(), (2, 0), "the store has the new one");
    }
}
