#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod answer;
mod api;
mod builder;
mod calendar;
mod clock;
mod credentials;
mod endpoint;
mod error;
mod fault;
mod fleet;
mod hold;
mod identity;
mod intake;
mod limits;
mod log;
mod pages;
mod person;
mod routes;
mod sandbox;
mod service;
mod shape;
mod shared;
mod token;
mod welcome;

#[cfg(test)]
mod testing;

pub use builder::{ListShape, SandboxBuilder};
pub use clock::SandboxClock;
pub use endpoint::Endpoint;
pub use error::Error;
pub use fault::Fault;
pub use hold::Hold;
pub use identity::Rotation;
pub use log::{RecordedRequest, RequestLog};
pub use person::Person;
pub use sandbox::{PageShown, Sandbox};
pub use token::UserAccess;
