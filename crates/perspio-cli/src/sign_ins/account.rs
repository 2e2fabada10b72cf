//! The account that a stored sign-in belongs to.

use std::sync::Arc;

use perspio_auth::{
    Application, Profile, SignIn, StoredSignIn, TokenKey, TokenSource, TokenSourceBuilder,
    TokenStore,
};

/// The account of a sign-in: the API, the application, and the profile of this command. Sign-ins
/// of different accounts never affect each other.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) profile: Profile,
    pub(crate) application: Application,
    /// The user id in the store; none without a profile of this command.
    user: Option<String>,
}

impl Account {
    /// Creates the account of the profile `name`, or of the environment without one.
    pub(crate) fn new(profile: Profile, application: Application, name: Option<&str>) -> Self {
        let user = name.map(|name| {
            // The key of a token has neither the tenant nor the API's server.
            let tenant = profile.tenant().unwrap_or_default();
            let server = profile.base_url().base();
            format!("profile {name}, tenant {tenant}, server {server}")
        });
        Self {
            profile,
            application,
            user,
        }
    }

    /// Returns the key of its sign-in in a store.
    pub(crate) fn key(&self) -> TokenKey {
        TokenKey::new(&self.profile, &self.credential().into(), self.user())
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub(crate) fn credential(&self) -> StoredSignIn {
        StoredSignIn::new(self.application.clone())
    }

    /// Returns a builder of the tokens of its sign-in in `store`.
    pub(crate) fn tokens(&self, store: Arc<dyn TokenStore>) -> TokenSourceBuilder {
        let builder = TokenSource::builder(&self.profile, self.credential()).store(store);
        match self.user() {
            Some(user) => builder.user(user),
            None => builder,
        }
    }

    /// Returns `sign_in` so that it is stored for this account.
    pub(crate) fn stored<F>(&self, sign_in: SignIn<F>, store: Arc<dyn TokenStore>) -> SignIn<F> {
        let sign_in = sign_in.store(store);
        match self.user() {
            Some(user) => sign_in.user(user),
            None => sign_in,
        }
    }
}
