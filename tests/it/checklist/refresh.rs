//! Lines 20 to 24: refresh, rotation, and callers that wait for each other.

use super::*;

#[tokio::test]
async fn checklist_20_a_rotated_refresh_token_is_stored_before_a_token_is_returned() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    let source =
        TokenSource::builder(&profile, stored_sign_in(&sandbox, "r-1")).store(store.clone());
    let source = source.build().unwrap();
    sandbox.queue_fault(Endpoint::Token, token_response("a-1", "r-2"));
    source.token().await.unwrap();
    let stored = store.read(source.key()).await.unwrap().unwrap().record;
    assert_eq!(stored.refresh_token.unwrap().expose_secret(), "r-2");
}

/// Returns the source of one of the processes that share a sign-in, with its first refresh token.
fn source_of_process(
    sandbox: &Sandbox,
    clock: &Arc<ManualClock>,
    store: &Arc<MemoryStore>,
) -> TokenSource {
    let grant = stored_sign_in(sandbox, "r-1");
    TokenSource::builder(&support::profile(sandbox), grant)
        .clock(clock.clone())
        .store(store.clone())
        .build()
        .unwrap()
}

/// Returns the refresh tokens that were sent, in order.
fn refresh_tokens(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.log().token_requests();
    let bodies = requests
        .iter()
        .map(|request| String::from_utf8(request.body.clone()).unwrap());
    bodies
        .filter_map(|body| {
            let pair = body
                .split('&')
                .find(|pair| pair.starts_with("refresh_token="))?;
            Some(pair.trim_start_matches("refresh_token=").to_owned())
        })
        .collect()
}

#[tokio::test]
async fn checklist_20_without_a_new_refresh_token_the_old_one_is_retained() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let source =
        TokenSource::builder(&profile, stored_sign_in(&sandbox, "r-1")).clock(clock.clone());
    let source = source.build().unwrap();
    let without = r#"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#;
    for fault in [
        json(200, without),
        token_response("b", "r-2"),
        json(200, without),
        token_response("c", "r-3"),
    ] {
        sandbox.queue_fault(Endpoint::Token, fault);
        source.token().await.unwrap();
        clock.advance(61 * MINUTE);
    }
    assert_eq!(refresh_tokens(&sandbox), ["r-1", "r-1", "r-2", "r-2"]);
}

#[tokio::test]
async fn checklist_22_after_a_rejection_a_token_that_another_process_rotated_is_used() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let store = Arc::new(MemoryStore::new());
    let source = || source_of_process(&sandbox, &clock, &store);
    let (ours, key) = (source(), source().key().clone());
    sandbox.queue_fault(Endpoint::Token, token_response("a-1", "r-2"));
    ours.token().await.unwrap();
    clock.advance(61 * MINUTE);

    // While our refresh is under way, another process without our lock rotates.
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    let hold = sandbox.hold(Endpoint::Token);
    let waiting = tokio::spawn({
        let ours = ours.clone();
        async move { ours.token().await }
    });
    hold.arrived(1).await;
    let stored = store.read(&key).await.unwrap().unwrap();
    let mut rotated = stored.record.clone();
    rotated.access_token = SecretString::from("a-2");
    rotated.refresh_token = Some(SecretString::from("r-3"));
    rotated.requested_at += 61 * MINUTE;
    assert!(
        store
            .replace(&key, Some(stored.revision), rotated)
            .await
            .unwrap()
    );
    drop(hold);
    assert_eq!(waiting.await.unwrap().unwrap().expose_secret(), "a-2");
    assert_eq!(refresh_tokens(&sandbox), ["r-1", "r-2"]);
}

