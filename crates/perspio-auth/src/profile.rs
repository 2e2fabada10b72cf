//! What differs between APIs: addresses, scopes, headers, rules, words of help.

mod known;
mod network;
mod sign_in;

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};

pub use sign_in::{Issuer, Prompt};

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::network::Network;
use crate::secret::sensitive_header;

/// One API behind one identity server.
///
/// [`Profile::perspiotalk`] and [`Profile::dispogas`] are the two that this
/// crate knows; [`Profile::custom`] is any other. Every address and scope can
/// be replaced by the `with_…` methods.
#[derive(Clone, Debug)]
pub struct Profile {
    name: Cow<'static, str>,
    base_url: Endpoint,
    authorize_url: Endpoint,
    token_url: Endpoint,
    device_code_url: Endpoint,
    scopes: Scopes,
    headers: Vec<ApiHeader>,
    redirect_uri_on_refresh: bool,
    on_forbidden: OnForbidden,
    read_only_applications: bool,
    repeatable_methods: Vec<Method>,
    code_lifetime: Duration,
    prompt: Prompt,
    issuer: Issuer,
    secret_help: Cow<'static, str>,
    write_help: Cow<'static, str>,
    forbidden_help: Cow<'static, str>,
    network: Network,
}

/// What each grant asks for. A `{client_id}` in a scope stands for the
/// application's own id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// An application as itself.
    pub client_credentials: Vec<String>,
    /// The authorization request, step 1 of a person's sign-in.
    pub authorization: Vec<String>,
    /// The token request of a person's sign-in, step 2; empty sends none. The
    /// device flow asks for these, or for those of step 1 where they are empty.
    pub sign_in: Vec<String>,
    /// A refresh; empty sends none, and `None` asks for what was granted at the
    /// sign-in. Entra wants the same scopes or fewer.
    pub refresh: Option<Vec<String>>,
}

/// Whether a 403 may mean that the token is stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnForbidden {
    /// No: a 403 is an answer.
    #[default]
    Never,
    /// Only if the token that was sent has expired by our own clock, has been
    /// replaced meanwhile (also by another process, in the store), or the answer's `WWW-Authenticate` says `invalid_token`.
    IfStale,
    /// Yes: the token is renewed and the request sent once more.
    Once,
}

/// A header that an API wants beside the token, such as its tenant's id.
#[derive(Clone, Debug)]
pub struct ApiHeader {
    name: HeaderName,
    label: Cow<'static, str>,
    found_at: Cow<'static, str>,
    /// Its value is a tenant's id, no secret.
    names_tenant: bool,
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

impl Profile {
    /// Any API behind an identity server with Entra's paths.
    ///
    /// `authority` is all that stands before `/oauth2/v2.0`. Scopes are to be
    /// set with [`Profile::with_scopes`], headers with [`Profile::with_header`].
    pub fn custom(name: impl Into<String>, base_url: Endpoint, authority: &Endpoint) -> Self {
        let name = name.into();
        Self {
            name: name.into(),
            base_url,
            prompt: Prompt::SelectAccount,
            issuer: Issuer::of_entra(authority),
            authorize_url: authority.below("/oauth2/v2.0/authorize"),
            token_url: authority.below("/oauth2/v2.0/token"),
            device_code_url: authority.below("/oauth2/v2.0/devicecode"),
            scopes: Scopes::default(),
            headers: Vec::new(),
            redirect_uri_on_refresh: false,
            on_forbidden: OnForbidden::default(),
            read_only_applications: false,
            repeatable_methods: vec![Method::GET, Method::HEAD],
            code_lifetime: Duration::from_secs(600),
            secret_help: Cow::Borrowed(
                "Check the client id and the client secret, or renew the secret",
            ),
            write_help: Cow::Borrowed(""),
            forbidden_help: Cow::Borrowed(
                "The credentials are good, but do not allow this call: check what the \
                 application, or the signed-in user, may do",
            ),
            network: Network::default(),
        }
    }

    /// The API's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The API's address; credentials go to its origin only.
    pub fn base_url(&self) -> &Endpoint {
        &self.base_url
    }

    /// Where a person signs in.
    pub fn authorize_url(&self) -> &Endpoint {
        &self.authorize_url
    }

    /// The token endpoint.
    pub fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    /// Where the device flow begins.
    pub fn device_code_url(&self) -> &Endpoint {
        &self.device_code_url
    }

    /// What the identity server calls itself.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What a person is asked beside signing in.
    pub fn prompt(&self) -> Prompt {
        self.prompt
    }

