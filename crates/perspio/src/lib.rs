//! The client of PerspioTalk.
//!
//! ```no_run
//! use perspio::prelude::*;
//!
//! # async fn example() -> Result<(), perspio::Error> {
//! let client = perspio::Client::from_env()?;
//! for asset in client.assets_list().send().await?.iter() {
//!     println!("{:?} {:?}", asset.id, asset.description);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::from_env`] reads the settings from `PERSPIO_…` variables,
//! [`Client::builder`] takes them from the program. Each operation is a method
//! of a trait in the [`prelude`], one trait for each part of the API; its
//! builder's `send` does the call. Every error converts into [`Error`] with `?`.
//!
//! [`Client::request`] calls what the document does not know.
//! [`Client::assets_stream`] and its like read a list item by item, and
//! [`Client::for_each_asset`] does something for each.
//!
//! Operations and types are generated from the document in `spec/`;
//! [`OPERATIONS`] lists them with how surely each is known.
#![deny(missing_docs)]

// The generated code, in whichever crate it stands, names our types `perspio::…`.
extern crate self as perspio;

mod client;
#[rustfmt::skip]
#[allow(
    missing_docs,
    rust_2018_idioms,
    unreachable_pub,
    unused_mut,
    clippy::all,
    clippy::pedantic,
    clippy::restriction
)]
pub mod generated;
mod id;
mod limits;
mod lists;
mod profile;
mod settings;

pub use client::ClientBuilder;
pub use generated::{Client, OPERATIONS, ResponseValue, builder, prelude, types};
pub use id::{AssetId, SiteId};
pub use limits::limits;
pub use perspio_auth as auth;
#[cfg(feature = "redis")]
pub use perspio_http::SharedBudget;
pub use perspio_http::{
    Attempts, CallInfo, Method, StopReason, Provenance, middleware,     ApiRequest, Budget, CallOptions, Error, Items, Limit, LimitBudget, Limits, List,
    Nullable, Operation, PaceObserver, Pacer, PacerBuilder, Priority, RetryPolicy, Scope,
    SettingProblem, SettingsError, Unit, Wait, bulk,
};
pub use profile::profile;

/// The assets of a tenant.
pub type AssetList = List<types::Asset>;
/// The location labels of a tenant.
pub type LocationLabelList = List<types::LocationLabel>;
/// The sites of a tenant.
pub type SiteList = List<types::Site>;
/// A text, or null to clear it.
pub type NullableText = Nullable<String>;
