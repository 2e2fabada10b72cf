//! The device flow (RFC 8628): a user signs in on another device.
//!
//! `oauth2` does not encode its requests, because the polling loop of that library ignores
//! the time limit of the code and `Retry-After`, and hides the reason of an outage.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use crate::oauth::application::Application;
use crate::oauth::endpoint;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::identity::{Exchange, Identity, TokenResponse, seconds, secret, unusable};
use crate::oauth::profile::Profile;
use crate::token::clock::{Clock, Deadline, Moment};
use crate::token::secret::printable;

/// The grant type of the device flow (RFC 8628 §3.4).
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The polling interval if the response has none (RFC 8628 §3.2).
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// The shortest pause, also if the server allows polling without one.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// The time that every `slow_down` adds to the pause (RFC 8628 §3.5).
const SLOWER_BY: Duration = Duration::from_secs(5);
/// The longest pause during an outage, so that its end is noticed soon.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// A pending device flow. Show the user [`DeviceCode::user_code`] and
/// [`DeviceCode::verification_uri`]; a token source with this credential waits until the
/// user has signed in.
#[derive(Clone)]
pub struct DeviceCode {
    application: Application,
    secret: SecretString,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<SecretString>,
    interval: Duration,
    expires_in: Duration,
    deadline: Deadline,
}

/// The device authorization response (RFC 8628 §3.2).
#[derive(Deserialize)]
struct DeviceResponse {
    #[serde(default, deserialize_with = "secret")]
    device_code: Option<SecretString>,
    user_code: String,
    // Some servers write `url`.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(default, deserialize_with = "secret")]
    verification_uri_complete: Option<SecretString>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<Duration>,
    #[serde(default, deserialize_with = "seconds")]
    interval: Option<Duration>,
}

impl DeviceCode {
    /// Requests a code from the identity server (RFC 8628 §3.1).
    ///
    /// # Errors
    /// The error response of the identity server; [`Error::InvalidToken`] if the response is
    /// incomplete.
    pub async fn begin(
        profile: &Profile,
        application: Application,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        Self::begin_with_claims(profile, application, None, clock).await
    }

    /// Does the same for a sign-in that must satisfy claims.
    pub(crate) async fn begin_with_claims(
        profile: &Profile,
        application: Application,
        claims: Option<&str>,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        let identity = Identity::connect(profile)?;
        let exchange = Exchange::new(&identity, clock, GrantType::DeviceCode, &application);
        let scopes = application.scopes(profile.scopes().of_a_user()).join(" ");
        let asked_at = clock.now();
        let url = profile.device_code_url();
        let mut form = form(&application);
        form.append_pair("scope", &scopes);
        form.extend_pairs(claims.map(|claims| ("claims", claims)));
        let form = form.finish();
        let response: DeviceResponse = exchange.post(url, form.as_bytes()).await?;
        let unusable = |reason| unusable(url.url(), reason);
        if !is_page(&response.verification_uri) {
            return Err(unusable("the verification URI is not https"));
        }
        let secret = response
            .device_code
            .ok_or_else(|| unusable("it has no device code"))?;
        let expires_in = response
            .expires_in
            .ok_or_else(|| unusable("it has no lifetime of the code (expires_in)"))?;
        let complete = response.verification_uri_complete;
        Ok(Self {
            application,
            secret,
            user_code: printable(&response.user_code),
            verification_uri: printable(&response.verification_uri),
            verification_uri_complete: complete.filter(|uri| is_page(uri.expose_secret())),
            interval: response
                .interval
                .unwrap_or(USUAL_INTERVAL)
                .max(SHORTEST_PAUSE),
            expires_in,
            deadline: asked_at.deadline(expires_in),
        })
    }

    /// Returns the code that the user types.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Returns the address of the page for the code: https, or an address of this machine.
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// Returns the address with the code in it, if the identity server sent one (RFC 8628
    /// §3.3.1), for a link or a QR code. Like the code, it must be shown to the user only.
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.verification_uri_complete
            .as_ref()
            .map(ExposeSecret::expose_secret)
    }

    /// Returns the remaining lifetime of the code.
    pub fn remaining(&self, now: Moment) -> Duration {
        self.deadline.remaining(now)
    }

    /// Returns the lifetime of the code.
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    pub(crate) fn application(&self) -> &Application {
        &self.application
    }

    /// Polls the token endpoint, at the interval that the server requires, until the user
    /// has signed in or the code has expired (RFC 8628 §3.4 and §3.5).
    pub(crate) async fn request(
        &self,
        identity: &Identity,
        clock: &dyn Clock,
    ) -> Result<TokenResponse, Error> {
        let exchange = Exchange::new(identity, clock, GrantType::DeviceCode, &self.application)
            .with("device_code", &self.secret);
        let form = form(&self.application)
            .append_pair("grant_type", DEVICE_CODE)
            .finish();
        let mut polling = Polling::new(self.interval);
        loop {
            let error = match exchange.token(form.as_bytes()).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(pause) = polling.pause_after(&error) else {
                return Err(error);
            };
            clock.sleep(pause.min(self.remaining(clock.now()))).await;
            if self.deadline.passed(clock.now()) {
                // An outage is a more specific error than the expired code.
                return Err(if is_waiting(&error) {
                    Error::SignInTimedOut {
                        after: self.expires_in,
                    }
                } else {
                    error
                });
            }
        }
    }
}

