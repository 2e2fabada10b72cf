//! The part of a token source that outlives its handles: a fetch in flight has it too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tracing::Instrument;

use super::background;
use super::current::Current;
use super::fetch::{Fetcher, Obtained, Request};
use super::state::{Age, Failure, State, Step, Verdict};
use crate::oauth::Error;
use crate::retry::RetryPolicy;
use crate::token::AccessToken;
use crate::token::clock::Moment;

pub(super) struct Core {
    /// The current token, which callers read without a lock.
    pub(super) token: Current,
    pub(super) fetcher: Fetcher,
    retry: RetryPolicy,
    guarded: Mutex<Guarded>,
    /// Whether the API has rejected a token and has not accepted the current one yet.
    in_doubt: AtomicBool,
    /// Whether a task is saving a sign-in that the store has not accepted yet.
    is_saving: AtomicBool,
}

#[derive(Default)]
struct Guarded {
    state: State,
    /// Present while a fetch is in flight.
    fetch: Option<Fetch>,
    /// The token that the API rejected; the store may still contain it.
    rejected: Option<AccessToken>,
    /// The failure of the last fetch.
    failure: Option<Error>,
}

/// A fetch in flight, with any number of waiters.
type Fetch = Shared<BoxFuture<'static, Result<AccessToken, Error>>>;

/// The token, or what a caller waits for.
enum Next {
    Token(AccessToken),
    Fetch(Fetch),
    Failed(Error),
}

impl Core {
    pub(super) fn new(token: Current, fetcher: Fetcher, retry: RetryPolicy) -> Arc<Self> {
        Arc::new(Self {
            token,
            fetcher,
            retry,
            guarded: Mutex::default(),
            in_doubt: AtomicBool::new(false),
            is_saving: AtomicBool::new(false),
        })
    }

    fn now(&self) -> Moment {
        self.fetcher.records.clock.now()
    }

    fn guarded(&self) -> MutexGuard<'_, Guarded> {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the token to use when the current one is not fresh.
    pub(super) async fn renewed(self: &Arc<Self>, now: Moment) -> Result<AccessToken, Error> {
        // Checked before the state counts on a fetch.
        background::runtime()?;
        match self.next(now) {
            Next::Token(token) => Ok(token),
            Next::Fetch(fetch) => fetch.await,
            Next::Failed(error) => Err(error),
        }
    }

    /// Asks the state machine and carries out its decision.
    fn next(self: &Arc<Self>, now: Moment) -> Next {
        let mut guarded = self.guarded();
        let current = self.token.get();
        let age = match &current {
            Some(token) if token.is_expired(now) => Age::Unusable,
            Some(token) if token.is_ageing(now) => Age::Due,
            Some(_) => Age::Fresh,
            None => Age::Unusable,
        };
        let step = guarded.state.ask(age, now);
        if let (Step::BackOff(left), Some(failure)) = (step, &guarded.failure) {
            return Next::Failed(delayed(failure.clone(), left));
        }
        match (step, current) {
            (Step::Return, Some(token)) => Next::Token(token),
            (Step::ReturnAndFetch, Some(token)) => {
                // In the background: later callers use its outcome.
                drop(self.start(&mut guarded, Some(token.clone())));
                Next::Token(token)
            }
            (_, current) => {
                let running = guarded.fetch.clone();
                Next::Fetch(running.unwrap_or_else(|| self.start(&mut guarded, current)))
            }
        }
    }

    /// Starts the fetch of a token other than `current`.
    fn start(self: &Arc<Self>, guarded: &mut Guarded, current: Option<AccessToken>) -> Fetch {
        let core = self.clone();
        let unwanted = guarded.rejected.clone().or(current);
        let policy = if guarded.state.is_failing() {
            // The source's back-off is in force already.
            RetryPolicy::none()
        } else {
            self.retry
        };
        let span = tracing::info_span!("token", api = self.fetcher.profile.name());
        let work = async move {
            // If this task is aborted, the next caller can start another fetch.
            let mut in_flight = InFlight {
                core: &core,
                has_ended: false,
            };
            let request = Request {
                unwanted: unwanted.as_ref(),
                policy,
            };
            let started = core.now();
            let outcome = core.fetcher.obtain(&request).await;
            let outcome = in_flight.end(core.report(started, outcome));
            core.save_in_background();
            outcome
        };
        let fetch = background::spawn(work.instrument(span));
        guarded.fetch.insert(fetch.boxed().shared()).clone()
    }

    /// Notifies the observers, and returns the token of the record.
    pub(super) fn report(
        &self,
        started: Moment,
        outcome: Result<Obtained, Error>,
    ) -> Result<(AccessToken, Option<Error>), Error> {
        let now = self.now();
        let records = &self.fetcher.records;
        let outcome = outcome.and_then(|Obtained { record, failure }| {
            let token = self.fetcher.token(&record, now, records.key.number());
            let token = token.ok_or_else(|| self.fetcher.unusable())?;
            Ok((token, failure, self.fetcher.missing(&record)))
        });
        let (key, observers) = (&records.key, &records.observers);
        let failed = |error: &Error| {
            tracing::warn!(%error, "no token obtained");
            observers.notify(|observer| observer.on_failed(key, error));
        };
        match outcome {
            Ok((token, failure, missing)) => {
                if !missing.is_empty() {
                    tracing::warn!(?missing, "fewer scopes were granted than requested");
                    observers.notify(|observer| observer.on_narrowed(key, &missing));
                }
                if let Some(error) = &failure {
                    failed(error);
                } else {
                    let time = now.monotonic.saturating_sub(started.monotonic);
                    tracing::debug!("token obtained");
                    observers.notify(|observer| observer.on_renewed(key, &token, time));
                }
                Ok((token, failure))
            }
            Err(error) => {
                failed(&error);
                Err(error)
            }
        }
    }

