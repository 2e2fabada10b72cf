//! The client credentials grant (RFC 6749, section 4.4).

use serde_json::{Value, json};

use super::client::authenticate;
use super::error::EntraError;
use super::form::Form;
use crate::credentials::APPLICATION_SCOPE;
use crate::shared::Shared;

pub(crate) fn grant(shared: &Shared, form: &Form) -> Result<Value, EntraError> {
    authenticate(form)?;
    check_scope(form.require("scope")?)?;
    let lifetime = shared.issuer.lifetime();
    let now = shared.clock.unix_seconds();
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": shared.issuer.application_token(now),
    }))
}

fn check_scope(scope: &str) -> Result<(), EntraError> {
    if scope == APPLICATION_SCOPE {
        return Ok(());
    }
    if scope.contains(' ') || !scope.ends_with("/.default") {
        return Err(EntraError::bad_request(
            "invalid_scope",
            1_002_012,
            "The provided value for scope is not valid. Client credential flows must have a \
             scope value with /.default suffixed to the resource identifier (application ID \
             URI).",
        ));
    }
    Err(EntraError::bad_request(
        "invalid_resource",
        500_011,
        "The resource principal was not found in the tenant named Perspio sandbox. The sandbox \
         knows one resource, api://perspiotalk.",
    ))
}
