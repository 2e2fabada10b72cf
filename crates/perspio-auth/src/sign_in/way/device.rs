//! On another device (RFC 8628).

use std::fmt;

use crate::application::Application;
use crate::error::Error;
use crate::grant::DeviceCode;
use crate::profile::Profile;
use crate::sign_in::SignIn;
use crate::source::TokenSource;

/// On another device: the settings of [`SignIn::device`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Device;

impl SignIn<Device> {
    /// The person types a short code at the identity server's page, on any
    /// device. The application must be allowed the device flow.
    ///
    /// ```no_run
    /// use perspio_auth::{Application, Profile, SignIn};
    ///
    /// # async fn example() -> Result<(), perspio_auth::Error> {
    /// let profile = Profile::perspiotalk();
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

    /// Asks the identity server for a code.
    ///
    /// # Errors
    /// The identity server's refusal; [`Error::Store`] for a store that cannot
    /// be read, [`Error::Configuration`] for one that may forget the sign-in.
    pub async fn begin(self, profile: &Profile) -> Result<DeviceAttempt, Error> {
        self.check_store(profile).await?;
        let code = DeviceCode::begin(profile, self.application.clone(), &*self.clock).await?;
        Ok(DeviceAttempt {
            profile: profile.clone(),
            sign_in: self,
            code,
        })
    }
}

/// An attempt whose code the person has to type in.
pub struct DeviceAttempt {
    profile: Profile,
    sign_in: SignIn<Device>,
    code: DeviceCode,
}

impl DeviceAttempt {
    /// What the person types, where, and how long that is possible.
    pub fn code(&self) -> &DeviceCode {
        &self.code
    }

    /// Asks, as often as the identity server allows, until the person is done or
    /// the time is over. Dropping the future ends the attempt.
    ///
    /// # Errors
    /// [`Error::SignInRequired`] when the person declined,
    /// [`Error::SignInTimedOut`] when the time is over, [`Error::Store`] when the sign-in could not be kept.
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
