//! The client that the options select.

use std::ffi::OsString;
use std::sync::Arc;

use perspio::{CallOptions, Client, ClientBuilder};
use perspio_sandbox::Sandbox;

use crate::arguments::{Caller, GlobalOptions};
use crate::failure::{Failure, with_cause};
use crate::session::{Session, StoreFailures};
use crate::sign_ins;
use crate::variables;
use crate::waiting::Notices;

/// A client, and its sandbox if it has one. Dropping it stops the sandbox.
pub(crate) struct Connection {
    pub(crate) client: Client,
    _sandbox: Option<Sandbox>,
}

/// Returns the client that the options select.
pub(crate) async fn connect(
    options: &GlobalOptions,
    session: &Session,
) -> Result<Connection, Failure> {
    if options.sandbox {
        let sandbox = Sandbox::start()
            .await
            .map_err(|cause| Failure::other(with_cause(&cause)))?;
        return Ok(Connection {
            client: of_environment(&sandbox.environment())?,
            _sandbox: Some(sandbox),
        });
    }
    let builder = variables::client_builder();
    let builder = match options.caller {
        Some(Caller::Application) => sign_ins::application(builder),
        caller => sign_ins::client(builder, caller == Some(Caller::User)).await?,
    };
    let mut calls = CallOptions::new();
    if let Some(timeout) = options.timeout() {
        calls = calls.timeout(timeout);
    }
    let client = builder
        .observer(Arc::new(StoreFailures::default()))
        .pace_observer(Arc::new(Notices))
        .options(calls)
        .build()?;
    session.uses(&client);
    Ok(Connection {
        client,
        _sandbox: None,
    })
}

fn of_environment(environment: &[(&'static str, String)]) -> Result<Client, perspio::Error> {
    let value = |name: &str| environment.iter().find(|(known, _)| *known == name);
    ClientBuilder::from_variables(|name| value(name).map(|(_, value)| OsString::from(value)))
        .build()
}
