//! The profile of dispoGas: its addresses, scopes, headers and help texts.

use perspio_auth::endpoint::Endpoint;
use perspio_auth::http::HeaderName;
use perspio_auth::secret::SecretString;
use perspio_auth::{ApiHeader, Error, OnForbidden, Profile, Scopes};

/// Entra's public cloud.
const ENTRA: &str = "https://login.microsoftonline.com";
/// The header that names the tenancy.
pub(crate) const TENANCY_HEADER: &str = "x-tenant-id";

/// Returns the profile of a dispoGas installation, as its authentication page
/// describes it.
///
/// `api_url` is the installation's address, `directory` its Entra directory (an id
/// or a domain name), and `tenancy` the value of `X-Tenant-ID`.
///
/// The page prints the scope `api://{APP_ID}/default`, without the dot of Entra's
/// `/.default`. It is sent as printed, with the client id of the application, in
/// the authorization request only. `offline_access` is added there, because Entra
/// returns no refresh token without it.
///
/// # Errors
/// [`Error::Configuration`] if `directory` is not the id or domain name of a
/// directory, or `tenancy` contains a character that a header cannot carry.
///
/// ```
/// use dispogas::auth::endpoint::Endpoint;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let api_url = "https://gas.example/api".parse::<Endpoint>()?;
/// let profile = dispogas::profile(api_url, "contoso.example", "my tenancy")?;
/// assert_eq!(profile.tenant(), Some("my tenancy"));
/// # Ok(())
/// # }
/// ```
pub fn profile(api_url: Endpoint, directory: &str, tenancy: &str) -> Result<Profile, Error> {
    in_directory(directory)?.with_base_url(api_url).with_header(
        HeaderName::from_static(TENANCY_HEADER),
        &SecretString::from(tenancy),
    )
}

/// Returns the profile of an installation whose API address and tenancy are not known yet.
pub(crate) fn in_directory(directory: &str) -> Result<Profile, Error> {
    let directory = directory.trim();
    if directory.is_empty()
        || directory.contains(['/', '?', '#', '\\'])
        || directory.starts_with('.')
    {
        return Err(Error::configuration(
            "the directory of dispoGas must be an Entra directory's id or domain name",
        ));
    }
    Ok(at_authority(&Endpoint::from_static(ENTRA).below(directory)))
}

/// Returns the profile of an installation whose directory is not known either, for a client
/// that requests no tokens or whose authority is a setting.
pub(crate) fn in_any_directory() -> Profile {
    at_authority(&Endpoint::from_static(ENTRA).below("organizations"))
}

fn at_authority(authority: &Endpoint) -> Profile {
    // It cannot be resolved (RFC 2606 §2).
    let unknown_address = Endpoint::from_static("https://api-url.invalid");
    let tenancy = ApiHeader::new(HeaderName::from_static(TENANCY_HEADER))
        .with_label("X-Tenant-ID")
        .with_found_at("the settings of your dispoGas installation")
        .with_names_tenant(true);
    let mut scopes = Scopes::uniform(["api://{client_id}/default"]);
    scopes.sign_in = Vec::new();
    scopes.refresh = Some(Vec::new());
    // Only requests that read are retryable, which is the default: writing calls
    // can send market messages.
    Profile::custom("dispoGas", unknown_address, authority)
    .with_scopes(scopes)
    .with_required_header(tenancy)
    .with_redirect_uri_on_refresh(true)
    .with_on_forbidden(OnForbidden::IfStale)
    .with_issuer_help(
        "set DISPOGAS_ISSUER to the `issuer` of the server's discovery document, after a check of \
         DISPOGAS_DIRECTORY and DISPOGAS_AUTHORITY",
    )
    .with_renewal_help(
        "the last has expired or was rejected, and the sign-in returned no refresh token: set \
         DISPOGAS_OFFLINE_ACCESS=true (and DISPOGAS_PROMPT=consent, if the identity server \
         issues one only then), and sign in again",
    )
    // The page documents one status for all three causes.
    .with_forbidden_help(
        "Permission denied, which has three causes at dispoGas: the token (sign in again if it \
             was issued elsewhere, or another program renewed it), the permission (what the \
             signed-in user may do), and the tenancy (the name in X-Tenant-ID, DISPOGAS_TENANCY)",
    )
}

#[cfg(test)]
mod tests {
    use perspio_auth::http::Method;

    use super::*;

    fn example() -> Profile {
        let api_url = Endpoint::from_static("https://gas.example/api");
        profile(api_url, "directory", "tenancy").unwrap()
    }

    #[test]
    fn the_endpoints_are_those_of_the_directory() {
        let profile = example();
        let at = |path| format!("{ENTRA}/directory/oauth2/v2.0/{path}");
        assert_eq!(profile.base_url().base(), "https://gas.example/api");
        assert_eq!(profile.authorize_url().base(), at("authorize"));
        assert_eq!(profile.token_url().base(), at("token"));
    }

    #[test]
    fn the_only_header_is_the_tenancy_which_names_the_tenant() {
        let profile = example();
        let labels: Vec<_> = profile.headers().iter().map(ApiHeader::label).collect();
        assert_eq!(labels, ["X-Tenant-ID"]);
        assert_eq!(profile.tenant(), Some("tenancy"));
    }

    #[test]
    fn what_cannot_be_a_directory_is_rejected() {
        for directory in ["", " ", "a/b", "..", "a?b", "a#b", "a\\b"] {
            let api_url = Endpoint::from_static("https://gas.example/api");
            let error = profile(api_url, directory, "tenancy").unwrap_err();
            assert!(error.is_configuration(), "{directory}: {error}");
        }
    }

    #[test]
    fn scopes_are_sent_with_the_authorization_request_only() {
        let profile = example();
        let scopes = profile.scopes();
        let printed = "api://{client_id}/default";
        assert_eq!(scopes.authorization, [printed, "offline_access"]);
        assert!(scopes.sign_in.is_empty());
        assert_eq!(scopes.refresh, Some(Vec::new()));
    }

    #[test]
    fn no_request_that_writes_is_retryable() {
        assert_eq!(example().retryable_methods(), [Method::GET, Method::HEAD]);
    }

    #[test]
    fn a_refresh_sends_the_redirect_uri_and_a_403_may_mean_a_stale_token() {
        let profile = example();
        assert!(profile.redirect_uri_on_refresh());
        assert_eq!(profile.on_forbidden(), OnForbidden::IfStale);
        assert!(profile.forbidden_help().contains("DISPOGAS_TENANCY"));
    }
}
