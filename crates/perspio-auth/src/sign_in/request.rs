//! The authorization request, and the validation of its response (RFC 6749 §4.1,
//! RFC 7636, RFC 9207).

mod sealed;

use std::fmt;

use oauth2::{CsrfToken, PkceCodeChallenge};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::callback::{self, AuthorizationResponse, Expected, Mismatch};
use super::claims;
#[cfg(any(test, fuzzing))]
pub(crate) use sealed::fuzz as fuzz_sealed;

use crate::oauth::Application;
use crate::oauth::AuthorizationCode;
use crate::oauth::Error;
use crate::oauth::{Profile, Prompt};

/// One attempt of a user to sign in with a browser.
///
/// [`SignIn`](crate::SignIn) runs the complete flow. This type is for programs that
/// receive the response with their own web server:
///
/// ```no_run
/// use perspio_auth::endpoint::Endpoint;
/// use perspio_auth::{Application, AuthorizationRequest, Profile, Scopes, TokenSource};
///
/// # fn redirect_the_user_to(_: &str) -> String { String::new() }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let api = "https://api.example".parse::<Endpoint>()?;
/// let authority = "https://login.example/directory".parse::<Endpoint>()?;
/// let profile = Profile::custom("Example", api, &authority)
///     .with_scopes(Scopes::uniform(["api://example/access_as_user"]));
/// let application = Application::confidential("client id", "client secret");
/// let request = AuthorizationRequest::new(&profile, application, "https://app.example/back")?;
/// // Kept in the user's session until the browser returns. `seal` makes a cookie of it:
/// let query = redirect_the_user_to(request.url().as_str());
/// let source = TokenSource::new(&profile, request.credential(&query)?)?;
/// // Or `request.sign_in(&query, store)`, which saves it under the user's own key.
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AuthorizationRequest {
    profile: Profile,
    application: Application,
    redirect_uri: String,
    settings: RequestSettings,
    state: SecretString,
    verifier: SecretString,
    challenge: String,
    nonce: Option<SecretString>,
}

/// The optional parameters of an authorization request.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestSettings {
    /// `None` uses the profile's.
    pub(crate) prompt: Option<Prompt>,
    pub(crate) login_hint: Option<String>,
    pub(crate) claims: Option<String>,
    pub(crate) response_mode: ResponseMode,
}

/// How the browser returns the response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect (RFC 6749 §4.1.2).
    #[default]
    Query,
    /// In the body of a form (OAuth 2.0 Form Post Response Mode), so that the code is
    /// not recorded in the browser's history.
    FormPost,
}

impl AuthorizationRequest {
    /// Creates an attempt with a new `state` (256 bits), a new PKCE verifier (256 bits,
    /// always S256) and, if the scope `openid` is requested, a new nonce.
    ///
    /// `redirect_uri` must be registered with the application. It is sent byte for
    /// byte as given, in this request and in the token request.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `redirect_uri` is not an absolute URI.
    pub fn new(
        profile: &Profile,
        application: Application,
        redirect_uri: impl Into<String>,
    ) -> Result<Self, Error> {
        let redirect_uri = redirect_uri.into();
        if let Err(cause) = Url::parse(&redirect_uri) {
            return Err(Error::configuration(format!(
                "the redirect URI {redirect_uri:?} is not an address such as http://localhost ({cause})"
            )));
        }
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut scopes = profile.scopes().authorization.iter();
        let requests_openid = scopes.any(|scope| scope == "openid");
        Ok(Self {
            profile: profile.clone(),
            application,
            redirect_uri,
            settings: RequestSettings::default(),
            state: random(),
            verifier: SecretString::from(verifier.into_secret()),
            challenge: challenge.as_str().to_owned(),
            nonce: requests_openid.then(random),
        })
    }

    /// Sets all optional parameters.
    pub(crate) fn settings(mut self, settings: RequestSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets what the user is asked for in addition to signing in; by default as the
    /// profile says.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.settings.prompt = Some(prompt);
        self
    }

