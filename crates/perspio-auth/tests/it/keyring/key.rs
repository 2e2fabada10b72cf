//! The key of a file store in a real keyring.

use std::process::Command;
use std::time::Instant;

use keyring_core::api::CredentialStoreApi;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{FileStore, StoreKey, StoreKeyError};

use super::session::{INSIDE, Keyring, LONG, at_home, inside};

async fn found() -> Option<StoreKey> {
    StoreKey::of_keyring("oauth-test", "token store")
        .await
        .unwrap()
}

async fn created() -> StoreKey {
    StoreKey::create_in_keyring("oauth-test", "token store")
        .await
        .unwrap()
}

fn text(key: &StoreKey) -> String {
    key.to_base64().expose_secret().to_owned()
}

#[test]
fn a_key_is_created_once_and_opens_the_store_afterwards() {
    inside(
        "keyring::key::a_key_is_created_once_and_opens_the_store_afterwards",
        async |home| {
            let _keyring = Keyring::start(true).await;
            assert!(found().await.is_none());
            let key = created().await;
            assert_eq!(text(&found().await.unwrap()), text(&key));
            assert_eq!(text(&created().await), text(&key), "the first one stays");
            let other = StoreKey::of_keyring("oauth-test", "other").await;
            assert!(other.unwrap().is_none());
            let path = home.join("store/tokens");
            FileStore::open(&path, key).unwrap();
            FileStore::open(&path, found().await.unwrap()).unwrap();
        },
    );
}

#[test]
fn an_entry_that_is_not_a_key_is_rejected_not_replaced_and_not_shown() {
    inside(
        "keyring::key::an_entry_that_is_not_a_key_is_rejected_not_replaced_and_not_shown",
        async |_| {
            let _keyring = Keyring::start(true).await;
            let store = zbus_secret_service_keyring_store::Store::new().unwrap();
            let entry = store.build("oauth-test", "token store", None).unwrap();
            entry.set_secret(b"canary").unwrap();
            for error in [
                StoreKey::of_keyring("oauth-test", "token store")
                    .await
                    .unwrap_err(),
                StoreKey::create_in_keyring("oauth-test", "token store")
                    .await
                    .unwrap_err(),
            ] {
                let shown = format!("{error} {error:?}");
                assert!(shown.contains("not a key of a token store"), "{shown}");
                assert!(!shown.contains("canary"), "{shown}");
            }
            assert_eq!(entry.get_secret().unwrap(), b"canary");
        },
    );
}

/// Asserts the error of a program over SSH, which is returned without delay.
async fn no_keyring() {
    let begun = Instant::now();
    let error = StoreKey::of_keyring("oauth-test", "token store")
        .await
        .unwrap_err();
    assert!(begun.elapsed() < LONG);
    assert!(
        matches!(error, StoreKeyError::NoKeyring { .. }),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.starts_with("no keyring on this machine ("), "{text}");
    for part in ["start a Secret Service", "StoreKey::from_base64"] {
        assert!(text.contains(part), "{text}");
    }
    let error = StoreKey::create_in_keyring("oauth-test", "token store").await;
    assert!(matches!(error, Err(StoreKeyError::NoKeyring { .. })));
}

#[test]
fn without_a_secret_service_the_error_says_what_to_do() {
    inside(
        "keyring::key::without_a_secret_service_the_error_says_what_to_do",
        async |_| no_keyring().await,
    );
}

#[test]
fn without_a_session_bus_the_error_says_what_to_do() {
    const NAME: &str = "keyring::key::without_a_session_bus_the_error_says_what_to_do";
    if std::env::var_os(INSIDE).is_some() {
        return inside(NAME, async |_| no_keyring().await);
    }
    let home = tempfile::tempdir().unwrap();
    for address in [None, Some("unix:path=/nonexistent/bus")] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        match address {
            None => command.env_remove("DBUS_SESSION_BUS_ADDRESS"),
            Some(address) => command.env("DBUS_SESSION_BUS_ADDRESS", address),
        };
        let ended = at_home(&mut command, &home)
            .args(["--exact", NAME, "--nocapture"])
            .status()
            .unwrap();
        assert!(ended.success(), "inside: {ended}");
    }
}

#[test]
fn a_keyring_that_stays_locked_is_an_error() {
    inside(
        "keyring::key::a_keyring_that_stays_locked_is_an_error",
        async |_| {
            let keyring = Keyring::start(true).await;
            created().await;
            keyring.stop().await;
            let _locked = Keyring::start(false).await;
            let error = StoreKey::of_keyring("oauth-test", "token store")
                .await
                .unwrap_err();
            assert!(matches!(error, StoreKeyError::Keyring { .. }), "{error:?}");
            assert!(error.to_string().contains("unlock it"), "{error}");
        },
    );
}
