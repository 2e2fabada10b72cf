//! What differs between APIs: addresses, scopes, headers, and words of help.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::secret::sensitive_header;

/// One API behind one identity server.
#[derive(Clone, Debug)]
pub struct Profile {
    name: Cow<'static, str>,
    base_url: Endpoint,
    token_url: Endpoint,
    scopes: Vec<String>,
    headers: Vec<ApiHeader>,
    secret_help: Cow<'static, str>,
}

/// A header that an API wants beside the token, such as its tenant's id.
#[derive(Clone, Debug)]
pub struct ApiHeader {
    name: HeaderName,
    label: Cow<'static, str>,
    found_at: Cow<'static, str>,
    value: Option<HeaderValue>,
}

impl ApiHeader {
    /// The header's name.
    pub fn name(&self) -> &HeaderName {
        &self.name
    }

    /// The name as the vendor writes it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Where a person finds its value.
    pub fn found_at(&self) -> &str {
        &self.found_at
    }

    /// Its value, once it is set.
    pub(crate) fn value(&self) -> Option<&HeaderValue> {
        self.value.as_ref()
    }
}

/// Where PerspioTalk is found (page "Use Access Token").
const PERSPIOTALK_URL: &str = "https://talk.perspio.io";
/// The Entra directory of PerspioTalk (page "Client Credentials").
const PERSPIOTALK_AUTHORITY: &str =
    "https://login.microsoftonline.com/7d548d61-6361-4a6e-85e6-509e2c05d05e";
/// The scope of an application (page "Client Credentials").
const PERSPIOTALK_SCOPE: &str = "api://perspiotalk/.default";

impl Profile {
    /// PerspioTalk, as its pages describe it. Its headers `tid` and
    /// `Ocp-Apim-Subscription-Key` have no value yet: see [`Profile::with_header`].
    pub fn perspiotalk() -> Result<Self, Error> {
        let found_at = "Perspio web app, Admin → API (https://perspio.io/admin)";
        let header = |name, label| ApiHeader {
            name: HeaderName::from_static(name),
            label: Cow::Borrowed(label),
            found_at: Cow::Borrowed(found_at),
            value: None,
        };
        let parse =
            |url| Endpoint::parse(url).map_err(|cause| Error::configuration(cause.to_string()));
        let authority = parse(PERSPIOTALK_AUTHORITY)?;
        Ok(Self {
            name: Cow::Borrowed("PerspioTalk"),
            base_url: parse(PERSPIOTALK_URL)?,
            token_url: token_url_of(&authority),
            scopes: vec![PERSPIOTALK_SCOPE.to_owned()],
            headers: vec![
                header("tid", "tid"),
                header("ocp-apim-subscription-key", "Ocp-Apim-Subscription-Key"),
            ],
            secret_help: Cow::Borrowed(
                "Perspio's client secrets live two years and are shown once: check PERSPIO_CLIENT_ID \
                 and PERSPIO_CLIENT_SECRET, or reset the secret in the Perspio web app under \
                 Admin → API (https://perspio.io/admin)",
            ),
        })
    }

    /// The API's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The API's address; credentials go to its origin only.
    pub fn base_url(&self) -> &Endpoint {
        &self.base_url
    }

    /// The token endpoint.
    pub fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    /// The scopes of a client-credentials token.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The headers that go with every call.
    pub fn headers(&self) -> &[ApiHeader] {
        &self.headers
    }

    /// What to do about a refused client secret.
    pub fn secret_help(&self) -> &str {
        &self.secret_help
    }

    /// Another address of the API.
    pub fn with_base_url(mut self, base_url: Endpoint) -> Self {
        self.base_url = base_url;
        self
    }

    /// Another authority: all that stands before `/oauth2/v2.0`.
    pub fn with_authority(self, authority: &Endpoint) -> Self {
        self.with_token_url(token_url_of(authority))
    }

    /// Another token endpoint, for identity servers whose paths are not Entra's.
    pub fn with_token_url(mut self, token_url: Endpoint) -> Self {
        self.token_url = token_url;
        self
    }

    /// Other scopes.
    pub fn with_scopes(mut self, scopes: Vec<String>) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets the value of a header that the profile knows, or adds one.
    pub fn with_header(mut self, name: HeaderName, value: &SecretString) -> Result<Self, Error> {
        let Some(value) = sensitive_header(value.expose_secret()) else {
            return Err(Error::configuration(format!(
                "the value of the header {name} holds a line break or another character that a \
                 header cannot carry; copy it again without them"
            )));
        };
        match self.headers.iter_mut().find(|header| header.name == name) {
            Some(header) => header.value = Some(value),
            None => self.headers.push(ApiHeader {
                label: name.to_string().into(),
                name,
                found_at: Cow::Borrowed("your settings"),
                value: Some(value),
            }),
        }
        Ok(self)
    }
}

fn token_url_of(authority: &Endpoint) -> Endpoint {
    authority.below("/oauth2/v2.0/token")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_url_follows_the_authority() {
        let profile = Profile::perspiotalk().unwrap();
        assert_eq!(
            profile.token_url().base(),
            "https://login.microsoftonline.com/7d548d61-6361-4a6e-85e6-509e2c05d05e/oauth2/v2.0/token"
        );
        let authority = Endpoint::parse("http://127.0.0.1:9/dir/").unwrap();
        let profile = profile.with_authority(&authority);
        assert_eq!(
            profile.token_url().base(),
            "http://127.0.0.1:9/dir/oauth2/v2.0/token"
        );
    }

    #[test]
    fn a_header_value_with_a_line_break_is_refused_and_not_repeated() {
        let profile = Profile::perspiotalk().unwrap();
        let value = SecretString::from("canary\r\nx: y");
        let error = profile
            .with_header(HeaderName::from_static("tid"), &value)
            .unwrap_err();
        assert!(error.to_string().contains("tid"));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    #[test]
    fn no_header_value_appears_in_debug() {
        let profile = Profile::perspiotalk()
            .unwrap()
            .with_header(
                HeaderName::from_static("tid"),
                &SecretString::from("canary"),
            )
            .unwrap();
        assert!(!format!("{profile:?}").contains("canary"));
    }
}
