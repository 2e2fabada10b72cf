//! `/assets/v3/`

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Map, Value};

use super::list::List;
use crate::answer::{json, problem, written};
use crate::fleet::PatchError;
use crate::person::Person;
use crate::shared::Shared;
use crate::token::{Claims, UserAccess};

/// Absent if the percent-encoding is not that of UTF-8: no asset has such an id.
type Id = Result<Path<String>, PathRejection>;

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let shape = &shared.list_shape;
    let list = shared
        .fleet
        .list(|items| serde_json::to_vec(&List { shape, items }).map(Bytes::from));
    written(StatusCode::OK, list)
}

pub(crate) async fn get(State(shared): State<Arc<Shared>>, id: Id) -> Response {
    match id.ok().and_then(|Path(id)| shared.fleet.asset(&id)) {
        Some(asset) => json(StatusCode::OK, &asset),
        None => not_found(),
    }
}

pub(crate) async fn update(
    State(shared): State<Arc<Shared>>,
    Extension(claims): Extension<Claims>,
    id: Id,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !claims.may_write() {
        return problem(StatusCode::FORBIDDEN, &cannot_write(&claims));
    }
    let patch = match patch(&headers, &body) {
        Ok(patch) => patch,
        Err(message) => return problem(StatusCode::BAD_REQUEST, message),
    };
    let Ok(Path(id)) = id else {
        return not_found();
    };
    match shared.fleet.patch_asset(&id, patch) {
        Ok(asset) => json(StatusCode::OK, &asset),
        Err(PatchError::NotFound) => not_found(),
        Err(PatchError::IdIsFixed) => problem(
            StatusCode::BAD_REQUEST,
            "Bad request. The id of an asset cannot be changed.",
        ),
    }
}

fn patch(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map_or_else(String::new, |value| value.trim().to_ascii_lowercase());
    if content_type != "application/json" && !content_type.ends_with("+json") {
        return Err("Bad request. The Content-Type must be application/json.");
    }
    let patch: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| "Bad request. The body must be a JSON object.")?;
    match patch.get("description") {
        None | Some(Value::Null | Value::String(_)) => Ok(patch),
        Some(_) => Err("Bad request. The description must be a string or null."),
    }
}

/// Returns why the caller cannot write, and which users can.
fn cannot_write(claims: &Claims) -> String {
    let Some(user) = claims.name.as_deref() else {
        return "Forbidden. Only the token of an API user may write; client credentials read only."
            .to_owned();
    };
    let can_write =
        |person: &Person| person.access() == UserAccess::ReadWrite && !person.password_expired();
    let users: Vec<_> = Person::ALL
        .into_iter()
        .filter(can_write)
        .map(Person::email)
        .collect();
    format!(
        "Forbidden. The user {user} has no write access. Users with write access: {}.",
        users.join(" or ")
    )
}

fn not_found() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "The sandbox's fleet has no asset with this id.",
    )
}
