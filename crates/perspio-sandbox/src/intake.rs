//! What every request passes before it is served: read, record, hold, fault.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use uuid::Uuid;

use crate::answer::problem;
use crate::endpoint::Endpoint;
use crate::fault;
use crate::log::RecordedRequest;
use crate::shared::Shared;

const MAX_BODY: usize = 1024 * 1024;

/// Serves a request, unless the sandbox stops first: neither a held request
/// nor a body that never ends may keep a dropped sandbox alive.
pub(crate) async fn intake(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let mut stopping = shared.stopping.subscribe();
    tokio::select! {
        biased;
        answer = serve(&shared, request, next) => answer,
        _ = stopping.wait_for(|stopping| *stopping) => fault::cut(),
    }
}

async fn serve(shared: &Shared, request: Request, next: Next) -> Response {
    let endpoint = Endpoint::of(request.uri().path());
    let (parts, body) = request.into_parts();
    let body = ReadBody::read(body).await;
    let record = RecordedRequest::new(endpoint, &parts, body.bytes.clone());
    shared.log.push(record);
    shared.gates.get(endpoint).pass().await;
    // Taken after the hold: a fault may be queued while the request waits.
    if let Some(fault) = shared.faults.take(endpoint) {
        return fault.into_response();
    }
    let mut answer = match body.end {
        End::Complete => {
            next.run(Request::from_parts(parts, Body::from(body.bytes)))
                .await
        }
        End::TooLarge => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is larger than 1 MiB.",
        ),
        End::Broken => problem(
            StatusCode::BAD_REQUEST,
            "The request body ended before its time.",
        ),
    };
    if endpoint != Endpoint::Token
        && let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string())
    {
        let name = HeaderName::from_static("request-id");
        answer.headers_mut().insert(name, id);
    }
    answer
}

struct ReadBody {
    bytes: Vec<u8>,
    end: End,
}

enum End {
    Complete,
    TooLarge,
    Broken,
}

impl ReadBody {
    /// Reads to the end even what is too large: closing early would keep the
    /// client, still writing, from seeing the answer. The excess is dropped.
    async fn read(body: Body) -> Self {
        let mut read = Self {
            bytes: Vec::new(),
            end: End::Complete,
        };
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else {
                read.end = End::Broken;
                break;
            };
            read.keep(&chunk);
        }
        read
    }

    fn keep(&mut self, chunk: &[u8]) {
        let room = MAX_BODY - self.bytes.len();
        let kept = chunk.get(..room).unwrap_or(chunk);
        self.bytes.extend_from_slice(kept);
        if kept.len() < chunk.len() {
            self.end = End::TooLarge;
        }
    }
}
