//! The APIs: PerspioTalk with its gateway, and dispoGas.

mod assets;
mod directory;
mod dispogas;
mod gateway;
mod list;
mod locations;
mod sites;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Router, middleware};

use crate::answer::problem;
use crate::shared::Shared;

/// The gateway checks each request for a known path. The response for an unknown path is 404
/// without these checks, as in Azure API Management.
pub(crate) fn perspiotalk(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/assets/v3/", get(assets::list))
        .route("/assets/v3/{id}", get(assets::get).patch(assets::update))
        .route("/directory/v3/user", get(directory::user))
        .route("/locations/v3/labels", get(locations::labels))
        .route("/sites/v3/", get(sites::list))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(shared),
            gateway::admit,
        ))
}

pub(crate) fn dispogas(_: &Arc<Shared>) -> Router<Arc<Shared>> {
    dispogas::routes().method_not_allowed_fallback(method_not_allowed)
}

async fn method_not_allowed() -> Response {
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "The endpoint does not take this method.",
    )
}

#[cfg(test)]
mod tests;
