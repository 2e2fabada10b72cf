//! The settings of the application: its client id, and how it authenticates.

use std::fmt;

use perspio_auth::secret::{ExposeSecret, SecretString};
use perspio_auth::{Application, ClientCertificate, FederatedTokenFile};
use zeroize::Zeroizing;

use super::{SettingsCheck, Variables};

/// The application that requests tokens, as it was given: nothing is checked yet.
#[derive(Clone)]
pub struct ApplicationSettings {
    names: &'static ApplicationVariables,
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
    /// The certificate.
    pub client_certificate: &'static str,
    /// The file with an assertion.
    pub federated_token_file: &'static str,
}

impl ApplicationSettings {
    /// Reads the values of the variables `names`.
    pub fn read(names: &'static ApplicationVariables, variables: &mut Variables<'_>) -> Self {
        Self {
            names,
            client_id: variables.text(names.client_id),
            client_secret: variables.secret(names.client_secret),
            client_certificate: variables.text(names.client_certificate),
            federated_token_file: variables.text(names.federated_token_file),
        }
    }

    /// Returns the application for a user's sign-in: a public client if it has nothing to
    /// authenticate with.
    pub fn application(&self, problems: &mut SettingsCheck) -> Application {
        let names = self.names;
        let id = self.client_id.clone().map(SecretString::from);
        let id = problems.header(names.client_id, id, names.client_id_found_at);
        let id = id.expose_secret();
        let secret = self.client_secret();
        let certificate = self.client_certificate.as_deref();
        let token_file = self.federated_token_file.as_deref();
        if let Some(secret) = &secret {
            let (name, found_at) = (names.client_secret, names.client_secret_found_at);
            problems.characters(name, secret.expose_secret(), found_at);
        }
        for (name, path) in [
            (names.client_certificate, certificate),
            (names.federated_token_file, token_file),
        ] {
            problems.characters(name, path.unwrap_or_default(), "");
        }
        match (secret, certificate, token_file) {
            (None, None, None) => Application::public(id),
            (Some(secret), None, None) => Application::confidential(id, secret),
            (None, Some(path), None) => match read_certificate(path) {
                Ok(certificate) => Application::with_assertion(id, certificate),
                Err(problem) => {
                    problems.add(names.client_certificate, problem, "");
                    Application::public(id)
                }
            },
            (None, None, Some(path)) => {
                Application::with_assertion(id, FederatedTokenFile::new(path))
            }
            (secret, certificate, token_file) => {
                let given = [
                    (names.client_secret, secret.is_some()),
                    (names.client_certificate, certificate.is_some()),
                    (names.federated_token_file, token_file.is_some()),
                ];
                let given = given
                    .into_iter()
                    .filter_map(|(name, is)| is.then_some(name));
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
                names.client_certificate, names.federated_token_file
            );
            problems.add(names.client_secret, problem, names.client_secret_found_at);
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