    /// Sets the user name or address that the sign-in page is prefilled with.
    pub fn login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.settings.login_hint = Some(login_hint.into());
        self
    }

    /// Sets the claims that the sign-in must satisfy, a JSON object: those of a claims
    /// challenge ([`Error::claims`]).
    ///
    /// # Errors
    /// [`Error::Configuration`] if `claims` is not a JSON object.
    pub fn claims(mut self, claims: impl Into<String>) -> Result<Self, Error> {
        self.settings.claims = Some(claims.into());
        claims::check(self.settings.claims.as_deref())?;
        Ok(self)
    }

    /// Sets how the browser returns the response; in the query by default.
    pub fn response_mode(mut self, response_mode: ResponseMode) -> Self {
        self.settings.response_mode = response_mode;
        self
    }

    /// Returns the address that the user must open in a browser.
    pub fn url(&self) -> Url {
        let scopes = self
            .application
            .scopes(&self.profile.scopes().authorization)
            .join(" ");
        let settings = &self.settings;
        let response_mode = match settings.response_mode {
            ResponseMode::Query => "query",
            ResponseMode::FormPost => "form_post",
        };
        let prompt = settings.prompt.unwrap_or(self.profile.prompt()).value();
        let nonce = self.nonce.as_ref().map(ExposeSecret::expose_secret);
        let parameters = [
            ("client_id", Some(self.application.client_id())),
            ("response_type", Some("code")),
            ("redirect_uri", Some(&*self.redirect_uri)),
            ("response_mode", Some(response_mode)),
            ("scope", Some(&*scopes)),
            ("state", Some(self.state.expose_secret())),
            ("code_challenge", Some(&*self.challenge)),
            ("code_challenge_method", Some("S256")),
            ("nonce", nonce),
            ("prompt", prompt),
            ("login_hint", settings.login_hint.as_deref()),
            ("claims", settings.claims.as_deref()),
        ];
        let given = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(given)
            .finish()
            // `+` is a space in forms only.
            .replace('+', "%20");
        let mut url = self.profile.authorize_url().url().clone();
        url.set_query(Some(&query));
        url
    }

    /// Validates the response that the browser returned, and makes a credential of it.
    /// `response` is the query of the redirect, or the body of the form.
    ///
    /// # Errors
    /// [`Error::InvalidCallback`] if the response does not belong to this attempt,
    /// which remains pending; otherwise the error response of the identity server.
    pub fn credential(&self, response: &str) -> Result<AuthorizationCode, Error> {
        match self.validate(response) {
            Ok(AuthorizationResponse::Code(code)) => self.authorization_code(code),
            Ok(AuthorizationResponse::Failed(error)) => Err(error),
            Err(mismatch) => Err(Error::InvalidCallback {
                reason: mismatch.to_string(),
            }),
        }
    }

    /// Checks that `response` belongs to this attempt, and parses it.
    pub(crate) fn validate(&self, response: &str) -> Result<AuthorizationResponse, Mismatch> {
        let expected = Expected {
            profile: &self.profile,
            state: self.state.expose_secret(),
        };
        callback::read(response, &expected)
    }

    /// Makes a credential of a code that belongs to this attempt.
    pub(crate) fn authorization_code(
        &self,
        code: SecretString,
    ) -> Result<AuthorizationCode, Error> {
        let credential = AuthorizationCode::new(
            self.application.clone(),
            code,
            self.verifier.clone(),
            self.redirect_uri.clone(),
        )?;
        Ok(match &self.nonce {
            Some(nonce) => credential.nonce(nonce.clone()),
            None => credential,
        })
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns the host of the redirect URI.
    pub(crate) fn redirect_host(&self) -> String {
        let url = Url::parse(&self.redirect_uri);
        let host = url.as_ref().ok().and_then(Url::host_str);
        host.unwrap_or_default().to_owned()
    }

    /// Returns how the browser returns the response.
    #[cfg(any(test, feature = "sign-in"))]
    pub(crate) fn expected_response_mode(&self) -> ResponseMode {
        self.settings.response_mode
    }
}

