//! The builder of a token source.

use std::sync::{Arc, Mutex};

use super::cached_record::RecordCache;
use super::core::Core;
use super::current::Current;
use super::fetch::{Fetcher, Obtained, Request};
use super::observer::{Observers, TokenObserver};
use super::records::Records;
use super::recovery::{self, Recovery};
use super::retained_lock::RetainedLock;
use super::token_endpoint::{IdentityServer, LONGEST_TOTAL, LONGEST_WAIT};
use super::{Source, TokenSource};
use crate::oauth::Credential;
use crate::oauth::Error;
use crate::oauth::Identity;
use crate::oauth::Profile;
use crate::retry::RetryPolicy;
use crate::token::AccessToken;
use crate::token::clock::{Clock, SystemClock};
use crate::token::store::{MemoryStore, TokenKey, TokenStore};

/// Rejects a store that may evict a user's sign-in.
pub(crate) fn check_keeps_sign_ins(store: &dyn TokenStore) -> Result<(), Error> {
    if store.keeps_refresh_tokens() {
        return Ok(());
    }
    Err(Error::configuration(
        "a user's sign-in cannot be kept in this token store, which may evict it at any time: \
         use a FileStore, a RedisStore, or none to keep it in memory. The store is suitable for \
         applications that sign in as themselves (ClientCredentials)",
    ))
}

/// A builder of a [`TokenSource`].
pub struct TokenSourceBuilder {
    profile: Profile,
    credential: Credential,
    user: Option<String>,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    observers: Vec<Arc<dyn TokenObserver>>,
    retry: RetryPolicy,
    http: Option<reqwest::Client>,
}

impl TokenSourceBuilder {
    pub(super) fn new(profile: &Profile, credential: Credential) -> Self {
        Self {
            profile: profile.clone(),
            credential,
            user: None,
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(SystemClock),
            observers: Vec::new(),
            retry: RetryPolicy::new().capped(LONGEST_WAIT, LONGEST_TOTAL),
            http: None,
        }
    }

    /// Sets the user id under which the token is stored, to separate several users of
    /// one application and store.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the token store; in memory by default. For a user's sign-in, the store must
    /// [keep refresh tokens](TokenStore::keeps_refresh_tokens).
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = store;
        self
    }

    /// Sets the clock (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how often a failed token request is retried. By default there are five attempts
    /// where a retry is safe: after a 429 or 503 and if there was no connection, and after
    /// every outage if the request is idempotent. A fetch waits for at most 10 s at once and
    /// 20 s in total, even if the policy allows more. After a failed fetch the next one is
    /// delayed (see [`Error::BackingOff`]).
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy.capped(LONGEST_WAIT, LONGEST_TOTAL);
        self
    }

    /// Adds an observer of token requests.
    pub fn observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sets an HTTP client that several sources share, because creating one reads the
    /// system's certificates.
    pub(super) fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    pub(super) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns the key of the token in a store.
    pub fn key(&self) -> TokenKey {
        TokenKey::new(&self.profile, &self.credential, self.user.as_deref())
    }

    /// Builds the source of a sign-in that has just been completed, with its first
    /// token.
    pub(crate) async fn sign_in(self) -> Result<(TokenSource, AccessToken), Error> {
        let retry = self.retry;
        let source = self.build()?;
        let core = &source.source.core;
        let request = Request {
            unwanted: None,
            policy: retry,
        };
        let started = core.fetcher.records.clock.now();
        let outcome = core.fetcher.begin(&request).await;
        let (token, _) = core.report(started, outcome.map(Obtained::from))?;
        core.token.set(Some(&token));
        Ok((source, token))
    }

    /// Builds the source. No request is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the credential is a user's and the store may evict
    /// it, or if no HTTP client can be created.
    pub fn build(self) -> Result<TokenSource, Error> {
        if self.credential.is_of_a_user() {
            check_keeps_sign_ins(&*self.store)?;
        }
        let key = self.key();
        let http = match self.http {
            Some(http) => http,
            None => Identity::http_client(&self.profile)?,
        };
        let token = Current::none();
        let core = Core::new(
            token.clone(),
            Fetcher {
                endpoint: Arc::new(IdentityServer {
                    identity: Identity::new(http, &self.profile),
                    clock: self.clock.clone(),
                }),
                profile: self.profile,
                credential: self.credential,
                records: Records {
                    key,
                    store: self.store,
                    clock: self.clock.clone(),
                    observers: Observers(self.observers),
                    cache: RecordCache::default(),
                    retained: RetainedLock::default(),
                    recovery: Recovery::new(recovery::GRACE),
                },
                used: Mutex::default(),
                spending: Arc::default(),
            },
            self.retry,
        );
        let source = Source {
            token,
            clock: self.clock,
            core,
        };
        Ok(TokenSource {
            source: Arc::new(source),
        })
    }
}
