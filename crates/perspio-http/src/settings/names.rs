//! The names of the environment variables of an API's settings.

/// The setting with the address of the API.
pub(crate) const BASE_URL: &str = "BASE_URL";
/// The setting with the token endpoint.
pub(crate) const TOKEN_URL: &str = "TOKEN_URL";

/// The names of the environment variables of an API's settings: a prefix, then the setting.
///
/// ```
/// use perspio_http::settings::VariableNames;
///
/// const NAMES: VariableNames = VariableNames::new("EXAMPLE");
/// assert_eq!(NAMES.of("CLIENT_ID"), "EXAMPLE_CLIENT_ID");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariableNames {
    prefix: &'static str,
    base_url: &'static str,
}

impl VariableNames {
    /// Creates the names with a prefix, such as `EXAMPLE`.
    pub const fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            base_url: BASE_URL,
        }
    }

    /// Uses another name for the address of the API than `BASE_URL`.
    pub const fn with_base_url(self, base_url: &'static str) -> Self {
        Self { base_url, ..self }
    }

    /// Returns the name of the variable of a setting.
    pub fn of(&self, setting: &str) -> String {
        let setting = if setting == BASE_URL {
            self.base_url
        } else {
            setting
        };
        format!("{}_{setting}", self.prefix)
    }

    /// Returns what all names begin with.
    pub(crate) fn beginning(&self) -> String {
        self.of("")
    }
}
