//! The settings of a client.

use perspio_auth::Profile;
use perspio_auth::secret::SecretString;
use perspio_http::settings::VariableNames;
use perspio_http::{Api, ApiSettings, KeyLocation, Limits, SecurityScheme};

use crate::Error;
use crate::generated::Client;

/// The settings of a [`Client`], with those of [`ClientBuilderExt`].
pub type ClientBuilder = perspio_http::ClientBuilder<Client>;

const TENANT_ID: &str = "TENANT_ID";
const SUBSCRIPTION_KEY: &str = "SUBSCRIPTION_KEY";

/// Where a person finds the values.
const ADMIN: &str = "Perspio web app, Admin → API";
const ADMIN_SECRET: &str =
    "Perspio web app, Admin → API; shown once, valid two years, can be reset there";

impl Api for Client {
    const NAME: &'static str = "PerspioTalk";
    const VARIABLES: VariableNames = VariableNames::new("PERSPIO");
    const BASE_URL: Option<&'static str> = Some(crate::profile::BASE_URL);
    const SECURITY: &'static [SecurityScheme] = &[
        SecurityScheme::OAuth2 {
            token_url: None,
            authorize_url: None,
            scopes: &[],
        },
        header("tid", TENANT_ID),
        header("ocp-apim-subscription-key", SUBSCRIPTION_KEY),
    ];
    /// Those of the command `perspio`.
    const SETTINGS_OF_OTHERS: &'static [&'static str] =
        &["PAGER", "PROFILE", "REDIRECT_URI", "STORE", "STORE_KEY"];
    const FOUND_AT: &'static [(&'static str, &'static str)] = &[
        ("CLIENT_ID", ADMIN),
        ("CLIENT_SECRET", ADMIN_SECRET),
        (TENANT_ID, ADMIN),
        (SUBSCRIPTION_KEY, ADMIN),
    ];

    fn profile(settings: &mut ApiSettings<'_>) -> Profile {
        if let Some(tenant_id) = settings.text(TENANT_ID)
            && is_guid(tenant_id)
        {
            settings.hint(format!(
                "PERSPIO_TENANT_ID ({tenant_id}) looks like the id of an Entra directory, not like \
                 a Perspio tenant id (in-…), which is found in the {ADMIN}"
            ));
        }
        crate::profile()
    }

    fn limits() -> Limits {
        crate::limits()
    }
}

const fn header(name: &'static str, setting: &'static str) -> SecurityScheme {
    SecurityScheme::ApiKey {
        location: KeyLocation::Header,
        name,
        setting,
    }
}

/// Whether `text` has the form of an Entra directory's id.
fn is_guid(text: &str) -> bool {
    let text = text.trim_start_matches('{').trim_end_matches('}');
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    let is_hex = |group: &&str| group.bytes().all(|letter| letter.is_ascii_hexdigit());
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(is_hex)
}

/// The settings that only a client of PerspioTalk has.
pub trait ClientBuilderExt {
    /// Sets the Perspio tenant id, `in-…` (`PERSPIO_TENANT_ID`).
    #[must_use]
    fn tenant_id(self, tenant_id: impl Into<String>) -> Self;

    /// Sets the tenant's subscription key (`PERSPIO_SUBSCRIPTION_KEY`).
    #[must_use]
    fn subscription_key(self, subscription_key: impl Into<SecretString>) -> Self;

    /// Sets whether writing operations are sent with an application's token. At Perspio such
    /// a token only reads, so by default they fail before they are sent.
    #[must_use]
    fn writes_as_application(self, sent: bool) -> Self;
}

impl ClientBuilderExt for ClientBuilder {
    fn tenant_id(self, tenant_id: impl Into<String>) -> Self {
        self.setting(TENANT_ID, tenant_id.into())
    }

    fn subscription_key(self, subscription_key: impl Into<SecretString>) -> Self {
        self.setting(SUBSCRIPTION_KEY, subscription_key)
    }

    fn writes_as_application(self, sent: bool) -> Self {
        self.map_profile(move |profile| profile.with_read_only_applications(!sent))
    }
}

impl Client {
    /// Returns a builder of a client whose settings the program gives.
    ///
    /// ```
    /// use perspio::ClientBuilderExt;
    ///
    /// let client = perspio::Client::builder()
    ///     .client_id("00000000-0000-0000-0000-000000000000")
    ///     .client_secret("…")
    ///     .tenant_id("in-…")
    ///     .subscription_key("…")
    ///     .build();
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates a client with the settings of the environment:
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `PERSPIO_CLIENT_ID` | the application's client id |
    /// | `PERSPIO_CLIENT_SECRET` | its secret; not needed for the [sign-in](ClientBuilder::profile_and_application) of a user to a public client |
    /// | `PERSPIO_CLIENT_CERTIFICATE` | a file with a certificate and its private key (PEM), instead of the secret |
    /// | `PERSPIO_FEDERATED_TOKEN_FILE` | a file with a client assertion, instead of the secret, such as the token of Kubernetes workload identity |
    /// | `PERSPIO_TENANT_ID` | the Perspio tenant id, `in-…` |
    /// | `PERSPIO_SUBSCRIPTION_KEY` | the tenant's subscription key |
    /// | `PERSPIO_BASE_URL` | another base URL of the API (default `https://talk.perspio.io`) |
    /// | `PERSPIO_AUTHORITY` | another identity server: its URL up to `/oauth2/v2.0` |
    /// | `PERSPIO_AUTHORIZE_URL` | another authorization endpoint, if its path is not Entra's |
    /// | `PERSPIO_TOKEN_URL` | another token endpoint, if its path is not Entra's |
    /// | `PERSPIO_DEVICE_CODE_URL` | another device authorization endpoint, if its path is not Entra's |
    /// | `PERSPIO_ISSUER` | the issuer of such a server, if its responses name it |
    /// | `PERSPIO_SCOPES` | the scopes, separated by spaces |
    /// | `PERSPIO_PROMPT` | what a user is asked for at a sign-in: `select_account`, `login`, `consent`, `none` or `unspecified` |
    /// | `PERSPIO_OFFLINE_ACCESS` | `true` or `false`: whether the scope `offline_access` is requested at a sign-in |
    /// | `PERSPIO_CA_FILE` | a file of additional trusted certificates (PEM) |
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