    /// The API's tenant, if a header with its id is set.
    pub fn tenant(&self) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.names_tenant)?;
        header.value()?.to_str().ok()
    }

    /// What each grant asks for.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The headers that go with every call.
    pub fn headers(&self) -> &[ApiHeader] {
        &self.headers
    }

    /// Whether a refresh repeats the redirect URI of the sign-in.
    pub fn redirect_uri_on_refresh(&self) -> bool {
        self.redirect_uri_on_refresh
    }

    /// Whether a 403 may mean that the token is stale.
    pub fn on_forbidden(&self) -> OnForbidden {
        self.on_forbidden
    }

    /// Whether an application's own token may only read.
    pub fn read_only_applications(&self) -> bool {
        self.read_only_applications
    }

    /// The methods whose requests may be sent again when it is not known
    /// whether the API has done the first: after a broken connection, a time
    /// limit, or a 502, 503 or 504.
    pub fn repeatable_methods(&self) -> &[Method] {
        &self.repeatable_methods
    }

    /// How long an authorization code may be exchanged.
    pub fn code_lifetime(&self) -> Duration {
        self.code_lifetime
    }

    /// What to do about a refused client secret.
    pub fn secret_help(&self) -> &str {
        &self.secret_help
    }

    /// How a caller gets to write who may not.
    pub fn write_help(&self) -> &str {
        &self.write_help
    }

    /// What to do about a 403.
    pub fn forbidden_help(&self) -> &str {
        &self.forbidden_help
    }

    /// Another address of the API.
    pub fn with_base_url(mut self, base_url: Endpoint) -> Self {
        self.base_url = base_url;
        self
    }

    /// Another authority, all that stands before `/oauth2/v2.0` (which may stand
    /// there too): sets the three endpoints of the identity server.
    pub fn with_authority(mut self, authority: &Endpoint) -> Self {
        let authority = &authority.without("/oauth2/v2.0");
        self.issuer = Issuer::of_entra(authority);
        self.authorize_url = authority.below("/oauth2/v2.0/authorize");
        self.token_url = authority.below("/oauth2/v2.0/token");
        self.device_code_url = authority.below("/oauth2/v2.0/devicecode");
        self
    }

    /// Another address for the sign-in, where its path is not Entra's. Who
    /// answers there is not known then, nor whether it can offer a choice of
    /// accounts: see [`Profile::with_issuer`] and [`Profile::with_prompt`].
    pub fn with_authorize_url(mut self, authorize_url: Endpoint) -> Self {
        self.authorize_url = authorize_url;
        self.issuer = Issuer::Unknown;
        self.prompt = Prompt::Unspecified;
        self
    }

    /// What the identity server calls itself (its discovery document says it),
    /// which its answers to a sign-in are held against.
    pub fn with_issuer(mut self, issuer: Issuer) -> Self {
        self.issuer = issuer;
        self
    }

    /// What a person is asked beside signing in: a choice of accounts by
    /// default. (The page advises a private window, because a remembered login
    /// would be taken without a question.)
    pub fn with_prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = prompt;
        self
    }

    /// Another token endpoint, where its path is not Entra's.
    pub fn with_token_url(mut self, token_url: Endpoint) -> Self {
        self.token_url = token_url;
        self
    }

    /// Another address for the device flow, where its path is not Entra's.
    pub fn with_device_code_url(mut self, device_code_url: Endpoint) -> Self {
        self.device_code_url = device_code_url;
        self
    }

    /// Other scopes.
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Whether a refresh repeats the redirect URI of the sign-in.
    pub fn with_redirect_uri_on_refresh(mut self, repeated: bool) -> Self {
        self.redirect_uri_on_refresh = repeated;
        self
    }

    /// Whether a 403 may mean that the token is stale.
    pub fn with_on_forbidden(mut self, on_forbidden: OnForbidden) -> Self {
        self.on_forbidden = on_forbidden;
        self
    }

    /// Whether an application's own token may only read: if so, a request that
    /// writes fails before it is sent.
    pub fn with_read_only_applications(mut self, read_only: bool) -> Self {
        self.read_only_applications = read_only;
        self
    }

    /// The methods whose requests may be sent again when it is not known
    /// whether the API has done the first. GET and HEAD by default; PUT and
    /// DELETE too where they do nothing else than set and remove (RFC 9110
    /// §9.2.2), PATCH and POST hardly ever.
    pub fn with_repeatable_methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.repeatable_methods = methods.into_iter().collect();
        self
    }

    /// Another life of the authorization code, for the words of its error.
    pub fn with_code_lifetime(mut self, lifetime: Duration) -> Self {
        self.code_lifetime = lifetime;
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
                names_tenant: false,
                value: Some(value),
            }),
        }
        Ok(self)
    }
}

impl Scopes {
    /// The same scopes for every grant; a person's sign-in and refresh add
    /// `offline_access`, without which Entra gives no refresh token.
    pub fn uniform(scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        let mut offline = scopes.clone();
        if !offline.iter().any(|scope| scope == OFFLINE_ACCESS) {
            offline.push(OFFLINE_ACCESS.to_owned());
        }
        Self {
            client_credentials: scopes,
            authorization: offline.clone(),
            sign_in: offline,
            refresh: None,
        }
    }
}

impl Scopes {
    /// What a person's sign-in asks for, in whichever of its requests.
    pub(crate) fn of_a_person(&self) -> &[String] {
        if self.sign_in.is_empty() {
            &self.authorization
        } else {
            &self.sign_in
        }
    }
}

/// The scope that asks for a refresh token.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// Whether a scope is granted without a word in the answer.
pub(crate) fn is_silent(scope: &str) -> bool {
    [OFFLINE_ACCESS, "openid", "profile", "email"].contains(&scope)
}

#[cfg(test)]
mod tests;
