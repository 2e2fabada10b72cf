//! The settings of a client.

use perspio_auth::{OnForbidden, Profile};
use perspio_http::settings::VariableNames;
use perspio_http::{Api, ApiSettings, KeyLocation, SecurityScheme};

use crate::Error;
use crate::generated::Client;
use crate::profile::{TENANCY_HEADER, in_any_directory, in_directory};

/// The settings of a [`Client`], with those of [`ClientBuilderExt`].
pub type ClientBuilder = perspio_http::ClientBuilder<Client>;

const TENANCY: &str = "TENANCY";
const DIRECTORY: &str = "DIRECTORY";
const REFRESH_ON_403: &str = "REFRESH_ON_403";

impl Api for Client {
    const NAME: &'static str = "dispoGas";
    const VARIABLES: VariableNames = VariableNames::new("DISPOGAS").with_base_url("API_URL");
    const SECURITY: &'static [SecurityScheme] = &[
        SecurityScheme::Bearer,
        SecurityScheme::ApiKey {
            location: KeyLocation::Header,
            name: TENANCY_HEADER,
            setting: TENANCY,
        },
    ];
    const SETTINGS: &'static [&'static str] = &[DIRECTORY, REFRESH_ON_403];
    const FOUND_AT: &'static [(&'static str, &'static str)] = &[
        (
            "BASE_URL",
            "your dispoGas installation's own address, the page's API_URL",
        ),
        (
            TENANCY,
            "the settings of your dispoGas installation, the page's YOUR-TENANCY",
        ),
        (
            DIRECTORY,
            "Azure portal, Microsoft Entra ID → Overview: the tenant id or domain",
        ),
        (
            "CLIENT_ID",
            "Azure portal, App registrations → your application: its client id, the page's APP_ID",
        ),
        (
            "CLIENT_SECRET",
            "Azure portal, App registrations → your application → Certificates & secrets, the \
             page's APP_SECRET",
        ),
        (
            "TOKEN",
            "an access token, the page's YOUR-TOKEN; to have tokens renewed, sign a person in: \
             SignIn::browser with ClientBuilder::token_source, or StoredSignIn with \
             ClientBuilder::credential and a store",
        ),
    ];

    fn profile(settings: &mut ApiSettings<'_>) -> Profile {
        let directory = settings.text(DIRECTORY);
        if directory.is_none() && settings.needs_authority() {
            settings.problem(DIRECTORY, "is missing");
        }
        let in_directory = directory.map(in_directory).transpose();
        let profile = in_directory.unwrap_or_else(|cause| {
            settings.problem(DIRECTORY, cause.to_string());
            None
        });
        let profile = profile.unwrap_or_else(in_any_directory);
        let when = match settings.text(REFRESH_ON_403) {
            None | Some("stale") => OnForbidden::IfStale,
            Some("once") => OnForbidden::Once,
            Some("never") => OnForbidden::Never,
            Some(other) => {
                let problem = format!("is {other:?}; it must be stale, once or never");
                settings.problem(REFRESH_ON_403, problem);
                OnForbidden::IfStale
            }
        };
        profile.with_on_forbidden(when)
    }
}

/// The settings that only a client of dispoGas has.
pub trait ClientBuilderExt {
    /// Sets the URL of the installation (`DISPOGAS_API_URL`): https, or http for this
    /// machine. It may have a path.
    #[must_use]
    fn api_url(self, api_url: impl Into<String>) -> Self;

    /// Sets the name of the tenancy (`DISPOGAS_TENANCY`), sent as `X-Tenant-ID`.
    #[must_use]
    fn tenancy(self, tenancy: impl Into<String>) -> Self;

    /// Sets the Entra directory, its id or domain (`DISPOGAS_DIRECTORY`).
    #[must_use]
    fn directory(self, directory: impl Into<String>) -> Self;

    /// Sets when a 403 refreshes the token and sends the request once more
    /// (`DISPOGAS_REFRESH_ON_403`): if the token is stale, by default.
    #[must_use]
    fn refresh_on_403(self, when: OnForbidden) -> Self;
}

impl ClientBuilderExt for ClientBuilder {
    fn api_url(self, api_url: impl Into<String>) -> Self {
        self.base_url(api_url)
    }

    fn tenancy(self, tenancy: impl Into<String>) -> Self {
        self.setting(TENANCY, tenancy.into())
    }

    fn directory(self, directory: impl Into<String>) -> Self {
        self.setting(DIRECTORY, directory.into())
    }

    fn refresh_on_403(self, when: OnForbidden) -> Self {
        self.map_profile(move |profile| profile.with_on_forbidden(when))
    }
}

impl Client {
    /// Returns a builder of a client whose settings the program gives.
    ///
    /// ```
    /// use dispogas::ClientBuilderExt;
    ///
    /// let client = dispogas::Client::builder()
    ///     .api_url("https://gas.example/api")
    ///     .tenancy("…")
    ///     .token("…")
    ///     .build();
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates a client with the settings of the environment:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `DISPOGAS_API_URL` | the installation's address; there is no default |
    /// | `DISPOGAS_TENANCY` | the tenancy's name, sent as `X-Tenant-ID` |
    /// | `DISPOGAS_TOKEN` | an access token, which is not renewed; not needed with a [sign-in](ClientBuilder::token_source) |
    /// | `DISPOGAS_DIRECTORY` | the Entra directory, its id or domain; needed to sign in and to renew |
    /// | `DISPOGAS_CLIENT_ID` | the application's client id; needed to sign in |
    /// | `DISPOGAS_CLIENT_SECRET` | its secret; needed to sign in, unless it is a public client |
    /// | `DISPOGAS_CLIENT_CERTIFICATE` | a file with a certificate and its private key (PEM), instead of the secret |
    /// | `DISPOGAS_FEDERATED_TOKEN_FILE` | a file with a client assertion, instead of the secret, such as the token of Kubernetes workload identity |
    /// | `DISPOGAS_REFRESH_ON_403` | `stale` (the default), `once` or `never`: [`ClientBuilderExt::refresh_on_403`] |
    /// | `DISPOGAS_SCOPES` | other scopes than `api://{client id}/default`, separated by spaces |
    /// | `DISPOGAS_PROMPT` | what a user is asked for at a sign-in: `select_account`, `login`, `consent`, `none` or `unspecified` |
    /// | `DISPOGAS_OFFLINE_ACCESS` | `true` or `false`: whether the scope `offline_access` is requested at a sign-in |
    /// | `DISPOGAS_AUTHORITY` | another identity server, its URL up to `/oauth2/v2.0`; instead of the directory |
    /// | `DISPOGAS_AUTHORIZE_URL` | another authorization endpoint, if its path is not Entra's |
    /// | `DISPOGAS_TOKEN_URL` | another token endpoint, if its path is not Entra's (the page prints `/oauth2/v2.0/oauth/token`) |
    /// | `DISPOGAS_DEVICE_CODE_URL` | another device authorization endpoint, if its path is not Entra's |
    /// | `DISPOGAS_ISSUER` | the issuer of such a server, if its responses name it |
    /// | `DISPOGAS_CA_FILE` | a file of additional trusted certificates (PEM) |
    ///
    /// The proxy is taken from `HTTPS_PROXY` (or `ALL_PROXY`) and `NO_PROXY`.
    ///
    /// An empty variable counts as missing. An invisible character in a variable, or quotation
    /// marks around its value, are an error.
    ///
    /// # Errors
    /// [`Error::Settings`] names everything that is missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }
}

#[cfg(test)]
mod tests;
