//! Returns a valid token from memory, or shares one token request between
//! concurrent callers (single-flight).
//!
//! The source's state machine decides: a fresh token is returned immediately; a token
//! that is due for renewal too, while it is refreshed in the background; otherwise
//! the caller awaits the fetch in flight. The fetch is a task of a thread of this crate, so
//! that neither a cancelled caller nor the end of its runtime cancels it.

mod background;
mod builder;
mod cached_record;
mod core;
mod current;
mod fetch;
mod keyed;
mod observer;
mod records;
mod recovery;
mod retained_lock;
#[cfg(test)]
mod simulation;
mod spending;
mod state;
mod token_endpoint;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

pub use builder::TokenSourceBuilder;
pub(crate) use builder::check_keeps_sign_ins;
pub use keyed::TokenSources;
#[cfg(feature = "metrics")]
pub use observer::MetricsObserver;
pub use observer::TokenObserver;

use crate::oauth::{Credential, Error, Profile};
use crate::token::AccessToken;
use crate::token::clock::{Clock, Moment};
use crate::token::store::TokenKey;
use core::Core;
use current::Current;

/// How long the drop of the last handle waits for a refresh token that is being spent.
const LONGEST_DROP: Duration = Duration::from_secs(5);

/// A source of valid tokens of one credential. It caches the token in memory and
/// refreshes it in the background before it expires. Cheap to clone; clones share the
/// token.
///
/// ```no_run
/// use perspio_auth::endpoint::Endpoint;
/// use perspio_auth::{Application, ClientCredentials, Profile, Scopes, TokenSource};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let api = "https://api.example".parse::<Endpoint>()?;
/// let authority = "https://login.example/directory".parse::<Endpoint>()?;
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
    source: Arc<Source>,
}

/// What all handles share. The core is shared with the fetch in flight.
struct Source {
    /// The current token, which callers read without a lock.
    token: Current,
    clock: Arc<dyn Clock>,
    core: Arc<Core>,
}

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
        &self.source.core.fetcher.records.key
    }

    /// Returns whether the token represents the application itself, not a user.
    pub fn is_application(&self) -> bool {
        self.source.core.fetcher.credential.is_application()
    }

    /// Returns a valid token from memory, or shares one token request between concurrent
    /// callers.
    ///
    /// # Errors
    /// No token could be obtained; see [`Error`] for the causes and the next steps.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        let now = self.source.clock.now();
        match self.at_hand(now) {
            Some(token) => Ok(token),
            None => self.source.core.renewed(now).await,
        }
    }

    #[inline]
    fn at_hand(&self, now: Moment) -> Option<AccessToken> {
        let token = self.source.token.get();
        token.filter(|token| token.is_fresh(now))
    }

    /// Returns the current token if it is fresh. Nothing is awaited, and no renewal is
    /// started.
    #[inline]
    pub fn cached_token(&self) -> Option<AccessToken> {
        self.at_hand(self.source.clock.now())
    }

    /// Returns the value of the `Authorization` header of a valid token. Cheaper than
    /// [`TokenSource::token`], but a rejection by the API cannot be reported with
    /// [`TokenSource::reject`].
    ///
    /// # Errors
    /// The same as [`TokenSource::token`].
    pub async fn authorization(&self) -> Result<HeaderValue, Error> {
        let now = self.source.clock.now();
        match self.source.token.fresh_authorization(now) {
            Some(authorization) => Ok(authorization),
            None => Ok(self.source.core.renewed(now).await?.authorization().clone()),
        }
    }

    /// Reports that the API rejected `token` with a 401. It is not returned any more,
    /// unless it was fetched only just now to replace another rejected one: then it is
    /// kept, because a new token would be rejected too. A token that has been replaced
    /// already stays replaced.
    ///
    /// Returns whether another token may be obtained.
    pub fn reject(&self, token: &AccessToken) -> bool {
        self.source.core.reject(token)
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
        self.source.core.sign_out().await
    }

    /// Waits for background work: a refresh in flight, and saving a sign-in that the store
    /// has not accepted yet. Call it before the program ends, so that no sign-in is lost.
    /// (A dropped source waits too, but for five seconds only, and blocks its thread.)
    ///
    /// # Errors
    /// [`Error::Store`] if the sign-in could not be saved: it is lost when the program ends,
    /// unless the identity server still accepts the refresh token in the store. The outcome
    /// of the refresh itself is returned to its own callers.
    pub async fn settle(&self) -> Result<(), Error> {
        self.source.core.settle().await
    }

    /// Reports that the API accepted `token`.
    #[inline]
    pub fn accept(&self, token: &AccessToken) {
        self.source.core.accept(token);
    }

    /// Returns whether `token` has expired or been replaced since it was returned, by
    /// this process or by another one with the same store.
    pub(crate) async fn is_stale(&self, token: &AccessToken) -> bool {
        let source = &self.source;
        let is_current = |current: &AccessToken| current.is(token);
        token.is_expired(source.clock.now())
            || !source.token.get().as_ref().is_some_and(is_current)
            || source.core.is_replaced(token).await
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let fetcher = &self.core.fetcher;
        if fetcher.credential.is_of_a_user() && !fetcher.spending.close(LONGEST_DROP) {
            tracing::warn!("a token source was dropped while its sign-in was being refreshed");
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("credential", &self.source.core.fetcher.credential)
            .field("store", &self.source.core.fetcher.records.store)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
