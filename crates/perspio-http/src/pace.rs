//! The stage of the request path that keeps to the limits.

use std::time::Duration;

use http::{Extensions, StatusCode};
use perspio_auth::stage::{Onward, Stage};
use perspio_auth::{Signature, retry_after};
use reqwest::{Request, Response};

use crate::error::Error;
use crate::limits::{self, ByteCounter, NoRoom, Pacer, Slot};
use crate::options::{CallDeadline, CallOptions};
use crate::telemetry::Waited;

/// A longer pause is cut to this, because no service means it.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// A middleware that holds requests back until the limits have room. Every attempt
/// counts. A call without time to wait fails immediately with [`Error::RateLimited`].
/// A 429 with `Retry-After` pauses all callers that share the budget. A request that
/// has waited is [signed](Signature) again, because its token may have expired.
#[derive(Clone, Debug)]
pub struct Pace {
    pacer: Pacer,
}

impl Pace {
    /// Creates the middleware for the budget of `pacer`.
    pub fn new(pacer: Pacer) -> Self {
        Self { pacer }
    }

    /// Takes a slot for `request` if one is free.
    #[inline]
    pub(crate) fn admit_at_once(&self, request: &Request) -> Option<Slot> {
        let slot = self.pacer.try_acquire()?;
        self.sends(request);
        Some(slot)
    }

    fn sends(&self, request: &Request) {
        let sent = request.body().and_then(reqwest::Body::as_bytes);
        self.pacer.debit(sent.map_or(0, <[u8]>::len) as u64);
    }

    /// Ends the slot of a request, and pauses if the response asks for it.
    #[inline]
    pub(crate) fn answered(&self, slot: Slot, answer: &reqwest_middleware::Result<Response>) {
        slot.answered();
        if let Ok(answer) = answer
            && answer.status() == StatusCode::TOO_MANY_REQUESTS
            && let Some(wait) = retry_after(answer.headers(), self.pacer.moment())
        {
            self.pacer.pause(wait.min(LONGEST_PAUSE));
        }
    }

    /// Wraps a response so that its bytes are counted, if any limit does.
    pub(crate) fn counted(&self, answer: Response) -> Response {
        if self.pacer.counts_bytes() {
            limits::counted(answer, self.pacer.clone())
        } else {
            answer
        }
    }

    /// Returns a counter for the bytes of a response, if any limit counts them.
    #[inline]
    pub(crate) fn counter(&self) -> Option<ByteCounter> {
        let counts = self.pacer.counts_bytes();
        counts.then(|| ByteCounter::new(self.pacer.clone()))
    }
}

impl Stage for Pace {
    async fn pass<N: Onward>(
        &self,
        request: &mut Request,
        extensions: &mut Extensions,
        next: &N,
    ) -> reqwest_middleware::Result<Response> {
        let priority = extensions
            .get::<CallOptions>()
            .map_or_else(Default::default, |options| options.priority);
        let deadline = extensions.get().map(|CallDeadline(deadline)| *deadline);
        let began = self.pacer.moment().monotonic;
        let slot = self.pacer.acquire(priority, deadline).await;
        let waited = self.pacer.moment().monotonic.saturating_sub(began);
        if !waited.is_zero() {
            extensions.get_or_insert_default::<Waited>().0 += waited;
        }
        let has_waited = extensions.get::<Waited>().is_some();
        let slot = slot.map_err(|no_room| refused(request, no_room))?;
        if has_waited
            && let Some(signature) = extensions.get_mut::<Signature>()
            && let Err(error) = signature.renew(request).await
        {
            slot.give_back();
            return Err(reqwest_middleware::Error::Middleware(error.into()));
        }
        self.sends(request);
        let answer = next.send(request, extensions).await;
        self.answered(slot, &answer);
        answer.map(|answer| self.counted(answer))
    }
}

perspio_auth::stage_is_middleware!(Pace);

fn refused(request: &Request, no_room: NoRoom) -> reqwest_middleware::Error {
    let NoRoom { wait, because_of } = no_room;
    let error = Error::RateLimited {
        host: request.url().host_str().unwrap_or("the server").into(),
        retry_after: (!wait.is_zero()).then_some(wait),
        message: format!(
            "it was not sent, because the time that the call has is over before {because_of} has \
             room for it"
        ),
        answered: false,
        request_id: None,
        tried: Box::default(),
    };
    reqwest_middleware::Error::Middleware(error.into())
}