/// Begins a form with the parameter of the application.
fn form(application: &Application) -> form_urlencoded::Serializer<'static, String> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", application.client_id());
    form
}

/// The pauses between polling requests.
#[derive(Clone, Copy, Debug)]
struct Polling {
    interval: Duration,
    /// The number of consecutive transient errors.
    failures: u32,
}

impl Polling {
    fn new(interval: Duration) -> Self {
        Self {
            interval,
            failures: 0,
        }
    }

    /// Returns the pause after `error`; `None` if the flow has ended.
    fn pause_after(&mut self, error: &Error) -> Option<Duration> {
        if is_waiting(error) {
            self.failures = 0;
            if rejected_with(error, "slow_down") {
                self.interval = self.interval.saturating_add(SLOWER_BY);
            }
            return Some(self.interval);
        }
        // A token that the server has just issued is not issued again.
        if !error.is_outage() || matches!(error, Error::InvalidToken { .. }) {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        let back_off = self
            .interval
            .saturating_mul(2_u32.saturating_pow(self.failures));
        let back_off = back_off.min(LONGEST_BACK_OFF).max(self.interval);
        Some(back_off.max(error.retry_after().unwrap_or_default()))
    }
}

/// Returns whether the user has not signed in yet.
fn is_waiting(error: &Error) -> bool {
    rejected_with(error, "authorization_pending") || rejected_with(error, "slow_down")
}

fn rejected_with(error: &Error, code: &str) -> bool {
    error
        .error_response()
        .is_some_and(|response| response.error == code)
}

/// Returns whether a user can open the address.
fn is_page(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| endpoint::is_safe(&url))
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("application", &self.application)
            .field("verification_uri", &self.verification_uri)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::oauth::error::ErrorResponse;

    fn rejected(code: &str) -> Error {
        let response = Arc::new(ErrorResponse {
            error: code.to_owned(),
            ..ErrorResponse::default()
        });
        Error::Rejected { response }
    }

    fn unexpected(status: u16, retry_after: Option<u64>) -> Error {
        Error::UnexpectedResponse {
            host: String::new(),
            status,
            retry_after: retry_after.map(Duration::from_secs),
            excerpt: String::new(),
            help: String::new(),
        }
    }

    fn pauses(interval: u64, errors: &[Error]) -> Vec<Option<u64>> {
        let mut polling = Polling::new(Duration::from_secs(interval));
        let pause = |error| polling.pause_after(error).map(|pause| pause.as_secs());
        errors.iter().map(pause).collect()
    }

    #[test]
    fn checklist_32_every_slow_down_permanently_increases_the_pause() {
        let errors = [
            "authorization_pending",
            "slow_down",
            "authorization_pending",
            "slow_down",
        ];
        let errors = errors.map(rejected);
        assert_eq!(pauses(5, &errors), [5, 10, 10, 15].map(Some));
    }

    #[test]
    fn the_pause_doubles_in_an_outage_and_is_at_least_the_interval() {
        let errors = [503, 503, 502, 500, 200].map(|status| unexpected(status, None));
        assert_eq!(pauses(5, &errors), [10, 20, 40, 60, 60].map(Some));
        assert_eq!(pauses(90, &errors[..2]), [90, 90].map(Some));
        let back = [
            unexpected(503, None),
            rejected("authorization_pending"),
            unexpected(503, None),
        ];
        assert_eq!(pauses(5, &back), [10, 5, 10].map(Some));
    }

    #[test]
    fn checklist_19_the_retry_after_of_the_server_is_honoured() {
        assert_eq!(pauses(5, &[unexpected(429, Some(120))]), [Some(120)]);
    }

    #[test]
    fn a_permanent_error_ends_the_flow() {
        for status in [301, 302, 308, 400, 403, 404, 405] {
            assert_eq!(pauses(5, &[unexpected(status, None)]), [None], "{status}");
        }
        for code in [
            "access_denied",
            "expired_token",
            "invalid_client",
            "authorization_declined",
        ] {
            assert_eq!(pauses(5, &[rejected(code)]), [None], "{code}");
        }
    }

    #[test]
    fn a_huge_interval_does_not_overflow() {
        let errors = [rejected("slow_down"), unexpected(503, None)];
        let mut polling = Polling::new(Duration::MAX);
        for error in &errors {
            assert_eq!(polling.pause_after(error), Some(Duration::MAX));
        }
    }

    #[test]
    fn only_pages_are_verification_uris() {
        assert!(is_page("https://microsoft.com/devicelogin?code=a"));
        assert!(is_page("http://127.0.0.1:80/device"));
        for address in [
            "http://a.example",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "a",
            "",
        ] {
            assert!(!is_page(address), "{address}");
        }
    }
}
