//! How a token source is set up.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::current::Current;
use super::fetch::Fetcher;
use super::{Guarded, Source, TokenSource};
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::error::Error;
use crate::identity::Identity;
use crate::observer::{Observers, TokenObserver};
use crate::profile::Profile;
use crate::store::{MemoryStore, TokenKey, TokenStore};
use crate::token::AccessToken;
use crate::transport::{HttpOptions, Timeouts, http_client};

/// An identity server answers in well under a second; callers wait for it.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(10),
    idle: Duration::from_secs(30),
    total: Some(Duration::from_secs(60)),
};

/// The HTTP client for a profile's identity server.
pub(crate) fn identity_client(profile: &Profile) -> Result<reqwest::Client, Error> {
    let options = HttpOptions {
        timeouts: TIMEOUTS,
        ..HttpOptions::default()
    };
    http_client(profile.token_url(), profile.network(), &options)
}

/// A person's sign-in goes only where it stays.
pub(crate) fn check_keeps_sign_ins(store: &dyn TokenStore) -> Result<(), Error> {
    if store.keeps_refresh_tokens() {
        return Ok(());
    }
    Err(Error::configuration(
        "a person's sign-in cannot be kept in this token store, which may forget it at any \
         time: use a FileStore, a RedisStore, or none for this process's memory. It serves \
         applications that sign in as themselves (ClientCredentials)",
    ))
}

/// Settings of a [`TokenSource`].
pub struct TokenSourceBuilder {
    profile: Profile,
    credential: Credential,
    user: Option<String>,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    observers: Vec<Arc<dyn TokenObserver>>,
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
            http: None,
        }
    }

    /// Tells persons apart who sign in to the same application.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Where tokens are kept; this process's memory by default. For a person's
    /// sign-in it must be one that
    /// [keeps refresh tokens](TokenStore::keeps_refresh_tokens).
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = store;
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Somebody who is told what happens to the tokens.
    pub fn observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// An HTTP client that many sources share: setting one up reads the
    /// machine's certificates.
    pub(super) fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    pub(super) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What the token will belong to.
    pub fn key(&self) -> TokenKey {
        TokenKey::new(&self.profile, &self.credential, self.user.as_deref())
    }

    /// The source of a person's sign-in of just now, with its first token.
    pub(crate) async fn sign_in(self) -> Result<(TokenSource, AccessToken), Error> {
        let source = self.build()?;
        let token = source.shared.begin().await?;
        Ok((source, token))
    }

    /// The source. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a person's credential with a store that may
    /// forget it, or when no HTTP client can be set up.
    pub fn build(self) -> Result<TokenSource, Error> {
        if self.credential.is_a_persons() {
            check_keeps_sign_ins(&*self.store)?;
        }
        let key = self.key();
        let http = match self.http {
            Some(http) => http,
            None => identity_client(&self.profile)?,
        };
        Ok(TokenSource {
            shared: Arc::new(Source {
                token: Current::none(),
                guarded: Mutex::new(Guarded::default()),
                in_doubt: AtomicBool::new(false),
                number: key.number(),
                fetcher: Fetcher {
                    identity: Identity::new(http, &self.profile),
                    credential: self.credential,
                    key,
                    store: self.store,
                    clock: self.clock,
                    spent: Mutex::default(),
                    kept: Mutex::new(None),
                    observers: Observers(self.observers),
                },
                is_saving: AtomicBool::new(false),
            }),
        })
    }
}
