//! The settings of a client: each has an environment variable of the same
//! meaning, by which errors name it.

use std::ffi::OsString;
use std::fmt;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::secret::SecretString;
use perspio_auth::{FixedToken, OnForbidden, Profile};
use perspio_http::SettingsError;
use perspio_http::settings::{
    ApplicationSettings, ServerSettings, SettingsCheck, VariableNames, Variables,
};

use crate::profile::{ANY_DIRECTORY, TENANCY_HEADER, profile, unconfigured};

/// Where a person finds the values, and what the page calls them.
const INSTALLATION: &str = "your dispoGas installation's own address, the page's API_URL";
const TENANCY: &str = "the settings of your dispoGas installation, the page's YOUR-TENANCY";
const DIRECTORY: &str = "Azure portal, Microsoft Entra ID → Overview: the tenant id or domain";
const APPLICATION: &str =
    "Azure portal, App registrations → your application: its client id, the page's APP_ID";
const SECRET: &str = "Azure portal, App registrations → your application → Certificates & secrets, \
     the page's APP_SECRET";
const TOKEN: &str = "an access token, the page's YOUR-TOKEN; to have tokens renewed, sign a person \
     in: SignIn::browser with ClientBuilder::token_source, or StoredSignIn with \
     ClientBuilder::credential and a store";

const NAMES: VariableNames = VariableNames::new("DISPOGAS").with_base_url("API_URL");

const REFRESH_ON_403: &str = "DISPOGAS_REFRESH_ON_403";

/// The settings as they were given; nothing is checked yet.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) tenancy: Option<String>,
    pub(crate) token: Option<SecretString>,
    pub(crate) directory: Option<String>,
    pub(crate) application: ApplicationSettings,
    pub(crate) refresh_on_403: Option<OnForbidden>,
    pub(crate) servers: ServerSettings,
    /// Hints at variables that are no settings.
    unknown: Vec<String>,
    /// What could not be read.
    unreadable: SettingsCheck,
}

impl Settings {
    /// From anything that holds values by the variables' names. `set` are the names of all
    /// variables, as far as they are known.
    pub(crate) fn from_variables(
        get: impl Fn(&str) -> Option<OsString>,
        set: impl IntoIterator<Item = OsString>,
    ) -> Self {
        let mut variables = Variables::new(&get);
        let refresh_on_403 = variables.text(REFRESH_ON_403);
        let mut settings = Self {
            tenancy: variables.text("DISPOGAS_TENANCY"),
            token: variables.secret("DISPOGAS_TOKEN"),
            directory: variables.text("DISPOGAS_DIRECTORY"),
            application: ApplicationSettings::read(NAMES, &mut variables, APPLICATION, SECRET),
            refresh_on_403: None,
            servers: ServerSettings::read(NAMES, &mut variables),
            unknown: variables.unknown(NAMES, &[], set),
            unreadable: variables.finish(),
        };
        settings.refresh_on_403 = match refresh_on_403.as_deref() {
            None => None,
            Some("stale") => Some(OnForbidden::IfStale),
            Some("once") => Some(OnForbidden::Once),
            Some("never") => Some(OnForbidden::Never),
            Some(other) => {
                let problem = format!("is {other:?}; it must be stale, once or never");
                settings.unreadable.add(REFRESH_ON_403, problem, "");
                None
            }
        };
        settings
    }

    /// What looks wrong but is not known to be.
    pub(crate) fn hints(&self) -> Vec<String> {
        self.unknown.clone()
    }

    /// A check of these settings that begins with what could not be read.
    pub(crate) fn check(&self) -> SettingsCheck {
        self.unreadable.clone()
    }

    /// The token that is used where nobody has signed in.
    pub(crate) fn fixed_token(&self, problems: &mut SettingsCheck) -> FixedToken {
        FixedToken::new(problems.header("DISPOGAS_TOKEN", self.token.clone(), TOKEN))
    }

    /// The profile, unless something is wrong. `asks_for_tokens`: the identity
    /// server must be known.
    pub(crate) fn profile(
        &self,
        asks_for_tokens: bool,
        mut problems: SettingsCheck,
    ) -> Result<Profile, SettingsError> {
        let api_url = self.api_url(&mut problems);
        let tenancy = self.tenancy.clone().map(SecretString::from);
        let tenancy = problems.header("DISPOGAS_TENANCY", tenancy, TENANCY);
        let directory = self.directory(asks_for_tokens, &mut problems);
        let known = profile(api_url.clone(), &directory, "");
        let mut profile = known.unwrap_or_else(|cause| {
            problems.add("DISPOGAS_DIRECTORY", cause.to_string(), DIRECTORY);
            // A substitute, so that all other settings are checked too.
            unconfigured().with_base_url(api_url)
        });
        // An invalid value is among the problems already.
        if let Ok(with_tenancy) = profile.clone().with_header(TENANCY_HEADER, &tenancy) {
            profile = with_tenancy;
        }
        profile = self.servers.identity(profile, &mut problems);
        if let Some(when) = self.refresh_on_403 {
            profile = profile.with_on_forbidden(when);
        }
        if let Some(given) = self.servers.scopes() {
            // They leave with the same requests as the page's.
            let mut scopes = profile.scopes().clone();
            scopes.client_credentials = given.client_credentials;
            scopes.authorization = given.authorization;
            profile = profile.with_scopes(scopes);
        }
        problems.finish()?;
        Ok(self.servers.sign_in(profile))
    }

    /// The API's address, which is required. If it is missing, a substitute is used
    /// until all problems are reported.
    fn api_url(&self, problems: &mut SettingsCheck) -> Endpoint {
        self.servers.base_url(problems).unwrap_or_else(|| {
            problems.add(&NAMES.base_url(), "is missing", INSTALLATION);
            unconfigured().base_url().clone()
        })
    }

    /// The Entra directory, which must be given where the identity server is asked
    /// and no other address of it is known.
    fn directory(&self, asks_for_tokens: bool, problems: &mut SettingsCheck) -> String {
        if let Some(directory) = &self.directory {
            problems.characters("DISPOGAS_DIRECTORY", directory, DIRECTORY);
            return directory.clone();
        }
        if asks_for_tokens && self.servers.authority.is_none() {
            problems.add("DISPOGAS_DIRECTORY", "is missing", DIRECTORY);
        }
        ANY_DIRECTORY.to_owned()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("tenancy", &self.tenancy)
            .field("directory", &self.directory)
            .field("application", &self.application)
            .field("refresh_on_403", &self.refresh_on_403)
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}
