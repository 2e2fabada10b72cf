use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use super::*;
use crate::token::clock::ManualClock;
use crate::token::store::tests::{key, record, token};

mod damage;
mod memory;
mod plain_text;
#[cfg(unix)]
mod privacy;
mod reservation;

const KEY: &str = "cGVyc3BpbyBwZXJzcGlvIHBlcnNwaW8gcGVyc3Bpbyw=";

fn store_key() -> StoreKey {
    StoreKey::from_base64(&SecretString::from(KEY)).unwrap()
}

/// A temporary directory, and the path of the store in it.
struct Fixture {
    directory: TempDir,
    path: PathBuf,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state").join("tokens");
        Self { directory, path }
    }

    /// Creates a fixture whose store has the token "canary-token" for the key "a".
    async fn with_a_record() -> Self {
        let fixture = Self::new();
        let written = fixture.open();
        assert!(put(&written, "a", None, "canary-token").await.unwrap());
        fixture
    }

    /// Opens the store as another process would.
    fn open(&self) -> FileStore {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<FileStore, StoreError> {
        FileStore::open(&self.path, store_key())
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    /// Asserts that opening, reading and replacing fail with the same error and do not
    /// change the file, and returns the reason.
    async fn is_rejected(&self, opened_before: &FileStore) -> String {
        let before = self.bytes();
        let error = self.try_open().unwrap_err();
        let other = opened_before.read(&key("a")).await.unwrap_err();
        assert_eq!(error.to_string(), other.to_string());
        for expected in [None, Some(Revision(1))] {
            let other = put(opened_before, "a", expected, "x");
            assert_eq!(error.to_string(), other.await.unwrap_err().to_string());
        }
        assert!(self.bytes() == before, "the file has changed");
        let shown = self.path.to_str().unwrap();
        assert!(error.to_string().contains(shown), "{error}");
        error.reason
    }
}

async fn put(
    store: &dyn TokenStore,
    name: &str,
    expected: Option<Revision>,
    token: &str,
) -> Result<bool, StoreError> {
    store.replace(&key(name), expected, record(token)).await
}

async fn stored(store: &FileStore, key: &TokenKey) -> Stored {
    store.read(key).await.unwrap().unwrap()
}

#[tokio::test]
async fn checklist_28_a_record_is_read_by_the_next_process_as_it_was_written() {
    let fixture = Fixture::new();
    let mut written = record("access \"\\\u{1f511}");
    written.refresh_token = Some(SecretString::from("refresh"));
    written.id_token = Some(SecretString::from("id"));
    written.scopes = vec!["a".to_owned(), "b".to_owned()];
    written.requested_at = std::time::UNIX_EPOCH + Duration::new(1_700_000_000, 5);
    written.refresh_in = Some(Duration::from_secs(60));
    written.redirect_uri = Some("http://localhost:1/".to_owned());
    let first = fixture.open();
    assert!(
        first
            .replace(&key("a"), None, written.clone())
            .await
            .unwrap()
    );
    let read = stored(&fixture.open(), &key("a")).await.record;
    let secret = |text: Option<SecretString>| text.map(|text| text.expose_secret().to_owned());
    assert_eq!(
        read.access_token.expose_secret(),
        written.access_token.expose_secret()
    );
    assert_eq!(secret(read.refresh_token).as_deref(), Some("refresh"));
    assert_eq!(secret(read.id_token).as_deref(), Some("id"));
    assert_eq!(read.scopes, written.scopes);
    assert_eq!(read.requested_at, written.requested_at);
    assert_eq!(read.lifetime, written.lifetime);
    assert_eq!(read.refresh_in, written.refresh_in);
    assert_eq!(read.redirect_uri, written.redirect_uri);
    assert_eq!(token(&first, &key("b")).await, None);
}

#[tokio::test]
async fn one_of_two_stores_that_replace_the_same_revision_succeeds() {
    let fixture = Fixture::with_a_record().await;
    let (first, second) = (fixture.open(), fixture.open());
    let revision = stored(&first, &key("a")).await.revision;
    assert_eq!(stored(&second, &key("a")).await.revision, revision);
    let replaced = put(&first, "a", Some(revision), "1");
    assert!(replaced.await.unwrap());
    let late = put(&second, "a", Some(revision), "2");
    assert!(!late.await.unwrap());
    assert_eq!(token(&second, &key("a")).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_recreated_file_reuses_no_revision() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let old = stored(&store, &key("a")).await.revision;
    fs::remove_file(&fixture.path).unwrap();
    assert_eq!(token(&store, &key("a")).await, None);
    assert!(put(&store, "a", None, "new").await.unwrap());
    assert!(!store.delete(&key("a"), old).await.unwrap());
}

#[tokio::test]
async fn checklist_31_a_deleted_record_is_removed_from_the_file() {
    let fixture = Fixture::with_a_record().await;
    let length = fixture.bytes().len();
    let store = fixture.open();
    let revision = stored(&store, &key("a")).await.revision;
    assert!(store.delete(&key("a"), revision).await.unwrap());
    assert_eq!(token(&fixture.open(), &key("a")).await, None);
    assert!(fixture.bytes().len() < length);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writes_of_two_stores_are_all_kept() {
    let fixture = Fixture::new();
    let stores = [fixture.open(), fixture.open()];
    let writes = (0..40).map(|number| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move {
            let name = number.to_string();
            put(&store, &name, None, &name).await
        })
    });
    for written in futures::future::join_all(writes).await {
        assert!(written.unwrap().unwrap());
    }
    let third = fixture.open();
    for number in 0..40 {
        let name = number.to_string();
        assert_eq!(token(&third, &key(&name)).await, Some(name));
    }
}

#[tokio::test]
async fn a_cancelled_write_leaves_no_lock() {
    use futures::FutureExt;
    let fixture = Fixture::new();
    let store = fixture.open();
    for _ in 0..20 {
        let cancelled = put(&store, "a", None, "1");
        drop(cancelled.now_or_never());
    }
    assert!(put(&store, "b", None, "2").await.unwrap());
}

#[tokio::test]
async fn a_key_locked_by_another_store_is_waited_for_and_other_keys_are_not() {
    let fixture = Fixture::new();
    let clock = ManualClock::new();
    let first = fixture.open();
    let second = fixture.open().clock(Arc::new(clock.clone()));
    let lease = first.lock(&key("a")).await.unwrap();
    let waiting = tokio::spawn({
        let second = second.clone();
        async move { second.lock(&key("a")).await }
    });
    clock.sleeps(1).await;
    drop(second.lock(&key("b")).await.unwrap());
    let write = put(&second, "b", None, "b");
    assert!(write.await.unwrap());
    assert_eq!(token(&second, &key("b")).await.as_deref(), Some("b"));
    assert!(!waiting.is_finished());
    drop(lease);
    clock.advance(Duration::from_secs(1));
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn tasks_of_one_store_exclude_each_other_and_a_cancelled_one_leaves_no_lock() {
    let fixture = Fixture::new();
    let clock = ManualClock::new();
    let store = fixture.open().clock(Arc::new(clock.clone()));
    let lease = store.lock(&key("a")).await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.lock(&key("a")).await }
    });
    clock.sleeps(1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    drop(lease);
    drop(store.lock(&key("a")).await.unwrap());
}

