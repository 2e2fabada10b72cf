//! The security schemes of an API.

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
    /// An API key, or another value that every call carries.
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
