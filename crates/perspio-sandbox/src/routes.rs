//! The paths of the sandbox.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use axum::{Router, middleware};

use crate::answer::problem;
use crate::intake::intake;
use crate::shared::Shared;
use crate::{api, control, identity, welcome};

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(welcome::routes())
        .merge(identity::routes())
        .merge(api::routes(&shared))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), intake))
        // Without the intake, so that controlling the sandbox is neither recorded nor disturbed.
        .merge(control::routes(&shared))
        .with_state(shared)
}

async fn not_found() -> Response {
    problem(StatusCode::NOT_FOUND, "Resource not found")
}
