//! Responses that are not a decision about the credential: neither a token nor an OAuth
//! error, or with a status that overrides the OAuth error.

use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use url::Url;

use super::error_response::EntraError;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::profile::Profile;
use crate::oauth::retry_after::retry_after;
use crate::token::clock::Clock;
use crate::token::secret::scrub;

use super::{EXCERPT, LONGEST_RETRY_AFTER, is_html};

/// A response that is not a decision about the credential.
pub(super) struct Unexpected<'a> {
    pub(super) url: &'a Url,
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) grant: GrantType,
}

impl Unexpected<'_> {
    /// Returns the error, without any of `secrets`.
    pub(super) fn explain(&self, profile: &Profile, secrets: &[&str], clock: &dyn Clock) -> Error {
        Error::UnexpectedResponse {
            host: self.url.host_str().unwrap_or_default().to_owned(),
            status: self.status.as_u16(),
            retry_after: retry_after(self.headers, clock.now())
                .map(|wait| wait.min(LONGEST_RETRY_AFTER)),
            excerpt: self.excerpt(secrets),
            help: self.help(profile, secrets),
        }
    }

    /// Returns the OAuth error of the body, or the beginning of the body.
    fn excerpt(&self, secrets: &[&str]) -> String {
        let cut = |text: String| text.chars().take(EXCERPT).collect();
        // Scrubbed before it is truncated, because a part of a secret is not recognized.
        if let Some(error) = EntraError::parse(self.body) {
            return cut(error.quote(secrets));
        }
        // A success that is not a page may contain a token, so that no part of it is shown.
        if self.status.is_success() && !is_html(self.headers) {
            return String::new();
        }
        let text = scrub(String::from_utf8_lossy(self.body).trim(), secrets);
        let names_token = ["access_token", "refresh_token", "id_token"]
            .iter()
            .any(|name| text.contains(name));
        if names_token {
            String::new()
        } else {
            cut(text)
        }
    }

    fn help(&self, profile: &Profile, secrets: &[&str]) -> String {
        match self.status {
            status if status.is_redirection() => {
                let target = self.redirect_target(secrets);
                let target = target.map_or_else(String::new, |target| format!(" to {target}"));
                format!(
                    "It redirects{target}, and requests with credentials do not follow redirects: \
                     check the addresses of the identity server, and use the final one"
                )
            }
            StatusCode::TOO_MANY_REQUESTS => {
                "Wait, then call again. The credentials were not rejected".to_owned()
            }
            status if status.is_server_error() => {
                "Wait, then call again. The credentials were not rejected".to_owned()
            }
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                self.help_for_grant(profile)
            }
            status if status.is_success() => {
                format!(
                    "Check the address {}: no OAuth 2.0 endpoint is there",
                    self.address()
                )
            }
            _ => format!(
                "Check the address {} of the identity server",
                self.address()
            ),
        }
    }

    /// Returns the likely reason by the grant, because the server gave none.
    fn help_for_grant(&self, profile: &Profile) -> String {
        match self.grant {
            GrantType::RefreshToken => {
                "The identity server gives no reason. Most likely it does not accept the refresh \
                 token any more: sign in again. The stored sign-in is kept until then"
                    .to_owned()
            }
            GrantType::ClientCredentials => format!(
                "The identity server gives no reason. Check the client id and the client secret. {}",
                profile.secret_help()
            ),
            GrantType::Authorization | GrantType::AuthorizationCode => {
                "The identity server gives no reason. Check the client id, the client secret and \
                 the redirect URI, then sign in again"
                    .to_owned()
            }
            GrantType::DeviceCode => {
                "The identity server gives no reason. Check the client id and the client secret, \
                 and that the application is allowed to use the device flow"
                    .to_owned()
            }
        }
    }

    /// Returns host and path of the redirect. The rest may contain credentials.
    fn redirect_target(&self, secrets: &[&str]) -> Option<String> {
        let location = self.headers.get(LOCATION)?.to_str().ok()?;
        let target = self.url.join(location).ok()?;
        let host = target.host_str()?;
        let port = target
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        Some(scrub(&format!("{host}{port}{}", target.path()), secrets))
    }

    /// Returns the address of the request.
    fn address(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        format!("{host}{}", self.url.path())
    }
}

#[cfg(test)]
mod tests;
