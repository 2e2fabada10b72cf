//! The identity server, shaped like Microsoft Entra v2.0.

mod client;
mod client_credentials;
mod error;
mod form;
mod token_endpoint;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route(
        "/{directory}/oauth2/v2.0/token",
        post(token_endpoint::token).fallback(token_endpoint::only_post),
    )
}

#[cfg(test)]
mod tests;
