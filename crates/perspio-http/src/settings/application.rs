//! The settings of the application: its client id, and how it authenticates.

use std::fmt;

use perspio_auth::Application;
use perspio_auth::secret::{ExposeSecret, SecretString};

use super::{SettingsCheck, Variables};

/// The application that requests tokens, as it was given: nothing is checked yet.
#[derive(Clone)]
pub struct ApplicationSettings {
    names: &'static ApplicationVariables,
    /// The client id.
    pub client_id: Option<String>,
    /// The client secret; a public client has none.
    pub client_secret: Option<SecretString>,
}

/// The environment variables of [`ApplicationSettings`], by which errors name them.
#[derive(Debug)]
pub struct ApplicationVariables {
    /// The client id.
    pub client_id: &'static str,
    /// Where a person finds the client id.
    pub client_id_found_at: &'static str,
    /// The client secret.
    pub client_secret: &'static str,
    /// Where a person finds the client secret.
    pub client_secret_found_at: &'static str,
}

impl ApplicationSettings {
    /// Reads the values of the variables `names`.
    pub fn read(names: &'static ApplicationVariables, variables: &mut Variables<'_>) -> Self {
        Self {
            names,
            client_id: variables.text(names.client_id),
            client_secret: variables.secret(names.client_secret),
        }
    }

    /// Returns the application for a user's sign-in: a public client if no secret is set.
    pub fn application(&self, problems: &mut SettingsCheck) -> Application {
        let names = self.names;
        let id = self.client_id.clone().map(SecretString::from);
        let id = problems.header(names.client_id, id, names.client_id_found_at);
        let id = id.expose_secret();
        match self.client_secret() {
            Some(secret) => Application::confidential(id, secret),
            None => Application::public(id),
        }
    }

    /// Returns the application for the client credentials grant, which must authenticate.
    pub fn confidential_application(&self, problems: &mut SettingsCheck) -> Application {
        let application = self.application(problems);
        if application.is_public() {
            problems.add(
                self.names.client_secret,
                "is missing: an application that signs in as itself needs it (a user's sign-in \
                 to a public client does not)",
                self.names.client_secret_found_at,
            );
        }
        application
    }

    /// Returns the secret; a blank one counts as missing.
    fn client_secret(&self) -> Option<SecretString> {
        let secret = self.client_secret.as_ref()?.expose_secret().trim();
        (!secret.is_empty()).then(|| SecretString::from(secret))
    }
}

impl fmt::Debug for ApplicationSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationSettings")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
