//! The device code grant (RFC 8628, section 3.4).

use serde_json::Value;

use super::client::authenticate;
use super::error::EntraError;
use super::form::Form;
use super::user_tokens::UserTokens;
use crate::shared::Shared;

pub(crate) fn grant(shared: &Shared, form: &Form) -> Result<Value, EntraError> {
    authenticate(form)?;
    let device_code = form.require("device_code")?;
    let now = shared.clock.since_1970();
    let sign_ins = &shared.sign_ins;
    let (person, scopes) = sign_ins.devices().ask(device_code, now)?;
    let renewed = scopes
        .offline
        .then(|| sign_ins.refresh_tokens().begin(person, None, now));
    let tokens = UserTokens {
        person,
        access: scopes.access.unwrap_or_default(),
        renewed,
        nonce: None,
    };
    Ok(tokens.answer(shared, now.as_secs()))
}
