//! A profile for tests, with every setting that an API can have.

use std::time::Duration;

use http::{HeaderName, Method};

use crate::oauth::endpoint::Endpoint;
use crate::oauth::{ApiHeader, Profile, Scopes};

/// The profile of an API at `https://api.example`, with the headers `x-tenant`
/// (which names the tenant) and `x-api-key`, neither of which has a value.
pub(crate) fn profile() -> Profile {
    let header = |name| ApiHeader::new(HeaderName::from_static(name));
    let scope = |name: &str| format!("api://example/{name}");
    let scopes = Scopes {
        client_credentials: vec![scope(".default")],
        authorization: vec![scope("access_as_user")],
        sign_in: vec![scope("access_as_user"), "offline_access".to_owned()],
        refresh: None,
    };
    Profile::custom(
        "Example",
        Endpoint::from_static("https://api.example"),
        &Endpoint::from_static("https://login.example/tenant"),
    )
    .with_scopes(scopes)
    .with_required_header(header("x-tenant").with_names_tenant(true))
    .with_required_header(header("x-api-key"))
    .with_read_only_applications(true)
    .with_retryable_methods([Method::GET, Method::HEAD, Method::PUT, Method::DELETE])
    .with_code_lifetime(Duration::from_secs(60))
}
