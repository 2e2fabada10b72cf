//! The settings that a profile can have.

use perspio_http::Api;

/// A setting of a profile. It is a key of the file, an option of `perspio profile add`, and an
/// environment variable, which overrides it.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The name of the variable without its prefix.
    pub(crate) name: &'static str,
    /// Whether the value is stored encrypted, and not in the file.
    pub(crate) is_secret: bool,
    pub(super) help: &'static str,
}

const fn value(name: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        is_secret: false,
        help,
    }
}

const fn secret(name: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        is_secret: true,
        help,
    }
}

/// All settings, in the order in which `perspio profile add` asks for the first four.
pub(crate) const SETTINGS: [Setting; 17] = [
    value("CLIENT_ID", "The application's client id"),
    secret(
        "CLIENT_SECRET",
        "The application's client secret; a public client, which only signs in users, has none",
    ),
    value("TENANT_ID", "The Perspio tenant id (in-…)"),
    secret("SUBSCRIPTION_KEY", "The tenant's subscription key"),
    value(
        "CLIENT_CERTIFICATE",
        "A file with a certificate and its private key (PEM), instead of the client secret",
    ),
    value(
        "FEDERATED_TOKEN_FILE",
        "A file with a client assertion, instead of the client secret",
    ),
    value("BASE_URL", "Another base URL of the API"),
    value(
        "AUTHORITY",
        "Another identity server: its URL up to /oauth2/v2.0",
    ),
    value("TOKEN_URL", "Another token endpoint"),
    value("AUTHORIZE_URL", "Another authorization endpoint"),
    value("DEVICE_CODE_URL", "Another device authorization endpoint"),
    value("ISSUER", "The issuer of another identity server"),
    value("SCOPES", "Other scopes, separated by spaces"),
    value("PROMPT", "The prompt of a user's sign-in"),
    value(
        "OFFLINE_ACCESS",
        "Whether offline_access is requested at a sign-in: true or false",
    ),
    value("REDIRECT_URI", "Another redirect URI of a sign-in"),
    value("CA_FILE", "A file of additional trusted certificates (PEM)"),
];

/// The settings of which an application has one: how it authenticates.
pub(crate) const CREDENTIALS: [&str; 3] = [
    "CLIENT_SECRET",
    "CLIENT_CERTIFICATE",
    "FEDERATED_TOKEN_FILE",
];

impl Setting {
    /// Returns the key in the file.
    pub(crate) fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }

    /// Returns the option of `perspio profile add`, without its dashes.
    pub(super) fn option(&self) -> String {
        let option = self.key().replace('_', "-");
        if self.is_secret {
            format!("{option}-file")
        } else {
            option
        }
    }

    /// Returns the name of the environment variable.
    pub(crate) fn variable(&self) -> String {
        perspio::Client::VARIABLES.of(self.name)
    }

    /// Returns where a person finds the value; empty if that is not documented.
    pub(super) fn found_at(&self) -> &'static str {
        let mut known = perspio::Client::FOUND_AT.iter();
        known
            .find(|(name, _)| *name == self.name)
            .map_or("", |(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use perspio::ClientBuilder;

    use super::*;

    #[test]
    fn a_profile_can_have_every_setting_of_the_client() {
        let read = RefCell::new(BTreeSet::new());
        let _ = ClientBuilder::from_variables(|name| {
            read.borrow_mut().insert(name.to_owned());
            None
        });
        // Read by this command, not by the client.
        read.borrow_mut().insert("PERSPIO_REDIRECT_URI".to_owned());
        let known: BTreeSet<_> = SETTINGS.iter().map(Setting::variable).collect();
        assert_eq!(read.into_inner(), known);
    }
}
