//! Where the sign-in to try from the front page ends.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use url::form_urlencoded;

use crate::pages;
use crate::shared::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/callback", get(callback).post(posted))
}

/// Stands in for an application.
async fn callback(RawQuery(query): RawQuery) -> Response {
    arrival(query.unwrap_or_default().as_bytes())
}

/// The same for `response_mode=form_post`.
async fn posted(body: Bytes) -> Response {
    arrival(&body)
}

fn arrival(answer: &[u8]) -> Response {
    let parameters: Vec<_> = form_urlencoded::parse(answer).into_owned().collect();
    pages::arrival(&parameters)
}
