//! Signing people in without a browser.

use url::{Position, Url};

use super::Sandbox;
use crate::control;
use crate::identity::{EntraError, Refused, Verdict, at_once, request};
use crate::person::Person;

/// The browser stays on a page of the sandbox, and the application hears nothing.
#[derive(Debug, thiserror::Error)]
#[error("the browser stays on a page of the sandbox: {message}")]
#[non_exhaustive]
pub struct PageShown {
    /// The number behind `AADSTS`, if the page shows one.
    pub aadsts: Option<u32>,
    /// What the page says.
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
    /// Opens an authorization URL, picks `person` and accepts all that is
    /// asked, as the person's clicks would; nothing goes over HTTP or into the log.
    ///
    /// Gives the URL that the browser is sent to: with a code, or with the
    /// error that the application is told.
    ///
    /// # Errors
    /// [`PageShown`] if the browser is not sent anywhere: the client id, the
    /// redirect URI or the address itself is wrong, the person cannot sign
    /// in, or `response_mode=form_post` was asked for.
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
        let (back, parameters) = match request(self.shared.service, url.query().unwrap_or_default())
        {
            Ok(request) => {
                let parameters = at_once(&self.shared, &request, person)?;
                (request.back, parameters)
            }
            Err(Refused::Back(back, error)) => (back, error.parameters(now)),
            Err(Refused::OnPage(error)) => return Err(error.into()),
        };
        back.redirect(parameters)
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

    /// From now on every refresh token issued so far is refused (AADSTS50173).
    /// Access tokens live on, as with Entra; see [`revoke_tokens`](Self::revoke_tokens).
    pub fn revoke_sign_ins(&self) {
        control::revoke_refresh_tokens(&self.shared);
    }

    fn decide(&self, user_code: &str, verdict: Verdict) -> bool {
        let now = self.shared.clock.since_1970();
        let mut devices = self.shared.sign_ins.devices();
        devices.decide(user_code, verdict, now)
    }
}
