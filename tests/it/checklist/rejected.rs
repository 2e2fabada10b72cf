//! Line 22: rejected refresh tokens are deleted, and nothing else.

use super::*;

fn source(sandbox: &Sandbox, store: &Arc<MemoryStore>, token: &str) -> TokenSource {
    TokenSource::builder(&support::profile(sandbox), stored_sign_in(sandbox, token))
        .store(store.clone())
        .build()
        .unwrap()
}

fn source_with(
    sandbox: &Sandbox,
    store: &Arc<MemoryStore>,
    token: &str,
    clock: Arc<ManualClock>,
) -> TokenSource {
    TokenSource::builder(&support::profile(sandbox), stored_sign_in(sandbox, token))
        .store(store.clone())
        .clock(clock)
        .build()
        .unwrap()
}

/// Returns a store with an earlier sign-in whose access token has expired.
async fn with_an_old_record(sandbox: &Sandbox) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    sandbox.queue_fault(Endpoint::Token, token_response("old", "old-refresh"));
    let source = source(sandbox, &store, "older");
    source.token().await.unwrap();
    let stored = store.read(source.key()).await.unwrap().unwrap();
    let mut old = stored.record.clone();
    old.lifetime = Duration::ZERO;
    let replaced = store.replace(source.key(), Some(stored.revision), old);
    assert!(replaced.await.unwrap());
    store
}

fn sent(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.log().token_requests();
    let body = |body: &[u8]| String::from_utf8(body.to_vec()).unwrap();
    let forms = requests.iter().map(|request| body(&request.body));
    forms
        .filter_map(|form| {
            let (_, behind) = form.split_once("refresh_token=")?;
            Some(behind.split('&').next().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn checklist_22_a_rejected_stored_record_does_not_consume_a_new_credential() {
    let sandbox = support::sandbox().await;
    let store = with_an_old_record(&sandbox).await;
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    sandbox.queue_fault(Endpoint::Token, token_response("new", "newer"));
    let source = source(&sandbox, &store, "brand-new");
    assert_eq!(source.token().await.unwrap().authorization(), "Bearer new");
    assert_eq!(sent(&sandbox), ["older", "old-refresh", "brand-new"]);
}

#[tokio::test]
async fn checklist_22_a_newer_record_without_a_refresh_token_is_not_deleted() {
    let sandbox = support::sandbox().await;
    let store = with_an_old_record(&sandbox).await;
    let source = source(&sandbox, &store, "brand-new");
    let hold = sandbox.hold(Endpoint::Token);
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    let renewal = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    hold.arrived(1).await;
    // A process that does not lock the key stores a valid token.
    let stored = store.read(source.key()).await.unwrap().unwrap();
    let mut newer = stored.record.clone();
    newer.access_token = SecretString::from("of-another-process");
    newer.refresh_token = None;
    newer.lifetime = 60 * MINUTE;
    let replaced = store.replace(source.key(), Some(stored.revision), newer);
    assert!(replaced.await.unwrap());
    drop(hold);
    let token = renewal.await.unwrap().unwrap();
    assert_eq!(token.authorization(), "Bearer of-another-process");
    assert!(store.read(source.key()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_transient_rejection_does_not_end_a_source_permanently() {
    for error in ["temporarily_unavailable", "server_error"] {
        let sandbox = support::sandbox().await;
        let clock = Arc::new(ManualClock::new());
        let rejection = format!(r#"{{"error":"{error}"}}"#);
        sandbox.queue_fault(Endpoint::Token, json(400, rejection));
        sandbox.queue_fault(Endpoint::Token, token_response("t", "r"));
        let grant = stored_sign_in(&sandbox, "kept");
        let source = TokenSource::builder(&support::profile(&sandbox), grant)
            .clock(clock.clone())
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        assert!(source.token().await.unwrap_err().is_transient());
        clock.advance(10 * MINUTE);
        assert_eq!(source.token().await.unwrap().authorization(), "Bearer t");
    }
}

#[tokio::test]
async fn a_new_code_is_redeemed_regardless_of_the_stored_record() {
    let sandbox = support::sandbox().await;
    let store = Arc::new(MemoryStore::new());
    for access in ["first", "second"] {
        sandbox.queue_fault(Endpoint::Token, token_response(access, "refresh"));
        let code = perspio_auth::AuthorizationCode::new(
            support::application(&sandbox),
            SecretString::from(access),
            SecretString::from("verifier"),
            "http://localhost",
        );
        let source = TokenSource::builder(&support::profile(&sandbox), code.unwrap())
            .store(store.clone())
            .build()
            .unwrap();
        let token = source.token().await.unwrap();
        assert_eq!(token.authorization(), &format!("Bearer {access}"));
    }
}

#[tokio::test]
async fn checklist_22_a_sign_in_that_requires_another_action_stays_in_the_store() {
    for rejection in [
        r#"{"error":"invalid_grant","error_codes":[50076],"suberror":"basic_action"}"#,
        r#"{"error":"invalid_grant","error_codes":[50079]}"#,
        r#"{"error":"invalid_grant","error_codes":[53000]}"#,
        r#"{"error":"invalid_grant","error_codes":[53003]}"#,
        r#"{"error":"invalid_grant","error_codes":[50053]}"#,
        r#"{"error":"invalid_grant","error_codes":[65001]}"#,
        r#"{"error":"invalid_grant","error_codes":[4242424]}"#,
        r#"{"error":"interaction_required","claims":"{\"access_token\":{}}"}"#,
        r#"{"error":"invalid_client","error_codes":[7000222]}"#,
    ] {
        let sandbox = support::sandbox().await;
        let store = with_an_old_record(&sandbox).await;
        let clock = Arc::new(ManualClock::new());
        let source = source_with(&sandbox, &store, "unused", clock.clone());
        sandbox.queue_fault(Endpoint::Token, json(400, rejection));
        for _ in 0..3 {
            source.token().await.unwrap_err();
        }
        clock.advance(MINUTE);
        let stored = store.read(source.key()).await.unwrap();
        assert!(stored.is_some(), "{rejection}");
        // After the user has acted, the same sign-in is valid again.
        sandbox.queue_fault(Endpoint::Token, token_response("renewed", "r"));
        let token = source.token().await.unwrap();
        assert_eq!(token.authorization(), "Bearer renewed", "{rejection}");
        assert_eq!(sent(&sandbox), ["older", "old-refresh", "old-refresh"]);
    }
}

#[tokio::test]
async fn a_credential_is_used_again_after_the_user_has_acted() {
    let sandbox = support::sandbox().await;
    let store = Arc::new(MemoryStore::new());
    let clock = Arc::new(ManualClock::new());
    let source = source_with(&sandbox, &store, "first", clock.clone());
    let mfa = r#"{"error":"invalid_grant","error_codes":[50076]}"#;
    sandbox.queue_fault(Endpoint::Token, json(400, mfa));
    sandbox.queue_fault(Endpoint::Token, token_response("t", "r"));
    source.token().await.unwrap_err();
    clock.advance(MINUTE);
    assert_eq!(source.token().await.unwrap().authorization(), "Bearer t");
    assert_eq!(sent(&sandbox), ["first", "first"]);
}