/// Returns 256 random bits.
fn random() -> SecretString {
    SecretString::from(CsrfToken::new_random_len(32).into_secret())
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("application", &self.application)
            .field("redirect_uri", &self.redirect_uri)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::oauth::Scopes;
    use crate::testing;

    fn request(profile: &Profile) -> AuthorizationRequest {
        let application = Application::confidential("the client id", "canary-secret");
        AuthorizationRequest::new(profile, application, "http://localhost").unwrap()
    }

    fn parameters(request: &AuthorizationRequest) -> HashMap<String, String> {
        request.url().query_pairs().into_owned().collect()
    }

    #[test]
    fn checklist_01_the_challenge_is_the_sha256_of_a_verifier_of_256_bits() {
        let request = request(&testing::profile());
        let sent = parameters(&request);
        assert_eq!(sent["code_challenge_method"], "S256");
        let verifier = request.verifier.expose_secret().to_owned();
        assert_eq!(
            verifier.len(),
            43,
            "43 characters of base64url encode 256 bits"
        );
        let verifier = oauth2::PkceCodeVerifier::new(verifier);
        let expected = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(sent["code_challenge"], expected.as_str());
    }

    #[test]
    fn checklist_01_and_02_verifier_and_state_are_new_for_each_attempt() {
        let profile = testing::profile();
        let mut seen = HashSet::new();
        for _ in 0..100 {
            let request = request(&profile);
            assert!(request.state.expose_secret().len() >= 43);
            assert!(seen.insert(request.state.expose_secret().to_owned()));
            assert!(seen.insert(request.verifier.expose_secret().to_owned()));
        }
    }

    #[test]
    fn checklist_04_only_a_code_is_requested() {
        for mode in [ResponseMode::Query, ResponseMode::FormPost] {
            let sent = parameters(&request(&testing::profile()).response_mode(mode));
            assert_eq!(sent["response_type"], "code");
            assert!(["query", "form_post"].contains(&&*sent["response_mode"]));
        }
    }

    #[test]
    fn checklist_05_a_nonce_is_sent_if_openid_is_requested() {
        let without = testing::profile();
        assert!(!parameters(&request(&without)).contains_key("nonce"));
        let with = without.with_scopes(Scopes::uniform(["openid", "api"]));
        assert!(parameters(&request(&with))["nonce"].len() >= 43);
    }

    #[test]
    fn checklist_06_the_redirect_uri_is_sent_byte_for_byte() {
        let application = Application::public("c");
        for redirect_uri in [
            "http://localhost",
            "http://localhost/",
            "HTTPS://App.Example/%7eback?a=b",
        ] {
            let profile = testing::profile();
            let request =
                AuthorizationRequest::new(&profile, application.clone(), redirect_uri).unwrap();
            assert_eq!(parameters(&request)["redirect_uri"], redirect_uri);
            let code = request
                .authorization_code(SecretString::from("code"))
                .unwrap();
            assert_eq!(code.redirect_uri(), redirect_uri);
        }
    }

    #[test]
    fn a_redirect_uri_that_is_not_absolute_is_rejected() {
        for redirect_uri in ["", "localhost", "http://", "/back"] {
            let application = Application::public("c");
            let profile = testing::profile();
            let error = AuthorizationRequest::new(&profile, application, redirect_uri).unwrap_err();
            assert!(error.is_configuration(), "{redirect_uri}: {error}");
        }
    }

    #[test]
    fn neither_the_address_nor_debug_contains_a_secret() {
        let request = request(&testing::profile());
        let shown = format!("{request:?} {request:#?}");
        for secret in [
            "canary-secret",
            request.state.expose_secret(),
            request.verifier.expose_secret(),
        ] {
            assert!(!shown.contains(secret));
        }
        assert!(!request.url().as_str().contains("canary-secret"));
        let verifier = request.verifier.expose_secret();
        assert!(!request.url().as_str().contains(verifier));
    }
}
