//! Those who wait for a key that another process holds.

mod races;
mod scripted;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use perspio_auth::clock::{Clock, ManualClock};
use perspio_auth::store::{MemoryStore, TokenRecord};
use perspio_auth::{
    AccessToken, ClientCredentials, Credential, Error, FixedToken, Profile, StoredSignIn,
    TokenSource, TokenStore,
};
use perspio_sandbox::{Rotation, Sandbox};
use tokio::task::JoinHandle;

use self::scripted::Scripted;
use crate::sign_in::{Opened, sign_in};
use crate::support;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// Nothing here takes as long, on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

/// A sandbox where a used refresh token ends its sign-in, and a store.
struct Fixture {
    sandbox: Sandbox,
    profile: Profile,
    clock: ManualClock,
    store: Arc<Scripted>,
}

impl Fixture {
    async fn new() -> Self {
        let builder = Sandbox::builder().rotation(Rotation::Invalidates);
        let sandbox = builder.start().await.unwrap();
        Self {
            profile: support::profile(&sandbox),
            clock: ManualClock::new(),
            store: Arc::default(),
            sandbox,
        }
    }

    /// A source as another process has it.
    fn source(&self, credential: impl Into<Credential>) -> TokenSource {
        TokenSource::builder(&self.profile, credential)
            .store(self.store.clone())
            .clock(Arc::new(self.clock.clone()))
            .build()
            .unwrap()
    }

    fn application(&self) -> TokenSource {
        self.source(ClientCredentials::new(support::application(&self.sandbox)))
    }

    fn person(&self) -> TokenSource {
        self.source(StoredSignIn::new(support::application(&self.sandbox)))
    }

    /// Ada has signed in, in another process.
    async fn signed_in(&self) -> TokenSource {
        let sign_in = sign_in(&self.sandbox)
            .clock(Arc::new(self.clock.clone()))
            .store(self.store.clone());
        let opened = Opened::new(sign_in, &self.profile).await;
        opened.ada_signs_in(&self.sandbox).await;
        self.sandbox.log().clear();
        self.person()
    }

    /// An application's token of now.
    async fn fresh(&self, token: &str) -> TokenRecord {
        // Nobody but a source makes a record.
        let kept = Arc::new(MemoryStore::new());
        let source = TokenSource::builder(&self.profile, FixedToken::new(token))
            .store(kept.clone())
            .clock(Arc::new(self.clock.clone()))
            .build()
            .unwrap();
        source.token().await.unwrap();
        let stored = kept.read(source.key()).await.unwrap().unwrap();
        self.of_now(stored.record)
    }

    fn of_now(&self, mut record: TokenRecord) -> TokenRecord {
        record.requested_at = self.clock.now().wall;
        record.lifetime = HOUR;
        record
    }

    /// Lets those who wait look again, `times` times at least, and act on it.
    async fn looks(&self, times: usize) {
        for _ in 0..times {
            let before = self.store.reads.load(Ordering::SeqCst);
            let looked = async {
                let mut sleeps = 0;
                while self.store.reads.load(Ordering::SeqCst) == before {
                    // Each sleep that has begun is over; on its thread one may begin later.
                    let begun = self.clock.sleeps(0).await.len();
                    if begun > sleeps {
                        sleeps = begun;
                        self.clock.advance(SECOND);
                    }
                    tokio::task::yield_now().await;
                }
            };
            let looked = tokio::time::timeout(LONG, looked).await;
            looked.expect("who waits looks again and again");
            self.turns().await;
        }
    }

