//! The grant of a request.

/// The grant of a request: the meaning of an error response depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantType {
    ClientCredentials,
    /// The authorization request, the first step of a sign-in with a browser.
    Authorization,
    AuthorizationCode,
    RefreshToken,
    DeviceCode,
}
