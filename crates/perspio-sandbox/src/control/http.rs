//! The control interface over HTTP, which `openapi.json` describes, and the front page.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::guard::guard;
use super::requests::summary;
use super::{Summary, state, updates};
use crate::answer::{json, problem};
use crate::fault::QueuedFault;
use crate::pages;
use crate::shared::Shared;

const OPENAPI: &str = include_str!("../../openapi.json");

type Sandbox = State<Arc<Shared>>;

/// The routes. Their requests are neither recorded nor subject to faults, limits and latency.
pub(crate) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let interface = Router::new()
        .route("/state", get(show_state))
        .route("/requests", get(list_requests).delete(clear_requests))
        .route("/requests/{number}", get(show_request))
        .route(
            "/faults",
            get(list_faults).post(queue_fault).delete(clear_faults),
        )
        .route("/clock", get(show_clock).put(change_clock))
        .route("/clock/advance", post(advance_clock))
        .route("/users", get(list_users))
        .route("/sign-ins", get(list_sign_ins).delete(sign_everyone_out))
        .route("/tokens", get(list_tokens).delete(revoke_tokens))
        .route("/tokens/{id}", delete(revoke_token))
        .route("/reset", post(reset))
        .route("/events", get(events))
        .route("/openapi.json", get(openapi))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(shared), announce));
    Router::new()
        .route("/", get(front_page))
        .route("/sandbox/page/events", get(page_events))
        .route("/sandbox/page/requests/{number}", get(page_request))
        .nest("/sandbox/v1", interface)
        .layer(middleware::from_fn(guard))
}

/// Makes open pages show a change.
async fn announce(State(shared): Sandbox, request: Request, next: Next) -> Response {
    let is_change = request.method() != Method::GET;
    let response = next.run(request).await;
    if is_change {
        shared.changes.send_replace(());
    }
    response
}

async fn show_state(State(shared): Sandbox) -> Response {
    ok(&state::state(&shared))
}

async fn list_requests(State(shared): Sandbox, RawQuery(query): RawQuery) -> Response {
    match since(query.as_deref().unwrap_or_default()) {
        Ok(revision) => ok(&requests(&shared, revision)),
        Err(message) => problem(StatusCode::BAD_REQUEST, message),
    }
}

/// Reads the query of a list, whose only parameter is a revision.
fn since(query: &str) -> Result<u64, &'static str> {
    let mut revision = 0;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        revision = match (name.as_ref(), value.parse()) {
            ("since", Ok(since)) => since,
            ("since", Err(_)) => return Err("The parameter since is a revision of the log."),
            _ => return Err("The only parameter is since."),
        };
    }
    Ok(revision)
}

/// Requests that were recorded or finished after a revision of the log.
#[derive(Serialize)]
struct RequestList {
    revision: u64,
    requests: Vec<Summary>,
}

fn requests(shared: &Shared, since: u64) -> RequestList {
    let (revision, changed) = shared.log.since(since, Clone::clone);
    let requests = changed.iter().map(|one| summary(shared, one)).collect();
    RequestList { revision, requests }
}

async fn clear_requests(State(shared): Sandbox) -> StatusCode {
    shared.log.clear();
    StatusCode::NO_CONTENT
}

async fn show_request(State(shared): Sandbox, Path(number): Path<String>) -> Response {
    let details = number.parse().ok();
    match details.and_then(|number| super::details(&shared, number)) {
        Some(details) => ok(&details),
        None => problem(StatusCode::NOT_FOUND, "The log has no such request."),
    }
}

async fn list_faults(State(shared): Sandbox) -> Response {
    ok(&shared.faults.waiting())
}

async fn queue_fault(State(shared): Sandbox, body: Bytes) -> Response {
    with_body(&body, |queued: QueuedFault| {
        let fault = queued.fault.build();
        shared.faults.push(queued.endpoint, queued.after, fault);
        json(StatusCode::CREATED, &queued)
    })
}

async fn clear_faults(State(shared): Sandbox) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}

async fn show_clock(State(shared): Sandbox) -> Response {
    ok(&state::clock(&shared))
}

async fn change_clock(State(shared): Sandbox, body: Bytes) -> Response {
    with_body(&body, |change| {
        super::change_clock(&shared, &change);
        ok(&state::clock(&shared))
    })
}

async fn advance_clock(State(shared): Sandbox, body: Bytes) -> Response {
    with_body(&body, |advance| {
        super::advance_clock(&shared, &advance);
        ok(&state::clock(&shared))
    })
}

async fn list_users() -> Response {
    ok(&state::users())
}

async fn list_sign_ins(State(shared): Sandbox) -> Response {
    ok(&state::sign_ins(&shared))
}

async fn sign_everyone_out(State(shared): Sandbox) -> StatusCode {
    super::sign_everyone_out(&shared);
    StatusCode::NO_CONTENT
}

async fn list_tokens(State(shared): Sandbox) -> Response {
    ok(&state::tokens(&shared))
}

async fn revoke_tokens(State(shared): Sandbox) -> StatusCode {
    shared.issuer.revoke_all();
    StatusCode::NO_CONTENT
}

async fn revoke_token(State(shared): Sandbox, Path(id): Path<String>) -> Response {
    if shared.issuer.register().revoke(&id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        problem(
            StatusCode::NOT_FOUND,
            "No token with this id is among the last thousand.",
        )
    }
}

async fn reset(State(shared): Sandbox) -> StatusCode {
    super::reset(&shared);
    StatusCode::NO_CONTENT
}

/// Sends the state, and the requests that are new or finished since the last event.
async fn events(State(shared): Sandbox) -> Response {
    let mut sent = 0;
    let next = move |shared: &Shared| {
        let changed = requests(shared, sent);
        let mut events = vec![updates::json("state", &state::state(shared))];
        if changed.revision != sent {
            events.push(updates::json("requests", &changed));
            sent = changed.revision;
        }
        events
    };
    updates::respond(shared, next).into_response()
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

async fn front_page(State(shared): Sandbox) -> Response {
    pages::live(&shared)
}

/// Sends each section of the front page that has changed.
async fn page_events(State(shared): Sandbox) -> Response {
    let mut sent = pages::SECTIONS.map(|(name, _)| (name, String::new()));
    let next = move |shared: &Shared| {
        let sections = pages::SECTIONS.iter().zip(&mut sent);
        let changed = sections.filter_map(|((_, render), (name, sent))| {
            let html = render(shared).into_string();
            if html == *sent {
                return None;
            }
            sent.clone_from(&html);
            Some(updates::json(name, &html))
        });
        changed.collect()
    };
    updates::respond(shared, next).into_response()
}

async fn page_request(State(shared): Sandbox, Path(number): Path<String>) -> Response {
    let number = number.parse().ok();
    let details = number.and_then(|number| super::details(&shared, number));
    pages::request_details(details.as_ref())
}

async fn not_found() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "The control interface has no such path; see /sandbox/v1/openapi.json.",
    )
}

async fn method_not_allowed() -> Response {
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "The path does not take this method; see /sandbox/v1/openapi.json.",
    )
}

fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
}

/// Passes the body on to `respond`, if it is what the document says.
fn with_body<T: DeserializeOwned>(body: &[u8], respond: impl FnOnce(T) -> Response) -> Response {
    match serde_json::from_slice(body) {
        Ok(body) => respond(body),
        Err(error) => {
            let message = format!("The body is invalid: {error}.");
            problem(StatusCode::BAD_REQUEST, &message)
        }
    }
}
