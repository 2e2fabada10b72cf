#![doc = include_str!("../README.md")]
//!
//! # A first call
//!
//! ```no_run
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
//! [`Client::builder`] takes them from the program. Each operation is a method of
//! [`Client`] that returns a builder, whose `send` makes the call. Every call returns
//! the same [`Error`].
//!
//! [`Client::request`] calls endpoints that the document does not describe.
//! [`Client::assets_stream`], [`Client::sites_stream`] and
//! [`Client::locations_labels_stream`] read a list item by item;
//! [`Client::for_each_asset`] makes calls for each asset.
//!
//! Operations and types are generated from the document in `spec/`; [`OPERATIONS`] lists
//! the operations with their [`Provenance`]. The feature `schemars` adds JSON schemas of
//! the types.
#![deny(missing_docs)]

// Generated code names the types of this crate `perspio::…`, also in other crates.
extern crate self as perspio;

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
/// The generated client: its operations, their requests, and the types.
#[allow(clippy::doc_markdown, reason = "the prose of the document")]
pub mod generated;
mod id;
mod limits;
mod lists;
mod profile;

pub use client::{ClientBuilder, ClientBuilderExt};
pub use generated::{Client, OPERATIONS, ResponseValue, builder, types};
pub use id::{AssetId, SiteId};
pub use limits::limits;
pub use perspio_auth as auth;
pub use perspio_auth::http::Method;
#[cfg(feature = "redis")]
pub use perspio_http::SharedBudget;
pub use perspio_http::{
    ApiRequest, Attempts, Budget, CallInfo, CallOptions, Error, Items, Limit, LimitBudget, Limits,
    List, Nullable, Operation, PaceObserver, Pacer, PacerBuilder, Priority, Provenance, Retry,
    RetryPolicy, Scope, SettingProblem, SettingsError, StopReason, Unit, Wait, bulk, middleware,
    transport,
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
