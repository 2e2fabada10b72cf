//! The settings of the application: its client id, and how it authenticates.

use std::fmt;

use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::{Application, ClientCertificate, FederatedTokenFile};
use zeroize::Zeroizing;

use super::{SettingsCheck, VariableNames, Variables};

const CLIENT_ID: &str = "CLIENT_ID";
const CLIENT_SECRET: &str = "CLIENT_SECRET";
const CLIENT_CERTIFICATE: &str = "CLIENT_CERTIFICATE";
const FEDERATED_TOKEN_FILE: &str = "FEDERATED_TOKEN_FILE";

/// The application that requests tokens, as it was given: nothing is checked yet.
#[derive(Clone)]
pub struct ApplicationSettings {
    names: VariableNames,
    client_id_found_at: &'static str,
    client_secret_found_at: &'static str,
    /// The client id.
    pub client_id: Option<String>,
    /// The client secret; a public client has none.
    pub client_secret: Option<SecretString>,
    /// A file with a certificate and its private key (PEM), instead of a secret.
    pub client_certificate: Option<String>,
    /// A file with a client assertion, instead of a secret. It is read for each token
    /// request.
    pub federated_token_file: Option<String>,
}

impl ApplicationSettings {
    /// Reads the values of the variables. The last two texts say where a person finds the
    /// client id and the secret.
    pub fn read(
        names: VariableNames,
        variables: &mut Variables<'_>,
        client_id_found_at: &'static str,
        client_secret_found_at: &'static str,
    ) -> Self {
        Self {
            names,
            client_id_found_at,
            client_secret_found_at,
            client_id: variables.text(&names.of(CLIENT_ID)),
            client_secret: variables.secret(&names.of(CLIENT_SECRET)),
            client_certificate: variables.text(&names.of(CLIENT_CERTIFICATE)),
            federated_token_file: variables.text(&names.of(FEDERATED_TOKEN_FILE)),
        }
    }

    /// Returns the application for a user's sign-in: a public client if it has nothing to
    /// authenticate with.
    pub fn application(&self, problems: &mut SettingsCheck) -> Application {
        let names = self.names;
        let id = self.client_id.clone().map(SecretString::from);
        let id = problems.header(&names.of(CLIENT_ID), id, self.client_id_found_at);
        let id = id.expose_secret();
        let secret = self.client_secret();
        let certificate = self.client_certificate.as_deref();
        let token_file = self.federated_token_file.as_deref();
        if let Some(secret) = &secret {
            let (name, found_at) = (names.of(CLIENT_SECRET), self.client_secret_found_at);
            problems.characters(&name, secret.expose_secret(), found_at);
        }
        for (name, path) in [
            (CLIENT_CERTIFICATE, certificate),
            (FEDERATED_TOKEN_FILE, token_file),
        ] {
            problems.characters(&names.of(name), path.unwrap_or_default(), "");
        }
        match (secret, certificate, token_file) {
            (None, None, None) => Application::public(id),
            (Some(secret), None, None) => Application::confidential(id, secret),
            (None, Some(path), None) => match read_certificate(path) {
                Ok(certificate) => Application::with_assertion(id, certificate),
                Err(problem) => {
                    problems.add(&names.of(CLIENT_CERTIFICATE), problem, "");
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
                let given = given
                    .into_iter()
                    .filter(|(_, is_given)| *is_given)
                    .map(|(name, _)| names.of(name));
                let given: Vec<_> = given.collect();
                for name in &given {
                    let problem = format!("is one of {}: set only one of them", given.join(", "));
                    problems.add(name, problem, "");
                }
                Application::public(id)
            }
        }
    }

    /// Returns the application for the client credentials grant, which must authenticate.
    pub fn confidential_application(&self, problems: &mut SettingsCheck) -> Application {
        let application = self.application(problems);
        let names = self.names;
        let is_given = self.client_certificate.is_some() || self.federated_token_file.is_some();
        if self.client_secret().is_none() && !is_given {
            let problem = format!(
                "is missing: an application that signs in as itself needs it, {} or {} (a \
                 user's sign-in to a public client does not)",
                names.of(CLIENT_CERTIFICATE),
                names.of(FEDERATED_TOKEN_FILE)
            );
            problems.add(
                &names.of(CLIENT_SECRET),
                problem,
                self.client_secret_found_at,
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
