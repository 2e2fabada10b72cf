//! Waiters for a key that another process holds.

mod races;
mod scripted;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use perspio_auth::clock::Clock;
use perspio_auth::store::{MemoryStore, TokenRecord};
use perspio_auth::{AccessToken, Error, FixedToken, TokenSource, TokenStore};
use tokio::task::JoinHandle;

use self::scripted::Scripted;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// Longer than any step takes on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

type Fixture = super::fixture::Fixture<Scripted>;

impl Fixture {
    /// Returns a record of an application's token, issued now.
    async fn fresh(&self, token: &str) -> TokenRecord {
        // Only a source creates records.
        let memory = Arc::new(MemoryStore::new());
        let source = TokenSource::builder(&self.profile, FixedToken::new(token))
            .store(memory.clone())
            .clock(Arc::new(self.clock.clone()))
            .build()
            .unwrap();
        source.token().await.unwrap();
        let stored = memory.read(source.key()).await.unwrap().unwrap();
        self.of_now(stored.record)
    }

    fn of_now(&self, mut record: TokenRecord) -> TokenRecord {
        record.requested_at = self.clock.now().wall;
        record.lifetime = HOUR;
        record
    }

    /// Lets the waiters read the store again, at least `times` times, and act on it.
    async fn let_waiters_poll(&self, times: usize) {
        for _ in 0..times {
            let before = self.store.reads.load(Ordering::SeqCst);
            let looked = async {
                let mut sleeps = 0;
                while self.store.reads.load(Ordering::SeqCst) == before {
                    // Each sleep that has started is over; another one may start later on its thread.
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
}

/// Requests the token, and starts to wait.
async fn spawn_waiter(
    fixture: &Fixture,
    source: &TokenSource,
) -> JoinHandle<Result<AccessToken, Error>> {
    let sleeps = fixture.clock.sleeps(0).await.len();
    let source = source.clone();
    let waiting = tokio::spawn(async move { source.token().await });
    fixture.clock.sleeps(sleeps + 1).await;
    waiting
}

async fn token_of(waiting: JoinHandle<Result<AccessToken, Error>>) -> Result<String, Error> {
    let token = tokio::time::timeout(LONG, waiting).await;
    let token = token
        .expect("the caller does not wait for the lock")
        .unwrap();
    token.map(|token| token.expose_secret().to_owned())
}

fn spawn_sign_out(source: &TokenSource) -> JoinHandle<Result<(), Error>> {
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
        waiting.push(spawn_waiter(&fixture, source).await);
    }
    fixture.let_waiters_poll(3).await;
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    fixture
        .store
        .put(&key, fixture.fresh("of the holder").await)
        .await;
    fixture.clock.advance(SECOND);
    for waiting in waiting {
        assert_eq!(token_of(waiting).await.unwrap(), "of the holder");
    }
    assert_eq!(fixture.requests(), 0);
    // From now on, each has the token in memory, with or without the store.
    fixture.store.fails_reads.store(true, Ordering::SeqCst);
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
    let record = fixture.store.stored(&key).await.unwrap();
    let mut aged = record.clone();
    aged.requested_at -= HOUR;
    fixture.store.put(&key, aged).await;
    let source = fixture.user();
    let held = fixture.store.store.lock(&key).await.unwrap();
    let waiting = spawn_waiter(&fixture, &source).await;
    fixture.store.put(&key, fixture.of_now(record)).await;
    fixture.clock.advance(SECOND);
    token_of(waiting).await.unwrap();
    assert_eq!(fixture.requests(), 0);
    drop(held);
    fixture.store.fails_reads.store(true, Ordering::SeqCst);
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
    let waiting = spawn_waiter(&fixture, &source).await;
    fixture.let_waiters_poll(3).await;
    for age in [HOUR, HOUR * 11 / 12] {
        let mut old = fixture.fresh("old").await;
        old.requested_at -= age;
        fixture.store.put(source.key(), old).await;
        fixture.let_waiters_poll(3).await;
        assert!(!waiting.is_finished());
    }
    fixture
        .store
        .put(source.key(), fixture.fresh("good").await)
        .await;
    fixture.clock.advance(SECOND);
    assert_eq!(token_of(waiting).await.unwrap(), "good");
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_waiter_gets_the_lock_if_its_holder_has_stored_nothing() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    let held = fixture.store.store.lock(source.key()).await.unwrap();
    let waiting = spawn_waiter(&fixture, &source).await;
    fixture.let_waiters_poll(3).await;
    drop(held);
    token_of(waiting).await.unwrap();
    assert_eq!(fixture.requests(), 1);
    // The waiter has released the lock.
    drop(fixture.store.store.lock(source.key()).await.unwrap());
}

#[tokio::test]
async fn a_waiter_whose_reads_fail_still_gets_the_lock() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    let held = fixture.store.store.lock(source.key()).await.unwrap();
    let waiting = spawn_waiter(&fixture, &source).await;
    fixture.store.fails_reads.store(true, Ordering::SeqCst);
    fixture.let_waiters_poll(1).await;
    assert!(!waiting.is_finished());
    fixture.store.fails_reads.store(false, Ordering::SeqCst);
    fixture
        .store
        .put(source.key(), fixture.fresh("of the holder").await)
        .await;
    drop(held);
    assert_eq!(token_of(waiting).await.unwrap(), "of the holder");
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn a_cancelled_waiter_does_not_affect_the_others() {
    let fixture = Fixture::new().await;
    let source = fixture.application();
    let _held = fixture.store.store.lock(source.key()).await.unwrap();
    let gone = spawn_waiter(&fixture, &source).await;
    let stays = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    fixture.let_waiters_poll(2).await;
    fixture
        .store
        .put(source.key(), fixture.fresh("of the holder").await)
        .await;
    fixture.clock.advance(SECOND);
    assert_eq!(token_of(stays).await.unwrap(), "of the holder");
}

#[tokio::test]
async fn checklist_31_a_record_read_while_waiting_is_discarded_by_a_sign_out() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    fixture.store.blocks_locks.store(true, Ordering::SeqCst);
    let waiting = spawn_waiter(&fixture, &source).await;
    fixture.store.read_gate.set_closed(true);
    fixture.clock.advance(SECOND);
    fixture.store.read_gate.wait_for_blocked().await;
    // The sign-out happens after the read and before the waiter has its result.
    fixture.store.blocks_locks.store(false, Ordering::SeqCst);
    fixture.store.read_gate.set_closed(false);
    let out = spawn_sign_out(&source);
    let deleted = async {
        while fixture.store.stored(source.key()).await.is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, deleted).await.unwrap();
    fixture.store.read_gate.release();
    out.await.unwrap().unwrap();
    token_of(waiting).await.unwrap();
    fixture.store.fails_reads.store(true, Ordering::SeqCst);
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
}

#[tokio::test]
async fn checklist_31_nothing_is_saved_between_the_unlock_and_the_end_of_a_sign_out() {
    let fixture = Fixture::new().await;
    let source = fixture.signed_in().await;
    let first = source.token().await.unwrap();
    fixture.store.fails_writes.store(true, Ordering::SeqCst);
    fixture.clock.advance(SECOND);
    source.reject(&first);
    source.token().await.unwrap();
    // The save of the unsaved record is about to be retried.
    fixture.turns().await;
    fixture.store.fails_writes.store(false, Ordering::SeqCst);
    fixture.store.release_gate.set_closed(true);
    let out = spawn_sign_out(&source);
    fixture.store.release_gate.wait_for_blocked().await;
    for _ in 0..10 {
        fixture.clock.advance(60 * SECOND);
        fixture.turns().await;
    }
    assert!(fixture.store.stored(source.key()).await.is_none());
    assert!(
        !out.is_finished(),
        "a program that ends now leaves it locked"
    );
    fixture.store.release_gate.release();
    out.await.unwrap().unwrap();
    assert!(fixture.store.stored(source.key()).await.is_none());
}
