//! The settings of a client: each has an environment variable of the same
//! meaning, by which errors name it.

use std::ffi::OsString;
use std::fmt;

use perspio_auth::Profile;
use perspio_auth::http::HeaderName;
use perspio_auth::secret::SecretString;
use perspio_http::settings::{
    ApplicationSettings, ServerSettings, SettingsCheck, VariableNames, Variables,
};

use crate::profile::profile;

/// Where a person finds the values.
const ADMIN: &str = "Perspio web app, Admin → API";
const ADMIN_SECRET: &str =
    "Perspio web app, Admin → API; shown once, valid two years, can be reset there";

const NAMES: VariableNames = VariableNames::new("PERSPIO");

/// The variables of the command `perspio`, which programs may share.
const OF_THE_COMMAND: [&str; 3] = ["REDIRECT_URI", "STORE", "STORE_KEY"];

/// The settings as they were given; nothing is checked yet.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) application: ApplicationSettings,
    pub(crate) tenant_id: Option<String>,
    pub(crate) subscription_key: Option<SecretString>,
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
        Self {
            application: ApplicationSettings::read(NAMES, &mut variables, ADMIN, ADMIN_SECRET),
            tenant_id: variables.text("PERSPIO_TENANT_ID"),
            subscription_key: variables.secret("PERSPIO_SUBSCRIPTION_KEY"),
            servers: ServerSettings::read(NAMES, &mut variables),
            unknown: variables.unknown(NAMES, &OF_THE_COMMAND, set),
            unreadable: variables.finish(),
        }
    }

    /// What looks wrong but is not known to be.
    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = self.unknown.clone();
        let tenant_id = self.tenant_id.as_deref().unwrap_or_default();
        if is_guid(tenant_id) {
            hints.push(format!(
                "PERSPIO_TENANT_ID ({tenant_id}) looks like the id of an Entra directory, not like \
                 a Perspio tenant id (in-…), which is found in the {ADMIN}"
            ));
        }
        hints
    }

    /// A check of these settings that begins with what could not be read.
    pub(crate) fn check(&self) -> SettingsCheck {
        self.unreadable.clone()
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
        let mut profile = profile();
        if let Some(base_url) = self.servers.base_url(problems) {
            profile = profile.with_base_url(base_url);
        }
        if let Some(scopes) = self.servers.scopes() {
            profile = profile.with_scopes(scopes);
        }
        profile = self
            .servers
            .sign_in(self.servers.identity(profile, problems));
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
            .field("application", &self.application)
            .field("tenant_id", &self.tenant_id)
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}
