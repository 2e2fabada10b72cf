//! The discovery document and the keys (OpenID Connect Discovery 1.0).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::directory::{self, Directory};
use super::error::EntraError;
use crate::answer::json;
use crate::shared::Shared;

pub(crate) async fn configuration(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
) -> Response {
    let checked = directory::check(directory);
    answer(&shared, checked.map(|()| metadata(&shared)))
}

pub(crate) async fn keys(State(shared): State<Arc<Shared>>, directory: Directory) -> Response {
    let checked = directory::check(directory);
    let keys = checked.map(|()| json!({ "keys": [shared.issuer.key().jwk()] }));
    answer(&shared, keys)
}

fn answer(shared: &Shared, body: Result<Value, EntraError>) -> Response {
    match body {
        Ok(body) => json(StatusCode::OK, &body),
        Err(error) => error.response(shared.clock.unix_seconds()),
    }
}

fn metadata(shared: &Shared) -> Value {
    let authority = &shared.authority;
    json!({
        "issuer": shared.issuer.issuer(),
        "authorization_endpoint": format!("{authority}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{authority}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{authority}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{authority}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{authority}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": shared.service.grants,
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "oid", "tid", "name", "preferred_username",
        ],
        "request_uri_parameter_supported": false,
    })
}
