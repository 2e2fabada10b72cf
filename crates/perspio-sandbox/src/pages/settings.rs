//! The settings of a client, and the sign-in that the front page starts.

use url::form_urlencoded;

use crate::credentials::{
    CLIENT_ID, CLIENT_SECRET, DIRECTORY_ID, SUBSCRIPTION_KEY, TENANCY, TENANT_ID,
};
use crate::shared::Shared;

/// The environment variables of a client of PerspioTalk.
pub(crate) fn perspiotalk_variables(shared: &Shared) -> Vec<(&'static str, String)> {
    vec![
        ("PERSPIO_CLIENT_ID", CLIENT_ID.to_owned()),
        ("PERSPIO_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("PERSPIO_TENANT_ID", TENANT_ID.to_owned()),
        ("PERSPIO_SUBSCRIPTION_KEY", SUBSCRIPTION_KEY.to_owned()),
        ("PERSPIO_BASE_URL", shared.base_url.clone()),
        ("PERSPIO_AUTHORITY", shared.authority.clone()),
    ]
}

/// The environment variables of a client of dispoGas.
pub(crate) fn dispogas_variables(shared: &Shared) -> Vec<(&'static str, String)> {
    vec![
        ("DISPOGAS_API_URL", shared.base_url.clone()),
        ("DISPOGAS_TENANCY", TENANCY.to_owned()),
        ("DISPOGAS_CLIENT_ID", CLIENT_ID.to_owned()),
        ("DISPOGAS_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("DISPOGAS_AUTHORITY", shared.authority.clone()),
    ]
}

/// Returns an authorization request that redirects to the sandbox's `/callback`.
pub(super) fn try_sign_in(shared: &Shared) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &format!("{}/callback", shared.base_url))
        .append_pair(
            "scope",
            &format!("{} offline_access", shared.service.sign_in_scope),
        )
        .append_pair("state", "try")
        .finish();
    format!("/{DIRECTORY_ID}/oauth2/v2.0/authorize?{query}")
}
