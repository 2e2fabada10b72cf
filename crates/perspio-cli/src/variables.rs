//! The variables of the environment: the client's settings, and those of this command.

use std::env;

use perspio::ClientBuilder;
use perspio_auth::SecretString;
use perspio_http::Api;
use perspio_http::settings::Variables;

use crate::failure::{self, Failure};

/// Returns the client's settings, and prints what looks wrong in them.
pub(crate) fn client_builder() -> ClientBuilder {
    let builder = ClientBuilder::from_env();
    for hint in builder.hints() {
        failure::print_message("hint", &hint);
    }
    builder
}

/// Returns the value of the variable `PERSPIO_{setting}` of this command; `None` if it is empty.
pub(crate) fn variable(setting: &str) -> Result<Option<SecretString>, Failure> {
    let get = |name: &str| env::var_os(name);
    let mut variables = Variables::new(perspio::Client::VARIABLES, &get);
    let value = variables.secret(setting);
    variables.finish().finish().map_err(perspio::Error::from)?;
    Ok(value)
}