    async fn turns(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    fn requests(&self) -> usize {
        self.sandbox.log().token_requests().len()
    }
}

/// Asks for the token, and begins to wait.
async fn waits(fixture: &Fixture, source: &TokenSource) -> JoinHandle<Result<AccessToken, Error>> {
    let sleeps = fixture.clock.sleeps(0).await.len();
    let source = source.clone();
    let waiting = tokio::spawn(async move { source.token().await });
    fixture.clock.sleeps(sleeps + 1).await;
    waiting
}

async fn gets(waiting: JoinHandle<Result<AccessToken, Error>>) -> Result<String, Error> {
    let token = tokio::time::timeout(LONG, waiting).await;
    let token = token.expect("nobody waits for the lock").unwrap();
    token.map(|token| token.expose_secret().to_owned())
}

fn signs_out(source: &TokenSource) -> JoinHandle<Result<(), Error>> {
    let source = source.clone();
    tokio::spawn(async move { source.sign_out().await })
}

#[tokio::test]
async fn waiters_for_a_key_adopt_its_holders_token_before_the_lock_is_released() {
    let fixture = Fixture::new().await;
    let sources: Vec<_> = (0..20).map(|_| fixture.application()).collect();
    let key = sources[0].key().clone();
    let _held = fixture.store.store.lock(&key).await.unwrap();
    let mut waiting = Vec::new();
    for source in &sources {
        waiting.push(waits(&fixture, source).await);
    }
    fixture.looks(3).await;
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    fixture
        .store
        .put(&key, fixture.fresh("of the holder").await)
        .await;
    fixture.clock.advance(SECOND);
    for waiting in waiting {
        assert_eq!(gets(waiting).await.unwrap(), "of the holder");
    }
    assert_eq!(fixture.requests(), 0);
    // Each has it from now on, store or not.
    fixture.store.cannot_be_read.store(true, Ordering::SeqCst);
    for source in &sources {
        let token = source.token().await.unwrap();
        assert_eq!(token.expose_secret(), "of the holder");
    }
}

#[tokio::test]
async fn a_record_read_while_waiting_is_used_for_a_refresh_during_an_outage() {
    let fixture = Fixture::new().await;
    let signed_in = fixture.signed_in().await;
    let key = signed_in.key().clone();
    let record = fixture.store.has(&key).await.unwrap();
    let mut aged = record.clone();
    aged.requested_at -= HOUR;
    fixture.store.put(&key, aged).await;
    let source = fixture.person();
    let held = fixture.store.store.lock(&key).await.unwrap();
    let waiting = waits(&fixture, &source).await;
    fixture.store.put(&key, fixture.of_now(record)).await;
    fixture.clock.advance(SECOND);
    gets(waiting).await.unwrap();
    assert_eq!(fixture.requests(), 0);
    drop(held);
    fixture.store.cannot_be_read.store(true, Ordering::SeqCst);
    fixture.clock.advance(HOUR);
    source.token().await.unwrap();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_waiter_adopts_no_rejected_or_expiring_token() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    let rejected = source.token().await.unwrap();
    assert!(source.reject(&rejected));
    let _held = fixture.store.store.lock(source.key()).await.unwrap();
    let waiting = waits(&fixture, &source).await;
    fixture.looks(3).await;
    for age in [HOUR, HOUR * 11 / 12] {
        let mut old = fixture.fresh("old").await;
        old.requested_at -= age;
        fixture.store.put(source.key(), old).await;
        fixture.looks(3).await;
        assert!(!waiting.is_finished());
    }
    fixture
        .store
        .put(source.key(), fixture.fresh("good").await)
        .await;
    fixture.clock.advance(SECOND);
    assert_eq!(gets(waiting).await.unwrap(), "good");
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_waiter_gets_the_lock_if_its_holder_has_stored_nothing() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    let held = fixture.store.store.lock(source.key()).await.unwrap();
    let waiting = waits(&fixture, &source).await;
    fixture.looks(3).await;
    drop(held);
    gets(waiting).await.unwrap();
    assert_eq!(fixture.requests(), 1);
    // And has left it free.
    drop(fixture.store.store.lock(source.key()).await.unwrap());
}

#[tokio::test]
async fn a_waiter_whose_reads_fail_still_gets_the_lock() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    let held = fixture.store.store.lock(source.key()).await.unwrap();
    let waiting = waits(&fixture, &source).await;
    fixture.store.cannot_be_read.store(true, Ordering::SeqCst);
    fixture.looks(1).await;
    assert!(!waiting.is_finished());
    fixture.store.cannot_be_read.store(false, Ordering::SeqCst);
    fixture
        .store
        .put(source.key(), fixture.fresh("of the holder").await)
        .await;
    drop(held);
    assert_eq!(gets(waiting).await.unwrap(), "of the holder");
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn a_cancelled_waiter_does_not_affect_the_others() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    let _held = fixture.store.store.lock(source.key()).await.unwrap();
    let gone = waits(&fixture, &source).await;
    let stays = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    fixture.looks(2).await;
    fixture
        .store
        .put(source.key(), fixture.fresh("of the holder").await)
        .await;
    fixture.clock.advance(SECOND);
    assert_eq!(gets(stays).await.unwrap(), "of the holder");
}

#[tokio::test]
async fn checklist_31_a_record_read_while_waiting_is_discarded_by_a_sign_out() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    fixture.store.gives_no_lock.store(true, Ordering::SeqCst);
    let waiting = waits(&fixture, &source).await;
    fixture.store.read.stop(true);
    fixture.clock.advance(SECOND);
    fixture.store.read.has_stopped_one().await;
    // It has read, and does not know it yet, when somebody signs out.
    fixture.store.gives_no_lock.store(false, Ordering::SeqCst);
    fixture.store.read.stop(false);
    let out = signs_out(&source);
    let deleted = async {
        while fixture.store.has(source.key()).await.is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, deleted).await.unwrap();
    fixture.store.read.let_go();
    out.await.unwrap().unwrap();
    gets(waiting).await.unwrap();
    fixture.store.cannot_be_read.store(true, Ordering::SeqCst);
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
}

#[tokio::test]
async fn checklist_31_nothing_is_saved_between_the_unlock_and_the_end_of_a_sign_out() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    let first = source.token().await.unwrap();
    fixture
        .store
        .cannot_be_written
        .store(true, Ordering::SeqCst);
    fixture.clock.advance(SECOND);
    source.reject(&first);
    source.token().await.unwrap();
    // What is not saved yet is about to be tried again.
    fixture.turns().await;
    fixture
        .store
        .cannot_be_written
        .store(false, Ordering::SeqCst);
    fixture.store.release.stop(true);
    let out = signs_out(&source);
    fixture.store.release.has_stopped_one().await;
    for _ in 0..10 {
        fixture.clock.advance(60 * SECOND);
        fixture.turns().await;
    }
    assert!(fixture.store.has(source.key()).await.is_none());
    assert!(
        !out.is_finished(),
        "a program that ends now leaves it locked"
    );
    fixture.store.release.let_go();
    out.await.unwrap().unwrap();
    assert!(fixture.store.has(source.key()).await.is_none());
}
