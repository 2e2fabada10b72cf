#![doc = include_str!("../README.md")]
//!
//! # A first call
//!
//! ```no_run
//! # async fn example() -> Result<(), dispogas::Error> {
//! let client = dispogas::Client::from_env()?;
//! println!("{:?}", *client.account_me().send().await?);
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::from_env`] reads the settings from `DISPOGAS_…` variables,
//! [`Client::builder`] takes them from the program. The authentication page documents no
//! application that signs in as itself: a token belongs to a person, through a
//! [sign-in](ClientBuilder::profile_and_application) that the client refreshes, or it is a
//! fixed one that is valid for two hours at most. A refresh invalidates the old tokens
//! immediately, so programs that share a sign-in must share a [store](auth::store).
//!
//! One operation is documented, and generated from `spec/dispogas.yaml`;
//! [`Client::request`] calls everything else. Writing calls can send market messages: none
//! is retried after a timeout, a broken connection or a 5xx.
//!
//! dispoGas returns 403 for a token that is missing, stale or lacks a permission. The client
//! refreshes a token only if it is stale by its own clock, was replaced in the meantime, or
//! is called `invalid_token` by the response; [`ClientBuilderExt::refresh_on_403`] changes that.
//! Any other 403 is returned immediately, with its three possible causes.
#![deny(missing_docs)]

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
/// The generated client: its operations, their requests, and the types.
#[allow(clippy::doc_markdown, reason = "the prose of the document")]
pub mod generated;
mod profile;

pub use client::{ClientBuilder, ClientBuilderExt};
pub use generated::{Client, OPERATIONS, ResponseValue, builder, types};
pub use perspio_auth as auth;
pub use perspio_auth::http::Method;
pub use perspio_http::{
    ApiRequest, Attempts, CallInfo, CallOptions, Error, Items, Operation, Provenance, RetryPolicy,
    SettingProblem, SettingsError, StopReason, bulk, middleware, transport,
};
pub use profile::profile;
