//! A user's sign-in that is already in the token store.

use crate::oauth::application::Application;

/// A user's sign-in that is already in the token store, saved there by
/// [`SignIn`](crate::SignIn) earlier or in another process.
///
/// Use it with a store that outlives the process. If the store contains no sign-in,
/// a token request fails with [`Error::NotRenewable`](crate::Error::NotRenewable).
#[derive(Clone, Debug)]
pub struct StoredSignIn {
    pub(in crate::oauth) application: Application,
}

impl StoredSignIn {
    /// Creates the credential of a sign-in to `application`.
    pub fn new(application: Application) -> Self {
        Self { application }
    }
}
