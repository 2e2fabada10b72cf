//! The identity server, shaped like Microsoft Entra v2.0.

mod authorization_code;
mod authorization_request;
mod authorize_endpoint;
mod bounded;
mod click;
mod client;
mod client_credentials;
mod codes;
mod device_code;
mod device_endpoint;
mod device_pages;
mod devices;
mod directory;
mod discovery;
mod error;
mod form;
mod opaque;
mod pkce;
mod redirect_target;
mod redirect_uri;
mod refresh_token;
mod refresh_tokens;
mod scopes;
mod sign_in;
mod sign_ins;
mod sign_out;
mod token_endpoint;
mod transactions;
mod user_tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use authorization_request::Rejected;
pub(crate) use authorize_endpoint::request;
pub(crate) use devices::Verdict;
pub(crate) use error::{EntraError, Report};
pub(crate) use redirect_uri::origin;
pub use refresh_tokens::Rotation;
pub(crate) use sign_in::without_browser;
pub(crate) use sign_ins::SignIns;
pub(crate) use transactions::Purpose;

use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/{directory}/oauth2/v2.0/authorize",
            get(authorize_endpoint::ask).post(authorize_endpoint::answer),
        )
        .route(
            "/{directory}/oauth2/v2.0/logout",
            get(sign_out::with_query).post(sign_out::with_form),
        )
        .route(
            "/{directory}/oauth2/v2.0/token",
            post(token_endpoint::token).fallback(token_endpoint::only_post),
        )
        .route(
            "/{directory}/oauth2/v2.0/devicecode",
            post(device_endpoint::begin).fallback(token_endpoint::only_post),
        )
        .route(
            "/{directory}/v2.0/.well-known/openid-configuration",
            get(discovery::configuration),
        )
        .route("/{directory}/discovery/v2.0/keys", get(discovery::keys))
        .route("/device", get(device_pages::ask).post(device_pages::answer))
}

#[cfg(test)]
mod tests;
