//! A person signs in: with the browser of this machine, by pasting, or on
//! another device.

mod browser;
mod callback;
mod listener;
mod page;
mod redirect;
mod request;
mod server;
mod way;

use std::fmt;
use std::sync::Arc;

use crate::application::Application;
use crate::clock::{Clock, SystemClock};
use crate::credential::{Credential, StoredSignIn};
use crate::error::Error;
use crate::observer::TokenObserver;
use crate::profile::{Profile, Prompt};
use crate::source::{TokenSource, TokenSourceBuilder, check_keeps_sign_ins};
use crate::store::{MemoryStore, TokenKey, TokenStore};
use crate::token::AccessToken;

#[cfg(any(test, fuzzing))]
pub(crate) use callback::{Answer, Expected, read as read_callback};
pub use redirect::LoopbackRedirect;
use request::RequestSettings;
pub use request::{AuthorizationRequest, ResponseMode};
pub use way::{Browser, Device, DeviceAttempt, Paste, PasteAttempt};

/// A person's sign-in, in one of three ways:
///
/// | way | for which job |
/// |---|---|
/// | [`SignIn::browser`] | the person sits at this machine |
/// | [`SignIn::paste`] | this machine has no browser, the person's has: an address goes there, another comes back |
/// | [`SignIn::device`] | the same, where the application may use the device flow: only a short code is typed |
///
/// ```no_run
/// use perspio_auth::{Application, Profile, SignIn};
///
/// # async fn example() -> Result<(), perspio_auth::Error> {
/// let profile = Profile::perspiotalk();
/// let application = Application::confidential("client id", "client secret");
/// let source = SignIn::browser(application).run(&profile).await?;
/// let token = source.token().await?;
/// # Ok(())
/// # }
/// ```
///
/// What comes of it is a [`TokenSource`] that has its first token already and
/// renews it as long as the refresh token lives. With a [`store`](SignIn::store)
/// it is kept there too, in the place of an earlier sign-in, before anyone gets
/// it; [`StoredSignIn`](crate::StoredSignIn) goes on with it in another process.
#[derive(Clone)]
pub struct SignIn<W = Browser> {
    application: Application,
    way: W,
    settings: RequestSettings,
    user: Option<String>,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    observers: Vec<Arc<dyn TokenObserver>>,
}

impl<W> SignIn<W> {
    fn new(application: Application, way: W) -> Self {
        Self {
            application,
            way,
            settings: RequestSettings::default(),
            user: None,
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(SystemClock),
            observers: Vec::new(),
        }
    }

    /// Tells persons apart who sign in to the same application and share a store.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Where the sign-in is kept; this process's memory by default. One that may
    /// forget it is refused before the person is asked
    /// ([`TokenStore::keeps_refresh_tokens`]).
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

    fn builder(&self, profile: &Profile, credential: impl Into<Credential>) -> TokenSourceBuilder {
        let mut builder = TokenSource::builder(profile, credential)
            .store(self.store.clone())
            .clock(self.clock.clone());
        if let Some(user) = &self.user {
            builder = builder.user(user);
        }
        self.observers.iter().fold(builder, |builder, observer| {
            builder.observer(observer.clone())
        })
    }

    /// Uses up what the person's sign-in has brought, and keeps what comes of it.
    async fn conclude(
        &self,
        profile: &Profile,
        credential: impl Into<Credential>,
    ) -> Result<(TokenSource, AccessToken), Error> {
        self.builder(profile, credential).sign_in().await
    }

    /// A store that cannot be used is told before a person is bothered.
    async fn check_store(&self, profile: &Profile) -> Result<(), Error> {
        check_keeps_sign_ins(&*self.store)?;
        let credential = StoredSignIn::new(self.application.clone()).into();
        let key = TokenKey::new(profile, &credential, self.user.as_deref());
        self.store.read(&key).await.map_err(Error::Store)?;
        drop(self.store.lock(&key).await.map_err(Error::Store)?);
        Ok(())
    }
}

impl<W: way::ThroughBrowser> SignIn<W> {
    /// What the person is asked beside signing in; the profile's by default.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.settings.prompt = Some(prompt);
        self
    }

    /// Who will probably sign in: the address or user name is filled in.
    pub fn login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.settings.login_hint = Some(login_hint.into());
        self
    }

    /// Claims that the sign-in must satisfy, JSON, as a claims challenge gave
    /// them ([`Error::ClaimsRequired`]).
    pub fn claims(mut self, claims: impl Into<String>) -> Self {
        self.settings.claims = Some(claims.into());
        self
    }

    /// How the browser brings the answer; in the query by default.
    pub fn response_mode(mut self, response_mode: ResponseMode) -> Self {
        self.settings.response_mode = response_mode;
        self
    }
}

impl<W: fmt::Debug> fmt::Debug for SignIn<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("application", &self.application)
            .field("way", &self.way)
            .field("settings", &self.settings)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
