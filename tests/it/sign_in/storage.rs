//! The storage of a sign-in: a failing store is reported, and the right record is found
//! again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use perspio_auth::clock::ManualClock;
use perspio_auth::store::TokenRecord;
use perspio_auth::store::{FileStore, Lease, MemoryStore, Revision, StoreError, StoreKey, Stored};
use perspio_auth::{StoredSignIn, TokenKey, TokenStore};

use super::*;

/// An in-memory store with one failing method.
#[derive(Debug, Default)]
struct Failing {
    memory: MemoryStore,
    fails: &'static str,
    /// The number of locks that are held now, and the number that were ever acquired.
    held: Arc<AtomicUsize>,
    locked: AtomicUsize,
    /// The number of writes without a lock of the key.
    unlocked_writes: AtomicUsize,
}

impl Failing {
    fn at(part: &'static str) -> Arc<Self> {
        Arc::new(Self {
            fails: part,
            ..Self::default()
        })
    }

    /// Returns whether a write takes place, and counts it if the key is not locked.
    fn writes(&self) -> Result<bool, StoreError> {
        self.check("writing")?;
        if self.held.load(Ordering::SeqCst) == 0 {
            self.unlocked_writes.fetch_add(1, Ordering::SeqCst);
        }
        Ok(self.fails != "peace")
    }

    fn check(&self, part: &str) -> Result<(), StoreError> {
        if self.fails == part {
            return Err(StoreError::new(
                "of the test",
                format!("its {part} is broken"),
            ));
        }
        Ok(())
    }
}

/// A lock that reduces the number of held locks when it is dropped.
struct Held(Arc<AtomicUsize>, #[allow(dead_code)] Lease);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl TokenStore for Failing {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        self.check("reading")?;
        self.memory.read(key).await
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        if self.writes()? {
            self.memory.replace(key, expected, record).await
        } else {
            Ok(false)
        }
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        if self.writes()? {
            self.memory.delete(key, expected).await
        } else {
            Ok(false)
        }
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        self.check("locking")?;
        let lease = self.memory.lock(key).await?;
        self.held.fetch_add(1, Ordering::SeqCst);
        self.locked.fetch_add(1, Ordering::SeqCst);
        Ok(Lease::new(Held(self.held.clone(), lease)))
    }
}

