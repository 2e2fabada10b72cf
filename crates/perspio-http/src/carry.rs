//! Takes a typed error through the generated client, whose `send` can return
//! nothing but a `reqwest::Error`, which has no public constructor.
//!
//! The way: a response in memory whose body fails with our error. Reading it
//! gives a `reqwest::Error` that has ours among its sources.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame};

use crate::error::Error;

/// A `reqwest::Error` that carries `error`.
pub(crate) fn pack(error: Error) -> reqwest::Error {
    let mut body = reqwest::Body::wrap(FailingBody(error));
    // It fails whenever it is asked.
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(Some(Err(carrier))) = Pin::new(&mut body).poll_frame(&mut context) {
            return carrier;
        }
    }
}

/// The error that `carrier` carries; its own if it carries none.
pub(crate) fn unpack(carrier: &reqwest::Error) -> Error {
    let mut source = carrier.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<Error>() {
            return error.clone();
        }
        source = cause.source();
    }
    if carrier.is_builder() {
        return Error::invalid_request(perspio_auth::transport::root_cause(carrier));
    }
    let host = carrier
        .url()
        .and_then(|url| url.host_str())
        .unwrap_or("the server");
    Error::transport(host, carrier)
}

struct FailingBody(Error);

impl Body for FailingBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(Some(Err(self.0.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_out_as_it_went_in() {
        let carrier = pack(Error::invalid_request("why"));
        assert!(matches!(unpack(&carrier), Error::InvalidRequest { reason } if reason == "why"));
    }

    #[test]
    fn the_carrier_shows_the_error_in_its_chain() {
        let carrier = pack(Error::invalid_request("why"));
        let generated = progenitor_client::Error::<()>::from(carrier);
        assert!(format!("{generated:#}").contains("why"), "{generated:#}");
    }
}
