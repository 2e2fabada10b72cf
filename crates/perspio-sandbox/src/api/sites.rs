//! `/sites/v3/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::shared::Shared;

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Response {
    super::list::list(&shared.list_shape, shared.fleet.sites())
}
