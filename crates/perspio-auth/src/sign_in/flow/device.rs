//! Sign-in on another device (RFC 8628).

use std::fmt;

use crate::oauth::Application;
use crate::oauth::DeviceCode;
use crate::oauth::Error;
use crate::oauth::Profile;
use crate::sign_in::SignIn;
use crate::sign_in::claims;
use crate::source::TokenSource;

/// The settings of [`SignIn::device`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Device;

impl SignIn<Device> {
    /// Signs in with the device flow: the user types a short code at the identity
    /// server's page, on any device. The application must be allowed to use the device
    /// flow.
    ///
    /// ```no_run
    /// use perspio_auth::{Application, Profile, SignIn};
    ///
    /// # async fn example(profile: Profile) -> Result<(), perspio_auth::Error> {
    /// let application = Application::confidential("client id", "client secret");
    /// let attempt = SignIn::device(application).begin(&profile).await?;
    /// let code = attempt.code();
    /// println!("Open {} and type {}", code.verification_uri(), code.user_code());
    /// let source = attempt.finish().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn device(application: Application) -> Self {
        Self::new(application, Device)
    }

    /// Requests a code from the identity server.
    ///
    /// # Errors
    /// The error response of the identity server; [`Error::Store`] if the store cannot
    /// be read, [`Error::Configuration`] if it may evict the sign-in.
    pub async fn begin(self, profile: &Profile) -> Result<DeviceAttempt, Error> {
        claims::check(self.settings.claims.as_deref())?;
        self.check_store(profile).await?;
        let code = DeviceCode::begin_with_claims(
            profile,
            self.application.clone(),
            self.settings.claims.as_deref(),
            &*self.clock,
        );
        let code = code.await?;
        Ok(DeviceAttempt {
            profile: profile.clone(),
            sign_in: self,
            code,
        })
    }
}

/// A sign-in whose code the user has to type in.
pub struct DeviceAttempt {
    profile: Profile,
    sign_in: SignIn<Device>,
    code: DeviceCode,
}

impl DeviceAttempt {
    /// Returns the code that the user types, the address of the page, and the time
    /// left.
    pub fn code(&self) -> &DeviceCode {
        &self.code
    }

    /// Polls the identity server, at the interval that it requires, until the user has
    /// signed in or the code has expired. Dropping the future ends the attempt.
    ///
    /// # Errors
    /// [`Error::SignInRequired`] if the user declined, [`Error::SignInTimedOut`] if the
    /// code expired, [`Error::Store`] if the sign-in could not be saved.
    pub async fn finish(self) -> Result<TokenSource, Error> {
        let (source, _) = self.sign_in.conclude(&self.profile, self.code).await?;
        Ok(source)
    }
}

impl fmt::Debug for DeviceAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAttempt")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