#[tokio::test]
async fn an_unusable_store_is_reported_before_a_browser_opens() {
    let sandbox = support::sandbox().await;
    for part in ["reading", "locking"] {
        let opened = Arc::new(AtomicUsize::new(0));
        let sign_in = sign_in(&sandbox).store(Failing::at(part)).opener({
            let opened = opened.clone();
            move |_| {
                opened.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        });
        let error = sign_in.run(&support::profile(&sandbox)).await.unwrap_err();
        assert!(matches!(&error, Error::Store(_)), "{error}");
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(opened.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_stored_fails_for_the_user_and_the_caller() {
    for part in ["writing", "peace"] {
        let sandbox = support::sandbox().await;
        queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
        let sign_in = sign_in(&sandbox).store(Failing::at(part));
        let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
        let page = visit(opened.redirect(&[("code", "c")])).await;
        assert!(page.contains("did not work"), "{page}");
        let error = opened.finish().await.unwrap_err();
        assert!(matches!(error, Error::Store(_)), "{error}");
    }
}

#[tokio::test]
async fn a_sign_in_is_written_only_with_the_lock_of_its_key() {
    let sandbox = support::sandbox().await;
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let store = Failing::at("nothing");
    let sign_in = sign_in(&sandbox).store(store.clone());
    let opened = Opened::new(sign_in, &support::profile(&sandbox)).await;
    assert_eq!(
        store.held.load(Ordering::SeqCst),
        0,
        "the user may take long"
    );
    visit(opened.redirect(&[("code", "c")])).await;
    opened.finish().await.unwrap();
    assert_eq!(
        store.locked.load(Ordering::SeqCst),
        2,
        "checked, then written"
    );
    assert_eq!(store.unlocked_writes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_token_that_is_no_header_value_leaves_the_stored_sign_in_unchanged() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    queue_token_response(
        &sandbox,
        200,
        &DOCUMENTED_RESPONSE.replace("canary-access", r"a\nb"),
    );
    for works in [true, false] {
        let sign_in = sign_in(&sandbox).store(store.clone());
        assert_eq!(with_a_code(&sandbox, sign_in).await.is_ok(), works);
    }
    let credential = StoredSignIn::new(support::application(&sandbox));
    let source = TokenSource::builder(&profile, credential)
        .store(store)
        .build()
        .unwrap();
    assert_eq!(
        source.token().await.unwrap().authorization(),
        "Bearer canary-access"
    );
}

#[tokio::test]
async fn checklist_24_users_with_different_names_have_separate_sign_ins() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let store = Arc::new(MemoryStore::new());
    for user in ["ada", "rosa"] {
        queue_token_response(
            &sandbox,
            200,
            &DOCUMENTED_RESPONSE.replace("canary-access", user),
        );
        let sign_in = sign_in(&sandbox).store(store.clone()).user(user);
        with_a_code(&sandbox, sign_in).await.unwrap();
    }
    for user in ["ada", "rosa"] {
        let credential = StoredSignIn::new(support::application(&sandbox));
        let source = TokenSource::builder(&profile, credential)
            .store(store.clone())
            .user(user);
        let token = source.build().unwrap().token().await.unwrap();
        assert_eq!(token.authorization(), &format!("Bearer {user}"));
    }
}

#[tokio::test]
async fn checklist_31_a_sign_out_in_another_process_ends_the_sign_in_here_too() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let store = Arc::new(MemoryStore::new());
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let sign_in = sign_in(&sandbox)
        .clock(Arc::new(clock.clone()))
        .store(store.clone());
    let source = with_a_code(&sandbox, sign_in).await.unwrap();
    let stored = store.read(source.key()).await.unwrap().unwrap();
    store.delete(source.key(), stored.revision).await.unwrap();
    let requests = sandbox.log().token_requests().len();
    clock.advance(Duration::from_secs(3600));
    let error = source.token().await.unwrap_err();
    assert!(
        error.needs_sign_in() && error.to_string().contains("signed out"),
        "{error}"
    );
    assert_eq!(sandbox.log().token_requests().len(), requests);
    assert!(store.read(source.key()).await.unwrap().is_none());
}

#[tokio::test]
async fn of_two_concurrent_sign_ins_on_one_file_the_later_one_remains() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let text = StoreKey::random().unwrap().to_base64();
    let store = || {
        let key = StoreKey::from_base64(&text).unwrap();
        Arc::new(FileStore::open(folder.path().join("tokens"), key).unwrap())
    };
    let one = Opened::new(sign_in(&sandbox).store(store()), &profile).await;
    let other = Opened::new(sign_in(&sandbox).store(store()), &profile).await;
    for (opened, access) in [(one, "first"), (other, "second")] {
        queue_token_response(
            &sandbox,
            200,
            &DOCUMENTED_RESPONSE.replace("canary-access", access),
        );
        visit(opened.redirect(&[("code", access)])).await;
        opened.finish().await.unwrap();
    }
    let credential = StoredSignIn::new(support::application(&sandbox));
    let source = TokenSource::builder(&profile, credential).store(store());
    let token = source.build().unwrap().token().await.unwrap();
    assert_eq!(token.authorization(), "Bearer second");
}

#[tokio::test]
async fn a_stored_sign_in_without_a_refresh_token_reports_why_it_ends() {
    let sandbox = support::sandbox().await;
    let profile = support::profile(&sandbox);
    let clock = ManualClock::new();
    let store = Arc::new(MemoryStore::new());
    queue_token_response(
        &sandbox,
        200,
        r#"{"access_token":"t","token_type":"Bearer","expires_in":3599}"#,
    );
    let sign_in = sign_in(&sandbox)
        .clock(Arc::new(clock.clone()))
        .store(store.clone());
    with_a_code(&sandbox, sign_in).await.unwrap();
    let credential = StoredSignIn::new(support::application(&sandbox));
    let source = TokenSource::builder(&profile, credential)
        .store(store)
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    source.token().await.unwrap();
    clock.advance(Duration::from_secs(3600));
    let error = source.token().await.unwrap_err();
    assert!(
        error.needs_sign_in() && error.to_string().contains("PERSPIO_OFFLINE_ACCESS=true"),
        "{error}"
    );
}
