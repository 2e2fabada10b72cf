//! The API that a sandbox simulates, and how its identity server differs.

use std::sync::Arc;

use axum::Router;

use crate::api;
use crate::credentials::{TENANCY, TENANT_ID};
use crate::pages;
use crate::shared::Shared;

/// The differences between the APIs.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// The first part of the names of its environment variables.
    pub(crate) variable_prefix: &'static str,
    /// The environment variables of a client.
    pub(crate) variables: fn(&Shared) -> Vec<(&'static str, String)>,
    pub(crate) routes: fn(&Arc<Shared>) -> Router<Arc<Shared>>,
    /// The value of the header that names the tenant.
    pub(crate) tenant: &'static str,
    /// The application id URI of the API, the audience of its tokens.
    pub(crate) audience: &'static str,
    pub(crate) sign_in_scope: &'static str,
    /// Another scope, which a refresh may request.
    pub(crate) refresh_scope: Option<&'static str>,
    /// The grants of the token endpoint.
    pub(crate) grants: &'static [&'static str],
    /// Whether an authorization request must have a `state`.
    pub(crate) requires_state: bool,
    /// Whether a refresh must repeat the redirect URI of the sign-in.
    pub(crate) repeats_redirect_uri: bool,
    /// Whether the response to a sign-in has the members that Entra sends.
    pub(crate) responds_as_entra: bool,
}

impl Service {
    pub(crate) const PERSPIOTALK: Self = Self {
        name: "PerspioTalk",
        variable_prefix: "PERSPIO",
        variables: pages::perspiotalk_variables,
        routes: api::perspiotalk,
        tenant: TENANT_ID,
        audience: "api://perspiotalk",
        sign_in_scope: "api://perspiotalk/access_as_user",
        refresh_scope: Some("api://perspiotalk/all_readwrite"),
        grants: &[
            "authorization_code",
            "client_credentials",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        requires_state: false,
        repeats_redirect_uri: false,
        responds_as_entra: true,
    };

    /// As the authentication page of dispoGas describes it.
    pub(crate) const DISPOGAS: Self = Self {
        name: "dispoGas",
        variable_prefix: "DISPOGAS",
        variables: pages::dispogas_variables,
        routes: api::dispogas,
        tenant: TENANCY,
        audience: "api://5a4db0c5-0000-4000-8000-000000000002",
        // The page prints it without the dot of Entra's own `/.default`.
        sign_in_scope: "api://5a4db0c5-0000-4000-8000-000000000002/default",
        refresh_scope: None,
        grants: &["authorization_code", "refresh_token"],
        requires_state: true,
        repeats_redirect_uri: true,
        responds_as_entra: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::CLIENT_ID;

    #[test]
    fn a_sign_in_scope_begins_with_the_audience() {
        for service in [Service::PERSPIOTALK, Service::DISPOGAS] {
            let scope = service.sign_in_scope.strip_prefix(service.audience);
            assert!(scope.unwrap().starts_with('/'), "{}", service.name);
        }
        assert_eq!(Service::DISPOGAS.audience, format!("api://{CLIENT_ID}"));
    }
}
