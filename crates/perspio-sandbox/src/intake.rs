//! What every request passes before it is served: read, record, hold, fault.

use std::io::Write;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;

use crate::answer::problem;
use crate::control;
use crate::endpoint::Endpoint;
use crate::fault::{self, IsCut};
use crate::log::{Outcome, RecordedRequest};
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
    let mut record = RecordedRequest::new(endpoint, &parts, body.bytes.clone());
    record.received = shared.clock.now();
    let tracked = Tracked::new(shared, record);
    shared.gates.get(endpoint).pass().await;
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    // Taken after the hold: a fault may be queued while the request waits.
    let fault = shared.faults.take(endpoint);
    if let Some(fault) = fault
        && let Some(response) = fault.apply().await
    {
        return tracked.finish(response);
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
        && let Ok(id) = HeaderValue::from_str(&shared.ids.next().to_string())
    {
        let name = HeaderName::from_static("request-id");
        answer.headers_mut().insert(name, id);
    }
    tracked.finish(answer)
}

/// A recorded request whose outcome is not known yet. Dropping it records a cut connection,
/// because the client or the sandbox has ended it.
struct Tracked<'a> {
    shared: &'a Shared,
    number: u64,
    /// The line of the request on standard error, if it is to be printed.
    line: Option<String>,
    outcome: Outcome,
}

impl<'a> Tracked<'a> {
    fn new(shared: &'a Shared, record: RecordedRequest) -> Self {
        let line = shared.prints_requests.then(|| control::log_line(&record));
        let number = shared.log.push(record);
        shared.changes.send_replace(());
        Self {
            shared,
            number,
            line,
            outcome: Outcome::Cut,
        }
    }

    fn finish(mut self, response: Response) -> Response {
        if response.extensions().get::<IsCut>().is_none() {
            self.outcome = Outcome::Status(response.status().as_u16());
        }
        response
    }
}

impl Drop for Tracked<'_> {
    fn drop(&mut self) {
        self.shared.log.finish(self.number, self.outcome);
        self.shared.changes.send_replace(());
        if let Some(line) = &self.line {
            let outcome = control::outcome_text(self.outcome);
            // A closed standard error must not end the sandbox.
            let _ = writeln!(std::io::stderr(), "{outcome} {line}");
        }
    }
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
