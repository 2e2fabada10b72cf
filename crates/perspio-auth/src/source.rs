//! Gives a valid token: from memory, or by one request for all who wait.
//!
//! | the token is | a caller gets | and |
//! |---|---|---|
//! | fresh (5/6 of its life not yet gone) | it, at once | nothing |
//! | ageing | it, at once | one renewal runs behind |
//! | expired, rejected, or not there yet | the outcome of the one fetch | that fetch runs once for all callers |
//!
//! The fetch is a task of its own: a caller that goes away neither cancels nor
//! loses it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use secrecy::SecretString;

use crate::clock::{Clock, Deadline, SystemClock};
use crate::credential::Credential;
use crate::error::Error;
use crate::identity::Identity;
use crate::profile::Profile;
use crate::token::AccessToken;
use crate::transport::{Timeouts, http_client};

/// The life of a token whose answer does not say it: the page "Use Access
/// Token" gives 60 minutes.
const USUAL_LIFETIME: Duration = Duration::from_secs(3600);
/// How long a failed early renewal waits before it is tried again.
const EARLY_RENEWAL_PAUSE: Duration = Duration::from_secs(30);
/// An identity server answers in well under a second; callers wait for it.
const IDENTITY_TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(10),
    idle: Duration::from_secs(30),
    total: Some(Duration::from_secs(60)),
};

/// Gives the token of one credential, renewed in time. Cheap to clone; clones
/// share the token.
///
/// ```no_run
/// use perspio_auth::{ClientCredentials, Profile, SecretString, TokenSource};
///
/// # async fn example() -> Result<(), perspio_auth::Error> {
/// let profile = Profile::perspiotalk()?;
/// let grant = ClientCredentials::new("client id", SecretString::from("…"), profile.scopes());
/// let source = TokenSource::new(&profile, grant)?;
/// let token = source.token().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenSource {
    shared: Arc<Source>,
}

struct Source {
    identity: Identity,
    credential: Credential,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<AccessToken>,
    fetch: Option<Fetch>,
    /// Set by a failed early renewal: none is tried before.
    next_early_renewal: Option<Deadline>,
}

/// A fetch under way, for any number of waiters.
type Fetch = Shared<BoxFuture<'static, Result<AccessToken, Error>>>;

impl TokenSource {
    /// A source for `credential` at the profile's identity server.
    pub fn new(profile: &Profile, credential: impl Into<Credential>) -> Result<Self, Error> {
        Self::with_clock(profile, credential, Arc::new(SystemClock))
    }

    /// The same with a clock of the caller's, for tests.
    pub fn with_clock(
        profile: &Profile,
        credential: impl Into<Credential>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let http = http_client(profile.token_url(), IDENTITY_TIMEOUTS)?;
        Ok(Self {
            shared: Arc::new(Source {
                identity: Identity::new(http, profile),
                credential: credential.into(),
                clock,
                state: Mutex::default(),
            }),
        })
    }

    /// A valid token. Must be called within a tokio runtime.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        let fetch = {
            let now = self.shared.clock.now();
            let mut state = self.shared.state();
            match state.token.clone().filter(|token| !token.is_expired(now)) {
                Some(token) => {
                    let paused = state
                        .next_early_renewal
                        .is_some_and(|next| !next.passed(now));
                    if token.is_ageing(now) && !paused && state.fetch.is_none() {
                        state.fetch = Some(self.fetch());
                    }
                    return Ok(token);
                }
                None => state.fetch.get_or_insert_with(|| self.fetch()).clone(),
            }
        };
        fetch.await
    }

    /// The API refused `token`: it is given to nobody any more. A token that
    /// has been replaced already stays replaced.
    pub fn reject(&self, token: &AccessToken) {
        let mut state = self.shared.state();
        if state
            .token
            .as_ref()
            .is_some_and(|current| current.is(token))
        {
            state.token = None;
        }
    }

    /// Starts the one fetch. The caller holds the state's lock and stores it.
    fn fetch(&self) -> Fetch {
        let source = self.shared.clone();
        let task = tokio::spawn(async move {
            // Whatever ends this task ends the fetch: the next caller can start another.
            let done = Done(&source);
            let outcome = source.request().await;
            done.with(&outcome);
            outcome
        });
        async move {
            task.await.unwrap_or_else(|cause| {
                Err(Error::configuration(format!(
                    "the token request was ended by its runtime: {cause}"
                )))
            })
        }
        .boxed()
        .shared()
    }
}

impl Source {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn request(&self) -> Result<AccessToken, Error> {
        // Counted from before the request: the server's clock has started by then.
        let asked = self.clock.now();
        let answer = self.credential.request(&self.identity).await?;
        let lifetime = answer.lifetime().unwrap_or(USUAL_LIFETIME);
        let secret = SecretString::from(answer.into_access_token());
        AccessToken::new(secret, lifetime, asked).ok_or_else(|| {
            self.identity
                .invalid_token("its access_token cannot stand in a header".to_owned())
        })
    }
}

/// Ends a fetch in the state, with its outcome or, when its task was ended
/// before there was one, without.
struct Done<'a>(&'a Source);

impl Done<'_> {
    fn with(&self, outcome: &Result<AccessToken, Error>) {
        let mut state = self.0.state();
        match outcome {
            Ok(token) => {
                tracing::debug!("token obtained");
                state.token = Some(token.clone());
                state.next_early_renewal = None;
            }
            Err(error) => {
                tracing::warn!(%error, "no token obtained");
                let next = self.0.clock.now().deadline(EARLY_RENEWAL_PAUSE);
                state.next_early_renewal = Some(next);
            }
        }
    }
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.state().fetch = None;
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("credential", &self.shared.credential)
            .finish_non_exhaustive()
    }
}
