//! Tests of the security checklist that involve several crates. `docs/security.md` lists
//! the tests of every line.

mod calls;
mod refresh;
mod rejected;
mod token_endpoint;

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::clock::ManualClock;
use perspio_auth::retry::RetryPolicy;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::MemoryStore;
use perspio_auth::{
    ClientCredentials, Error, RefreshToken, Scopes, SecretString, TokenSource, TokenStore,
};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use crate::support;

const MINUTE: Duration = Duration::from_secs(60);

fn json(status: u16, body: impl Into<String>) -> Fault {
    Fault::status(status).body("application/json", body.into())
}

/// A token response with a refresh token, as for the sign-in of a user.
fn token_response(access: &str, refresh: &str) -> Fault {
    json(
        200,
        format!(
            r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}"}}"#
        ),
    )
}

fn stored_sign_in(sandbox: &Sandbox, token: &str) -> RefreshToken {
    RefreshToken::new(
        support::application(sandbox),
        SecretString::from(token),
        [""; 0],
    )
}

async fn token_error(fault: Fault) -> Error {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Token, fault);
    let grant = ClientCredentials::new(support::application(&sandbox));
    let source = TokenSource::builder(&support::profile(&sandbox), grant)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    source.token().await.unwrap_err()
}

const DEAD: &str = r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired"}"#;
