//! The steps of a sign-in in the browser, from the account picker to the result.

use std::time::Duration;

use axum::response::Response;
use uuid::Uuid;

use super::authorization_request::AuthorizationRequest;
use super::click::{Click, Step};
use super::codes::Grant;
use super::devices::Verdict;
use super::error::EntraError;
use super::form::Form;
use super::redirect_target::Parameters;
use super::transactions::Purpose;
use crate::pages::{self, Notice, Stage};
use crate::person::Person;
use crate::shared::Shared;

/// Shows the account picker.
pub(crate) fn start(shared: &Shared, purpose: Purpose, action: &str) -> Response {
    let now = shared.clock.since_1970();
    let (id, purpose) = shared.sign_ins.transactions().begin(purpose, now);
    pages::picker(&Stage {
        service: shared.service,
        action,
        transaction: &id,
        purpose: &purpose,
    })
}

/// Responds to a click on one of the pages.
pub(crate) fn click(shared: &Shared, form: &Form, action: &str) -> Response {
    let now = shared.clock.since_1970();
    let id = form.get("transaction").unwrap_or_default();
    let found = shared.sign_ins.transactions().find(id, now);
    let Some(purpose) = found else {
        return Notice::SignInOver.respond();
    };
    let stage = Stage {
        service: shared.service,
        action,
        transaction: id,
        purpose: &purpose,
    };
    let everyone_must_consent =
        matches!(&*purpose, Purpose::Application(request) if request.asks_consent);
    match (Click::read(form).leads_to(everyone_must_consent), &*purpose) {
        (Step::Pick, _) => pages::picker(&stage),
        (Step::Consent(person), _) => pages::consent(&stage, person),
        (Step::PasswordExpired(person), _) => {
            pages::password_expired(&stage, person, &password_expired(), now.as_secs())
        }
        (Step::Declined, Purpose::Application(request)) => {
            request.target.respond(declined().parameters(now.as_secs()))
        }
        (Step::SignedIn(person), Purpose::Application(request)) => {
            let issue = || issue_code(shared, request, person, now);
            let mut transactions = shared.sign_ins.transactions();
            let code = transactions.code_of(id, person, now, issue);
            drop(transactions);
            match code {
                Some(code) => request.target.respond(success(code)),
                None => Notice::SignInOver.respond(),
            }
        }
        (Step::Declined, Purpose::Device { user_code, .. }) => {
            decide(shared, user_code, Verdict::Declined, now)
        }
        (Step::SignedIn(person), Purpose::Device { user_code, .. }) => {
            decide(shared, user_code, Verdict::Approved(person), now)
        }
    }
}

/// Returns the parameters of the redirect if the user picks the account and consents. The
/// application does not receive the error, which a page shows.
pub(crate) fn without_browser(
    shared: &Shared,
    request: &AuthorizationRequest,
    person: Person,
) -> Result<Parameters, EntraError> {
    if person.password_expired() {
        return Err(password_expired());
    }
    let now = shared.clock.since_1970();
    Ok(success(issue_code(shared, request, person, now)))
}

fn issue_code(
    shared: &Shared,
    request: &AuthorizationRequest,
    person: Person,
    now: Duration,
) -> String {
    let grant = Grant {
        person,
        scopes: request.scopes,
        redirect_uri: request.target.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
    };
    shared.sign_ins.codes().issue(grant, now)
}

/// Entra sends no `iss` (RFC 9207).
fn success(code: String) -> Parameters {
    vec![
        ("code", code),
        ("session_state", Uuid::new_v4().to_string()),
    ]
}

fn decide(shared: &Shared, user_code: &str, verdict: Verdict, now: Duration) -> Response {
    let decided = shared.sign_ins.devices().decide(user_code, verdict, now);
    match verdict {
        _ if !decided => Notice::SignInOver.respond(),
        Verdict::Approved(person) => pages::device_signed_in(person),
        Verdict::Declined => Notice::DeviceDeclined.respond(),
    }
}

fn declined() -> EntraError {
    EntraError::bad_request(
        "access_denied",
        65_004,
        "User declined to consent to access the app.",
    )
    .with_suberror("cancel")
}

fn password_expired() -> EntraError {
    EntraError::bad_request("invalid_grant", 50_055, "The password is expired.")
}
