//! The authorize endpoint, which the browser opens.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;

use super::authorization_request::{AuthorizationRequest, Rejected};
use super::directory::{self, Directory};
use super::error::EntraError;
use super::form::Form;
use super::sign_in;
use super::transactions::Purpose;
use crate::credentials::DIRECTORY_ID;
use crate::pages;
use crate::service::Service;
use crate::shared::Shared;

/// A longer request is rejected, because requests stay in memory until the sign-in is over.
const MAX_QUERY: usize = 16 * 1024;

/// Shows the account picker.
pub(crate) async fn ask(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let checked = directory::check(directory).map_err(Rejected::OnPage);
    match checked.and_then(|()| request(shared.service, &query)) {
        Ok(request) => sign_in::start(&shared, Purpose::Application(request), &action()),
        Err(rejected) => reject(&shared, rejected),
    }
}

/// Responds to a click on one of the pages.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = directory::check(directory).and_then(|()| Form::read(&headers, &body));
    match form {
        Ok(form) => sign_in::click(&shared, &form, &action()),
        Err(error) => reject(&shared, Rejected::OnPage(error)),
    }
}

pub(crate) fn request(service: &Service, query: &str) -> Result<AuthorizationRequest, Rejected> {
    if query.len() > MAX_QUERY {
        return Err(Rejected::OnPage(EntraError::bad_request(
            "invalid_request",
            90_023,
            "The authorization request is longer than 16 KiB.",
        )));
    }
    let form = Form::parse(query.as_bytes()).map_err(Rejected::OnPage)?;
    AuthorizationRequest::read(service, &form)
}

fn reject(shared: &Shared, rejected: Rejected) -> Response {
    let now = shared.clock.unix_seconds();
    match rejected {
        Rejected::OnPage(error) => pages::rejected("This sign-in cannot continue", &error, now),
        Rejected::Redirect(target, error) => target.respond(error.parameters(now)),
    }
}

fn action() -> String {
    format!("/{DIRECTORY_ID}/oauth2/v2.0/authorize")
}
