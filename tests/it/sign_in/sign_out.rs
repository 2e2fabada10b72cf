//! Signing out.

use std::sync::Arc;

use perspio_auth::store::MemoryStore;
use perspio_auth::{ClientCredentials, RefreshToken, StoredSignIn, TokenStore};

use super::*;

async fn signed_in(sandbox: &Sandbox, store: &Arc<MemoryStore>) -> TokenSource {
    queue_token_response(sandbox, 200, DOCUMENTED_RESPONSE);
    let sign_in = sign_in(sandbox).store(store.clone());
    with_a_code(sandbox, sign_in).await.unwrap()
}

#[tokio::test]
async fn checklist_31_signing_out_clears_memory_and_store() {
    let sandbox = support::sandbox().await;
    let store = Arc::new(MemoryStore::new());
    let source = signed_in(&sandbox, &store).await;
    let credential = StoredSignIn::new(support::application(&sandbox));
    let other = TokenSource::builder(&support::profile(&sandbox), credential)
        .store(store.clone())
        .build()
        .unwrap();
    source.sign_out().await.unwrap();
    assert!(store.read(source.key()).await.unwrap().is_none());
    for source in [&source, &other] {
        let error = source.token().await.unwrap_err();
        assert!(error.needs_sign_in(), "{error}");
    }
    assert_eq!(
        sandbox.log().token_requests().len(),
        1,
        "no further request"
    );
    // Signing out twice changes nothing.
    source.sign_out().await.unwrap();
}

#[tokio::test]
async fn checklist_31_a_renewal_in_progress_does_not_restore_a_sign_in() {
    let sandbox = support::sandbox().await;
    let store = Arc::new(MemoryStore::new());
    let source = signed_in(&sandbox, &store).await;
    let first = source.token().await.unwrap();
    source.reject(&first);
    queue_token_response(
        &sandbox,
        200,
        &DOCUMENTED_RESPONSE.replace("canary-access", "second"),
    );
    let hold = sandbox.hold(Endpoint::Token);
    let renewal = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    hold.arrived(1).await;
    let out = tokio::spawn({
        let source = source.clone();
        async move { source.sign_out().await }
    });
    tokio::task::yield_now().await;
    drop(hold);
    renewal.await.unwrap().unwrap();
    out.await.unwrap().unwrap();
    assert!(store.read(source.key()).await.unwrap().is_none());
    assert!(source.token().await.unwrap_err().needs_sign_in());
}

#[tokio::test]
async fn checklist_31_an_unused_refresh_token_is_not_used_after_the_sign_out() {
    let sandbox = support::sandbox().await;
    let token = SecretString::from("given");
    let grant = RefreshToken::new(support::application(&sandbox), token, [""; 0]);
    let source = TokenSource::new(&support::profile(&sandbox), grant).unwrap();
    source.sign_out().await.unwrap();
    assert!(source.token().await.unwrap_err().needs_sign_in());
    assert!(sandbox.log().token_requests().is_empty());
}

#[tokio::test]
async fn an_application_signs_in_again_automatically_after_a_sign_out() {
    let sandbox = support::sandbox().await;
    let grant = ClientCredentials::new(support::application(&sandbox));
    let source = TokenSource::new(&support::profile(&sandbox), grant).unwrap();
    let first = source.token().await.unwrap();
    source.sign_out().await.unwrap();
    let second = source.token().await.unwrap();
    assert_ne!(first.authorization(), second.authorization());
    assert_eq!(sandbox.log().token_requests().len(), 2);
}
