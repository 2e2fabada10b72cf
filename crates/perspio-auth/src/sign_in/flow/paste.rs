//! Sign-in by pasting, for machines without a browser.

use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::oauth::Application;
use crate::oauth::Error;
use crate::oauth::Profile;
use crate::sign_in::SignIn;
use crate::sign_in::callback::{AuthorizationResponse, Mismatch};
use crate::sign_in::claims;
use crate::sign_in::flow::BrowserFlow;
use crate::sign_in::request::AuthorizationRequest;
use crate::source::TokenSource;

/// The settings of [`SignIn::paste`].
#[derive(Clone, Debug)]
pub struct Paste {
    redirect_uri: String,
}

impl BrowserFlow for Paste {}

impl SignIn<Paste> {
    /// Signs in by pasting: the user opens an address in any browser, signs in, and
    /// pastes the address that the browser ends at. No server listens there: the
    /// browser reports that the page cannot be reached, and its address bar contains
    /// the code.
    ///
    /// ```no_run
    /// use perspio_auth::{Application, Profile, SignIn};
    ///
    /// # async fn example(profile: Profile) -> Result<(), Box<dyn std::error::Error>> {
    /// let application = Application::confidential("client id", "client secret");
    /// let attempt = SignIn::paste(application).begin(&profile).await?;
    /// println!("Open {}\nand paste the address that the browser ends at:", attempt.url());
    /// let mut pasted = String::new();
    /// std::io::stdin().read_line(&mut pasted)?;
    /// let source = attempt.finish(&pasted).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn paste(application: Application) -> Self {
        let flow = Paste {
            redirect_uri: "http://localhost".to_owned(),
        };
        Self::new(application, flow)
    }

    /// Sets the redirect URI, as it is registered; `http://localhost` by default.
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.flow.redirect_uri = redirect_uri.into();
        self
    }

    /// Creates an attempt. No request is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the redirect URI is invalid or the store may evict
    /// the sign-in, [`Error::Store`] if the store cannot be read.
    pub async fn begin(self, profile: &Profile) -> Result<PasteAttempt, Error> {
        claims::check(self.settings.claims.as_deref())?;
        self.check_store(profile).await?;
        let application = self.application.clone();
        let request = AuthorizationRequest::new(profile, application, &self.flow.redirect_uri)?
            .settings(self.settings.clone());
        Ok(PasteAttempt {
            sign_in: self,
            request,
        })
    }
}

/// A sign-in that waits for the address that the user pastes.
pub struct PasteAttempt {
    sign_in: SignIn<Paste>,
    request: AuthorizationRequest,
}

impl PasteAttempt {
    /// Returns the address that the user opens in a browser.
    pub fn url(&self) -> Url {
        self.request.url()
    }

    /// Completes the sign-in with the pasted text: the whole address, its query, or
    /// only the code. A `state` must belong to this attempt; a code alone has none. A
    /// code expires after [`Profile::code_lifetime`].
    ///
    /// # Errors
    /// [`Error::InvalidCallback`] if the text is none of these: the attempt remains
    /// pending, and the user can paste again. Otherwise the same as [`SignIn::run`].
    pub async fn finish(&self, pasted: &str) -> Result<TokenSource, Error> {
        let code = match read(&self.request, pasted)? {
            AuthorizationResponse::Code(code) => self.request.authorization_code(code)?,
            AuthorizationResponse::Failed(error) => return Err(error),
        };
        let (source, _) = self.sign_in.conclude(self.request.profile(), code).await?;
        Ok(source)
    }
}

/// Identity servers issue longer codes, since a short one could be guessed.
const SHORTEST_CODE: usize = 16;

