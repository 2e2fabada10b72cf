//! dispoGas: the one call that its authentication page documents.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use super::gateway::{claims, single};
use crate::answer::json;
use crate::credentials::TENANCY;
use crate::person::Person;
use crate::shared::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/account/me", get(me))
}

/// Returns the account of the token. Its members are made up.
async fn me(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match caller(&shared, &headers) {
        Ok(person) => json(
            StatusCode::OK,
            &json!({ "name": person.name(), "email": person.email(), "tenancy": TENANCY }),
        ),
        // The page names this status for every error, and no challenge.
        Err(message) => json(StatusCode::FORBIDDEN, &json!({ "message": message })),
    }
}

fn caller(shared: &Shared, headers: &HeaderMap) -> Result<Person, &'static str> {
    let claims = claims(shared, headers)?;
    if single(headers, "x-tenant-id") != Some(TENANCY) {
        return Err("The header X-Tenant-ID is missing, or names another tenancy.");
    }
    let person = claims.oid.as_deref().and_then(Person::of_object_id);
    person.ok_or("There is no signed-in person.")
}