    /// Retries in the background to save a sign-in that the store has not accepted.
    fn save_in_background(self: &Arc<Self>) {
        let is_saved = self.fetcher.records.cache.unsaved_sign_in().is_none();
        if is_saved || self.is_saving.swap(true, Ordering::AcqRel) {
            return;
        }
        let core = self.clone();
        // Runs to its end without a waiter.
        drop(background::spawn(async move {
            core.fetcher.records.save_in_background().await;
            core.is_saving.store(false, Ordering::Release);
            Ok(())
        }));
    }

    /// Waits for the fetch in flight, and saves a sign-in that is not saved yet.
    pub(super) async fn settle(self: &Arc<Self>) -> Result<(), Error> {
        self.wait_for_fetch().await;
        if self.fetcher.records.cache.unsaved_sign_in().is_none() {
            return Ok(());
        }
        let core = self.clone();
        background::spawn(async move {
            let saved = core.fetcher.records.save_now().await;
            saved.map_err(Error::Store)
        })
        .await
    }

    async fn wait_for_fetch(&self) {
        let fetch = self.guarded().fetch.clone();
        if let Some(fetch) = fetch {
            // Its own callers get the outcome.
            drop(fetch.await);
        }
    }

    /// Signs out, after a fetch in flight.
    pub(super) async fn sign_out(self: &Arc<Self>) -> Result<(), Error> {
        let core = self.clone();
        let outcome = background::spawn(async move { core.fetcher.sign_out().await }).await;
        self.wait_for_fetch().await;
        // A fetch that waited for the lock may have read the deleted record.
        self.fetcher.records.cache.clear();
        let mut guarded = self.guarded();
        guarded.rejected = None;
        self.token.set(None);
        outcome
    }

    /// Returns whether the store has another valid token.
    pub(super) async fn is_replaced(self: &Arc<Self>, token: &AccessToken) -> bool {
        let (core, token) = (self.clone(), token.clone());
        let replaced = async move { Ok(core.fetcher.is_replaced(&token).await) };
        background::spawn(replaced).await.unwrap_or(false)
    }

    /// Records that the API rejected `token`. Returns whether another one may be obtained.
    pub(super) fn reject(&self, token: &AccessToken) -> bool {
        let now = self.now();
        let mut guarded = self.guarded();
        let current = self.token.get();
        if !current.is_some_and(|current| current.is(token)) {
            return true;
        }
        self.in_doubt.store(true, Ordering::Release);
        match guarded.state.rejected(now) {
            Verdict::Evict => {
                guarded.rejected = Some(token.clone());
                self.token.set(None);
                true
            }
            Verdict::Keep => false,
        }
    }

    /// Records that the API accepted `token`.
    #[inline]
    pub(super) fn accept(&self, token: &AccessToken) {
        // Called for every response; the lock is taken only if a token was rejected.
        if !self.in_doubt.load(Ordering::Acquire) {
            return;
        }
        let mut guarded = self.guarded();
        if guarded.state.doubts() {
            let current = self.token.get();
            if current.is_some_and(|current| current.is(token)) {
                guarded.state.accepted();
                self.in_doubt.store(false, Ordering::Release);
            }
        }
    }
}

/// A fetch in flight. If it is dropped before its end, it counts as failed.
struct InFlight<'a> {
    core: &'a Core,
    has_ended: bool,
}

impl InFlight<'_> {
    /// Records the outcome, and returns what the waiters get.
    fn end(
        &mut self,
        outcome: Result<(AccessToken, Option<Error>), Error>,
    ) -> Result<AccessToken, Error> {
        self.has_ended = true;
        let now = self.core.now();
        let mut guarded = self.core.guarded();
        guarded.fetch = None;
        let failure = match &outcome {
            Ok((token, failure)) => {
                guarded.state.obtained();
                guarded.rejected = None;
                self.core.token.set(Some(token));
                failure.clone()
            }
            Err(error) => Some(error.clone()),
        };
        let backoff = failure.as_ref().map(|error| {
            let failure = failure_of(error);
            guarded.state.failed(failure, fastrand::f64(), now)
        });
        guarded.failure = failure;
        match outcome {
            Ok((token, _)) => Ok(token),
            Err(error) => Err(match backoff {
                Some(backoff) => delayed(error, backoff),
                None => error,
            }),
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let now = self.core.now();
            let mut guarded = self.core.guarded();
            guarded.fetch = None;
            guarded.failure = None;
            guarded.state.failed(Failure::Local, 1.0, now);
        }
    }
}

/// Returns whether the identity server has failed, or this machine.
fn failure_of(error: &Error) -> Failure {
    match error.cause() {
        Error::Store(_) | Error::RefreshPostponed { .. } | Error::Configuration { .. } => {
            Failure::Local
        }
        // Nothing is left to send, and a user may sign in at any time.
        Error::SignInRequired { .. } | Error::NotRenewable { .. } => Failure::Local,
        _ => Failure::Server {
            retry_after: error.retry_after(),
        },
    }
}

/// Adds the delay of the next token request to a failure that may be over by then.
fn delayed(failure: Error, left: Duration) -> Error {
    if failure.is_outage() && matches!(failure_of(&failure), Failure::Server { .. }) {
        Error::BackingOff {
            cause: Arc::new(failure),
            retry_after: left,
        }
    } else {
        failure
    }
}
