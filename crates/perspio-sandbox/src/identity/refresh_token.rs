//! The refresh token grant (RFC 6749, section 6).

use serde_json::Value;

use super::client::authenticate;
use super::error::EntraError;
use super::form::Form;
use super::scopes::Scopes;
use super::user_tokens::UserTokens;
use crate::shared::Shared;

/// Always returns a new refresh token: without `offline_access` there would be no old one.
pub(crate) fn grant(shared: &Shared, form: &Form) -> Result<Value, EntraError> {
    authenticate(form)?;
    let token = form.require("refresh_token")?;
    let asked = Scopes::of_a_refresh(shared.service, form.get("scope").unwrap_or_default())?;
    let now = shared.clock.since_1970();
    let mut refresh_tokens = shared.sign_ins.refresh_tokens();
    if shared.service.repeats_redirect_uri {
        refresh_tokens.check_redirect_uri(token, form.require("redirect_uri")?)?;
    }
    let renewed = refresh_tokens.renew(token, now)?;
    // The response locks them again.
    drop(refresh_tokens);
    let tokens = UserTokens {
        person: renewed.person,
        access: asked.access.unwrap_or_default(),
        renewed: Some(renewed),
        // The nonce belongs to the sign-in (OpenID Connect Core, section 12.2).
        nonce: None,
    };
    Ok(tokens.answer(shared, now.as_secs()))
}
