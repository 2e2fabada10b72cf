//! The device flow (RFC 8628): a person signs in on another device.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use oauth2::{Scope, StandardDeviceAuthorizationResponse};

use super::Grant;
use crate::application::Application;
use crate::clock::{Clock, Deadline, Moment};
use crate::error::Error;
use crate::identity::{Exchange, Identity, TokenAnswer};
use crate::profile::Profile;
use crate::source::identity_client;

/// A server that allows to ask without a pause is not asked without one.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// A device flow that has begun: the person is shown [`DeviceCode::user_code`]
/// and [`DeviceCode::verification_uri`]; a token source that is made of this
/// waits until the person is done.
#[derive(Clone)]
pub struct DeviceCode {
    application: Application,
    authorization: Arc<StandardDeviceAuthorizationResponse>,
    deadline: Deadline,
}

impl DeviceCode {
    /// Asks the identity server to begin (RFC 8628 §3.1).
    pub async fn begin(
        profile: &Profile,
        application: Application,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        let identity = Identity::new(identity_client(profile)?, profile);
        let exchange = Exchange::new(&identity, clock, Grant::DeviceCode, &application);
        let scopes = application.scopes(profile.scopes().of_a_person());
        let asked_at = clock.now();
        let outcome = identity
            .oauth_client(&application)
            .exchange_device_code()
            .add_scopes(scopes.into_iter().map(Scope::new))
            .request_async(&exchange)
            .await;
        let authorization: StandardDeviceAuthorizationResponse = exchange.conclude(outcome)?;
        Ok(Self {
            application,
            deadline: asked_at.deadline(authorization.expires_in()),
            authorization: Arc::new(authorization),
        })
    }

    /// What the person types in.
    pub fn user_code(&self) -> &str {
        self.authorization.user_code().secret()
    }

    /// Where the person types it in.
    pub fn verification_uri(&self) -> &str {
        self.authorization.verification_uri().as_str()
    }

    /// The same address with the code in it, where the identity server has one
    /// (RFC 8628 §3.3.1): for a link or a QR code. It must be shown to the
    /// person as the code is, and to nobody else.
    pub fn verification_uri_complete(&self) -> Option<&str> {
        let complete = self.authorization.verification_uri_complete()?;
        Some(complete.secret())
    }

    /// How long the person still has.
    pub fn remaining(&self, now: Moment) -> Duration {
        self.deadline.remaining(now)
    }

    /// How long the person has in all.
    pub fn expires_in(&self) -> Duration {
        self.authorization.expires_in()
    }

    pub(crate) fn application(&self) -> &Application {
        &self.application
    }

    /// Asks again and again, as often as the server allows, until the person is
    /// done or the time is over (RFC 8628 §3.4 and §3.5).
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenAnswer, Error> {
        let exchange = Exchange::new(identity, clock, Grant::DeviceCode, &self.application);
        let outcome = identity
            .oauth_client(&self.application)
            .exchange_device_access_token(&self.authorization)
            .set_time_fn(|| chrono::DateTime::from(std::time::UNIX_EPOCH + clock.now().wall))
            .request_async(
                &exchange,
                |time| clock.sleep(time.max(SHORTEST_PAUSE)),
                None,
            )
            .await;
        exchange.conclude_token(outcome)
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("application", &self.application)
            .field("verification_uri", &self.verification_uri())
            .finish_non_exhaustive()
    }
}
