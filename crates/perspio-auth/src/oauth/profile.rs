//! Everything that differs between APIs: addresses, scopes, headers, rules, and
//! help texts.

mod header;
mod network;
mod query_key;
mod scopes;
mod setters;
mod sign_in;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use url::Url;

pub use header::ApiHeader;
pub(crate) use query_key::QueryKey;
pub use scopes::Scopes;
pub(crate) use scopes::is_silent;
pub use sign_in::{Issuer, Prompt};

use crate::oauth::endpoint::Endpoint;
use crate::oauth::network::Network;

/// One API and the identity server that issues its tokens.
///
/// [`Profile::custom`] starts with the defaults of a Microsoft Entra
/// application; every address, scope, header and help text can be replaced with
/// a `with_…` method.
///
/// ```
/// use perspio_auth::endpoint::Endpoint;
/// use perspio_auth::{Profile, Scopes};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let api = "https://api.example".parse::<Endpoint>()?;
/// let authority = "https://login.example/directory".parse::<Endpoint>()?;
/// let profile = Profile::custom("Example", api, &authority)
///     .with_scopes(Scopes::uniform(["api://example/.default"]));
/// let token_url = "https://login.example/directory/oauth2/v2.0/token";
/// assert_eq!(profile.token_url().base(), token_url);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    name: Cow<'static, str>,
    base_url: Endpoint,
    servers: BTreeMap<Cow<'static, str>, Endpoint>,
    authorize_url: Endpoint,
    token_url: Endpoint,
    device_code_url: Endpoint,
    scopes: Scopes,
    headers: Vec<ApiHeader>,
    query_keys: Vec<QueryKey>,
    redirect_uri_on_refresh: bool,
    single_use_refresh_tokens: bool,
    on_forbidden: OnForbidden,
    read_only_applications: bool,
    retryable_methods: Vec<Method>,
    code_lifetime: Duration,
    prompt: Prompt,
    issuer: Issuer,
    secret_help: Cow<'static, str>,
    write_help: Cow<'static, str>,
    forbidden_help: Cow<'static, str>,
    issuer_help: Cow<'static, str>,
    renewal_help: &'static str,
    network: Network,
}

/// Whether a 403 response may mean that the token is stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnForbidden {
    /// Never: a 403 is returned to the caller.
    #[default]
    Never,
    /// Only if the token that was sent has expired by the local clock, has been
    /// replaced since (by this process, or in the store by another one), or the
    /// response's `WWW-Authenticate` contains `invalid_token`. The token is then
    /// refreshed and the request is sent once more.
    IfStale,
    /// Always: the token is refreshed and the request is sent once more.
    Once,
}

impl Profile {
    /// Creates a profile of an API whose identity server has Entra's paths.
    ///
    /// `name` is the API's name in messages, `base_url` its address, and
    /// `authority` the address of the identity server up to, but without,
    /// `/oauth2/v2.0`. The profile has no scopes and no headers: add them with
    /// [`Profile::with_scopes`], [`Profile::with_required_header`] and
    /// [`Profile::with_header`].
    pub fn custom(
        name: impl Into<Cow<'static, str>>,
        base_url: Endpoint,
        authority: &Endpoint,
    ) -> Self {
        Self {
            name: name.into(),
            base_url,
            servers: BTreeMap::new(),
            prompt: Prompt::SelectAccount,
            issuer: Issuer::of_entra(authority),
            authorize_url: authority.below("/oauth2/v2.0/authorize"),
            token_url: authority.below("/oauth2/v2.0/token"),
            device_code_url: authority.below("/oauth2/v2.0/devicecode"),
            scopes: Scopes::default(),
            headers: Vec::new(),
            query_keys: Vec::new(),
            redirect_uri_on_refresh: false,
            single_use_refresh_tokens: true,
            on_forbidden: OnForbidden::default(),
            read_only_applications: false,
            retryable_methods: vec![Method::GET, Method::HEAD],
            code_lifetime: Duration::from_secs(600),
            secret_help: Cow::Borrowed(
                "Check the client id and the client secret, or renew the secret",
            ),
            write_help: Cow::Borrowed(""),
            forbidden_help: Cow::Borrowed(
                "The credentials are valid, but do not allow this call: check what the \
                 application, or the signed-in user, may do",
            ),
            issuer_help: Cow::Borrowed(
                "check the authority, and set the issuer that this server is known by",
            ),
            renewal_help: "the last has expired or was rejected, and the sign-in returned no \
                           refresh token: request the scope offline_access and sign in again",
            network: Network::default(),
        }
    }

