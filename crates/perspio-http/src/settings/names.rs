//! The names of the environment variables of an API's settings.

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
            base_url: "BASE_URL",
        }
    }

    /// Uses another name for the address of the API than `BASE_URL`.
    pub const fn with_base_url(self, base_url: &'static str) -> Self {
        Self { base_url, ..self }
    }

    /// Returns the name of a setting.
    pub fn of(&self, setting: &str) -> String {
        format!("{}_{setting}", self.prefix)
    }

    /// Returns the name of the address of the API.
    pub fn base_url(&self) -> String {
        self.of(self.base_url)
    }

    /// Returns what all names begin with.
    pub(crate) fn beginning(&self) -> String {
        self.of("")
    }
}
