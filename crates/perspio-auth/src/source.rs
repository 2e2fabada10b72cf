//! Gives a valid token: from memory, or by one request for all who wait.
//!
//! What a caller gets when stands in one place, the source's state machine:
//! a fresh token at once; an ageing one at once too, while one renewal runs
//! behind; otherwise the outcome of the one fetch, which is a task of its own,
//! so that a caller who goes away neither cancels nor loses it.

mod builder;
mod current;
mod fetch;
mod kept;
mod keyed;
mod running;
mod state;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use http::HeaderValue;
use tracing::Instrument;

pub use builder::TokenSourceBuilder;
pub(crate) use builder::{check_keeps_sign_ins, identity_client};
pub use keyed::TokenSources;

use crate::clock::Moment;
use crate::credential::Credential;
use crate::error::Error;
use crate::profile::Profile;
use crate::store::{TokenKey, TokenRecord};
use crate::token::AccessToken;
use crate::transport::check_runtime;
use current::Current;
use fetch::Fetcher;
use running::Running;
use state::{Age, State, Step, Verdict};

/// Gives the token of one credential, renewed in time. Cheap to clone; clones
/// share the token.
///
/// ```no_run
/// use perspio_auth::{Application, ClientCredentials, Profile, TokenSource};
///
/// # async fn example() -> Result<(), perspio_auth::Error> {
/// let profile = Profile::perspiotalk();
/// let application = Application::confidential("client id", "…");
/// let source = TokenSource::new(&profile, ClientCredentials::new(application))?;
/// let token = source.token().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenSource {
    shared: Arc<Source>,
}

struct Source {
    /// The current token: callers read it without a lock.
    token: Current,
    guarded: Mutex<Guarded>,
    /// Whether the state holds anything against the current token.
    in_doubt: AtomicBool,
    fetcher: Fetcher,
    /// Whether a task is at work that saves what the store has not taken yet.
    is_saving: AtomicBool,
    number: u64,
}

#[derive(Default)]
struct Guarded {
    state: State,
    /// There while the state says that a fetch runs.
    fetch: Option<Fetch>,
    /// The token that the API rejected: a store may still hold it.
    rejected: Option<AccessToken>,
}

/// A fetch under way, for any number of waiters.
type Fetch = Shared<BoxFuture<'static, Result<AccessToken, Error>>>;

impl TokenSource {
    /// A source for `credential` at the profile's identity server, with the
    /// machine's clock and a store in memory.
    pub fn new(profile: &Profile, credential: impl Into<Credential>) -> Result<Self, Error> {
        Self::builder(profile, credential).build()
    }

    /// A source with a store, a clock or observers of the caller's.
    pub fn builder(profile: &Profile, credential: impl Into<Credential>) -> TokenSourceBuilder {
        TokenSourceBuilder::new(profile, credential.into())
    }

    /// What the token belongs to.
    pub fn key(&self) -> &TokenKey {
        &self.shared.fetcher.key
    }

    /// Whether the token stands for the application itself, not for a person.
    pub fn is_application(&self) -> bool {
        self.shared.fetcher.credential.is_application()
    }

