//! `KeyringStore`, with a real keyring.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use keyring_core::api::CredentialStoreApi;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{KeyringStore, StoreError, TokenRecord, conformance};
use perspio_auth::{Application, SecretString, StoredSignIn, TokenKey, TokenSource, TokenStore};
use zbus_secret_service_keyring_store::Store;

use super::profile;
use super::session::{Keyring, LONG, inside};

const SERVICE: &str = "oauth-test";

/// An entry of version 1, which every later release must read. The tokens are "canary".
const ENTRY: &str = r#"{"version":1,"revision":18446744073709551615,"record":{
    "access_token":"Y2FuYXJ5","refresh_token":"Y2FuYXJ5","scopes":["s"],
    "asked_at":{"secs":1,"nanos":2},"lifetime":{"secs":3599,"nanos":0}}}"#;

fn opened(home: &Path) -> KeyringStore {
    KeyringStore::open(SERVICE, home.join("locks")).unwrap()
}

fn credential() -> StoredSignIn {
    StoredSignIn::new(Application::public("client"))
}

fn key(user: &str) -> TokenKey {
    TokenKey::new(&profile(), &credential().into(), Some(user))
}

/// Creates an entry as another program would.
fn put_by_hand(user: &str, text: &str) {
    let entry = Store::new().unwrap().build(SERVICE, user, None).unwrap();
    entry.set_secret(text.as_bytes()).unwrap();
}

/// Returns the entries of the service, by user.
fn entries() -> HashMap<String, String> {
    let store = Store::new().unwrap();
    let found = store.search(&HashMap::from([("service", SERVICE)]));
    let found = found.unwrap().into_iter().map(|entry| {
        let user = entry.get_attributes().unwrap()["username"].clone();
        let text = String::from_utf8(entry.get_secret().unwrap()).unwrap();
        (user, text)
    });
    found.collect()
}

/// Returns a record that was read from the entry of an earlier release. The entry is deleted
/// afterwards.
async fn record(store: &KeyringStore, refresh_token: &str) -> TokenRecord {
    let key = key("an earlier release");
    put_by_hand(&key.name(), ENTRY);
    let found = store.read(&key).await.unwrap().unwrap();
    assert!(store.delete(&key, found.revision).await.unwrap());
    let mut record = found.record;
    record.refresh_token = Some(SecretString::from(refresh_token));
    record
}

async fn refresh_token(store: &KeyringStore, key: &TokenKey) -> Option<String> {
    let found = store.read(key).await.unwrap()?;
    let refresh_token = found.record.refresh_token.unwrap();
    Some(refresh_token.expose_secret().to_owned())
}

/// Asserts that every call fails in time with the same error, and returns it.
async fn rejection(store: &KeyringStore, key: &TokenKey, record: TokenRecord) -> StoreError {
    let begun = Instant::now();
    let read = store.read(key).await.unwrap_err();
    let written = store.replace(key, None, record).await.unwrap_err();
    assert!(begun.elapsed() < LONG);
    assert_eq!(read.to_string(), written.to_string());
    let shown = format!("{read} {read:?}");
    assert!(
        !shown.contains("canary") && !shown.contains("Y2FuYXJ5"),
        "{shown}"
    );
    assert!(shown.contains("keyring:oauth-test"), "{shown}");
    read
}

#[test]
fn a_keyring_store_conforms() {
    inside("keyring::store::a_keyring_store_conforms", async |home| {
        let _keyring = Keyring::start(true).await;
        conformance::check(|| async { opened(home) }).await;
        assert!(entries().is_empty(), "no entry is left");
    });
}

#[test]
fn one_of_many_concurrent_replacements_succeeds() {
    inside(
        "keyring::store::one_of_many_concurrent_replacements_succeeds",
        async |home| {
            let _keyring = Keyring::start(true).await;
            let some = record(&opened(home), "canary").await;
            let writes = (0..8).map(|_| {
                // As in another process, and without the lock of the key.
                let (store, record) = (opened(home), some.clone());
                tokio::spawn(async move { store.replace(&key("a"), None, record).await })
            });
            let mut done = 0;
            for write in writes.collect::<Vec<_>>() {
                done += usize::from(write.await.unwrap().unwrap());
            }
            assert_eq!(done, 1);
        },
    );
}

#[test]
fn an_entry_of_version_1_is_still_read() {
    inside(
        "keyring::store::an_entry_of_version_1_is_still_read",
        async |home| {
            let _keyring = Keyring::start(true).await;
            let store = opened(home);
            put_by_hand(&key("a").name(), ENTRY);
            let found = store.read(&key("a")).await.unwrap().unwrap();
            assert_eq!(found.revision.0, u64::MAX);
            assert_eq!(found.record.access_token.expose_secret(), "canary");
            assert_eq!(found.record.scopes, ["s"]);
            assert_eq!(found.record.requested_at, UNIX_EPOCH + Duration::new(1, 2));
            assert_eq!(found.record.redirect_uri, None);
            let shown = format!("{store:?} {found:?}");
            assert!(
                shown.contains(SERVICE) && !shown.contains("canary"),
                "{shown}"
            );
        },
    );
}

