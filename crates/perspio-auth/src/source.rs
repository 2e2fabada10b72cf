//! Returns a valid token from memory, or shares one token request between
//! concurrent callers (single-flight).
//!
//! The source's state machine decides: a fresh token is returned immediately; a token
//! that is due for renewal too, while it is refreshed in the background; otherwise
//! the caller awaits the fetch in flight. The fetch is its own task, so that a
//! cancelled caller neither cancels nor loses it.

mod builder;
mod current;
mod fetch;
mod kept;
mod keyed;
mod observer;
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
pub(crate) use builder::check_keeps_sign_ins;
pub use keyed::TokenSources;
#[cfg(feature = "metrics")]
pub use observer::MetricsObserver;
pub use observer::TokenObserver;

use crate::oauth::Credential;
use crate::oauth::Error;
use crate::oauth::Profile;
use crate::oauth::transport::check_runtime;
use crate::token::AccessToken;
use crate::token::clock::Moment;
use crate::token::store::{TokenKey, TokenRecord};
use current::Current;
use fetch::Fetcher;
use running::Running;
use state::{Age, State, Step, Verdict};

/// A source of valid tokens of one credential. It caches the token in memory and
/// refreshes it in the background before it expires. Cheap to clone; clones share the
/// token.
///
/// ```no_run
/// use perspio_auth::endpoint::Endpoint;
/// use perspio_auth::{Application, ClientCredentials, Profile, Scopes, TokenSource};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let api = Endpoint::parse("https://api.example")?;
/// let authority = Endpoint::parse("https://login.example/directory")?;
/// let profile = Profile::custom("Example", api, &authority)
///     .with_scopes(Scopes::uniform(["api://example/.default"]));
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
    /// The current token, which callers read without a lock.
    token: Current,
    guarded: Mutex<Guarded>,
    /// Whether the API has rejected a token and has not accepted the current one yet.
    in_doubt: AtomicBool,
    fetcher: Fetcher,
    /// Whether a task is saving a sign-in that the store has not accepted yet.
    is_saving: AtomicBool,
    number: u64,
}

#[derive(Default)]
struct Guarded {
    state: State,
    /// Present while a fetch is in flight.
    fetch: Option<Fetch>,
    /// The token that the API rejected; the store may still contain it.
    rejected: Option<AccessToken>,
}

/// A fetch in flight, with any number of waiters.
type Fetch = Shared<BoxFuture<'static, Result<AccessToken, Error>>>;

impl TokenSource {
    /// Creates a source that obtains tokens with `credential` from the profile's
    /// identity server, with an in-memory store and the system's clock.
    ///
    /// # Errors
    /// [`Error::Configuration`] if no HTTP client can be created.
    pub fn new(profile: &Profile, credential: impl Into<Credential>) -> Result<Self, Error> {
        Self::builder(profile, credential).build()
    }

    /// Returns a builder, to set a store, a clock or observers.
    pub fn builder(profile: &Profile, credential: impl Into<Credential>) -> TokenSourceBuilder {
        TokenSourceBuilder::new(profile, credential.into())
    }

    /// Returns the key of the token in a store.
    pub fn key(&self) -> &TokenKey {
        &self.shared.fetcher.key
    }

    /// Returns whether the token represents the application itself, not a user.
    pub fn is_application(&self) -> bool {
        self.shared.fetcher.credential.is_application()
    }

    /// Returns a valid token from memory, or shares one token request between concurrent
    /// callers.
    ///
    /// # Errors
    /// No token could be obtained; see [`Error`] for the causes and the next steps.
    /// [`Error::Configuration`] outside of a tokio runtime.
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

    /// Returns the value of the `Authorization` header of a valid token. Cheaper than
    /// [`TokenSource::token`], but a rejection by the API cannot be reported with
    /// [`TokenSource::reject`].
    ///
    /// # Errors
    /// The same as [`TokenSource::token`].
    pub async fn authorization(&self) -> Result<HeaderValue, Error> {
        let now = self.shared.now();
        match self.shared.token.fresh_authorization(now) {
            Some(authorization) => Ok(authorization),
            None => Ok(self.renewed(now).await?.authorization().clone()),
        }
    }

