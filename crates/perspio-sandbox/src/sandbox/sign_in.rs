//! Sign-ins without a browser.

use url::{Position, Url};

use super::Sandbox;
use crate::control;
use crate::identity::{EntraError, Rejected, Verdict, request, without_browser};
use crate::person::Person;

/// The browser stays on a page of the sandbox, and the application receives no response.
#[derive(Debug, thiserror::Error)]
#[error("the browser stays on a page of the sandbox: {message}")]
#[non_exhaustive]
pub struct PageShown {
    /// The number that follows `AADSTS`, if the page shows one.
    pub aadsts: Option<u32>,
    /// The text of the page.
    pub message: String,
}

impl From<EntraError> for PageShown {
    fn from(error: EntraError) -> Self {
        Self {
            aadsts: Some(error.code),
            message: error.message,
        }
    }
}

impl Sandbox {
    /// Opens an authorization URL, picks `person` and consents, without HTTP and without an
    /// entry in the log.
    ///
    /// Returns the URL that the browser is redirected to, with a code or with an error.
    ///
    /// # Errors
    /// [`PageShown`] if the browser is not redirected: the client id, the redirect URI or the
    /// URL itself is wrong, the user cannot sign in, or `response_mode=form_post` is requested.
    pub fn authorize(&self, authorize_url: &str, person: Person) -> Result<String, PageShown> {
        let page = |message: &str| PageShown {
            aadsts: None,
            message: message.to_owned(),
        };
        let url = Url::parse(authorize_url).map_err(|_| page("this is not a URL"))?;
        let endpoint = format!("{}/oauth2/v2.0/authorize", self.authority());
        if url[..Position::AfterPath] != endpoint {
            return Err(page("this is not the sandbox's authorize endpoint"));
        }
        let now = self.shared.clock.unix_seconds();
        let (target, parameters) =
            match request(self.shared.service, url.query().unwrap_or_default()) {
                Ok(request) => {
                    let parameters = without_browser(&self.shared, &request, person)?;
                    (request.target, parameters)
                }
                Err(Rejected::Redirect(target, error)) => (target, error.parameters(now)),
                Err(Rejected::OnPage(error)) => return Err(error.into()),
            };
        target
            .redirect(parameters)
            .ok_or_else(|| page("a form that is posted to the application"))
    }

    /// Signs `person` in for the device that shows `user_code`. False if no
    /// device waits for that code, or the person cannot sign in.
    pub fn approve_device(&self, user_code: &str, person: Person) -> bool {
        !person.password_expired() && self.decide(user_code, Verdict::Approved(person))
    }

    /// Declines the sign-in of the device that shows `user_code`. False if no
    /// device waits for that code.
    pub fn decline_device(&self, user_code: &str) -> bool {
        self.decide(user_code, Verdict::Declined)
    }

    /// Revokes every refresh token issued so far (AADSTS50173). Access tokens stay valid, as with
    /// Entra; see [`revoke_tokens`](Self::revoke_tokens).
    pub fn revoke_sign_ins(&self) {
        control::revoke_refresh_tokens(&self.shared);
    }

    fn decide(&self, user_code: &str, verdict: Verdict) -> bool {
        let now = self.shared.clock.since_1970();
        let mut devices = self.shared.sign_ins.devices();
        devices.decide(user_code, verdict, now)
    }
}