fn read(request: &AuthorizationRequest, pasted: &str) -> Result<AuthorizationResponse, Error> {
    let invalid = |reason: &str| Error::InvalidCallback {
        reason: format!("{reason}. Paste the whole address that the browser ended at"),
    };
    let mismatch = |cause: Mismatch| invalid(&cause.to_string());
    let pasted = pasted.trim().trim_matches(['"', '\'', '<', '>']);
    if pasted.is_empty() {
        return Err(invalid("nothing was pasted"));
    }
    // Some browsers show an address without its `http://`.
    let before_fragment = pasted.split('#').next().unwrap_or_default();
    let query = match before_fragment.split_once('?') {
        Some((_, query)) => query,
        None => before_fragment,
    };
    let names_parameters = ["code=", "error=", "state="]
        .iter()
        .any(|name| query.starts_with(name) || query.contains(&format!("&{name}")));
    if names_parameters {
        return request.validate(query).map_err(mismatch);
    }
    if pasted.contains("://") || pasted.contains('?') {
        return Err(invalid("the address has no code in it"));
    }
    // RFC 6749 appendix A.11: a code consists of visible characters. That excludes a
    // sentence; the other checks exclude a word and an address without `http://`.
    let is_code = |letter: char| letter.is_ascii_graphic() && !"\"\\<>&".contains(letter);
    let hosts = [
        Some(request.redirect_host()),
        request.url().host_str().map(str::to_owned),
    ];
    let is_address = hosts
        .iter()
        .flatten()
        .any(|host| pasted.starts_with(host.as_str()));
    if is_address || pasted.len() < SHORTEST_CODE || !pasted.chars().all(is_code) {
        return Err(invalid("it is neither an address with a code nor a code"));
    }
    Ok(AuthorizationResponse::Code(SecretString::from(pasted)))
}

impl fmt::Debug for PasteAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasteAttempt")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::testing;

    fn request() -> AuthorizationRequest {
        let profile = testing::profile();
        AuthorizationRequest::new(&profile, Application::public("c"), "http://localhost").unwrap()
    }

    fn state(request: &AuthorizationRequest) -> String {
        let url = request.url();
        let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
        state.into_owned()
    }

    #[test]
    fn a_whole_address_its_query_or_only_the_code_can_be_pasted() {
        let request = request();
        let state = state(&request);
        for pasted in [
            format!(
                "http://localhost/?code=0.A%2Bb-0123456789abcdef&state={state}&session_state=1"
            ),
            format!("  \"http://localhost?code=0.A%2Bb-0123456789abcdef&state={state}\"\r\n"),
            format!("<http://localhost/?state={state}&code=0.A%2Bb-0123456789abcdef#>"),
            format!("?code=0.A%2Bb-0123456789abcdef&state={state}"),
            format!("state={state}&code=0.A%2Bb-0123456789abcdef"),
            format!("localhost/?code=0.A%2Bb-0123456789abcdef&state={state}"),
            format!(
                "iss=https://login.example/tenant/v2.0&state={state}&code=0.A%2Bb-0123456789abcdef"
            ),
            "0.A+b-0123456789abcdef".to_owned(),
            " 0.A+b-0123456789abcdef\n".to_owned(),
        ] {
            match read(&request, &pasted) {
                Ok(AuthorizationResponse::Code(code)) => {
                    assert_eq!(code.expose_secret(), "0.A+b-0123456789abcdef", "{pasted}");
                }
                other => panic!("{pasted}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_text_pasted_by_mistake_is_rejected_and_not_repeated() {
        let request = request();
        let own = request.url();
        for pasted in [
            "",
            "   ",
            "http://localhost/",
            "http://localhost/?code=canary",
            "http://localhost/?code=canary&state=other",
            "https://[canary",
            "the code is canary",
            "help",
            "localhost/",
            "localhost",
            "login.example/common/reprocess",
            "error=access_denied",
            own.as_str(),
        ] {
            let error = read(&request, pasted).unwrap_err();
            assert!(matches!(error, Error::InvalidCallback { .. }), "{pasted}");
            assert!(
                error.to_string().contains("Paste the whole address"),
                "{error}"
            );
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_pasted_error_response_is_reported() {
        let request = request();
        let pasted = format!(
            "http://localhost/?error=access_denied&state={}",
            state(&request)
        );
        match read(&request, &pasted) {
            Ok(AuthorizationResponse::Failed(error)) => assert!(error.needs_sign_in()),
            other => panic!("{other:?}"),
        }
    }
}