    /// Returns the token to use when the current one is not fresh.
    async fn renewed(&self, now: Moment) -> Result<AccessToken, Error> {
        check_runtime()?;
        match self.step(now) {
            Ok(token) => Ok(token),
            Err(Wait::Fetch(fetch)) => fetch.await,
            Err(Wait::Throttled(error)) => Err(error),
        }
    }

    /// Asks the state machine and carries out its decision.
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
                // In the background: later callers use its outcome.
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

    /// Starts the fetch of a token other than `current`.
    fn start(&self, guarded: &mut Guarded, current: Option<AccessToken>) -> Fetch {
        let source = self.shared.clone();
        let unwanted = guarded.rejected.clone().or(current);
        let span = tracing::info_span!("token", api = source.fetcher.identity.profile().name());
        let task = tokio::spawn(
            async move {
                // If this task is aborted, the next caller can start another fetch.
                let running = Running::new(&source);
                let outcome = source.obtain(unwanted.as_ref()).await;
                running.end(&outcome);
                source.save_in_background();
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

    /// Reports that the API rejected `token` with a 401. It is not returned any more,
    /// unless it was fetched only just now to replace another rejected one: then it is
    /// kept, because a new token would be rejected too. A token that has been replaced
    /// already stays replaced.
    ///
    /// Returns whether another token may be obtained.
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

    /// Signs out: discards the token, and deletes everything that could refresh it from
    /// memory and from the store. A refresh in flight, in this process or in another,
    /// is awaited first. Entra cannot revoke an access token: a token that was returned
    /// before stays valid until it expires.
    ///
    /// An application obtains a new token with its next call; a user must sign in again.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be cleared; the token is discarded from
    /// memory in this case too.
    pub async fn sign_out(&self) -> Result<(), Error> {
        let outcome = self.shared.fetcher.sign_out().await;
        let running = self.shared.guarded().fetch.clone();
        if let Some(fetch) = running {
            // It may return an older token, to its own callers only.
            drop(fetch.await);
        }
        // A fetch that waited for the lock may have read the deleted record.
        self.shared.fetcher.forget_here();
        let mut guarded = self.shared.guarded();
        guarded.rejected = None;
        self.shared.token.set(None);
        outcome
    }

    /// Reports that the API accepted `token`.
    #[inline]
    pub fn accept(&self, token: &AccessToken) {
        // Called for every response; the lock is taken only if a token was rejected.
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

    /// Returns whether `token` has expired or been replaced since it was returned, by
    /// this process or by another one with the same store.
    pub(crate) async fn is_stale(&self, token: &AccessToken) -> bool {
        let source = &self.shared;
        let is_current = |current: &AccessToken| current.is(token);
        token.is_expired(source.now())
            || !source.token.get().as_ref().is_some_and(is_current)
            || source.fetcher.is_replaced(token).await
    }
}

/// Why there is no token yet.
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

    /// Retries in the background to save a sign-in that the store has not accepted.
    fn save_in_background(self: &Arc<Self>) {
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
        self.report(started, outcome)
    }

    /// Returns the first token of a sign-in that has just been completed.
    async fn begin(&self) -> Result<AccessToken, Error> {
        let started = self.now();
        let outcome = self.fetcher.begin().await;
        let token = self.report(started, outcome)?;
        self.token.set(Some(&token));
        Ok(token)
    }

    /// Notifies the observers, and returns the token of the record.
    fn report(
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
                    tracing::warn!(?missing, "fewer scopes were granted than requested");
                    observers.notify(|observer| observer.on_narrowed(key, &missing));
                }
                let time = now.monotonic.saturating_sub(started.monotonic);
                tracing::debug!("token obtained");
                observers.notify(|observer| observer.on_renewed(key, &token, time));
                Ok(token)
            }
            Err(error) => {
                tracing::warn!(%error, "no token obtained");
                observers.notify(|observer| observer.on_failed(key, &error));
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
