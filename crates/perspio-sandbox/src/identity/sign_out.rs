//! The sign-out (OpenID Connect RP-Initiated Logout 1.0). The browser has no session that could
//! end, and like Entra, the sandbox revokes no tokens.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;

use super::client;
use super::directory::{self, Directory};
use super::error::EntraError;
use super::form::Form;
use super::redirect_target::{RedirectTarget, ResponseMode};
use super::redirect_uri;
use crate::pages::{self, Notice};
use crate::shared::Shared;

pub(crate) async fn with_query(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    sign_out(&shared, directory, form)
}

pub(crate) async fn with_form(
    State(shared): State<Arc<Shared>>,
    directory: Directory,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    sign_out(&shared, directory, Form::read(&headers, &body))
}

fn sign_out(shared: &Shared, directory: Directory, form: Result<Form, EntraError>) -> Response {
    let target = directory::check(directory)
        .and(form)
        .and_then(|form| target(shared, &form));
    match target {
        Ok(Some(target)) => target.respond(Vec::new()),
        Ok(None) => Notice::SignedOut.respond(),
        Err(error) => {
            let now = shared.clock.unix_seconds();
            pages::rejected("This sign-out cannot continue", &error, now)
        }
    }
}

/// Returns where the request redirects to.
fn target(shared: &Shared, form: &Form) -> Result<Option<RedirectTarget>, EntraError> {
    let hint = form.get("id_token_hint");
    if hint.is_some_and(|token| !shared.issuer.issued_id_token(token)) {
        return Err(EntraError::bad_request(
            "invalid_request",
            50_027,
            "The id_token_hint is not an id token of this sandbox.",
        ));
    }
    if form.get("client_id").is_some() {
        client::identify(form)?;
    }
    let Some(uri) = form.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    redirect_uri::check(uri)?;
    Ok(Some(RedirectTarget {
        redirect_uri: uri.to_owned(),
        mode: ResponseMode::Query,
        state: form.get("state").map(str::to_owned),
    }))
}