    /// Returns the API's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the API's address. Credentials are sent to its origin, to those of the other
    /// [servers](Self::server), and nowhere else.
    pub fn base_url(&self) -> &Endpoint {
        &self.base_url
    }

    /// Returns the address of another server of the API, such as a host for uploads, if it is
    /// set.
    pub fn server(&self, name: &str) -> Option<&Endpoint> {
        self.servers.get(name)
    }

    /// Returns the addresses of the API: the base URL, then those of the other servers.
    pub fn addresses(&self) -> impl Iterator<Item = &Endpoint> {
        std::iter::once(&self.base_url).chain(self.servers.values())
    }

    /// Returns whether `url` has the origin of one of the [addresses](Self::addresses).
    #[inline]
    pub(crate) fn has_origin(&self, url: &Url) -> bool {
        self.addresses().any(|address| address.same_origin(url))
    }

    /// Returns the authorization endpoint, where a user signs in (RFC 6749 §3.1).
    pub fn authorize_url(&self) -> &Endpoint {
        &self.authorize_url
    }

    /// Returns the token endpoint (RFC 6749 §3.2).
    pub fn token_url(&self) -> &Endpoint {
        &self.token_url
    }

    /// Returns the device authorization endpoint (RFC 8628 §3.1).
    pub fn device_code_url(&self) -> &Endpoint {
        &self.device_code_url
    }

    /// Returns the issuer that responses to a sign-in are checked against.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Returns what the user is asked for in addition to signing in.
    pub fn prompt(&self) -> Prompt {
        self.prompt
    }

    /// Returns the id of the API's tenant: the value of the header that
    /// [names the tenant](ApiHeader::names_tenant), if it is set.
    pub fn tenant(&self) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.names_tenant())?;
        header.value()?.to_str().ok()
    }

    /// Returns the scopes that each grant requests.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Returns the headers that are sent with every call. An operation that needs no
    /// credentials is called without them.
    pub fn headers(&self) -> &[ApiHeader] {
        &self.headers
    }

    /// Returns whether a refresh sends the redirect URI of the sign-in again.
    pub fn redirect_uri_on_refresh(&self) -> bool {
        self.redirect_uri_on_refresh
    }

    /// Returns whether the identity server accepts a refresh token only once. True by
    /// default, as the safe assumption about an unknown server: a refresh token is then
    /// spent only if the store is ready to save its replacement. Entra accepts old refresh
    /// tokens until they expire.
    pub fn single_use_refresh_tokens(&self) -> bool {
        self.single_use_refresh_tokens
    }

    /// Returns whether a 403 response may mean that the token is stale.
    pub fn on_forbidden(&self) -> OnForbidden {
        self.on_forbidden
    }

    /// Returns whether a token that an application obtained as itself is read-only.
    pub fn read_only_applications(&self) -> bool {
        self.read_only_applications
    }

    /// Returns the methods whose requests may be retried when it is unknown
    /// whether the API has carried out the first attempt: after a broken
    /// connection, a timeout, or a 502, 503 or 504.
    pub fn retryable_methods(&self) -> &[Method] {
        &self.retryable_methods
    }

    /// Returns how long an authorization code can be exchanged.
    pub fn code_lifetime(&self) -> Duration {
        self.code_lifetime
    }

    /// Returns the help text for a rejected client secret.
    pub fn secret_help(&self) -> &str {
        &self.secret_help
    }

    /// Returns the help text for a write that was not sent because the token is
    /// read-only.
    pub fn write_help(&self) -> &str {
        &self.write_help
    }

    /// Returns the help text for a 403 response.
    pub fn forbidden_help(&self) -> &str {
        &self.forbidden_help
    }

    /// Returns the help text for a response of another issuer than the expected one.
    pub fn issuer_help(&self) -> &str {
        &self.issuer_help
    }

    /// Returns the reason of [`Error::NotRenewable`](crate::Error::NotRenewable) for a
    /// sign-in that returned no refresh token.
    pub fn renewal_help(&self) -> &'static str {
        self.renewal_help
    }
}

#[cfg(test)]
mod tests;
