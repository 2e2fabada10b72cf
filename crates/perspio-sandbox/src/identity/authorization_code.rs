//! The authorization code grant (RFC 6749, section 4.1.3).

use serde_json::Value;

use super::client::authenticate;
use super::error::EntraError;
use super::form::Form;
use super::scopes::Scopes;
use super::user_tokens::UserTokens;
use crate::shared::Shared;

pub(crate) fn grant(shared: &Shared, form: &Form) -> Result<Value, EntraError> {
    authenticate(form)?;
    let (code, redirect_uri) = (form.require("code")?, form.require("redirect_uri")?);
    let asked = Scopes::of_an_exchange(shared.service, form.get("scope").unwrap_or_default())?;
    let now = shared.clock.since_1970();
    let verifier = form.get("code_verifier");
    let sign_ins = &shared.sign_ins;
    let granted = sign_ins.codes().redeem(code, redirect_uri, verifier, now)?;
    // The vendor's page asks for `offline_access` in the second step only.
    let renewed = (granted.scopes.offline || asked.offline).then(|| {
        sign_ins
            .refresh_tokens()
            .begin(granted.person, Some(redirect_uri), now)
    });
    let tokens = UserTokens {
        person: granted.person,
        access: granted.scopes.access.unwrap_or_default(),
        renewed,
        nonce: granted.nonce.as_deref(),
    };
    Ok(tokens.answer(shared, now.as_secs()))
}
