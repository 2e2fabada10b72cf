//! By pasting, for machines without a browser.

use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::application::Application;
use crate::error::Error;
use crate::profile::Profile;
use crate::sign_in::SignIn;
use crate::sign_in::callback::{Answer, NotOurs};
use crate::sign_in::request::AuthorizationRequest;
use crate::sign_in::way::ThroughBrowser;
use crate::source::TokenSource;

/// By pasting: the settings of [`SignIn::paste`].
#[derive(Clone, Debug)]
pub struct Paste {
    redirect_uri: String,
}

impl ThroughBrowser for Paste {}

impl SignIn<Paste> {
    /// The person opens an address in a browser anywhere, signs in, and pastes
    /// the address that the browser ends at. Nothing listens there: the browser
    /// says that the page cannot be reached, and its address bar holds the code.
    ///
    /// ```no_run
    /// use perspio_auth::{Application, Profile, SignIn};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let profile = Profile::perspiotalk();
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
        let way = Paste {
            // The page's own: "If not specified, use http://localhost".
            redirect_uri: "http://localhost".to_owned(),
        };
        Self::new(application, way)
    }

    /// Another redirect URI, as it is registered; `http://localhost` by default.
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.way.redirect_uri = redirect_uri.into();
        self
    }

    /// A new attempt. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a redirect URI that is none and for a store
    /// that may forget the sign-in, [`Error::Store`] for a store that cannot be read.
    pub async fn begin(self, profile: &Profile) -> Result<PasteAttempt, Error> {
        self.check_store(profile).await?;
        let application = self.application.clone();
        let request = AuthorizationRequest::new(profile, application, &self.way.redirect_uri)?
            .with_settings(self.settings.clone());
        Ok(PasteAttempt {
            sign_in: self,
            request,
        })
    }
}

/// An attempt that waits for what the person pastes.
pub struct PasteAttempt {
    sign_in: SignIn<Paste>,
    request: AuthorizationRequest,
}

impl PasteAttempt {
    /// What the person opens.
    pub fn url(&self) -> Url {
        self.request.url()
    }

    /// Takes what the person pasted: the whole address, its query, or only the
    /// code. A `state` must be this attempt's; a code alone has none. At
    /// Perspio a code lives 60 seconds.
    ///
    /// # Errors
    /// [`Error::InvalidCallback`] if it is nothing of the kind: the attempt goes
    /// on, and the person can paste again. Otherwise as [`SignIn::run`].
    pub async fn finish(&self, pasted: &str) -> Result<TokenSource, Error> {
        let code = match read(&self.request, pasted)? {
            Answer::Code(code) => self.request.with_code(code)?,
            Answer::Refused(error) => return Err(error),
        };
        let (source, _) = self.sign_in.conclude(self.request.profile(), code).await?;
        Ok(source)
    }
}

/// No identity server gives a code that could be guessed.
const SHORTEST_CODE: usize = 16;

fn read(request: &AuthorizationRequest, pasted: &str) -> Result<Answer, Error> {
    let refused = |reason: &str| Error::InvalidCallback {
        reason: format!("{reason}. Paste the whole address that the browser ended at"),
    };
    let not_ours = |cause: NotOurs| refused(&cause.to_string());
    let pasted = pasted.trim().trim_matches(['"', '\'', '<', '>']);
    if pasted.is_empty() {
        return Err(refused("nothing was pasted"));
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
        return request.judge(query).map_err(not_ours);
    }
    if pasted.contains("://") || pasted.contains('?') {
        return Err(refused("the address has no code in it"));
    }
    // RFC 6749 appendix A.11: any visible character. A sentence has others; a
    // word, or an address without its `http://`, is told by the rest.
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
        return Err(refused("it is neither an address with a code nor a code"));
    }
    Ok(Answer::Code(SecretString::from(pasted)))
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

    fn request() -> AuthorizationRequest {
        let profile = Profile::perspiotalk();
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
                "iss=https://login.microsoftonline.com/7d548d61-6361-4a6e-85e6-509e2c05d05e/v2.0&state={state}&code=0.A%2Bb-0123456789abcdef"
            ),
            "0.A+b-0123456789abcdef".to_owned(),
            " 0.A+b-0123456789abcdef\n".to_owned(),
        ] {
            match read(&request, &pasted) {
                Ok(Answer::Code(code)) => {
                    assert_eq!(code.expose_secret(), "0.A+b-0123456789abcdef", "{pasted}");
                }
                other => panic!("{pasted}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_pasted_by_mistake_is_told_and_not_repeated() {
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
            "login.microsoftonline.com/common/reprocess",
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
    fn a_refusal_that_is_pasted_is_the_identity_servers() {
        let request = request();
        let pasted = format!(
            "http://localhost/?error=access_denied&state={}",
            state(&request)
        );
        match read(&request, &pasted) {
            Ok(Answer::Refused(error)) => assert!(error.needs_sign_in()),
            other => panic!("{other:?}"),
        }
    }
}
