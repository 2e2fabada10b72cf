//! The description of an API, from which its client knows its settings.

use perspio_auth::Profile;

use crate::api_settings::ApiSettings;
use crate::client::ApiClient;
use crate::limits::Limits;
use crate::security::SecurityScheme;
use crate::server::{Server, ServerVariable};
use crate::settings::VariableNames;

/// The API of a client, from which its [`ClientBuilder`](crate::ClientBuilder) knows the settings
/// that the client has. Written by hand, or generated from the document of the API.
///
/// ```
/// use perspio_http::settings::VariableNames;
/// use perspio_http::{Api, ApiClient, ClientBuilder, KeyLocation, SecurityScheme};
///
/// struct Client(ApiClient);
///
/// impl From<ApiClient> for Client {
///     fn from(inner: ApiClient) -> Self {
///         Self(inner)
///     }
/// }
///
/// impl Api for Client {
///     const NAME: &'static str = "Example";
///     const VARIABLES: VariableNames = VariableNames::new("EXAMPLE");
///     const BASE_URL: Option<&'static str> = Some("https://api.example/v1");
///     const SECURITY: &'static [SecurityScheme] = &[SecurityScheme::ApiKey {
///         location: KeyLocation::Header,
///         name: "x-api-key",
///         setting: "API_KEY",
///     }];
/// }
///
/// # fn main() -> Result<(), perspio_http::Error> {
/// let client = ClientBuilder::<Client>::new().setting("API_KEY", "…").build()?;
/// # Ok(())
/// # }
/// ```
pub trait Api: From<ApiClient> {
    /// The name of the API, for messages.
    const NAME: &'static str;
    /// The names of the environment variables of its settings.
    const VARIABLES: VariableNames;
    /// The address of the API, variables in braces. None if each installation has its own.
    const BASE_URL: Option<&'static str> = None;
    /// The variables in [`BASE_URL`](Self::BASE_URL).
    const SERVER_VARIABLES: &'static [ServerVariable] = &[];
    /// The other servers of the API. They get the same credentials.
    const SERVERS: &'static [Server] = &[];
    /// The security schemes of a call. All of them are needed; none if the API is public.
    const SECURITY: &'static [SecurityScheme] = &[];
    /// The settings that [`profile`](Self::profile) reads in addition.
    const SETTINGS: &'static [&'static str] = &[];
    /// The settings of other programs whose variables have the same prefix, so that they are not
    /// reported as misspelled.
    const SETTINGS_OF_OTHERS: &'static [&'static str] = &[];
    /// Where a person finds the value of a setting.
    const FOUND_AT: &'static [(&'static str, &'static str)] = &[];

    /// Returns the profile of the API, without its base URL and the settings that every API has.
    /// Settings that are missing or look wrong are reported to `settings`. By default the
    /// profile is made of [`SECURITY`](Self::SECURITY).
    fn profile(settings: &mut ApiSettings<'_>) -> Profile {
        settings.documented_profile(Self::NAME, Self::SECURITY)
    }

    /// Returns the limits of the service, which a client has unless it sets others or calls this
    /// machine.
    fn limits() -> Limits {
        Limits::none()
    }
}