    /// Returns a valid token from memory, or shares one token request between concurrent
    /// callers.
    ///
    /// # Errors
    /// Why there is none. [`Error::Configuration`] outside of a tokio runtime.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        let now = self.shared.now();
        match self.at_hand(now) {
            Some(token) => Ok(token),
            None => self.renewed(now).await,
        }
    }

    #[inline]
    fn at_hand(&self, now: Moment) -> Option<AccessToken> {
        let token = self.shared.token.get();
        token.filter(|token| token.is_fresh(now))
    }

    /// Returns the current token if it is fresh. Nothing is awaited, and no renewal is
    /// started.
    #[inline]
    pub fn cached_token(&self) -> Option<AccessToken> {
        self.at_hand(self.shared.now())
    }

    /// The value of the `Authorization` header of a valid token: cheaper than
    /// the token, for who has no use for the rest of it. It cannot be told to
    /// [`TokenSource::reject`].
    pub async fn authorization(&self) -> Result<HeaderValue, Error> {
        let now = self.shared.now();
        match self.shared.token.fresh_authorization(now) {
            Some(authorization) => Ok(authorization),
            None => Ok(self.renewed(now).await?.authorization().clone()),
        }
    }

    /// What a caller gets when the token is not fresh.
    async fn renewed(&self, now: Moment) -> Result<AccessToken, Error> {
        check_runtime()?;
        match self.step(now) {
            Ok(token) => Ok(token),
            Err(Wait::Fetch(fetch)) => fetch.await,
            Err(Wait::Throttled(error)) => Err(error),
        }
    }

    /// What the state machine says, done.
    fn step(&self, now: Moment) -> Result<AccessToken, Wait> {
        let source = &self.shared;
        let mut guarded = source.guarded();
        let current = source.token.get();
        let age = match &current {
            Some(token) if token.is_expired(now) => Age::Gone,
            Some(token) if token.is_ageing(now) => Age::Ageing,
            Some(_) => Age::Fresh,
            None => Age::Gone,
        };
        let step = guarded.state.ask(age, now);
        match (step, current) {
            (Step::Give, Some(token)) => Ok(token),
            (Step::GiveAndFetch, Some(token)) => {
                // Its outcome is for whoever comes later.
                drop(self.start(&mut guarded, Some(token.clone())));
                Ok(token)
            }
            (Step::Throttled(retry_after), _) => {
                let host = source.fetcher.identity.host().to_owned();
                Err(Wait::Throttled(Error::Throttled { host, retry_after }))
            }
            (_, current) => {
                let running = guarded.fetch.clone();
                let fetch = running.unwrap_or_else(|| self.start(&mut guarded, current));
                Err(Wait::Fetch(fetch))
            }
        }
    }

    /// Starts the one fetch, for a token other than `current`.
    fn start(&self, guarded: &mut Guarded, current: Option<AccessToken>) -> Fetch {
        let source = self.shared.clone();
        let unwanted = guarded.rejected.clone().or(current);
        let span = tracing::info_span!("token", api = source.fetcher.identity.profile().name());
        let task = tokio::spawn(
            async move {
                // Whatever ends this task ends the fetch: the next caller can start another.
                let running = Running::new(&source);
                let outcome = source.obtain(unwanted.as_ref()).await;
                running.end(&outcome);
                source.save_behind();
                outcome
            }
            .instrument(span),
        );
        let fetch = async move {
            task.await.unwrap_or_else(|cause| {
                Err(Error::configuration(format!(
                    "the token request was ended by its runtime: {cause}"
                )))
            })
        };
        guarded.fetch.insert(fetch.boxed().shared()).clone()
    }

    /// The API refused `token` with a 401. It is given to nobody any more,
    /// unless it is only just fetched in the place of another refused one: then
    /// it stays, because a new one would fare no better. A token that has been
    /// replaced already stays replaced.
    ///
    /// True if another token may be had.
    pub fn reject(&self, token: &AccessToken) -> bool {
        let source = &self.shared;
        let now = source.now();
        let mut guarded = source.guarded();
        let current = source.token.get();
        if !current.is_some_and(|current| current.is(token)) {
            return true;
        }
        source.in_doubt.store(true, Ordering::Release);
        match guarded.state.rejected(now) {
            Verdict::Evict => {
                guarded.rejected = Some(token.clone());
                source.token.set(None);
                true
            }
            Verdict::Keep => false,
        }
    }

    /// Signs out: the token is given to nobody any more, and neither this process
    /// nor the store keeps anything to renew it with. A renewal that runs, here
    /// or in another process, is waited for first. (Entra has no way to revoke
    /// a token: what was given away stays good for the rest of its hour.)
    ///
    /// An application signs in again by itself; a person must.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be cleared; this process has
    /// forgotten all the same.
    pub async fn sign_out(&self) -> Result<(), Error> {
        let outcome = self.shared.fetcher.sign_out().await;
        let running = self.shared.guarded().fetch.clone();
        if let Some(fetch) = running {
            // It may hold a token from before; its outcome is for its own callers.
            drop(fetch.await);
        }
        // A fetch that waited for the lock may have read what has been cleared since.
        self.shared.fetcher.forget_here();
        let mut guarded = self.shared.guarded();
        guarded.rejected = None;
        self.shared.token.set(None);
        outcome
    }

    /// The API accepted `token`.
    #[inline]
    pub fn accept(&self, token: &AccessToken) {
        // Every answer comes here: only a doubt is worth a lock.
        if !self.shared.in_doubt.load(Ordering::Acquire) {
            return;
        }
        let mut guarded = self.shared.guarded();
        if guarded.state.doubts() {
            let current = self.shared.token.get();
            if current.is_some_and(|current| current.is(token)) {
                guarded.state.accepted();
                self.shared.in_doubt.store(false, Ordering::Release);
            }
        }
    }

    /// Whether `token` has expired or been replaced since it was given, here or in
    /// another process with the same store.
    pub(crate) async fn is_stale(&self, token: &AccessToken) -> bool {
        let source = &self.shared;
        let is_current = |current: &AccessToken| current.is(token);
        token.is_expired(source.now())
            || !source.token.get().as_ref().is_some_and(is_current)
            || source.fetcher.is_replaced(token).await
    }
}

