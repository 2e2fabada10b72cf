//! What stands between a generated client and the network: the [`Pipeline`]
//! that every request leaves through, and the one [`Error`] that comes back.
//!
//! A request's way: the generated builder makes it, [`Pipeline::execute`] checks
//! it against its [`Operation`], signs it (token, headers; a 401 renews once),
//! holds it back until the service's limits have room ([`Pace`]), sends it, follows
//! redirects within the origin ([`Redirect`]), sends it again where a failure may
//! pass ([`Retry`]), and turns every answer that is not a success into an [`Error`].
//! That error travels through the generated client inside a `reqwest::Error`
//! and comes out again with `?`: `From<progenitor_client::Error<E>>`.
//!
//! What the document does not know is called with [`Pipeline::request`]. A list
//! can be read item by item ([`Items`]), and [`bulk`] makes many calls of the
//! same kind.
//!
//! Each call is a `tracing` span `call` (api, operation, method, status,
//! `request_id`, attempts, `waited_ms`, `took_ms`, error), each of its requests an
//! event; neither holds an address, a header or a body. With the feature
//! `metrics`, the `metrics` facade counts `perspio_http_calls_total` by api,
//! operation and outcome (a status, or a kind of error),
//! `perspio_http_attempts_total` by operation and outcome, and the histograms
//! `perspio_http_call_seconds` and `perspio_http_wait_seconds`.
//!
//! Types that generated clients share are here too: [`List`] for lists whose
//! envelope is not published, [`Nullable`] for members that null clears.
#![deny(missing_docs)]

mod access;
mod attempt;
mod body;
pub mod bulk;
mod carry;
mod decode;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod items;
mod list;
mod normalise;
mod nullable;
mod operation;
mod options;
mod pace;
mod pipeline;
mod redirect;
mod request;
mod response;
mod retry;
#[doc(hidden)]
pub mod rt;
mod settings;
pub mod style;
mod telemetry;

pub use access::Access;
pub use decode::decode;
pub use error::Error;
pub use items::{Items, items};
pub use list::List;
pub use nullable::{Nullable, some};
pub use operation::{Operation, Provenance};
pub use options::{CallDeadline, CallOptions, Priority};
#[cfg(feature = "redis")]
pub use pace::SharedBudget;
pub use pace::{
    Budget, Limit, LimitBudget, Limits, Pace, PaceObserver, Pacer, PacerBuilder, Scope, Unit, Wait,
};
pub use perspio_auth as auth;
pub use pipeline::{Pipeline, PipelineBuilder};
pub use redirect::{NotFollowed, Redirect};
pub use request::ApiRequest;
#[doc(hidden)]
pub use reqwest_middleware::Middleware;
pub use response::Success;
pub use retry::{GaveUp, Retry, RetryPolicy, Tried};
pub use settings::{
    ServerSettings, ServerVariables, SettingProblem, SettingsCheck, SettingsError, Variables,
};
#[doc(hidden)]
pub use style::encode_path;
