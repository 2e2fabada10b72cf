//! The settings that the front page shows.

use url::form_urlencoded;

use crate::credentials::{
    CLIENT_ID, CLIENT_SECRET, DIRECTORY_ID, SUBSCRIPTION_KEY, TENANCY, TENANT_ID,
};
use crate::service::Service;
use crate::shared::Shared;

pub(super) fn name(shared: &Shared) -> &'static str {
    match shared.service {
        Service::PerspioTalk => "PerspioTalk",
        Service::DispoGas => "dispoGas",
    }
}

/// The environment variables with which a client talks to this sandbox.
pub(crate) fn variables(shared: &Shared) -> Vec<(&'static str, String)> {
    if shared.service == Service::DispoGas {
        return vec![
            ("DISPOGAS_API_URL", shared.base_url.clone()),
            ("DISPOGAS_TENANCY", TENANCY.to_owned()),
            ("DISPOGAS_CLIENT_ID", CLIENT_ID.to_owned()),
            ("DISPOGAS_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("DISPOGAS_AUTHORITY", shared.authority.clone()),
        ];
    }
    vec![
        ("PERSPIO_CLIENT_ID", CLIENT_ID.to_owned()),
        ("PERSPIO_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("PERSPIO_TENANT_ID", TENANT_ID.to_owned()),
        ("PERSPIO_SUBSCRIPTION_KEY", SUBSCRIPTION_KEY.to_owned()),
        ("PERSPIO_BASE_URL", shared.base_url.clone()),
        ("PERSPIO_AUTHORITY", shared.authority.clone()),
    ]
}

/// An authorization request whose answer comes back to the sandbox.
pub(super) fn try_sign_in(shared: &Shared) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &format!("{}/callback", shared.base_url))
        .append_pair(
            "scope",
            &format!("{} offline_access", shared.service.sign_in_scope()),
        )
        .append_pair("state", "try")
        .finish();
    format!("/{DIRECTORY_ID}/oauth2/v2.0/authorize?{query}")
}
