//! The methods that return a changed copy of a profile.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderName, Method};
use secrecy::{ExposeSecret, SecretString};

use super::{ApiHeader, Issuer, OnForbidden, Profile, Prompt, Scopes};
use crate::oauth::endpoint::Endpoint;
use crate::oauth::error::Error;
use crate::token::secret::sensitive_header;

impl Profile {
    /// Sets the API's address.
    pub fn with_base_url(mut self, base_url: Endpoint) -> Self {
        self.base_url = base_url;
        self
    }

    /// Sets the address of another server of the API, such as a host for uploads. Its origin
    /// gets the same credentials as that of the base URL.
    ///
    /// ```
    /// use perspio_auth::Profile;
    /// use perspio_auth::endpoint::Endpoint;
    ///
    /// let api = Endpoint::from_static("https://api.example");
    /// let profile = Profile::custom("Example", api.clone(), &api)
    ///     .with_server("upload", Endpoint::from_static("https://upload.example"));
    /// assert_eq!(profile.server("upload").unwrap().host(), "upload.example");
    /// ```
    pub fn with_server(mut self, name: impl Into<Cow<'static, str>>, url: Endpoint) -> Self {
        self.servers.insert(name.into(), url);
        self
    }

    /// Sets the authorization, token and device authorization endpoints and the
    /// issuer to those of `authority`: the address of the identity server up to
    /// `/oauth2/v2.0`, which may be included.
    pub fn with_authority(mut self, authority: &Endpoint) -> Self {
        let authority = &authority.without("/oauth2/v2.0");
        self.issuer = Issuer::of_entra(authority);
        self.authorize_url = authority.below("/oauth2/v2.0/authorize");
        self.token_url = authority.below("/oauth2/v2.0/token");
        self.device_code_url = authority.below("/oauth2/v2.0/devicecode");
        self
    }

    /// Sets the authorization endpoint, for an identity server whose path is not
    /// Entra's. Resets the issuer to [`Issuer::Unknown`] and the prompt to
    /// [`Prompt::Unspecified`], because that server may have another issuer and
    /// may not offer a choice of accounts: see [`Profile::with_issuer`] and
    /// [`Profile::with_prompt`].
    pub fn with_authorize_url(mut self, authorize_url: Endpoint) -> Self {
        self.authorize_url = authorize_url;
        self.issuer = Issuer::Unknown;
        self.prompt = Prompt::Unspecified;
        self
    }

    /// Sets the issuer that responses to a sign-in are checked against: the
    /// `issuer` of the identity server's discovery document.
    pub fn with_issuer(mut self, issuer: Issuer) -> Self {
        self.issuer = issuer;
        self
    }

    /// Sets what the user is asked for in addition to signing in;
    /// [`Prompt::SelectAccount`] by default, because a browser that remembers a
    /// login would otherwise use it without asking.
    pub fn with_prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = prompt;
        self
    }

    /// Sets the token endpoint, for an identity server whose path is not Entra's.
    pub fn with_token_url(mut self, token_url: Endpoint) -> Self {
        self.token_url = token_url;
        self
    }

    /// Sets the device authorization endpoint, for an identity server whose path
    /// is not Entra's.
    pub fn with_device_code_url(mut self, device_code_url: Endpoint) -> Self {
        self.device_code_url = device_code_url;
        self
    }

    /// Sets the scopes that each grant requests.
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets whether a refresh sends the redirect URI of the sign-in again. RFC
    /// 6749 §6 does not require it, and by default it is not sent.
    pub fn with_redirect_uri_on_refresh(mut self, sent: bool) -> Self {
        self.redirect_uri_on_refresh = sent;
        self
    }

    /// Sets whether the identity server accepts a refresh token only once. True by default;
    /// set it to false only if old refresh tokens stay valid after use. Entra's do:
    /// <https://learn.microsoft.com/entra/identity-platform/refresh-tokens>.
    pub fn with_single_use_refresh_tokens(mut self, single_use: bool) -> Self {
        self.single_use_refresh_tokens = single_use;
        self
    }

    /// Sets whether a 403 response may mean that the token is stale;
    /// [`OnForbidden::Never`] by default.
    pub fn with_on_forbidden(mut self, on_forbidden: OnForbidden) -> Self {
        self.on_forbidden = on_forbidden;
        self
    }

    /// Sets whether a token that an application obtained as itself is read-only.
    /// If so, a request that writes fails with [`Error::ReadOnlyApplication`]
    /// before it is sent. False by default.
    pub fn with_read_only_applications(mut self, read_only: bool) -> Self {
        self.read_only_applications = read_only;
        self
    }

    /// Sets the methods whose requests may be retried when it is unknown whether
    /// the API has carried out the first attempt. GET and HEAD by default; add PUT
    /// and DELETE if the API implements them as idempotent (RFC 9110 §9.2.2).
    /// PATCH and POST rarely are.
    pub fn with_retryable_methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.retryable_methods = methods.into_iter().collect();
        self
    }

    /// Sets how long an authorization code can be exchanged; 10 minutes by
    /// default (RFC 6749 §4.1.2). Used in error messages only: the identity
    /// server decides.
    pub fn with_code_lifetime(mut self, lifetime: Duration) -> Self {
        self.code_lifetime = lifetime;
        self
    }

    /// Sets the help text for a rejected client secret: where secrets are issued
    /// and how to renew one.
    pub fn with_secret_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.secret_help = help.into();
        self
    }

    /// Sets the help text of [`Error::ReadOnlyApplication`]: how to obtain a token
    /// that may write. Empty by default.
    pub fn with_write_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.write_help = help.into();
        self
    }

    /// Sets the help text for a 403 response: what the API's 403 means and whom
    /// to ask for the permission.
    pub fn with_forbidden_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.forbidden_help = help.into();
        self
    }

    /// Sets the help text for a response of another issuer than the expected one: which
    /// setting sets the issuer. It continues "if it happens again, …".
    pub fn with_issuer_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.issuer_help = help.into();
        self
    }

    /// Sets the reason of [`Error::NotRenewable`] for a sign-in that returned no refresh
    /// token: a sentence that names the setting that requests one.
    pub fn with_renewal_help(mut self, help: &'static str) -> Self {
        self.renewal_help = help;
        self
    }

    /// Adds a header that every call needs and whose value is set later with
    /// [`Profile::with_header`]. Replaces a header of the same name.
    pub fn with_required_header(mut self, header: ApiHeader) -> Self {
        let name = header.name().clone();
        match self.headers.iter_mut().find(|known| *known.name() == name) {
            Some(known) => *known = header,
            None => self.headers.push(header),
        }
        self
    }

    /// Sets the value of a header that the profile has, or adds a header.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `value` contains a line break or another
    /// character that is not allowed in a header. The message does not contain
    /// the value.
    pub fn with_header(mut self, name: HeaderName, value: &SecretString) -> Result<Self, Error> {
        let Some(value) = sensitive_header(value.expose_secret()) else {
            return Err(Error::configuration(format!(
                "the value of the header {name} contains a line break or another character that a \
                 header cannot carry; copy it again without them"
            )));
        };
        let known = self.headers.iter_mut().find(|known| *known.name() == name);
        if let Some(header) = known {
            header.set_value(value);
        } else {
            let mut header = ApiHeader::new(name);
            header.set_value(value);
            self.headers.push(header);
        }
        Ok(self)
    }
}
