//! The settings of a client: each has an environment variable of the same
//! meaning, by which errors name it.

use std::ffi::OsString;
use std::fmt;

use perspio_auth::http::HeaderName;
use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::{Application, Issuer, Network, Profile, Scopes};
use perspio_http::SettingsCheck;
use zeroize::Zeroizing;

/// Where a person finds the values.
const ADMIN: &str = "Perspio web app, Admin → API";
const ADMIN_SECRET: &str =
    "Perspio web app, Admin → API; shown once, valid two years, can be reset there";

/// The settings as they were given; nothing is checked yet.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) subscription_key: Option<SecretString>,
    pub(crate) base_url: Option<String>,
    pub(crate) authority: Option<String>,
    pub(crate) authorize_url: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) device_code_url: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) scopes: Option<String>,
    pub(crate) ca_file: Option<String>,
    pub(crate) network: Network,
    not_unicode: Vec<&'static str>,
}

impl Settings {
    /// From anything that holds values by the variables' names.
    pub(crate) fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut not_unicode = Vec::new();
        let mut read = |name: &'static str| -> Option<SecretString> {
            let text = get(name)?.into_string();
            let text = text.map_err(|_| not_unicode.push(name)).ok()?;
            // Wiped, as the secret that is made of it is.
            let text = Zeroizing::new(text);
            Some(SecretString::from(text.trim())).filter(|text| !text.expose_secret().is_empty())
        };
        let plain = |text: Option<SecretString>| text.map(|text| text.expose_secret().to_owned());
        Self {
            client_id: plain(read("PERSPIO_CLIENT_ID")),
            client_secret: read("PERSPIO_CLIENT_SECRET"),
            tenant_id: plain(read("PERSPIO_TENANT_ID")),
            subscription_key: read("PERSPIO_SUBSCRIPTION_KEY"),
            base_url: plain(read("PERSPIO_BASE_URL")),
            authority: plain(read("PERSPIO_AUTHORITY")),
            authorize_url: plain(read("PERSPIO_AUTHORIZE_URL")),
            token_url: plain(read("PERSPIO_TOKEN_URL")),
            device_code_url: plain(read("PERSPIO_DEVICE_CODE_URL")),
            issuer: plain(read("PERSPIO_ISSUER")),
            scopes: plain(read("PERSPIO_SCOPES")),
            ca_file: plain(read("PERSPIO_CA_FILE")),
            network: Network::new(),
            not_unicode,
        }
    }

    /// What looks wrong but is not known to be.
    pub(crate) fn hints(&self) -> Vec<String> {
        let tenant_id = self.tenant_id.as_deref().unwrap_or_default();
        if is_guid(tenant_id) {
            vec![format!(
                "PERSPIO_TENANT_ID ({tenant_id}) looks like the id of an Entra directory, not like \
                 a Perspio tenant id (in-…), which is found in the {ADMIN}"
            )]
        } else {
            Vec::new()
        }
    }

    /// A check of these settings that begins with what could not be read.
    pub(crate) fn check(&self) -> SettingsCheck {
        let mut problems = SettingsCheck::default();
        for name in &self.not_unicode {
            problems.add(name, "is not valid Unicode", "");
        }
        problems
    }

    /// The application, which must be given whole.
    pub(crate) fn application(&self, problems: &mut SettingsCheck) -> Application {
        let id = self.client_id.clone().map(SecretString::from);
        let id = problems.header("PERSPIO_CLIENT_ID", id, ADMIN);
        let secret = self.client_secret.clone();
        let secret = problems.given("PERSPIO_CLIENT_SECRET", secret, ADMIN_SECRET);
        Application::confidential(id.expose_secret(), secret)
    }

    /// The API's headers, which must be given for every call.
    pub(crate) fn require_headers(&self, problems: &mut SettingsCheck) {
        for (setting, _, value) in self.headers() {
            problems.header(setting, value, ADMIN);
        }
    }

    fn headers(&self) -> [(&'static str, HeaderName, Option<SecretString>); 2] {
        let tenant_id = self.tenant_id.clone().map(SecretString::from);
        let key = self.subscription_key.clone();
        [
            (
                "PERSPIO_TENANT_ID",
                HeaderName::from_static("tid"),
                tenant_id,
            ),
            (
                "PERSPIO_SUBSCRIPTION_KEY",
                HeaderName::from_static("ocp-apim-subscription-key"),
                key,
            ),
        ]
    }

    /// The profile, with those headers that are given.
    pub(crate) fn profile(&self, problems: &mut SettingsCheck) -> Profile {
        let mut endpoint = |name, text: &Option<String>| problems.endpoint(name, text.as_deref());
        let mut profile = Profile::perspiotalk();
        if let Some(base_url) = endpoint("PERSPIO_BASE_URL", &self.base_url) {
            profile = profile.with_base_url(base_url);
        }
        // The single addresses win over the authority.
        if let Some(authority) = endpoint("PERSPIO_AUTHORITY", &self.authority) {
            profile = profile.with_authority(&authority);
        }
        if let Some(authorize_url) = endpoint("PERSPIO_AUTHORIZE_URL", &self.authorize_url) {
            profile = profile.with_authorize_url(authorize_url);
        }
        if let Some(token_url) = endpoint("PERSPIO_TOKEN_URL", &self.token_url) {
            profile = profile.with_token_url(token_url);
        }
        if let Some(device_code_url) = endpoint("PERSPIO_DEVICE_CODE_URL", &self.device_code_url) {
            profile = profile.with_device_code_url(device_code_url);
        }
        if let Some(issuer) = self.issuer.clone() {
            profile = profile.with_issuer(Issuer::Known(issuer));
        }
        let scopes = self.scopes.as_deref().unwrap_or_default();
        if !scopes.trim().is_empty() {
            profile = profile.with_scopes(Scopes::uniform(scopes.split_whitespace()));
        }
        profile = profile.with_network(self.network(problems));
        for (setting, header, value) in self.headers() {
            let Some(value) = value else { continue };
            let value = problems.header(setting, Some(value), ADMIN);
            // What cannot stand in a header is among the problems by now.
            if let Ok(with_header) = profile.clone().with_header(header, &value) {
                profile = with_header;
            }
        }
        profile
    }
}

impl Settings {
    /// How connections leave this machine.
    fn network(&self, problems: &mut SettingsCheck) -> Network {
        let network = self.network.clone();
        let Some(path) = &self.ca_file else {
            return network;
        };
        let trusting = match std::fs::read(path) {
            Ok(pem) => network
                .with_root_certificates(&pem)
                .map_err(|error| error.to_string()),
            Err(error) => Err(format!("the file {path} cannot be read: {error}")),
        };
        trusting.unwrap_or_else(|problem| {
            problems.add("PERSPIO_CA_FILE", problem, "");
            Network::new()
        })
    }
}

/// Whether `text` has the form of an Entra directory's id.
fn is_guid(text: &str) -> bool {
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .concat()
            .bytes()
            .all(|letter| letter.is_ascii_hexdigit())
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("client_id", &self.client_id)
            .field("tenant_id", &self.tenant_id)
            .field("base_url", &self.base_url)
            .field("authority", &self.authority)
            .field("authorize_url", &self.authorize_url)
            .field("token_url", &self.token_url)
            .field("device_code_url", &self.device_code_url)
            .field("issuer", &self.issuer)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
