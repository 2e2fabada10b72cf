//! The settings of the application: its client id, and how it authenticates.

use std::fmt;

use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::{Application, ClientCertificate, FederatedTokenFile};
use zeroize::Zeroizing;

use super::{SettingsCheck, Variables};

const CLIENT_ID: &str = "CLIENT_ID";
const CLIENT_SECRET: &str = "CLIENT_SECRET";
const CLIENT_CERTIFICATE: &str = "CLIENT_CERTIFICATE";
const FEDERATED_TOKEN_FILE: &str = "FEDERATED_TOKEN_FILE";

/// The application that requests tokens, as it was given: nothing is checked yet.
#[derive(Clone)]
pub(crate) struct ApplicationSettings {
    /// The client id.
    pub(crate) client_id: Option<String>,
    /// The client secret; a public client has none.
    pub(crate) client_secret: Option<SecretString>,
    /// A file with a certificate and its private key (PEM), instead of a secret.
    pub(crate) client_certificate: Option<String>,
    /// A file with a client assertion, instead of a secret. It is read for each token
    /// request.
    pub(crate) federated_token_file: Option<String>,
}

impl ApplicationSettings {
    /// Reads the values of the variables.
    pub(crate) fn read(variables: &mut Variables<'_>) -> Self {
        Self {
            client_id: variables.text(CLIENT_ID),
            client_secret: variables.secret(CLIENT_SECRET),
            client_certificate: variables.text(CLIENT_CERTIFICATE),
            federated_token_file: variables.text(FEDERATED_TOKEN_FILE),
        }
    }

    /// Returns the application for a user's sign-in: a public client if it has nothing to
    /// authenticate with.
    pub(crate) fn application(&self, check: &mut SettingsCheck) -> Application {
        let id = self.client_id.clone().map(SecretString::from);
        let id = check.header(CLIENT_ID, id.as_ref());
        let id = id.expose_secret();
        let secret = self.client_secret();
        let certificate = self.client_certificate.as_deref();
        let token_file = self.federated_token_file.as_deref();
        if let Some(secret) = &secret {
            check.characters(CLIENT_SECRET, secret.expose_secret());
        }
        for (setting, path) in [
            (CLIENT_CERTIFICATE, certificate),
            (FEDERATED_TOKEN_FILE, token_file),
        ] {
            check.characters(setting, path.unwrap_or_default());
        }
        match (secret, certificate, token_file) {
            (None, None, None) => Application::public(id),
            (Some(secret), None, None) => Application::confidential(id, secret),
            (None, Some(path), None) => match read_certificate(path) {
                Ok(certificate) => Application::with_assertion(id, certificate),
                Err(problem) => {
                    check.add(CLIENT_CERTIFICATE, problem);
                    Application::public(id)
                }
            },
            (None, None, Some(path)) => {
                Application::with_assertion(id, FederatedTokenFile::new(path))
            }
            (secret, certificate, token_file) => {
                let given = [
                    (CLIENT_SECRET, secret.is_some()),
                    (CLIENT_CERTIFICATE, certificate.is_some()),
                    (FEDERATED_TOKEN_FILE, token_file.is_some()),
                ];
                let given = given.into_iter().filter(|(_, is_given)| *is_given);
                let given: Vec<_> = given.map(|(setting, _)| setting).collect();
                let names: Vec<_> = given.iter().map(|setting| check.name(setting)).collect();
                for setting in given {
                    let problem = format!("is one of {}: set only one of them", names.join(", "));
                    check.add(setting, problem);
                }
                Application::public(id)
            }
        }
    }

    /// Returns the application for the client credentials grant, which must authenticate.
    pub(crate) fn confidential_application(&self, check: &mut SettingsCheck) -> Application {
        let application = self.application(check);
        let is_given = self.client_certificate.is_some() || self.federated_token_file.is_some();
        if self.client_secret().is_none() && !is_given {
            let problem = format!(
                "is missing: an application that signs in as itself needs it, {} or {} (a \
                 user's sign-in to a public client does not)",
                check.name(CLIENT_CERTIFICATE),
                check.name(FEDERATED_TOKEN_FILE)
            );
            check.add(CLIENT_SECRET, problem);
        }
        application
    }

    /// Returns the secret; a blank one counts as missing.
    fn client_secret(&self) -> Option<SecretString> {
        let secret = self.client_secret.as_ref()?.expose_secret().trim();
        (!secret.is_empty()).then(|| SecretString::from(secret))
    }
}

fn read_certificate(path: &str) -> Result<ClientCertificate, String> {
    let pem = match std::fs::read_to_string(path) {
        Ok(pem) => Zeroizing::new(pem),
        Err(cause) => return Err(format!("the file {path} cannot be read: {cause}")),
    };
    ClientCertificate::from_pem(&SecretString::from(pem.as_str()))
        .map_err(|error| format!("the file {path}: {error}"))
}

impl fmt::Debug for ApplicationSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationSettings")
            .field("client_id", &self.client_id)
            .field("client_certificate", &self.client_certificate)
            .field("federated_token_file", &self.federated_token_file)
            .finish_non_exhaustive()
    }
}