#[test]
fn checklist_31_deleting_a_record_of_several_entries_leaves_none() {
    inside(
        "keyring::store::checklist_31_deleting_a_record_of_several_entries_leaves_none",
        async |home| {
            let _keyring = Keyring::start(true).await;
            let store = opened(home);
            let long = record(&store, &"canary-".repeat(1000)).await;
            let other = record(&store, "other").await;
            assert!(entries().is_empty());
            assert!(store.replace(&key("other"), None, other).await.unwrap());
            assert!(store.replace(&key("a"), None, long.clone()).await.unwrap());
            let written = entries();
            assert!(written.len() > 4, "{}", written.len());
            // The size limit of Windows.
            assert!(written.values().all(|entry| entry.len() <= 2560));
            let read = refresh_token(&opened(home), &key("a")).await;
            assert_eq!(
                read.as_deref(),
                long.refresh_token.as_ref().map(ExposeSecret::expose_secret)
            );

            // A crash has left parts that no head names.
            let left = |index| format!("{}.b.{index}", key("a").name());
            put_by_hand(&left(0), "canary");
            put_by_hand(&left(1), "canary");
            let read = store.read(&key("a")).await.unwrap().unwrap();
            assert!(
                store
                    .replace(&key("a"), Some(read.revision), long)
                    .await
                    .unwrap()
            );
            assert_eq!(entries().len(), written.len());
            assert!(!entries().values().any(|entry| entry == "canary"));

            let read = store.read(&key("a")).await.unwrap().unwrap();
            assert!(store.delete(&key("a"), read.revision).await.unwrap());
            let users: Vec<_> = entries().into_keys().collect();
            assert_eq!(users, [key("other").name()], "the other sign-in stays");
        },
    );
}

#[test]
fn checklist_31_signing_out_leaves_no_entry() {
    inside(
        "keyring::store::checklist_31_signing_out_leaves_no_entry",
        async |home| {
            let _keyring = Keyring::start(true).await;
            let store = opened(home);
            let mut written = record(&store, &"canary-".repeat(1000)).await;
            written.requested_at = SystemTime::now();
            let key = TokenKey::new(&profile(), &credential().into(), None);
            assert!(store.replace(&key, None, written).await.unwrap());
            let source = TokenSource::builder(&profile(), credential())
                .store(Arc::new(store))
                .build()
                .unwrap();
            source.token().await.unwrap();
            source.sign_out().await.unwrap();
            assert!(entries().is_empty(), "{:?}", entries().keys());
            assert!(source.token().await.is_err());
        },
    );
}

#[test]
fn an_entry_that_is_not_a_record_is_rejected_not_replaced_and_not_shown() {
    inside(
        "keyring::store::an_entry_that_is_not_a_record_is_rejected_not_replaced_and_not_shown",
        async |home| {
            let _keyring = Keyring::start(true).await;
            let store = opened(home);
            let some = record(&store, "canary").await;
            for (entry, expected) in [
                (
                    r#"{"version":2,"later":"canary"}"#,
                    "newer release (version 2)",
                ),
                ("canary", "remove it"),
            ] {
                put_by_hand(&key("a").name(), entry);
                let error = rejection(&store, &key("a"), some.clone()).await;
                assert!(error.reason.contains(expected), "{error}");
                assert!(error.reason.contains(&key("a").name()), "{error}");
                assert_eq!(entries()[&key("a").name()], entry);
            }
        },
    );
}

#[test]
fn without_a_keyring_the_error_names_an_alternative_store() {
    inside(
        "keyring::store::without_a_keyring_the_error_names_an_alternative_store",
        async |home| {
            let keyring = Keyring::start(true).await;
            let store = opened(home);
            let some = record(&store, "canary").await;
            store.unlock().await.unwrap();
            assert!(entries().is_empty(), "the probe is removed");
            keyring.stop().await;
            let error = rejection(&store, &key("a"), some).await;
            for part in ["no keyring", "an encrypted FileStore", "StoreKey"] {
                assert!(error.reason.contains(part), "{error}");
            }
            assert!(store.unlock().await.is_err());
        },
    );
}

#[test]
fn a_store_in_a_keyring_that_stays_locked_is_an_error() {
    inside(
        "keyring::store::a_store_in_a_keyring_that_stays_locked_is_an_error",
        async |home| {
            let keyring = Keyring::start(true).await;
            let store = opened(home);
            let some = record(&store, "canary").await;
            assert!(store.replace(&key("a"), None, some.clone()).await.unwrap());
            keyring.stop().await;
            let locked = Keyring::start(false).await;
            let error = rejection(&store, &key("a"), some).await;
            for part in ["unlock it", "an encrypted FileStore"] {
                assert!(error.reason.contains(part), "{error}");
            }
            // Without an entry to read, only a write detects it.
            assert!(store.read(&key("b")).await.unwrap().is_none());
            let error = store.unlock().await.unwrap_err();
            assert!(error.reason.contains("unlock it"), "{error}");
            locked.stop().await;
            let _unlocked = Keyring::start(true).await;
            assert_eq!(
                refresh_token(&store, &key("a")).await.as_deref(),
                Some("canary")
            );
        },
    );
}
