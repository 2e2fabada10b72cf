//! The profile of PerspioTalk: its addresses, scopes, headers and help texts.

use std::time::Duration;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::http::{HeaderName, Method};
use perspio_auth::{ApiHeader, Profile, Scopes};

/// PerspioTalk's directory at Entra (page "Get Access Token - Client
/// Credentials").
const AUTHORITY: &str = "https://login.microsoftonline.com/7d548d61-6361-4a6e-85e6-509e2c05d05e";
/// The address of the API.
pub(crate) const BASE_URL: &str = "https://talk.perspio.io";
/// Where the values of a Perspio application are found.
const ADMIN: &str = "Perspio web app, Admin → API (https://perspio.io/admin)";

/// Returns the profile of PerspioTalk, as its documentation describes it.
///
/// The headers `tid` and `Ocp-Apim-Subscription-Key` have no value yet: set them
/// with [`Profile::with_header`]. [`ClientBuilder`](crate::ClientBuilder) does all
/// of this from its settings; the profile alone is for programs that need tokens
/// without a client.
///
/// A refresh requests the scopes that were granted at the sign-in. The page
/// "Refresh Access Token" prints `api://perspiotalk/all_readwrite offline_access`,
/// which differs from the scope of the sign-in; set [`Scopes::refresh`] to request
/// it.
///
/// ```
/// use perspio::auth::SecretString;
/// use perspio::auth::http::HeaderName;
///
/// # fn main() -> Result<(), perspio::auth::Error> {
/// let tenant = SecretString::from("in-…");
/// let profile = perspio::profile().with_header(HeaderName::from_static("tid"), &tenant);
/// # Ok(())
/// # }
/// ```
pub fn profile() -> Profile {
    let header = |name| ApiHeader::new(HeaderName::from_static(name)).with_found_at(ADMIN);
    let user = "api://perspiotalk/access_as_user";
    let mut scopes = Scopes::uniform([user]);
    scopes.client_credentials = vec!["api://perspiotalk/.default".to_owned()];
    scopes.authorization = vec![user.to_owned()];
    Profile::custom(
        "PerspioTalk",
        Endpoint::from_static(BASE_URL),
        &Endpoint::from_static(AUTHORITY),
    )
    .with_scopes(scopes)
    .with_required_header(header("tid").with_names_tenant(true))
    .with_required_header(
        header("ocp-apim-subscription-key").with_label("Ocp-Apim-Subscription-Key"),
    )
    .with_read_only_applications(true)
    // Documented: PUT replaces whole objects. The effect of a PATCH on members that
    // are not plain values is not documented, so PATCH is not retryable.
    .with_retryable_methods([Method::GET, Method::HEAD, Method::PUT, Method::DELETE])
    // Entra accepts old refresh tokens after use.
    .with_single_use_refresh_tokens(false)
    // Page "Get Access Token - Authorization Code": "only 60 seconds!"
    .with_code_lifetime(Duration::from_secs(60))
    .with_secret_help(
        "Perspio's client secrets are valid for two years and are shown once: check \
         PERSPIO_CLIENT_ID and PERSPIO_CLIENT_SECRET, or reset the secret in the Perspio web app \
         under Admin → API (https://perspio.io/admin)",
    )
    .with_issuer_help(
        "set PERSPIO_ISSUER to the `issuer` of the server's discovery document, after a check of \
         PERSPIO_AUTHORITY and PERSPIO_AUTHORIZE_URL",
    )
    .with_renewal_help(
        "the last has expired or was rejected, and the sign-in returned no refresh token: set \
         PERSPIO_OFFLINE_ACCESS=true (and PERSPIO_PROMPT=consent, if the identity server issues \
         one only then), and sign in again",
    )
    .with_write_help(
        "Sign in as an API user (`perspio login` on the command line, SignIn in a program): \
         at Perspio that is the only way to write access",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoints_are_those_of_the_documentation() {
        let profile = profile();
        let at = |path| format!("{AUTHORITY}/oauth2/v2.0/{path}");
        assert_eq!(profile.base_url().base(), "https://talk.perspio.io");
        assert_eq!(profile.authorize_url().base(), at("authorize"));
        assert_eq!(profile.token_url().base(), at("token"));
        assert_eq!(profile.device_code_url().base(), at("devicecode"));
    }

    #[test]
    fn the_headers_are_the_tenant_and_the_key_each_with_where_to_find_it() {
        let profile = profile();
        let headers = profile.headers().iter();
        let headers: Vec<_> = headers
            .map(|header| {
                (
                    header.name().as_str(),
                    header.label(),
                    header.names_tenant(),
                )
            })
            .collect();
        let key = "Ocp-Apim-Subscription-Key";
        let expected = [
            ("tid", "tid", true),
            ("ocp-apim-subscription-key", key, false),
        ];
        assert_eq!(headers, expected);
        let mut headers = profile.headers().iter();
        assert!(headers.all(|header| header.found_at().contains("Admin → API")));
    }

    #[test]
    fn an_application_only_reads_and_a_user_is_asked_for_offline_access() {
        let profile = profile();
        assert!(profile.read_only_applications());
        assert!(profile.write_help().contains("perspio login"));
        let scopes = profile.scopes();
        assert_eq!(scopes.client_credentials, ["api://perspiotalk/.default"]);
        assert_eq!(scopes.authorization, ["api://perspiotalk/access_as_user"]);
        assert_eq!(
            scopes.sign_in,
            ["api://perspiotalk/access_as_user", "offline_access"]
        );
        assert_eq!(scopes.refresh, None, "the granted scopes are requested");
    }

    #[test]
    fn put_and_delete_are_retryable_and_neither_patch_nor_post() {
        let retryable = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE];
        assert_eq!(profile().retryable_methods(), retryable);
    }

    #[test]
    fn a_code_lives_60_seconds_and_the_redirect_uri_is_sent_once() {
        assert_eq!(profile().code_lifetime(), Duration::from_secs(60));
        assert!(!profile().redirect_uri_on_refresh());
    }
}
