//! What a generated client reports, as the one error.

use http::{HeaderMap, StatusCode};
use perspio_auth::clock::{Clock, SystemClock};
use progenitor_client::Error as Generated;
use serde::Serialize;

use super::Error;
use crate::carry;
use crate::normalise::{Failure, message};

impl<E: Serialize> From<Generated<E>> for Error {
    fn from(error: Generated<E>) -> Self {
        Self::from(&error)
    }
}

impl<E: Serialize> From<&Generated<E>> for Error {
    fn from(error: &Generated<E>) -> Self {
        match error {
            Generated::CommunicationError(cause)
            | Generated::InvalidUpgrade(cause)
            | Generated::ResponseBodyError(cause) => carry::unpack(cause),
            Generated::InvalidRequest(reason) | Generated::Custom(reason) => {
                Self::invalid_request(reason)
            }
            // The pipeline lets successes through only, and `decode` reads
            // them: what follows comes from a client without the two.
            Generated::ErrorResponse(response) => {
                let body = serde_json::to_string(&**response).unwrap_or_default();
                of_answer("the server", response.status(), response.headers(), &body)
            }
            Generated::UnexpectedResponse(response) => {
                let host = response.url().host_str().unwrap_or("the server");
                of_answer(host, response.status(), response.headers(), "")
            }
            Generated::InvalidResponsePayload(body, cause) => Self::Decode {
                host: "the server".into(),
                status: StatusCode::OK,
                path: ".".to_owned(),
                reason: cause.to_string(),
                excerpt: crate::decode::excerpt(body, cause, None),
                request_id: None,
            },
        }
    }
}

fn of_answer(host: &str, status: StatusCode, headers: &HeaderMap, body: &str) -> Error {
    let failure = Failure {
        host,
        status,
        headers,
        sent: None,
        message: message(status, body, None),
        body,
        help: String::new(),
        now: SystemClock.now(),
    };
    failure.into_error()
}
