//! The two APIs that this crate knows.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderName, Method};
use secrecy::SecretString;

use super::{ApiHeader, OFFLINE_ACCESS, OnForbidden, Profile, Scopes};
use crate::endpoint::Endpoint;
use crate::error::Error;

/// Entra's public cloud.
const ENTRA: &str = "https://login.microsoftonline.com";
/// The Entra directory of PerspioTalk (page "Client Credentials").
const PERSPIOTALK_DIRECTORY: &str = "7d548d61-6361-4a6e-85e6-509e2c05d05e";
/// Where the values of a Perspio application are found.
const PERSPIO_ADMIN: &str = "Perspio web app, Admin → API (https://perspio.io/admin)";

impl Profile {
    /// PerspioTalk, as its pages describe it. Its headers `tid` and
    /// `Ocp-Apim-Subscription-Key` have no value yet: see [`Profile::with_header`].
    ///
    /// A refresh asks for the scopes that were granted. The refresh page prints
    /// `api://perspiotalk/all_readwrite offline_access`, which is another scope
    /// than the sign-in's; set [`Scopes::refresh`] to ask for it.
    pub fn perspiotalk() -> Self {
        let header = |name, label| ApiHeader {
            name: HeaderName::from_static(name),
            label: Cow::Borrowed(label),
            found_at: Cow::Borrowed(PERSPIO_ADMIN),
            names_tenant: name == "tid",
            value: None,
        };
        let user = || "api://perspiotalk/access_as_user".to_owned();
        let authority = Endpoint::constant(ENTRA).below(PERSPIOTALK_DIRECTORY);
        Self {
            scopes: Scopes {
                client_credentials: vec!["api://perspiotalk/.default".to_owned()],
                authorization: vec![user()],
                sign_in: vec![user(), OFFLINE_ACCESS.to_owned()],
                refresh: None,
            },
            headers: vec![
                header("tid", "tid"),
                header("ocp-apim-subscription-key", "Ocp-Apim-Subscription-Key"),
            ],
            read_only_applications: true,
            // Documented: PUT replaces whole objects. What a PATCH does to members
            // that are no plain values is not.
            repeatable_methods: vec![Method::GET, Method::HEAD, Method::PUT, Method::DELETE],
            // Page "Authorization Code": "only 60 seconds!"
            code_lifetime: Duration::from_secs(60),
            secret_help: Cow::Borrowed(
                "Perspio's client secrets live two years and are shown once: check PERSPIO_CLIENT_ID \
                 and PERSPIO_CLIENT_SECRET, or reset the secret in the Perspio web app under \
                 Admin → API (https://perspio.io/admin)",
            ),
            write_help: Cow::Borrowed(
                "Sign in as an API user (`perspio login` on the command line, SignIn in a program): \
                 at Perspio that is the only way to write access",
            ),
            ..Self::custom(
                "PerspioTalk",
                Endpoint::constant("https://talk.perspio.io"),
                &authority,
            )
        }
    }

    /// dispoGas, as its authentication page describes it: `api_url` is the
    /// installation's own, `directory` its Entra directory, `tenancy` the name
    /// that goes into `X-Tenant-ID`.
    ///
    /// The page prints the scope `api://{APP_ID}/default`; Entra's own is
    /// `/.default`. It is sent as printed, for the application's client id, with
    /// the authorization request only; `offline_access` is added there, or there
    /// would be no refresh token.
    pub fn dispogas(api_url: Endpoint, directory: &str, tenancy: &str) -> Result<Self, Error> {
        let directory = directory.trim();
        if directory.is_empty()
            || directory.contains(['/', '?', '#', '\\'])
            || directory.starts_with('.')
        {
            return Err(Error::configuration(
                "the directory of dispoGas must be an Entra directory's id or domain name",
            ));
        }
        let authority = Endpoint::constant(ENTRA).below(directory);
        let profile = Self {
            scopes: Scopes {
                sign_in: Vec::new(),
                refresh: Some(Vec::new()),
                ..Scopes::uniform(["api://{client_id}/default"])
            },
            headers: vec![ApiHeader {
                name: HeaderName::from_static("x-tenant-id"),
                label: Cow::Borrowed("X-Tenant-ID"),
                found_at: Cow::Borrowed("the settings of your dispoGas installation"),
                names_tenant: true,
                value: None,
            }],
            redirect_uri_on_refresh: true,
            on_forbidden: OnForbidden::IfStale,
            // Its page names one status for all of them.
            forbidden_help: Cow::Borrowed(
                "Permission denied, which has three causes at dispoGas: the token (sign in again \
                 if it comes from elsewhere, or another program renewed it), the permission (what \
                 the signed-in person may do), and the tenancy (the name in X-Tenant-ID, \
                 DISPOGAS_TENANCY)",
            ),
            // Its writing calls can send market messages.
            repeatable_methods: vec![Method::GET, Method::HEAD],
            ..Self::custom("dispoGas", api_url, &authority)
        };
        profile.with_header(
            HeaderName::from_static("x-tenant-id"),
            &SecretString::from(tenancy),
        )
    }
}
