//! The authorize endpoint, where a person's browser arrives.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;

use super::authorization_request::{AuthorizationRequest, Refused};
use super::directory::{self, Directory};
use super::error::EntraError;
use super::form::Form;
use super::sign_in;
use super::transactions::Purpose;
use crate::credentials::DIRECTORY_ID;
use crate::pages;
use crate::service::Service;
use crate::shared::Shared;

/// A request stays in memory while the person thinks: longer ones are refused.
const MAX_QUERY: usize = 16 * 1024;

/// Shows the account picker.
pub(crate) async fn ask(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let checked = directory::check(directory).map_err(Refused::OnPage);
    match checked.and_then(|()| request(shared.service, &query)) {
        Ok(request) => sign_in::begin(&shared, Purpose::Application(request), &action()),
        Err(refused) => refuse(&shared, refused),
    }
}

/// Answers a click on one of the pages.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = directory::check(directory).and_then(|()| Form::read(&headers, &body));
    match form {
        Ok(form) => sign_in::go_on(&shared, &form, &action()),
        Err(error) => refuse(&shared, Refused::OnPage(error)),
    }
}

pub(crate) fn request(service: Service, query: &str) -> Result<AuthorizationRequest, Refused> {
    if query.len() > MAX_QUERY {
        return Err(Refused::OnPage(EntraError::bad_request(
            "invalid_request",
            90_023,
            "The authorization request is longer than 16 KiB.",
        )));
    }
    let form = Form::parse(query.as_bytes()).map_err(Refused::OnPage)?;
    AuthorizationRequest::read(service, &form)
}

fn refuse(shared: &Shared, refused: Refused) -> Response {
    let now = shared.clock.unix_seconds();
    match refused {
        Refused::OnPage(error) => pages::refusal(&error, now),
        Refused::Back(back, error) => back.answer(error.parameters(now)),
    }
}

fn action() -> String {
    format!("/{DIRECTORY_ID}/oauth2/v2.0/authorize")
}