#[tokio::test]
async fn a_wait_for_a_lock_is_bounded_and_its_error_names_the_holder() {
    let fixture = Fixture::new();
    let clock = ManualClock::new();
    let _lease = fixture.open().lock(&key("a")).await.unwrap();
    let store = fixture.open().clock(Arc::new(clock.clone()));
    let mut waiting = tokio::spawn(async move { store.lock(&key("a")).await });
    let mut count = 1;
    let error = loop {
        tokio::select! {
            ended = &mut waiting => break ended.unwrap().unwrap_err().to_string(),
            _ = clock.sleeps(count) => clock.advance(Duration::from_secs(7)),
        }
        count += 1;
    };
    assert!(count > 8, "{count}");
    let process = format!("the process {}", std::process::id());
    assert!(error.contains(&process), "{error}");
    assert!(error.contains(fixture.path.to_str().unwrap()), "{error}");
}

#[tokio::test]
async fn checklist_29_no_token_and_no_key_shows_in_the_file_in_debug_or_in_errors() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let debug = format!("{store:?} {:?}", stored(&store, &key("a")).await);
    assert!(debug.contains(fixture.path.to_str().unwrap()));
    let mut files = String::new();
    for entry in fs::read_dir(fixture.path.parent().unwrap()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        files.push_str(&String::from_utf8_lossy(&bytes));
    }
    let wrong = FileStore::open(&fixture.path, StoreKey::random().unwrap()).unwrap_err();
    fs::write(&fixture.path, "canary-token").unwrap();
    let damaged = fixture.try_open().unwrap_err();
    let shown = format!("{debug} {files} {wrong} {wrong:?} {damaged} {damaged:?}");
    let encoded = ["Y2FuYXJ5LXRva2Vu", KEY];
    for secret in ["canary-token"].iter().chain(&encoded) {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn the_file_store_conforms() {
    let fixture = Fixture::new();
    crate::token::store::conformance::check(|| async { fixture.open() }).await;
}