/// Why a caller has no token yet.
enum Wait {
    Fetch(Fetch),
    Throttled(Error),
}

impl Source {
    fn now(&self) -> Moment {
        self.fetcher.clock.now()
    }

    fn guarded(&self) -> MutexGuard<'_, Guarded> {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on trying to save a sign-in that the store has not taken, while
    /// callers have the token already.
    fn save_behind(self: &Arc<Self>) {
        if !self.fetcher.has_unsaved_sign_in() || self.is_saving.swap(true, Ordering::AcqRel) {
            return;
        }
        let source = self.clone();
        tokio::spawn(async move {
            source.fetcher.save_at_last().await;
            source.is_saving.store(false, Ordering::Release);
        });
    }

    async fn obtain(&self, unwanted: Option<&AccessToken>) -> Result<AccessToken, Error> {
        let started = self.now();
        let outcome = self.fetcher.obtain(unwanted).await;
        self.told(started, outcome)
    }

    /// The first token of a person's sign-in of just now.
    async fn begin(&self) -> Result<AccessToken, Error> {
        let started = self.now();
        let outcome = self.fetcher.begin().await;
        let token = self.told(started, outcome)?;
        self.token.set(Some(&token));
        Ok(token)
    }

    /// The token of a record, once the observers know of it.
    fn told(
        &self,
        started: Moment,
        outcome: Result<TokenRecord, Error>,
    ) -> Result<AccessToken, Error> {
        let now = self.now();
        let outcome = outcome.and_then(|record| {
            let token = AccessToken::new(&record, now, self.number)
                .ok_or_else(|| self.fetcher.unusable())?;
            Ok((token, self.fetcher.missing(&record)))
        });
        let Fetcher { key, observers, .. } = &self.fetcher;
        match outcome {
            Ok((token, missing)) => {
                if !missing.is_empty() {
                    tracing::warn!(?missing, "fewer scopes were granted than asked for");
                    observers.tell(|observer| observer.on_narrowed(key, &missing));
                }
                let time = now.monotonic.saturating_sub(started.monotonic);
                tracing::debug!("token obtained");
                observers.tell(|observer| observer.on_renewed(key, &token, time));
                Ok(token)
            }
            Err(error) => {
                tracing::warn!(%error, "no token obtained");
                observers.tell(|observer| observer.on_failed(key, &error));
                Err(error)
            }
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("credential", &self.shared.fetcher.credential)
            .field("store", &self.shared.fetcher.store)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
