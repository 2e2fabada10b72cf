//! Interactive sign-in: with the browser of this machine, by pasting, or on another
//! device.

#[cfg(feature = "sign-in")]
mod browser;
mod callback;
mod claims;
mod flow;
#[cfg(feature = "sign-in")]
mod listener;
#[cfg(feature = "sign-in")]
mod page;
#[cfg(feature = "sign-in")]
mod redirect;
mod request;
#[cfg(feature = "sign-in")]
mod server;
mod user;

use std::fmt;
use std::sync::Arc;

use crate::oauth::Application;
use crate::oauth::Error;
use crate::oauth::{Credential, StoredSignIn};
use crate::oauth::{Profile, Prompt};
use crate::source::TokenObserver;
use crate::source::{TokenSource, TokenSourceBuilder, check_keeps_sign_ins};
use crate::token::AccessToken;
use crate::token::clock::{Clock, SystemClock};
use crate::token::store::{MemoryStore, TokenKey, TokenStore};

#[cfg(any(test, fuzzing))]
pub(crate) use callback::{AuthorizationResponse, Expected, read as read_callback};
#[cfg(feature = "sign-in")]
pub use flow::Browser;
pub use flow::{Device, DeviceAttempt, Paste, PasteAttempt};
#[cfg(feature = "sign-in")]
pub use redirect::LoopbackRedirect;
use request::RequestSettings;
#[cfg(any(test, fuzzing))]
pub(crate) use request::fuzz_sealed;
pub use request::{AuthorizationRequest, ResponseMode};

/// The interactive sign-in of a user, in one of three flows:
///
/// | flow | use |
/// |---|---|
/// | `SignIn::browser` (feature `sign-in`) | the user works at this machine |
/// | [`SignIn::paste`] | this machine has no browser: the user opens a link elsewhere and pastes the resulting address here |
/// | [`SignIn::device`] | the same, if the application is allowed to use the device flow: the user only types a short code |
///
/// ```no_run
/// use perspio_auth::endpoint::Endpoint;
/// use perspio_auth::{Application, Profile, Scopes, SignIn};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let api = "https://api.example".parse::<Endpoint>()?;
/// let authority = "https://login.example/directory".parse::<Endpoint>()?;
/// let profile = Profile::custom("Example", api, &authority)
///     .with_scopes(Scopes::uniform(["api://example/access_as_user"]));
/// let application = Application::confidential("client id", "client secret");
/// # #[cfg(feature = "sign-in")] {
/// let source = SignIn::browser(application).run(&profile).await?;
/// let token = source.token().await?;
/// # }
/// # Ok(())
/// # }
/// ```
///
/// The registration of the redirect URI decides whether the application has a secret; see
/// [`Application`].
///
/// The result is a [`TokenSource`] that has its first token and refreshes it as long
/// as the refresh token is valid. With a [`store`](SignIn::store) the sign-in is
/// saved before it is returned, and replaces an earlier one; another process
/// continues it with [`StoredSignIn`](crate::StoredSignIn).
#[derive(Clone)]
pub struct SignIn<F> {
    application: Application,
    flow: F,
    settings: RequestSettings,
    user: Option<String>,
    user_of_id_token: bool,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    observers: Vec<Arc<dyn TokenObserver>>,
}

impl<F> SignIn<F> {
    fn new(application: Application, flow: F) -> Self {
        Self {
            application,
            flow,
            settings: RequestSettings::default(),
            user: None,
            user_of_id_token: false,
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(SystemClock),
            observers: Vec::new(),
        }
    }

    /// Sets the user id under which the sign-in is stored, to separate several users
    /// of one application and store.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self.user_of_id_token = false;
        self
    }

    /// Stores the sign-in under the user that the id token names, so that the
    /// users of one application and store are separated. The id is
    /// [`IdToken::user_key`](crate::IdToken::user_key) of the token's
    /// [`id_token`](AccessToken::id_token): pass it to
    /// [`TokenSourceBuilder::user`] to continue the sign-in with a [`StoredSignIn`].
    ///
    /// A sign-in whose id token is missing or names no user fails with
    /// [`Error::SignInRejected`].
    pub fn user_of_id_token(mut self) -> Self {
        self.user = None;
        self.user_of_id_token = true;
        self
    }

    /// Sets the store of the sign-in; in memory by default. A store that may evict
    /// records ([`TokenStore::keeps_refresh_tokens`]) is rejected before the user is
    /// asked to sign in.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = store;
        self
    }

    /// Sets the claims that the sign-in must satisfy, a JSON object: those of a claims
    /// challenge ([`Error::claims`]). Anything else is rejected with
    /// [`Error::Configuration`] when the sign-in begins.
    pub fn claims(mut self, claims: impl Into<String>) -> Self {
        self.settings.claims = Some(claims.into());
        self
    }

    /// Sets the clock (for tests).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Adds an observer of token requests.
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

    /// Exchanges the result of the sign-in for tokens and saves them.
    async fn conclude(
        &self,
        profile: &Profile,
        credential: impl Into<Credential>,
    ) -> Result<(TokenSource, AccessToken), Error> {
        if self.user_of_id_token {
            return self
                .conclude_with_user_of_id_token(profile, credential)
                .await;
        }
        self.builder(profile, credential).sign_in().await
    }

    /// Reports an unusable store before the user is asked to sign in.
    async fn check_store(&self, profile: &Profile) -> Result<(), Error> {
        check_keeps_sign_ins(&*self.store)?;
        let credential = StoredSignIn::new(self.application.clone()).into();
        let key = TokenKey::new(profile, &credential, self.user.as_deref());
        self.store.read(&key).await.map_err(Error::Store)?;
        drop(self.store.lock(&key).await.map_err(Error::Store)?);
        Ok(())
    }
}

impl<F: flow::BrowserFlow> SignIn<F> {
    /// Sets what the user is asked for in addition to signing in; by default as the
    /// profile says.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.settings.prompt = Some(prompt);
        self
    }

    /// Sets the user name or address that the sign-in page is prefilled with.
    pub fn login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.settings.login_hint = Some(login_hint.into());
        self
    }

    /// Sets how the browser returns the response; in the query by default.
    pub fn response_mode(mut self, response_mode: ResponseMode) -> Self {
        self.settings.response_mode = response_mode;
        self
    }
}

impl<F: fmt::Debug> fmt::Debug for SignIn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("application", &self.application)
            .field("flow", &self.flow)
            .field("settings", &self.settings)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
