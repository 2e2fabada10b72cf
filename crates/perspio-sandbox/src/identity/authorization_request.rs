//! The parameters of an authorization request, validated.

use super::client;
use super::error::EntraError;
use super::form::Form;
use super::pkce::Challenge;
use super::redirect_target::{RedirectTarget, ResponseMode};
use super::redirect_uri;
use super::scopes::Scopes;
use crate::service::Service;

/// An authorization request (RFC 6749, section 4.1.1) that the account picker may show.
pub(crate) struct AuthorizationRequest {
    pub(crate) target: RedirectTarget,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    /// Preselects an account; it still takes a click.
    pub(crate) login_hint: Option<String>,
    /// `prompt=consent`: everyone is asked.
    pub(crate) asks_consent: bool,
}

/// Why a request is rejected, and where the error is shown.
pub(crate) enum Rejected {
    /// On a page, because the redirect URI is not verified.
    OnPage(EntraError),
    /// In a redirect to the application.
    Redirect(RedirectTarget, EntraError),
}

impl AuthorizationRequest {
    pub(crate) fn read(service: &Service, form: &Form) -> Result<Self, Rejected> {
        client::identify(form).map_err(Rejected::OnPage)?;
        let redirect_uri = form.require("redirect_uri").map_err(Rejected::OnPage)?;
        redirect_uri::check(redirect_uri).map_err(Rejected::OnPage)?;
        let mode = response_mode(form);
        let target = RedirectTarget {
            redirect_uri: redirect_uri.to_owned(),
            mode: *mode.as_ref().unwrap_or(&ResponseMode::Query),
            state: form.get("state").map(str::to_owned),
        };
        match mode.and_then(|_| Details::read(service, form)) {
            Ok(details) => Ok(Self {
                target,
                scopes: details.scopes,
                nonce: form.get("nonce").map(str::to_owned),
                challenge: details.challenge,
                login_hint: form.get("login_hint").map(str::to_owned),
                asks_consent: details.asks_consent,
            }),
            Err(error) => Err(Rejected::Redirect(target, error)),
        }
    }
}

/// The parameters whose errors the application receives.
struct Details {
    scopes: Scopes,
    challenge: Option<Challenge>,
    asks_consent: bool,
}

impl Details {
    fn read(service: &Service, form: &Form) -> Result<Self, EntraError> {
        if form.require("response_type")? != "code" {
            return Err(EntraError::bad_request(
                "unsupported_response_type",
                700_054,
                "The response_type is not enabled for the application. The sandbox knows 'code'.",
            ));
        }
        // dispoGas' page: "Before starting the flow, generate the STATE".
        if service.requires_state {
            form.require("state")?;
        }
        Ok(Self {
            scopes: Scopes::of_a_sign_in(service, form.require("scope")?)?,
            challenge: Challenge::read(form)?,
            asks_consent: asks_consent(form.get("prompt"))?,
        })
    }
}

fn response_mode(form: &Form) -> Result<ResponseMode, EntraError> {
    match form.get("response_mode") {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => Err(EntraError::bad_request(
            "unsupported_response_type",
            70_007,
            "The value of 'response_mode' is not supported when requesting a code. The sandbox \
             knows 'query' and 'form_post'.",
        )),
    }
}

/// The picker is shown in any case, which is all that `login` and
/// `select_account` ask for: the sandbox keeps no session.
fn asks_consent(prompt: Option<&str>) -> Result<bool, EntraError> {
    match prompt {
        None | Some("login" | "select_account") => Ok(false),
        Some("consent") => Ok(true),
        Some("none") => Err(EntraError::bad_request(
            "login_required",
            50_058,
            "A silent sign-in request was sent but no user is signed in. The sandbox keeps no \
             session, so 'prompt=none' never succeeds.",
        )),
        Some(_) => Err(EntraError::bad_request(
            "invalid_request",
            90_023,
            "The value of 'prompt' is not supported. The sandbox knows 'login', 'none', \
             'consent' and 'select_account'.",
        )),
    }
}
