//! Single-use refresh tokens: the server rotates them, and treats the reuse of one as
//! theft.

use std::collections::HashSet;

use super::*;

/// Returns an earlier sign-in, in its own store.
fn stored(provider: &OidcProvider, token: &SecretString) -> Held {
    let grant = RefreshToken::new(provider.confidential(), token.clone(), ["api:read"]);
    Held::new(provider, grant)
}

#[tokio::test]
async fn every_renewal_returns_a_new_refresh_token_that_the_next_one_uses() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    let mut access = HashSet::new();
    let mut refresh = HashSet::new();
    for _ in 0..6 {
        access.insert(held.token().await.unwrap());
        refresh.insert(
            held.refresh_token()
                .await
                .unwrap()
                .expose_secret()
                .to_owned(),
        );
        held.clock.advance(LATER);
    }
    assert_eq!((access.len(), refresh.len()), (6, 6));
    assert_eq!(provider.token_requests().await, 6);
}

// Two requests with one refresh token would end the sign-in.
#[tokio::test]
async fn fifty_callers_of_an_expired_token_renew_it_once() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    for _ in 0..2 {
        let callers: Vec<_> = (0..50)
            .map(|_| {
                let source = held.source.clone();
                tokio::spawn(async move { source.token().await })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap().unwrap();
        }
        held.clock.advance(LATER);
    }
    assert_eq!(provider.token_requests().await, 2);
}

#[tokio::test]
async fn an_earlier_sign_in_continues() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    held.token().await.unwrap();
    let later = stored(&provider, &held.refresh_token().await.unwrap());
    for _ in 0..3 {
        later.token().await.unwrap();
        later.clock.advance(LATER);
    }
}

#[tokio::test]
async fn reuse_of_a_refresh_token_revokes_its_successors() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    held.token().await.unwrap();
    let old = held.refresh_token().await.unwrap();
    held.clock.advance(LATER);
    held.token().await.unwrap();

    let thief = stored(&provider, &old);
    assert!(thief.token().await.unwrap_err().needs_sign_in());

    held.clock.advance(LATER);
    let error = held.token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    assert_eq!(error.error_response().unwrap().error, "invalid_grant");
    assert!(error.to_string().contains("Sign in again"), "{error}");
    // The rejected token is deleted, and no further request is sent.
    assert!(held.refresh_token().await.is_none());
    let requests = provider.token_requests().await;
    let again = held.token().await.unwrap_err();
    assert_eq!(
        again.to_string(),
        error.to_string(),
        "the reason stays the same"
    );
    assert_eq!(provider.token_requests().await, requests);
}

#[tokio::test]
async fn a_renewal_that_never_reached_the_server_loses_nothing() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    held.token().await.unwrap();
    held.clock.advance(LATER);
    provider.queue_faults(json!([{ "cut": "request" }])).await;
    assert!(held.token().await.unwrap_err().is_transient());
    held.backs_off();
    held.token().await.unwrap();
}

// No client can prevent this: the new refresh token was in the lost response.
#[tokio::test]
async fn a_renewal_whose_response_is_lost_ends_the_sign_in() {
    let provider = OidcProvider::start();
    let held = Held::new(&provider, signed_in(&provider).await);
    held.token().await.unwrap();
    held.clock.advance(LATER);
    provider.queue_faults(json!([{ "cut": "answer" }])).await;
    assert!(held.token().await.unwrap_err().is_transient());
    held.backs_off();
    let error = held.token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
}
