//! The paths of the sandbox.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use axum::{Router, middleware};

use crate::answer::problem;
use crate::endpoint::Endpoint;
use crate::intake::intake;
use crate::pages::Notice;
use crate::shared::Shared;
use crate::{callback, control, identity};

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(callback::routes())
        .merge(identity::routes())
        .merge((shared.service.routes)(&shared))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), intake))
        // Without the intake, so that controlling the sandbox is neither recorded nor disturbed.
        .merge(control::routes(&shared))
        .with_state(shared)
}

async fn not_found(uri: Uri, headers: HeaderMap) -> Response {
    if Endpoint::of(uri.path()) != Endpoint::Api && accepts_html(&headers) {
        return Notice::NotFound.respond();
    }
    problem(StatusCode::NOT_FOUND, "Resource not found")
}

/// Whether `Accept` lists HTML, as every browser does for a page.
fn accepts_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|media_type| media_type.trim().eq_ignore_ascii_case("text/html"))
}
