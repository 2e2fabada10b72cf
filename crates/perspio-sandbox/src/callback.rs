//! `/callback`, the redirect URI of the sign-in that the front page starts.

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
    Router::new().route("/callback", get(query).post(form_post))
}

async fn query(RawQuery(query): RawQuery) -> Response {
    result(query.unwrap_or_default().as_bytes())
}

async fn form_post(body: Bytes) -> Response {
    result(&body)
}

fn result(parameters: &[u8]) -> Response {
    let parameters: Vec<_> = form_urlencoded::parse(parameters).into_owned().collect();
    pages::callback(&parameters)
}
