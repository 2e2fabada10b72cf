#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod answer;
mod api;
mod builder;
mod calendar;
mod callback;
mod clock;
mod control;
mod credentials;
mod endpoint;
mod error;
mod fault;
mod fleet;
mod hold;
mod identity;
mod ids;
mod intake;
mod limits;
mod list_shape;
mod log;
mod pages;
mod person;
mod random;
mod routes;
mod sandbox;
mod server;
mod service;
mod shape;
mod shared;
mod token;

#[cfg(test)]
mod testing;

pub use builder::SandboxBuilder;
pub use clock::SandboxClock;
pub use endpoint::Endpoint;
pub use error::Error;
pub use fault::{Fault, FaultScript, FaultScriptError};
pub use hold::Hold;
pub use identity::Rotation;
pub use list_shape::ListShape;
pub use log::{Outcome, RecordedRequest, RequestLog};
pub use person::Person;
pub use sandbox::{PageShown, Sandbox};
pub use token::UserAccess;
