//! The description of an API, from which its client knows its settings.

use crate::settings::VariableNames;

/// The description of an API, from which its [`ClientBuilder`](crate::ClientBuilder) knows the
/// settings that it has. Written by hand, or generated from the document of the API.
///
/// ```
/// use perspio_http::settings::VariableNames;
/// use perspio_http::{Api, KeyLocation, SecurityScheme};
///
/// const API: Api = Api {
///     name: "Example",
///     variables: VariableNames::new("EXAMPLE"),
///     base_url: Some("https://api.example/v1"),
///     security: &[SecurityScheme::ApiKey {
///         location: KeyLocation::Header,
///         name: "x-api-key",
///         setting: "API_KEY",
///     }],
/// };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Api {
    /// The name of the API, for messages.
    pub name: &'static str,
    /// The names of the environment variables of its settings.
    pub variables: VariableNames,
    /// The address of the API. None if each installation has its own.
    pub base_url: Option<&'static str>,
    /// The security schemes of a call. All of them are needed; none if the API is public.
    pub security: &'static [SecurityScheme],
}

/// How a call proves who the caller is (`securitySchemes` of `OpenAPI` 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityScheme {
    /// OAuth 2.0: a token of an identity server (`CLIENT_ID`, `CLIENT_SECRET` and others).
    OAuth2 {
        /// The token endpoint. None if each installation has its own.
        token_url: Option<&'static str>,
        /// The authorization endpoint, for the sign-in of users.
        authorize_url: Option<&'static str>,
        /// The scopes that are requested by default.
        scopes: &'static [&'static str],
    },
    /// A bearer token that was obtained elsewhere (`TOKEN`).
    Bearer,
    /// A user name and a password (`USER`, `PASSWORD`).
    Basic,
    /// An API key.
    ApiKey {
        /// The place of the key in a request.
        location: KeyLocation,
        /// The name of the header, the parameter or the cookie.
        name: &'static str,
        /// The setting of the key, without the prefix of the variables.
        setting: &'static str,
    },
}

/// The place of an API key in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLocation {
    /// A header.
    Header,
    /// A parameter of the query.
    Query,
    /// A cookie.
    Cookie,
}
