//! `/directory/v3/`

use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::{json, problem};
use crate::person::Person;
use crate::token::Claims;

/// Returns the profile of the user who signed in for the token.
pub(crate) async fn user(Extension(claims): Extension<Claims>) -> Response {
    let object_id = claims.oid.as_deref().filter(|_| claims.is_of_a_user());
    match object_id.and_then(Person::of_object_id) {
        Some(person) => json(StatusCode::OK, &person.profile()),
        None => problem(
            StatusCode::FORBIDDEN,
            "Forbidden. There is no signed-in user: the token is that of an application.",
        ),
    }
}
