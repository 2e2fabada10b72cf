//! `/directory/v3/`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::{json, problem};
use crate::shared::Shared;
use crate::token::Claims;

pub(crate) async fn user(
    State(shared): State<Arc<Shared>>,
    Extension(claims): Extension<Claims>,
) -> Response {
    if claims.is_of_a_user() {
        json(StatusCode::OK, shared.fleet.user())
    } else {
        problem(
            StatusCode::FORBIDDEN,
            "Forbidden. There is no signed-in user: the token is that of an application.",
        )
    }
}
