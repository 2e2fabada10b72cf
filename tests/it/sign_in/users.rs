//! Sign-ins of several users in one store, separated by their id tokens.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::store::MemoryStore;
use perspio_auth::{AuthorizationRequest, IdToken, StoreKey, StoredSignIn};

use super::*;

const BACK: &str = "http://localhost:1/callback";

fn query_of(sandbox: &Sandbox, request: &AuthorizationRequest, person: Person) -> String {
    let back = sandbox.authorize(request.url().as_str(), person).unwrap();
    Url::parse(&back).unwrap().query().unwrap().to_owned()
}

#[tokio::test]
async fn users_of_one_store_are_separated_by_their_id_tokens() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let application = support::application(&sandbox);
    let store = Arc::new(MemoryStore::new());
    let mut users = Vec::new();
    for person in [Person::Ada, Person::Rosa] {
        let request = AuthorizationRequest::new(&profile, application.clone(), BACK).unwrap();
        let query = query_of(&sandbox, &request, person);
        let source = request.sign_in(&query, store.clone()).await.unwrap();
        let token = source.token().await.unwrap();
        let user = token.id_token().and_then(IdToken::user_key).unwrap();
        users.push((user, token.expose_secret().to_owned()));
    }
    assert_ne!(users[0], users[1]);
    for (user, token) in users {
        let stored = StoredSignIn::new(application.clone());
        let source = TokenSource::builder(&profile, stored)
            .store(store.clone())
            .user(user);
        let again = source.build().unwrap().token().await.unwrap();
        assert_eq!(again.expose_secret(), token);
    }
    // Without a user nothing is found.
    let stored = StoredSignIn::new(application);
    let source = TokenSource::builder(&profile, stored).store(store);
    let error = source.build().unwrap().token().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
}

#[tokio::test]
async fn an_id_token_that_names_no_user_ends_the_sign_in() {
    let sandbox = support::sandbox().await;
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let error = with_a_code(&sandbox, sign_in(&sandbox).user_of_id_token()).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("scope openid"), "{error}");
    assert!(error.needs_sign_in(), "{error}");
}

#[tokio::test]
async fn another_instance_completes_a_sealed_sign_in() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let application = support::application(&sandbox);
    let key = StoreKey::random().unwrap();
    let request = AuthorizationRequest::new(&profile, application.clone(), BACK).unwrap();
    let now = SystemClock.now();
    let sealed = request.seal(&key, now, Duration::from_secs(600)).unwrap();
    let query = query_of(&sandbox, &request, Person::Ada);
    drop(request);
    let request = AuthorizationRequest::unseal(&profile, application, &key, &sealed, now);
    let credential = request.unwrap().credential(&query).unwrap();
    let source = TokenSource::new(&profile, credential).unwrap();
    source.token().await.unwrap();
}
