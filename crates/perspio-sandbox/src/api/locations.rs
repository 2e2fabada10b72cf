//! `/locations/v3/`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::list::list;
use crate::shared::Shared;

pub(crate) async fn labels(State(shared): State<Arc<Shared>>) -> Response {
    list(&shared.list_shape, shared.fleet.labels())
}
