//! The sign-in of a user and a store that may lose it.

use std::sync::Arc;

use perspio_auth::store::{MemcachedStore, StoreKey};
use perspio_auth::{
    AuthorizationCode, ClientCredentials, Credential, DeviceCode, FixedToken, RefreshToken,
    StoredSignIn,
};

use super::*;

/// Opens a store without a server: a request to it would return another error.
fn store() -> Arc<MemcachedStore> {
    let store = MemcachedStore::open("127.0.0.1:1", StoreKey::random().unwrap());
    Arc::new(store.unwrap())
}

fn says_what_to_use(error: &Error) {
    let text = error.to_string();
    assert!(error.is_configuration(), "{text}");
    for use_this in ["FileStore", "RedisStore", "ClientCredentials"] {
        assert!(text.contains(use_this), "{text}");
    }
}

#[tokio::test]
async fn no_sign_in_starts_for_a_store_that_may_lose_it() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let browser = sign_in(&sandbox)
        .store(store())
        .opener(|_| panic!("no browser opens"));
    says_what_to_use(&browser.run(&profile).await.unwrap_err());
    let paste = SignIn::paste(support::application(&sandbox)).store(store());
    says_what_to_use(&paste.begin(&profile).await.unwrap_err());
    let device = SignIn::device(support::application(&sandbox)).store(store());
    says_what_to_use(&device.begin(&profile).await.unwrap_err());
    assert!(sandbox.log().requests().is_empty());
}

#[tokio::test]
async fn a_store_that_may_lose_records_is_accepted_for_applications_only() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let application = || support::application(&sandbox);
    let secret = || SecretString::from("r".repeat(43));
    let code =
        AuthorizationCode::new(application(), secret(), secret(), "http://localhost").unwrap();
    let clock = perspio_auth::clock::SystemClock;
    let device = DeviceCode::begin(&profile, application(), &clock);
    let credentials: [Credential; 4] = [
        code.into(),
        device.await.unwrap().into(),
        RefreshToken::new(application(), secret(), [""; 0]).into(),
        StoredSignIn::new(application()).into(),
    ];
    for credential in credentials {
        let source = TokenSource::builder(&profile, credential).store(store());
        says_what_to_use(&source.build().unwrap_err());
    }
    let others: [Credential; 2] = [
        ClientCredentials::new(application()).into(),
        FixedToken::new("token").into(),
    ];
    for credential in others {
        let source = TokenSource::builder(&profile, credential).store(store());
        source.build().unwrap();
    }
}
