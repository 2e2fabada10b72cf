#![doc = include_str!("../README.md")]
//!
//! # How a call works
//!
//! Generated clients wrap an [`ApiClient`]. A call is one loop. Each attempt takes a valid token, if the API needs one, waits for a
//! slot in the rate limits ([`Pacer`]), signs a copy of the request and sends it. A success is
//! returned. Otherwise a redirect within the API's origin is followed, a rejected token is
//! refreshed once, a transient failure is retried where that is safe ([`RetryPolicy`]), and
//! everything else is returned as an [`Error`].
//!
//! - [`ApiClient::request`] calls endpoints that no document describes.
//! - [`CallOptions`] are the options of a call: timeout, priority, headers.
//! - [`Items`] reads a list item by item while it arrives; [`bulk`] makes many calls of the
//!   same kind.
//! - [`EventStream`] reads server-sent events, [`Download`] the bytes of a file. Both continue
//!   after the connection breaks.
//! - [`ItemStream`] reads the items of all pages of a list.
//! - [`List`] is a list whose envelope is not published, [`Nullable`] a member that null
//!   clears.
//! - [`middleware`] has what a middleware of your own needs. It runs in front of the loop.
//! - [`transport`] replaces or observes what sends single attempts, at the end of the loop.
//!
//! # Credentials
//!
//! A client is built with a credential, whose tokens it obtains
//! ([`ApiClientBuilder::credential`]), with a source of tokens
//! ([`ApiClientBuilder::token_source`]), or without tokens
//! ([`ApiClientBuilder::without_token`]). Keys in a header, a cookie or the query are a part of
//! its [`Profile`](auth::Profile). All of them are sent to the origin of the base URL only, and
//! none of them with an operation that is [anonymous](Operation::anonymous).
//!
//! # Observability
//!
//! Each call is a `tracing` span `call` (api, operation, method, status, `request_id`,
//! attempts, `waited_ms`, `took_ms`, error), and each of its attempts an event in it;
//! neither holds an address, a header or a body. With the feature `metrics`, the `metrics`
//! facade counts `perspio_http_calls_total` by api, operation and outcome (a status, or a
//! class of error) and `perspio_http_attempts_total` by operation and outcome, and records
//! the histograms `perspio_http_call_seconds` and `perspio_http_wait_seconds`.
#![deny(missing_docs)]

mod api;
mod api_settings;
mod attempts;
#[cfg(feature = "blocking")]
pub mod blocking;
mod body;
mod builder;
pub mod bulk;
mod call;
mod client;
mod client_builder;
mod dates;
mod decode;
mod download;
mod error;
mod error_response;
mod events;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod items;
mod limits;
mod list;
pub mod middleware;
mod multipart;
mod nullable;
mod operation;
mod options;
mod pages;
mod redirect;
mod replay;
mod request;
mod response;
mod retry;
#[doc(hidden)]
pub mod rt;
mod security;
mod server;
pub mod settings;
mod shape;
mod style;
mod telemetry;
pub mod transport;
mod union;
mod webhook;

pub use api::Api;
pub use api_settings::ApiSettings;
pub use attempts::Attempts;
pub use builder::ApiClientBuilder;
pub use client::ApiClient;
pub use client_builder::ClientBuilder;
pub use download::Download;
pub use error::{CallInfo, Error};
pub use events::{EventStream, ServerSentEvent};
pub use items::Items;
#[cfg(feature = "redis")]
pub use limits::SharedBudget;
pub use limits::{
    Budget, Limit, LimitBudget, Limits, PaceObserver, Pacer, PacerBuilder, Retry, Scope, Unit, Wait,
};
pub use list::List;
pub use multipart::{FilePart, FormParts};
pub use nullable::Nullable;
pub use operation::{Operation, Provenance};
pub use options::{CallOptions, Priority};
pub use pages::ItemStream;
pub use perspio_auth as auth;
pub use perspio_auth::retry::StopReason;
pub use request::ApiRequest;
pub use reqwest::ClientBuilder as HttpClientBuilder;
pub use retry::RetryPolicy;
pub use security::{KeyLocation, SecurityScheme};
pub use server::{Server, ServerVariable};
pub use settings::{SettingProblem, SettingsError};
pub use webhook::WebhookError;