#[tokio::test]
async fn checklist_22_a_refresh_token_that_another_process_rotated_is_used_for_renewal() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let store = Arc::new(MemoryStore::new());
    let source = source_of_process(&sandbox, &clock, &store);
    sandbox.queue_fault(Endpoint::Token, token_response("a-1", "r-2"));
    source.token().await.unwrap();
    clock.advance(61 * MINUTE);
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    sandbox.queue_fault(Endpoint::Token, token_response("a-3", "r-4"));
    let hold = sandbox.hold(Endpoint::Token);
    let renewal = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    hold.arrived(1).await;
    let stored = store.read(source.key()).await.unwrap().unwrap();
    let mut rotated = stored.record.clone();
    rotated.refresh_token = Some(SecretString::from("r-3"));
    let replaced = store.replace(source.key(), Some(stored.revision), rotated);
    assert!(replaced.await.unwrap());
    drop(hold);
    assert_eq!(renewal.await.unwrap().unwrap().expose_secret(), "a-3");
    assert_eq!(refresh_tokens(&sandbox), ["r-1", "r-2", "r-3"]);
    let stored = store.read(source.key()).await.unwrap().unwrap().record;
    assert_eq!(stored.refresh_token.unwrap().expose_secret(), "r-4");
}

#[tokio::test]
async fn checklist_20_of_two_renewals_without_a_lock_the_newer_one_stays_in_the_store() {
    for (refreshes, stays) in [(0, "ours"), (2, "theirs")] {
        let sandbox = support::sandbox().await;
        let clock = Arc::new(ManualClock::new());
        let store = Arc::new(MemoryStore::new());
        let source = source_of_process(&sandbox, &clock, &store);
        sandbox.queue_fault(Endpoint::Token, token_response("first", "r-2"));
        source.token().await.unwrap();
        clock.advance(61 * MINUTE);
        sandbox.queue_fault(Endpoint::Token, token_response("ours", "r-3"));
        let hold = sandbox.hold(Endpoint::Token);
        let renewal = tokio::spawn({
            let source = source.clone();
            async move { source.token().await }
        });
        hold.arrived(1).await;
        let stored = store.read(source.key()).await.unwrap().unwrap();
        let mut other = stored.record.clone();
        other.access_token = SecretString::from("theirs");
        other.generation += refreshes;
        let replaced = store.replace(source.key(), Some(stored.revision), other);
        assert!(replaced.await.unwrap());
        drop(hold);
        assert_eq!(renewal.await.unwrap().unwrap().expose_secret(), "ours");
        let stored = store.read(source.key()).await.unwrap().unwrap().record;
        assert_eq!(stored.access_token.expose_secret(), stays);
    }
}

#[tokio::test]
async fn checklist_22_a_rejected_refresh_token_is_deleted_and_requires_a_sign_in() {
    let sandbox = support::sandbox().await;
    let clock = Arc::new(ManualClock::new());
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    let source = TokenSource::builder(&profile, stored_sign_in(&sandbox, "r-1"))
        .clock(clock.clone())
        .store(store.clone())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    sandbox.queue_fault(Endpoint::Token, token_response("a-1", "r-2"));
    source.token().await.unwrap();
    clock.advance(61 * MINUTE);
    // An outage does not invalidate the token, which remains stored.
    sandbox.queue_fault(Endpoint::Token, json(500, DEAD));
    assert!(source.token().await.unwrap_err().is_transient());
    assert!(store.read(source.key()).await.unwrap().is_some());
    clock.advance(MINUTE);
    sandbox.queue_fault(Endpoint::Token, json(400, DEAD));
    let error = source.token().await.unwrap_err();
    assert!(
        error.needs_sign_in() && error.to_string().contains("AADSTS700082"),
        "{error}"
    );
    assert!(store.read(source.key()).await.unwrap().is_none());
    // No credential is left for a token request.
    assert!(source.token().await.unwrap_err().needs_sign_in());
    assert_eq!(refresh_tokens(&sandbox), ["r-1", "r-2", "r-2"]);
}

#[tokio::test]
async fn checklist_23_a_cancelled_caller_neither_cancels_nor_loses_the_shared_fetch() {
    let sandbox = support::sandbox().await;
    let source = support::token_source(&sandbox, &support::profile(&sandbox));
    let hold = sandbox.hold(Endpoint::Token);
    let caller = || {
        let source = source.clone();
        tokio::spawn(async move { source.token().await })
    };
    let (first, second) = (caller(), caller());
    hold.arrived(1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    drop(hold);
    second.await.unwrap().unwrap();
    source.token().await.unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 1);
}
